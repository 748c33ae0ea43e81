"""Read what a prompt holds beside its question: the turns of a transcript, and labelled facts.

Agents written for a completion model send one text with a mark for each speaker (``System:``,
``User:``, ``Assistant:``; ``Sistema:``, ``Cliente:``, ``Você:``) and an open last turn. A chat
model that reads this as one user message goes on with both roles.

JSON behind a label ("Metrics: {...}") becomes facts of the context: rules and checks can refer to
it, and the model is shown it as data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from function.pipeline.format_template import NotATemplateError, TemplateReader

Role = Literal["system", "user", "assistant"]

SPEAKERS: dict[str, Role] = {
    "system": "system", "sistema": "system", "instructions": "system", "instruções": "system",
    "user": "user", "human": "user", "customer": "user", "client": "user", "guest": "user",
    "usuário": "user", "usuario": "user", "cliente": "user", "humano": "user", "visitor": "user",
    "assistant": "assistant", "ai": "assistant", "bot": "assistant", "agent": "assistant",
    "assistente": "assistant", "você": "assistant", "voce": "assistant", "vendedor": "assistant",
    "vendedora": "assistant", "atendente": "assistant", "model": "assistant",
}  # fmt: skip
"""Marks of speakers in transcripts, in English and Portuguese."""

_MARK = re.compile(r"^[ \t*#]{0,4}([^\W\d_]{2,16})[ \t*]{0,4}:[ \t*]{0,4}", re.MULTILINE)
_BULLETS = re.compile(r"\n[ \t]*[-*•]\s")
"""Follows a mark that heads a list: *Assistant:*, *Você:*."""
_SECTION = re.compile(r"^[ \t]{0,4}\[([A-Z][A-Z0-9 _/-]{2,60})(?: - [^\]\n]{0,200})?\][ \t]*$")
_FORM_NAME = re.compile(
    r"\b(?:FORMAT|OUTPUT|RESPONSE|SCHEMA|TEMPLATE|EXAMPLE|ANSWER|FORMATO|SAIDA|RESPOSTA|EXEMPLO|MODELO)"
)
"""Names of sections that hold the form of an answer."""
_FACT = re.compile(r"^(?:[-*•] )?([^:\n]{1,60}): (.+)$")
HISTORY = "history"


@dataclass
class Transcript:
    """The turns of a transcript.

    ``question`` is the last user turn and not among ``turns``. ``sections`` holds the bracketed
    parts (``[USER CONTEXT] ... [END USER CONTEXT]``) by their name in lower case, each as facts or
    as lines; JSON below such a heading needs no end. ``speakers`` are the marks as they are
    written.
    """

    system: str
    turns: list[tuple[Role, str]]
    question: str
    speakers: tuple[str, ...] = ()
    sections: dict[str, Any] = field(default_factory=dict)


def read_transcript(text: str) -> Transcript | None:
    """Return the transcript that ``text`` is, or None if it is an ordinary prompt.

    It is one if it ends with an open turn of the assistant, or begins with a system turn, and has
    a turn of the user. A text that only quotes a speaker stays as it is.
    """
    if ":" not in text:  # every mark of a speaker ends with one
        return None
    sections: dict[str, Any] = {}
    turns: list[tuple[Role, str]] = []
    for role, words in _turns(_without_sections(text, sections)):
        if turns and turns[-1][0] == role == "system":
            turns[-1] = (role, f"{turns[-1][1]}\n{words}")
        else:
            turns.append((role, words))
    if not _is_transcript(turns):
        return None
    if turns[-1][0] == "assistant" and not turns[-1][1]:
        turns.pop()
    if not turns or turns[-1][0] != "user":
        return None
    question = turns.pop()[1]
    system = "\n".join(words for role, words in turns if role == "system" and words)
    past: list[tuple[Role, str]] = [
        (role, words) for role, words in turns if role != "system" and words
    ]
    return Transcript(system, past, question, _speakers(text), sections) if question else None


def _speakers(text: str) -> tuple[str, ...]:
    marks = (mark[1] for mark in _MARK.finditer(text) if mark[1].lower() in SPEAKERS)
    return tuple(dict.fromkeys(marks))


def _is_transcript(turns: list[tuple[Role, str]]) -> bool:
    roles = [role for role, _ in turns]
    if len(roles) < 2 or "user" not in roles:
        return False
    return turns[-1] == ("assistant", "") or roles[0] == "system"


def _turns(text: str) -> Iterator[tuple[Role, str]]:
    """Yield each speaker with the words up to the next one; nothing if a text stands before all."""
    marks = list(_marks(text))
    if not marks or text[: marks[0].start()].strip():
        return
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=True):
        yield SPEAKERS[mark[1].lower()], text[mark.end() : end].strip()


def _marks(text: str) -> Iterator[re.Match[str]]:
    """Yield the marks of speakers. One of the assistant above bullets, inside the words of the
    system, heads a part of the instructions."""
    before: Role | None = None
    for mark in _MARK.finditer(text):
        role = SPEAKERS.get(mark[1].lower())
        is_heading = before == "system" and role == "assistant" and _BULLETS.match(text, mark.end())
        if role is not None and not is_heading:
            before = role
            yield mark


def _without_sections(text: str, sections: dict[str, Any]) -> str:
    """Return the text without its bracketed data, which ``sections`` takes by name.

    A history inside brackets is turns like any others, so only its brackets go. The form of an
    answer is not data.
    """
    kept: list[str] = []
    inside: list[str] | None = None
    name = ""
    for line in text.splitlines():
        found = _SECTION.match(line)
        if found is not None and _FORM_NAME.search(found[1]):
            found = None
        label = found[1].strip().lower() if found else ""
        if found is None:
            (kept if inside is None else inside).append(line)
        elif label.startswith("end"):
            if inside is not None:
                _take_section(sections, name, _facts(inside))
                inside = None
        elif HISTORY in label:
            kept.extend(_left(inside or (), sections, name))
            inside = None
        else:
            if inside is not None:
                _take_section(sections, name, _facts(inside))
            name, inside = label.replace(" ", "_"), []
    # Of one that is never closed the end is known where it is JSON.
    kept.extend(_left(inside or (), sections, name))
    return "\n".join(kept)


def _left(lines: Sequence[str], sections: dict[str, Any], name: str) -> list[str]:
    """Return the lines of a section without an end, less the JSON at its beginning, which
    ``sections`` takes."""
    text = "\n".join(lines)
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] not in ("{", "["):
        return list(lines)
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return list(lines)
    if not value or _is_template(text, start):
        return list(lines)
    _take_section(sections, name, value)
    return text[end:].splitlines()


def _is_template(text: str, start: int) -> bool:
    """Return whether JSON has placeholders, and so is the form of an answer, not data."""
    reader = TemplateReader(text, start)
    try:
        reader.read()
    except NotATemplateError:
        return False
    return reader.placeholders > 0


def _take_section(sections: dict[str, Any], name: str, facts: Any) -> None:
    """Add the facts of a section under its name; those of a context are the facts themselves."""
    if isinstance(facts, dict) and name.rpartition("_")[2] in _MERGED and "_" not in name:
        sections.update(facts)
    else:
        sections[name] = facts


def _facts(lines: list[str]) -> Any:
    """Return JSON as it is, ``key: value`` lines as facts, and a list of any other lines."""
    text = "\n".join(lines).strip()
    if text[:1] in ("{", "["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass
    said = [line.strip() for line in lines if line.strip()]
    pairs = [_FACT.match(line) for line in said]
    if said and all(pairs):
        return {pair[1].strip(): pair[2].strip() for pair in pairs if pair}
    return [line.removeprefix("- ").removeprefix("* ") for line in said]


MOST_BLOCKS = 20
LEAST_CHARACTERS = 8
_LABEL = re.compile(
    r"(?:^|\n)[ \t]*(?:(?:[-*#]+[ \t]*)?([^\W\d_][\w /-]{1,40}?)[ \t]*(\([^()\n]{0,80}\))?:|"
    r"\[([A-Z][A-Z0-9 _/-]{2,60})\])[ \t\n]*$"
)
_MERGED = ("context", "contexto", "data", "dados", "input", "facts")
_DECODER = json.JSONDecoder(parse_constant=lambda name: None)


@dataclass(frozen=True)
class LabelledFacts:
    """Facts by their label in lower case, and the prompt without them."""

    facts: dict[str, Any]
    rest: str


def read_labelled_facts(text: str, keep: tuple[int, int] = (0, 0)) -> LabelledFacts:
    """Return the JSON objects and lists of a text that a label introduces.

    An object labelled "Context" or the like is merged into the facts; one that repeats another is
    left out.

    :param keep: start and end of a part that is not data, such as a template.
    """
    facts: dict[str, Any] = {}
    seen: list[Any] = []
    kept: list[str] = []
    place = 0
    for start, value, end in _blocks(text, keep):
        before = text[place:start]
        label = _LABEL.search(before)
        if label is None or (label[3] and _FORM_NAME.search(label[3])):
            continue
        name = re.sub(r"[\W_]+", "_", (label[1] or label[3]).lower()).strip("_")
        kept.append(before[: label.start()])
        place = end
        if value in seen:
            continue
        seen.append(value)
        if name in _MERGED and isinstance(value, dict):
            facts = {**value, **facts}
        else:
            facts[name] = value
    kept.append(text[place:])
    return LabelledFacts(facts, "".join(kept).strip())


def _blocks(text: str, keep: tuple[int, int]) -> list[tuple[int, Any, int]]:
    """Return where JSON objects and lists begin, their values, and where they end."""
    found: list[tuple[int, Any, int]] = []
    place = 0
    while len(found) < MOST_BLOCKS and (start := _next_label(text, place)) >= 0:
        place = start + 1
        if keep[0] <= start < keep[1]:
            place = keep[1]
            continue
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if end - start >= LEAST_CHARACTERS and value:
            found.append((start, value, end))
            place = end
    return found


_BEGIN = re.compile(r"(?::|^[ \t]*\[[A-Z][A-Z0-9 _/-]{2,60}\])[ \t\n]*([{\[])", re.MULTILINE)


def _next_label(text: str, place: int) -> int:
    found = _BEGIN.search(text, place)
    return found.start(1) if found else -1
