"""Names of an answer that neither the question nor the facts hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from function.reflection.checks.numbers import quantities
from function.reflection.text.words import APART, WORD, fold, words_of
from function.schemas.days_and_months import MONTHS, WEEKDAYS

_HUMP = re.compile(r"(?<=[^\W_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][^\W\d_A-Z])")
"""Where a part of a word such as ``LokiIngester`` begins."""
_BEFORE = 40
"""Characters before a word in which a sentence may have ended."""
_MARKS = "*\"“”„«»‹›'‘’`"
"""What stands around words in bold and in quotation marks."""
_SENTENCE_END = re.compile(
    rf"(?:[.!?…;][{_MARKS})\]]*|\(|[☀-➿🌀-🫿]\ufe0f?|(?:^|\n)\W*(?:\d{{1,2}}[.)])?)\s*$"
)
_CLOSED = re.compile(rf"[{_MARKS}]+")
_VALUE_END = re.compile(r"\s*(?:[.,;|)\]}\n]|$)")
_IS = re.compile(r"\s(?:is|are|was|were|has|had|é|está|foi|tem|es|fue|tiene)\b")
"""What follows a word in bold that is not a command."""
_COMMON = (
    "i i'm i’m i'll i've i'd ok r yes no none null true false unknown high medium low critical",
    "warning everything nothing it this that all",
    "sim não nenhum nenhuma tudo nada alto alta médio média baixo baixa",
    "mon tue tues wed thu thur thurs fri sat sun",
    "jan feb mar apr jun jul aug sep sept oct nov dec",
    "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira",
    "lunes martes miércoles jueves viernes",
    "enero febrero marzo mayo junio julio septiembre octubre noviembre diciembre",
    "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    "januar februar märz mai juni juli oktober dezember",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "janvier février mars avril juin juillet août septembre octobre novembre décembre",
    "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre",
)
COMMON_WORDS = frozenset(
    word for line in (*map(str.split, _COMMON), *WEEKDAYS, *MONTHS) for word in line
)
"""Words with a capital that name nothing of the facts: days, months, what is said of anything."""


def name_words_of(text: str) -> set[str]:
    """Return the words of a text in every spelling of a name made of them.

    Beside :func:`words_of` these are the parts of ``LokiIngester``, and what ``loki-ingester`` and
    ``loki ingester`` are without anything between.
    """
    words = WORD.findall(text)
    joined = [_squeezed(word) for word in words]
    pairs = map("".join, pairwise(joined))
    return words_of(text).union(joined, pairs, *map(_parts, words))


def _parts(word: str) -> list[str]:
    return [part for part in APART.split(fold(_HUMP.sub("-", word))) if part]


def _squeezed(word: str) -> str:
    return APART.sub("", fold(word))


def names(text: str) -> Iterator[str]:
    """Yield names in a text: capitalised words inside sentences, and identifiers with digits.

    The word that begins a sentence, or a value after a colon, counts only with a capital inside or
    where it stands alone: as all of the text or the value, or in quotation marks. Every sentence
    begins with a capital, and so do commands in bold (**Restart** it) and headings.
    """
    # Stripped once: a word is compared with all of the text wherever a sentence begins.
    whole = text.strip(f"{_MARKS} \n")
    for match in WORD.finditer(text):
        word = match.group()
        if word.casefold() in COMMON_WORDS:
            continue
        if any(c.isdigit() for c in word) and any(c.isalpha() for c in word):
            if not any(quantities(word)):
                yield word
        elif word[0].isupper() and (word[1:] != word[1:].lower() or _is_named(match, whole)):
            yield word


def _is_named(match: re.Match[str], whole: str) -> bool:
    """Return whether a capitalised word has its capital for another reason than its place.

    :param whole: all of the text, without marks and blanks around it.
    """
    text, end = match.string, match.end()
    opened = text[max(match.start() - _BEFORE, 0) : match.start()]
    before = opened.rstrip(_MARKS)
    marks = opened[len(before) :]
    closed = _CLOSED.match(text, end) if marks else None
    if closed is not None:
        end = closed.end()
    is_quoted = closed is not None and "*" not in marks
    if before.rstrip(f"{_MARKS} ").endswith(":"):
        return is_quoted or _VALUE_END.match(text, end) is not None
    if _SENTENCE_END.search(before):
        is_all = match.group() == whole
        return is_quoted or is_all or (closed is not None and _IS.match(text, end) is not None)
    return closed is not None or not marks


def ungrounded_names(answer: str, sources: set[str]) -> list[str]:
    """Return names of the answer that none of the sources has in any spelling; see
    :func:`name_words_of`.

    The genitive counts for the name.
    """
    return list(dict.fromkeys(name for name in names(answer) if not _is_known(name, sources)))


def _is_known(name: str, sources: set[str]) -> bool:
    plain = name.removesuffix("'s").removesuffix("’s")
    return _squeezed(plain) in sources or all(part in sources for part in _parts(plain))
