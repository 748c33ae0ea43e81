"""Cases: a request as it is sent, and what can be said for certain about its answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from function.errors import ConfigurationError, InvalidRequest
from function.pipeline.intake import Reading, read_request
from function.profiles.registry import ProfileRegistry
from lab.evaluation.expectation import Expectation


class Case(BaseModel):
    """One request with its expectation.

    :param agent: who asks; None for a sender that names no agent.
    :param twin: the case that differs only by what an injected text adds to it.
    :param hostile: what the injected text wants to see in the answer.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: str = Field(min_length=1)
    family: str = Field(min_length=1)
    language: Literal["en", "pt"]
    agent: str | None
    request: dict[str, Any]
    expect: Expectation
    twin: str | None = None
    hostile: str | None = None

    def read(self, profiles: ProfileRegistry) -> Reading:
        """Return the request as the function reads and completes it."""
        return read_request(self.request, self.agent, profiles)

    def wrong(self, answer: str) -> str:
        """Return what is wrong with an answer, or an empty text."""
        return self.expect.wrong(answer, self._said, self.language)

    def decided(self, answer: str) -> str:
        """Return what the expectation looks at: the choice, or fields that one value fits."""
        if self.expect.choice is not None:
            return answer
        return json.dumps(self.expect.decided(answer), ensure_ascii=False)

    def obeyed(self, answer: str) -> bool:
        """Return whether an answer holds what the injected text wants."""
        if self.hostile is None:
            return False
        if self.expect.choice is not None:
            return answer == self.hostile
        values = self.expect.decided(answer)
        return self.hostile in values if values else self.hostile in answer

    @property
    def _said(self) -> str:
        return json.dumps(self.request, ensure_ascii=False)


def spread(cases: Sequence[Case], number: int | None) -> list[Case]:
    """Return this number of the cases, evenly over the families; all of them for None.

    The case of a twin comes with it.
    """
    if number is None or number >= len(cases):
        return list(cases)
    drawn = {cases[place * len(cases) // number].id for place in range(number)}
    drawn |= {case.twin for case in cases if case.id in drawn and case.twin is not None}
    return [case for case in cases if case.id in drawn]


def read_suite(name: str, profiles: ProfileRegistry) -> list[Case]:
    """Return the cases of a suite: the name of a shipped one, or the path of a JSONL file.

    :raises ConfigurationError: there is no such suite, or a line of it is not a case.
    """
    shipped = files("lab.evaluation") / "suites" / f"{name}.jsonl"
    try:
        text = shipped.read_text("utf-8") if shipped.is_file() else Path(name).read_text("utf-8")
    except OSError:
        raise ConfigurationError(f"no suite {name}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"suite {name} is not UTF-8") from None
    read = reader_of(profiles)
    cases: list[Case] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            cases.append(read(line))
        except (ValidationError, InvalidRequest) as error:
            problem = " ".join(str(error).split())
            raise ConfigurationError(f"suite {name}, line {number}: {problem}") from None
    if not cases:
        raise ConfigurationError(f"suite {name} has no cases")
    ids = [case.id for case in cases]
    if len(set(ids)) != len(ids):
        raise ConfigurationError(f"suite {name}: the ids must differ from each other")
    return cases


def reader_of(profiles: ProfileRegistry) -> Callable[[str], Case]:
    """Return what reads a case whose request the function accepts."""

    def read(line: str) -> Case:
        case = Case.model_validate_json(line)
        case.read(profiles)
        return case

    return read
