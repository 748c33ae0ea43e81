"""Thoughts that a model wrote into its answer are cut before anything reads it.

Servers with a parser for reasoning send thoughts in a field of their own; the others, and the
engines of this process, leave them in the text, each family of models between its own marks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace

from function.backends.base import Generation
from function.errors import ModelRefused

_TAG = re.compile(
    r"<(?P<a>/?)(?:seed:)?(?:think|thinking|thought|thoughts|reasoning)>"
    r"|\[(?P<b>/?)THINK\]|◁(?P<c>/?)think▷|<\|(?:begin|(?P<d>end))_of_thought\|>"
    r"|<\|(?:START|(?P<e>END))_THINKING\|>|<\|channel>thought|(?P<f><channel\|>)",
    re.IGNORECASE,
)
_CHANNEL = re.compile(
    r"<\|channel\|>\s*(analysis|commentary|final)\b(?:[^<]|<\|constrain\|>){0,80}<\|message\|>"
)
"""Harmony, the format of gpt-oss (https://cookbook.openai.com/articles/openai-harmony)."""
_CHANNEL_END = re.compile(r"<\|(?:end|return|call|start|channel)\|>")
_BARE_CHANNELS = re.compile(r"\Aanalysis(?=\W|[A-Z]).*assistantfinal", re.DOTALL)
"""The same where the server has removed the special tokens."""
_BARE_BEGINNING = "analysis"
_ANY_MARK = re.compile(rf"{_TAG.pattern}|<\|", re.IGNORECASE)
_BEGUN_MARK = re.compile(r"(?:<|\[|◁)[/\w:|]*\Z")
LONGEST_MARK = 24
"""Characters of a mark of thoughts, at most."""
_WRAPPED = re.compile(
    r"<(answer|response|output)>(.*)</\1>|<\|begin_of_solution\|>(.*)<\|end_of_solution\|>",
    re.DOTALL | re.IGNORECASE,
)
_OPENING = "`'\"“‘«"
_CLOSING = "`'\"”’»"


class OnlyThoughts(ModelRefused):
    """The model used all the tokens it had for thoughts and wrote no answer."""


def spoken(
    written: Iterable[Generation], name: str, hidden: bool = False, begun: bool = False
) -> list[Generation]:
    """Return the generations without the thoughts in them.

    Their tokens stay counted. Log-probabilities are left out where thoughts were, because they do
    not say which of them are the answer's.

    :param name: the model or server, for the message of the error.
    :param hidden: whether thoughts came outside the text.
    :param begun: whether the template begins thoughts, so that the text shows only their end.
    :raises OnlyThoughts: thoughts, and no answer in any of them.
    """
    answers: list[Generation] = []
    for generation in written:
        # What was cut off before their end is all thoughts; a whole text may have had none.
        opening = "<think>" if begun and generation.finish_reason != "stop" else ""
        text, thought = without_thoughts(opening + generation.text)
        hidden |= thought
        if thought:
            generation = replace(generation, text=text, log_probabilities=None)
        answers.append(generation)
    if hidden and not any(it.text.strip() or it.finish_reason == "deadline" for it in answers):
        spent = max(it.tokens.completion for it in answers)
        raise OnlyThoughts(
            f"{name} spent its budget of {spent} tokens thinking and wrote no answer; "
            "max_tokens must be larger"
        )
    return answers


def opened_before(prompt: str) -> bool:
    """Return whether a prompt ends with a mark that begins thoughts."""
    end = prompt.rstrip()[-32:]
    last = next(reversed(list(_TAG.finditer(end))), None)
    return last is not None and last.end() == len(end) and not _closes(last)


def only_closed(text: str) -> bool:
    """Return whether a text shows the end of thoughts and not their beginning."""
    first = _TAG.search(text)
    return first is not None and _closes(first) and without_thoughts(text)[1]


def may_be_thoughts(text: str, start: int = 0) -> tuple[int | None, bool]:
    """Return where thoughts may begin in a text under way, and whether a mark of theirs is whole.

    :param start: where to look from.
    """
    if _BARE_BEGINNING.startswith(text[: len(_BARE_BEGINNING)]) and text:
        return 0, len(text) >= len(_BARE_BEGINNING)
    if (found := _ANY_MARK.search(text, start)) is not None:
        return found.start(), True
    begun = _BEGUN_MARK.search(text, max(len(text) - LONGEST_MARK, start))
    return (None if begun is None else begun.start()), False


def without_thoughts(text: str) -> tuple[str, bool]:
    """Return the answer in a text, and whether there were thoughts beside it.

    A mark that is quoted, or stands in a text that is JSON, is part of the answer. Of two that do
    not pair, a closing one ends thoughts that the template began, and an opening one at the
    beginning of a line begins thoughts that were cut off.
    """
    if (channels := list(_CHANNEL.finditer(text))) and not _is_json(text):
        final = next((it for it in reversed(channels) if it[1] == "final"), None)
        return (_CHANNEL_END.split(text[final.end() :])[0] if final else ""), True
    if bare := _BARE_CHANNELS.match(text):
        return text[bare.end() :], True
    if _TAG.search(text) is None or _is_json(text):
        return text, False
    answer = _between_tags(text)
    if answer == text:
        return text, False
    answer = answer.strip()
    if wrapped := _WRAPPED.fullmatch(answer):
        answer = (wrapped[2] or wrapped[3] or "").strip()
    return answer, True


def _between_tags(text: str) -> str:
    kept: list[str] = []
    place = 0
    opened: re.Match[str] | None = None
    for tag in _TAG.finditer(text):
        if _is_quoted(text, tag):
            continue
        closes = _closes(tag)
        if closes and opened is None:
            kept.clear()
        elif not closes and opened is None:
            kept.append(text[place : tag.start()])
            opened = tag
            continue
        elif not closes:
            continue
        place, opened = tag.end(), None
    if opened is None:
        kept.append(text[place:])
    elif text[: opened.start()].rpartition("\n")[2].strip():
        kept.append(text[opened.start() :])  # in the middle of a sentence: about the mark
    return "".join(kept)


def _closes(tag: re.Match[str]) -> bool:
    return any(tag.groupdict().values())


def _is_quoted(text: str, tag: re.Match[str]) -> bool:
    before, after = text[tag.start() - 1 : tag.start()], text[tag.end() : tag.end() + 1]
    return bool(before) and before in _OPENING and bool(after) and after in _CLOSING


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
