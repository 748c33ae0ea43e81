"""The form that a question demands of a text: a number, so many words, a list of some kind.

"Only the total, in one word" demands a form; an answer in another one fails, whatever it says.
Where the facts give what is asked for, it is composed in the form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from function.reflection.checks.assertions import has_more_sentences, is_too_long
from function.reflection.checks.facts.question import FUNCTION_WORDS
from function.reflection.checks.stated_numbers import UNITS
from function.reflection.text.sentences import first_sentences
from function.reflection.text.words import fold

_SMALL = "|".join(sorted((word for word in UNITS if len(word) > 1), key=len, reverse=True))
_MOST = (
    r"(?:at most|no more than|not more than|up to|(?:a )?max(?:imum)?\.?(?: of)?|fewer than|"
    r"less than|under|within|only|just|no maximo|ate|maximo de|menos de|apenas|so|somente)"
)
_IN = r"(?:in|with|using|of|to|as|em|com|de|numa|num|usando)"
_ANSWER = (
    r"(?:(?:please |por favor,? )?(?:answer|reply|respond|say it|responda|diga|de a resposta)"
    r"(?: (?:me|it|this))?,? )?"
)
_WORDS = re.compile(
    rf"{_ANSWER}(?:(?:{_IN} )(?:{_MOST} )?|{_MOST} |\A)"
    rf"(?:(?P<count>\d{{1,3}}|{_SMALL})|a single|uma unica|uma so|unica)"
    r" (?:short )?(?:words?|palavras?)\b(?: only| so| apenas| or (?:less|fewer)| ou menos)?"
)
_SENTENCES = re.compile(
    rf"(?<!least )(?<!menos )(?<!minimo ){_ANSWER}(?:{_IN} )?(?:{_MOST} )?"
    rf"(?:(?P<count>\d{{1,2}}|{_SMALL}|an?|um)[ -]|a single |(?<=numa ))(?:unica |so )?"
    r"(?:short |full |curta )?(?:sentences?|frases?)\b"
)
_NUMBER = re.compile(
    rf"{_ANSWER}(?:(?:with|com|as) )?(?:"
    r"(?:just|only|so|somente|apenas)(?: com)? (?:the|a|o|um) (?:bare |single )?"
    r"(?:number|figure|numero)(?! (?:of|de)\b)|"
    r"(?:(?:the|a|o) |(?<![^\W\d_] ))(?:number|figure|numero) "
    r"(?:only|alone|apenas|somente)(?= *(?:[^\w\s]|$))|"
    r"(?:the|a|o) (?:bare |single )?(?:number|figure|numero)"
    r",? (?:and )?(?:nothing (?:else|more)|e (?:nada|mais nada)))"
)
_COMMAS = re.compile(
    r"(?:\(?comma[- ]separated\)?|(?:separated|split) (?:by|with) (?:a )?commas?|"
    r"separad[oa]s? por virgulas?)"
)
_SEMICOLONS = re.compile(
    r"(?:semicolon[- ]separated|(?:separated|split) (?:by|with) (?:a )?semi-?colons?|"
    r"separad[oa]s? por ponto e virgula)"
)
_SLASHES = re.compile(
    r"(?:(?:joined|separated|split) (?:by|with) (?:a )?slash(?:es)?|separad[oa]s? por barras?)"
)
_YES_NO = re.compile(
    rf"{_ANSWER}(?:(?:just|only|simply|apenas|so|somente) )?(?:with |com )?(?:(?:a|um|the|o) )?"
    r"(?:(?:simple|plain|simples) )?[\"']?"
    r"(?:yes[\"']?,? or [\"']?no|sim[\"']?,? ou [\"']?nao)\b[\"']?"
    r"(?: only| apenas| somente)?(?= *(?:[,.:;!)]|$))"
)
_UPPER = re.compile(
    r"(?:in|with|all(?: in)?|to) (?:upper ?case|capitals|capital letters|all caps)(?: letters)?|"
    r"(?:tudo )?em (?:letras )?maiusculas|em caixa alta"
)
_LOWER = re.compile(r"(?:in|all(?: in)?|to) lower ?case(?: letters)?|em (?:letras )?minusculas")
_SORTED = re.compile(
    r"(?:(?:sorted|ordered|listed|ordenad[oa]s|listad[oa]s)(?: by name| por nome)?,? )?"
    r"(?:in alphabetical order|alphabetically|from a to z|em ordem alfabetica|alfabeticamente|"
    r"de a a z)|(?:sorted|ordered) by name|ordenad[oa]s por nome"
)
_LINES = re.compile(
    r"(?:one (?:per|on each|on every|a) line|each on (?:its|a) own line|uma? (?:por|em cada) linha)"
)
_NUMBERED = re.compile(
    rf"(?:{_IN} )?(?:a |uma )?(?:numbered list|lista numerada)|numbered\b(?= *[,.:]?$)"
)
_BULLETS = re.compile(
    rf"(?:{_IN} )?(?:(?:exactly |just |exatamente )?(?P<count>\d{{1,2}}|{_SMALL}) |a |uma )?"
    r"(?:bullet(?:ed)?[ -]?(?:points?|list)|lista com marcadores|"
    r"(?:bullets|topicos|marcadores)(?! (?:are|is|were|was|do|can|left|made|sao|foram|estao)\b))"
)
_BARE = re.compile(
    r"(?:,? ?(?:and |e )?(?:nothing (?:else|more)|(?:sem )?mais nada|nada mais|no (?:text|words|"
    r"explanations?)|without (?:any )?(?:text|explanation)|sem (?:texto|explicac\w+))|"
    r" (?:only|apenas|somente)(?= *[.!]?$)|"
    rf"{_ANSWER}(?:with |com )?(?:the |os )?(?:names only|nomes (?:apenas|somente))|"
    rf"(?<!\w){_ANSWER}(?:with |com )?(?:just|only|so|somente|apenas)(?: com)? "
    r"(?=(?:the|os?|as?)\b))"
)
_ONE_LINE = re.compile(
    r" (?:on|in|numa|em) (?:one|a single|unica|uma(?: unica| so)?) (?:line|linha)\b"
)
_OF_VALUE = re.compile(
    r"^(?:the|o|a) (?:value|amount|price|name|time|date|valor|pre[cç]o|nome|hora|data)"
    r"(?: (?:in|em) [^\W\d_]+)?: ?(?=[^:?]+\?$)",
    re.I,
)
"""The kind of what alone is asked for, before a question for it."""
_ABOUT_FORM = re.compile(r"\W*(?:how (?:do|to|can|would)|como (?:se |eu )?fa\w+)\b")
_LOOSE_MARKS = re.compile(r"(?<=[?!.])[\s,;:]*[.,]+|[\s,;:]+([,.?!])")
_QUOTED = re.compile(r"[\"“«`][^\"”»`]*[\"”»`]")
_BARE_NUMBER = re.compile(r"\W{0,3}(?:r\$|usd|eur|chf)?\s*-?\d[\d.,]*\s?%?\W?")
_FIGURE = re.compile(r"-?\d(?:[\d.,]*\d)?")
_MARKED_LINES = {
    "numbered": (re.compile(r"^\s*\d{1,2}[.)]\s+\S"), "a numbered list"),
    "bullets": (re.compile(r"^\s*[-*•–]\s+\S"), "a list with a dash in each line"),
}
_MARKER = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•–])")
_PARTS = re.compile(r"\s*(?:[,;/]|\s(?:and|e|or|ou)\s)\s*")
_CLAUSE = re.compile(r"[,;.!?](?:\s|$)")
_INNER = re.compile(r"[\"“]([^\"”]{3,})[\"”]")
_SAYS_YES_NO = re.compile(r"\W*(?:yes|no|sim|n[aã]o)\W*", re.I)
_FIRST_WORD = re.compile(r"\W*([^\W\d_]+)")
FEWEST_LISTED = 2
LONGEST_ITEM = 4
"""Words of an item of a list; longer pieces are parts of a sentence."""
FEWEST_CUT = 4
"""Words to which a longer answer may be cut: of fewer nothing would be said."""


class Form(NamedTuple):
    """What a question demands of the form of an answer.

    ``words`` and ``sentences`` are the most that it may have, None where any number may be.
    ``bare`` is whether it may have nothing beside what is asked for, ``items`` how many bullets it
    must have, ``case`` is ``upper`` or ``lower``, ``is_sorted`` whether items are in alphabetical
    order.
    """

    style: str = ""
    """``number``, ``commas``, ``semicolons``, ``slashes``, ``lines``, ``numbered``, ``bullets``,
    ``yes_no`` or none."""
    words: int | None = None
    sentences: int | None = None
    bare: bool = False
    items: int | None = None
    case: str = ""
    is_sorted: bool = False

    @property
    def is_list(self) -> bool:
        """Whether several things are asked for."""
        return self.is_sorted or self.style not in ("", "number", "yes_no")

    def problem(self, text: str) -> str:
        """Return what is wrong with the form of an answer, or an empty text."""
        if self.words is not None and (reason := is_too_long(text, self.words)):
            return reason
        if self.sentences is not None and (reason := has_more_sentences(text, self.sentences)):
            return reason
        lines = [line for line in text.splitlines() if line.strip()]
        if self.style == "number" and not _BARE_NUMBER.fullmatch(fold(text).strip()):
            return "the answer must be a number and nothing else"
        if self.style == "yes_no" and not _SAYS_YES_NO.fullmatch(text):
            return "the answer must be yes or no and nothing else"
        if self.style in _SEPARATORS and len(lines) > 1:
            return "the answer must be one line"
        if self.style in ("semicolons", "slashes") and _SEPARATORS[self.style].strip() not in text:
            return f"the answer must be separated by {self.style}"
        if self.style in _MARKED_LINES:
            line, kind = _MARKED_LINES[self.style]
            listed = sum(map(bool, map(line.match, lines)))
            if listed < min(self.items or FEWEST_LISTED, FEWEST_LISTED):
                return f"the answer must be {kind}, one line an item"
            if self.items is not None and listed != self.items:
                return f"the answer must have {self.items} items"
        if self.style == "lines" and len(lines) < FEWEST_LISTED:
            return "the answer must have one line an item"
        if self.case and text != (text.upper() if self.case == "upper" else text.lower()):
            return f"the answer must be in {self.case} case"
        if self.is_sorted and (items := _items(text)) != sorted(items, key=fold):
            return "the answer must be in alphabetical order"
        return ""

    def written(self, values: Sequence[str], stated: str) -> str:
        """Return what is asked for in this form, empty where it does not fit in.

        :param stated: the answer that would be given without a form.
        """
        if self.style == "number":
            figures = _FIGURE.findall(values[0]) if len(values) == 1 else []
            return figures[0] if len(figures) == 1 else stated
        if self.style == "yes_no":
            return self._in_case(self.repaired(stated) or stated)
        tried = [] if self.bare or self.is_list else [stated]
        if values:
            tried.append(self._joined(values))
        tried = list(map(self._in_case, tried))
        fitting = (text for text in tried if text and not self.problem(text))
        # What is right in another form is better than what is wrong in this one.
        return next(fitting, min(tried, key=len, default=stated))

    def _joined(self, values: Sequence[str]) -> str:
        match self.style:
            case "numbered":
                return "\n".join(f"{place}. {value}" for place, value in enumerate(values, 1))
            case "bullets":
                return "\n".join(f"- {value}" for value in values)
            case "lines":
                return "\n".join(values)
        return _SEPARATORS.get(self.style, ", ").join(values)

    def _in_case(self, text: str) -> str:
        return {"upper": text.upper(), "lower": text.lower()}.get(self.case, text)

    def has_only(self, values: Sequence[str], text: str) -> bool:
        """Return whether an answer has no word beside what is asked for, where it may have none."""
        if not values or not (self.bare or self.style in (*_SEPARATORS, "lines")):
            return True
        rest = fold(text)
        for value in sorted(map(fold, values), key=len, reverse=True):
            rest = rest.replace(value, " ", 1)
        rest = "\n".join(_MARKER.sub("", line) for line in rest.splitlines())
        return not any(map(str.isalnum, rest))

    def repaired(self, text: str) -> str:
        """Return an answer brought into this form, empty where it cannot be without a new one."""
        if self.style == "number":
            figures = _FIGURE.findall(text)
            return figures[0] if len(figures) == 1 else ""
        if self.style == "yes_no":
            first = _FIRST_WORD.match(text)
            found = first[1].capitalize() if first and _SAYS_YES_NO.fullmatch(first[1]) else ""
            return self._in_case(found)
        if self.sentences is not None:
            text = first_sentences(text, self.sentences)
        if self.is_list and len(items := _items(text)) >= FEWEST_LISTED:
            items = sorted(items, key=fold) if self.is_sorted else items
            text = self._joined(items[: self.items])
        if self.words is not None and is_too_long(text, self.words):
            text = _cut(text, self.words)
        text = self._in_case(text)
        return "" if self.problem(text) else text


_SEPARATORS = {"commas": ", ", "semicolons": "; ", "slashes": "/"}
"""What stands between the items of a list on one line."""


def _items(text: str) -> list[str]:
    """Return the items of a list in lines, or on one line; none of a sentence."""
    lines = [_MARKER.sub("", line).strip() for line in text.splitlines() if line.strip()]
    items = lines if len(lines) > 1 else _PARTS.split(text.strip().rstrip("."))
    items = [item for item in items if item]
    is_short = all(len(item.split()) <= LONGEST_ITEM and ":" not in item for item in items)
    is_even = len({item[:1].isupper() for item in items}) == 1
    return items if len(lines) > 1 or (is_short and is_even) else []


def _cut(text: str, most: int) -> str:
    """Return a phrase of a text that has so few words: what it quotes, its first clause, or its
    beginning; empty where nothing would be said."""
    if most < FEWEST_CUT:
        return ""
    quoted = _INNER.search(text)
    first = _CLAUSE.split(text.strip(), maxsplit=1)[0]
    for part in (quoted[1] if quoted is not None else "", first):
        if FEWEST_LISTED <= len(part.split()) <= most:
            return part.strip()
    words = (quoted[1] if quoted is not None else text).split()[:most]
    while words and fold(words[-1].strip(",;:")) in FUNCTION_WORDS:
        words.pop()
    return " ".join(words).rstrip(",;:")


@lru_cache(maxsize=64)
def form_in(text: str) -> tuple[Form, str] | None:
    """Return the form that a question demands and the question without it, None without any.

    A question is asked for its form several times in an event.
    """
    # Folding that changes the length of a text would move what is found in it.
    folded = fold(text)
    if len(folded) != len(text) or _ABOUT_FORM.match(folded):
        return None
    plain = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), folded)
    form = Form()
    spans: list[tuple[int, int]] = []

    def take(pattern: re.Pattern[str], change: Callable[[re.Match[str]], Form]) -> None:
        nonlocal form, plain
        if (found := pattern.search(plain)) is None:
            return
        form = change(found)
        spans.append(found.span())
        plain = plain[: found.start()] + "\n" * len(found[0]) + plain[found.end() :]

    take(_ONE_LINE, lambda _: form)
    take(_NUMBER, lambda _: form._replace(style="number"))
    take(_SENTENCES, lambda found: form._replace(sentences=_number(found["count"])))
    take(_WORDS, lambda found: form._replace(words=_number(found["count"])))
    form = form._replace(bare=form.words == 1)
    take(_YES_NO, lambda _: form._replace(style="yes_no"))
    take(_UPPER, lambda _: form._replace(case="upper"))
    take(_LOWER, lambda _: form._replace(case="lower"))
    take(_SORTED, lambda _: form._replace(is_sorted=True))
    take(
        _BULLETS,
        lambda found: form._replace(
            style="bullets", items=_number(found["count"]) if found["count"] else None
        ),
    )
    for style, pattern in (
        ("commas", _COMMAS), ("semicolons", _SEMICOLONS), ("slashes", _SLASHES),
        ("lines", _LINES), ("numbered", _NUMBERED),
    ):  # fmt: skip
        take(pattern, lambda _, style=style: form._replace(style=style))  # type: ignore[misc]
    for _ in range(2):  # "only the total, no text"
        take(_BARE, lambda _: form._replace(bare=True))
    if form == Form():
        return None
    kept = "".join(
        " " if any(a <= i < b for a, b in spans) else char for i, char in enumerate(text)
    )
    rest = _LOOSE_MARKS.sub(lambda marks: marks[1] or "", " ".join(kept.split())).strip(" ,;:-")
    return form, _OF_VALUE.sub("", rest) if form.bare else rest


def _number(written: str | None) -> int:
    """Return a count that is written as figures or a word, or as no more than an article."""
    if written is None:
        return 1
    return int(written) if written.isdigit() else UNITS.get(written, 1)
