"""Alerts in the manner of the public rule sets, which nothing was trained on or chosen by."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from function.trm.alert_triage.alert import Alert
from function.trm.alert_triage.codec import Remedy
from function.trm.alert_triage.vocabulary import words_of
from lab.trm.alert_triage.example import Example


@cache
def honest_alerts() -> tuple[Example, ...]:
    """Return the alerts of `public_rules.toml`."""
    text = Path(__file__).with_name("public_rules.toml").read_text(encoding="utf-8")
    return tuple(
        Example(
            Alert(each["labels"], {"description": each["text"]}),
            Remedy(each["choice"], each.get("keys", {})),
            "honest",
        )
        for each in tomllib.loads(text)["alert"]
    )


@cache
def honest_names() -> frozenset[tuple[str, ...]]:
    """Their names as words; no training alert has one of them."""
    return frozenset(name_words(each.alert.name) for each in honest_alerts())


def name_words(name: str) -> tuple[str, ...]:
    """Return a name as words, so that `PodNotReady` and `pod_not_ready` are the same."""
    return tuple(word for word in words_of(name) if word != "kubernetes")
