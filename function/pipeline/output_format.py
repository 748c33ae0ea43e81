"""Read the output format that is written in a prompt, as a JSON Schema.

Agents describe the JSON that they parse by a template, such as
``{"action": "greet|seat", "wait": <number>}``,
or by its keys ("JSON with keys: status, score"). As a schema it constrains decoding and becomes a
check.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

STRING = {"type": "string", "maxLength": 300}
IDENTIFIER = "^[a-z0-9]+(_[a-z0-9]+)*$"
LONGEST_LIST = 5
MOST_KEYS = 40
MOST_STARTS = 2_000
"""Opening braces of a text at which a template is looked for."""
DEEPEST = 6

_CUE = re.compile(
    r"\b(json|format|formato|output|respond|return|reply|answer|responda|retorne|devolva)\b", re.I
)
_LABEL = re.compile(
    r"\b(context|contexto|metrics|métricas|labels|annotations|records|request|input|data|dados|"
    r"facts|alert|event|history|example input)\b[^\n]{0,40}[:=]\s*$",
    re.I,
)
_KEYS = re.compile(
    r"\bjson\b[^\n.:]{0,60}?\b(?:keys|fields|chaves|campos|properties)\b[^\n:]{0,20}:\s*([^\n]{3,400})",
    re.I,
)
_KEY = re.compile(r"[\"'`]?([A-Za-z_][A-Za-z0-9_]{0,62})[\"'`]?")
_ALTERNATIVES = re.compile(r"\(([^()\n/|]{1,40}(?:[/|][^()\n/|]{1,40})+)\)")
_RANGE = re.compile(r"\((-?\d+(?:\.\d+)?)\s*(?:-|–|to|a|\.\.)\s*(\d+(?:\.\d+)?)\)")
_SHARE = re.compile(r"^[01]?\.[xn]+$|\b0(?:\.0)? ?(?:-|to|\.\.) ?1(?:\.0)?\b")
_NOT_PLURAL = ("ss", "us", "is")


@dataclass(frozen=True)
class OutputFormat:
    """A format found in a text: its schema, and where it stands there."""

    schema: dict[str, Any]
    start: int
    end: int


def read_output_format(text: str) -> OutputFormat | None:
    """Return the format that a text asks for, or None if it asks for none.

    The last template of the text counts. An object of real values is data, not a template.
    """
    starts = [match.start() for match in islice(re.finditer("{", text), MOST_STARTS)]
    for start in reversed(starts):
        if _inside_another(text, start):
            continue
        reader = _Template(text, start)
        try:
            schema = reader.read()
        except _NotATemplateError:
            continue
        if schema.get("type") != "object" or not schema.get("properties"):
            continue
        if reader.placeholders or _asked_for(text, start):
            return OutputFormat(schema, start, reader.place)
    return _by_keys(text)


def _asked_for(text: str, start: int) -> bool:
    """Return whether the line before an object asks for it, and does not introduce data."""
    before = text[max(0, start - 200) : start].rstrip().removesuffix("```json").removesuffix("```")
    line = before.rstrip().rpartition("\n")[2]
    return bool(_CUE.search(line)) and not _LABEL.search(line)


def _inside_another(text: str, start: int) -> bool:
    """Return whether an object stands inside another one, seen from what stands before it."""
    return text[:start].rstrip()[-1:] in (",", "[") or bool(
        re.search(r"[\"'\w]\s*:\s*$", text[max(0, start - 40) : start])
        and _unclosed(text[max(0, start - 2_000) : start])
    )


def _unclosed(text: str) -> bool:
    return text.count("{") > text.count("}")


def _by_keys(text: str) -> OutputFormat | None:
    found = None
    for match in _KEYS.finditer(text):
        found = match
    if found is None:
        return None
    listed = re.split(r",|;|\band\b|\be\b", found[1].rstrip(". "))
    keys = [name[1] for part in listed if (name := _KEY.fullmatch(part.strip(" .`\"'")))]
    if not keys:
        return None
    properties = {key: _described(key, text) for key in keys[:MOST_KEYS]}
    return OutputFormat(_object(properties), found.start(), found.end())


def _described(key: str, text: str) -> dict[str, Any]:
    """Return the type of a key by what the text says of it elsewhere."""
    word = key.replace("_", " ")
    for line in text.splitlines():
        if word not in line.lower() or "json" in line.lower():
            continue
        if found := _RANGE.search(line):
            return {"type": "number", "minimum": float(found[1]), "maximum": float(found[2])}
        if found := _ALTERNATIVES.search(line):
            return {"enum": _distinct(re.split(r"[/|]", found[1]))}
    last = word.rpartition(" ")[2]
    if last.endswith("s") and not last.endswith(_NOT_PLURAL):
        return {"type": "array", "items": dict(STRING), "maxItems": LONGEST_LIST}
    return dict(STRING)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _distinct(names: list[str]) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in names if name.strip()))


class _NotATemplateError(Exception):
    """What stands there cannot be read as a template."""


class _Template:
    """A recursive descent over a JSON-like text whose values are placeholders.

    ``placeholders`` counts values that no real data have: ``...``, ``a|b``, ``<number>``, ``0.X``.
    """

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self.place = start
        self.placeholders = 0

    def read(self, depth: int = 0) -> dict[str, Any]:
        """Return the schema of the value that begins here.

        :raises _NotATemplateError: it is not a value.
        """
        if depth > DEEPEST:
            raise _NotATemplateError
        self._skip_blanks()
        match self._peek():
            case "{":
                return self._object(depth)
            case "[":
                return self._array(depth)
            case '"' | "'":
                return self._string()
            case "<":
                return self._named(self._until(r"<([^<>\n]{1,60})>"))
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
                raise _NotATemplateError
            self._skip_blanks()
            if not self._take(",") and self._peek() != "}":
                self._skip_remark()
        return _object(properties) if properties else {"type": "object"}

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
        parts = said.split("|")
        if len(parts) > 1 and all(0 < len(part.strip()) <= 40 for part in parts):
            self.placeholders += 1
            return {"enum": _distinct(parts)}
        return dict(STRING)

    def _bare(self) -> dict[str, Any]:
        """Return the schema of a value without quotes: ``0.X``, ``true|false``, ``number``, 3."""
        said = self._until(r"([^\s,{}\[\]\"'<>][^,{}\[\]\"'<>\n]{0,60})").strip()
        return self._named(said)

    def _named(self, said: str) -> dict[str, Any]:
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
        else:
            raise _NotATemplateError
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
            raise _NotATemplateError
        self.place = found.end()
        return found[1]

    def _skip_blanks(self) -> None:
        while self._peek() and self._peek() in " \t\r\n":
            self.place += 1

    def _skip_remark(self) -> None:
        """Pass over a remark behind a value, such as ``// why`` or ``(optional)``."""
        found = re.compile(r"\s*(//|#|\()[^\n{}\[\]]{0,80}").match(self._text, self.place)
        if found is None:
            raise _NotATemplateError
        self.place = found.end()
