"""Checks that compare an answer with what the request says: its numbers, names and copied texts.

Each returns what is wrong, as one sentence, or an empty text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from function.contract import InferenceRequest
from function.deadline import Deadline
from function.json_tree import texts, texts_at, without
from function.reflection.answer import Answer
from function.reflection.checks.assertions import quoted
from function.reflection.checks.names import name_words_of, ungrounded_names
from function.reflection.checks.numbers import (
    KnownNumbers,
    Quantity,
    quantities,
    quantities_of,
    ungrounded_numbers,
)
from function.reflection.checks.stated_numbers import spelled_numbers
from function.reflection.text.request_text import texts_of
from function.reflection.text.words import fold
from function.schemas.days_and_months import dates_of

_DECIMAL = re.compile(r"\d+\.\d+")
_ISO_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
LONGEST_SPELLED = 10_000
"""Characters of a text of the facts whose numbers in words are read."""
MOST_COPIES = 200
"""Texts of one field that are looked for in the request."""


def invents_numbers(answer: Answer, known: KnownNumbers, free: Sequence[str] = ()) -> str:
    """Return numbers of the answer that are neither in the question nor in the facts.

    The same quantity may be written otherwise: with a decimal comma or thousands, in another unit
    of its kind, as percent or ratio, rounded to the digits shown.
    """
    if answer.tree is not None:
        said = list(quantities_of(without(answer.tree, free)))
    else:
        said = list(quantities(answer.text))
    invented = ungrounded_numbers(said, known)
    if not invented:
        return ""
    return f"these numbers are not in the facts: {', '.join(invented[:5])}"


def invents_names(answer: Answer, words: set[str], free: Sequence[str] = ()) -> str:
    """Return names of the answer whose words stand nowhere in the question or the facts."""
    tree = answer.tree
    said = [answer.text] if tree is None else list(texts(without(tree, free)))
    invented = [name for text in said for name in ungrounded_names(text, words)]
    if not invented:
        return ""
    return f"these names are not in the facts: {', '.join(dict.fromkeys(invented[:5]))}"


def is_not_copied(answer: Answer, said: str, fields: Sequence[str]) -> str:
    """Return fields of a JSON answer whose text is not to be found in the request.

    :param said: everything the request says, folded, with single blanks.
    """
    for field in fields:
        copies = list(texts_at(answer.tree, [field]))
        if len(copies) > MOST_COPIES:
            return f"{field} has {len(copies)} texts and may have at most {MOST_COPIES}"
        for text in copies:
            if one_line(text) not in said and not _is_written_otherwise(text, said):
                return f"{field} must be copied from the facts, {quoted([text[:80]])} is not"
    return ""


def _is_written_otherwise(text: str, said: str) -> bool:
    """Return whether what is said has a number or a date in words, or with a comma."""
    if text.isdecimal():
        return int(text) in spelled_numbers(said)
    if _DECIMAL.fullmatch(text):
        return any(float(text) in quantity.values for quantity in quantities(said))
    if (date := _ISO_DATE.fullmatch(text)) is None or date[1] not in said:
        return False
    return (int(date[3]), int(date[2])) in dates_of(said)


def known_numbers(request: InferenceRequest, deadline: Deadline) -> KnownNumbers:
    """Return the numbers of the request, in digits and in words."""
    spoken = [request.question, *(message.content for message in request.history)]
    written = (text for text in texts(request.context) if len(text) <= LONGEST_SPELLED)
    said = chain(
        quantities_of(request.context),
        _numbers_of_system(request.system or ""),
        *map(_numbers_of, spoken),
        chain.from_iterable(map(_spelled_out, written)),
    )
    return KnownNumbers(deadline.until(said))


def _numbers_of(text: str) -> Iterator[Quantity]:
    """Yield the numbers of a text, in digits and in words."""
    yield from quantities(text)
    yield from _spelled_out(text)


def _spelled_out(text: str) -> Iterator[Quantity]:
    """Yield the numbers that a text has in words, those of months included."""
    months = [month for _, month in dates_of(fold(text))]
    for number in [*spelled_numbers(text), *months]:
        yield from quantities(str(number))


@lru_cache(maxsize=64)
def _numbers_of_system(text: str) -> tuple[Quantity, ...]:
    # An agent's requests bring the same system prompt again, most often that of its profile.
    return tuple(_numbers_of(text))


def known_names(
    request: InferenceRequest, schema: dict[str, Any] | None, deadline: Deadline
) -> set[str]:
    """Return words of the request, with those that its schema and its choices may bring."""
    choices = (choice.name for choice in request.choices)
    said = chain(texts_of(request), texts(schema), choices)
    return set().union(*map(name_words_of, deadline.until(said)))


def one_line(text: str) -> str:
    """Return a text folded, with single blanks."""
    return " ".join(fold(text).split())
