"""Read the output format that is written in a prompt, as a JSON Schema.

Agents describe the JSON that they parse by a template, such as
``{"action": "greet|seat", "wait": <number>}``,
or by its keys ("JSON with keys: status, score"). As a schema it constrains decoding and becomes a
check.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

from function.contract import JsonSchemaFormat
from function.pipeline.format_template import (
    LONGEST_LIST,
    MOST_KEYS,
    STRING,
    NotATemplateError,
    TemplateReader,
    distinct,
    object_of,
)
from function.reflection.checks.facts.comparisons import unit_of
from function.reflection.text.source_text import is_written

_TYPED = frozenset(("type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"))
MOST_STARTS = 2_000
"""Opening braces of a text at which a template is looked for."""

_CUE = re.compile(
    r"\b(json|format|formato|output|respond|return|reply|answer|responda|retorne|devolva)\b", re.I
)
_LABEL = re.compile(
    r"\b(context|contexto|metrics|métricas|labels|annotations|records|request|input|data|dados|"
    r"facts|alert|event|history|example input)\b[^\n]{0,40}[:=]\s*$|"
    r"\b(?:choose|pick|select|escolha|selecione)\b[^\n]{1,60}\b(?:from|of|among|de|entre)\b",
    re.I,
)
_SAMPLE = re.compile(r"^[ \t]*[-*•][ \t]*\{[ \t]*[\"']\w+[\"']:[ \t]*[\"']([^\"'\n]{2,80})", re.M)
_SCHEMA = re.compile(r"\b(?:schema|esquema|format\w*|conform\w*|adhere\w*)\b", re.I)
_TOOLS = re.compile(r"\b(?:parameters|arguments|tools?|functions?)\b[^\n]{0,20}:\s*$", re.I)
_DECODER = json.JSONDecoder()
_KEYS = re.compile(
    r"\bjson\b[^\n.:]{0,60}?\b(?:(?:key|field|chave|campo)\s+[\"'`](\w{1,63})[\"'`]|"
    r"(?:keys|fields|chaves|campos|properties)\b[^\n:]{0,20}:\s*"
    r"([^\n]{3,400}?)(?=\.\s+[^\W\d]|\s*$))",
    re.I | re.M,
)
_KEY = re.compile(r"[\"'`]?([A-Za-z_][A-Za-z0-9_]{0,62})[\"'`]?")
_ALTERNATIVES = re.compile(r"\(([^()\n/|]{1,40}(?:[/|][^()\n/|]{1,40})+)\)")
_ONE_OF = re.compile(r"\b(?:one of|um(?:a)? (?:de|entre))\b:? ?([^\n.;:]{3,200})", re.I)
_RANGE = re.compile(
    r"(?:\(|\b(?:between|from|entre|de) )(-?\d+(?:\.\d+)?)\s*"
    r"(?:-|–|to|and|a|e|\.\.)\s*(\d+(?:\.\d+)?)\b"
)
_CLAUSE = re.compile(r"\n|[.;]\s")
_NOT_PLURAL = ("ss", "us", "is")


@dataclass(frozen=True)
class OutputFormat:
    """A format found in a text: its schema, where it stands there, and its example values."""

    schema: dict[str, Any]
    start: int
    end: int
    examples: tuple[str, ...] = ()


def read_output_format(text: str) -> OutputFormat | None:
    """Return the format that a text asks for, or None if it asks for none.

    The last template of the text counts. An object of real values is data, not a template.
    """
    starts = [match.start() for match in islice(re.finditer("{", text), MOST_STARTS)]
    for start in reversed(starts):
        if _inside_another(text, start):
            continue
        if (written := _written_schema(text, start)) is not None:
            return written
        reader = TemplateReader(text, start)
        try:
            schema = reader.read()
        except NotATemplateError:
            continue
        if schema.get("type") != "object" or not schema.get("properties"):
            continue
        if reader.placeholders or _asked_for(text, start):
            examples = (*reader.examples, *_SAMPLE.findall(text))
            return OutputFormat(schema, start, reader.place, examples)
    return _by_keys(text)


def _written_schema(text: str, start: int) -> OutputFormat | None:
    """Return the JSON Schema that begins here, as frameworks write it into a prompt."""
    before = text[max(0, start - 300) : start].removesuffix("```json\n").rstrip()
    if not _SCHEMA.search(before) or _TOOLS.search(before):
        return None
    try:
        schema, end = _DECODER.raw_decode(text, start)
        schema = {"type": "object", "required": [], **schema}
        schema.pop("$schema", None)
        JsonSchemaFormat.model_validate({"type": "json_schema", "schema": schema})
        typed = [each.keys() & _TYPED for each in schema["properties"].values()]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None  # data, or no schema that can be checked
    return OutputFormat(schema, start, end) if typed and all(typed) else None


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
    listed = re.split(r",|;|\band\b|\be\b", (found[1] or found[2]).rstrip(". "))
    keys = [name[1] for part in listed if (name := _KEY.fullmatch(part.strip(" .`\"'")))]
    if not keys:
        return None
    properties = {key: _described(key, text) for key in keys[:MOST_KEYS]}
    return OutputFormat(object_of(properties), found.start(), found.end())


def _described(key: str, text: str) -> dict[str, Any]:
    """Return the type of a key by what the text says of it elsewhere."""
    word = key.replace("_", " ")
    for line in _CLAUSE.split(text):
        if word not in line.lower().replace("_", " ") or "json" in line.lower():
            continue
        if found := _RANGE.search(line):
            return {"type": "number", "minimum": float(found[1]), "maximum": float(found[2])}
        if found := _ALTERNATIVES.search(line) or _ONE_OF.search(line):
            named = re.split(r"[/|,]|\b(?:and|or|e|ou)\b", found[1])
            return {"enum": distinct([name.strip(" \"'`") for name in named if name.strip()])}
    last = word.rpartition(" ")[2]
    is_counted = unit_of(last) != last or re.search(rf"\d {re.escape(last)}\b", text, re.I)
    if last.endswith("s") and not last.endswith(_NOT_PLURAL) and not is_counted:
        return {"type": "array", "items": dict(STRING), "maxItems": LONGEST_LIST}
    if is_written(key):
        return dict(STRING)
    return {**STRING, "type": ["string", "number", "boolean", "null"]}
