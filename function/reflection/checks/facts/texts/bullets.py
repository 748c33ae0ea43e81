"""A list of things with some values each, written as lines, read as records.

``- Bella, 6 years, 28 litres a day`` has a name and two fields, which the words beside the numbers
name. All lines have to have the same fields.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from function.reflection.checks.facts.vocabulary import WORD
from function.reflection.text.words import fold

_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_PART = re.compile(r"[,;]\s+|\s+[-–—]\s+|:\s+|\s+\|\s+")
_CLOCK = re.compile(r"^(\d{1,2}[:h]\d{2})\s+(?=\S)")
_NUMBER = re.compile(r"(?:R\$|US\$|[$€£])?\s?\d[\d.,:/h-]*\d|\d")
_PER = re.compile(r"\s(?:a|per|each|old|por|ao|cada)\b")
_MONEY = re.compile(r"R\$|US\$|[$€£]")
LONGEST_NAME = 48


def records_of_bullets(
    lines: Sequence[str], heading: str
) -> tuple[str, list[dict[str, str]]] | None:
    """Return the field of the names and the records of bulleted lines, None where they differ.

    :param heading: the line above, whose words say what is listed.
    """
    if len(lines) < 2 or not all(map(_BULLET.match, lines)):
        return None
    read = [_record(_BULLET.sub("", line)) for line in lines]
    fields = [list(record) for record in read]
    if len(fields[0]) < 2 or any(each != fields[0] for each in fields):
        return None
    words = WORD.findall(fold(heading))
    key = " ".join(words[:4]) or "item"
    rows = [{key: record.pop("")} | record for record in read]
    names = {row[key] for row in rows}
    return (key, rows) if len(names) == len(rows) and key not in fields[0] else None


def _record(line: str) -> dict[str, str]:
    """Return the parts of a line by the words that name them; that of the name is empty."""
    found: dict[str, str] = {}
    if (clock := _CLOCK.match(line)) is not None:
        found["time"] = clock[1]
        line = line[clock.end() :]
    parts = [part.strip(" .") for part in _PART.split(line) if part.strip(" .")]
    if not parts or len(parts[0]) > LONGEST_NAME:
        return {}
    found[""] = parts[0]
    named = ""
    for part in parts[1:]:
        if (
            not any(map(str.isdigit, part))
            and len(part.split()) == 1
            and part.islower()
            and not named
        ):
            named = part  # "validade: 10/08/2026" was parted at its colon
            continue
        label, value = _field(part)
        label = named or label
        named = ""
        if not label or label in found:
            return {}
        found[label] = value
    return {} if named else found


def _field(part: str) -> tuple[str, str]:
    """Return the name and the value of a part: *28 litres a day*, *dentist Igor*, *price 12*."""
    numbers = _NUMBER.findall(part)
    words = part.split()
    if len(numbers) == 1:
        label = _PER.split(" ".join(WORD.findall(fold(part.replace(numbers[0], " ")))))[0]
        if not label and _MONEY.match(numbers[0].strip()):
            label = "price"
        return label, numbers[0].strip() if part.endswith(numbers[0]) else part
    if len(words) > 1 and words[0].islower() and words[1][:1].isupper() and not numbers:
        return fold(words[0]), " ".join(words[1:])
    return "", part
