"""An answer as text and as JSON value, parsed once for all that read it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from function.events.strict_json import strict_json


class Answer:
    """The text of an answer, and the JSON value that it is where it is one.

    The value is parsed when it is first read; nothing may change it.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"Answer({self.text!r})"

    @property
    def value(self) -> Any:
        """The JSON value, or None where the text is not JSON; see :attr:`problem`."""
        return self._parsed[0]

    @property
    def problem(self) -> str:
        """Why the text is not JSON, or an empty string where it is."""
        return self._parsed[1]

    @cached_property
    def tree(self) -> dict[str, Any] | list[Any] | None:
        """The JSON object or array, or None where the text is neither."""
        # Most answers are prose, and a parser's error takes longer than a look at one character.
        if not self.text.lstrip().startswith(("{", "[")):
            return None
        value: dict[str, Any] | list[Any] | None = self.value
        return value

    @cached_property
    def _parsed(self) -> tuple[Any, str]:
        try:
            return strict_json(self.text.encode("utf-8", "surrogatepass")), ""
        except ValueError as error:
            return None, str(error) or "not JSON"
