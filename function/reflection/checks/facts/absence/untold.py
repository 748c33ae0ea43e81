"""Questions that no fact of one record can answer: an answer has to say so.

``oven: {colour: black}`` has no value that could say when the oven was bought, how many trays it
has or who sold it. The demand to say so is shared by all modules of this room.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from function.reflection.checks.facts.amounts import is_moment
from function.reflection.checks.facts.comparisons import amount_of
from function.reflection.checks.facts.expected import Expected, denies
from function.reflection.checks.facts.question import GENERIC_WORDS, Question
from function.reflection.checks.facts.states import is_state
from function.reflection.checks.facts.vocabulary import (
    UNITS,
    WORD,
    Said,
    meanings_of,
    word_set,
    words_of_name,
)
from function.reflection.checks.stated_numbers import spelled_numbers
from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold

NOT_KNOWN = {
    False: "I have no data on that: it is not recorded.",
    True: "Isso não consta nos dados que tenho: não há registro.",
}
"""The answer by whether the question is in Portuguese."""
_NOT_KNOWN = re.compile(
    r"\b(?:unknown|unclear|unsure|unrecorded|missing|desconhec\w+|incert\w+|"
    r"(?:to|will|let me|i'll|vou|posso|prefiro|preciso) (?:\w+ )?(?:check|confirm\w*|ask|"
    r"verific\w+|find out|look it up|perguntar|checar|consultar))\b|"
    r"(?:\b(?:no|not|none|nothing|cannot|without|nao|nenhum\w*|nada|sem)|n['’]t)\b(?:\W+\w+){0,4}?\W+"
    r"(?:data|info\w*|records?|recorded|reasons?|readings?|details?|knows?|known|say|says|said|tell|"
    r"tells|told|stated?|states|mention\w*|given|listed|contain\w*|include[sd]?|specif\w+|"
    r"provid\w+|find|found|see|available|dados?|informa\w*|registr\w*|motivos?|sei|sabemos|sabe|"
    r"consta\w*|diz\w*|menciona\w*|encontr\w*|especific\w*|dispon\w*|indica\w*|mostra\w*|"
    r"explica\w*|tenho)\b"
)
"""What says, in folded words, that something is not told."""
MOST_FACTS = 40
"""Facts beyond which one of them may tell in words that are not known here."""
MOST_WORDS = 5
"""Words of a value beyond which it is a text, which may tell anything."""
PHONE_DIGITS = 5
_SIZES = frozenset(
    ("m", "km", "cm", "mm", "kg", "g", "l", "%", "c", "eur", "usd", "r$", "kwh", "gb")
)
"""Units of amounts that tell no time."""
_YEARS = range(1500, 2200)
"""Bare numbers that may be years."""
_COUNT = re.compile(
    r"\b(?:how (?:many|much)|quant[oa]s?)\b(?! a[os]?\b)(?: (?P<counted>[^\W\d_]+))?"
)
_OFTEN = re.compile(r"\b(?:times|often|vezes)\b")
_PERSON = re.compile(r"^\W*(?:who|whose|quem|de quem)\b")
_PHONE = re.compile(r"\b(?:phone|telephone|telefone|celular)\b")
_NUMBER = re.compile(r"(?<![^\W\d_]-)(?<![^\W_])\d")
"""A digit that is not of a code such as HL-42."""
_ATTRIBUTE = re.compile(
    r"^\W*(?:what(?:'s| is| are| was)? (?:the )?|which |how many |qual (?:e |eh )?(?:o |a )?|"
    r"quant[oa]s |(?:de|em|a) que )(?:(?P<owner>[\w-]+)['’]s )?(?P<words>[^\W\d_]+(?: [^\W\d_]+)?)"
)
_TIMELY = word_set("time date duration age year delay deadline expiry start shift")
"""Meanings of fields whose bare number may tell when."""
_CODE = re.compile(r"[^\W\d_]+[-_#]?\d+")


def missing_record(
    question: Question, facts: Sequence[Fact], elsewhere: Iterable[str]
) -> Expected | None:
    """Return the demand to say that a record is not there, where others of its kind are.

    :param elsewhere: what the request says beside its facts and its question.
    """
    if not _CODE.search(question.folded) or not _asks_plainly(question):
        return None
    return untold(question, _missing_code(question, facts, elsewhere))


def missing_field(question: Question, facts: Sequence[Fact]) -> Expected | None:
    """Return the demand to say that a field is not there, where the facts are of one record and
    no field can be the one that is asked for."""
    if len(facts) > MOST_FACTS or not _asks_plainly(question):
        return None
    records = {fact.record for fact in facts}
    if len(records) != 1 or not all(map(_is_short, facts)):
        return None
    missing = _missing_kind(question, facts) or _missing_attribute(question, facts)
    return untold(question, missing)


def _asks_plainly(question: Question) -> bool:
    return not question.wants_more and len(question.sentences) == 1


def untold(question: Question, missing: str | None) -> Expected | None:
    """Return the demand to say what the facts lack, None where they lack nothing."""
    if missing is None:
        return None
    reason = f"the facts do not tell {missing}; the answer must say so"
    # "It was not on time" denies, and tells what nobody knows.
    may_deny = question.wants_value and not question.is_open

    def is_met(text: str) -> bool:
        return (may_deny and denies(text)) or says_not_known(text)

    return Expected("untold", reason, is_met, NOT_KNOWN[question.is_portuguese])


def described(facts: Iterable[Fact]) -> list[str]:
    """Return each fact as the words of its path and its value: *van color red*."""
    return [f"{' '.join(words_of_name(fact.path))} {fact.value}" for fact in facts]


def says_not_known(text: str) -> bool:
    """Return whether a text says that something is not told, and not merely that it is not so."""
    return _NOT_KNOWN.search(fold(text)) is not None


def _missing_code(
    question: Question, facts: Sequence[Fact], elsewhere: Iterable[str]
) -> str | None:
    """Return the code of a record that is not there, where others of its form are."""
    codes = [name for name in question.names if _CODE.fullmatch(name)]
    if len(codes) != 1:
        return None
    said = fold(" ".join([*(f"{fact.path} {fact.value}" for fact in facts), *elsewhere]))
    code = fold(codes[0])
    if code in said:
        return None
    forms = {word for word in re.findall(r"[\w#-]+", said) if _form(word) == _form(code)}
    return codes[0] if len(forms) > 1 else None


def _form(code: str) -> str:
    return re.sub(r"\d", "9", code)


def _missing_kind(question: Question, facts: Sequence[Fact]) -> str | None:
    """Return what is asked for where no fact has a value of that kind."""
    folded = question.folded
    if any(map(str.isdigit, folded)):
        return None
    if _PHONE.search(folded):
        digits = (sum(map(str.isdigit, str(fact.value))) for fact in facts)
        return None if any(number >= PHONE_DIGITS for number in digits) else "a phone number"
    if count := _COUNT.search(folded):
        said = Said(described(facts))
        if any(map(_has_number, facts)) or (count["counted"] and said.has(count["counted"])):
            return None
        states = (*question.said.words, *(str(fact.value).casefold() for fact in facts))
        values = Said([str(fact.value) for fact in facts])
        are_records = any(part.isdecimal() for fact in facts for part in fact.path.split("."))
        are_stated = any(map(values.has_form, question.content_words()))
        is_counted = _OFTEN.search(folded) or any(map(is_state, states)) or are_stated
        repeat = len({str(fact.value) for fact in facts}) < len(facts)  # as states of things do
        if are_records or (len(facts) > 1 and (is_counted or repeat)):
            return None  # the facts may be what is counted
        return "how much" if re.search(r"\b(?:how much|quant[oa])\b", folded) else "how many"
    if question.asks_when:
        timely = list(filter(_may_state_when, facts))
        return None if timely and not _are_of_other_events(question, timely) else "when"
    if _PERSON.search(folded):
        return None if any(map(_may_state_who, facts)) else "who"
    return None


def _has_number(fact: Fact) -> bool:
    words = set(words_of_name(fact.path))
    value = str(fact.value)
    is_said = _NUMBER.search(fold(value)) is not None or bool(spelled_numbers(value))
    return is_said or bool(words & {"no", "none"})


def _may_state_when(fact: Fact) -> bool:
    if any(is_moment(part) for part in (fact.field, str(fact.value))):
        return True
    if any(map(_TIMELY.intersection, map(meanings_of, words_of_name(fact.path)))):
        return True
    if isinstance(fact.value, int | float):
        return fact.value in _YEARS
    amount = amount_of(fact.value)
    is_size = amount is not None and amount[1] in _SIZES
    return not is_size and _NUMBER.search(fold(str(fact.value))) is not None


_EVENTS = tuple(
    frozenset(WORD.findall(words))
    for words in (
        "built build constructed construction erected founded foundation established created "
        "opened opening inaugurated started launched construido construida fundado fundada "
        "inaugurado inaugurada criado criada aberto aberta",
        "bought purchased purchase acquired ordered comprado comprada adquirido adquirida",
        "repaired fixed serviced service maintained maintenance overhauled inspected inspection "
        "checked cleaned consertado consertada reparado reparada revisado revisada",
        "painted repainted renovated renovation restored pintado pintada reformado reformada",
        "sold rented leased vendido vendida alugado alugada",
        "arrived arrival arrives departed departure departs left leaves chegada saida partida",
        "closed closes closing ended ends finished fechado fechada encerrado encerrada",
        "born birth died death nascido nascida nascimento morte",
    )
)
"""Words of events; those of one line may be one event."""
_HAPPENED = re.compile(
    r"\b(?:was|were|been|is|get|got|foi|foram|e)\b.*?\b(?P<verb>[a-z]{3,}(?:ed|t|ad[oa]s?|id[oa]s?))\b"
)


def _are_of_other_events(question: Question, timely: Sequence[Fact]) -> bool:
    """Return whether each of the facts that tell a time is of another event than a question."""
    found = _HAPPENED.search(question.folded)
    own = next((line for line in _EVENTS if found is not None and found["verb"] in line), None)
    if own is None:
        return False
    for fact in timely:
        words = set(WORD.findall(f"{' '.join(words_of_name(fact.path))} {fold(str(fact.value))}"))
        lines = [line for line in _EVENTS if line & words]
        if not lines or own in lines:
            return False
    return True


def _may_state_who(fact: Fact) -> bool:
    parts = [*fact.path.split("."), str(fact.value)]
    return any(
        isinstance(part, str) and part[:1].isupper() and not any(map(str.isdigit, part))
        for part in parts
    )


def _missing_attribute(question: Question, facts: Sequence[Fact]) -> str | None:
    """Return the attribute that a question asks for where no field resembles it.

    Every word of a field's name has to be a known one: an unknown one may mean the same.
    """
    found = _ATTRIBUTE.match(question.folded)
    if found is None:
        return None
    words = found["words"].split()
    attribute = [word for word in words if meanings_of(word)][:1]
    if not attribute or words[0] in GENERIC_WORDS or words[0] == "ip":
        return None
    known = Said(described(facts))
    if known.has(attribute[0]):
        return None
    names = [name for name in question.names if not known.has_form(fold(name))]
    meant = meanings_of(attribute[0])
    if meant & _PLACES and "place" in known.meanings:
        return None
    kind = next((kind for kind in _KINDS if meant <= kind[0]), None)
    fitting = facts if kind is None else list(filter(kind[1], facts))
    if kind is not None and any(_is_number_of_things(fact, kind[0]) for fact in fitting):
        return None
    fields = [word for fact in fitting for word in _field_words(fact)]
    known_names = GENERIC_WORDS | _PLAIN_NAMES
    if all(meanings_of(word) or word in known_names for word in fields) and not names:
        return attribute[0]
    return found["words"] if names and len(names) == len(question.names) else None


def _may_be_amount(fact: Fact) -> bool:
    return _has_number(fact) and not is_moment(str(fact.value))


def _is_number_of_things(fact: Fact, meanings: frozenset[str]) -> bool:
    """Return whether a bare number is under a name that is no attribute: *places: 200*."""
    words = _field_words(fact)
    own = frozenset().union(*map(meanings_of, words))
    return isinstance(fact.value, int | float) and bool(own) and own.isdisjoint(meanings)


_KINDS: tuple[tuple[frozenset[str], Callable[[Fact], bool]], ...] = (
    (word_set(
        "applicant approver author buyer captain driver instructor leader manager operator owner "
        "recruiter sender sponsor teacher tenant"
    ), _may_state_who),
    (word_set(
        "age amount budget capacity copies distance height length pages passengers people percent "
        "price quantity rent seats speed stock temperature weight width bedrooms"
    ), _may_be_amount),
)  # fmt: skip
"""Meanings of attributes with what a fact has to be like to tell one of them."""


def _field_words(fact: Fact) -> list[str]:
    return [word for word in words_of_name(fact.field) if word not in UNITS]


_PLACES = word_set(
    "room building floor gate platform city office branch shelf country region address"
)
"""Meanings of places, which may stand under *where*."""
_PLAIN_NAMES = frozenset(("id", "code", "codigo", "ref", "label", "key", "no"))


def _is_short(fact: Fact) -> bool:
    """Return whether a fact is one value, and no text that may tell anything."""
    value = fact.value
    if isinstance(value, str):
        return value.count(" ") < MOST_WORDS
    return not isinstance(value, list)
