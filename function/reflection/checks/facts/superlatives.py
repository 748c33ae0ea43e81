"""Superlatives of a question: which end of a column they mean.

*Which ticket is the oldest?* means the earliest ``opened``, but the largest ``age``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from function.reflection.checks.facts.vocabulary import WORD, word_set

_UP = (
    "most highest largest biggest greatest longest heaviest tallest hottest warmest widest deepest "
    "fullest strongest maximum priciest farthest furthest maior maximo maxima mais"
)
_DOWN = (
    "least lowest smallest shortest fewest cheapest lightest coldest coolest minimum emptiest "
    "nearest closest "
    "menor minimo minima menos"
)
_EARLY = "first earliest soonest primeiro primeira primeiros primeiras cedo"
_LATE = "latest last ultimo ultima tarde"
_OLD = "oldest antigo antiga velho velha"
_NEW = "newest youngest recent recente novo nova"
_FAST = "fastest quickest rapido rapida"
_SLOW = "slowest lento lenta devagar"
_KINDS = {"up": _UP, "down": _DOWN, "early": _EARLY, "late": _LATE, "old": _OLD, "new": _NEW}
_KINDS |= {"fast": _FAST, "slow": _SLOW}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_SMALL = word_set(
    "cheap light low short small cold barato barata baratos baratas leve leves baixo baixa curto "
    "curta pequeno pequena frio fria proximo proxima perto mal vazio vazia vazios vazias"
)
"""Adjectives of which the most is the least of the column."""
_MODIFIED = frozenset(("most", "least", "mais", "menos"))
_PLAIN = word_set(
    "expensive costly caro cara caros caras pesado pesada alto alta longo longa comprido cheio "
    "quente distante longe heavy high long full hot far"
)
"""Adjectives of which the most is the most of the column."""
_NO_EXTREME = re.compile(
    r"\b(?:at (?:least|most|first|last)|(?:pelo|ao) menos|(?:no|ao) (?:maximo|minimo)|than|do que|"
    r"(?:mais|menos) (?:[a-z]+ )?que|mais de|menos de|within|most of|second|third|segund[oa]|"
    r"terceir[oa]|not|nao|last (?:time|week|month|year|night)|next|"
    r"proxim[oa]s? (?:semana|mes|ano)|todos?|all but|any ?more|nao mais)\b"
)
_MEANINGS = {
    "price": "cheapest priciest cheap expensive costly barato barata caro cara",
    "weight": "heaviest lightest leve pesado pesada",
    "height": "tallest",
    "temperature": "hottest warmest coldest coolest quente frio",
    "length": "longest shortest",
    "age": "oldest youngest",
    "distance": "nearest closest farthest furthest perto longe distante",
    "level": "fullest emptiest",
}
_MEANING_OF = {word: meaning for meaning, words in _MEANINGS.items() for word in words.split()}


_CHOOSES_BY = re.compile(r"\b(?:which|what|who)\b(?!.*\b(?:or|and)\b)")
"""Questions in which *the cheaper one* is the cheapest: those that name none of the things."""


class Superlative(NamedTuple):
    """What a question asks for the most or the least of.

    ``words`` are those that say so, ``meaning`` is the column that they name by themselves.
    """

    kind: str
    words: frozenset[str]
    meaning: str | None

    def takes_largest(self, measure: str, column: frozenset[str]) -> bool | None:
        """Return whether the largest value is meant, None where that is not plain.

        :param measure: the ``kind`` of amounts that are compared.
        :param column: what the column's name means.
        """
        is_moment = measure in ("date", "time")
        if self.kind in ("up", "down"):
            return None if is_moment else self.kind == "up"
        if self.kind in ("early", "late"):
            return None if measure == "number" else self.kind == "late"
        if self.kind in ("old", "new"):
            by_age = "age" in column and "year" not in column
            if not (is_moment or by_age or "year" in column):
                return None
            return (self.kind == "old") == by_age
        if measure == "duration":
            return self.kind == "slow"
        return self.kind == "fast" if "speed" in column else None


def is_limited(folded: str) -> bool:
    """Return whether a folded question asks for what is over or under a limit, or next to it."""
    return _NO_EXTREME.search(folded) is not None


def superlative_in(folded: str) -> Superlative | None:
    """Return the one superlative of a folded question, None without one or with several."""
    if is_limited(folded):
        return None
    words = WORD.findall(folded)
    compares = _CHOOSES_BY.search(folded) is not None
    found: list[Superlative] = []
    place = 0
    while place < len(words):
        word = words[place]
        following = words[place + 1] if place + 1 < len(words) else ""
        place += 1
        form = f"{word[:-1]}st" if compares and word.endswith("er") else word
        kind = _KIND_OF.get(form)
        if kind is None:
            continue
        used = {word}
        meaning = _MEANING_OF.get(form)
        if word in _MODIFIED:
            other = _KIND_OF.get(following)
            if following in _SMALL or following in _PLAIN or other not in (None, "up", "down"):
                used.add(following)
                meaning = _MEANING_OF.get(following)
                place += 1
            kind = _combined(word, following, other)
        found.append(Superlative(kind, frozenset(used), meaning))
    return found[0] if len(found) == 1 else None


_OPPOSITE = {"up": "down", "down": "up", "early": "late", "late": "early", "old": "new",
             "new": "old", "fast": "slow", "slow": "fast"}  # fmt: skip


def _combined(word: str, following: str, other: str | None) -> str:
    kind = other if other not in (None, "up", "down") else "up"
    if following in _SMALL:
        kind = "down"
    return _OPPOSITE[kind] if word in ("least", "menos") else kind
