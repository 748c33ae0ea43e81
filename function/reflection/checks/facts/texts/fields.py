"""Values of an answer's fields that a text holds: a log line, a mail, a note on the phone.

A value is read only where one reading is plain: the one permitted value that stands in the text and
is not denied, the number beside the noun that a field is named by, what stands behind a label, the
one name, day, address or number of the kind that a field holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from operator import eq
from typing import Any

from function.reflection.checks.facts.parsed_text import ParsedText, are_inflected, is_form, is_near
from function.reflection.checks.facts.question import FUNCTION_WORDS
from function.reflection.checks.facts.states import is_state, opposites
from function.reflection.checks.facts.texts.names import is_person, named_person, named_place
from function.reflection.checks.facts.texts.numbers import UNDECIDED, numbers_of_text
from function.reflection.checks.facts.vocabulary import telling_words, word_set, words_of_name
from function.reflection.checks.stated_numbers import is_counted, is_money
from function.reflection.text.source_text import is_written
from function.reflection.text.words import fold
from function.schemas.days_and_months import DAY_NAME
from function.schemas.subschemas import types_of

MOST_WORDS = 150
"""Words of a text beyond which it is read for its meaning."""
MOST_OPTIONS = 20
SHORTEST_OPTION = 3
"""Letters of a permitted value under which it may stand for something else: *a*, *it*."""
LONGEST_LABELLED = 8
"""Words of a value behind a label and a colon."""

_OPEN_OPTIONS = word_set(
    "other others none unknown normal general misc yes no true false outro outra outros nenhum "
    "nenhuma geral sim nao desconhecido"
)
"""Permitted values that a text says by the way."""
_GRADES = word_set(
    "low medium high small large minor major normal open closed baixa baixo media medio alta alto "
    "critica critico pequeno grande aberto fechado new old free in out up down on off"
)
"""Permitted values that may be said of anything."""
_GENERIC = word_set("number no id code nome name numero num codigo ref text full")
"""Words of the names of fields that their labels in a text leave out."""
_FLAG_WORDS = word_set(
    "is are was has have had needs need needed required requires wanted wants includes included "
    "with tem ha precisa quer com e foi possui"
)
"""Words of the names of booleans that say nothing of what they are about."""
_URGENT = frozenset(("urgent", "urgente", "urgency", "urgencia", "emergency"))
_NO_HURRY = re.compile(
    r"\b(?:no (?:rush|hurry)|not (?:\w+ )?urgent|isn['’]t urgent|whenever (?:you|it)|"
    r"when you have (?:the )?time|can wait|sem pressa|nao (?:ha|tem|tenho) pressa|"
    r"nao (?:e|ha) (?:nada )?urgen\w+|sem urgencia|pode esperar|quando (?:puder|der))\b"
)
_HURRY = re.compile(
    r"\b(?:urgent(?:ly)?|urgente(?:mente)?|immediately|at once|right away|asap|as soon as possible|"
    r"emergency|imediatamente|agora mesmo|o quanto antes|emergencia|socorro)\b"
)
_PARTICIPLE = re.compile(r"(?:ed|paid|sent|done|ad[oa]|id[oa])$")
_MODALS = word_set(
    "will must should shall would could can may be to deve devem precisa pode sera a"
)
_OVER = word_set(
    "over ended ends expired expires ran finished gone acabou acaba terminou venceu vencida "
    "vencido expirou passou failed fails failing broken falhou falha reprovado reprovada"
)
_UNSTATED = re.compile(
    r"\W{0,3}(?:(?:is|was|are|were|has|have|e|foi|esta)\s+)?(?:unknown|not (?:yet )?\w+|none|n/a|"
    r"missing|desconhecid[oa]|nao \w+|ausente)"
)
_LEVEL = r"(?:INFO|WARN(?:ING)?|ERROR|DEBUG|CRITICAL|FATAL|NOTICE|TRACE)\]?"
_LOGGER = re.compile(rf"\b{_LEVEL}\s+\[?([A-Za-z][\w./-]*)\]?(?::|\s+[-–]\s)")
_LOGGERS = word_set("service component source logger module servico componente origem")
_NUMBERED = r"\s*(?:(?:no|nr|number|n|num|numero|número)\.?\s*|#|nº\s*)?"
_IDENTIFIER = re.compile(
    rf"{_NUMBERED}(?:is\s+|é\s+)?"
    r"((?:[A-Z]{1,4}(?:-[A-Z]{1,4})?[- ])?[\w./-]*\d[\w./-]*(?:[ -]\d[\w-]*)*)"
)
_LABELLED = re.compile(
    r"\s*(?:no\.?|number|nº)?\s*[:=]\s*([^,;|\n()]{1,80}?)(?=[,;|\n()]|\s-\s|\.\s|\.?$)"
)
_CAPITALS = re.compile(r"\s+((?:[A-ZÀ-Ý][\w'’-]*\s?){1,4})")
_BEGIN = re.compile(r"(?:^|[.!?:\n]\s*)$")
"""Where a sentence begins."""
_BEFORE = re.compile(r"((?:[A-ZÀ-Ý][\w'’-]*\s){1,3})$")
_SHAPES = {
    "email e-mail mail": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "phone telephone telefone celular mobile fone": (
        r"(?!\d{4}-\d\d-\d\d)(?<![\d-])\+?\(?\d[\d ()-]{5,}\d(?!\w)"
    ),
    "url link site website": r"https?://[^\s,;)]+",
    "address endereco street rua": (
        r"\b(?:rua|avenida|av\.?|travessa|alameda|praca|estrada|rodovia) [^,.;\n]{2,40}, ?\d+\b|"
        r"\b\d+[a-z]? (?:[a-z'-]+ ){1,3}(?:street|road|lane|avenue|drive|close|square|way)\b"
    ),
    "ip": r"\b\d{1,3}(?:\.\d{1,3}){3}\b",
    "time hora hour horario": r"\b(?:\d{1,2}[:h]\d{2}|\d{1,2}h|\d{1,2} ?[ap]m)\b",
    "day weekday dia": rf"\b{DAY_NAME}(?:-feira)?\b",
    "date data vencimento validade deadline expiry": (
        r"\b(?:\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|"
        r"\d{1,2}(?:st|nd|rd|th|º)? (?:of |de )?[a-z]{3,9}(?: (?:de )?\d{4}))\b"
    ),
}
_DATES = ("date", "data")
_MOMENT = re.compile(r"next|prox|due|prazo|deadline|revis|check|expir|venc|valid|until|ate")
"""Names, folded, of fields beside a plain date that may hold the one date of a text."""
_SHAPE_OF = {word: pattern for words, pattern in _SHAPES.items() for word in words.split()}
"""Pattern of what a field holds, by the last word of its name."""
_ADDRESSES = word_set("email mail phone telephone telefone celular mobile fone url website")
"""Words of fields whose values look like nothing else."""


def fields_of_text(
    properties: Mapping[str, Any], texts: Sequence[str], *, portuguese: bool
) -> dict[str, Any]:
    """Return the values of fields that the texts tell plainly.

    :param properties: the schemas of the answer's fields.
    :param portuguese: whether numbers are written as in Portuguese.
    """
    stated = [ParsedText(text) for text in texts if len(text.split()) <= MOST_WORDS]
    if len(stated) != 1:
        return {}
    (text,) = stated
    found = dict(_read(properties, text))
    numeric = {
        name: kinds
        for name, schema in properties.items()
        if name not in found
        and (kinds := kinds_of(schema)) & {"integer", "number"}
        and "enum" not in schema
        and ("string" not in kinds or is_counted(name) or is_money(name))
    }
    found |= numbers_of_text(numeric, text, portuguese=portuguese)
    return found | _people_and_places(properties, text, found)


def kinds_of(schema: Any) -> set[str]:
    """Return the types that a schema allows."""
    if not isinstance(schema, dict):
        return set()
    found = set(types_of(schema))
    for inner in schema.get("anyOf", ()):
        found |= kinds_of(inner)
    return found


def _read(properties: Mapping[str, Any], text: ParsedText) -> Iterator[tuple[str, Any]]:
    for name, schema in properties.items():
        if not isinstance(schema, dict):
            continue
        options = schema.get("enum")
        kinds = kinds_of(schema)
        value: Any = UNDECIDED
        if isinstance(options, list):
            value = _option(name, options, text)
        elif kinds == {"boolean"}:
            value = _flag(name, text)
        elif "string" in kinds and not kinds & {"array", "object"}:
            if not (name in _DATES and any(map(_MOMENT.search, map(fold, properties)))):
                value = _of_shape(name, text)
            if value is UNDECIDED:
                value = _of_label(name, text)
            if value is UNDECIDED and "null" in kinds and _is_unstated(name, text):
                value = None
        if value is not UNDECIDED:
            yield name, value


def _option(name: str, options: Sequence[Any], text: ParsedText) -> Any:
    """Return the one permitted value that stands in a text and is not denied."""
    texts = [one for one in options if isinstance(one, str)]
    if not 2 <= len(texts) <= MOST_OPTIONS or len(texts) < len(options) - 1:
        return UNDECIDED
    as_written = [
        one
        for one in texts
        if len(one) > 1
        and one.isupper()
        and re.search(rf"\b{re.escape(one)}(?:ING|S)?\b", text.text)
    ]
    if len(as_written) == 1:
        return as_written[0]
    said: list[str] = []
    for option in texts:
        verdicts = set(_verdicts(name, option, text))
        if None in verdicts or len(verdicts) > 1:
            return UNDECIDED
        if verdicts == {False}:
            said.append(option)
    return said[0] if len(said) == 1 else UNDECIDED


def _verdicts(name: str, option: str, text: ParsedText) -> Iterator[bool | None]:
    """Yield for each time that a permitted value is said whether it is denied."""
    words = words_of_name(option)
    if not words or set(words) <= _OPEN_OPTIONS:
        return
    for first, last in text.places(words, alike=are_inflected):
        if text.is_of_a_choice(first, last):
            continue
        is_vague = _GRADES.issuperset(words) or len(option) < SHORTEST_OPTION
        if is_vague and not _is_beside(name, first, last, text):
            continue
        yield text.is_denied(first, last, behind=False)


def _is_beside(name: str, first: int, last: int, text: ParsedText) -> bool:
    """Return whether a word of a field's name is the neighbour of a value, or its clause."""
    wanted = words_of_name(name)
    near = text.tokens[max(first - 2, 0) : first] + text.tokens[last + 1 : last + 3]
    return any(is_near(word, token.word) for word in wanted for token in near)


def _flag(name: str, text: ParsedText) -> Any:
    words = [word for word in words_of_name(name) if word not in _FLAG_WORDS]
    folded = fold(text.text)
    if not _URGENT.isdisjoint(words):
        calm, hurry = _NO_HURRY.search(folded), _HURRY.search(_NO_HURRY.sub(" ", folded))
        if bool(calm) != bool(hurry):
            return calm is None
        return UNDECIDED
    if not words:
        return UNDECIDED
    verdicts: set[bool | None] = set()
    is_one_state = len(words) == 1 and is_state(words[0])
    for row in (words, _in_parts(words, text)):
        for first, last in text.places(row, alike=eq if is_one_state else is_form) if row else ():
            denied = text.is_denied(first, last, behind=True)
            verdicts.add(denied if denied is not False or _is_so_now(first, text) else None)
    if is_one_state:
        for word in opposites(words[0]):
            for first, last in text.places([word], alike=eq):
                denied = text.is_denied(first, last, behind=True)
                verdicts.add(None if denied is not False else True)
    if len(verdicts) != 1 or None in verdicts:
        return UNDECIDED
    return not verdicts.pop()


def _is_so_now(place: int, text: ParsedText) -> bool:
    """Return whether something is neither over (*the warranty has expired*) nor, as a participle
    may say, still to be done (*to be paid*)."""
    words = {token.word for _, token in text.clause_of(place)}
    is_participle = _PARTICIPLE.search(text.tokens[place].word) is not None
    return words.isdisjoint(_OVER) and not (is_participle and words & _MODALS)


def _in_parts(words: Sequence[str], text: ParsedText) -> list[str]:
    """Return the two words of a text that a field writes as one: *call back* of *callback*."""
    if len(words) != 1:
        return []
    pairs = zip(text.tokens, text.tokens[1:], strict=False)
    found = ([one.word, two.word] for one, two in pairs if one.word + two.word == words[0])
    return next(found, [])


def _labels(name: str, text: ParsedText) -> Iterator[tuple[int, int]]:
    """Return the first and the last place of what a text has as the label of a field."""
    words = [word for word in telling_words(name) if word not in _GENERIC]
    if FUNCTION_WORDS.issuperset(words):  # "to whom" is not "who"
        words = [word for word in words_of_name(name) if word not in _GENERIC]
    return text.places(words) if words else iter(())


def _of_label(name: str, text: ParsedText) -> Any:
    """Return the one value that stands behind the name of a field, or a name around it."""
    found: dict[str, str] = {}
    for first, last in _labels(name, text):
        start, end = text.tokens[first].start, text.tokens[last].end
        behind = text.text[end:]
        if _UNSTATED.match(fold(behind)) or behind.lstrip()[:1] == "?":
            return UNDECIDED
        value = _behind(name, behind)
        if value is None and not is_written(name):
            before = _BEFORE.search(text.text[:start])
            begins = before and _BEGIN.search(text.text[: before.start(1)])
            if before is not None and not begins:
                value = before[1]
        if value:
            value = value.strip(" .'\"")
            found.setdefault(fold(value), value)
    if not found and not _LOGGERS.isdisjoint(words_of_name(name)):
        found = {one: one for one in _LOGGER.findall(text.text)}
    return next(iter(found.values())) if len(found) == 1 else UNDECIDED


def _behind(name: str, behind: str) -> str | None:
    labelled = _LABELLED.match(behind)
    if labelled is not None:
        value = labelled[1].strip()
        if is_person(name) and value[:1].islower():
            return None  # "Ana reports: it is broken"
        return value if len(value.split()) <= LONGEST_LABELLED else None
    if is_written(name):
        return None
    identifier = None if is_person(name) else _IDENTIFIER.match(behind)
    if identifier is not None and behind[:1].isspace():
        return identifier[1].rstrip(".-/")
    capitals = _CAPITALS.match(behind)
    if capitals is None or (is_person(name) and any(map(str.isdigit, capitals[1]))):
        return None
    return capitals[1]


def _of_shape(name: str, text: ParsedText) -> Any:
    """Return the one address, time, day or number of the kind that a field is named by."""
    words = words_of_name(name)
    pattern = _SHAPE_OF.get(words[-1]) if words else None
    is_of_day = len(words) > 1 and words[-1] in ("day", "dia", "date", "data", "time")
    if pattern is None or is_of_day:
        return UNDECIDED
    folded = fold(text.text)
    # Folding that changes the length of a text would move what is found in it.
    if len(folded) != len(text.text):
        return UNDECIDED
    spans = [each.span() for each in re.finditer(pattern, folded)]
    found = {folded[start:end]: text.text[start:end].strip() for start, end in spans}
    return next(iter(found.values())) if len(found) == 1 else UNDECIDED


def _is_unstated(name: str, text: ParsedText) -> bool:
    """Return whether a text says of a field that it is not known, or holds nothing of its kind."""
    words = words_of_name(name)
    for _, last in _labels(name, text):
        return _UNSTATED.match(fold(text.text[text.tokens[last].end :])) is not None
    pattern = _SHAPE_OF[words[-1]] if words and words[-1] in _ADDRESSES else None
    return pattern is not None and not re.search(pattern, fold(text.text))


def _people_and_places(
    properties: Mapping[str, Any], text: ParsedText, found: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the fields that hold the one person, and the one place, of a text."""
    strings = [name for name, schema in properties.items() if "string" in kinds_of(schema)]
    people = [name for name in strings if is_person(name)]
    known = [value for value in found.values() if isinstance(value, str)]
    stated: dict[str, Any] = {}
    for name in strings:
        if name in found or "enum" in properties[name]:
            continue
        value = named_person(name, text, alone=len(people) == 1) or named_place(name, text, known)
        if value:
            stated[name] = value
    return stated
