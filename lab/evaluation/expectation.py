"""What makes an answer right. No check or rule of the function takes part in it.

Strict enough that a useless answer fails: nothing, a loop, another language, the whole of the
facts. Lenient enough that a right answer passes in any words.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from function.reflection.checks.numbers import KnownNumbers, quantities, ungrounded_numbers
from function.reflection.text.words import fold

_NO_FACTS = re.compile(
    r"\bno (?:\w+ )?(?:data|information|info|facts?|mention|records?|details?|readings?|metrics)\b"
    r"|\b(?:not|cannot|nor) (?:\w+ ){0,3}?(?:mention|say|said|stat|tell|told|list|specif|provid|giv"
    r"|includ|contain|know|available|record|show|indicat|answer|determin|enough|present|found"
    r"|have|see|in the)"
    r"|\bnothing (?:is|was|about)\b|\bnone of the (?:data|facts)\b"
    r"|\bunknown\b|\bunclear\b|\bmissing\b|\bunable to\b|\bwithout (?:data|facts)"
    r"|\bonly (?:say|tell|mention|list|know)"
    r"|\bnao (?:ha|existem?|tenho|temos|possuo|encontrei|disponho de) (?:\w+ ){0,2}?"
    r"(?:dados?|informac|registros?|mencao|fatos?|acesso|como|detalhes?|indicac)"
    r"|\bnao (?:\w+ ){0,2}?(?:diz|inform|mencion|consta|sei|sabe|especific|disponi|contem|fornec"
    r"|indica|posso|possivel|mostra|registr|aparec|traz|revela|encontrad)"
    r"|\bsem (?:dados|informac|registro|acesso)|\bnenhuma? (?:informac|dado|registro|mencao)"
    r"|\bdesconhecid|\bfaltam? (?:dados|informac)"
)
"""That the facts do not tell, in folded English or Portuguese."""
_WORDS = {
    "en": "the is are was were of and to in for with your you it this that have has not do does",
    "pt": "o a os um uma de do da dos das que para com em nao e sao esta por seu sua voce no na se",
}
_COMMON = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_PRICE = re.compile(r"r\$\s*(\d[\d.]*(?:,\d+)?)")
_PLACE_FOR_MORE = 3
"""Letters up to which a text must be a word of its own, not the beginning of one."""


class Expectation(BaseModel):
    """What an answer must hold.

    :param choice: the name of the right choice.
    :param numbers: quantities that must be stated, in whichever form.
    :param any_of: groups of texts, one of each group must stand in it.
    :param none_of: texts that must not.
    :param fields: values by dotted path in a JSON answer, or lists of permitted values.
    :param some_fields: the same, of which one is enough where the path leads through a list.
    :param ranges: the least and greatest value by dotted path.
    :param least_words: words that the text at a path must have.
    :param refuses: whether it must say that the facts do not tell.
    :param grounded: whether each of its numbers must stand in the request.
    :param free_fields: fields whose numbers may be free.
    :param prices: prices in reais, no other may be named.
    :param order: texts that must stand in this order.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    choice: str | None = None
    numbers: list[str] = Field(default_factory=list)
    any_of: list[list[str]] = Field(default_factory=list)
    none_of: list[str] = Field(default_factory=list)
    keys: list[str] = Field(default_factory=list)
    fields: dict[str, Any] = Field(default_factory=dict)
    some_fields: dict[str, list[Any]] = Field(default_factory=dict)
    ranges: dict[str, list[float]] = Field(default_factory=dict)
    least_words: dict[str, int] = Field(default_factory=dict)
    refuses: bool = False
    grounded: bool = False
    free_fields: list[str] = Field(default_factory=list)
    prices: list[str] = Field(default_factory=list)
    order: list[str] = Field(default_factory=list)
    max_words: int | None = None
    max_sentences: int | None = None

    @property
    def wants_json(self) -> bool:
        """Whether the answer must be a JSON object."""
        return bool(self.keys or self.fields or self.some_fields or self.ranges)

    def wrong(self, answer: str, asked: str = "", language: str = "en") -> str:
        """Return what is wrong with an answer, or an empty text.

        :param asked: the whole request as one text.
        """
        if self.choice is not None:
            return "" if answer == self.choice else f"not {self.choice}"
        if not answer.strip():
            return "empty"
        if is_loop(answer):
            return "repeats itself"
        value = parsed(answer)
        if self.wants_json and not isinstance(value, dict):
            return "no JSON object"
        said = "\n".join(_texts(value)) if isinstance(value, dict) else answer
        if _in_another_language(said, language):
            return f"not in {language}"
        if value is not None and (problem := self._wrong_field(value)):
            return problem
        return self._wrong_text(answer if value is None else f"{answer}\n{said}", asked)

    def decided(self, answer: str) -> list[Any]:
        """Return the values of a JSON answer at the paths of the expected fields."""
        value = parsed(answer)
        return [found for path in self.fields for found in _at(value, path.split("."))]

    def _wrong_text(self, answer: str, asked: str) -> str:
        for number in self.numbers:
            if ungrounded_numbers(quantities(number), KnownNumbers(quantities(answer))):
                return f"does not say {number}"
        folded = _negated(fold(answer))
        for group in self.any_of:
            if not any(_stands_in(text, folded) for text in group):
                return f"says none of {', '.join(group)}"
        for text in self.none_of:
            if _stands_in(text, folded):
                return f"says {text}"
        if self.refuses and not _NO_FACTS.search(folded):
            return "does not say that the facts do not tell"
        if (self.grounded or self.refuses) and (strange := self._strange_numbers(answer, asked)):
            return f"number from nowhere: {strange}"
        if self.prices and (strange := self._strange_prices(folded)):
            return f"price from nowhere: {strange}"
        places = [folded.find(fold(text)) for text in self.order]
        if -1 in places or places != sorted(places):
            return "not in order"
        if self.max_words is not None and len(answer.split()) > self.max_words:
            return f"longer than {self.max_words} words"
        if self.max_sentences is not None and _sentences(answer) > self.max_sentences:
            return f"more than {self.max_sentences} sentences"
        return ""

    def _wrong_field(self, value: Any) -> str:
        if missing := [key for key in self.keys if key not in value]:
            return f"lacks {', '.join(missing)}"
        for path, wanted in self.fields.items():
            permitted = wanted if isinstance(wanted, list) else [wanted]
            found = list(_at(value, path.split(".")))
            if not found or not all(_same(item, permitted) for item in found):
                return f"{path} is not {json.dumps(wanted, ensure_ascii=False)}"
        for path, permitted in self.some_fields.items():
            if not any(_same(item, permitted) for item in _at(value, path.split("."))):
                return f"{path} is none of {permitted}"
        for path, (least, most) in self.ranges.items():
            found = list(_at(value, path.split(".")))
            if not found or not all(_is_number(item) and least <= item <= most for item in found):
                return f"{path} is not within {least} and {most}"
        for path, words in self.least_words.items():
            if any(len(str(item).split()) < words for item in _at(value, path.split("."))):
                return f"{path} has less than {words} words"
        return ""

    def _strange_numbers(self, answer: str, asked: str) -> list[str]:
        value = parsed(answer.splitlines()[0]) if answer else None
        if isinstance(value, dict):
            left = {key: item for key, item in value.items() if key not in self.free_fields}
            answer = "\n".join(_texts(left))
        known = set(_numbers(asked))
        known |= {_short(100 * float(number)) for number in known}
        return [number for number in _numbers(answer) if number not in known]

    def _strange_prices(self, folded: str) -> list[str]:
        known = {float(price) for price in self.prices}
        said = [price.replace(".", "").replace(",", ".") for price in _PRICE.findall(folded)]
        return [price for price in said if float(price.rstrip(".")) not in known]


def is_loop(text: str) -> bool:
    """Return whether a phrase makes up a third of a text, or a piece stands many times in a row."""
    words = text.split()
    if len(words) >= 12:
        for length in (1, 2, 3, 4, 6):
            phrases = Counter(zip(*(words[start:] for start in range(length)), strict=False))
            most = phrases.most_common(1)[0][1]
            if most * length > max(12, 0.35 * len(words)):
                return True
    return bool(re.search(r"(.{2,30}?)\1{5,}", text, re.DOTALL))


def parsed(answer: str) -> Any:
    """Return the JSON value that an answer is, fences cut; None where it is a text."""
    text = re.sub(r"^```(?:json)?\s*|\s*```$", "", answer.strip())
    if not text.startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def language_of(text: str) -> str | None:
    """Return ``en`` or ``pt`` where the common words of one outnumber the other's."""
    words = re.findall(r"[a-z]+", fold(text))
    counts = {name: sum(word in common for word in words) for name, common in _COMMON.items()}
    (first, most), (_, second) = Counter(counts).most_common(2)
    return first if most > second + 1 else None


def _in_another_language(text: str, language: str) -> bool:
    found = language_of(text)
    return found is not None and found != language


def _stands_in(text: str, folded: str) -> bool:
    wanted = _negated(fold(text)).strip()
    end = r"(?!\w)" if len(wanted) <= _PLACE_FOR_MORE or wanted[-1].isdigit() else ""
    start = r"(?<!\w)" if wanted[:1].isalnum() else ""
    return re.search(f"{start}{re.escape(wanted)}{end}", folded) is not None


def _negated(folded: str) -> str:
    """Write the short forms of "not" out."""
    return re.sub(r"(?:ca)n['’]t\b|n['’]t\b", " not", folded)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    """Yield what stands at a path; lists on the way are gone through."""
    if not path:
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _at(inner, path)
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _same(found: object, permitted: list[Any]) -> bool:
    if isinstance(found, str):
        plain = _bare(found)
        return any(isinstance(item, str) and _bare(item) == plain for item in permitted)
    if isinstance(found, list):
        texts = sorted(_bare(str(item)) for item in found)
        lists = [item for item in permitted if isinstance(item, list)]
        return any(sorted(_bare(str(item)) for item in each) == texts for each in lists)
    # True is 1 to Python, and not to JSON.
    return any(
        found == item and isinstance(item, bool) == isinstance(found, bool) for item in permitted
    )


def _bare(text: str) -> str:
    return fold(text).strip(" .!\"'")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _numbers(text: str) -> list[str]:
    plain = text.replace(",", ".")
    return [_short(float(number)) for number in re.findall(r"\d+(?:\.\d+)?", plain)]


def _short(number: float) -> str:
    return f"{number:.6g}"


def _sentences(text: str) -> int:
    return len([part for part in re.split(r"[.!?]+\s|\n", text) if part.strip()])
