"""Tables and logs that stand as text in a prompt or in a field of the context.

A table of lines becomes records, which the verifiers of tables read. Of a log the line is found
that alone has all words of the question, or the first or last of those that have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from function.json_tree import walk
from function.reflection.checks.facts.asked_fact import expected_value
from function.reflection.checks.facts.expected import Expected, says_value
from function.reflection.checks.facts.question import FUNCTION_WORDS, WHEN, Question
from function.reflection.checks.facts.records.lookup import expected_cell
from function.reflection.checks.facts.records.query import expected_of_records
from function.reflection.checks.facts.records.tables import record_tables_of
from function.reflection.checks.facts.vocabulary import WORD, Said
from function.reflection.prompt.facts import facts_of
from function.reflection.text.words import fold

FEWEST_LINES = 3
"""Lines of a table, its header included; of a log one fewer is enough."""
MOST_LINES = 100
LONGEST_CELL = 60
_SEPARATORS = ("|", "\t", ";", ",")
_RULE = re.compile(r"[\s|:+=-]+")
_TIME = re.compile(
    r"\W{0,2}(?P<stamp>(?:\d{4}-\d{2}-\d{2}[T ])?(?P<clock>\d{1,2}:\d{2}(?::\d{2})?)"
    r"(?:[.,]\d+)?Z?)\b[\])]?\s*[-:]?\s*(?P<said>\S.*)"
)
_LEVEL = re.compile(r"\b(error|warn|warning|info|debug|fatal|critical|erro|aviso)(?:s|es)?\b")
_LEVEL_OF = {"warning": "warn", "erro": "error", "aviso": "warn"}
_WHEN = re.compile(rf"\b{WHEN}\b")
_FIRST = re.compile(r"\b(?:first|primeir[oa])\b")
_LAST = re.compile(r"\b(?:last|latest|most recent|ultim[oa])\b")
_MORE = re.compile(
    r"\b(?:and|or|not|before|after|since|until|between|average|per|each|than|ou|nao|antes|depois|"
    r"desde|ate|entre|media|por|cada|how long|quanto tempo)\b"
)
_VERBS = frozenset(WORD.findall(
    "happen happened occur occurred appear appeared line lines entry entries log event time there "
    "aconteceu ocorreu linha linhas registro evento hora horas que foi was were did do does logged "
    "first last latest most recent primeiro primeira ultimo ultima"
))  # fmt: skip


class _Line(NamedTuple):
    stamp: str
    clock: str
    said: str


def expected_of_text(question: str, context: Mapping[str, Any]) -> Expected | None:
    """Return the demand of a table or a log that stands as text in a question or a context."""
    asking, rest = _parted(question)
    if asking is None:
        return None
    texts = [*([rest] if rest else []), *_texts(context)]
    found = [lines for text in texts if len(lines := _lines_of(text)) >= FEWEST_LINES - 1]
    if len(found) != 1 or len(found[0]) > MOST_LINES:
        return None
    if (listed := _listed(found[0], texts)) is not None:
        return _of_table(asking, listed)
    logged = [_logged(line) for line in found[0]]
    known = [line for line in logged if line is not None]
    if len(known) == len(logged):
        demand = _of_log(asking, known)
    else:
        records = _records(found[0])
        demand = None if records is None else _of_table(asking, records)
        if records is not None:
            return demand
    if demand is None:
        from function.reflection.checks.facts.texts.log_lines import (
            expected_of_lines,  # few have lines
        )

        demand = expected_of_lines(asking, found[0])
    return demand


def _listed(lines: Sequence[str], texts: Sequence[str]) -> tuple[str, list[dict[str, str]]] | None:
    """Return the name and the rows of bulleted lines, named by the line above them."""
    if lines[0][:1] not in "-*•–0123456789":
        return None
    from function.reflection.checks.facts.texts.bullets import (
        records_of_bullets,  # few have bullets
    )

    above = [line.strip() for text in texts for line in text.splitlines()]
    heads = [line for line in above if line.endswith(":")]
    return records_of_bullets(lines, heads[0] if heads else "")


def _parted(question: str) -> tuple[Question | None, str]:
    """Return the one line that asks, and the rest of the question."""
    lines = question.splitlines()
    asking = [line for line in lines if line.rstrip().endswith("?")]
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
    lines = [line.strip() for line in text.splitlines()]
    kept = [line for line in lines if line and not _RULE.fullmatch(line)]
    # A line such as "Log:" heads what follows.
    return kept[1:] if kept and kept[0].endswith(":") else kept


def _logged(line: str) -> _Line | None:
    found = _TIME.match(line)
    return None if found is None else _Line(found["stamp"], found["clock"], found["said"])


def _of_log(question: Question, lines: Sequence[_Line]) -> Expected | None:
    folded = question.folded
    if _MORE.search(folded):
        return None
    if re.search(r"\b(?:how many|quant[oa]s)\b", folded):
        return _counted(question, lines)
    if not _WHEN.search(folded):
        return None
    words = [word for word in question.content_words() if word not in _VERBS]
    if not words:
        return None
    having = [line for line in lines if _has_all(line.said, words)]
    if _FIRST.search(folded) or _LAST.search(folded):
        having = having[:1] if _FIRST.search(folded) else having[-1:]
    if len(having) != 1:
        return None
    line = having[0]
    reason = f"the log says {line.stamp} {line.said}; the answer must say {line.clock}"
    return Expected(
        "asked_line",
        reason,
        lambda text: says_value(text, line.clock),
        f"{line.clock}: {line.said}",
        (line.clock,),
    )


def _has_all(text: str, words: Sequence[str]) -> bool:
    said = Said([text])
    return all(map(said.has, words))


def _counted(question: Question, lines: Sequence[_Line]) -> Expected | None:
    """Return the demand to say how many lines have a level."""
    levels = [_level(found[1]) for found in _LEVEL.finditer(question.folded)]
    others = set(question.content_words()) - _VERBS - FUNCTION_WORDS
    others = {word for word in others if not _LEVEL.fullmatch(word)}
    if len(levels) != 1 or others:
        return None
    known = [_LEVEL.match(fold(line.said).lstrip("[(")) for line in lines]
    if not all(known):
        return None
    count = sum(_level(found[1]) == levels[0] for found in known if found is not None)
    reason = f"the log has {count} lines of {levels[0]}; the answer must say {count}"
    return Expected(
        "asked_count", reason, lambda text: says_value(text, count), f"{count}.", (str(count),)
    )


def _level(word: str) -> str:
    return _LEVEL_OF.get(word, word)


def _records(lines: Sequence[str]) -> tuple[str, list[dict[str, str]]] | None:
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


def _of_table(question: Question, table: tuple[str, list[dict[str, str]]]) -> Expected | None:
    name, rows = table
    if len({row[name] for row in rows}) < len(rows):
        return None
    context = {name: {row[name]: {k: v for k, v in row.items() if k != name} for row in rows}}
    return (
        expected_of_records(question, record_tables_of({name: rows}))
        or expected_cell(question, {name: rows})
        or expected_value(question, facts_of(context))
    )
