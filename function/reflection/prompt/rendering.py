"""How an agent's context is shown to the model: what comes first, what is hidden, what is a price.

Rendering changes only what the model reads. Checks look at the context as it was sent.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from function.reflection.prompt.labels import telling_labels
from function.reflection.text.words import key_words, remembered
from function.remediation import labels_in


class Rendering(BaseModel):
    """How context becomes facts.

    ``first`` names the fields that stand at the top, so that they are the last to be cut. ``hide``
    names fields, at any depth, that the model never sees: personal data, or what only costs
    tokens; ``phone`` hides ``customerPhone`` and ``phone_number`` as well. ``rows`` names lists of
    objects shown as one line an object. ``prices`` names fields, at any depth and in any spelling
    (``old_price``, ``oldPrice``), whose numbers are shown in Brazilian format. ``empty`` is the one
    fact shown when there is no context at all. ``decisive`` names the fields that alone are shown
    where one of several choices is scored, if the context has any such object: free text beside it
    may lie. Of them only labels with a known meaning are shown there, and only with values that
    labels have (:mod:`function.reflection.prompt.labels`); without any such object,
    nothing in the context that tells somebody to do something is.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    first: list[str] = Field(default_factory=list)
    hide: list[str] = Field(default_factory=list)
    rows: list[str] = Field(default_factory=list)
    prices: list[str] = Field(default_factory=list)
    empty: str | None = None
    decisive: list[str] = Field(default_factory=list)

    @property
    def reports(self) -> bool:
        """Whether the context only reports a case, and is not itself what somebody wants."""
        return bool(self.decisive)

    def for_choosing(self, context: dict[str, Any]) -> dict[str, Any]:
        """Return the part of the context that decides between choices."""
        found: dict[str, Any] = {}
        for key in self.decisive:
            if isinstance(context.get(key), dict):
                found = {**context[key], **found}
        if self.decisive and not found:
            found.update(labels_in(context))
        return telling_labels(found) if found else context

    def shown(self, context: dict[str, Any]) -> dict[str, Any]:
        """Return the context as the model sees it, still a nested object."""
        if self is PLAIN:
            return context
        visible = self._dressed(context) if self.hide or self.prices else context
        ordered = {key: visible[key] for key in self.first if key in visible}
        ordered.update(visible)
        for key in self.rows:
            if isinstance(ordered.get(key), list):
                ordered[key] = _rows(ordered[key])
        if not ordered and self.empty:
            return {"note": self.empty}
        return ordered

    def _dressed(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: brazilian_price(inner) if self._is_price(key, inner) else self._dressed(inner)
                for key, inner in value.items()
                if not self._is_hidden(key)
            }
        if isinstance(value, list):
            return [self._dressed(item) for item in value]
        return value

    def _is_hidden(self, key: str) -> bool:
        named = f" {_words(key)} "
        return any(f" {_words(name)} " in named for name in self.hide)

    def _is_price(self, key: str, value: Any) -> bool:
        if not isinstance(value, (int, float)) or type(value) is bool:
            return False
        return _words(key) in map(_words, self.prices)


PLAIN = Rendering()
"""Everything as it comes."""


@remembered
def _words(name: str) -> str:
    """Return the words of a field's name, whichever way it is spelt: ``oldPrice`` is ``old
    price``."""
    return " ".join(key_words(name))


def brazilian_price(amount: float) -> str:
    """Return an amount in reais: 1299.9 is ``R$ 1.299,90``."""
    return f"R$ {amount:,.2f}".translate(str.maketrans(",.", ".,"))


def _rows(items: list[Any]) -> dict[str, Any] | list[Any]:
    """Objects by their name, each with the rest of its fields in one text."""
    if not all(isinstance(item, dict) and isinstance(item.get("name"), str) for item in items):
        return items
    return {item["name"]: _one_line(item) for item in items}


def _one_line(item: dict[str, Any]) -> str:
    rest = [f"{key} {_short(value)}" for key, value in item.items() if key != "name"]
    return ", ".join(rest) or "available"


def _short(value: Any) -> str:
    if isinstance(value, list):
        return " / ".join(_short(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
