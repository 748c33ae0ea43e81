"""A hook of mkdocs: fences whose second word is for the tests are plain fences of the site."""

from __future__ import annotations

import re
from typing import Any

_FENCE = re.compile(r"^(\s*```\w+) .+$", re.MULTILINE)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Return the page without what only the tests read."""
    return _FENCE.sub(r"\1", markdown)
