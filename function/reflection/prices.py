"""Prices in an answer that are another item's than the one they stand behind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from function.reflection.grounding import Quantity, quantities, quantities_of
from function.reflection.sentences import sentences
from function.reflection.words import fold, words_of

_AMOUNT = r"\d(?:[\d.,]*\d)?"
_MONEY = re.compile(
    rf"(?:r\$|\$|€|£)\s?(?P<before>{_AMOUNT})"
    rf"|(?<![\d.,])(?P<after>{_AMOUNT})\s?(?:reais|real|euros?|dollars?|dolares|€)(?!\w)"
)
LONGEST_PARTICLE = 3
"""Letters of words such as ``de`` and ``com``, which are in names and tell none."""

Prices = dict[str, list[Quantity]]
"""The numbers of an item by the name of their field."""


def wrong_price(answer: str, items: Iterable[tuple[str, Any]]) -> str:
    """Whether the first price behind an item's name is not that item's and that of another.

    Both must have a number in the same field. Names that stand together share the price behind
    them. A price may stand before its name: none is looked at in a sentence that begins with one,
    nor one with its item's name behind it, unless that has another.

    :param items: the items with their names, folded; one name may have several.
    """
    if not _MONEY.search(fold(answer)):
        return ""
    prices: dict[str, Prices] = {}
    for name, item in items:
        if name.strip():
            _add_prices(item, name, prices.setdefault(name, {}))
    for sentence in map(fold, sentences(answer)):
        for owners, around, amount in _priced(sentence, prices):
            if other := _other_owner(owners, around, amount, prices):
                return f"{amount.text} is the price of {other}, not of {' or '.join(owners)}"
    return ""


def _add_prices(item: Any, name: str, found: Prices) -> None:
    for key, value in item.items() if isinstance(item, dict) else ():
        if isinstance(value, dict):
            _add_prices(value, name, found)
        else:
            # A list of prices has the names for its fields.
            field = "" if fold(key) == name else key
            found.setdefault(field, []).extend(quantities_of(value, key))


def _priced(sentence: str, names: Iterable[str]) -> Iterator[tuple[list[str], str, Quantity]]:
    """Names that stand together, the price behind them, and what else may tell whose it is."""
    found = [(match, False) for match in _MONEY.finditer(sentence)]
    longest_first = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    if longest_first:
        named = re.finditer(rf"(?<!\w)(?:{longest_first})(?!\w)", sentence)
        found += [(match, True) for match in named]
    found.sort(key=lambda each: each[0].start())
    if not found or not found[0][1]:
        return
    owners: list[re.Match[str]] = []
    for place, (match, is_name) in enumerate(found):
        if is_name:
            owners.append(match)
        elif owners:
            around = sentence[owners[-1].end() : match.start()]
            behind = found[place + 1 : place + 3]
            if [named for _, named in behind] in ([True], [True, True]):
                around = f"{around} {behind[0][0].group()}"
            (amount,) = quantities(match["before"] or match["after"])
            yield [owner.group() for owner in owners], around, amount
            owners = []


def _other_owner(
    owners: list[str], around: str, amount: Quantity, prices: dict[str, Prices]
) -> str | None:
    """The item whose price this is, where it is not the owners'."""
    own = [prices[name] for name in owners]
    if any(amount.stems_from(number) for mine in own for each in mine.values() for number in each):
        return None
    for name in (name for name in prices if name not in owners):
        # "the blue dress goes with the green, at 50": the other may be told by a part of its name
        told = words_of(around) & words_of(name) - words_of(" ".join(owners))
        if any(len(word) > LONGEST_PARTICLE for word in told):
            continue
        for field, numbers in prices[name].items():
            stated = all(mine.get(field) for mine in own)
            if stated and any(amount.stems_from(number) for number in numbers):
                return name
    return None
