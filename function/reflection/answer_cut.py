"""Where an answer under way is cut.

At a stop text, at a transcript's next speaker, before a sentence that stands again, at a loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from function.reflection.checks.soundness import is_becoming_loop, repeats_from

_USUAL = (
    *("User", "Human", "Customer", "Assistant", "System"),
    *("Usuário", "Cliente", "Você", "Assistente", "Sistema"),
)
_WHOLE_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


class AnswerCut:
    """Decides for one request how much of a text under way is the answer.

    :param speakers: the marks of the transcript that the request came as; none for another form.
    :param is_json: whether the text is JSON; in a text of it a loop is one as well.
    :param stop: texts at which an answer that is not JSON ends.
    """

    def __init__(self, speakers: Iterable[str], is_json: bool, stop: Sequence[str] = ()) -> None:
        marks = sorted({*speakers, *_USUAL}) if speakers and not is_json else []
        names = "|".join(map(re.escape, marks))
        self._speaker = (
            re.compile(rf"\n[ \t*#]{{0,4}}(?:{names})[ \t*]{{0,4}}:", re.I) if marks else None
        )
        self._names = [name.casefold() for name in marks]
        self._is_json = is_json
        self._stop = tuple(stop)

    def __call__(self, text: str) -> int | None:
        """Return how many characters of the text are the answer, or None to go on."""
        if self._is_json:
            _, opened, last = _WHOLE_STRING.sub("", text).partition('"')
            return len(text) if opened and is_becoming_loop(last) else None
        if self._stop:
            ends = [place for each in self._stop if (place := text.find(each)) >= 0]
            if ends:
                return min(ends)
        if self._speaker is not None:
            for found in self._speaker.finditer(text):
                if text[: found.start()].strip():
                    return found.start()
        if (again := repeats_from(text)) is not None:
            return again
        return len(text) if is_becoming_loop(text) else None

    def may_end(self, text: str, seen: int) -> tuple[int | None, bool]:
        """Return where a text under way ends at a stop text or a speaker, and whether for certain.

        :param seen: how many characters were looked at before.
        """
        ends = [
            place
            for stop in self._stop
            if (place := text.find(stop, max(seen - len(stop), 0))) >= 0
        ]
        if ends:
            return min(ends), True
        begun = [len(text) - held for stop in self._stop if (held := _begun(text, stop))]
        if self._speaker is not None:
            line = max(text.rfind("\n", 0, seen), 0)
            for found in self._speaker.finditer(text, line):
                if text[: found.start()].strip():
                    return found.start(), True
            line = text.rfind("\n")
            said = text[line + 1 :].strip(" \t*#").casefold()
            if line > 0 and any(name.startswith(said) for name in self._names):
                begun.append(line)
        return min(begun, default=None), False


def _begun(text: str, stop: str) -> int:
    """Return how many characters at the end of a text may begin a stop text."""
    longest = min(len(stop) - 1, len(text))
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
