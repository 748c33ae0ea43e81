"""The list of dead letters: aligned columns, one line each, the newest first.

It holds names, places, times and reasons, never the data of an event.
"""

from __future__ import annotations

from datetime import UTC, datetime

from function.dead_letters.letter import LONGEST_PARSED, Letter
from function.dead_letters.store import LetterStore, Torn

COLUMNS = ("type", "agent", "source", "id", "knativeerrordest")
HEADINGS = ("number", "arrived", "code", "type", "agent", "source", "id", "destination", "reason")
LONGEST_CELL = 80
LONGEST_REASON = 200


def table(store: LetterStore) -> str:
    """Return every letter as one line under a line of headings."""
    rows: list[tuple[str, ...]] = [HEADINGS]
    for number in store:
        arrived = store.arrived(number)
        kept = "-" if arrived is None else _minute(datetime.fromtimestamp(arrived, UTC))
        try:
            letter = store.read(number, LONGEST_PARSED)
        except Torn as problem:
            rows.append((str(number), kept, *("-",) * 6, f"unreadable file: {problem}"))
            continue
        if letter is not None:
            rows.append((str(number), *_cells(letter, kept)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS) - 1)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    ]
    return "".join(f"{line}\n" for line in lines)


def cell(text: str, longest: int = LONGEST_CELL) -> str:
    """Return a text as one printable piece of a line, cut where it is long."""
    line = " ".join(text[: 4 * longest].split())
    shown = "".join(character if character.isprintable() else "?" for character in line)
    return (shown if len(shown) <= longest else f"{shown[: longest - 3]}...") or "-"


def _cells(letter: Letter, kept: str) -> tuple[str, ...]:
    given = letter.attributes
    arrived = given.get("knativearrivaltime", "")
    try:
        when = _minute(datetime.fromisoformat(arrived))
    except (ValueError, OverflowError):
        when = kept
    names = (cell(given.get(name, "")) for name in COLUMNS)
    code = cell(given.get("knativeerrorcode", ""))
    reason = letter.reason if given else "not a CloudEvent"
    return (when, code, *names, cell(reason, LONGEST_REASON))


def _minute(moment: datetime) -> str:
    moment = moment if moment.tzinfo is None else moment.astimezone(UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}"
