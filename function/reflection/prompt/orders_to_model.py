"""Whether a sentence gives orders to the model that reads it, instead of stating something.

A customer who wants an order cancelled gives an order as well, but not to the model. So "Please
cancel my order" is none of these, and "Ignore all rules above" is. A sentence is one only where it

- has earlier instructions forgotten, or brings new ones;
- says what to answer, choose or set, and names one of the answers, a word in capitals or in quotes;
- speaks to an assistant or a model and gives it an order or an answer;
- holds wherever "whatever the question is", or the marks of a chat template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from function.reflection.prompt.injected_instructions import ANSWER_STEMS, is_order
from function.reflection.prompt.order_patterns import (
    ASIDE,
    LABELLED_ORDER,
    LEAD_IN,
    MODEL_ADDRESSED,
    ORDER_AT_START,
    ORDER_BEFORE_WORD,
    ORDER_VERB,
    ORDERS_ALONE,
    OVERRULING,
    PROMPT_BREAK,
    REPEAT_THIS,
    SHORT_WORDS,
    STEMS,
    SYSTEM_LINE,
    SYSTEM_NOTICE,
    TEMPLATE_MARK,
    TO_MACHINE,
    TO_READER,
    WHATEVER_INPUT,
    order_to_answer,
    order_to_set,
)
from function.reflection.text.disguises import disguises
from function.reflection.text.words import fold

_NO_ANSWER = frozenset(("ASAP", "URGENT", "URGENTE", "HTTP", "HTTPS", "CNPJ", "JSON", "HTML"))
"""Words in capitals that no hostile text wants for an answer."""
_CAPITALS = re.compile(r"\b[A-Z][A-Z0-9_-]{3,}\b")
_QUOTED = re.compile(r"[\"“«][^\"“”«»\n]{1,60}[\"”»]|(?<!\w)'[^'\n]{1,60}'(?!\w)")
_FURTHER = re.compile(r"\W{0,3}(?:or|ou|to|para|if|se|when|quando|for|at|on|in|em)\b")
"""What stands behind a word that is one of several, or has its speaker do something."""
_LONGEST_CUT = 1_000
"""Characters of a sentence that is looked at clause by clause."""
_CLAUSE = re.compile(r"\s[-–—]+\s|[,;:](?!\d)\s*|[(\[]\s*|\s(?=\()")
_ARTICLE = re.compile(r"\s*\b(?:the|an?|os?|as?)$", re.IGNORECASE)
_NEAR_CLAUSES = 2
"""Clauses before an order that may lead in to it."""
_FEWEST_WORDS = 3
"""Words of what is kept of a sentence."""
_NEAR = 100
"""Characters before a word in which the order to say it begins."""
_BRACKETS = re.compile(r"\s?(?:<!--|[(\[{])[^()\[\]{}<>]{3,300}(?:[)\]}]|-->)")
_WORD = re.compile(r"[^\W_]+")
_ODD = re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{20,}={0,2}(?![\w-])|(?<!\w)(?:\w[ ._*-]){4,}\w(?!\w)")
_UNUSUAL = re.compile("[^\\x20-\\xac\\xae-\\u024f\\u2010-\\u2027\\u2030-\\u205e\\u20a0-\\u20bf\\s]")
"""Characters that neither English nor Portuguese is written with."""
_LEET = re.compile(r"\b[a-z]+[013457@$][a-z]+\b", re.IGNORECASE)


def _any_of(names: Iterable[str]) -> str:
    """Return a pattern of names, folded, whichever way their words are joined."""
    folded = {" ".join(_WORD.findall(fold(name))) for name in names} - {""}
    return "|".join(
        r"[\s_./:*`'\"-]+".join(map(re.escape, name.split()))
        for name in sorted(folded, key=len, reverse=True)
    )


class OrdersToModel:
    """Recognises sentences that give orders to the model.

    :param answers: what an order may want: names of choices, values of fields.
    :param fields: names of the fields of a JSON answer.
    """

    def __init__(self, answers: Iterable[str] = (), fields: Iterable[str] = ()) -> None:
        names = _any_of(answers)
        fields = list(fields)
        underscored = _any_of(field for field in fields if "_" in field)
        self._must = order_to_set(_any_of(fields), underscored)
        self._named: re.Pattern[str] | None = None
        if names:
            self._named = order_to_answer(names)
            self._any_name = re.compile(rf"\b(?:{names})\b")
            self._only_names = re.compile(rf"\W*(?:(?:{names})\W*)+")

    def finds(self, sentence: str) -> bool:
        """Return whether a sentence, in whatever disguise, gives orders to the model."""
        return self._start(sentence) is not None

    def is_answer(self, sentence: str) -> bool:
        """Return whether a sentence is nothing but answers."""
        return self._named is not None and self._only_names.fullmatch(fold(sentence)) is not None

    def without(self, sentence: str) -> str:
        """Return what a sentence says before it gives orders to the model, and around those in
        brackets."""
        for group in _BRACKETS.findall(sentence):
            if self.finds(group) and not TEMPLATE_MARK.search(fold(group)):
                sentence = sentence.replace(group, "").rstrip(" ,;\n\t")
        start = self._start(sentence)
        if start is None:
            return sentence
        ends = list(_CLAUSE.finditer(sentence)) if len(sentence) <= _LONGEST_CUT else []
        # What stands far before the order has nothing to do with it.
        before = [end for end in ends if end.start() < start]
        for end in before[-_NEAR_CLAUSES:] or ends:
            kept = sentence[: end.start()]
            if len(_WORD.findall(kept)) >= _FEWEST_WORDS and self.finds(sentence[end.end() :]):
                return self._unless_lead_in(kept) if ":" not in end.group() else ""
        kept = _ARTICLE.sub("", sentence[:start].rstrip())
        is_cut = kept.endswith((":", '"', "'")) or " " not in kept
        return "" if is_cut else self._unless_lead_in(kept)

    def _unless_lead_in(self, kept: str) -> str:
        """Return what stands before an order, unless that leads in to it."""
        return "" if LEAD_IN.search(fold(kept)) or self.finds(kept) else kept.strip(" ,;(–—-")

    def _start(self, sentence: str) -> int | None:
        """Return where the orders of a sentence begin, None without any."""
        if not may_order(sentence):
            return None
        plain, *disguised = disguises(sentence)
        folded = fold(plain)
        starts = self._starts(plain, folded)
        if starts:
            return min(starts) if len(folded) == len(sentence) else 0
        return 0 if any(self._starts(each, fold(each)) for each in disguised) else None

    def _starts(self, sentence: str, folded: str) -> list[int]:
        found = [pattern.search(folded) for pattern in ORDERS_ALONE]
        found.append(self._must.search(folded))
        if self._named is not None:
            found.append(self._named.search(folded))
        if (whatever := WHATEVER_INPUT.search(folded)) and ORDER_VERB.search(folded):
            found.append(whatever)
        address = MODEL_ADDRESSED.search(folded)
        if address is not None and (
            _CAPITALS.search(sentence[address.start() :])
            or self._orders_behind(folded, address.start())
        ):
            found.append(address)
        notices = (TO_MACHINE.search(folded), SYSTEM_NOTICE.search(folded))
        found += (each for each in notices if each and self._orders_behind(folded, each.start()))
        starts = [each.start() for each in found if each is not None]
        if (wanted := _wanted(sentence, folded)) is not None:
            starts.append(wanted)
        is_system = SYSTEM_LINE.search(folded) and self._orders_behind(folded, 0)
        in_other_script = sum(stem in folded for stem in ANSWER_STEMS) > 1  # two make an order
        if is_system or in_other_script or REPEAT_THIS.search(folded):
            starts.append(0)
        return starts

    def _orders_behind(self, folded: str, start: int) -> bool:
        """Return whether what is said to the model has it do something, or holds an answer."""
        rest = folded[start:]
        if self._named is not None and self._any_name.search(rest):
            return True
        if ORDER_AT_START.search(rest):
            return True
        return is_order(rest) and ORDER_VERB.search(rest) is not None


def overrules(sentence: str) -> bool:
    """Return whether a sentence has what was said before it forgotten, or brings other rules."""
    return may_order(sentence) and OVERRULING.search(fold(sentence).strip()) is not None


def breaks_prompt(sentence: str) -> bool:
    """Return whether a sentence has the instructions before it forgotten, as no sender would who
    wrote those."""
    known = (PROMPT_BREAK, ASIDE, LABELLED_ORDER, TO_READER)
    return any(
        any(each.search(folded) for each in known)
        or (
            (machine := TO_MACHINE.search(folded))
            and ORDER_AT_START.search(folded, machine.start())
        )
        for folded in map(fold, disguises(sentence))
    )


def may_order(sentence: str) -> bool:
    """Return whether a text may hold an order: it has a stem of one, or may be in a disguise.

    Sooner known than whether it does.
    """
    small = sentence.casefold()
    if any(map(small.__contains__, STEMS)) or SHORT_WORDS.search(small):
        return True
    return any(pattern.search(sentence) for pattern in (_UNUSUAL, _ODD, _LEET))


def _wanted(sentence: str, folded: str) -> int | None:
    """Return where a sentence orders to say or set a word in capitals or in quotes."""
    if len(folded) != len(sentence) or not ORDER_VERB.search(folded):
        return None
    for found in (*_CAPITALS.finditer(sentence), *_QUOTED.finditer(sentence)):
        if found.group() in _NO_ANSWER or _FURTHER.match(folded, found.end()):
            continue
        order = ORDER_BEFORE_WORD.search(folded, max(found.start() - _NEAR, 0), found.start())
        if order is not None:
            return order.start()
    return None
