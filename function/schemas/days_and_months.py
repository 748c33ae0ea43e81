"""Names of the days of the week and of the months, in English and Portuguese."""

from __future__ import annotations

import re

from function.schemas.folding import without_accents

WEEKDAYS = (
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
    ["segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo"],
)
"""From Monday on; Portuguese has ``-feira`` behind the first five."""
_ENGLISH = "january february march april may june july august september october november december"
_PORTUGUESE = (
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"
)
MONTHS = (_ENGLISH.split(), _PORTUGUESE.split())
DAY_OF = {without_accents(name): day for names in WEEKDAYS for day, name in enumerate(names)}
"""Places of the days in the week, Monday's is 0, by their folded names."""
DAY_NAME = rf"(?:{'|'.join(DAY_OF)})s?"
"""Pattern of a day's folded name, or of its plural."""
MONTH_OF = {
    without_accents(name)[:3]: number for names in MONTHS for number, name in enumerate(names, 1)
}
"""Numbers of the months by the first three letters of their folded names."""
_MONTH = rf"(?P<{{}}>{'|'.join(MONTH_OF)})[a-z]*"
_DATE = re.compile(
    rf"\b(?P<before>\d{{1,2}})(?:st|nd|rd|th|o)? (?:of |de )?{_MONTH.format('behind')}\b"
    rf"|\b{_MONTH.format('first')} (?P<after>\d{{1,2}})(?!\d)"
)


def dates_of(folded: str) -> list[tuple[int, int]]:
    """Return day and month of each date of a folded text whose month is a word."""
    return [
        (int(found["before"] or found["after"]), MONTH_OF[found["behind"] or found["first"]])
        for found in _DATE.finditer(folded)
    ]
