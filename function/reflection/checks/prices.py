"""Prices in an answer that are another item's than the one they stand behind."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from operator import itemgetter
from typing import Any

from function.reflection.checks.numbers import KnownNumbers, Quantity, quantities, quantities_of
from function.reflection.text.phrases import Phrases
from function.reflection.text.sentences import sentences
from function.reflection.text.words import fold, words_of

_AMOUNT = r"\d(?:[\d.,]*\d)?"
_MONEY = re.compile(
    rf"(?:r\$|\$|€|£)\s?(?P<before>{_AMOUNT})"
    rf"|(?<![\d.,])(?P<after>{_AMOUNT})\s?(?:reais|real|euros?|dollars?|dolares|€)(?!\w)"
)
LONGEST_PARTICLE = 3
"""Letters of words such as ``de`` and ``com``, which are in names and identify none."""

MOST_PRICED = 100
"""Prices of one answer that are compared."""

Prices = dict[str, list[Quantity]]
"""The numbers of an item by the name of their field."""


class ItemPrices:
    """The prices of items, and whose price an amount is.

    :param items: the items with their names, folded; one name may have several.
    """

    def __init__(self, items: Iterable[tuple[str, Any]]) -> None:
        self._prices: dict[str, Prices] = {}
        for name, item in items:
            if name.strip():
                _add_prices(item, name, self._prices.setdefault(name, {}))
        self._names = Phrases(self._prices)
        owners: list[tuple[float, str, str]] = []
        for name, prices in self._prices.items():
            for field, numbers in prices.items():
                owners += [(abs(v), name, field) for number in numbers for v in number.values]
        self._owners = sorted(owners)

    def wrong_in(self, answer: str) -> str:
        """Return what is wrong where the first price behind an item's name is another item's.

        Both must have a number in the same field. Names that stand together share the price behind
        them. A price may stand before its name: none is looked at in a sentence that begins with
        one, nor one with its item's name behind it, unless that has another.
        """
        if not self._owners or not _MONEY.search(fold(answer)):
            return ""
        priced = chain.from_iterable(map(self._priced, map(fold, sentences(answer))))
        for owners, around, amount in islice(priced, MOST_PRICED):
            if other := self._other_owner(owners, around, amount):
                return f"{amount.text} is the price of {other}, not of {' or '.join(owners)}"
        return ""

    def _priced(self, sentence: str) -> Iterator[tuple[list[str], str, Quantity]]:
        """Yield names that stand together, the price behind them, and what else may say whose
        it is."""
        amounts = list(_MONEY.finditer(sentence))
        if not amounts:
            return
        found: list[tuple[int, int, str, re.Match[str] | None]] = []
        end = 0
        for start, name in self._names.found_in(sentence):
            if start >= end:
                end = start + len(name)
                found.append((start, end, name, None))
        found += [(amount.start(), amount.end(), "", amount) for amount in amounts]
        found.sort(key=itemgetter(0))
        if found[0][3] is not None:
            return
        owners: list[str] = []
        last = 0
        for place, (start, end, name, amount) in enumerate(found):
            if amount is None:
                owners.append(name)
                last = end
            elif owners:
                around = sentence[last:start]
                behind = found[place + 1 : place + 3]
                if behind and all(match is None for *_, match in behind):
                    around = f"{around} {behind[0][2]}"
                (number,) = quantities(amount["before"] or amount["after"])
                yield owners, around, number
                owners = []

    def _other_owner(self, owners: list[str], around: str, amount: Quantity) -> str | None:
        """Return the item whose price this is, where it is not the owners'."""
        own = [self._prices[name] for name in dict.fromkeys(owners)]
        numbers = (number for mine in own for each in mine.values() for number in each)
        if KnownNumbers(numbers).has(amount):
            return None
        # "the blue dress goes with the green, at 50": the other may be meant by a part of its name
        named = words_of(around) - words_of(" ".join(owners))
        named = {word for word in named if len(word) > LONGEST_PARTICLE}
        for name, field in self._with_price(amount):
            stated = all(mine.get(field) for mine in own)
            if stated and name not in owners and not named & words_of(name):
                return name
        return None

    def _with_price(self, amount: Quantity) -> Iterator[tuple[str, str]]:
        for value in amount.values:
            reach = max(amount.step * 1.0001, value * 1e-6, 1e-9)
            first = bisect_left(self._owners, (value - reach,))
            for known, name, field in islice(self._owners, first, None):
                if known > value + reach:
                    break
                yield name, field


def _add_prices(item: Any, name: str, found: Prices) -> None:
    for key, value in item.items() if isinstance(item, dict) else ():
        if isinstance(value, dict):
            _add_prices(value, name, found)
        else:
            # A list of prices has the names for its fields.
            field = "" if fold(key) == name else key
            found.setdefault(field, []).extend(quantities_of(value, key))
