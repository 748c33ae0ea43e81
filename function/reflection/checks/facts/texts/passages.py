"""What a text says to a question about it: *Who replaced the pump?* above an e-mail.

The one sentence is looked for that shares most words with the question and has a value of the kind
that is asked for: a time, a number, a place, a person, a reason, a name of a thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from function.reflection.checks.facts.expected import (
    Expected,
    capitalized,
    says_value,
    says_verdict,
    verdict_word,
)
from function.reflection.checks.facts.question import Question, telling
from function.reflection.checks.facts.vocabulary import WORD, Said, word_set
from function.reflection.checks.stated_numbers import UNITS
from function.reflection.prompt.facts import Fact
from function.reflection.text.sentences import sentences
from function.reflection.text.words import fold
from function.schemas.days_and_months import DAY_NAME, MONTH_OF

LONGEST = 4_000
MOST_SENTENCES = 30
"""Characters and sentences of a text that is looked through."""
FEWEST_WORDS = 8
"""Words from which a line is prose."""
MOST_WORDS = 6
"""Words behind a verb that may be what is asked for."""

_IRREGULAR = """
    break broke broken; bring brought; build built; buy bought; catch caught; choose chose chosen;
    come came; do did done; drive drove driven; eat ate eaten; fall fell fallen; feel felt;
    find found; fly flew flown; forget forgot forgotten; get got; give gave given; go went gone;
    grow grew grown; hold held; keep kept; know knew known; lead led; leave left; lend lent;
    lose lost; make made; meet met; pay paid; ride rode; ring rang; rise rose; run ran; say said;
    see saw seen; sell sold; send sent; speak spoke spoken; spend spent; stand stood;
    steal stole stolen; take took taken; teach taught; tell told; think thought; throw threw thrown;
    win won; write wrote written
"""
_BASE = {form: verb.split()[0] for verb in _IRREGULAR.split(";") for form in verb.split()[1:]}
"""Base forms of irregular verbs."""
_ENDING = re.compile(r"(?:ing|e?[ds]|e)$")
_DOUBLED = re.compile(r"([^\Waeiou])\1$")
SHORTEST_STEM = 3

_MONTH = rf"(?:{'|'.join(sorted(MONTH_OF))})[a-z]*"
_TIME = re.compile(
    r"\b\d{1,2}[:h]\d{2}\b|\b\d{1,2} ?(?:[ap]m|h|o'clock|horas)\b|"
    rf"\b{DAY_NAME}\b(?: (?:noon|night|morning|evening))?|"
    rf"\b\d{{1,2}}(?:st|nd|rd|th)? (?:of |de )?{_MONTH}\b|"
    rf"\b(?:in|on|by|until|since|of|em|de|ate|desde) {_MONTH}\b(?: \d{{1,2}}\b)?|"
    r"\b(?:19|20)\d\d(?:-\d\d-\d\d)?\b|"
    r"\b(?:today|tomorrow|yesterday|tonight|noon|midnight|hoje|amanha|ontem|meio-dia)\b|"
    r"\b(?:this|last|next|est[ae]|proxim[ao]) (?:night|morning|afternoon|evening|week|month|year|"
    r"manha|tarde|semana|mes|ano)\b"
)
_SPELLED = "|".join(sorted(set(UNITS) - {"a", "o", "an", "um", "uma", "one"}))
_NUMBER = re.compile(rf"(?<![\w.,/-])(?:\d[\d.,]*\d|\d|{_SPELLED})(?![\w/-])")
_BREAKS = (
    r"(?:in|at|to|on|by|for|from|with|and|or|because|due|since|as|that|which|who|is|are|was|were|"
    r"not|em|n[oa]s?|para|por|com|e|ou|porque|que|foi|esta|nao)"
)
"""Words with which a name of several words ends."""
_PHRASE = rf"(?:(?:the|an?|our|my|its?|o|a|os|as|um|uma) )?((?:(?!{_BREAKS}\b)[\w'’-]+ ?){{1,4}})"
_IS_PHRASE = re.compile(_PHRASE)
_PLACE = re.compile(
    r"\b(?:in|at|to|on|near|behind|under|through|inside|above|below|beside|opposite|onto|from|em|"
    rf"n[oa]s?|perto d[eoa]s?|atras d[eoa]s?|para|pel[oa]s?|embaixo d[eoa]s?) {_PHRASE}"
)
_UNTIL = re.compile(r"\b(?:until|till|ate)\b")
_ENDS = re.compile(r"\b(?:until|till|to|by|clos\w+|ends?|ate|as|a|fech\w+|termin\w+)\b|[-–]")
_CAUSE = re.compile(
    r"\b(?:because(?: of)?|due to|owing to|since|caused by|so that|porque|por causa d[eoa]s?|"
    r"devido a[os]?s?|pois|ja que|para) ([^.;]{4,120})|, as ([^.;]{4,120})|"
    r"(?:^|\bthat )([^.,;]{4,80}?) (?:has |had )?(?:caused|was the cause)\b"
)
_WHOM = re.compile(r"\b(to|from|with|for|para|de|com) (?:whom|quem)\b")
_SPLIT = re.compile(
    r"[,;] (?:and |but |e |mas )?|\s(?:and|but|because|while|although|that|mas|e|porque|enquanto)\s"
)
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being|not|foi|foram|sera|nao)\W*$", re.I)
_NAME = re.compile(r"[A-Z][\w'’.-]*(?: [A-Z][\w'’-]+)*")
_CODE = re.compile(r"[\w./-]*\w")
_DENIED = re.compile(
    r"\b(?:not|no|never|nobody|none|cannot|without|nao|nunca|ninguem|nem|sem)\b|n['’]t\b"
)
_UNSAID = word_set(
    "why porque reason any anybody anyone anything someone somebody algum alguma alguem text "
    "message mail email according mentioned texto mensagem"
)
"""Words of a question that its answer need not have."""
_PRONOUNS = word_set("it he she they we i you there this that who which ele ela eles elas isso eu")
_IS = (
    r"(?:is|are|was|were|did|does|do|has|have|had|can|could|will|should|foi|foram|esta|estao|tem|"
    r"pode|the|o|a)"
)
_VERB = re.compile(
    r"(?:\b(?:who|was|were|is|are|been|be|quem|foi|foram)|"
    rf"(?<!\w)(?!{_BREAKS}\b|the\b|an?\b|o\b|a\b|os\b|as\b|did\b|does\b|do\b)[\w'’-]{{3,}}) "
    r"(?=([\w'’-]+))"
)
"""What stands right before a word that may be a verb: *was*, *who*, or a noun."""
_WHETHER = re.compile(rf"^\W*{_IS}\b")
_MORE = re.compile(
    r"\b(?:than|average|total|sum|difference|compare\w*|between|all|each|every|both|and|or|if|else|"
    r"except|besides|other|media|soma|diferenca|entre|todos|todas|cada|ambos|ou|se|outr[oa]s?)\b"
)
"""Words of questions that one value does not answer."""


class Passage(NamedTuple):
    """A text and what is asked of it."""

    question: str
    text: str


def passage_in(prompt: str) -> Passage | None:
    """Return the one line of a prompt that asks, above or below lines of prose; None without."""
    lines = [line.strip() for line in prompt.splitlines() if line.strip()]
    if len(prompt) > LONGEST or len(lines) < 2 or prompt.count("?") != 1:
        return None
    asking = [line for line in (lines[0], lines[-1]) if line.endswith("?")]
    if len(asking) != 1:
        return None
    rest = [line for line in lines if line is not asking[0]]
    if not any(len(line.split()) >= FEWEST_WORDS for line in rest):
        return None
    return Passage(asking[0], "\n".join(rest))


def expected_of_passage(question: Question, facts: Sequence[Fact]) -> Expected | None:
    """Return the demand for what the one text among the facts says to a question."""
    texts = [fact.value for fact in facts if isinstance(fact.value, str)]
    prose = [text for text in texts if len(text.split()) >= FEWEST_WORDS]
    if len(prose) != 1 or len(prose[0]) > LONGEST or len(question.sentences) != 1:
        return None
    said = [line for part in sentences(prose[0]) if (line := " ".join(part.split()))]
    if not 0 < len(said) <= MOST_SENTENCES or _MORE.search(question.folded):
        return None
    for asks, values_in in _KINDS:
        if (asked := asks.search(question.folded)) is not None:
            return _valued(question, said, partial(values_in, question, asked))
    return _verdict(question, said) if _WHETHER.match(question.folded) else None


class Words:
    """The words of a sentence, looked up in any form."""

    def __init__(self, text: str) -> None:
        self._said = Said([text])
        self._stems = set(map(_stem, self._said.words))

    def has(self, word: str) -> bool:
        return _stem(word) in self._stems or self._said.has(word)


def _stem(word: str) -> str:
    """Return a folded English word without its ending: *stopped* and *stops* are one."""
    base = _BASE.get(word, word)
    stem = _ENDING.sub("", base)
    return _DOUBLED.sub(r"\1", stem) if len(stem) >= SHORTEST_STEM else base


def _words(question: Question) -> list[str]:
    return [word for word in question.content_words() if word not in _UNSAID]


def _verbs(question: Question) -> list[str]:
    """Return the words of a question that are its verb where the order of words tells it."""
    return [found[1] for found in _VERB.finditer(question.folded) if found[1] in _words(question)]


def _best(question: Question, said: Sequence[str]) -> str | None:
    """Return the one sentence that has most words of a question, and at least half of them."""
    words = _words(question)
    shared = [sum(map(Words(sentence).has, words)) for sentence in said]
    most = max(shared, default=0)
    if not most or 2 * most < len(words) or shared.count(most) != 1:
        return None
    return said[shared.index(most)]


def _valued(
    question: Question, said: Sequence[str], values_in: partial[Iterator[str]]
) -> Expected | None:
    """Return the demand for the value of the sentence that fits best."""
    found = {text: list(values_in(text)) for one in said for text in (one, *_SPLIT.split(one))}
    having = [sentence for sentence in said if found[sentence]]
    sentence = _best(question, having)
    # A sentence that fits better without a value may tell in other words.
    if sentence is None or _best(question, said) not in (None, sentence):
        return None
    lacking = [word for word in _words(question) if not Words(sentence).has(word)]
    # "It" may stand for what another sentence names.
    if set(lacking) & set(_verbs(question)) or not all(map(Words(" ".join(said)).has, lacking)):
        return None
    values = found[sentence]
    clauses = _SPLIT.split(sentence)
    if len(clauses) > 1:
        clause = _best(question, [part for part in clauses if found[part]])
        if clause is None and len(values) > 1 and values_in.func is not _times:
            return None
        if clause is not None and _is_of_another(question, clause, clauses):
            return None
        values = found[clause] if clause is not None else values
    if _UNTIL.search(question.folded):
        values = values[-1:] if _ENDS.search(fold(sentence)) else []
    if not values or (len(values) > 1 and values_in.func is not _times):
        return None
    stated = f"{capitalized(sentence.strip(' .!'))}."
    reason = f"the text says: {stated} The answer must say {' and '.join(values)}"

    def is_met(text: str) -> bool:
        return all(_says(text, value) for value in values)

    return Expected("asked_text", reason, is_met, stated, tuple(values))


def _is_of_another(question: Question, clause: str, clauses: Iterable[str]) -> bool:
    """Return whether other clauses have words of a question that the one with a value lacks:
    *the kitchen closes at ten, the bar later*."""
    words = _words(question)
    if any(map(Words(clause.split()[0]).has, words)):  # "and dropped two": its subject is before
        return False
    own, others = Words(clause), Words(" ".join(part for part in clauses if part is not clause))
    return any(others.has(word) and not own.has(word) for word in words)


def _says(text: str, value: str) -> bool:
    """Return whether a text has the figures of a value, or else half of its words."""
    if any(map(str.isdigit, value)):
        return says_value(text, value)
    said, words = Words(text), telling(value) or WORD.findall(fold(value))
    return 2 * sum(map(said.has, words)) >= len(words)


def _new(question: Question, text: str) -> str:
    """Return the words of a text that say something and are not of the question."""
    asked = Words(question.folded)
    return " ".join(word for word in telling(text) if not asked.has(word))


def _times(question: Question, asked: re.Match[str], text: str) -> Iterator[str]:
    yield from (found[0] for found in _TIME.finditer(fold(text)))


def _causes(question: Question, asked: re.Match[str], text: str) -> Iterator[str]:
    for found in _CAUSE.finditer(fold(text)):
        cause = found[1] or found[2] or found[3]
        if _new(question, cause):
            yield cause


def _places(question: Question, asked: re.Match[str], text: str) -> Iterator[str]:
    for found in _PLACE.finditer(fold(text)):
        if (place := _new(question, found[1])) and not _TIME.search(found[0]):
            yield place


def _persons(question: Question, asked: re.Match[str], text: str) -> Iterator[str]:
    """Yield the subject of a clause whose verb a question has, or the one behind *to*."""
    whom = _WHOM.search(question.folded)
    for clause in _SPLIT.split(text):
        if whom is not None:
            for found in re.finditer(rf"\b{whom[1]} {_PHRASE}", clause, re.I):
                if person := _new(question, found[1]):
                    yield person
            continue
        before = _before_verb(question, clause)
        if _PASSIVE.search(before):
            continue
        names = [name for name in _NAME.findall(before) if _new(question, name)]
        names = [name for name in names if fold(name) not in _PRONOUNS]
        if names:
            yield names[-1]
        elif _IS_PHRASE.fullmatch(fold(before).strip()) and (person := _new(question, before)):
            yield person


def _before_verb(question: Question, clause: str) -> str:
    """Return what stands in a clause before the first word that a question has too."""
    words = _words(question)
    for found in WORD.finditer(clause):
        own = Words(found[0])
        if any(map(own.has, words)):
            return clause[: found.start()]
    return ""


def _numbers(question: Question, asked: re.Match[str], text: str) -> Iterator[str]:
    """Yield numbers, of *how many errors?* those before errors alone."""
    folded = fold(text)
    counted = WORD.findall(question.folded[asked.end() :])[:1]
    is_count = asked[0] in ("how many", "quantos", "quantas")
    for found in _NUMBER.finditer(folded):
        behind = Words(" ".join(WORD.findall(folded[found.end() :])[:2]))
        is_said = found[0] in question.said.words
        if not is_said and (not is_count or any(map(behind.has, counted))):
            yield found[0]


def _named(question: Question, asked: re.Match[str], text: str) -> Iterator[str]:
    """Yield the name beside a noun: *room Saturn*, *the orders table*, *version 2.13*."""
    words = _CODE.findall(text)
    for place, word in enumerate(words):
        if fold(word).removesuffix("s") != asked["noun"].removesuffix("s"):
            continue
        for other in (*words[place + 1 : place + 2], *reversed(words[max(place - 1, 0) : place])):
            is_name = other[:1].isupper() or any(map(str.isdigit, other)) or "/" in other
            if _new(question, other) and (is_name or other is words[place - 1]):
                yield other
                break


def _objects(question: Question, asked: re.Match[str], text: str) -> Iterator[str]:
    """Yield what stands behind the last word of a clause that a question has too."""
    words = _words(question)
    for clause in _SPLIT.split(fold(text)):
        said = WORD.findall(clause)
        places = [n for n, word in enumerate(said) if any(map(Words(word).has, words))]
        if places and (new := _new(question, " ".join(said[places[-1] + 1 :][:MOST_WORDS]))):
            yield new


_KINDS = tuple(
    (re.compile(asks), values_in)
    for asks, values_in in (
        (
            r"\b(?:when|wh(?:at|ich) (?:time|day|date|month|year)|quando|que (?:horas|dia|mes))\b",
            _times,
        ),
        (
            r"^\W*(?:why|por ?que|what (?:(?:is|was) the (?:reason|cause)|(?:has )?caused))\b",
            _causes,
        ),
        (r"\b(?:where|a?onde)\b", _places),
        (r"\b(?:who|whom|(?<!de )quem)\b", _persons),
        (r"\b(?:how (?:many|much|long|late|far|old|high|large|big|heavy)|quant[oa]s?)\b", _numbers),
        (rf"\b(?:which|what|qual|quais|que) (?!{_IS}\b)(?P<noun>[^\W\d_]{{3,}})\b", _named),
        (
            r"\b(?:what (?:did|does|do|should|must)|o que)\b(?!.* (?:to|for|with|from|of)\W*$)",
            _objects,
        ),
    )
)
"""What asks, the first that fits, and what a text has of that kind."""


def _verdict(question: Question, said: Sequence[str]) -> Expected | None:
    """Return the demand for the yes or no of the one clause that has every word asked."""
    words = _words(question)
    clauses = [part for sentence in said for part in _SPLIT.split(sentence) if part]
    fitting = [part for part in clauses if words and all(map(Words(part).has, words))]
    if len(fitting) != 1 or _DENIED.search(question.folded):
        return None
    is_yes = _DENIED.search(fold(fitting[0])) is None
    word = verdict_word(is_yes, is_portuguese=question.is_portuguese)
    stated = f"{word}: {fitting[0].strip(' .!')}."

    def is_met(text: str) -> bool:
        return says_verdict(text, is_yes)

    return Expected("asked_text", f"the text says: {stated}", is_met, stated, (word,))
