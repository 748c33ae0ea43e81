"""The API of a reasoning service: a question or a problem in, an answer with its steps out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from function.contract import InferenceResponse
from function.events.message import HttpResponse
from function.http.api.base import Call, Problem, Route, WrongCall, json_answer, read_object
from function.pipeline.prompt_parts import QUESTIONS
from function.pipeline.responses import as_reasoning

if TYPE_CHECKING:
    from function.service import Service

PATH = "/reason"
_AGENTS = {"problem": "agent-sre", "question": "agent-reasoning"}
"""Agent of a request that names none, by the field with its question."""
_OLDER = {"max_iterations": "max_steps"}


class Reasoning:
    """Answers with the handler of events."""

    def __init__(self, service: Service) -> None:
        self._answer = service.handler.answer_plain
        self._profiles = service.profiles

    @property
    def routes(self) -> Iterable[Route]:
        """Every route."""
        return [Route("POST", PATH, self._reason)]

    def refuse(self, problem: Problem) -> HttpResponse:
        """Write an error with the ``detail`` that clients of such services look for."""
        error = {"code": problem.code, "message": problem.message, "field": problem.field}
        body = {"detail": problem.message, "error": error}
        return json_answer(body, problem.status, problem.headers)

    def _reason(self, call: Call) -> HttpResponse:
        given = read_object(call)
        asked = [field for field in QUESTIONS if field in given]
        for field in asked[:1] or ["question"]:
            if not isinstance(given.get(field), str) or not given[field]:
                raise WrongCall(400, f"{field} must be a text", field=field)
        data = {_OLDER.get(name, name): value for name, value in given.items()}
        data.pop("task_type", None)
        for field, agent in _AGENTS.items():
            if field in data and self._profiles.find(agent) is not None:
                data.setdefault("agent", agent)
        response = self._answer(data)
        body = as_reasoning(response, given).model_dump(mode="json")
        return json_answer({"result": _result(response), **body})


def _result(response: InferenceResponse) -> str:
    """Return the answer as text; a remediation as the JSON that its agent parses."""
    said: Any = response.data
    if isinstance(said, dict) and "lambda_function" in said:
        return json.dumps({**said, "confidence": response.confidence}, ensure_ascii=False)
    return response.answer
