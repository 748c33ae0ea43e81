"""The tools of the MCP server: their arguments in the contract's words, and the request of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from function.contract import InferenceRequest
from function.errors import FieldError, InvalidRequest

_HOW = ("agent", "model", "seed", "deadline_ms", "conversation_id")
_REFLECTION = ("max_reflection_steps", "reflection_mode", "confidence_threshold", "samples")
_PUZZLES = ("sudoku", "maze", "arc")
_ALERT = {
    "labels": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "The alert's labels, `alertname` among them.",
    },
    "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
    "status": {"type": "string", "enum": ["firing", "resolved"]},
    "startsAt": {"type": "string"},
    "endsAt": {"type": "string"},
    "generatorURL": {"type": "string"},
    "fingerprint": {"type": "string"},
}


@dataclass(frozen=True)
class ToolSpec:
    """One tool: its purpose, its arguments as JSON Schema, and the request made of them."""

    name: str
    title: str
    description: str
    input_schema: Mapping[str, Any]
    request_of: Callable[[dict[str, Any]], dict[str, Any]]

    def request(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data of a request.

        :raises InvalidRequest: an argument is unknown or missing; the contract checks the rest.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        known = self.input_schema["properties"]
        wrong = [
            FieldError(name[:64], f"is not an argument of {self.name}")
            for name in given
            if name not in known
        ]
        wrong += [
            FieldError(name, "is required")
            for name in self.input_schema["required"]
            if given.get(name) in (None, "", [], {})
        ]
        if wrong:
            raise InvalidRequest(wrong)
        return {**self.request_of(given), "strict": True}


def tools() -> tuple[ToolSpec, ...]:
    """Return every tool."""
    contract = InferenceRequest.model_json_schema()
    return (
        ToolSpec(
            "ask",
            "Ask a question",
            "Answer a question with a small model whose answer is checked and refined. Facts go "
            "into `context`; `checks`, `rules` and `response_format` say what must hold.",
            _schema(
                contract,
                ["prompt"],
                *("context", "system", "messages", "checks", "rules", "fill", "response_format"),
                *("temperature", "max_tokens", "stop", *_REFLECTION, *_HOW),
            ),
            dict,
        ),
        ToolSpec(
            "choose",
            "Choose one option",
            "Choose the likeliest of the given `choices` for a question, with a confidence.",
            _schema(contract, ["prompt", "choices"], "context", "system", "messages", *_HOW),
            dict,
        ),
        ToolSpec(
            "triage_alert",
            "Triage an alert",
            "Choose the remediation of a Prometheus alert, with its parameters.",
            _schema(contract, ["labels"], *_HOW, own=_ALERT),
            _alert,
        ),
        ToolSpec(
            "solve_puzzle",
            "Solve a puzzle",
            "Solve a sudoku, a maze or an ARC puzzle with a tiny recursive network; the solution "
            "is verified.",
            _schema(
                contract,
                ["task", "puzzle"],
                *_HOW,
                own={
                    "task": {"type": "string", "enum": list(_PUZZLES)},
                    "puzzle": {
                        "type": ["string", "array", "object"],
                        "description": "Rows of text or numbers; for arc `train` and `test`.",
                    },
                },
            ),
            _puzzle,
        ),
    )


def _alert(given: dict[str, Any]) -> dict[str, Any]:
    alert = {name: given.pop(name) for name in _ALERT if name in given}
    return {"task": "alert_triage", "alert": alert, **given}


def _puzzle(given: dict[str, Any]) -> dict[str, Any]:
    if given["task"] not in _PUZZLES:
        raise InvalidRequest([FieldError("task", f"must be one of {', '.join(_PUZZLES)}")])
    return given


def _schema(
    contract: Mapping[str, Any],
    required: list[str],
    *optional: str,
    own: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a JSON Schema of some fields of the contract, and of some that only a tool has."""
    fields = dict(own or {})
    fields |= {
        name: contract["properties"][name] for name in (*required, *optional) if name not in fields
    }
    schema = {"type": "object", "properties": fields, "required": required}
    if definitions := _definitions(fields, contract["$defs"]):
        schema["$defs"] = definitions
    return {**schema, "additionalProperties": False}


def _definitions(value: object, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definitions that a part of a schema refers to, theirs included."""
    found: dict[str, Any] = {}
    waiting = [value]
    while waiting:
        match waiting.pop():
            case {"$ref": str(reference)}:
                name = reference.rpartition("/")[2]
                if name not in found:
                    found[name] = known[name]
                    waiting.append(known[name])
            case dict() as inner:
                waiting.extend(inner.values())
            case list() as items:
                waiting.extend(items)
    return found
