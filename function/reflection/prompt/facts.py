"""The context as facts, one a line: which are shown, how they are cut, which a question names.

Small models read ``- loki.error_rate: 0.03`` better than nested JSON. All of this changes only
what the model reads. Checks look at the context as it was sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from function.reflection.prompt.injection import known_labels
from function.reflection.prompt.truncation import Count, fits, shortened, shrinking
from function.reflection.text.words import fold, key_words, remembered
from function.remediation import labels_in
from function.schemas.catalogue import brazilian_price

_JSON = json.JSONEncoder(ensure_ascii=False)
SHORTEST_FACT = 80
"""Characters under which a fact is rather left out than shortened."""
MOST_NAMED = 6
"""Facts beyond which a question names nothing in particular."""
STEM = 4
"""Letters by which two words are one: 'errors' is 'error', and 'memória' is 'memory'."""
SHORTEST_WORD = 2

_WORD = re.compile(r"[^\W_]+")


class Rendering(BaseModel):
    """How context becomes facts.

    ``first`` names the fields that stand at the top, so that they are the last to be cut. ``hide``
    names fields, at any depth, that the model never sees: personal data, or what only costs
    tokens; ``phone`` hides ``customerPhone`` and ``phone_number`` as well. ``rows`` names lists of
    objects shown as one line an object. ``prices`` names fields, at any depth and in any spelling
    (``old_price``, ``oldPrice``), whose numbers are shown in Brazilian format. ``empty`` is the one
    fact shown when there is no context at all. ``decisive`` names the fields that alone are shown
    where one of several choices is scored, if the context has any such object: free text beside it
    may lie. Of them only labels with a known meaning are shown there, and only with values that
    labels have (:mod:`function.reflection.prompt.injection`); without any such object,
    no instruction in the context is.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    first: list[str] = Field(default_factory=list)
    hide: list[str] = Field(default_factory=list)
    rows: list[str] = Field(default_factory=list)
    prices: list[str] = Field(default_factory=list)
    empty: str | None = None
    decisive: list[str] = Field(default_factory=list)

    @property
    def reports(self) -> bool:
        """Whether the context only reports a case, and is not itself what somebody wants."""
        return bool(self.decisive)

    def for_choosing(self, context: dict[str, Any]) -> dict[str, Any]:
        """Return the part of the context that decides between choices."""
        found: dict[str, Any] = {}
        for key in self.decisive:
            if isinstance(context.get(key), dict):
                found = {**context[key], **found}
        if self.decisive and not found:
            found.update(labels_in(context))
        return known_labels(found) if found else context

    def shown(self, context: dict[str, Any]) -> dict[str, Any]:
        """Return the context as the model sees it, still a nested object."""
        if self is PLAIN:
            return context
        visible = self._visible(context) if self.hide or self.prices else context
        ordered = {key: visible[key] for key in self.first if key in visible}
        ordered.update(visible)
        for key in self.rows:
            if isinstance(ordered.get(key), list):
                ordered[key] = _rows(ordered[key])
        if not ordered and self.empty:
            return {"note": self.empty}
        return ordered

    def _visible(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: brazilian_price(inner) if self._is_price(key, inner) else self._visible(inner)
                for key, inner in value.items()
                if not self._is_hidden(key)
            }
        if isinstance(value, list):
            return [self._visible(item) for item in value]
        return value

    def _is_hidden(self, key: str) -> bool:
        named = f" {_plain_name(key)} "
        return any(name in named for name in self._hidden)

    def _is_price(self, key: str, value: Any) -> bool:
        if not isinstance(value, (int, float)) or type(value) is bool:
            return False
        return _plain_name(key) in self._priced

    @cached_property
    def _hidden(self) -> tuple[str, ...]:
        return tuple(f" {_plain_name(name)} " for name in self.hide)

    @cached_property
    def _priced(self) -> frozenset[str]:
        return frozenset(map(_plain_name, self.prices))


PLAIN = Rendering()
"""The whole context, unchanged."""


class Fact(NamedTuple):
    """One field of the context: its dotted path and a value without fields of its own."""

    path: str
    value: Any

    @property
    def field(self) -> str:
        """Name of the field: the last of its path."""
        return self.path.rpartition(".")[2]

    @property
    def record(self) -> str:
        """Path of what the field is in."""
        return self.path.rpartition(".")[0]

    def line(self, characters: int | None = None) -> str:
        """Return the fact on one line, at most about so many characters long.

        A text loses its middle, a list its last items, and what is left of it is whole JSON.
        """
        path = self.path if characters is None else shortened(self.path, characters // 2)
        if isinstance(self.value, str):
            # A line break inside a value would let it pose as the end of the facts.
            text = " ".join(self.value.split())
        else:
            text = _one_line(self.value)
        start = f"- {path}: "
        if characters is None or len(start) + len(text) <= characters:
            return start + text
        left = max(characters - len(start), 0)
        if isinstance(self.value, list):
            return start + _first_items(self.value, left)
        return start + shortened(text, left)


def facts_of(context: dict[str, Any]) -> list[Fact]:
    """Return every leaf of the context, in its order."""
    found: list[Fact] = []
    if context:
        _add_facts(context, "", found)
    return found


def named(facts: Sequence[Fact], question: str) -> list[Fact]:
    """Return the facts whose path shares most words with a question, in their order.

    None where the path of no fact has a word of it, and none where more than half of the facts or
    more than :data:`MOST_NAMED` do equally well. They are shown once more behind the others, among
    which a small model loses them.
    """
    paths = [_stems_of_path(fact.path) for fact in facts]
    said = fold(question)
    # Most questions name nothing; to see that costs less than to take them to pieces.
    if not any(map(said.__contains__, chain.from_iterable(paths))):
        return []
    asked = _stems(said)
    shared = [len(asked & stems) for stems in paths]
    most = max(shared, default=0)
    found = [fact for fact, count in zip(facts, shared, strict=True) if count == most]
    few = len(found) <= min(MOST_NAMED, len(facts) // 2)
    return found if most and few else []


def fitting_lines(facts: Sequence[Fact], tokens: int, count: Count) -> list[str]:
    """Return the facts as lines that take at most ``tokens``.

    Long facts are shortened first, down to 80 characters; then the last ones are left out, and
    one line says how many. Without room for that line there is none at all.
    """
    whole = [fact.line() for fact in facts]
    text = "\n".join(whole)
    if fits(text, tokens, count):
        return whole
    shorter = (_trimmed(facts, whole, most) for most in shrinking(text, tokens, count))
    return next((lines for lines in shorter if fits("\n".join(lines), tokens, count)), [])


def _trimmed(facts: Sequence[Fact], whole: Sequence[str], characters: int) -> list[str]:
    longest = _longest_allowed([len(line) + 1 for line in whole], characters) - 1
    if longest >= SHORTEST_FACT:
        return [
            line if len(line) <= longest else fact.line(longest)
            for fact, line in zip(facts, whole, strict=True)
        ]
    kept: list[str] = []
    used = len(left_out(len(facts)))
    for fact, line in zip(facts, whole, strict=True):
        short = line if len(line) <= SHORTEST_FACT else fact.line(SHORTEST_FACT)
        used += len(short) + 1
        if used > characters:
            break
        kept.append(short)
    return [*kept, left_out(len(facts) - len(kept))]


def left_out(number: int) -> str:
    """Return the line that says how many facts are missing."""
    return f"- ({number} more facts did not fit)"


def _longest_allowed(lengths: Sequence[int], total: int) -> int:
    """Return the limit for each length that makes their sum at most ``total``."""
    left, allowed = total, 0
    for place, length in enumerate(sorted(lengths)):
        allowed = left // (len(lengths) - place)
        if length > allowed:
            break
        left -= length
    return allowed


def _add_facts(value: Any, path: str, found: list[Fact]) -> None:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            name = key if key.isidentifier() else " ".join(key.split())
            below = f"{path}.{name}" if path else name
            if isinstance(inner, (dict, list)):
                _add_facts(inner, below, found)
            else:
                found.append(Fact(below, inner))
    elif isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        for index, inner in enumerate(value, 1):
            _add_facts(inner, f"{path}.{index}", found)
    else:
        found.append(Fact(path, value))


def _one_line(value: Any) -> str:
    if type(value) in (int, float):  # most values, and the encoder takes ten times as long
        return repr(value)
    return " ".join(_JSON.encode(value).split())


def _first_items(items: list[Any], characters: int) -> str:
    kept: list[Any] = []
    length = len("[]") + len(_more(len(items)))
    for item in items:
        length += len(_one_line(item)) + (len(", ") if kept else 0)
        if length > characters:
            break
        kept.append(item)
    return _one_line(kept) + _more(len(items) - len(kept))


def _more(number: int) -> str:
    return f" (and {number} more)"


def _stems(text: str) -> set[str]:
    """Return the beginnings of the words of a text, by which words of one root are equal."""
    return {word[:STEM] for word in _WORD.findall(fold(text)) if len(word) >= SHORTEST_WORD}


_stems_of_path = remembered(_stems)


@remembered
def _plain_name(name: str) -> str:
    """Return the words of a field's name, whichever way it is spelt: ``oldPrice`` is ``old
    price``."""
    return " ".join(key_words(name))


def _rows(items: list[Any]) -> dict[str, Any] | list[Any]:
    """Return objects by their name, each with its other fields in one text."""
    if not all(isinstance(item, dict) and isinstance(item.get("name"), str) for item in items):
        return items
    return {item["name"]: _row(item) for item in items}


def _row(item: dict[str, Any]) -> str:
    rest = [f"{key} {_short(value)}" for key, value in item.items() if key != "name"]
    return ", ".join(rest) or "available"


def _short(value: Any) -> str:
    if isinstance(value, list):
        return " / ".join(_short(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
