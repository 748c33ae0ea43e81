"""The other forms of a request that a server may take when it refuses the first one.

Servers that speak one API differ in the fields they know and the limits they set, and say so only
in a refusal, which costs nothing. What a form was needed for is remembered once it was answered.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

from function.backends.chat_templates import joined_messages
from function.backends.hosted.refusals import OUTPUT_FIELDS, REFUSED, UNKNOWN, Refusal
from function.backends.lru_cache import Memory

SHORTEST_ANSWER = 16
KEPT_SCHEMAS = 256
RENAMED = dict((OUTPUT_FIELDS, OUTPUT_FIELDS[::-1]))
"""OpenAI's reasoning models know the limit of an answer by another name only."""

Body = dict[str, Any]


@dataclass(frozen=True)
class Form:
    """How a request differs from what would be asked of a server that knows everything."""

    without: frozenset[str] = frozenset()
    """Fields left out, each with those whose names hold its own (logprobs: top_logprobs)."""
    renamed: bool = False
    most: int | None = None
    """Upper limit of the tokens of an answer."""
    system: bool = True
    """Whether there may be a system turn."""


@dataclass
class Forms:
    """What is known about one server. Safe to share between threads: a lost update is learnt again.

    :param optional: fields that can be done without.
    :param remembered: those of them that a server refuses whatever their value.
    :param schema: the field with the schema of the answer.
    """

    optional: Collection[str]
    remembered: Collection[str]
    schema: str
    _known: Form = Form()
    _refused: Memory[bytes, bool] = field(default_factory=lambda: Memory(KEPT_SCHEMAS))

    def first(self, body: Body) -> Form:
        """Return the form that a request should be sent in first."""
        if self.schema in body and self._refused.get(_digest(body[self.schema])):
            return replace(self._known, without=self._known.without | {self.schema})
        return self._known

    def apply(self, form: Form, body: Body) -> Body:
        """Return the request in this form."""
        made = {
            name: value
            for name, value in body.items()
            if not any(left_out in name for left_out in form.without)
        }
        limit = OUTPUT_FIELDS[0]
        if form.most is not None and limit in made:
            made[limit] = min(made[limit], form.most)
        if form.renamed and limit in made:
            made[RENAMED[limit]] = made.pop(limit)
        if not form.system and "messages" in made:
            made["messages"] = joined_messages(made["messages"], system=False)
        return made

    def next(self, form: Form, body: Body, refusal: Refusal) -> Form | None:
        """Return the form to try after a refusal, or None if no other one can help.

        :param body: the request before any form was applied to it.
        """
        sent = self.apply(form, body)
        if refusal.kind in ("credit", "operator", "withheld", "thoughts"):
            return None
        if refusal.status in REFUSED:
            text = refusal.text
            unknown = UNKNOWN.search(text) and any(name in text for name in OUTPUT_FIELDS)
            if unknown and OUTPUT_FIELDS[0] in sent:
                return replace(form, renamed=True)
            if refusal.kind == "output":
                return self._shorter(form, sent)
            named = {name for name in self.optional if name in text and name in sent}
            if named:
                return replace(form, without=form.without | named)
            if refusal.of_system and form.system and any(_is_system(it) for it in _turns(sent)):
                return replace(form, system=False)
            if refusal.kind == "long":
                return None
        elif not (refusal.status >= 500 and refusal.of_schema):
            return None
        # Servers that cannot convert a schema seldom say which field it is in.
        unexplained = (self.schema, "chat_template_kwargs", "think")
        left = next((name for name in unexplained if name in sent), None)
        return replace(form, without=form.without | {left}) if left else None

    def keep(self, form: Form, body: Body, limited: bool) -> None:
        """Remember the form in which a request was answered.

        :param limited: whether the server limits every answer so, however short the prompt is.
        """
        if form == self._known:
            return
        if self.schema in form.without and self.schema in body:
            self._refused.put(_digest(body[self.schema]), True)
        kept = form.without & set(self.remembered)
        most = form.most if limited else self._known.most
        self._known = replace(form, without=self._known.without | kept, most=most)

    def _shorter(self, form: Form, sent: Body) -> Form | None:
        limit = next((sent[name] for name in OUTPUT_FIELDS if name in sent), 0)
        if limit <= SHORTEST_ANSWER:
            return None
        return replace(form, most=max(limit // 2, SHORTEST_ANSWER))


def _turns(body: Body) -> list[Any]:
    turns = body.get("messages")
    return turns if isinstance(turns, list) else []


def _is_system(turn: Any) -> bool:
    return bool(turn["role"] == "system")


def _digest(schema: Any) -> bytes:
    return blake2b(json.dumps(schema, sort_keys=True).encode(), digest_size=16).digest()
