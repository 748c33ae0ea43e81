"""Example values of an output format, which small models copy instead of filling them in.

``{"summary": "summary in one sentence"}`` is shown to them as ``{"summary": "..."}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

NEUTRAL = "..."
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
_SHOWN = re.compile(r'[:\[,]\s*"([^"\n|]{6,80})"')


def example_values(texts: Iterable[str]) -> Iterator[str]:
    """Yield the values of several words that JSON-like text shows."""
    for text in texts:
        if (found := _OBJECT.search(text)) is not None:
            yield from (value for value in _SHOWN.findall(found[0]) if len(value.split()) > 1)


def without_examples(text: str, examples: Iterable[str]) -> str:
    """Return a text whose quoted examples are dots: the key says what belongs there.

    Measured on the embedded model: of a template such as ``{"summary": "summary in one sentence"}``
    it gives back the example, and with dots it writes a summary.
    """
    for example in examples:
        for quote in ("'", '"'):
            text = text.replace(f"{quote}{example}{quote}", f"{quote}{NEUTRAL}{quote}")
    return text
