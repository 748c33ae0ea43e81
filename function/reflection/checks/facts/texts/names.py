"""The person, and the place, that a text names where a field asks for one.

"Hi, this is Ana Reis from flat 4" names the ``caller``, and "a leak in Lisbon" the ``city``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from function.reflection.checks.facts.parsed_text import ParsedText
from function.reflection.checks.facts.question import FUNCTION_WORDS
from function.reflection.checks.facts.vocabulary import WORD, word_set, words_of_name
from function.reflection.text.words import fold
from function.schemas.days_and_months import DAY_OF, MONTHS

_SPEAKERS = word_set(
    "name nome caller customer client cliente sender remetente requester solicitante guest hospede "
    "patient paciente reporter contact contato applicant author autor passenger passageiro tenant "
    "inquilino morador student aluno aluna person pessoa member user usuario"
)
"""Words of fields that hold who wrote or called."""
_OTHERS = word_set(
    "captain capitao doctor medico medica victim vitima recipient destinatario driver motorista "
    "seller vendedor vendedora buyer comprador compradora manager gerente teacher professor "
    "professora winner vencedor owner dono dona nurse employee"
)
_PARTS = word_set("name nome full completo of do da the")
_CAPITAL = r"[A-ZÀ-Ý][^\W\d_]*(?:['’-][^\W\d_]+)*"
_NAME = rf"{_CAPITAL}(?: (?:(?:d[aeo]s?|de|von|van|der|al|bin|la) )?{_CAPITAL})*"
_TITLE = r"(?:(?:Mrs?|Ms|Miss|Dra?|Sra?|Profa?)\.?|Dona|Seu|Captain|Capitão) "
_INTRODUCED = re.compile(
    rf"(?i:\b(?:this is|it['’]s|my name is|i am|i['’]m|aqui (?:é|e|quem fala é)|me chamo|"
    rf"meu nome é|sou))(?: (?:o|a))? ({_NAME})"
    r"(?=\s*(?:[,.;!?\n]|$|(?:from|of|in|at|here|calling|and|with|do|da|de|e|com)\b))"
)
_HERE = re.compile(
    rf"(?:^|[.,!:]\s+|(?i:\b(?:hi|hello|oi|olá),? ))({_NAME}) (?i:here|speaking|aqui)\b"
)
_SIGNED = re.compile(
    rf"(?i:\b(?:regards|cheers|thanks|thank you|sincerely|wishes|obrigad[oa]|abraços?|"
    rf"atenciosamente|att|grat[oa]))[\s,.!]+({_NAME})\W*$"
)
_TITLED = re.compile(rf"(?<!\w)({_TITLE}{_NAME})")
_FIRST = re.compile(
    rf"^\W*({_NAME})(?:, (?:an? )?(?:\w+[- ]){{0,3}}(?=\d|year|anos)|"
    r",? (?:lives?|mora|works?|trabalha|writes|escreve|is|é|has|tem|wants|quer|called|ligou)\b)"
)
_SPEAKER = re.compile(rf"(?:^|\n|\. )({_NAME}): ")
"""Whose words stand in a conversation."""
_NO_NAMES = frozenset(
    [*DAY_OF, *(fold(name) for names in MONTHS for name in names), *FUNCTION_WORDS]
    + WORD.findall("regards dear hi hello boa bom oi ola please feira bay flat room street rua")
)
_PLACES = word_set("city town cidade place local location venue where onde")
_CITIES = frozenset(("city", "town", "cidade"))
_DESTINATIONS = word_set("destination destino")
_ORIGINS = word_set("origin origem")
_IN = "in|at|near|em|na|no|nas|nos"


def is_person(name: str) -> bool:
    """Return whether a field is named as one that holds a person."""
    words = set(words_of_name(name))
    return bool(words) and words <= _SPEAKERS | _OTHERS | _PARTS and not words <= {"of", "the"}


def named_person(name: str, text: ParsedText, *, alone: bool) -> str | None:
    """Return the one person whom a text names as a field wants them, None where that is not plain.

    :param alone: whether the answer has no other field for a person.
    """
    if not is_person(name) or len(set(_SPEAKER.findall(text.text))) > 1:
        return None
    patterns = [_INTRODUCED, _HERE, _SIGNED] if _SPEAKERS & set(words_of_name(name)) else []
    if alone:
        patterns += [_TITLED, _FIRST]
    for pattern in patterns:
        found = {each for each in pattern.findall(text.text) if _is_name(each)}
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def named_place(name: str, text: ParsedText, others: Sequence[str]) -> str | None:
    """Return the one place that a text names behind a preposition.

    :param others: values of other fields, which are no place.
    """
    words = set(words_of_name(name))
    if words & _PLACES and len(words) == 1:
        joins = f"{_IN}|to|para" if words <= _CITIES else _IN
    elif words <= _DESTINATIONS:
        joins = "to|para"
    elif words <= _ORIGINS:
        joins = "from"
    else:
        return None
    pattern = re.compile(rf"(?<!\w)(?i:{joins}) (?:(?:the|a|o) )?({_NAME}(?: [XVI]+\b)?)")
    known = set(map(fold, others))
    found = {
        each for each in pattern.findall(text.text) if _is_name(each) and fold(each) not in known
    }
    return found.pop() if len(found) == 1 else None


def _is_name(text: str) -> bool:
    words = fold(text).split()
    return bool(words) and words[0] not in _NO_NAMES and not text.isupper()
