"""Alerts as positions that the network reads, and its answers as choices and label positions.

Position 0 stands for the alert and gets the choice. Then come the words of the alert's name, its
labels, one position each, and the words of its annotations. A label that is a parameter gets that
parameter's token, every other position gets `NOTHING`: values are pointed at, never written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from function.trm.alert_triage.alert import NAME_LABEL, Alert
from function.trm.alert_triage.vocabulary import FILLERS, Vocabulary, words_of

Numbers = NDArray[np.int64]

NOTHING, ALERT, NAME_WORD, LABEL, TEXT_WORD = range(5)
PARAMETERS = ("name", "namespace", "replicas")
FIRST_PARAMETER = 5
CHOICES = (
    "none",
    "flux-reconcile-kustomization",
    "flux-reconcile-gitrepository",
    "flux-reconcile-helmrelease",
    "pod-restart",
    "pod-check-status",
    "scale-deployment",
    "check-pvc-status",
)
FIRST_CHOICE = FIRST_PARAMETER + len(PARAMETERS)
TOKENS = FIRST_CHOICE + len(CHOICES)

POSITIONS = 40
NAME_WORDS = 8
LABELS = 18
KEY_PIECES, VALUE_PIECES, WORD_PIECES = 3, 6, 3
FEATURES = 3 + KEY_PIECES + VALUE_PIECES + WORD_PIECES
"""Kind of position, known key, shape of the value, then pieces of key, value and word."""

KEYS = (
    "pod", "namespace", "container", "deployment", "statefulset", "daemonset", "replicaset",
    "persistentvolumeclaim", "persistentvolume", "name", "kind", "exported_namespace",
    "exported_pod", "exported_container", "exported_name", "customresource_kind", "job", "instance",
    "node", "service", "endpoint", "job_name", "reason", "phase", "condition", "status", "ready",
    "suspended", "severity", "replicas", "cluster", "workload", "workload_type", "prometheus",
    "pod_name", "pvc", "kustomization", "gitrepository", "helmrelease", "mountpoint", "device",
    "resource", "uid", "app",
)  # fmt: skip
"""Keys that have a vector of their own; others are known by the words in them."""
_KEY_NUMBERS = {key: number for number, key in enumerate(KEYS, 1)}

_SHAPES = tuple(
    re.compile(pattern)
    for pattern in (
        r"",
        r"\d+",
        r"[-+]?\d*\.\d+(?:e[-+]?\d+)?|\d+(?:%|e[-+]?\d+)",
        r"(?i)true|false",
        r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?",
        r"[a-z0-9.-]*[a-z0-9]-[a-f0-9]{7,10}-[a-z0-9]{5}",
        r"[a-z0-9.-]*[a-z0-9]-(?=[a-z0-9]*\d)[a-z0-9]{5}",
        r"[a-z0-9.-]*[a-z0-9]-\d{1,3}",
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        r"[a-z0-9]+(?:-[a-z0-9]+)*",
        r"[A-Z][A-Za-z0-9]+",
        r"[a-zA-Z0-9.-]+:\d+|(?:[a-z]+:/)?/.*|[a-z0-9-]+(?:\.[a-z0-9-]+)+",
    )
)
SHAPES = len(_SHAPES) + 2
_LATER = re.compile(r"url|runbook|dashboard|link|grafana")
_EARLY = ("summary", "message", "title", "description")


@dataclass(frozen=True, eq=False)
class Encoded:
    """What the network is shown [positions, features], and which label stands where."""

    tokens: Numbers
    labels: Mapping[int, str]
    """Keys of labels by their position."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """One of `CHOICES` and the keys of the labels that are its parameters."""

    choice: str
    keys: Mapping[str, str]


class AlertCodec:
    """Reads alerts with one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def encode(self, alert: Alert) -> Encoded:
        """Return labels and words beyond the room there is are left out, those that matter least
        first."""
        tokens = np.zeros((POSITIONS, FEATURES), dtype=np.int64)
        tokens[0, 0] = ALERT
        place = 1
        for word in islice(words_of(alert.name), NAME_WORDS):
            self._write_word(tokens[place], NAME_WORD, word)
            place += 1
        labels = {}
        for key in chosen_labels(alert):
            self._write_label(tokens[place], key, alert.labels[key])
            labels[place] = key
            place += 1
        for word in islice(_text_words(alert), POSITIONS - place):
            self._write_word(tokens[place], TEXT_WORD, word)
            place += 1
        return Encoded(tokens, labels)

    def target(self, encoded: Encoded, remedy: Remedy) -> Numbers:
        """Return the answer [positions] that the network should give."""
        answer = np.full(POSITIONS, NOTHING, dtype=np.int64)
        answer[0] = FIRST_CHOICE + CHOICES.index(remedy.choice)
        parameters = {key: name for name, key in remedy.keys.items()}
        for place, key in encoded.labels.items():
            if key in parameters:
                answer[place] = FIRST_PARAMETER + PARAMETERS.index(parameters[key])
        return answer

    def _write_word(self, position: Numbers, kind: int, word: str) -> None:
        position[0] = kind
        _fill(position[-WORD_PIECES:], self.vocabulary.numbers_of(word))

    def _write_label(self, position: Numbers, key: str, value: str) -> None:
        position[:3] = LABEL, _KEY_NUMBERS.get(key, 0), shape_of(value)
        first = 3 + KEY_PIECES
        _fill(position[3:first], self._pieces(key))
        _fill(position[first : first + VALUE_PIECES], self._pieces(value))

    def _pieces(self, text: str) -> list[int]:
        words = islice(words_of(text), VALUE_PIECES)
        return [number for word in words for number in self.vocabulary.numbers_of(word)]


def decode(answer: Numbers, labels: Mapping[int, str]) -> Remedy:
    """Return what an answer [positions] says; an impossible choice is `none`."""
    number = int(answer[0]) - FIRST_CHOICE
    choice = CHOICES[number] if number >= 0 else CHOICES[0]
    keys: dict[str, str] = {}
    if choice != CHOICES[0]:
        for place, key in labels.items():
            parameter = int(answer[place]) - FIRST_PARAMETER
            if 0 <= parameter < len(PARAMETERS):
                keys.setdefault(PARAMETERS[parameter], key)
    return Remedy(choice, keys)


def chosen_labels(alert: Alert) -> list[str]:
    """Return the keys that get a position, in the alert's order: known ones go before unknown
    ones."""
    keys = [key for key in alert.labels if key != NAME_LABEL]
    if len(keys) > LABELS:
        first = sorted(keys, key=lambda key: _KEY_NUMBERS.get(key, len(KEYS) + 1))[:LABELS]
        keys = [key for key in keys if key in first]
    return keys


def shape_of(value: str) -> int:
    """Return what a value looks like, from 1: empty, a number, an address, a pod's name, ..."""
    for number, pattern in enumerate(_SHAPES, 1):
        if pattern.fullmatch(value):
            return number
    return SHAPES - 1


def _text_words(alert: Alert) -> list[str]:
    """Return words of the annotations without fillers, and without what only repeats a label's
    value."""
    known = {word for key, value in alert.labels.items() if key != NAME_LABEL
             and "-" in value for word in words_of(value)}  # fmt: skip
    keys = [key for key in alert.annotations if not _LATER.search(key.lower())]
    keys.sort(key=lambda key: _EARLY.index(key) if key in _EARLY else len(_EARLY))
    text = " ".join(alert.annotations[key][:600] for key in keys)
    return [word for word in words_of(text) if word not in FILLERS and word not in known]


def _fill(room: Numbers, numbers: list[int] | tuple[int, ...]) -> None:
    kept = numbers[: len(room)]
    room[: len(kept)] = kept
