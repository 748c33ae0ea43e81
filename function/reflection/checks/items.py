"""What may be offered: the context's items, less those that break a hard constraint."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from function.contract import AllowedItems, InferenceRequest
from function.deadline import NO_DEADLINE, Deadline
from function.json_tree import at, leaves, name_of, texts, texts_at
from function.reflection.answer import Answer
from function.reflection.checks.names import COMMON_WORDS, ungrounded_names
from function.reflection.checks.prices import ItemPrices
from function.reflection.checks.stated_numbers import is_price
from function.reflection.diets.diets import diets_of, words_of_guests
from function.reflection.diets.dishes import read_dish
from function.reflection.text.phrases import Words, forms
from function.reflection.text.words import fold

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
MOST_MARKED = 100
"""Names that one answer may mark; more are a failed check."""
_GOODS = re.compile(
    r"price|preco|stock|estoque|product|produto|item|menu|dish|prato|order|pedido|total|valor"
)
_PROMISE = re.compile(
    r"\b(?:temos|dispomos|vendemos|oferecemos|recomendo|sugiro|indico|disponive(?:l|is)|em estoque"
    r"|we (?:have|sell|offer|carry|stock)|i (?:recommend|suggest)|in stock|(?:is|are) available)\b"
)
SHORTEST_NAME = 3
"""Letters of a name; "M" is a size."""


@dataclass(frozen=True)
class Items:
    """Names of the context's items, folded; ``banned`` maps a name to the word that bans it.

    ``said`` has the words of the context, folded, and ``listed`` the items with their names.
    ``unplaced`` is what was said of an allergy or a diet and could not be compared with them.
    """

    allowed: frozenset[str]
    banned: dict[str, str]
    said: frozenset[str]
    listed: list[tuple[str, Any]]
    unplaced: list[str] = field(default_factory=list)

    @cached_property
    def prices(self) -> ItemPrices:
        return ItemPrices(self.listed)

    @cached_property
    def banned_words(self) -> Words:
        return Words(self.banned)


def items_of(
    context: dict[str, Any],
    rule: AllowedItems,
    guests: Sequence[str] = (),
    deadline: Deadline = NO_DEADLINE,
) -> Items:
    """Sort the context's items into those that may be offered and those that may not.

    :param guests: what the guests wrote; it may say what they must not have.
    :raises TimeoutError: the deadline passed before all items were read.
    """
    diets = diets_of(context, rule, guests)
    named = [pair for listed in at(context, rule.items) for pair in _named(listed)]
    dishes = [read_dish(name, item, rule.items) for name, item in deadline.until(named)]
    marks = any(dish.marked for dish in dishes)
    allowed: set[str] = set()
    banned: dict[str, str] = {}
    for (name, _), dish in deadline.until(zip(named, dishes, strict=True)):
        word = diets.broken_by(dish, marks)
        if word is None:
            allowed.add(fold(name))
        else:
            banned[fold(name)] = word
    said = frozenset(_WORD.findall(fold(json.dumps(context, ensure_ascii=False))))
    listed = [(fold(name), item) for name, item in named]
    return Items(frozenset(allowed - banned.keys()), banned, said, listed, diets.unplaced)


def items_for(
    request: InferenceRequest, rule: AllowedItems, deadline: Deadline = NO_DEADLINE
) -> Items:
    """Return the items that may be offered to the guests of a request.

    :raises TimeoutError: the deadline passed before all items were read.
    """
    return items_of(request.context, rule, words_of_guests(request), deadline)


def offered_context(request: InferenceRequest, deadline: Deadline = NO_DEADLINE) -> dict[str, Any]:
    """Return the context without the items that its guests must not have.

    :raises TimeoutError: the deadline passed before all items were read.
    """
    rule = request.checks.allowed_items
    if rule is None or not (banned := items_for(request, rule, deadline).banned):
        return request.context
    offered: dict[str, Any] = _without(request.context, rule.items.split("."), banned.keys())
    return offered


def _without(value: Any, path: list[str], names: Collection[str]) -> Any:
    if not path:
        if isinstance(value, dict):
            return {name: item for name, item in value.items() if fold(name) not in names}
        return [
            item for item in value if not any(fold(name) in names for name, _ in _named([item]))
        ]
    if isinstance(value, list):
        return [_without(inner, path, names) for inner in value]
    if not isinstance(value, dict) or path[0] not in value:
        return value
    return {**value, path[0]: _without(value[path[0]], path[1:], names)}


def knows_offers(request: InferenceRequest) -> bool:
    """Return whether a request tells of goods anywhere: by a price, or by the name of a field."""
    told = [request.system or "", *(turn.content for turn in request.history)]
    if any(map(is_price, told)):
        return True
    return any(_GOODS.search(fold(name_of(path))) for path, _ in leaves(request.context))


def promises(answer: Answer, words: set[str]) -> str:
    """Return which goods an answer promises by a name that the request does not tell.

    :param words: of the names in the request.
    """
    said = [answer.text] if answer.tree is None else list(texts(answer.tree))
    for text in said:
        if _PROMISE.search(fold(text)) is None:
            continue
        named = [name for name in ungrounded_names(text, words) if len(name) >= SHORTEST_NAME]
        if named:
            return f"{named[0]} is not one of the items: the facts hold none"
    return ""


def breaks_items(answer: Answer, items: Items, fields: list[str]) -> str:
    """Return what the answer offers and may not.

    :param fields: paths in a JSON answer that name an item; with none the text is searched: no
        banned item may be mentioned, and what is quoted, bold or listed must be an item. A list's
        entry in lower case is held to name one where it is a single word that the context never
        says. The price behind an item must be its own.
    """
    if reason := _wrong_item(answer, items, fields):
        return reason
    if items.unplaced:
        return f"ask before offering: no item can be held against {items.unplaced[0]!r}"
    return ""


def _wrong_item(answer: Answer, items: Items, fields: list[str]) -> str:
    tree = answer.tree
    if fields:
        offered = [text for text in texts_at(tree, fields) if text.strip()]
        unknown = [text for text in offered if fold(text.strip()) not in items.allowed]
        for text in unknown:
            if fold(text.strip()) in items.banned:
                return _banned(text, items.banned[fold(text.strip())], items)
        if unknown:
            return f"{unknown[0]} is not one of the items: {_listed(items)}"
        return ""
    # The quotation marks of JSON do not mark an item.
    said = answer.text if tree is None else "\n".join(texts(tree))
    if (name := items.banned_words.first_in(fold(said))) is not None:
        return _banned(name, items.banned[name], items)
    found = (next(filter(None, match.groups())) for match in _MARKED.finditer(said))
    marked = list(dict.fromkeys(text for text in found if text[0].isupper()))
    if len(marked) > MOST_MARKED:
        return f"the answer names {len(marked)} items and may name at most {MOST_MARKED}"
    for text in marked:
        folded = fold(text.strip())
        if not any(name in folded or folded in name for name in items.allowed):
            return f"{text.strip()} is not one of the items: {_listed(items)}"
    for match in _BARE_ENTRY.finditer(said):
        if match[1].casefold() in COMMON_WORDS or items.said & forms(fold(match[1])):
            continue
        return f"{match[1]} is not one of the items: {_listed(items)}"
    return items.prices.wrong_in(said)


def _named(listed: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(listed, dict):
        yield from ((str(name), {name: item}) for name, item in listed.items())
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, str):
            yield item, item
        elif isinstance(item, dict) and isinstance(item.get("name"), str):
            yield item["name"], item


def _banned(name: str, why: str, items: Items) -> str:
    """Return why an item must not be offered, and which may: what a refinement needs to know."""
    instead = f"; it may be one of these: {_listed(items)}" if items.allowed else ""
    return f"{name} must not be offered: {why}{instead}"


def _listed(items: Items) -> str:
    return ", ".join(sorted(items.allowed)[:10]) or "none"
