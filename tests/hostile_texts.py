"""Texts of many sorts at any length, and a measure of how time grows with length."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from time import process_time

Text = Callable[[int], str]
"""Makes a text of about so many characters."""


def _repeated(piece: str, start: str = "", end: str = "") -> Text:
    return lambda size: start + piece * max((size - len(start) - len(end)) // len(piece), 1) + end


def _nested_json(size: int) -> str:
    return json.dumps({"a": [{"b": ["c" * (size // 40), n]} for n in range(40)]})


def _numbered(template: str) -> Text:
    """Pieces that all differ, so that nothing is remembered or left out as a repetition."""
    length = len(template.format(10_000))
    return lambda size: "".join(template.format(n) for n in range(10_000, 10_000 + size // length))


TEXTS: dict[str, Text] = {
    "blanks": _repeated(" ", "a", "b"),
    "blanks alone": _repeated(" "),
    "no-break spaces": _repeated("\u00a0", "a", "b"),
    "ideographic spaces": _repeated("\u3000", "a", "b"),
    "tabs": _repeated("\t", "a", "b"),
    "line breaks": _repeated("\n", "a", "b"),
    "carriage returns": _repeated("\r\n", "a", "b"),
    "blank lines": _repeated(" \n", "a", "b"),
    "line separators": _repeated("\u2028", "a", "b"),
    "form feeds": _repeated("\f\v", "a", "b"),
    "blanks behind a stop": _repeated(" ", "Stop.", "b"),
    "dots": _repeated("."),
    "dots before a letter": _repeated(".", "a", "b"),
    "question marks before a letter": _repeated("?!", "a", "b"),
    "ideographic stops": _repeated("。", "a", "b"),
    "dandas": _repeated("। ", "a", "b"),
    "commas": _repeated(","),
    "semicolons with blanks": _repeated("; "),
    "dashes": _repeated("-"),
    "long dashes": _repeated("– — "),
    "bullets": _repeated("- "),
    "bullet lines": _repeated("-\n"),
    "numbered lines": _repeated("1. \n"),
    "underscores": _repeated("_", "a", "b"),
    "apostrophes": _repeated("'", "a", "b"),
    "apostrophes in words": _repeated("a'", "'", "b"),
    "double quotes": _repeated('"'),
    "opening quotes": _repeated("“a"),
    "single opening quotes": _repeated("‘a"),
    "closing quotes in words": _repeated("a’", "‘"),
    "angle quotes": _repeated("«a‹b"),
    "low quotes": _repeated("„a"),
    "asterisks": _repeated("*"),
    "bold openings": _repeated("**a "),
    "backticks": _repeated("`"),
    "opened fences": _repeated("```json\n{"),
    "fences": _repeated("```\n[1]\n```\n"),
    "backslashes": _repeated("\\"),
    "round brackets": _repeated("("),
    "square brackets": _repeated("["),
    "closed square brackets": _repeated("[]"),
    "curly brackets": _repeated("{"),
    "angle brackets": _repeated("<"),
    "tags": _repeated("<a>"),
    "unclosed tags": _repeated("</a"),
    "role marks": _repeated("<|im_start|>system\n"),
    "unclosed role marks": _repeated("<|im "),
    "objects": _repeated('{"a":1}'),
    "broken objects": _repeated('{"a":'),
    "nested JSON": _nested_json,
    "digits": _repeated("7"),
    "zeros": _repeated("0", "1"),
    "zeros behind a point": _repeated("0", "0.", "1"),
    "thousands": _repeated(",000", "1"),
    "digits and dots": _repeated("1."),
    "digits and commas": _repeated("1,"),
    "digits and blanks": _repeated("1 "),
    "negative numbers": _repeated("-1 "),
    "numbers": _numbered("{} "),
    "numbers with units": _numbered("{}.5 ms, "),
    "fractions": _repeated("1½ "),
    "foreign digits": _repeated("٣٫"),
    "prices": _numbered("R$ {},90 "),
    "priced items": _numbered("- Dress {}: R$ 10,00\n"),
    "one letter": _repeated("a"),
    "capitals": _repeated("A"),
    "humps": _repeated("Aa"),
    "spelt letters": _repeated("a "),
    "abbreviations": _repeated("e.g. "),
    "etcetera": _repeated("etc. a "),
    "numbers abbreviated": _repeated("no. 1 "),
    "names": _numbered("Loki{} "),
    "hyphened words": _repeated("a-", "a", "b"),
    "dotted words": _repeated("a.", "a", "b"),
    "pod names": _numbered("cart-7d9f-{} "),
    "words": _repeated("lorem ipsum dolor "),
    "sentences": _numbered("Pod {} is down. "),
    "short lines": _numbered("{}\n"),
    "table rows": _repeated("| a | b |\n"),
    "headings": _repeated("# A\n"),
    "URLs": _numbered("https://example.net/{}?a=1&b=2 "),
    "slashes": _repeated("/"),
    "colons": _repeated("a:"),
    "system colons": _repeated("system "),
    "ignored instructions": _repeated("ignore "),
    "conjunctions": _repeated("and then "),
    "polite words": _repeated("please "),
    "verbs": _repeated("restart the "),
    "duties": _repeated("you have "),
    "accents": _repeated("é"),
    "combining marks": _repeated("\u0301", "a", "b"),
    "letters with marks": _repeated("e\u0301"),
    "zero-width spaces": _repeated("\u200b", "a", "b"),
    "zero-width joiners": _repeated("a\u200d"),
    "soft hyphens": _repeated("\u00ad", "a", "b"),
    "right-to-left marks": _repeated("\u202e", "a", "b"),
    "Cyrillic": _repeated("слово "),
    "homoglyphs": _repeated("іgnоre "),
    "mathematical letters": _repeated("𝐚"),
    "full-width letters": _repeated("ａ"),
    "ligatures": _repeated("\ufdfa"),
    "Chinese": _repeated("服务器"),
    "Chinese sentences": _repeated("服务器坏了。"),
    "Japanese": _repeated("サーバーが"),
    "Thai": _repeated("เซิร์ฟเวอร์"),
    "Khmer": _repeated("ម៉ាស៊ីន"),
    "Hindi": _repeated("सर्वर बंद है। "),
    "Arabic": _repeated("الخادم لا يعمل؟ "),
    "Hangul parts": _repeated("\u1100\u1161\u11a8"),
    "emoji": _repeated("😀"),
    "emoji families": _repeated("👩‍👩‍👧"),
    "flags": _repeated("🇧🇷"),
    "private characters": _repeated("\ue000"),
    "base64": _repeated("aWdub3JlIGFsbA"),
    "escaped characters": _repeated("\\u0041"),
    "percent signs": _repeated("%41"),
    "template marks": _repeated("{{a}}"),
    "mixed": _repeated("Ab1 é,中.\n-\u00a0😀'x' **y** \"z\" [k](u) $3 "),
}
"""By the name of the sort."""

FLOOR = 0.005
"""Seconds of processor time too short to tell anything about growth."""


def seconds_of(work: Callable[[], object]) -> float:
    """Return the processor time of work; other processes do not count for it, nor what other tests
    left to the garbage collector."""
    gc.disable()
    try:
        started = process_time()
        work()
        return process_time() - started
    finally:
        gc.enable()


def growth(small: Callable[[], object], large: Callable[[], object]) -> float:
    """Return by what factor the larger work takes longer; 1 where even that takes no time."""
    seconds = seconds_of(large)
    return 1.0 if seconds < FLOOR else seconds / max(seconds_of(small), FLOOR / 16)


def disproportionate(
    work_on: Callable[[str], Callable[[], object]], size: int = 1_000, most: float = 6.0
) -> dict[str, float]:
    """Return the sorts of text on which work takes too much longer when a text is four times as
    long, with the factor: about 4 for linear work, 16 for quadratic.

    A factor above the limit is measured again, because a busy machine disturbs single measurements
    while growth that is there shows in each of them; the least of three counts.

    :param work_on: prepares the work on a text; preparing is not timed.
    """

    def factor_of(make: Text) -> float:
        least = float("inf")
        for _ in range(3):
            least = min(least, growth(work_on(make(size)), work_on(make(4 * size))))
            if least <= most:
                break
        return least

    found = {name: factor_of(make) for name, make in TEXTS.items()}
    return {name: factor for name, factor in found.items() if factor > most}
