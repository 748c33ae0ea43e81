"""Which of a text's numbers a field of an answer may take, also those spelled out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from function.reflection.checks.numbers import quantities
from function.reflection.text.words import fold, key_words

Number = int | float

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen",
    "zero um dois tres quatro cinco seis sete oito nove dez onze doze treze quatorze quinze "
    "dezesseis dezessete dezoito dezenove",
    "_ uma duas _ _ _ _ _ _ _ _ _ _ _ catorze",
)
UNITS = {word: value for line in _UNITS for value, word in enumerate(line.split()) if word != "_"}
"""Folded words of the numbers under 20."""
_TENS = (
    "twenty thirty forty fifty sixty seventy eighty ninety",
    "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
)
_SPELLED = {
    **UNITS,
    **{word: 10 * tens for line in _TENS for tens, word in enumerate(line.split(), 2)},
    **{"dozen": 12, "duzia": 12, "hundred": 100, "cem": 100, "couple": 2, "meia-duzia": 6},
}
_ARTICLES = frozenset(("um", "uma", "one"))
"""Words that mostly stand for "a": a number only before the noun that a field is named by."""
_DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}")
_TOKEN = re.compile(r"\d+(?:[.,:]\d+|h\d+)*|[^\W\d_]+")
_CLOCK = re.compile(r"\d{1,2}(?:h\d{1,2}|:\d\d(?::\d\d)?)")
_HOURS = frozenset(("h", "hs", "hrs", "am", "pm"))
_TIMES = frozenset(("hour", "hora", "time", "horario", "clock", "horas", "hours"))
_COUNTED_KEYS = (
    "age idade years anos quantity quantidade qty qtd count weight peso height altura width "
    "largura length comprimento distance distancia temperature temperatura duration duracao "
    "minutes minutos guests people pessoas size"
)
_COUNTED = frozenset(_COUNTED_KEYS.split())
"""Folded words of keys whose values are numbers."""
_MONEY_KEYS = "amount quantia valor total price preco cost custo fee taxa budget orcamento value"
_MONEY = frozenset(_MONEY_KEYS.split())
_PRICE = re.compile(
    r"(?:r\$|us\$|[$€£]|\b(?:usd|eur|brl|gbp))\s?\d"
    r"|\d[\d.,]*\s?(?:[$€£]|(?:usd|eur|brl|gbp|euros?|dollars?|dolares|reais|real|pounds|libras)\b)"
)
NEAR = 2
"""Words behind a number among which the noun that it counts stands."""


@dataclass(frozen=True)
class Mention:
    """A number of a text with the words around it, folded.

    ``clock`` is that of a time of day, ``article`` that of a word that may only mean "a", ``money``
    that of a price. ``start`` and ``end`` are its place in the text.
    """

    values: tuple[Number, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    clock: bool = False
    article: bool = False
    money: bool = False
    start: int = 0
    end: int = 0


def mentions(text: str) -> list[Mention]:
    """Return the numbers of a text in their order; those of dates and identifiers are none."""
    plain = _DATE.sub(lambda found: " " * len(found[0]), text)
    tokens = list(_TOKEN.finditer(plain))
    words = [fold(token[0]) for token in tokens]
    found: list[Mention] = []
    for place, token in enumerate(tokens):
        values = _values(plain, token, words[place])
        if not values:
            continue
        after = tuple(words[place + 1 : place + 1 + NEAR])
        is_clock = bool(_CLOCK.fullmatch(token[0])) or bool(after and after[0] in _HOURS)
        is_article = words[place] in _ARTICLES
        before = tuple(words[max(place - 1, 0) : place])
        written = plain[max(token.start() - 4, 0) : token.end() + 10]
        is_money = is_price(written)
        kinds = (is_clock, is_article, is_money)
        found.append(Mention(values, before, after, *kinds, *token.span()))
    return found


def spelled_numbers(text: str) -> list[int]:
    """Return the numbers that a text spells out, without those that may be articles."""
    return [
        int(value)
        for mention in mentions(re.sub(r"\d", " ", text))
        if not mention.article
        for value in mention.values
    ]


def _values(text: str, token: re.Match[str], word: str) -> tuple[Number, ...]:
    if word in _SPELLED:
        return (_SPELLED[word],)
    if not token[0][0].isdigit() or re.search(r"[^\W\d_]-?$|\w$", text[: token.start()]):
        return ()
    if _CLOCK.fullmatch(token[0]):
        return (int(re.split("[h:]", token[0])[0]),)
    return tuple(
        int(value) if value.is_integer() else value
        for quantity in quantities(token[0])
        for value in quantity.values
    )


def numbers_of_fields(names: Iterable[str], text: str) -> Mapping[str, list[Number]]:
    """Return the numbers that each field may take, by its path; none for a text without any.

    A field named by the noun behind a number ("two adults") has that number, which is then no
    other's. A time of day is only for a field named so, as long as there are other numbers.
    """
    stated = mentions(text)
    own: dict[str, list[Mention]] = {}
    paths = list(names)
    for path in paths:
        named = [mention for mention in stated if _counts(mention, path)]
        if len(named) == 1:
            own[path] = named
    taken = [mention for found in own.values() for mention in found]
    free = [mention for mention in stated if not mention.article]
    left = [mention for mention in free if mention not in taken] or free
    prices = [mention for mention in left if mention.money]
    for path in paths:
        if path not in own and prices and is_money(path):
            own[path] = prices
        elif path not in own:
            is_time = bool(_TIMES & set(_words_of(path)))
            own[path] = [each for each in left if is_time or not each.clock] or left
    return {
        path: list(dict.fromkeys(value for mention in found for value in mention.values))
        for path, found in own.items()
    }


def is_counted(name: str) -> bool:
    """Return whether a field without a type is named as one that holds a number."""
    return not _COUNTED.isdisjoint(_words_of(name))


def is_money(name: str) -> bool:
    """Return whether a field is named as one that holds a price."""
    return not _MONEY.isdisjoint(_words_of(name))


def is_price(text: str) -> bool:
    """Return whether a text holds a number with a currency."""
    return _PRICE.search(fold(text)) is not None


def _counts(mention: Mention, path: str) -> bool:
    """Return whether a number stands beside the noun or the unit that a field is named by."""
    stems = {_stem(word) for word in _words_of(path)}
    return any(_stem(word) in stems for word in (*mention.after, *mention.before))


def _words_of(path: str) -> list[str]:
    return key_words(path.rpartition(".")[2])


def _stem(word: str) -> str:
    for ending in ("es", "s"):
        if len(word) > 4 and word.endswith(ending):
            return word.removesuffix(ending)
    return word
