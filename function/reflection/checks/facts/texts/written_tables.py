"""Tables that stand as text in a prompt or in a field of the context, read as records.

``| Ana | 42 |`` below ``| name | seat |`` is a record of the two columns, and so is ``- Bella, 6
years, 28 litres a day`` among lines with the same fields, which the words beside the numbers name,
and a line below the headings that a program prints. The verifiers of records look at them. Lines
that are no table are read as a log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from function.json_tree import walk
from function.reflection.checks.facts.absence.untold import untold
from function.reflection.checks.facts.amounts import is_moment
from function.reflection.checks.facts.asked_fact import expected_value
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.question import FUNCTION_WORDS, GENERIC_WORDS, Question
from function.reflection.checks.facts.records.aggregates import MOST_OF
from function.reflection.checks.facts.records.lookup import expected_cell
from function.reflection.checks.facts.records.query import (
    expected_of_records,
    expected_verdict_of_records,
)
from function.reflection.checks.facts.records.reading import WHICH
from function.reflection.checks.facts.tables import record_tables_of
from function.reflection.checks.facts.texts.log_lines import expected_of_log, is_stamped
from function.reflection.checks.facts.texts.terminal_tables import terminal_table
from function.reflection.checks.facts.vocabulary import WORD, Said, telling_words
from function.reflection.prompt.facts import facts_of
from function.reflection.text.sentences import BULLET
from function.reflection.text.words import fold

FEWEST_LINES = 3
"""Lines of a table, its header included."""
FEWEST_LOGGED = 2
"""Lines of a list or a log."""
MOST_LINES = 100
LONGEST_CELL = 60
_SEPARATORS = ("|", "\t", ";", ",")
_PART = re.compile(r"[,;]\s+|\s+[-–—]\s+|:\s+|\s+\|\s+")
_CLOCK = re.compile(r"^(\d{1,2}[:h]\d{2})\s+(?=\S)")
_NUMBER = re.compile(r"(?:R\$|US\$|[$€£])?\s?\d[\d.,:/h-]*\d|\d")
_PER = re.compile(r"\s(?:a|per|each|old|por|ao|cada)\b")
_MONEY = re.compile(r"R\$|US\$|[$€£]")
LONGEST_NAME = 48
_AND_WHY = re.compile(
    r",? (?:and|e) (?:why|por ?qu[eê]|(?:what|qual) (?:was|is|foi) (?:the |o |a )?"
    r"(?:reason|cause|error|motivo|causa|erro)|with (?:what|which) (?:error|reason))\?",
    re.I,
)
"""The second half of a question which step failed: the line that says so has the reason, too."""
_ASKED = re.compile(rf"{WHICH.pattern}|\b(?:how many|quant[oa]s) ([^\W\d_]+)")
"""What a question asks for, in folded words."""
_VERBS = frozenset(("is", "are", "was", "were", "has", "have", "does", "do"))
_ROOM = frozenset(("space", "room", "storage", "espaco"))
"""What sizes of any name are amounts of."""
_RULE = re.compile(r"[\s|:+=-]+")
_OUTPUT = re.compile(r"^(?:```\w*|\$ .*)$\n?", re.M)
"""Lines around what a program printed: fences, and the command after a prompt."""


def expected_of_text(text: str, context: Mapping[str, Any]) -> Expected | None:
    """Return the demand of a table or a log that stands as text in a question or a context."""
    asking, rest = _parted(text)
    if asking is None:
        return None
    texts = [_OUTPUT.sub("", text) for text in (*([rest] if rest else []), *_texts(context))]
    found = [lines for text in texts if len(lines := _lines_of(text)) >= FEWEST_LOGGED]
    if len(found) != 1 or len(found[0]) > MOST_LINES:
        return None
    (lines,) = found
    if (printed := _printed(asking, lines)) is not None:
        return _of_table(asking, printed)
    lines = [line.strip() for line in lines]
    table = _listed(lines, texts)
    if table is None and not is_stamped(lines):
        table = _records(lines)
    return expected_of_log(asking, lines) if table is None else _of_table(asking, table)


def _printed(question: Question, lines: Sequence[str]) -> tuple[str, list[dict[str, Any]]] | None:
    """Return the field of the names and the records of a table that a program printed.

    The names are called as the question calls them: above those of pods stands *NAME*.
    """
    rows = terminal_table(lines) if len(lines) >= FEWEST_LINES else None
    if rows is None:
        return None
    noun = _noun_asked(question)
    fields = list(dict.fromkeys(field for row in rows for field in row))
    named = [field for field in fields if Said([noun]).has_forms(telling_words(field))]
    whole = [field for field in fields if all(field in row for row in rows)]
    unique = [field for field in whole if len({row[field] for row in rows}) == len(rows)]
    first = [*named, *(field for field in unique if fold(field) == "name"), *unique]
    key = next((field for field in first if field in unique), None)
    if key is None or (named and key not in named):
        return None if key is None else (key, rows)
    if not noun or named:
        return key, rows
    return noun, [{noun if field == key else field: row[field] for field in row} for row in rows]


def _noun_asked(question: Question) -> str:
    """Return what a question calls the things of a table, empty where it does not: *pod*, *cron
    job*."""
    asked = _ASKED.search(question.folded)
    of_which, counted = asked.groups("") if asked is not None else ("", "")
    noun = counted or ("" if of_which in FUNCTION_WORDS | GENERIC_WORDS else of_which)
    if asked is None or not noun:
        return ""
    behind = WORD.findall(question.folded[asked.end() :])[:2]
    is_longer = len(behind) > 1 and behind[1] in _VERBS and behind[0] not in FUNCTION_WORDS
    return f"{noun} {behind[0]}" if is_longer else noun


def _listed(lines: Sequence[str], texts: Sequence[str]) -> tuple[str, list[dict[str, Any]]] | None:
    """Return the field of the names and the records of bulleted lines, None where they differ.

    The line above them names what is listed.
    """
    if not all(map(BULLET.match, lines)):
        return None
    read = [_record(BULLET.sub("", line)) for line in lines]
    fields = [list(record) for record in read]
    if len(fields[0]) < 2 or any(each != fields[0] for each in fields):
        return None
    above = [line.strip() for text in texts for line in text.splitlines()]
    heading = next((line for line in above if line.endswith(":")), "")
    key = " ".join(WORD.findall(fold(heading))[:4]) or "item"
    rows = [{key: record.pop("")} | record for record in read]
    return (key, rows) if key not in fields[0] else None


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
            and not (named or is_moment(part))
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
    if not numbers and is_moment(part):
        return "day", part
    if len(words) > 1 and words[0].islower() and words[1][:1].isupper() and not numbers:
        return fold(words[0]), " ".join(words[1:])
    return "", part


def _parted(question: str) -> tuple[Question | None, str]:
    """Return the one line that asks, and the rest of the question."""
    lines = _AND_WHY.sub("?", question).splitlines()
    asking = [line for line in lines if line.rstrip().endswith("?")]
    if not asking and len(lines) > FEWEST_LINES:  # "Sum of the fees, please." above a table
        ends = ((lines[0], lines[1]), (lines[-1], lines[-2]))
        asking = [line for line, beside in ends if line.strip() and not beside.strip()]
    if len(asking) != 1:
        return None, ""
    rest = "\n".join(line for line in lines if line is not asking[0])
    found = Question(asking[0].strip())
    return (found if len(found.sentences) == 1 and not found.is_open else None), rest


def _texts(context: Mapping[str, Any]) -> Iterator[str]:
    for _, value in walk(context):
        if isinstance(value, str) and "\n" in value:
            yield value
        elif isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            yield "\n".join(value)


def _lines_of(text: str) -> list[str]:
    kept = [line.rstrip() for line in text.splitlines()]
    kept = [line for line in kept if line and not _RULE.fullmatch(line)]
    # A line such as "Log:" heads what follows.
    return kept[1:] if kept and kept[0].endswith(":") else kept


def _records(lines: Sequence[str]) -> tuple[str, list[dict[str, Any]]] | None:
    """Return the name of a table's first column and its rows, None where the lines are none."""
    if len(lines) < FEWEST_LINES:
        return None
    for separator in _SEPARATORS:
        rows = [[cell.strip() for cell in line.strip("|").split(separator)] for line in lines]
        header = rows[0]
        if len(header) < 2 or any(len(row) != len(header) for row in rows):
            continue
        is_plain = all(cell and not any(map(str.isdigit, cell)) for cell in header)
        if not is_plain or len({fold(cell) for cell in header}) < len(header):
            continue
        if any(len(cell) > LONGEST_CELL for row in rows for cell in row):
            return None
        return header[0], [dict(zip(header, row, strict=True)) for row in rows[1:]]
    return None


def _of_table(question: Question, table: tuple[str, list[dict[str, Any]]]) -> Expected | None:
    name, rows = table
    if len({row[name] for row in rows}) < len(rows):
        return expected_of_records(question, record_tables_of({name: rows}))
    tables = [each._replace(key=name) for each in record_tables_of({name: rows})]
    context = {name: {str(row[name]): {k: v for k, v in row.items() if k != name} for row in rows}}
    return (
        expected_of_records(question, tables)
        or expected_verdict_of_records(question, tables)
        or expected_cell(question, {name: rows})
        or expected_value(question, facts_of(context))
        or untold(question, _not_there(question, rows))
    )


def _not_there(question: Question, rows: Sequence[dict[str, Any]]) -> str | None:
    """Return what a question asks of a table that is not in it: a row, or a column of amounts."""
    fields = list(dict.fromkeys(field for row in rows for field in row))
    headings = Said(fields)
    measure = MOST_OF.search(question.folded)
    known = FUNCTION_WORDS | GENERIC_WORDS | _ROOM
    if measure is not None and not headings.has(measure[1]) and measure[1] not in known:
        return measure[1]
    near = Said([*fields, *(str(cell) for row in rows for cell in row.values())])
    named = [field for field in fields if question.said.has_forms(telling_words(field))]
    strange = [pair for pair in question.objects if not any(map(near.has, filter(None, pair)))]
    return f"{named[0].lower()} of {strange[0][0]}" if len(named) == 1 and strange else None
