"""Lines that a request demands of the facts: ``KEY=value``, CSV, a table.

"Write HEIGHT= for the config" about ``height: 18 m`` demands the one line ``HEIGHT=18 m``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from function.json_tree import leaves
from function.reflection.checks.facts.expected import Expected, written
from function.reflection.checks.facts.question import Question
from function.reflection.checks.facts.records.lookup import lists_of
from function.reflection.checks.facts.texts.fields import fields_of_text
from function.reflection.checks.facts.vocabulary import words_of_name
from function.reflection.text.source_text import parted
from function.reflection.text.words import fold

MOST_LINES = 30
_KEY = re.compile(r"(?<![\w-])([A-Z][A-Z0-9_]*)=(?![=>])")
_PAIRS = re.compile(
    r"\b(?:key|chave)\s?(?P<sign>[:=])\s?(?:value|valor)(?: lines?| pairs?| linhas?)?\s*[:(]\s*"
    r"(?P<names>[\w ,]+)",
    re.I,
)
_COLUMNS = re.compile(
    r"\b(?:header|columns?|fields|cabe[cç]alho|colunas?|campos)(?: row| line)?"
    r"(?: (?:is|are|named|s[aã]o|é))?[: ]+"
    r"(?P<names>\w+(?:,\w+)+|\w+(?:(?:\s*[,;|]\s*|\s+(?:and|e)\s+)\w+)+)",
    re.I,
)
_TABLE = re.compile(
    r"\b(?:(?P<csv>csv)|markdown table|tabela (?:em )?markdown|table|tabela)\b", re.I
)
_NARROWS = re.compile(
    r"\b(?:only|except|without|not|sort\w*|order\w*|total|sum|average|top|first|last|"
    r"apenas|so|exceto|sem|nao|orden\w+|soma|media)\b"
)
"""Words of a question for other rows or values than the facts have."""
_JOINTS = re.compile(r"\s*[,;|]\s*|\s+(?:and|e)\s+")


def expected_layout(question: Question, context: Mapping[str, Any]) -> Expected | None:
    """Return the demand that an answer has exactly the lines that a question describes."""
    keys = _KEY.findall(question.text)
    if keys:
        return _of_pairs(question, context, keys, "=")
    pairs = _PAIRS.search(question.text)
    if pairs is not None:
        sign = pairs["sign"] + (" " if pairs["sign"] == ":" else "")
        return _of_pairs(question, context, _names(pairs["names"]), sign)
    table, columns = _TABLE.search(question.text), _COLUMNS.search(question.text)
    if table is None or columns is None or _NARROWS.search(question.folded):
        return None
    return _of_records(context, _names(columns["names"]), is_csv=table["csv"] is not None)


def _names(listed: str) -> list[str]:
    return [name for name in _JOINTS.split(listed.strip()) if name]


def _of_pairs(
    question: Question, context: Mapping[str, Any], keys: Sequence[str], sign: str
) -> Expected | None:
    """Return the demand for one line a key, where the facts or a text tell each value."""
    by_words: dict[tuple[str, ...], list[Any]] = {}
    for path, value in leaves(context):
        by_words.setdefault(words_of_name(str(path[-1])), []).append(value)
    source = parted(question.text)[1]
    kept = [line for line in re.split(r"\n|(?<=\.)\s", source) if not _KEY.search(line)]
    wanted = {key: {"type": ["string", "number"]} for key in keys}
    portuguese = question.is_portuguese
    read = {} if context else fields_of_text(wanted, ["\n".join(kept)], portuguese=portuguese)
    values = []
    for key in keys:
        found = by_words.get(words_of_name(key)) or ([read[key]] if key in read else [])
        if len(found) != 1 or found[0] is None:
            return None
        values.append(written(found[0]))
    lines = [f"{key}{sign}{value}" for key, value in zip(keys, values, strict=True)]
    return _demand(lines, values)


def _of_records(
    context: Mapping[str, Any], columns: Sequence[str], *, is_csv: bool
) -> Expected | None:
    """Return the demand for a header and one line a record of the one list with these columns."""
    found = []
    for _, records in lists_of(context):
        fields = [
            next((field for field in records[0] if words_of_name(field) == words_of_name(name)), "")
            for name in columns
        ]
        if all(field and all(field in record for record in records) for field in fields):
            found.append((fields, records))
    if len(found) != 1 or len(found[0][1]) > MOST_LINES:
        return None
    ((fields, records),) = found
    cells = [[written(record[field]) for field in fields] for record in records]
    if any(mark in cell for row in cells for cell in row for mark in ',|\n"'):
        return None
    rows = [list(columns), *cells]
    if is_csv:
        lines = [",".join(row) for row in rows]
    else:
        lines = [f"| {' | '.join(row)} |" for row in rows]
        lines.insert(1, f"|{'---|' * len(columns)}")
    return _demand(lines, [cell for row in cells for cell in row])


def _demand(lines: Sequence[str], values: Sequence[str]) -> Expected:
    stated = "\n".join(lines)
    wanted = _plain(stated)
    reason = f"the answer must be these lines and nothing else: {'; '.join(lines)}"
    return Expected(
        "asked_lines", reason, lambda text: _plain(text) == wanted, stated, tuple(values)
    )


def _plain(text: str) -> list[str]:
    """Return the lines of a text without blanks, fences and the rule of a table."""
    lines = ("".join(fold(line).split()) for line in text.splitlines())
    return [line for line in lines if line and not re.fullmatch(r"```\w*|\|?(?::?-+:?\|?)+", line)]
