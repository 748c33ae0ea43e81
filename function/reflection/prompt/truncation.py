"""Texts made short enough, with a mark that a person and a model can see.

A long log keeps both ends: ``The backup began at 02:00 [...] and failed with code 3``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

Count = Callable[[str], int]
"""Tokens in a text."""
Cut = Callable[[str, int], str]
"""A text made at most so many characters long."""

MARK = " [...] "
"""Stands where something was left out."""
MOST_BYTES_A_TOKEN = 32
"""More bytes than this for each token that there is room for are not even counted."""
WORD = 20
"""Characters within which a cut looks for the end of a word."""


def fits(text: str, tokens: int, count: Count) -> bool:
    """Return whether a text takes at most so many tokens; short ones are not counted.

    A token is at least one byte, so a text of few bytes fits in any vocabulary.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    return size <= tokens or (size <= tokens * MOST_BYTES_A_TOKEN and count(text) <= tokens)


def shortened(text: str, characters: int) -> str:
    """Return a text with its middle left out, at most ``characters`` long; whole when it fits.

    Both ends stay, the beginning twice as much; neither ends within a short word.
    """
    if len(text) <= characters:
        return text
    left = characters - len(MARK)
    if left < 2:
        return MARK.strip() if characters >= len(MARK.strip()) else ""
    head, tail = text[: left - left // 3], text[len(text) - left // 3 :]
    if (space := head.rfind(" ", max(len(head) - WORD, 1))) > 0:
        head = head[:space]
    if 0 <= (space := tail.find(" ", 0, WORD)) < len(tail) - 1:
        tail = tail[space + 1 :]
    return f"{head.rstrip()}{MARK}{tail.lstrip()}"


def beginning(text: str, characters: int) -> str:
    """Return the first so many characters of a text."""
    return text[:characters].rstrip()


def shortened_to(text: str, tokens: int, count: Count, cut: Cut = shortened) -> str:
    """Return a text cut so that it takes at most ``tokens``; whole when it fits.

    :param cut: by default its middle is left out.
    """
    if fits(text, tokens, count):
        return text
    shorter = (cut(text, characters) for characters in shrinking(text, tokens, count))
    return next((short for short in shorter if fits(short, tokens, count)), "")


def shrinking(text: str, tokens: int, count: Count) -> Iterator[int]:
    """Yield about how many characters of such a text take so many tokens, then ever fewer."""
    sample = text[: max(tokens, 1) * 8]
    characters = min(len(text), int(tokens * len(sample) / max(count(sample), 1)))
    while characters > 0:
        yield characters
        characters = int(characters * 0.85)
