"""What a sentence of the instructions, of the turns before or of the facts states to a question.

*Until when can we use the pool?* is answered by "The pool closes at 21:00." among the instructions,
and *Is there a leak right now?* by the line of the facts that reports one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from function.reflection.checks.facts.expected import (
    Expected,
    capitalized,
    denies,
    says_no,
    says_yes,
    verdict_word,
)
from function.reflection.checks.facts.question import WHEN, Question, telling
from function.reflection.checks.facts.vocabulary import WORD, Said, meanings_of, word_set
from function.reflection.prompt.facts import Fact
from function.reflection.text.sentences import sentences
from function.reflection.text.words import fold
from function.schemas.days_and_months import DAY_NAME

MOST_SENTENCES = 40
"""Sentences beyond which instructions are no short notice of what is so."""
NEAR = 3
"""Words behind a denial among which one says what is denied."""
LEAST_SHARED = 2
"""Words of a question that what answers it has at least."""
MOST_FIGURES = 2
MOST_NEW = 6
"""Figures of a sentence that are all demanded, and words that it adds to a question at most."""
_FIGURE = re.compile(r"\d[\d.,:]*\d|\d")
_CLOCK = r"\d{1,2}(?:[:h]\d{2}|:\d{2} ?[ap]m| ?(?:[ap]m|h|o'clock|horas)\b)"
_MONEY = (
    r"(?:r\$|us\$|[$€£]|\b(?:eur|usd|chf|brl|gbp))\s?\d[\d.,]*\d|(?:r\$|us\$|[$€£])\s?\d|"
    r"\d[\d.,]*\s?(?:[$€£]|(?:eur|euros?|usd|chf|gbp|dollars?|reais|francs?|pounds?)\b)"
)
_KINDS = (
    (re.compile(rf"\b(?:{WHEN}|open|close|abrem?|fecham?)\b"),
     re.compile(_CLOCK)),
    (re.compile(r"\b(?:what|which) days?\b|\b(?:que|qual) dias?\b"),
     re.compile(rf"\b{DAY_NAME}\b")),
    (re.compile(r"\b(?:how much|cost|price|quanto (?:custa|sai|e|fica|pago)|preco|valor)\b"),
     re.compile(_MONEY)),
)  # fmt: skip
"""What asks for a time, a day or an amount, and what is one."""
_VALUES = frozenset(("price", "amount", "time", "open", "closed", "start", "payment"))
"""Meanings of words that ask for a value and say nothing of its thing."""
_ENDS = re.compile(
    r"\b(?:stop\w*|ends?|clos\w+|until|till|latest|fech\w+|termin\w+|ate|encerr\w+|acab\w+)\b"
)
_BEGINS = re.compile(
    r"\b(?:starts?|begins?|opens?|earliest|from|abr\w+|comec\w+|inici\w+|partir)\b"
)
_ORDER = re.compile(
    r"^\W*(?:you|be|answer|reply|respond|never|always|only|if|do not|don't|use|keep|say|speak|help|"
    r"please|write|act|voce|seja|responda|nunca|sempre|use|diga|se|fale|ajude|escreva|"
    r"nao (?:invente|diga|responda|use|fale|prometa))\b"
)
"""Beginnings of what instructs and tells nothing of the matter."""
_NOT = re.compile(r"\b(?:not|never|cannot|nao|nunca|proibid\w+)\b|n['’]t\b|\bno(?= \w+(?:s|ing)\b)")
"""Denials: *not*, *No, ...*, *no dogs*; the Portuguese *no* is none."""
_PLAIN_NO = re.compile(r"^\W*(?:nao\b|nope\b|no(?=\s*[,.!;:]|$))")
_MAY = re.compile(
    r"\b(?:can|may|could|do|does|is|are|allowed|possible|posso|pode|podemos|da (?:para|pra)|tem|"
    r"voces|aceitam?|atendem?|e possivel)\b"
)
_PERMITTED = word_set(
    "not no never nao nunca allowed permitted possible accepted available offered welcome accept "
    "accepts allow allows permit permits take aceitamos aceitam permitimos trabalhamos permitido "
    "permitida permitidos permitidas aceito aceita aceitos possivel disponivel"
)
_CLAUSE = re.compile(r"[,;] (?=\D)| (?:and|e) (?=\D)")
MOST_REPORTED = 3
LEAST_NEW = 2
"""Lines that report what is asked for, and words that each adds."""
MOST_LINES = 60
"""Lines beyond which facts and instructions are no short report."""

_NOW = word_set("there any some now right currently today moment algum alguma agora hoje momento")
"""Words of a question whether there is something that do not say what."""
_DENIED = re.compile(
    r"\b(?:not|never|none|without|nao|nunca|nenhum\w*|sem|solved|resolved|fixed|cleared|closed|"
    r"resolvid[oa]s?|corrigid[oa]s?)\b|n['’]t\b"
)
_NONE = re.compile(r"^\W*(?:is|are) there no\b")
_NO = re.compile(r"\bno\b")
"""In English; the Portuguese word is none."""
_MARK = re.compile(r"^[\W_]*(?=\w)")


def expected_of_instructions(
    question: Question, system: str, answers: Iterable[str] = ()
) -> Expected | None:
    """Return the demand for what the one sentence says that fits a question.

    :param answers: what was answered before in the same conversation.
    """
    asked = question.asked or question.sentences[-1:]
    if question.is_open or not asked:
        return None
    core = Question(" ".join(asked))
    has = value_asked(core.folded)
    if has is None and not (core.wants_value or _MAY.search(core.folded)):
        return None
    found = [part.strip() for text in (system, *answers) for part in sentences(text)]
    said = [part for part in found if part and not part.endswith("?")]
    said = [part for part in said if not _ORDER.match(fold(part))]
    if not said or len(found) > MOST_SENTENCES:
        return None
    if has is not None:
        return _valued(core, said, has)
    return _ruled_out(core, said) or (_worded(core, said) if core.wants_value else None)


def _words(question: Question) -> list[str]:
    return [word for word in question.content_words() if not _ENDS.match(word)]


def _fitting(question: Question, said: Sequence[str]) -> str | None:
    """Return the one of several sentences that shares most words with a question."""
    words = _words(question)
    parts = [Said([sentence]) for sentence in said]
    shared = [2 * sum(map(own.has_form, words)) + sum(map(own.has, words)) for own in parts]
    most = max(shared, default=0)
    best = [sentence for sentence, count in zip(said, shared, strict=True) if count == most]
    return best[0] if most and len(best) == 1 else None


def _valued(question: Question, said: Sequence[str], has: re.Pattern[str]) -> Expected | None:
    """Return the demand for the time or the amount of the sentence that fits."""
    with_value = [sentence for sentence in said if has.search(fold(sentence))]
    sentence = _fitting(question, with_value)
    if sentence is None:
        return None
    own = Said([sentence])
    # "The price" of a thing is not that of another.
    things = [word for word in _words(question) if not meanings_of(word) & _VALUES]
    if things and not any(map(own.has, things)):
        return None
    if not any(map(own.has_form, _words(question))) and len(with_value) < len(said):
        return None
    clauses = [part for part in _CLAUSE.split(sentence) if has.search(fold(part))]
    clause = (_fitting(question, clauses) if len(clauses) > 1 else None) or sentence
    values = [match[0] for match in has.finditer(fold(clause))]
    if not 0 < len(values) <= 2:
        return None
    if len(values) == 2:
        ends, begins = _ENDS.search(question.folded), _BEGINS.search(question.folded)
        if ends is not None or begins is not None:
            values = values[-1:] if ends is not None else values[:1]
    return _demand(sentence if clause is sentence or len(values) > 1 else clause, values)


def value_asked(folded: str) -> re.Pattern[str] | None:
    """Return the pattern of the time, day or amount that a folded question asks for."""
    return next((has for asks, has in _KINDS if asks.search(folded)), None)


def _demand(sentence: str, values: Sequence[str]) -> Expected:
    text = sentence.strip(" .")
    stated = f"{capitalized(text)}."
    reason = f"it is said: {stated} The answer must say {' and '.join(values)}"
    return Expected.of("asked_told", reason, stated, *values)


def _worded(question: Question, said: Sequence[str]) -> Expected | None:
    """Return the demand for what the sentence adds that has nearly every word of a question."""
    words = _words(question)
    sentence = _fitting(question, said)
    if sentence is None or question.wants_more or not words:
        return None
    own = Said([sentence])
    shared = sum(map(own.has, words))
    if shared < max(len(words) - 1, LEAST_SHARED) or any(
        not own.has_form(fold(name)) for name in question.names
    ):
        return None
    new = [word for word in telling(sentence) if not question.said.has_form(word)]
    numbers = [word for word in new if any(map(str.isdigit, word))]
    if not new or (question.fits("") is False and not numbers):
        return None
    figures = [match[0] for match in _FIGURE.finditer(sentence)]
    if 0 < len(figures) <= MOST_FIGURES:
        return _demand(sentence, figures)
    if figures or len(new) > MOST_NEW:
        return None
    stated = f"{sentence.strip(' .')}."

    def is_met(text: str) -> bool:
        return any(map(Said([text]).has_form, new))

    return Expected("asked_told", f"it is said: {stated} The answer must say it", is_met, stated)


def _ruled_out(question: Question, said: Sequence[str]) -> Expected | None:
    """Return the demand to deny what a sentence plainly rules out: each of its words is asked."""
    found = []
    for sentence in said:
        matter = [word for word in telling(sentence) if word not in _PERMITTED]
        if _NOT.search(fold(sentence)) and question.said.has_forms(matter):
            found.append(sentence)
    if len(found) != 1 or _NOT.search(question.folded):
        return None
    stated = f"{found[0].strip(' .')}."
    own = Said([*question.content_words(), found[0]])

    def is_met(text: str) -> bool:
        folded = fold(text)
        if _PLAIN_NO.match(folded):
            return True
        if says_yes(folded):
            return False
        denied = (WORD.findall(folded[found.end() :])[:NEAR] for found in _NOT.finditer(folded))
        return any(own.has_form(word) or word in _PERMITTED for near in denied for word in near)

    return Expected("asked_told", f"it is said: {stated}", is_met, stated)


def expected_report(question: Question, facts: Iterable[Fact], system: str) -> Expected | None:
    """Return the demand for the lines that have each word of what is asked for."""
    words = [word for word in question.content_words() if word not in _NOW]
    if len(words) < LEAST_SHARED or _DENIED.search(question.folded) or _NONE.match(question.folded):
        return None
    lines = list(_lines([*_texts(facts), system]))
    found = [line for line in lines if Said([line]).has_forms(words)]
    if len(lines) > MOST_LINES or not 0 < len(found) <= MOST_REPORTED:
        return None
    for line in map(fold, found):
        if _DENIED.search(line) or _ORDER.match(line):
            return None
        if not question.is_portuguese and _NO.search(line):
            return None
    new = [[word for word in telling(line) if not question.said.has_form(word)] for line in found]
    if min(map(len, new)) < LEAST_NEW:  # the name of a record says nothing of it
        return None

    def is_met(text: str) -> bool:
        if says_no(fold(text)) or denies(text):
            return False
        said = Said([text])
        return all(_is_said(own, said) for own in new)

    reported = "; ".join(found)
    stated = f"{verdict_word(True, is_portuguese=question.is_portuguese)}: {reported}."
    return Expected("reported", f"it is reported: {reported}", is_met, stated)


def _texts(facts: Iterable[Fact]) -> Iterator[str]:
    for fact in facts:
        if " " in fact.field:  # a line with a colon, read out of a prompt
            yield f"{fact.field}: {fact.value}"
            continue
        values = fact.value if isinstance(fact.value, list) else [fact.value]
        yield from (value for value in values if isinstance(value, str))


def _lines(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for sentence in sentences(text):
            if line := _MARK.sub("", sentence).strip(" ."):
                yield line


def _is_said(words: list[str], said: Said) -> bool:
    """Return whether a text has the numbers among words, and one of all."""
    numbers = [word for word in words if word.isdigit()]
    return all(map(said.has_form, numbers)) and any(map(said.has_form, words))
