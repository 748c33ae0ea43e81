"""Conditions on the one date, or the one time of day, that the records of a table have.

*Which ferries left before noon?* holds for a record whose ``left`` is 08:15, *What is planned on
3 May?* for one whose ``date`` is 2026-05-03.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from function.reflection.checks.facts.amounts import amounts_of
from function.reflection.checks.facts.question import Question
from function.reflection.checks.facts.tables import Condition, RecordTable
from function.reflection.checks.facts.vocabulary import WORD, own_words, word_set
from function.reflection.text.words import fold
from function.schemas.days_and_months import MONTH_OF, MONTHS

MOMENT = re.compile(
    r"\b(?:(?P<after>after|since|later than|depois d[aeo]s?|apos|a partir d[aeo]s?|desde)|"
    r"(?P<before>before|by|until|earlier than|as of|on|antes d[aeo]s?|ate|em)) (?:the |as |o )?"
    r"(?P<moment>midnight|noon|meia[- ]noite|meio[- ]dia|\d{4}-\d\d-\d\d|\d{1,2}[:h]\d\d|"
    r"\d{1,2}h|\d{1,2}/\d{1,2}/\d{4})(?![\w-])"
)
_MONTH = rf"(?:{'|'.join(fold(name) for names in MONTHS for name in names)}|{'|'.join(MONTH_OF)})"
_DAY = re.compile(
    r"(?P<year>\d{4})-(?P<number>\d\d)-(?P<of_iso>\d\d)|"
    rf"(?P<before>\d{{1,2}})(?:st|nd|rd|th|o)? (?:of |de )?(?P<month>{_MONTH})\b|"
    rf"(?P<first>{_MONTH}) (?P<behind>\d{{1,2}})(?:st|nd|rd|th)?\b|"
    r"\bdia (?P<of_month>\d{1,2})\b|\bthe (?P<nth>\d{1,2})(?:st|nd|rd|th)\b|"
    rf"\b(?:in|during|em) (?P<whole>{_MONTH})\b"
)
"""A day, or a month, in which something was."""
_TAKES_PLACE = word_set(
    "day date dia data scheduled planned booked happened happen took place marcado marcada "
    "marcados marcadas agendado agendada agendados agendadas aconteceram"
)
"""Words that say of anything with a date that it is then."""
_SIDE = re.compile(
    r"\b(?:before|after|since|until|till|by|from|past|between|antes|depois|desde|ate|entre|partir)\b"
)
_NAMED_MOMENTS = {"midnight": "00:00", "noon": "12:00", "meia noite": "00:00", "meio dia": "12:00"}
_EXPIRED = re.compile(
    r"\b(?:expired?|lapsed|run out|no longer valid|venci\w*|expirad\w+|expirou)\b"
)


def beside_moment(match: re.Match[str], question: Question, table: RecordTable) -> Condition | None:
    """Return the condition that the one moment of a record lies before or after one that is said,
    where it does so for some records: what is valid until a day has expired after it."""
    text = _NAMED_MOMENTS.get(match["moment"].replace("-", " "), match["moment"])
    text = f"{text}00" if text.endswith("h") else text
    fields = []
    for field in table.fields:
        amounts = amounts_of([*table.values(field), text], field)
        if amounts is not None and amounts.kind in ("date", "time"):
            fields.append((field, amounts.values[-1]))
    expired = _EXPIRED.search(question.folded)
    if len(fields) != 1 or (match["before"] in ("on", "em", "as of") and expired is None):
        return None
    ((field, number),) = fields
    is_after = match["after"] is not None

    def holds(value: Any) -> bool:
        amounts = amounts_of([value, text], field)
        if amounts is None or amounts.values[0] == number:
            return False
        return (amounts.values[0] > number) is is_after

    words = [match[0], expired[0] if expired is not None else "", field]
    return Condition(field, holds, frozenset(WORD.findall(fold(" ".join(words)))))


def on_day(question: Question, table: RecordTable) -> Condition | None:
    """Return the condition that the one date of a record is the day that a question says."""
    said = list(_DAY.finditer(question.folded))
    if len(said) != 1 or _SIDE.search(question.folded):
        return None
    match = said[0]
    month = match["month"] or match["first"] or match["whole"]
    parts = (
        int(match["year"] or 0),
        int(match["number"] or (MONTH_OF[month[:3]] if month else 0)),
        int(next(filter(None, match.group("of_iso", "before", "behind", "of_month", "nth")), 0)),
    )
    dates = {field: list(map(_date_of, table.values(field))) for field in table.fields}
    dates = {field: days for field, days in dates.items() if any(days)}
    dates = {
        field: days
        for field, days in dates.items()
        if all(days[i] or value is None for i, value in enumerate(table.values(field)))
    }
    named = [field for field in dates if question.said.has_all(own_words(field))]
    chosen = list(dates) if len(dates) == 1 else named
    if len(chosen) != 1:
        return None
    field = chosen[0]

    def holds(value: Any) -> bool:
        day = _date_of(value)
        return day is not None and all(
            one in (0, its) for one, its in zip(parts, (day.year, day.month, day.day), strict=True)
        )

    months = {(day.year, day.month) for day in dates[field] if day is not None and holds(str(day))}
    words = frozenset(WORD.findall(match[0])) | _TAKES_PLACE
    return Condition(field, holds, words) if len(months) < 2 else None


def _date_of(value: Any) -> date | None:
    amounts = amounts_of([value], "") if isinstance(value, str) else None
    is_date = amounts is not None and amounts.kind == "date"
    return date.fromordinal(int(amounts.values[0])) if amounts is not None and is_date else None
