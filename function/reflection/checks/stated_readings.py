"""Sentences that state readings of the context, and texts that contradict them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from function.deadline import NO_DEADLINE, Deadline
from function.json_tree import dotted, is_number, leaves, name_of
from function.schemas.readings import verdict

MOST_READINGS = 200
MOST_TEXT = 1_000
_ORDER = {"missing": 1, "": 2}
_PORTUGUESE = {"high": "alto", "low": "baixo", "down": "fora do ar"}
_FINE = re.compile(
    r"\b(?:fine|normal|healthy|ok|okay|good|stable|within|low enough|no problem|no issues?|"
    r"nothing wrong|as expected|saudável|estável|sem problemas?)\b",
    re.I,
)
_BAD = re.compile(
    r"\b(?:high|critical|unhealthy|failing|fails?|failed|down|problem|problems|exceeds?|missing|"
    r"too|degraded|short|insufficient|warning|bad|lost|alto|alta|crítico|falha|fora)\b",
    re.I,
)
_NOT = re.compile(r"\b(?:no|not|without|zero|never|none|sem|não|nenhum[a]?)\b|n't\b", re.I)


class Reading(NamedTuple):
    """A value of the context under a name that it has alone, and what is wrong with it."""

    name: str
    value: Any
    trouble: str
    judged: bool

    def statement(self, *, portuguese: bool = False) -> str:
        """Return the reading in one sentence."""
        if self.trouble == "missing":
            return f"{self.name}: sem dados (null)" if portuguese else f"{self.name} is missing"
        value = self.value if isinstance(self.value, str) else json.dumps(self.value)
        verdict = _PORTUGUESE.get(self.trouble, "") if portuguese else self.trouble
        verb = "está em" if portuguese else "is"
        return f"{self.name} {verb} {value}" + (f", {verdict}" if verdict else "")


def readings_of(context: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> list[Reading]:
    """Return the numbers, shares and missing values of a context, those in trouble first.

    :raises TimeoutError: the deadline passed before all were read.
    """
    found = list(deadline.until(leaves(context)))
    names = Counter(name_of(path) for path, _ in found)
    listed: list[Reading] = []
    for path, value in found:
        name = name_of(path)
        judged = verdict(name, value)
        if judged.trouble or judged.judged or is_number(value):
            shown = name if names[name] == 1 else dotted(path)
            listed.append(Reading(shown, value, *judged))
    listed.sort(key=lambda reading: _ORDER.get(reading.trouble, 0))
    return listed[:MOST_READINGS]


def statements_schema(
    schema: dict[str, Any], readings: Collection[Reading], *, portuguese: bool = False
) -> dict[str, Any]:
    """Return a list's schema whose texts are statements of readings, each of them once.

    Readings in trouble stand first and are not left out.
    """
    items = schema.get("items")
    longest = items.get("maxLength", MOST_TEXT) if isinstance(items, dict) else MOST_TEXT
    stated = (reading.statement(portuguese=portuguese) for reading in readings)
    said = [each for each in dict.fromkeys(stated) if len(each) <= longest]
    most = min(schema.get("maxItems", len(said)), len(said))
    if not said or most < schema.get("minItems", 0):
        return schema
    wrong = sum(bool(reading.trouble) for reading in readings)
    least = max(schema.get("minItems", 0), min(most, max(wrong, 1)))
    fixed = [{"enum": [statement]} for statement in said[:most]]
    return {**schema, "prefixItems": fixed, "items": False, "minItems": least, "maxItems": most}


def contradicts(texts: Iterable[str], readings: Iterable[Reading]) -> str:
    """Return which text calls a reading fine that is not, or bad where it is fine."""
    known = [(reading, _named(reading.name)) for reading in readings]
    for text in texts:
        cited = [reading for reading, name in known if name.search(text)]
        wrong = [reading for reading in cited if reading.trouble]
        if wrong and _FINE.search(text) and not _BAD.search(text) and not _NOT.search(text):
            return f"{wrong[0].statement()}: that is not fine"
        judged = cited and all(reading.judged and not reading.trouble for reading in cited)
        if judged and _BAD.search(_unnamed(text, cited)) and not _NOT.search(text):
            return f"{cited[0].statement()}: that is fine"
    return ""


def _named(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w:.]){re.escape(name)}(?![\w:]|\.\w)", re.I)


def _unnamed(text: str, cited: Iterable[Reading]) -> str:
    for reading in cited:
        text = _named(reading.name).sub(" ", text)
    return text
