"""Options that a question about a text names itself.

*Is this review positive or negative?* has the options *positive* and *negative*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LONGEST = 400
"""Characters of the line that asks."""
FEWEST_JUDGED = 4
"""Words of a text that is judged, where it is not quoted."""
_ARTICLE = r"(?:(?:an?|um|uma) )"
_WORD = r"[^\W\d_][\w-]*"
_ONE = rf"(?:{_ARTICLE}{_WORD} {_WORD}|{_ARTICLE}?{_WORD})"
_EITHER = re.compile(
    r"(?:(?:^|[.!:])\s*(?:is|are|was|were) (?!there\b)|\b(?:é|está|estão|são|foi) )[^?]*?(?<=\s)"
    rf"(?P<first>{_ONE}(?:, {_ONE})*),? (?:or|ou) (?P<last>{_ONE})\s*\?",
    re.I,
)
_ASKS_WHAT = re.compile(
    r"\b(?:what|which|who|where|when|why|how|qual|quais|quem|onde|quando)\b", re.I
)
_QUOTES = re.compile(r"['\"‘“«„]")
_DECIDES_OTHERWISE = (
    *("context", "messages", "history", "response_format", "responseFormat", "checks"),
)
"""Fields of a request that is not about a text of its prompt alone."""
_OPENING_ARTICLE = re.compile(rf"^{_ARTICLE}", re.I)
_NO_OPTIONS = frozenset(
    ("more", "less", "not", "no", "other", "later", "so", "mais", "menos", "não")
)
"""Words beside *or* that say how much or whether."""


def options_of(data: Mapping[str, Any], prompt: str) -> list[str]:
    """Return the options that the question of a prompt names, in its words.

    There are none where the prompt has no text to judge, or where it is not plain where an option
    begins: it is one word, or two behind an article, as in *a bug or a feature request*.

    :param data: the request that the prompt is of.
    """
    if any(map(data.get, _DECIDES_OTHERWISE)):
        return []
    asking = [line for line in prompt.splitlines() if "?" in line]
    if len(asking) != 1 or len(asking[0]) > LONGEST:
        return []
    found = _EITHER.search(asking[0])
    if found is None or _ASKS_WHAT.search(found[0]):
        return []
    judged = prompt.replace(found[0], "")
    if len(judged.split()) < FEWEST_JUDGED and _QUOTES.search(judged) is None:
        return []
    named = [*found["first"].split(", "), found["last"]]
    options = [_OPENING_ARTICLE.sub("", option) for option in named]
    if not _NO_OPTIONS.isdisjoint(option.lower() for option in options):
        return []
    return options if len({option.lower() for option in options}) == len(options) else []
