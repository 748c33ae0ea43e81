"""What a right answer says, and whether an answer says it.

Where ``port: 8080`` is asked for, *It listens on 8080.* says it and *It listens on 80.* does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from function.reflection.checks.facts.vocabulary import WORD, find_name
from function.reflection.checks.numbers import KnownNumbers, quantities, quantities_of
from function.reflection.checks.stated_numbers import UNITS
from function.reflection.text.words import fold
from function.schemas.days_and_months import MONTH_OF

LARGEST_SPELLED = 12
"""Number up to which a word stands for its figure in an answer."""
_NUMBER_OF = {word: n for word, n in UNITS.items() if n <= LARGEST_SPELLED}
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th|h|o|a)")
_DENIES = re.compile(
    r"\b(?:no|not|none|nothing|cannot|unknown|unavailable|without|lacks?|lacking|missing|absent|"
    r"never|nor|neither|unclear|unsure|nao|nenhum\w*|nada|sem|nunca|desconhec\w*|faltam?|"
    r"ausente|indisponi\w*|tampouco)\b|n['’]t\b"
)
_YES = re.compile(r"^\W*(?:yes|yep|sim|correct|right|indeed|certo|isso)\b")
_NO = re.compile(r"^\W*(?:no|nope|nao|negative)\b")


class Expected(NamedTuple):
    """A demand on the answer of one question.

    ``reason`` is what the model reads when ``is_met`` finds the demand unmet in an answer's text,
    ``stated`` an answer that meets it, empty where none can be composed. ``values`` are what is
    asked for and nothing else, for an answer in a form that the question demands.
    """

    check: str
    reason: str
    is_met: Callable[[str], bool]
    stated: str
    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, check: str, reason: str, stated: str, *values: Any) -> Expected:
        """Return the demand that an answer says each of some values."""

        def is_met(text: str) -> bool:
            return all(says_value(text, value) for value in values)

        return cls(check, reason, is_met, stated, tuple(map(str, values)))


def written(value: object) -> str:
    """Return a value as an answer writes it: true and false in small letters."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def listed(values: Sequence[str], *, is_portuguese: bool) -> str:
    """Return values as one text: *a, b and c*; empty without any."""
    joint = " e " if is_portuguese else " and "
    return joint.join(filter(None, [", ".join(values[:-1]), *values[-1:]]))


def capitalized(text: str) -> str:
    """Return a text with its first letter as a capital; names in it stay as they are."""
    return f"{text[:1].upper()}{text[1:]}"


def verdict_word(is_yes: bool, *, is_portuguese: bool) -> str:
    """Return yes or no in the language of a question."""
    if is_portuguese:
        return "Sim" if is_yes else "Não"
    return "Yes" if is_yes else "No"


def says_value(text: str, value: Any) -> bool:
    """Return whether a text has the numbers of a value, or without any in it one of its words."""
    said = _tokens(text)
    words = WORD.findall(fold(str(value)))
    numbers = [word for word in words if any(map(str.isdigit, word))]
    if not numbers:
        return not said.isdisjoint(words)
    if said.issuperset(map(_plain, numbers)):
        return True
    wanted = list(quantities_of(value))
    digits = "".join(filter(str.isdigit, "".join(quantity.text for quantity in wanted)))
    if not wanted or (isinstance(value, str) and digits != "".join(filter(str.isdigit, value))):
        return False
    return all(map(KnownNumbers(quantities(text)).has, wanted))


def says_words(text: str, value: Any) -> bool:
    """Return whether a text has the numbers of a value, or without any in it all its words."""
    if any(map(str.isdigit, str(value))):
        return says_value(text, value)
    said = _tokens(text)
    return all(word in said for word in map(_plain, WORD.findall(fold(str(value)))))


def says_name(text: str, name: str) -> bool:
    """Return whether a folded text has a name, or each of its words."""
    return place_of(text, name) >= 0 or set(WORD.findall(fold(name))) <= set(WORD.findall(text))


def place_of(text: str, name: str) -> int:
    """Return where a name begins in a folded text, -1 where it is not in it."""
    return find_name(text, fold(name))


def says_yes(folded: str) -> bool:
    """Return whether a folded text begins with yes."""
    return _YES.match(folded) is not None


def says_no(folded: str) -> bool:
    """Return whether a folded text begins with no."""
    return _NO.match(folded) is not None


def denies(text: str) -> bool:
    """Return whether a text says that something is not there, or not known."""
    return _DENIES.search(fold(text)) is not None


def says_verdict(text: str, is_yes: bool) -> bool:
    """Return whether a text says yes, or no, by its first word or else by what it denies."""
    folded = fold(text)
    if says_yes(folded) or says_no(folded):
        return says_yes(folded) is is_yes
    return denies(text) is not is_yes


def says_first(text: str, names: Sequence[str], others: Sequence[str]) -> bool:
    """Return whether a text has each of several names, and all of them before any of others."""
    folded = fold(text)
    last = max(places := [place_of(folded, name) for name in names])
    return min(places) >= 0 and not any(0 <= place_of(folded, other) < last for other in others)


def _tokens(text: str) -> set[str]:
    """Return the words of a text, with numbers and months that are written out as figures."""
    found: set[str] = set()
    for word in WORD.findall(fold(text)):
        found.add(_plain(word))
        if (number := _NUMBER_OF.get(word, MONTH_OF.get(word[:3]))) is not None:
            found.add(str(number))
        if ordinal := _ORDINAL.fullmatch(word):
            found.add(_plain(ordinal[1]))
    return found


def _plain(word: str) -> str:
    return word.lstrip("0") or word[:1] if word.isdigit() else word
