"""Write a JSON object as TOML, in the form in which a profile file is written by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

LINE = 88
"""Characters of a value in one line; a longer table or list takes several."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(table: Mapping[str, Any]) -> str:
    """Return the TOML of an object without nulls; reading it gives the same object."""
    return "\n".join(_lines(table, "")).strip("\n") + "\n"


def _lines(table: Mapping[str, Any], path: str) -> Iterator[str]:
    sections = {key: value for key, value in table.items() if _is_section(value)}
    for key, value in table.items():
        if key not in sections:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in sections.items():
        name = f"{path}.{_key(key)}" if path else _key(key)
        if isinstance(value, Mapping):
            yield from ("", f"[{name}]")
            yield from _lines(value, name)
        else:
            for item in value:
                yield from ("", f"[[{name}]]")
                yield from _lines(item, name)


def _is_section(value: Any) -> bool:
    if isinstance(value, Mapping):
        return len(_inline(value)) > LINE
    return bool(value) and isinstance(value, list) and all(isinstance(v, Mapping) for v in value)


def _value(value: Any) -> str:
    if isinstance(value, str) and "\n" in value:
        lines = "\n".join(map(_escaped, value.split("\n")))
        return f'"""\n{lines}"""'
    written = _inline(value)
    if isinstance(value, list) and len(written) > LINE:
        return "[\n" + "".join(f"  {_inline(item)},\n" for item in value) + "]"
    return written


def _inline(value: Any) -> str:
    if isinstance(value, str):
        return f'"{_escaped(value)}"'
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_inline(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return json.dumps(value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else f'"{_escaped(name)}"'


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1].replace("\x7f", "\\u007f")
