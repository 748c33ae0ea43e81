"""Options that a question or an order about a text names itself.

*Is this review positive or negative?* has the options *positive* and *negative*, as has *Classify
this review as positive or negative: ...*
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LONGEST = 400
"""Characters of the line that asks."""
FEWEST_JUDGED = 4
"""Words of a text that is judged, where it is not quoted."""
_ARTICLE = r"(?:(?:an?|um|uma) )"
_WORD = r"[^\W\d_][\w-]*"
_ONE = rf"(?:{_ARTICLE}{_WORD} {_WORD}|{_ARTICLE}?{_WORD})"
_EITHER = re.compile(
    r"(?:(?:^|[.!:])\s*(?:is|are|was|were) (?!there\b)|\b(?:é|está|estão|são|foi) )[^?]*?(?<=\s)"
    rf"(?P<first>{_ONE}(?:, {_ONE})*),? (?:or|ou) (?P<last>{_ONE})\s*\?",
    re.I,
)
_MARK = r"[\"'`]?"
_NAMED = rf"{_MARK}{_ONE}{_MARK}"
_ORDERED = re.compile(
    r"\b(?:classify|categori[sz]e|label|tag|mark|rate|triage|classifique|rotule|marque)\b"
    r"[^:.?\n]{0,60}?\s(?:as|into|como|em) (?:either |one of |(?:an?|uma?) d[aeo]s? )?"
    rf"(?P<first>{_NAMED}(?:, {_NAMED})*),? (?:or|ou) (?P<last>{_NAMED})\s*(?=[:.\n]|$)",
    re.I,
)
_SENTIMENT = re.compile(
    r"^\W*(?:(?:please )?(?:classify|analy[sz]e|determine|detect|identify|give|what is|what's)\s"
    r"(?:me )?the (?:overall )?sentiment|"
    r"(?:classifique|analise|determine|identifique|qual(?: é)?) o sentimento)\b"
    r"[^:?.\n]{0,60}[:?.\n]",
    re.I,
)
_SENTIMENTS = (("positive", "negative", "neutral"), ("positivo", "negativo", "neutro"))
"""What a sentiment is where no options are named, in English and Portuguese."""
_ASKS_WHAT = re.compile(
    r"\b(?:what|which|who|where|when|why|how|qual|quais|quem|onde|quando)\b", re.I
)
_QUOTES = re.compile(r"['\"‘“«„]")
_DECIDES_OTHERWISE = (
    "context", "messages", "history", "response_format", "responseFormat", "checks",
)  # fmt: skip
"""Fields of a request that is not about a text of its prompt alone."""
_OPENING_ARTICLE = re.compile(rf"^{_ARTICLE}", re.I)
_NO_OPTIONS = frozenset(
    ("more", "less", "not", "no", "other", "later", "so", "mais", "menos", "não")
)
"""Words beside *or* that say how much or whether."""


def options_of(data: Mapping[str, Any], prompt: str) -> list[str]:
    """Return the options that the question of a prompt names, in its words.

    There are none where the prompt has no text to judge, or where it is not plain where an option
    begins: it is one word, or two behind an article, as in *a bug or a feature request*.

    :param data: the request that the prompt is of.
    """
    if any(map(data.get, _DECIDES_OTHERWISE)):
        return []
    asking = [line for line in prompt.splitlines() if "?" in line]
    is_plain = len(asking) == 1 and len(asking[0]) <= LONGEST
    found = _EITHER.search(asking[0]) if is_plain else None
    found = found or _ORDERED.search(prompt[:LONGEST])
    if found is not None and _ASKS_WHAT.search(found[0]) is None:
        options = _parted(found)
    elif (found := _SENTIMENT.match(prompt)) is not None:
        options = list(_SENTIMENTS["sentimento" in found[0].lower()])
    else:
        return []
    judged = prompt.replace(found[0], "")
    if len(judged.split()) < FEWEST_JUDGED and _QUOTES.search(judged) is None:
        return []
    return options


def _parted(found: re.Match[str]) -> list[str]:
    named = [*found["first"].split(", "), found["last"]]
    options = [_OPENING_ARTICLE.sub("", option.strip("\"'`")) for option in named]
    said = {option.lower() for option in options}
    return options if len(said) == len(options) and _NO_OPTIONS.isdisjoint(said) else []
