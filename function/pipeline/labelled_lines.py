"""Read facts that a prompt writes as lines: a list of ``- Name: value``, and a labelled text."""

from __future__ import annotations

import re
from collections.abc import Collection

from function.pipeline.transcript import LabelledFacts

MOST_FACTS = 60
_LABEL = re.compile(
    r"^[ \t#*]*([^\W\d_][\w /-]{1,40}?)[ \t]*(?:\([^()\n]{0,80}\))?[ \t*]*:[ \t*]*$"
)
_ENTRY = re.compile(r"^[ \t]*[-*•][ \t]+([^\W\d_][\w /-]{0,39}?)[ \t]*:[ \t]*(.*)$")
_LISTS = ("context", "contexto", "data", "dados", "input", "facts", "fatos")


def read_labelled_lines(text: str, names: Collection[str] = ()) -> LabelledFacts:
    """Return the facts of lists behind a label such as "Context:", and of the named texts.

    A list is taken only where each of its lines is ``- Name: value``, behind any label where all of
    those names are known. A text reaches from its label to the next blank line.

    :param names: of facts whose text stands behind their label, such as ``ocr_text``.
    """
    facts: dict[str, str] = {}
    kept: list[str] = []
    lines = text.split("\n")
    place = 0
    while place < len(lines):
        label = _LABEL.match(lines[place])
        end = _end_of_block(lines, place + 1) if label is not None else place
        name = _named(label[1]) if label is not None else ""
        block = lines[place + 1 : end]
        found = _facts(name, block, names) if block else {}
        if not found or len(facts) + len(found) > MOST_FACTS:
            kept.append(lines[place])
            place += 1
            continue
        facts = {**found, **facts}
        place = end
    return LabelledFacts(facts, "\n".join(kept).strip()) if facts else LabelledFacts({}, text)


def _facts(name: str, block: list[str], names: Collection[str]) -> dict[str, str]:
    entries = [_ENTRY.match(line) for line in block]
    if name in _LISTS or all(entry and _named(entry[1]) in names for entry in entries):
        if not all(entries):
            return {}
        return {_named(entry[1]): entry[2].strip() for entry in entries if entry and entry[2]}
    if name in names:
        return {name: "\n".join(line.rstrip() for line in block)}
    return {}


def _end_of_block(lines: list[str], place: int) -> int:
    while place < len(lines) and lines[place].strip():
        place += 1
    return place


def _named(label: str) -> str:
    return re.sub(r"[\W_]+", "_", label.lower()).strip("_")
