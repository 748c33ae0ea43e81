"""Cases: a request and what can be said for certain about its answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from function.contract import Completion, InferenceRequest, parse_request
from function.errors import ConfigurationError, InvalidRequest
from function.events.strict_json import strict_json
from function.reflection.checks.checks import checks_of, run_checks
from function.reflection.checks.items import at
from function.reflection.checks.numbers import KnownNumbers, quantities, ungrounded_numbers
from function.reflection.text.words import fold


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Expectation(_Strict):
    """What makes an answer right; the checks of the request have to pass as well.

    ``numbers`` are quantities that the answer must state, in whichever form. ``any_of`` holds
    groups of texts, one of each group must stand in it; case and accents do not count.
    ``fields`` are values by their dotted path in a JSON answer, or lists of permitted values.
    """

    choice: str | None = None
    numbers: list[str] = Field(default_factory=list)
    any_of: list[list[str]] = Field(default_factory=list)
    none_of: list[str] = Field(default_factory=list)
    fields: dict[str, Any] = Field(default_factory=dict)

    def wrong(self, answer: str) -> str:
        """What is wrong with an answer, or an empty string."""
        if self.choice is not None and answer != self.choice:
            return f"not {self.choice}"
        for number in self.numbers:
            if ungrounded_numbers(quantities(number), KnownNumbers(quantities(answer))):
                return f"does not say {number}"
        folded = fold(answer)
        for group in self.any_of:
            if not any(fold(text) in folded for text in group):
                return f"says none of {', '.join(group)}"
        for text in self.none_of:
            if fold(text) in folded:
                return f"says {text}"
        return self._wrong_field(answer) if self.fields else ""

    def _wrong_field(self, answer: str) -> str:
        try:
            value = strict_json(answer.encode())
        except ValueError:
            return "no JSON"
        for path, wanted in self.fields.items():
            permitted = wanted if isinstance(wanted, list) else [wanted]
            found = list(at(value, path))
            if not found or not all(_same(item, permitted) for item in found):
                return f"{path} is not {json.dumps(wanted, ensure_ascii=False)}"
        return ""


def _same(found: object, permitted: Sequence[object]) -> bool:
    if isinstance(found, str):
        return any(isinstance(item, str) and fold(item) == fold(found) for item in permitted)
    # True is 1 to Python, and not to JSON.
    return found in (
        item for item in permitted if isinstance(item, bool) == isinstance(found, bool)
    )


class Case(_Strict):
    """One request with its expectation.

    ``twin`` names the case that differs only by what an injected text adds to it.
    """

    id: str = Field(min_length=1)
    agent: str = Field(min_length=1)
    language: Literal["en", "pt"]
    request: dict[str, Any]
    expect: Expectation
    twin: str | None = None

    def asked(self, complete: Completion) -> InferenceRequest:
        """The request as the function would complete it."""
        return parse_request(self.request, self.agent, complete)

    def judge(self, request: InferenceRequest) -> Callable[[str], str]:
        """Tells what is wrong with an answer to the request; empty where it is right."""
        checks = checks_of(request)

        def wrong(answer: str) -> str:
            failed = [result.reason for result in run_checks(checks, answer) if not result.passed]
            return failed[0] if failed else self.expect.wrong(answer)

        return wrong


def read_suite(name: str, complete: Completion) -> list[Case]:
    """The cases of a suite: the name of one that is shipped, or the path of a JSONL file.

    :raises ConfigurationError: no such suite, or a line of it is no case.
    """
    shipped = files("lab.evaluation") / "suites" / f"{name}.jsonl"
    try:
        text = shipped.read_text("utf-8") if shipped.is_file() else Path(name).read_text("utf-8")
    except OSError:
        raise ConfigurationError(f"no suite {name}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"suite {name} is not UTF-8") from None
    cases: list[Case] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            case = Case.model_validate_json(line)
            case.asked(complete)
        except (ValidationError, InvalidRequest) as error:
            problem = " ".join(str(error).split())
            raise ConfigurationError(f"suite {name}, line {number}: {problem}") from None
        cases.append(case)
    if not cases:
        raise ConfigurationError(f"suite {name} has no cases")
    ids = [case.id for case in cases]
    if len(set(ids)) != len(ids):
        raise ConfigurationError(f"suite {name}: the ids must differ from each other")
    return cases
