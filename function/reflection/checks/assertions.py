"""Assertions on the answer alone: schema, choice, texts, pattern, length, language.

Each returns what is wrong, as one sentence, or an empty text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from function.json_tree import texts
from function.reflection.answer import Answer
from function.reflection.text.sentences import count_sentences
from function.reflection.text.words import (
    UNLIKELY,
    caseless,
    composed,
    count_words,
    is_latin,
    is_too_short,
    probability,
)
from function.schemas.patterns import BadPattern, is_found

LANGUAGE_NAMES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "pt": "Portuguese",
}
_BEFORE_PERCENT = re.compile(r"(?<=\d)\s%")


def breaks_schema(answer: Answer, schema: dict[str, Any]) -> str:
    """Return whether the answer is JSON that validates; remote references are never fetched."""
    if answer.problem:
        return "the answer must be one valid JSON value and nothing else"
    # Imported here: most requests bring no schema.
    from function.reflection.checks.json_schema import schema_problem

    return schema_problem(answer.value, schema)


def is_no_choice(answer: str, names: Sequence[str]) -> str:
    """Return whether the answer is, to the letter, one of the given names; Unicode forms are the
    same."""
    known = set(map(composed, names))
    return "" if composed(answer) in known else f"the answer must be one of: {', '.join(names)}"


def lacks(answer: str, wanted: Sequence[str]) -> str:
    """Return texts that the answer lacks; case, Unicode form and a blank before % do not matter."""
    said = _with_close_percent(caseless(answer))
    missing = [text for text in wanted if _with_close_percent(caseless(text)) not in said]
    return f"the answer must contain {quoted(missing)}" if missing else ""


def _with_close_percent(text: str) -> str:
    return _BEFORE_PERCENT.sub("%", text)


def contains(answer: str, unwanted: Sequence[str]) -> str:
    """Return texts that the answer must not contain, whatever their case and Unicode form."""
    said = caseless(answer)
    found = [text for text in unwanted if caseless(text) in said]
    return f"the answer must not contain {quoted(found)}" if found else ""


def is_too_long(answer: str, limit: int) -> str:
    """Return whether the answer has more words than allowed, by
    :func:`function.reflection.text.words.count_words`."""
    words = count_words(answer)
    return f"the answer has {words} words and may have at most {limit}" if words > limit else ""


def does_not_match(answer: str, pattern: str) -> str:
    """Return whether the pattern is found nowhere in the answer (syntax of the ``regex``
    package)."""
    try:
        found = is_found(pattern, answer)
    except TimeoutError:
        return "the pattern takes too long to match"
    except BadPattern as error:
        return str(error)
    return "" if found else f"the answer must match the pattern {pattern}"


def has_more_sentences(answer: str, limit: int) -> str:
    """Return whether the answer has more sentences than allowed, by
    :mod:`function.reflection.text.sentences`."""
    sentences = count_sentences(answer)
    if sentences <= limit:
        return ""
    return f"the answer has {sentences} sentences and may have at most {limit}"


def is_in_another(answer: Answer, language: str) -> str:
    """Return whether the answer is in another language than the one asked for."""
    text = answer.text if answer.tree is None else " ".join(texts(answer.tree))
    if is_latin(text) and (is_too_short(text) or probability(text, language) >= UNLIKELY):
        return ""
    return f"the answer must be in {LANGUAGE_NAMES[language]}"


def quoted(texts: Sequence[str]) -> str:
    """Return texts in quotation marks, as reasons name them."""
    return ", ".join(json.dumps(text, ensure_ascii=False) for text in texts)
