"""Keep texts from posing as the marks that a chat template separates its turns with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

END_MARKS = (
    "<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|flush|>",
    "<|calls|>", "<|endoftext|>", "<|end_of_text|>", "<end_of_turn>", "<end_of_utterance>",
    "<|eos|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "</s>", "<｜end▁of▁sentence｜>",
)  # fmt: skip
"""Tokens that llama.cpp takes for control tokens by their text, whatever type a file gives them."""

_WRITTEN = re.compile(r"<{1,2}[|｜/]?\w[^<>\s'\"{}%]{0,60}>{1,2}|\[/?[A-Z][A-Z_]{1,40}\]")


def marks_of_template(template: str) -> set[str]:
    """Return the marks that a chat template writes, such as ``[INST]`` or ``<<SYS>>``.

    Some are not tokens of their own, so that a vocabulary does not name them.
    """
    return set(_WRITTEN.findall(template))


def may_speak(token: str) -> bool:
    """Return whether a token added to a vocabulary could be a mark: not white space or a plain
    word."""
    return not token.isspace() and not token.replace(" ", "").isalnum()


def marks_of_tokenizer(tokenizer: Any) -> set[str]:
    """Return the marks of a tokenizer of transformers, and those that its chat template writes."""
    added = tokenizer.added_tokens_decoder.values()
    marks = {str(token) for token in added if token.special or may_speak(str(token))}
    template = tokenizer.chat_template
    texts = template.values() if isinstance(template, dict) else [template]
    written = [marks_of_template(text) for text in texts if isinstance(text, str)]
    return marks.union(tokenizer.all_special_tokens, *written)


class Marks:
    """Separates a model's marks within texts, so that they are read as ordinary characters.

    The time is linear in the length of the text, however many marks there are.
    """

    def __init__(self, marks: Iterable[str]) -> None:
        self._marks = frozenset(mark for mark in marks if len(mark) > 1 and not mark.isspace())
        lengths: dict[str, set[int]] = {}
        for mark in self._marks:
            lengths.setdefault(mark[:2], set()).add(len(mark))
        self._lengths = {begin: tuple(sorted(found)) for begin, found in lengths.items()}
        letters = "".join(sorted({re.escape(begin[0]) for begin in lengths}))
        self._first = re.compile(f"[{letters}]" if letters else r"(?!)")

    def spell_apart(self, text: str) -> str:
        """Return the text with a space behind the first character of each mark in it."""
        while cuts := list(self._places(text)):
            edges = [0, *(place + 1 for place in cuts), len(text)]
            text = " ".join(text[a:b] for a, b in pairwise(edges))
        return text

    def _places(self, text: str) -> Iterator[int]:
        for found in self._first.finditer(text):
            at = found.start()
            for length in self._lengths.get(text[at : at + 2], ()):
                if text[at : at + length] in self._marks:
                    yield at
                    break
