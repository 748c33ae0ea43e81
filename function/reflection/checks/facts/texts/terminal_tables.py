"""Tables as programs print them on a terminal, read as records: ``kubectl get``, ``docker ps``,
``df``, ``nmap``.

Columns stand below their headings, at least two blanks apart, or one where every cell is one word::

    NAME     STATUS     ROLES           AGE
    node-a   Ready      control-plane   211d
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from function.reflection.text.words import fold

FEWEST_COLUMNS = 2
LONGEST_CELL = 80
LONGEST_HEADER = 400
_HEADING = re.compile(r"\S+(?: \S+)*")
_UNIT = re.compile(r"\([^()]*\)$")
_NOTE = re.compile(r"(?<=\S)\s+\([^()]*\bago\)$")
"""Ends a cell: when something was last so, as in *37 (2m ago)*."""
_PROTOCOL = re.compile(r"(\d+)/[a-z]+")
_NAMES = {"mem": "memory", "avail": "available", "alloc": "allocated", "names": "name",
          "command": "name", "use%": "level", "cap": "level"}  # fmt: skip
"""What headings mean: a process is called by its command."""


def terminal_table(lines: Sequence[str]) -> list[dict[str, str | int | bool]] | None:
    """Return the records of a table whose first line has the headings, None where there is none.

    :param lines: lines of one text, with the blanks before them.
    """
    header, *below = lines
    if len(header) > LONGEST_HEADER:
        return None
    rows = _by_gaps(header, below) or _by_headings(header, below) or _by_words(header, below)
    if rows is None:
        return None
    titles, *cells = rows
    names = list(map(_name_of, titles))
    is_header = all(any(map(str.isalpha, title)) and title[-1] != ":" for title in titles)
    if not is_header or any(map(_starts_with_digit, titles)) or len(set(names)) < len(names):
        return None
    if any(len(cell) > LONGEST_CELL for row in cells for cell in row):
        return None
    columns = [_values_of([row[place] for row in cells]) for place in range(len(names))]
    return [
        {name: cell for name, cell in zip(names, row, strict=True) if cell != ""}
        for row in zip(*columns, strict=True)
    ]


def _starts_with_digit(text: str) -> bool:
    return text[:1].isdigit()


def _by_gaps(header: str, below: Sequence[str]) -> list[list[str]] | None:
    """Return the cells of lines with equally many of them, two blanks apart or more."""
    rows = [re.split(r"\s{2,}", line.strip()) for line in (header, *below)]
    columns = len(rows[0])
    is_table = columns >= FEWEST_COLUMNS and all(len(row) == columns for row in rows)
    return rows if is_table else None


def _by_headings(header: str, below: Sequence[str]) -> list[list[str]] | None:
    """Return the cells that begin below each heading; a cell may be empty."""
    starts = [found.start() for found in _HEADING.finditer(header)]
    if len(starts) < FEWEST_COLUMNS:
        return None
    if any(line[start - 1 : start].strip() for line in below for start in starts[1:]):
        return None  # a cell reaches below the next heading
    ends = [*starts[1:], max(map(len, (header, *below)))]
    spans = list(zip([0, *starts[1:]], ends, strict=True))
    rows = [[line[start:end].strip() for start, end in spans] for line in (header, *below)]
    is_apart = not any("  " in cell for row in rows for cell in row)
    return rows if is_apart and all(row[0] for row in rows) else None


def _by_words(header: str, below: Sequence[str]) -> list[list[str]] | None:
    """Return the words of lines with equally many; the last heading may have one more."""
    rows = [line.split() for line in (header, *below)]
    columns = len(rows[1]) if below else 0
    if len(rows[0]) == columns + 1:
        rows[0][-2:] = [" ".join(rows[0][-2:])]
    is_heading = all(title[:1].isupper() or title[:1] == "%" for title in rows[0])
    is_table = columns > FEWEST_COLUMNS and all(len(row) == columns for row in rows)
    return rows if is_heading and is_table else None


def _name_of(title: str) -> str:
    """Return what a heading names: *MEMORY(bytes)* memory, *%CPU* the CPU."""
    words = [word for word in _UNIT.sub("", title).split() if word != "%"]
    names = [_NAMES.get(fold(word)) or _NAMES.get(fold(word.strip("%"))) for word in words]
    return " ".join(name or word.strip("%") for name, word in zip(names, words, strict=True))


def _values_of(cells: Sequence[str]) -> list[str] | list[int] | list[bool]:
    """Return cells without notes, ports without their protocol, and a column of whole numbers or
    of truth values as such."""
    values = [_NOTE.sub("", cell) for cell in cells]
    ports = [_PROTOCOL.fullmatch(value) for value in values]
    values = [port[1] for port in ports if port] if all(ports) else values
    if all(value in ("True", "False") for value in values):
        return [value == "True" for value in values]
    return list(map(int, values)) if all(map(_is_whole, values)) else values


def _is_whole(text: str) -> bool:
    """Return whether a cell is a whole number, and no code with zeros before it."""
    return text.isdecimal() and str(int(text)) == text
