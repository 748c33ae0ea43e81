"""Conversations in the forms that chat templates take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from function.errors import ModelRefused

Message = dict[str, str]
"""A turn as templates and chat APIs have it: ``role`` and ``content``."""


def joined_messages(messages: Sequence[Message], system: bool = True) -> list[Message]:
    """Return neighbours of the same role as one message.

    :param system: whether there may be a system turn; else its text is the user's.
    """
    joined: list[Message] = []
    for message in messages:
        role, text = message["role"], message["content"]
        if role == "system" and not system:
            role = "user"
        if joined and joined[-1]["role"] == role:
            joined[-1] = {"role": role, "content": f"{joined[-1]['content']}\n\n{text}"}
        else:
            joined.append({"role": role, "content": text})
    return joined


def forms_of(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """Yield a conversation as it is, then in forms for stricter and stricter templates.

    Some take one system turn only, some none, and some only questions and answers in turn. No form
    comes twice.
    """
    forms: list[Sequence[Message]] = []
    for form in (messages, joined_messages(messages), joined_messages(messages, system=False)):
        if form not in forms:
            forms.append(form)
            yield form


_OPTIONS = {
    "tokenize": False, "add_generation_prompt": True, "enable_thinking": False, "thinking": False
}  # fmt: skip
"""Thinking aloud would spend the tokens; templates know the wish by one name or the other."""


def templated(name: str, messages: Sequence[Message], render: Callable[..., object]) -> str:
    """Return a conversation as the template of a model writes it, in the first form that it takes.

    :param name: the model, for the message of the error.
    :raises ModelRefused: it takes none.
    """
    from jinja2 import TemplateError

    for form in forms_of(messages):
        with suppress(TemplateError):
            return str(render(form, **_OPTIONS))
    raise not_taken(name)


def not_taken(name: str) -> ModelRefused:
    """Return the error for a conversation that no template writes."""
    return ModelRefused(f"the chat template of {name} takes no such conversation")
