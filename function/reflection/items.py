"""What may be offered: the context's items, less those that break a hard constraint."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from function.contract import AllowedItems
from function.reflection.invented_names import COMMON_WORDS
from function.reflection.phrases import Phrases
from function.reflection.prices import ItemPrices
from function.reflection.words import fold

_BULLET = r"^[^\S\n]*(?:[-*•]|\d+[.)])\s+"
_MARKED = re.compile(
    r"\*\*(.+?)\*\*|\"(.+?)\"|`(.+?)`|“([^“\n]+?)”|„([^„\n]+?)[“”]"
    r"|«([^«\n]+?)»|‹([^‹\n]+?)›|‘([^‘\n]+?)’(?!\w)"
    r"|(?<!\w)'((?:[^'\n]|(?<=\w)'(?=\w))+)'(?!\w)"
    rf"|{_BULLET}(?![*\"“„«‹`‘'\s])(.+?)(?:[:–—(]|$)",
    re.M,
)
"""What is in bold, in quotation marks or an entry of a list."""
_BARE_ENTRY = re.compile(rf"{_BULLET}([^\W\d_]{{3,}})[,;.]?[^\S\n]*$", re.M)
"""A word that is all of a list's entry; more words in lower case may say anything."""

_WORD = re.compile(r"\w+")
_SEPARATOR = re.compile(r"[,;/\n]")
_PLURALS = (
    *(("s", ""), ("es", ""), ("ies", "y"), ("y", "ie")),  # the last for "berries", less its s
    *(("oes", "ao"), ("aes", "ao"), ("ao", "oe"), ("ao", "ae"), ("ns", "m"), ("m", "n")),
)
"""Endings of English and Portuguese words, without accents, with what they may come of."""
SHORTEST = 3
"""Letters that may be left of a word: ``as`` is not the plural of ``a``."""


MOST_MARKED = 100
"""Names that one answer may mark; more are a failed check."""


@dataclass(frozen=True)
class Items:
    """Names of the context's items, folded; ``banned`` maps a name to the word that bans it.

    ``said`` has the words of the context, folded, and ``listed`` the items with their names.
    """

    allowed: frozenset[str]
    banned: dict[str, str]
    said: frozenset[str]
    listed: list[tuple[str, Any]]

    @cached_property
    def prices(self) -> ItemPrices:
        return ItemPrices(self.listed)

    @cached_property
    def banned_words(self) -> Words:
        return Words(self.banned)


class Words:
    """Words or phrases, folded, that are found in a text in the singular and the plural."""

    def __init__(self, words: Iterable[str]) -> None:
        self._word_of: dict[str, tuple[int, str]] = {}
        for number, word in enumerate(words):
            for form in _forms(word):
                self._word_of.setdefault(form, (number, word))
        self._phrases = Phrases(self._word_of)

    def first_in(self, text: str) -> str | None:
        """Return the first of the words, in their order, that a folded text has."""
        # "nut" is in "nuts", "peanuts" in "peanut" and "limao" in "limoes", not "nut" in "minute".
        found = {phrase for _, phrase in self._phrases.found_in(text)}
        return min((self._word_of[phrase] for phrase in found), default=(0, None))[1]


def items_of(context: dict[str, Any], rule: AllowedItems) -> Items:
    """Sort the context's items into those that may be offered and those that may not."""
    avoided = [text for path in rule.avoid for value in at(context, path) for text in texts(value)]
    words = [word for text in avoided for word in _SEPARATOR.split(text)]
    avoid = Words([fold(word.strip()) for word in words if word.strip()])
    allowed: set[str] = set()
    banned: dict[str, str] = {}
    named = [pair for listed in at(context, rule.items) for pair in _named(listed)]
    for name, item in named:
        word = avoid.first_in(fold(json.dumps(item, ensure_ascii=False)))
        if word is None:
            allowed.add(fold(name))
        else:
            banned[fold(name)] = word
    said = frozenset(_WORD.findall(fold(json.dumps(context, ensure_ascii=False))))
    return Items(frozenset(allowed), banned, said, [(fold(name), item) for name, item in named])


def breaks_items(answer: str, value: Any, items: Items, fields: list[str]) -> str:
    """What the answer offers and may not.

    :param value: the parsed answer where it is JSON, else None.
    :param fields: paths in ``value`` that name an item; with none the text is searched: no banned
        item may be mentioned, and what is quoted, bold or listed must be an item. A list's entry
        in lower case is held to name one where it is a single word that the context never says.
        The price behind an item must be its own.
    """
    if fields:
        offered = [text for path in fields for found in at(value, path) for text in texts(found)]
        offered = [text for text in offered if text.strip()]
        unknown = [text for text in offered if fold(text.strip()) not in items.allowed]
        for text in unknown:
            if fold(text.strip()) in items.banned:
                return f"{text} must not be offered: {items.banned[fold(text.strip())]}"
        if unknown:
            return f"{unknown[0]} is not one of the items: {_listed(items)}"
        return ""
    if isinstance(value, (dict, list)):
        # The quotation marks of JSON are no sign of an item.
        answer = "\n".join(texts(value))
    if (name := items.banned_words.first_in(fold(answer))) is not None:
        return f"{name} must not be offered: {items.banned[name]}"
    marked = list(dict.fromkeys(text for text in _marked(answer) if text[0].isupper()))
    if len(marked) > MOST_MARKED:
        return f"the answer names {len(marked)} items and may name at most {MOST_MARKED}"
    for text in marked:
        folded = fold(text.strip())
        if not any(name in folded or folded in name for name in items.allowed):
            return f"{text.strip()} is not one of the items: {_listed(items)}"
    for match in _BARE_ENTRY.finditer(answer):
        if match[1].casefold() in COMMON_WORDS or items.said & _forms(fold(match[1])):
            continue
        return f"{match[1]} is not one of the items: {_listed(items)}"
    return items.prices.wrong_in(answer)


def _marked(answer: str) -> Iterator[str]:
    for match in _MARKED.finditer(answer):
        yield next(group for group in match.groups() if group)


def at(value: Any, path: str) -> Iterator[Any]:
    """The values at a dotted path; lists on the way are entered."""
    if isinstance(value, list):
        for item in value:
            yield from at(item, path)
        return
    key, _, rest = path.partition(".")
    if isinstance(value, dict) and key in value:
        if rest:
            yield from at(value[key], rest)
        else:
            yield value[key]


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def _named(listed: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(listed, dict):
        yield from ((str(name), {name: item}) for name, item in listed.items())
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, str):
            yield item, item
        elif isinstance(item, dict) and isinstance(item.get("name"), str):
            yield item["name"], item


def _forms(word: str) -> set[str]:
    return {form + ending for form in _singulars(word) for ending in ("", "s", "es")}


def _singulars(word: str) -> set[str]:
    """The word, and what it may be the plural of; too many are better than one too few."""
    found = {word}
    for plural, singular in _PLURALS:
        stem = word.removesuffix(plural) + singular
        if word.endswith(plural) and len(stem) >= SHORTEST:
            found.add(stem)
    return found


def _listed(items: Items) -> str:
    return ", ".join(sorted(items.allowed)[:10]) or "none"
