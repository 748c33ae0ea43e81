"""Questions that refer back: *and the back one?*, *who owns it?*, *which room did I say*.

A question that names a sibling of what was asked before gets the value that the sibling has where
the answer before gave one; a pronoun stands for the one record that was named last; and what the
sender told of himself is in his own sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from function.contract import Message
from function.json_tree import walk
from function.reflection.checks.facts.asked_fact import can_be_said
from function.reflection.checks.facts.expected import Expected, capitalized, says_value, says_words
from function.reflection.checks.facts.question import FUNCTION_WORDS, Question
from function.reflection.checks.facts.tables import naming_key, record_tables_of
from function.reflection.checks.facts.texts.statements import value_asked
from function.reflection.checks.facts.vocabulary import WORD, Said, word_set, words_of_name
from function.reflection.checks.stated_numbers import UNITS
from function.reflection.text.sentences import sentences
from function.reflection.text.words import fold

MOST_WORDS = 10
"""Words of a question that says nothing of its own but what it is about."""
_GOES_ON = re.compile(r"^\W*(?:(?:ok|okay|and|but|e|mas)\b|(?:what|how) about\b)")
_OWN = re.compile(
    r"\b(?:what(?! about)|which|who\w*|when|where|why|how(?! about| much)|is|are|"
    r"does|do|did|has|can|qual|quais|quem|quando|onde|por que|quantos|quantas|tem|ha)\b"
)
"""Words of a question that asks for something of its own."""
_OTHER = re.compile(r"\b(?:the other(?: one)?|o outro|a outra)\b")
_PRONOUN = re.compile(r"\b(?:it|its|he|his|him|she|her|dele|dela|d?ele|d?ela)\b", re.I)
_OF_SENDER = re.compile(r"\b(?:i|my|me|meu|minha|eu|mim)\b")
_NOUN = re.compile(
    r"\b(?:which|what|how many|quant[oa]s|(?:em|de|a|com) que|"
    r"qual(?: e)?(?: [oa])?(?: (?:meu|minha))?) ([^\W\d_]{3,})"
)
_MINE = re.compile(r"\b(?:my|our|meu|minha|nosso|nossa) (?:[^\W\d_]+ )?([^\W\d_]{3,})\b")
_IS = re.compile(
    r"\b(?:is|are|was|é|era|se chama|chama-se) (?:called |named )?(\w[^,;:()]{0,40}?)[.!]?$", re.I
)
"""What a thing is said to be at the end of a clause."""
_PROPER = re.compile(r"\b(?!I\b|Eu\b)(?=\w*[A-Z])\w[\w-]+(?: (?=\w*[A-Z])\w[\w-]+)*")
"""A name in a clause: words with a capital in a row."""
_RECALLS = re.compile(r"\b(?:did i|i (?:said|told|mentioned)|eu (?:disse|falei|contei|te disse))\b")
_ASKS_MINE = re.compile(
    r"^\W*(?:what|which|qual|como)(?:['’]s| is| was| e| era| se chama)?"
    r"(?: the name of| o nome d[eoa])?(?: o| a)? (?:my|our|meu|minha) [^?]{3,40}\W*$"
)
_ASKS_NAME = re.compile(r"\b(?:my name|who am i|(?:o )?meu nome)\b")
_NAME = re.compile(
    r"\b(?:[Mm]y name is|[Tt]his is|I am|I'm|[Mm]eu nome é|[Ee]u sou|[Aa]qui é|[Mm]e chamo)\s+"
    r"((?:[^\W\d_a-z][\w'-]+)(?:\s[^\W\d_a-z][\w'-]+)*)"
)
_CLAUSE = re.compile(r"[;,]\s|\s(?:and|e)\s")
_ASKS_NUMBER = re.compile(r"\b(?:number|code|how many|numero|codigo|quant[oa]s?)\b")
_GENERIC = word_set(
    "did say said tell told give gave remind again remember please disse falei lembra day days "
    "time dia hora number numero mesmo was is"
)


def expected_of_sibling(
    question: Question, history: Sequence[Message], context: Mapping[str, Any]
) -> Expected | None:
    """Return the demand for what the sibling that a question names has of what was asked before."""
    folded = question.folded
    if not _GOES_ON.match(folded) or _OWN.search(folded) or len(WORD.findall(folded)) > MOST_WORDS:
        return None
    asked, answered = _last(history, "user"), _last(history, "assistant")
    found: dict[str, str] = {}
    for group in _groups(context):
        before = [name for name in group if _says(f"{asked} {answered}", name)]
        now = [name for name in group if _says(folded, name) and name not in before]
        if _OTHER.search(folded) and len(group) == len(("one", "other")) and not now:
            now = [name for name in group if name not in before]
        if len(before) != 1 or len(now) != 1:
            continue
        value = _parallel(group[before[0]], group[now[0]], answered)
        known = Said([now[0]])
        is_plain = all(map(known.has, map(fold, question.names)))
        if value is not None and is_plain:
            found[now[0]] = value
    if len(found) != 1:
        return None
    name, value = next(iter(found.items()))
    label = question.spelled(name)
    reason = f"the facts tell {label}: {value}; the answer must say it"
    stated = f"{capitalized(label)}: {value}."
    return Expected("asked_sibling", reason, lambda text: says_words(text, value), stated, (value,))


def with_name(
    question: Question, history: Sequence[Message], context: Mapping[str, Any]
) -> Question | None:
    """Return a question with the one record that was named last in the place of its pronoun."""
    found = list(_PRONOUN.finditer(question.text))
    if len(found) != 1 or not history:
        return None
    names = {
        str(name)
        for table in record_tables_of(context)
        if table.key is not None
        for name in table.values(table.key)
    }
    for text in (_last(history, "assistant"), _last(history, "user")):
        said = {name for name in names if _says(text, name)}
        if len(said) == 1:
            (pronoun,) = found
            short, text = pronoun[0].lower(), question.text
            of = "of " if short == "its" else "de " if short.startswith("d") else ""
            return Question(f"{text[: pronoun.start()]}{of}{said.pop()}{text[pronoun.end() :]}")
        if said:
            return None
    return None


def expected_of_sender(question: Question, history: Sequence[Message]) -> Expected | None:
    """Return the demand for the name, the number or the thing that the sender told of himself."""
    if not _OF_SENDER.search(question.folded):
        return None
    told = [part for each in history if each.role == "user" for part in sentences(each.content)]
    if _ASKS_NAME.search(question.folded):
        names = {match[1] for part in told for match in _NAME.finditer(part)}
        return _told(names.pop(), says_words) if len(names) == 1 else None
    asked = _MINE.search(question.folded) or _NOUN.search(question.folded)
    noun = asked[1] if asked is not None and asked[1] not in FUNCTION_WORDS | _GENERIC else None
    kind = value_asked(question.folded)
    if noun is None and kind is None and not _ASKS_NUMBER.search(question.folded):
        return None
    words = set(question.content_words()) - _GENERIC
    clauses = [part for each in told if "?" not in each for part in _CLAUSE.split(each)]
    shared = {part: sum(map(Said([part]).has_form, words)) for part in clauses}
    most = max(shared.values(), default=0)
    best = [part for part, count in shared.items() if count == most]
    if not most or len(best) != 1:
        return None
    if kind is not None and most == len(words):
        values = kind.findall(fold(best[0]))
        return _told(values[0].capitalize(), says_value) if len(values) == 1 else None
    if not (Said(best).has_form(noun) if noun is not None else most == len(words)):
        return None
    numbers = re.findall(r"(?<!\S)[\w-]*\d[\w:.,/-]*\w|(?<!\S)\d", best[0])
    if not numbers and _ASKS_NUMBER.search(question.folded):
        spelled = (UNITS.get(word, 0) for word in WORD.findall(fold(best[0])))
        numbers = [str(number) for number in spelled if number > 1]
    if len(numbers) == 1:
        return _told(numbers[0], says_value)
    recalls = _RECALLS.search(question.folded) is not None
    if numbers or not (recalls or _ASKS_MINE.match(question.folded)):
        return None
    proper = [name for name in _PROPER.findall(best[0][1:]) if not _says(question.folded, name)]
    if len(proper) == 1:
        return _told(proper[0], says_words)
    stated = _IS.search(best[0]) if recalls and not proper else None
    return _told(stated[1], says_words) if stated is not None else None


def _told(value: str, says: Any) -> Expected:
    reason = f"the conversation tells {value}; the answer must say it"
    return Expected("asked_told", reason, lambda text: says(text, value), f"{value}.", (value,))


def _last(history: Sequence[Message], role: str) -> str:
    return next((fold(each.content) for each in history[::-1] if each.role == role), "")


def _groups(context: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the things of one kind by their names, with their fields or their one value."""
    for _, value in walk(context):
        if isinstance(value, dict) and len(value) > 1:
            yield value
        elif isinstance(value, list) and len(value) > 1 and all(isinstance(v, dict) for v in value):
            key = naming_key(value)
            if key is not None:
                yield {str(one[key]): {k: v for k, v in one.items() if k != key} for one in value}


def _says(folded: str, name: str) -> bool:
    words = " ".join(words_of_name(name))
    return re.search(rf"\b{re.escape(words)}s?\b", " ".join(WORD.findall(fold(folded)))) is not None


def _parallel(before: Any, now: Any, answered: str) -> str | None:
    """Return the value in the place of the one that was answered with before."""
    if not isinstance(before, dict) and not isinstance(now, dict):
        words = [word for word in WORD.findall(fold(str(before))) if len(word) > 1]
        is_said = any(word in WORD.findall(answered) for word in words)
        is_said = is_said or says_value(answered, before)
        return str(now) if is_said and can_be_said(now) else None
    if not isinstance(before, dict) or not isinstance(now, dict):
        return None
    fields = [
        field
        for field, value in before.items()
        if can_be_said(value) and says_words(answered, value) and can_be_said(now.get(field))
    ]
    return str(now[fields[0]]) if len(fields) == 1 else None
