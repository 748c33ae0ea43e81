"""Names of the days of the week and of the months, in English and Portuguese."""

from __future__ import annotations

from function.schemas.folding import without_accents

WEEKDAYS = (
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
    ["segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo"],
)
"""From Monday on; Portuguese has ``-feira`` behind the first five."""
MONTHS = (
    [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ],
    [
        "janeiro",
        "fevereiro",
        "março",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
    ],
)
DAY_OF = {without_accents(name): day for names in WEEKDAYS for day, name in enumerate(names)}
"""Places of the days in the week, Monday's is 0, by their folded names."""
DAY_NAME = rf"(?:{'|'.join(DAY_OF)})s?"
"""Pattern of a day's folded name, or of its plural."""
MONTH_OF = {
    without_accents(name)[:3]: number for names in MONTHS for number, name in enumerate(names, 1)
}
"""Numbers of the months by the first three letters of their folded names."""
