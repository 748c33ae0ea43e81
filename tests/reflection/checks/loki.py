"""Checks of an answer to a question about Loki."""

from __future__ import annotations

from typing import Any

from function.contract import parse_request
from function.reflection.answer import Answer
from function.reflection.checks.checks import checks_of, run_checks

LOKI: dict[str, Any] = {
    "loki": {"error_rate": 0.031, "p95_ms": 420, "memory": "1.5 GiB", "restarts": 12},
    "share": "3.1 %",
    "price": 1_299.9,
    "since": "2026-11-23",
}


def reasons(answer: str, checks: dict[str, Any], context: dict[str, Any] = LOKI) -> list[str]:
    """Return what is wrong with an answer to a question about ``context``."""
    request = parse_request({"prompt": "How is Loki?", "context": context, "checks": checks})
    return [
        result.reason
        for result in run_checks(checks_of(request), Answer(answer))
        if not result.passed
    ]
