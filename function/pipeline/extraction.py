"""Recognise a request that only takes values out of a text, and the fields that it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from function.reflection.text.source_text import SENTENCE, asks_for_more, is_written, parted

MOST_WORDS = 150
"""Words of a text from which single values are taken; a longer one is read for its meaning."""
LEAST_WORDS = 3


@dataclass(frozen=True)
class Extraction:
    """The text that values are taken from, and the dotted paths of the fields.

    ``taken`` may only hold what the text says, ``free`` hold anything.
    """

    source: str
    taken: tuple[str, ...]
    free: tuple[str, ...]

    def allow_null(self, schema: dict[str, Any], above: str = "") -> dict[str, Any]:
        """Return the schema with null for a text that is not there."""
        properties = {}
        for name, inner in schema.get("properties", {}).items():
            path = f"{above}.{name}" if above else name
            if inner.get("type") == "object":
                inner = self.allow_null(inner, path)
            elif path in self.taken and inner.get("type") == "string":
                inner = {**inner, "type": ["string", "null"]}
            properties[name] = inner
        return {**schema, "properties": properties} if properties else schema


def read_extraction(
    prompt: str, span: tuple[int, int], schema: dict[str, Any], system: str = "", facts: str = ""
) -> Extraction | None:
    """Return what is extracted, or None where something else is asked for.

    :param span: start and end of the output format in the prompt.
    :param facts: the texts of the context, from which a prompt without a text of its own takes.
    """
    asked, source = parted(prompt[: span[0]], prompt[span[1] :])
    if "{" in source or len(source.split()) < LEAST_WORDS:
        source = facts
    words = len(source.split())
    if not LEAST_WORDS <= words <= MOST_WORDS:
        return None
    if any(map(asks_for_more, SENTENCE.split(f"{asked}\n{system}"))):
        return None
    fields = dict(_fields(schema, ""))
    taken = tuple(path for path, is_taken in fields.items() if is_taken)
    free = tuple(path for path, is_taken in fields.items() if not is_taken)
    return Extraction(source, taken, free) if taken else None


def _fields(schema: dict[str, Any], above: str) -> Iterator[tuple[str, bool]]:
    """Yield the path of each field with whether its value can stand in a text."""
    for name, inner in schema.get("properties", {}).items():
        path = f"{above}.{name}" if above else name
        if inner.get("type") == "object":
            yield from _fields(inner, path)
            continue
        bound = {"enum", "minimum", "pattern", "anyOf", "description"} & set(inner)
        kinds = (inner.get("type"), inner.get("items", {}).get("type"))
        yield path, not (bound or is_written(name) or "boolean" in kinds or "object" in kinds)
