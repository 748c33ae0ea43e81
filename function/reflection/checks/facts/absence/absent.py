"""Questions that the facts show to be open: what is asked for stands there, empty or of another.

``last_serviced: unknown`` leaves open when the boiler was serviced. Visitors of January and
February do not give those of March, nor the tides of Lagos and Sines those of Faro. *Why is it
closed?* is not answered by facts that only say that it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from function.reflection.checks.facts.absence.untold import MOST_FACTS, described, untold
from function.reflection.checks.facts.amounts import is_moment
from function.reflection.checks.facts.comparisons import amount_of
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.question import FUNCTION_WORDS, SENTENCE, Question, telling
from function.reflection.checks.facts.tables import NAMING
from function.reflection.checks.facts.vocabulary import (
    WORD,
    Said,
    find_name,
    telling_words,
    word_set,
    words_of_name,
)
from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold
from function.schemas.days_and_months import DAY_OF, MONTHS

_EMPTY = frozenset(
    ("", "-", "?", "null", "tbd", "unknown", "not known", "not recorded")
    + ("desconhecido", "desconhecida", "nao informado", "nao informada", "a definir")
)
"""Values, folded, that leave a field open; *none* tells that there is nothing."""
_ASKS_NONE = re.compile(
    r"\b(?:missing|empty|lacks?|lacking|without|unknown|no|not|nobody|any|anyone|falta\w*|vazi[oa]s?|"
    r"sem|nao|ningu?em|algu\w+)\b|n['’]t\b"
)
"""Words of questions that an empty field answers."""
_WHY = re.compile(r"^\W*(?:(?:and|but|so|e|mas)\s)?(?:why|por que|porque|how come)\b")
_CAUSAL = re.compile(
    r"\b(?:because|due|reason|caused?|causing|since|after|owing|thanks to|so that|for lack|"
    r"por causa|porque|pois|devido|motivo|causad[oa]|apos|depois|falta)\b"
)
"""Words of a text that may give a reason."""
LONG_TEXT = 6
"""Spaces in a value that is a text, and no word or two."""
MOST_SPACES = 3
"""Spaces in a value that is nothing but a time."""
_WILL = re.compile(r"\b(?:will|going to|vai|vao|sera|serao|estara)\b")
_PERIODS: tuple[dict[str, str], ...] = (
    {word: fold(names[0]) for names in zip(*MONTHS, strict=True) for word in map(fold, names)
     if word != "may"},
    {"today": "today", "hoje": "today", "yesterday": "yesterday", "ontem": "yesterday",
     "tomorrow": "tomorrow", "amanha": "tomorrow"},
)  # fmt: skip
"""Names of periods that rule each other out; each with its own name in English."""
_OPENING = re.compile(r"\b(?:open|close|hours?|abr\w+|fech\w+|horarios?|funciona\w*)\b")
"""What a day that is not listed answers: it is closed."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_IN_PERIOD = re.compile(
    r"\b(?:in|during|for|of|em|de|durante|no|na)\s"
    r"(?:the\s|o\s|a\s|ano de\s)?(?P<period>(?:19|20)\d\d|[a-z]+)\b"
)
_PERIOD_FIELDS = word_set(
    "year ano season temporada month mes period periodo date data day dia quarter as of"
)
_DATED = re.compile(
    r"^\W*(?:when|since when|quando|desde quando|which (?:year|month|day)|"
    r"what (?:year|month|day|date)|em que (?:ano|mes|dia))\b"
)
_OF_NAME = re.compile(
    r"\b(?:[Oo]f|[Ii]n|[Ff]or|[Aa]t|[Ff]rom|[Tt]o|[Dd]oes|[Dd]id|[Dd][oae]|[Ee]m|[Nn][oa]|[Pp]ara)\s"
    r"(?:the\s|[oa]\s)?(?P<name>[^\W\d_a-z][^\W\d_]+(?:[ -][^\W\d_a-z][^\W\d_]+)*)"
    r"|(?P<owner>[^\W\d_a-z][^\W\d_]+)['’]s\b"
)
_NO_ONE = word_set(
    "euro euros dollar dollars pounds real reais celsius fahrenheit english portuguese spanish "
    "french german ingles portugues espanhol total general internet"
)
"""Words with a capital that name none of several things: currencies, scales, languages."""
_COMPARES = re.compile(
    r"\b(?:which|who|whose|qual|quais|quem|than|que|most|least|\w{3,}est|mais|menos|all|total)\b"
)


def absent(question: Question, facts: Sequence[Fact], elsewhere: Iterable[str]) -> Expected | None:
    """Return the demand to say that the facts do not tell what is asked for.

    :param elsewhere: what the request says beside its facts and its question.
    """
    if not 0 < len(facts) <= MOST_FACTS or len(question.sentences) != 1 or question.is_open:
        return None
    missing = _empty_field(question, facts)
    if missing is None:
        beside = fold(" \n ".join(elsewhere))
        missing = _other_period(question, facts, beside) or _other_name(question, facts, beside)
    return untold(question, missing)


def _is_empty(fact: Fact) -> bool:
    value = fact.value
    return value is None or (isinstance(value, str) and fold(value).strip(" .") in _EMPTY)


def _empty_field(question: Question, facts: Sequence[Fact]) -> str | None:
    """Return the one field that a question names and that is empty."""
    empty = [fact for fact in facts if _is_empty(fact)]
    if not empty or _ASKS_NONE.search(question.folded):
        return None
    found = [
        fact for fact in empty
        if question.said.has_forms(telling_words(fact.field)) and _is_meant(question, fact, facts)
    ]  # fmt: skip
    if len(found) != 1:
        return None
    (fact,) = found
    stated = [one for one in facts if not _is_empty(one) and one.record == fact.record]
    words = set(words_of_name(fact.field))
    is_stated_beside = any(words <= set(words_of_name(one.field)) for one in stated)
    return None if is_stated_beside else fact.path


def _is_meant(question: Question, fact: Fact, facts: Sequence[Fact]) -> bool:
    """Return whether a question is about the record of a fact, where others have its field."""
    records = {one.record for one in facts if one.field == fact.field}
    if len(records) == 1:
        return True
    meant = {
        one.record
        for one in facts
        if one.record in records and not _is_empty(one)
        and len(str(one.value)) > 1 and find_name(question.folded, fold(str(one.value))) >= 0
    }  # fmt: skip
    named = {
        record for record in records
        if find_name(question.folded, fold(record.rpartition(".")[2].replace("_", " "))) >= 0
        and not record.rpartition(".")[2].isdecimal()
    }  # fmt: skip
    return (meant or named) == {fact.record}


def _other_period(question: Question, facts: Sequence[Fact], beside: str) -> str | None:
    """Return the period asked about, where what is told is said to be of another."""
    if _DATED.search(question.folded):
        return None
    stated = [*map(fold, described(facts)), beside]
    words = set(WORD.findall(" ".join(stated)))
    asked = [match["period"] for match in _IN_PERIOD.finditer(question.folded)]
    years = [word for word in asked if _YEAR.fullmatch(word)]
    if len(years) == 1 and not any(years[0] in text for text in stated):
        of_years = [
            one
            for one in facts
            if _YEAR.fullmatch(str(one.value))
            and not _PERIOD_FIELDS.isdisjoint(words_of_name(one.field))
        ]
        return years[0] if len(of_years) == 1 else None
    said = set(question.said.words)
    days = {DAY_OF[word] for one in facts for word in words_of_name(one.field) if word in DAY_OF}
    asked_days = {DAY_OF[word] for word in said if word in DAY_OF}
    if len(days) > 1 and len(asked_days) == 1 and not _OPENING.search(question.folded):
        others = {DAY_OF[word] for word in words if word in DAY_OF}
        return None if asked_days <= others else min(said & DAY_OF.keys())
    for names in _PERIODS:
        relative = "today" in names
        here = {names[word] for word in (said if relative else asked) if word in names}
        there = {names[word] for word in words if word in names}
        if len(here) != 1 or not there or here & there:
            continue
        if any(map(_is_dated, facts)):
            return None
        if relative and "tomorrow" in here and not _WILL.search(question.folded):
            return None
        return here.pop()
    return None


def _is_dated(fact: Fact) -> bool:
    """Return whether a fact has a date or days of the week, which may be of any period."""
    folded = fold(str(fact.value))
    return re.search(r"\d[/.-]\d|\d{4}", folded) is not None or not DAY_OF.keys().isdisjoint(
        WORD.findall(f"{folded} {' '.join(words_of_name(fact.path))}")
    )


def _other_name(question: Question, facts: Sequence[Fact], beside: str) -> str | None:
    """Return the name that a question asks about, where the facts are of several other names."""
    found = {match["name"] or match["owner"] for match in _OF_NAME.finditer(question.text)}
    if len(found) != 1 or _COMPARES.search(question.folded):
        return None
    (name,) = found
    words = WORD.findall(fold(name))
    # "What's" is no owner of anything, and "May" a month as well.
    no_names = DAY_OF.keys() | _PERIODS[0].keys() | _NO_ONE | FUNCTION_WORDS
    if set(words) & no_names or name.isupper():
        return None
    said = fold(" ".join(f"{one.path} {one.value}" for one in facts))
    if any(word in said or word in beside for word in words):
        return None
    # Names of records, or of the fields of one table: Lagos and Sines, where Faro is asked about.
    groups: dict[str, set[str]] = {}
    for fact in facts:
        for place, part in enumerate(parts := fact.path.split(".")):
            if part.istitle() and not any(map(str.isdigit, part)):
                groups.setdefault(".".join(parts[:place]), set()).add(part)
        if fact.field in NAMING and str(fact.value).istitle():
            groups.setdefault(fact.record.rpartition(".")[0], set()).add(str(fact.value))
    peers = [(above, names) for above, names in groups.items() if len(names) > 1]
    if len(peers) != 1:
        return None
    about = Said.named(peers[0][0], *(one.field for one in facts))
    asked = [word for word in question.content_words() if word not in words]
    return name if asked and any(map(about.has, asked)) else None


def reason_not_given(question: Question, facts: Sequence[Fact]) -> Expected | None:
    """Return the demand to say that no reason is told, where the facts only say what is so."""
    if not _WHY.search(question.folded) or not 0 < len(facts) <= MOST_FACTS:
        return None
    texts = [str(one.value) for one in facts if str(one.value).count(" ") >= LONG_TEXT]
    if any(map(_CAUSAL.search, map(fold, texts))):
        return None
    if len(facts) == len(texts) == 1:
        return untold(question, "why" if _only_restated(question, texts[0]) else None)
    amounts = [(one, amount_of(one.value)) for one in facts]
    numbers = [one for one, amount in amounts if amount and amount[0] > 1 and amount[1] != "%"]
    rest = [one for one in facts if one not in numbers]
    if len(numbers) > 1 or not all(_restates(question, one) for one in rest):
        return None
    return untold(question, "why")


def _only_restated(question: Question, text: str) -> bool:
    """Return whether the one sentence of a text that is about a question says nothing more."""
    asked = question.content_words()
    parts = [part for part in SENTENCE.split(fold(text)) if part.strip()]
    shared = [sum(map(Said([part]).has_form, asked)) for part in parts]
    if len(parts) < 2 or shared.count(most := max(shared)) > 1 or not most:
        return False
    return question.said.has_forms(telling(parts[shared.index(most)]))


def _restates(question: Question, fact: Fact) -> bool:
    """Return whether a fact is a name, a time or what the question says itself."""
    if isinstance(fact.value, list):
        return False
    is_short = str(fact.value).count(" ") <= MOST_SPACES
    if _is_empty(fact) or (is_short and is_moment(str(fact.value))):
        return True
    is_flag = isinstance(fact.value, bool)
    words = telling_words(fact.field) if is_flag else telling(str(fact.value))
    return fact.field in NAMING or question.said.has_forms(words)
