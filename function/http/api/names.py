"""Names that ``model`` may have in other APIs: agents' profiles, tasks, and the models here."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from function.http.api.base import WrongCall
from function.trm.names import PREFIX

if TYPE_CHECKING:
    from function.service import Service

DEFAULT = "trm"
TASKS = {
    "sudoku": "Sudoku puzzles by the native TRM",
    "maze": "Mazes by the native TRM",
    "arc": "ARC puzzles by the native TRM",
    "alert_triage": "Triage of alerts by the native TRM",
}
CLOSE = 0.8
"""Likeness, 0 to 1, from which a name is taken for a misspelled one."""


@dataclass(frozen=True, slots=True)
class ModelName:
    """A name, its description, and the request fields that it sets."""

    name: str
    description: str
    fields: dict[str, Any] = field(default_factory=dict)


class UnknownModelError(WrongCall):
    """No model has this name; ``close`` are names like it."""

    def __init__(self, name: str, close: list[str]) -> None:
        self.close = close
        shown = "".join(letter for letter in name if letter.isprintable())[:100]
        hint = f"; is {close[0]} meant?" if close else ""
        message = f"the model {shown!r} does not exist{hint}"
        super().__init__(404, message, "model_not_found", "model")


class ModelNames:
    """Looks up model names.

    :data:`DEFAULT` stands for the models of the settings, in their order. Each of them is listed by
    its label as well. The names of hosted models in the settings stand for the default too: agents
    that are moved here from such a server keep sending them.
    """

    def __init__(self, service: Service) -> None:
        settings = service.settings
        default = ModelName(DEFAULT, "the models of this function, in order of preference")
        profiles = [
            ModelName(name, service.profiles[name].description, {"agent": name})
            for name in service.profiles
        ]
        tasks = [ModelName(name, text, {"task": name}) for name, text in TASKS.items()]
        own = [
            ModelName(name, "a model of TRM_MODELS", {"model": name}) for name in settings.models
        ]
        backends = [
            ModelName(label, "this backend alone, without fallback", {"model": label})
            for label in service.chain.labels
            if not label.startswith(PREFIX) and label not in settings.models
        ]
        self.listed = [default, *profiles, *tasks, *own, *backends]
        self._known = {each.name: each for each in reversed(self.listed)}
        for profile in profiles:
            for alias in service.profiles[profile.name].aliases:
                self._known.setdefault(
                    alias, ModelName(alias, profile.description, {"agent": alias})
                )
        for moved in (settings.ollama_model, settings.openai_model):
            if moved:
                self._known.setdefault(moved, ModelName(moved, default.description))

    def find(self, name: str) -> ModelName:
        """Return the model of this name; a ``:latest`` behind it is ignored.

        :raises UnknownModelError: there is none.
        """
        found = self._known.get(name) or self._known.get(name.removesuffix(":latest"))
        if found is None:
            raise UnknownModelError(name, get_close_matches(name[:200], self._known, 1, CLOSE))
        return found
