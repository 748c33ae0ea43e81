"""What of a conversation fits into a model's window.

The rule: the system prompt, the question and the reasons of failed checks always stay. Where not
everything fits, the oldest messages go first, as long as the history takes more than a quarter of
what is left for it and the context; then the context is trimmed field by field
(:mod:`function.reflection.prompt.facts`). A system prompt and a question that do not fit by
themselves lose their middle. Whatever was shortened shows a mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from function.backends.base import Model, Turn
from function.reflection.prompt.facts import Fact, fitting_lines, left_out
from function.reflection.prompt.truncation import Count, fits, shortened_to

TURN_TOKENS = 8
"""What the template of a turn may take."""
ANSWER_SHARE = 1 / 4
"""Part of the window that is kept for an answer that may be so long."""
HINT_SHARE = 1 / 8
"""Part of the window kept for the reasons of failed checks, so that they need no other prompt."""
HISTORY_SHARE = 1 / 4
"""Part of the room for history and context down to which the oldest messages go first."""
REPEAT_SHARE = 1 / 8
"""Part of the room up to which a question, with the facts it names, may be said twice."""


@dataclass(slots=True)
class Conversation:
    """The turns that an answer continues; ``shortened`` when something did not fit into them."""

    turns: list[Turn]
    shortened: bool = False


@dataclass(slots=True)
class Parts:
    """What a conversation is made of.

    ``repeated`` says the question twice: before the facts as well as after them, or, where it
    names some of them, after them and once more behind those.
    """

    system: str
    history: Sequence[Turn]
    heading: str
    facts: Sequence[Fact]
    question: str
    repeated: bool = False
    named: Sequence[Fact] = ()

    def put_together(self) -> list[Turn]:
        """Return all of it, whole."""
        return self.turns(self.system, self.history, self.lines, self.question, self.repeated)

    @property
    def lines(self) -> list[str]:
        """One line a fact."""
        return [fact.line() for fact in self.facts]

    @property
    def named_lines(self) -> str:
        """The facts that the question names."""
        return "\n".join(fact.line() for fact in self.named)

    def turns(
        self,
        system: str,
        history: Sequence[Turn],
        lines: Sequence[str],
        question: str,
        repeated: bool,
    ) -> list[Turn]:
        """Return the turns of these parts."""
        said = [question]
        if lines:
            said = ["\n".join([self.heading, *lines]), question]
            if repeated and self.named:
                said += [self.named_lines, question]
            elif repeated:
                said = [question, *said]
        return [Turn("system", system), *history, Turn("user", "\n\n".join(said))]


def room_for_prompt(model: Model, answer_tokens: int) -> int:
    """Return tokens that a prompt may take, so that an answer and a hint still fit."""
    answer = min(answer_tokens, int(model.window * ANSWER_SHARE))
    return model.window - answer - room_for_hint(model)


def room_for_hint(model: Model) -> int:
    """Return tokens that the reasons of failed checks may take."""
    return int(model.window * HINT_SHARE)


def fit(parts: Parts, model: Model, answer_tokens: int) -> Conversation:
    """Return the conversation that leaves room for ``answer_tokens``, a quarter of the window at
    most."""
    count = model.count_tokens
    room = room_for_prompt(model, answer_tokens)
    whole = parts.put_together()
    if _fit_together(whole, room, count):
        return Conversation(whole)
    return Conversation(_fitted(parts, room, count), shortened=True)


def _fitted(parts: Parts, room: int, count: Count) -> list[Turn]:
    heading = least = 0
    if parts.facts:
        heading = count(f"{parts.heading}\n\n\n")
        # A context that does not fit can at least say so.
        least = heading + count(left_out(len(parts.facts)))
    system, question = _halves(parts.system, parts.question, room - 2 * TURN_TOKENS - least, count)
    left = room - 2 * TURN_TOKENS - heading - count(system) - count(question)
    again = count(f"{parts.named_lines}\n\n{question}\n\n")
    repeated = parts.repeated and again <= left * REPEAT_SHARE
    if repeated:
        left -= again
    wanted = count("\n".join(parts.lines))
    spare = left - (least - heading)
    history = _newest(
        parts.history, min(spare, max(left - wanted, int(left * HISTORY_SHARE))), count
    )
    left -= _size(history, count)
    return parts.turns(system, history, fitting_lines(parts.facts, left, count), question, repeated)


def _halves(first: str, second: str, tokens: int, count: Count) -> tuple[str, str]:
    """Return two texts in so many tokens together; only one that takes more than half is
    shortened."""
    sizes = count(first), count(second)
    if sum(sizes) <= tokens:
        return first, second
    half = tokens // 2
    short = shortened_to(first, max(half, tokens - sizes[1]), count)
    return short, shortened_to(second, max(half, tokens - sizes[0]), count)


def _newest(history: Sequence[Turn], tokens: int, count: Count) -> list[Turn]:
    """Return the last messages that fit, beginning with one of the user's if any was left out.

    A message that takes more than half of the room loses its middle.
    """
    if _fit_together(history, tokens, count):
        return list(history)
    half = tokens // 2 - TURN_TOKENS
    kept: list[Turn] = []
    for turn in reversed(history):
        short = Turn(turn.role, shortened_to(turn.content, half, count))
        tokens -= count(short.content) + TURN_TOKENS
        if tokens < 0 or not short.content:
            break
        kept.insert(0, short)
    while kept and kept[0].role == "assistant":
        kept.pop(0)
    return kept


def _fit_together(turns: Sequence[Turn], room: int, count: Count) -> bool:
    text = "".join([turn.content for turn in turns])
    return fits(text, room - TURN_TOKENS * len(turns), count)


def _size(turns: Sequence[Turn], count: Count) -> int:
    return sum(count(turn.content) + TURN_TOKENS for turn in turns)
