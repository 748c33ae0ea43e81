"""JSON Schemas of the contract, by the name under which they are served."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel

from function.contract import FailedResponse, InferenceRequest, InferenceResponse, StepEvent

_MODELS: dict[str, type[BaseModel]] = {
    "request": InferenceRequest,
    "completed": InferenceResponse,
    "failed": FailedResponse,
    "step": StepEvent,
}


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """Name to JSON Schema (draft 2020-12) of every kind of event data."""
    return {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"/schemas/{name}",
            **model.model_json_schema(mode="validation" if name == "request" else "serialization"),
        }
        for name, model in _MODELS.items()
    }
