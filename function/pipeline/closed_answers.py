"""Read a closed list of answers that a prompt spells out where one of them alone is wanted.

"Labels: rent, repair. Reply with the label only." becomes choices; so does an object of flags.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from function.pipeline.output_format import OutputFormat
from function.reflection.text.sentences import QUOTED
from function.reflection.text.source_text import SENTENCE, parted
from function.reflection.text.words import fold

MOST_CHOICES = 64
LONGEST_NAME = 5
LONGEST_TEXT = 500
LEAST_WORDS = 3
_ONE = (
    r"(?:label|category|class|option|intent|agent|route|correspondent|choice|team|queue|department|"
    r"topic|type|tag|rotulo|categoria|opcao|intencao|agente|equipe|setor|tipo|fila)"
)
_SEVERAL = rf"(?:{_ONE}s?|categories|classes|opcoes)"
_SAY = (
    r"\b(?:reply|respond|answer|return|output|write|responda|retorne|escreva|devolva)\b[^.\n]{0,30}"
)
_ONLY = r"(?:only|just|exactly|apenas|somente)"
_ONE_ALONE = re.compile(
    rf"(?:{_SAY}|^\W*)\b{_ONLY}\b[^.\n]{{0,25}}\b{_ONE}(?: name| only)?(?= *(?:[^\w\s]|$|with))|"
    rf"{_SAY}\b{_ONE}(?: name)?,? (?:only|alone|apenas|somente|and nothing else)\b|"
    rf"\b(?:as|into|to|with|com|em|como) {_ONLY} (?:one|uma?) (?:of|d[aeo]s?|{_ONE})\b"
)
"""What asks, in folded words, for the name of one answer and nothing beside it."""
_MORE = re.compile(
    r"(?<!without )(?<!no )(?<!any )\b(?:reasons?|why|explanation|followed by|confidence|json|"
    r"comma|list|(?:label|tag)s|motivo|justificativa|lista|virgula|rotulos)\b"
)
_OTHER = re.compile(r"\b(?:summari|translat|rewrit|resum|traduz|reescrev)")
_LIST = re.compile(
    rf"\b(?:{_SEVERAL}|(?:choose|pick|escolha) (?:one|uma?)|one of|these|uma? d[aeo]s?|dest[ae]s)\b"
    r"[^\n:]{0,60}:(?:[ \t]*\n((?:[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t][^\n]+(?:\n|$)){2,})|"
    r"\s*(?=[^\s\-*•])([^\n]{3,4000}))"
)
_MARK = re.compile(r"[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+")
_PIECE = re.compile(
    r"[\"'`*]{0,2}([^\n:\"'`(]{1,60}?)[\"'`*.]{0,2}[ \t]*"
    r"(?:\(([^()]*)\)|(?::|[-–—=]+>?[ \t])[ \t]*(\S.*))?"
)
_ONE_TRUE = re.compile(r"\bmutually exclusive\b|\binto one of\b|\bonly one [^.\n]{0,24}\btrue\b")
_DESCRIBED = re.compile(r"^.*\(description: (.+)\)\s*$", re.S)


class ClosedAnswers(NamedTuple):
    """The descriptions of the permitted answers by their names, and the request without the list.

    ``wordings`` are what is answered for each, where that is not its name.
    """

    answers: dict[str, str]
    prompt: str
    system: str
    wordings: dict[str, str]


def read_closed_answers(
    prompt: str, system: str, form: OutputFormat | None
) -> ClosedAnswers | None:
    """Return the answers of which one alone is wanted, None where the prompt lists none."""
    if form is not None:
        return _flags_of(form, prompt, system)
    if not any(map(_asks_for_one, SENTENCE.split(QUOTED.sub(" ", f"{system}\n{prompt}")))):
        return None
    for text in (system, prompt):
        if (listed := _listed(text)) is None:
            continue
        answers, start, end = listed
        left = SENTENCE.split(f"{text[:start].rstrip()}\n{text[end:].lstrip()}")
        rest = "\n".join(part for part in left if not _asks_for_one(part)).strip(" .\n")
        if text is system:
            return ClosedAnswers(answers, prompt, rest, {})
        asked, case = parted(rest)
        if "?" in asked or _OTHER.search(fold(rest)) or len(case.split()) < LEAST_WORDS:
            return None  # rather a question about what the list says
        return ClosedAnswers(answers, case, f"{system}\n{asked}".strip(), {})
    return None


def _flags_of(form: OutputFormat, prompt: str, system: str) -> ClosedAnswers | None:
    """Return the answers of an object of flags of which the instructions say that one is true."""
    properties: dict[str, Any] = form.schema["properties"]
    are_flags = all(each.get("type") == "boolean" for each in properties.values())
    if not (are_flags and 1 < len(properties) <= MOST_CHOICES and _ONE_TRUE.search(fold(system))):
        return None
    answers = {
        name: _DESCRIBED.sub(r"\1", str(each.get("description", "")))[:LONGEST_TEXT]
        for name, each in properties.items()
    }
    # A small model finds the options that it is shown about equally likely.
    return ClosedAnswers(answers, prompt, "", {
        name: json.dumps({key: key == name for key in properties}, ensure_ascii=False)
        for name in properties
    })  # fmt: skip


def _asks_for_one(sentence: str) -> bool:
    plain = fold(sentence)
    return _ONE_ALONE.search(plain) is not None and not _MORE.search(plain)


def _listed(text: str) -> tuple[dict[str, str], int, int] | None:
    """Return answers with their descriptions, and where their list stands."""
    folded = fold(text)
    for found in _LIST.finditer(folded) if len(folded) == len(text) else ():
        group = 1 if found[1] else 2
        listed = text[found.start(group) : found.end(group)]
        if group == 1:
            pieces = [_MARK.sub("", line, count=1) for line in listed.strip().split("\n")]
        else:
            listed = re.split(r"(?<=\w{3})[.;!](?:\s|$)", listed)[0]
            pieces = re.split(r"\s*[,|]\s*(?:or |and |ou |e )?|\s+(?:or|ou|/)\s+", listed)
        named = [_PIECE.fullmatch(piece.strip()) for piece in pieces]
        answers = {
            each[1].strip(): (each[2] or each[3] or "")[:LONGEST_TEXT] for each in named if each
        }
        are_names = all(0 < len(name.split()) <= LONGEST_NAME for name in answers)
        if 1 < len(answers) == len(named) <= MOST_CHOICES and are_names:
            start = text.rfind("\n", 0, found.start()) + 1
            return answers, start, found.start(group) + len(listed)
    return None
