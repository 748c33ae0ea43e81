"""Texts with several wordings: `Pod(Pending|NotReady)` is one of two."""

from __future__ import annotations

import random
import re

_INNERMOST = re.compile(r"\(([^()]*)\)")


def one_of(template: str, generator: random.Random) -> str:
    """Return the template with one alternative of every group; groups may be nested."""
    while (group := _INNERMOST.search(template)) is not None:
        chosen = generator.choice(group[1].split("|"))
        template = template[: group.start()] + chosen + template[group.end() :]
    return template


def every_word(template: str) -> str:
    """Return the template with all alternatives side by side."""
    return re.sub(r"[()|]", " ", template)
