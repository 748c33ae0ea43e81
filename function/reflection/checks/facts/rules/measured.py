"""The numbers of a request, with what each is a number of.

``{"cold_room": {"temperature": "4 °C"}}`` has 4, of degrees; *It weighs 12 kg* has 12, of kg. A
rule on degrees is held against the first alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from function.reflection.checks.facts.comparisons import (
    amount_of,
    number_in,
    unit_in_name,
    unit_of,
)
from function.reflection.checks.facts.question import Question
from function.reflection.checks.facts.vocabulary import (
    UNITS,
    WORD,
    Said,
    telling_words,
    word_set,
    words_of_name,
)
from function.reflection.prompt.facts import Fact

_NUMBER = re.compile(
    r"(?<![\w.,-])(?P<money>(?:r\$|\$|€|eur|usd|brl)\s*)?(?P<number>-?\d+(?:[.,]\d+)*)"
    r"(?![\d-])\s*(?P<unit>%|€|°?[a-z]+(?:/[a-z]+)?)?"
)
_UNIT_NAMES = {("unit",), ("unidade",), ("currency",), ("moeda",)}
_UNIT_MEANINGS = {
    "c": "temperature", "eur": "price amount total budget rent", "kg": "weight",
    "usd": "price amount total budget rent", "r$": "price amount total budget rent",
    "year": "age", "%": "percent", "people": "people guest passengers seats", "kmh": "speed",
    "km/h": "speed", "m": "length height width", "cm": "length height width",
}  # fmt: skip
"""What a bare number of a unit is called, by the meanings of :mod:`vocabulary`."""
_KNOWN_UNITS = UNITS.union(map(unit_of, UNITS))
_UNNAMED = word_set(
    "value valor amount number numero count quantity quantidade size reading medida"
)
"""Names of fields that do not say what their number is of."""

_LABELS = word_set(
    "id code codigo ref key no room sala gate portao port porta version page zip cep"
)
"""Words in the names of fields whose numbers count nothing."""


class Measured(NamedTuple):
    """A number of the facts or of the question."""

    path: str
    number: float
    unit: str
    """Its unit under one name; empty where none is said."""
    words: tuple[str, ...]
    """Words that say what it is of."""
    text: str
    """The number as it stands in the request."""

    @property
    def is_unnamed(self) -> bool:
        """Whether the name of the field does not say what the number is of."""
        return bool(self.path) and not self.unit and _UNNAMED.issuperset(telling_words(self.field))

    @property
    def field(self) -> str:
        """Name of the field; empty for a number in a text."""
        return self.path.rpartition(".")[2]

    def is_of(self, unit: str) -> bool:
        """Return whether this is a number of a unit, or of things such as *pallets*."""
        if self.unit and unit_of(self.unit) == unit:
            return True
        if self.unit in _KNOWN_UNITS and unit in _KNOWN_UNITS:
            return False
        # The price of bottles is no number of bottles.
        is_whole = self.is_unnamed or not self.path or unit in _UNIT_MEANINGS
        known = Said([" ".join(self.words if is_whole else words_of_name(self.field))])
        meant = _UNIT_MEANINGS.get(unit, "").split()
        return known.has(unit) or not known.meanings.isdisjoint(meant)


def measured_in(facts: Sequence[Fact]) -> list[Measured]:
    """Return the facts that are nothing but a number, with its unit."""
    units = {
        fact.record: str(fact.value) for fact in facts if words_of_name(fact.field) in _UNIT_NAMES
    }
    found = []
    for fact in facts:
        amount = amount_of(fact.value)
        if amount is None or not _LABELS.isdisjoint(words_of_name(fact.field)):
            continue
        words = words_of_name(fact.path)
        unit = amount[1] or unit_in_name(fact.field) or unit_of(units.get(fact.record, ""))
        found.append(Measured(fact.path, amount[0], unit, words, f"{fact.path}: {fact.value}"))
    return found


def measured_in_text(text: str) -> Iterator[Measured]:
    """Yield the numbers of a folded text, with the word behind each."""
    for match in _NUMBER.finditer(text):
        unit = unit_of(match["money"] or match["unit"] or "")
        number = number_in(match["number"], unit)
        if number is not None:
            words = tuple(WORD.findall(match["unit"] or ""))
            yield Measured("", number, unit, words, match.group().strip())


def only_of(found: Sequence[Measured], units: Sequence[str], question: Question) -> list[Measured]:
    """Return the numbers of one kind: of one of the units, or of the field that a question names.

    None where that is not plain.
    """
    fitting = [one for one in found if any(map(one.is_of, units)) or (one.path and not units)]
    if "%" in units:  # a bare number up to 1 may be a share of one
        fitting = [one for one in fitting if one.unit or abs(one.number) > 1]
    if not fitting and len(found) == 1 and found[0].is_unnamed:
        fitting = list(found)
    if len(_fields(fitting)) > 1:
        fitting = [
            one for one in fitting if one.path and question.said.has_all(telling_words(one.field))
        ]
    return fitting if len(_fields(fitting)) == 1 else []


def _fields(found: Sequence[Measured]) -> set[str]:
    return {one.field for one in found}
