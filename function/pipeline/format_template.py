"""Read a JSON-like template whose values are placeholders, as a JSON Schema."""

from __future__ import annotations

import re
from typing import Any

STRING = {"type": "string", "maxLength": 300}
LONGEST_LIST = 5
MOST_KEYS = 40
DEEPEST = 6
_MAY_BE_NULL = re.compile(
    r"\b(?:or|ou|else|senão) (?:null|none|nulo)\b|\bif (?:any|found|known)\b", re.I
)
_SLASHED = re.compile(r"(?!(?:[YMDhms]+/)+[YMDhms]+$)[^\W\d_][\w -]*(?:/[^\W\d_][\w -]*){2,}")
_SCALARS = ["string", "number", "boolean", "null"]
_MEASURE = re.compile(r"\b(?:p[eo]rcent|amount|count|price|total|minut|seconds|h(?:ou|or)|days)")
_EXAMPLE = re.compile(r"\s|\d$")
"""What shows that a text is an example: several words, or a number behind one (``point1``)."""


def object_of(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that has exactly these fields."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def distinct(names: list[str]) -> list[str]:
    """Return the names without blanks around them, each once."""
    return list(dict.fromkeys(name.strip() for name in names if name.strip()))


class NotATemplateError(Exception):
    """What stands there cannot be read as a template."""


class TemplateReader:
    """A recursive descent over a JSON-like text whose values are placeholders.

    ``placeholders`` counts values that no real data have: ``...``, ``a|b``, ``<number>``, ``0.X``.
    ``examples`` holds the texts that stand for a value or describe it.
    """

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self.place = start
        self.placeholders = 0
        self.examples: list[str] = []

    def read(self, depth: int = 0) -> dict[str, Any]:
        """Return the schema of the value that begins here.

        :raises NotATemplateError: it is not a value.
        """
        if depth > DEEPEST:
            raise NotATemplateError
        self._skip_blanks()
        match self._peek():
            case "{":
                return self._object(depth)
            case "[":
                return self._array(depth)
            case '"' | "'":
                return self._string()
            case "<":
                return self._named(self._until(r"<([^<>\n]{1,60})>"), is_marked=True)
            case _:
                return self._bare()

    def _object(self, depth: int) -> dict[str, Any]:
        self.place += 1
        properties: dict[str, Any] = {}
        while True:
            self._skip_blanks()
            if self._take("}"):
                break
            if self._dots():
                self.placeholders += 1
                continue
            key = self._until(r"[\"']([^\"'\n]{1,63})[\"']\s*:")
            properties[key] = self.read(depth + 1)
            if len(properties) > MOST_KEYS:
                raise NotATemplateError
            self._skip_blanks()
            if not self._take(",") and self._peek() != "}":
                self._skip_remark()
        return object_of(properties) if properties else {"type": "object"}

    def _array(self, depth: int) -> dict[str, Any]:
        self.place += 1
        items: list[dict[str, Any]] = []
        examples: list[str] = []
        open_end = False
        while True:
            self._skip_blanks()
            if self._take("]"):
                break
            if self._dots() or self._word(r"etc\.?|and so on"):
                self.placeholders += 1
                open_end = True
                continue
            begun = self.place
            items.append(self.read(depth + 1))
            examples.append(self._text[begun : self.place].strip("\"' "))
            self._skip_blanks()
            if not self._take(",") and self._peek() != "]":
                self._skip_remark()
        found: dict[str, Any] = {"type": "array", "maxItems": LONGEST_LIST}
        if items:
            found["items"] = items[0]
            if items[0].get("type") == "object":
                found["minItems"] = 1
        else:
            found["items"] = dict(STRING)
        if open_end and len(examples) > 1 and all("_" in name for name in examples):
            # Identifiers with an open end name what others are like, such as "youtube_search".
            found["items"] = {
                "type": "string",
                "pattern": "^[a-z0-9]+(_[a-z0-9]+)*$",
                "maxLength": 40,
            }
        return found

    def _string(self) -> dict[str, Any]:
        quote = self._peek()
        said = self._until(rf"{quote}((?:[^{quote}\\\n]|\\.)*){quote}")
        if said.strip(". ") == "":
            self.placeholders += 1
            return dict(STRING)
        parts = said.split("/" if _SLASHED.fullmatch(said) else "|")
        if len(parts) > 1 and all(0 < len(part.strip()) <= 40 for part in parts):
            self.placeholders += 1
            return {"enum": distinct(parts)}
        if _EXAMPLE.search(said.strip()):
            self.examples.append(said)
        found = {**STRING, "description": said}
        return {**found, "type": ["string", "null"]} if _MAY_BE_NULL.search(said) else found

    def _bare(self) -> dict[str, Any]:
        """Return the schema of a value without quotes: ``0.X``, ``true|false``, ``number``, 3."""
        said = self._until(r"([^\s,{}\[\]\"'<>][^,{}\[\]\"'<>\n]{0,60})").strip()
        return self._named(said)

    def _named(self, said: str, *, is_marked: bool = False) -> dict[str, Any]:
        name = said.lower()
        if name in ("true", "false"):
            return {"type": "boolean"}  # a real value: by itself it makes no template
        if name == "null":
            return {"anyOf": [dict(STRING), {"type": "null"}]}
        null = bool(re.search(r"\b(null|none|nulo|optional|opcional)\b", name))
        if re.fullmatch(r"[01]?\.[xn]+", name) or re.search(
            r"\b0(\.0)? ?(-|to|\.\.) ?1(\.0)?\b", name
        ):
            found: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 1}
        elif re.search(r"\b(integer|int|inteiro)\b", name):
            found = {"type": "integer"}
        elif re.search(r"\b(number|float|número|numero|n)\b", name):
            found = {"type": "number"}
        elif re.search(r"\b(bool|boolean|booleano|true|false)\b", name):
            found = {"type": "boolean"}
        elif re.search(r"\b(list|array|lista)\b", name):
            found = {"type": "array", "items": dict(STRING), "maxItems": LONGEST_LIST}
        elif re.search(r"\b(string|text|texto|str)\b", name):
            found = dict(STRING)
        elif re.fullmatch(r"-?\d+(\.\d+)?", name):
            return {"type": "number"}
        elif name.strip(". ") == "" or null:
            found = dict(STRING)
        elif is_marked:  # <percentage>, <station>
            found = {"type": "number"} if _MEASURE.search(name) else {**STRING, "type": _SCALARS}
        else:
            raise NotATemplateError
        self.placeholders += 1
        return {"anyOf": [found, {"type": "null"}]} if null else found

    def _peek(self) -> str:
        return self._text[self.place : self.place + 1]

    def _take(self, letter: str) -> bool:
        if self._peek() != letter:
            return False
        self.place += 1
        return True

    def _dots(self) -> bool:
        """Pass over an ellipsis, and the comma behind it."""
        found = self._word(r"\.{2,4}|…")
        if found:
            self._take(",")
        return found

    def _word(self, pattern: str) -> bool:
        found = re.compile(pattern).match(self._text, self.place)
        if found is None:
            return False
        self.place = found.end()
        return True

    def _until(self, pattern: str) -> str:
        found = re.compile(pattern).match(self._text, self.place)
        if found is None:
            raise NotATemplateError
        self.place = found.end()
        return found[1]

    def _skip_blanks(self) -> None:
        while self._peek() and self._peek() in " \t\r\n":
            self.place += 1

    def _skip_remark(self) -> None:
        """Pass over a remark behind a value, such as ``// why`` or ``(optional)``."""
        found = re.compile(r"\s*(//|#|\()[^\n{}\[\]]{0,80}").match(self._text, self.place)
        if found is None:
            raise NotATemplateError
        self.place = found.end()
