"""Checks of every answer: loops, echoes of the prompt, language, empty words, placeholders.

Each returns what is wrong, or an empty text, in linear time. A text under way is cut where it
begins to fail one: at a loop, or before a sentence that stands again; also at a stop text and at
the next speaker of a transcript.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from function.contract import InferenceRequest
from function.json_tree import texts
from function.reflection.answer import Answer
from function.reflection.checks.facts.faults import guarded, nothing
from function.reflection.checks.facts.triggers import FORM_WORDS, WITHOUT_FACTS
from function.reflection.checks.facts.verify import expected_of, form_of
from function.reflection.prompt.format_examples import example_values
from function.reflection.text.stutters import SHORTEST_STUTTER, STUTTER, has_stutter
from function.reflection.text.words import (
    ASKS_FOR_LANGUAGE,
    EMPTY_WORDS,
    caseless,
    is_in_two_languages,
    language_of,
    words_of,
)

if TYPE_CHECKING:
    from function.reflection.checks.facts.stated_fields import StatedFields

LOOP_WORDS = 12
"""Words under which no text is held to be a loop: a refrain may be short."""
LOOP_SHARE = 0.4
"""Share of the words that one repeated phrase may have."""
LOOP_LENGTHS = (1, 2, 3, 4, 6, 8)
TAIL = 1_000
"""Characters at the end of a text under way in which a stutter is looked for."""
ECHO_WORDS = 5
"""Words under which a line of the prompt may be the answer as well: names, sizes, times."""
FEW_SENTENCES = 20
"""Sentences of an answer that are each looked for in the prompt before both are compared whole."""
SAME_TEXTS = 3
SAID_TWICE = 6
SAID_OFTEN = 3
"""Words of a sentence that must not stand twice, and of one that must not stand three times."""
COUNTED = 10
COUNTED_SHARE = 0.5
"""Words of a counted series, and their share of the text, from which it is a loop."""
REPEATED = "the answer repeats itself; say each thing once"

_ASKS_FOR_DATA = re.compile(
    r"\{|\b(?:json|yaml|object|dict\w*|schema|fields?|keys?|format\w*|payload|config\w*|body|"
    r"objeto|campos?|chaves?|formato)\b",
    re.I,
)
"""What may ask for an object in words."""
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W_]+")
SENTENCE_END = re.compile(r"\n|(?<=[.!?])[ \t]")
_FACT_LINE = re.compile(r"^\s*-\s+[\w-]+[.:][\w .:-]+: \S")
_BARE_FACT = re.compile(r"^\s*([\w-]+(?:\.[\w-]+)+): \S")
_PLACEHOLDER = re.compile(
    r"\[(?:your|insert|table|guest|client|customer|user|nome|name|seu|sua|cliente|date|data)"
    r"[ _-]?[\w -]{0,30}\]|<(?:your|insert|name|nome)[\w -]{0,30}>|\{\{[^{}]{0,40}\}\}|\bXX+\b",
    re.I,
)
_OPEN_QUESTION = re.compile(
    r"^\W*(?:which|what|who|whom|whose|where|when|why|how (?:many|much|long|often)|"
    r"qual|quais|quem|onde|quando|quant[oa]s?|o que)\b",
    re.I,
)
_SPEAKERS = (
    *("User", "Human", "Customer", "Assistant", "System"),
    *("Usuário", "Cliente", "Você", "Assistente", "Sistema"),
)
"""Marks of speakers that end an answer to a transcript, whichever marks the transcript has."""
_WHOLE_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


@guarded(nothing)
def stated_fields_of(request: InferenceRequest) -> StatedFields | None:
    """Return what the facts decide of a JSON answer, None where that is nothing."""
    # Imported here: it takes a validator, which most requests do not need.
    from function.reflection.checks.facts.stated_fields import stated_fields

    return stated_fields(request)


class Soundness:
    """Checks answers to one request."""

    def __init__(self, request: InferenceRequest) -> None:
        self._question = request.question
        self._context = request.context
        self._system = request.system or ""
        self._prompt = " ".join(caseless(f"{self._question}\n{self._system}").split())
        self._language = None
        if not request.checks.language and not ASKS_FOR_LANGUAGE.search(self._question):
            self._language = language_of(self._question)
        if self._language and "\n" in self._question and is_in_two_languages(self._question):
            self._language = None  # it quotes somebody
        self._templates: set[str] = set()
        self._stated: StatedFields | None = None
        if request.response_format is not None:
            self._stated = stated_fields_of(request)
            said = (request.question, request.system or "")
            facts = plain_sentence("\n".join(texts(request.context)))
            shown = map(plain_sentence, (*example_values(said), *request.origin.examples))
            self._templates = {text for text in shown if text not in facts}
        asked = f"{self._question}\n{self._system}"
        self._is_prose = request.response_format is None and not _ASKS_FOR_DATA.search(asked)
        self._copied = bool(request.checks.copied_fields or request.checks.must_contain)
        has_facts = request.context or request.messages or request.system
        holds_data = "\n" in self._question or "{" in self._question
        speaks = has_facts or holds_data or WITHOUT_FACTS.search(self._question)
        self._expected = expected_of(request) if speaks else None
        formed = form_of(request) if FORM_WORDS.search(self._question) else None
        self._form = None if formed is None else formed[0]
        self.checks: dict[str, Callable[[Answer], str]] = {
            "no_repetition": self.loops,
            "no_echo": self.echoes,
            "question_language": self.speaks_another_language,
            "says_something": self.says_nothing,
            "no_placeholders": self.has_placeholders,
        }
        """Every check by its name."""
        if self._form is not None:
            self.checks["asked_form"] = self.breaks_form
        if self._expected is not None:
            self.checks[self._expected.check] = self.contradicts_facts
        if (stated := self._stated) is not None:
            self.checks[stated.check] = lambda answer: stated.problem(answer.tree)

    def loops(self, answer: Answer) -> str:
        """Reject text that repeats itself."""
        for text in answer.texts:
            if is_loop(text):
                return REPEATED
        if self._copied:
            return ""  # fields that must be copied may be copied from the same place
        if answer.tree is None:
            return REPEATED if _says_sentences_again(answer.text) else ""
        named = Counter(plain_sentence(text) for text in answer.texts if len(text) > 3)
        if named and named.most_common(1)[0][1] >= SAME_TEXTS:
            return "several fields of the answer say the same; each must say something of its own"
        return ""

    def echoes(self, answer: Answer) -> str:
        """Reject lines of the prompt given back, and raw lines of facts."""
        if answer.tree is not None:
            return ""  # fields may have to be copied, and have checks of their own
        lines = answer.text.splitlines()
        if ": " in answer.text and any(
            _FACT_LINE.match(line) or self._is_fact(line) for line in lines
        ):
            return "the answer must not hold lines of the facts as they are"
        if self._copied:
            return ""
        said = {plain_sentence(part) for line in lines for part in SENTENCE_END.split(line)} - {""}
        if len(said) <= FEW_SENTENCES and not any(map(self._prompt.__contains__, said)):
            return ""  # as for most answers
        if not said.isdisjoint(self._lines):
            return "the answer must not give back the question or the instructions"
        return "the answer must not give back the question" if said <= self._asked else ""

    @cached_property
    def _asked(self) -> set[str]:
        """The question and its sentences, without those that state what is so."""
        parts = SENTENCE_END.split(self._question)
        asked = [part for part in parts if part.rstrip().endswith("?")]
        if not asked and "\n" in self._question:  # a text below the question states what is so
            asked = [part for part in parts if not part.rstrip().endswith(".")]
        return set(map(plain_sentence, [self._question, *(asked or parts)]))

    @cached_property
    def _asking(self) -> str:
        """The sentences of the question that ask: others may state the answer."""
        parts = SENTENCE_END.split(self._question)
        asked = [part for part in parts if part.rstrip().endswith("?")]
        return "\n".join(asked or parts[:1])

    @cached_property
    def _lines(self) -> set[str]:
        """Sentences that no answer may repeat: what the question states may have to be said again,
        what it asks and the instructions may not."""
        asked = [part for part in SENTENCE_END.split(self._question) if part.rstrip().endswith("?")]
        plain = map(plain_sentence, [*asked, *SENTENCE_END.split(self._system)])
        # Instructions may tell what is asked for: the hours of a shop.
        told = SENTENCE_END.split(self._expected.stated) if self._expected is not None else []
        lines = {line for line in plain if len(line.split()) >= ECHO_WORDS}
        return lines.difference(map(plain_sentence, told))

    def _is_fact(self, line: str) -> bool:
        """Return whether a line is a field of the context as the model is shown it."""
        bare = _BARE_FACT.match(line)
        if bare is None:
            return False
        value: Any = self._context
        for name in caseless(bare[1]).split("."):
            fields = value if isinstance(value, dict) else {}
            value = next((fields[key] for key in fields if caseless(key) == name), None)
        return value is not None

    def speaks_another_language(self, answer: Answer) -> str:
        """Reject an answer in another language than the question's, where both are plain."""
        if self._language is None:
            return ""
        found = language_of("\n".join(answer.texts))
        if found is None or found == self._language:
            return ""
        return f"the answer must be in the language of the question ({self._language})"

    def says_nothing(self, answer: Answer) -> str:
        """Reject an answer to an open question that has no word or number of its own."""
        if self._is_prose and isinstance(answer.tree, dict):
            return "nobody asked for an object of fields; answer in words"
        if answer.tree is not None or not answer.text.strip():
            return ""  # nothing at all has no confidence either way
        if not _OPEN_QUESTION.match(self._question) or any(map(str.isdigit, answer.text)):
            return ""
        own = words_of(answer.text) - words_of(self._asking) - EMPTY_WORDS
        return "" if own else "the answer says nothing that the question does not say"

    def contradicts_facts(self, answer: Answer) -> str:
        """Reject an answer that the facts plainly contradict."""
        if self._expected is None or self._expected.is_met(answer.text):
            return ""
        return self._expected.reason

    def breaks_form(self, answer: Answer) -> str:
        """Reject an answer in another form than the question demands: more words, no list.

        That the facts do not tell is an answer in any form.
        """
        found = self._expected
        if found is not None and found.check == "untold" and found.is_met(answer.text):
            return ""
        return "" if self._form is None else self._form.problem(answer.text)

    def has_placeholders(self, answer: Answer) -> str:
        """Reject placeholders: ``[name]``, ``...``, and the words of an example in the prompt."""
        for text in answer.texts:
            if _is_placeholder(text) or (answer.tree is not None and text.strip() in ("...", "…")):
                return "the answer must not hold a placeholder"
            if self._templates and plain_sentence(text) in self._templates:
                return f"the answer must not repeat the template: {text[:60]}"
        return ""


class AnswerCut:
    """Decides for one request how much of a text under way is the answer.

    :param speakers: the marks of the transcript that the request came as; none for another form.
    :param is_json: whether the text is JSON; in a text of it a loop is one as well.
    :param stop: texts at which an answer that is not JSON ends.
    """

    def __init__(self, speakers: Iterable[str], is_json: bool, stop: Sequence[str] = ()) -> None:
        marks = sorted({*speakers, *_SPEAKERS}) if speakers and not is_json else []
        names = "|".join(map(re.escape, marks))
        self._speaker = (
            re.compile(rf"\n[ \t*#]{{0,4}}(?:{names})[ \t*]{{0,4}}:", re.I) if marks else None
        )
        self._names = list(map(str.casefold, marks))
        self._is_json = is_json
        self._stop = tuple(stop)

    def __call__(self, text: str) -> int | None:
        """Return how many characters of the text are the answer, or None to go on."""
        if self._is_json:
            _, opened, last = _WHOLE_STRING.sub("", text).partition('"')
            return len(text) if opened and is_becoming_loop(last) else None
        end = self._end(text, 0)
        end = repeats_from(text) if end is None else end
        return len(text) if end is None and is_becoming_loop(text) else end

    def _end(self, text: str, seen: int) -> int | None:
        """Return where an answer ends at a stop text or a speaker, None where it does not."""
        if self._stop:
            starts = {stop: max(seen - len(stop), 0) for stop in self._stop}
            ends = [place for stop in starts if (place := text.find(stop, starts[stop])) >= 0]
            if ends:
                return min(ends)
        if self._speaker is not None:
            for found in self._speaker.finditer(text, max(text.rfind("\n", 0, seen), 0)):
                if text[: found.start()].strip():
                    return found.start()
        return None

    def may_end(self, text: str, seen: int) -> tuple[int | None, bool]:
        """Return where a text under way ends at a stop text or a speaker, and whether for certain.

        :param seen: how many characters were looked at before.
        """
        if (end := self._end(text, seen)) is not None:
            return end, True
        begun = [len(text) - held for stop in self._stop if (held := _begun(text, stop))]
        if self._speaker is not None:
            line = text.rfind("\n")
            said = text[line + 1 :].strip(" \t*#").casefold()
            if line > 0 and any(name.startswith(said) for name in self._names):
                begun.append(line)
        return min(begun, default=None), False


def _is_placeholder(text: str) -> bool:
    has_mark = "[" in text or "<" in text or "{{" in text or "XX" in text.upper()  # few have any
    return has_mark and _PLACEHOLDER.search(text) is not None


def is_loop(text: str) -> bool:
    """Return whether one phrase makes up a text, or a piece of it stands many times in a row."""
    words = text.split()
    return _has_main_phrase(words) or _stutters(text, words) or _counts_up(words)


def is_becoming_loop(text: str) -> bool:
    """Return whether a text under way is a loop; what stands far before its end was looked at."""
    words, tail = text.split(), text[-TAIL:]
    return _has_main_phrase(words) or _stutters(tail, tail.split()) or _counts_up(words)


def _has_main_phrase(words: list[str]) -> bool:
    if len(words) >= LOOP_WORDS:
        for length in LOOP_LENGTHS:
            if len(words) < 3 * length:
                break
            phrases = zip(*(words[start:] for start in range(length)), strict=False)
            _, most = Counter(phrases).most_common(1)[0]
            if most > 2 and most * length > max(LOOP_WORDS, LOOP_SHARE * len(words)):
                return True
    return False


def repeats_from(text: str) -> int | None:
    """Return where the first sentence of a text begins that stands in it before, if one does.

    Short sentences may stand again.
    """
    known: set[str] = set()
    start = 0
    for part in SENTENCE_END.split(text):
        plain = plain_sentence(part)
        if len(plain.split()) >= SAID_TWICE:
            if plain in known:
                return start
            known.add(plain)
        start += len(part) + 1  # the blank or line break between two sentences
    return None


def _counts_up(words: list[str]) -> bool:
    """Return whether words that differ by their digits alone make up a text: a-1, a-2, a-3."""
    if len(words) < COUNTED:
        return False
    numbered = [word for word in words if _DIGITS.search(word)]
    if len(numbered) < COUNTED:
        return False
    alike = (_DIGITS.sub("#", word) for word in numbered)
    counted = Counter(word for word in alike if word.strip("#.,;:"))
    most = max(counted.values(), default=0)
    return most >= COUNTED and most >= COUNTED_SHARE * len(words)


def _says_sentences_again(text: str) -> bool:
    sentences = SENTENCE_END.split(text)
    if len(sentences) == 1:
        return False
    counts = Counter(map(plain_sentence, sentences))
    sizes = ((len(part.split()), count) for part, count in counts.items() if count > 1)
    return any(
        words >= SAID_TWICE or (words >= SAID_OFTEN and count >= SAME_TEXTS)
        for words, count in sizes
    )


def _stutters(text: str, words: list[str]) -> bool:
    # A piece with a blank in it repeats a word; one without stands inside a single word.
    repeated = len(words) - len(set(words))
    repeats = repeated >= STUTTER - 3 and max(Counter(words).values()) >= STUTTER - 2
    places = [text] if repeats else [word for word in words if len(word) >= SHORTEST_STUTTER]
    return any(map(has_stutter, places))


def plain_sentence(text: str) -> str:
    """Return a sentence without what may differ between two that say the same."""
    return " ".join(caseless(text).split()).strip(" .!?:\"'")


def _begun(text: str, stop: str) -> int:
    """Return how many characters at the end of a text may begin a stop text."""
    longest = min(len(stop) - 1, len(text))
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
