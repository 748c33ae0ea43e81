"""Readings of the context: what is wrong with them, and texts that say otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest

from function.contract import InferenceRequest
from function.pipeline.intake import read_request
from function.profiles.registry import shipped_profiles
from function.reflection.answer import Answer
from function.reflection.checks.checks import checks_of, run_checks
from function.reflection.checks.constrained_schema import narrowed
from function.reflection.checks.json_schema import schema_problem
from function.reflection.checks.stated_readings import readings_of
from function.schemas.readings import trouble, verdict


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("memory_utilization", 0.97, "high"),
        ("cpuUsage", 0.4, ""),
        ("disk_used_percent", "96 %", "high"),
        ("web:replicas", "0/3", "down"),
        ("web:replicas", "2/3", "low"),
        ("web:replicas", "3/3", ""),
        ("ready_ratio", 0.5, "low"),
        ("error_rate", 0.2, "high"),
        ("error_rate", 0.01, ""),
        ("error_rate", "20 %", "high"),
        ("errors", 1, ""),
        ("dropped_lines", 0.0, ""),
        ("dropped_lines", 17, "high"),
        ("loki:up", 0, "down"),
        ("latency_p99_ms", 2_400, ""),
        ("latency_p99_ms", None, "missing"),
        ("note", "memory 97 %", ""),
        ("ready", True, ""),
    ],
)
def test_what_is_wrong_with_a_reading(name: str, value: Any, wrong: str) -> None:
    assert trouble(name, value) == wrong
    assert verdict(name, value).judged or not wrong or wrong == "missing"


def test_troubles_come_first_and_names_are_clear() -> None:
    context = {
        "a": {"cpu_usage": 0.2, "lag": None},
        "b": {"cpu_usage": 0.95, "note": "x"},
        "size": 7,
    }
    said = [reading.statement() for reading in readings_of(context)]
    assert said == [
        "b.cpu_usage is 0.95, high",
        "lag is missing",
        "a.cpu_usage is 0.2",
        "size is 7",
    ]
    pt = [reading.statement(portuguese=True) for reading in readings_of(context)]
    assert pt[:2] == ["b.cpu_usage está em 0.95, alto", "lag: sem dados (null)"]


METRICS = {"memory_utilization": 0.97, "dropped_lines": 0.0, "queue_ms": 3, "lag": None}


def report(prompt: str = "Write the health report.") -> InferenceRequest:
    data = {"agent": "agent-sre", "prompt": prompt, "context": METRICS}
    return read_request(data, None, shipped_profiles()).request


@pytest.mark.parametrize(
    ("finding", "reason"),
    [
        ("memory_utilization is 0.97: memory is fine", "memory_utilization is 0.97, high"),
        ("dropped_lines at 0.0, lines are short", "dropped_lines is 0.0: that is fine"),
        ("memory_utilization is 0.97, which is not fine", ""),
        ("memory_utilization is 0.97, too high", ""),
        ("dropped_lines is 0.0, no problem", ""),
        ("queue_ms is 3, which is high", ""),
        ("lag is missing", ""),
    ],
)
def test_a_finding_must_not_contradict_a_reading(finding: str, reason: str) -> None:
    answer = json.dumps({"findings": [finding], "summary": "s"})
    results = {each.name: each.reason for each in run_checks(checks_of(report()), Answer(answer))}
    assert results["stated_readings"].startswith(reason)
    assert bool(results["stated_readings"]) is bool(reason)


def test_decoding_can_only_state_readings() -> None:
    request = report()
    schema = narrowed(request.response_format.schema_, request)  # type: ignore[union-attr]
    findings = schema["properties"]["findings"]
    right = ["memory_utilization is 0.97, high", "lag is missing", "dropped_lines is 0.0"]
    assert schema_problem(right, findings) == ""
    assert schema_problem(right[:2], findings) == ""
    assert schema_problem(right[:1], findings)
    assert schema_problem([right[0], "lag is missing", "memory is fine"], findings)


def test_without_readings_findings_are_free() -> None:
    data = {"agent": "agent-sre", "prompt": "Write the report.", "context": {"note": "all quiet"}}
    request = read_request(data, None, shipped_profiles()).request
    schema = request.response_format.schema_  # type: ignore[union-attr]
    found = narrowed(schema, request)["properties"]["findings"]
    assert found == schema["properties"]["findings"]


def test_a_reading_in_trouble_is_not_healthy() -> None:
    answer = {
        "status": "Healthy",
        "score": 0.9,
        "summary": "s",
        "findings": ["memory_utilization is 0.97, high", "lag is missing"],
        "recommendations": [],
    }
    results = {
        r.name: r.passed for r in run_checks(checks_of(report()), Answer(json.dumps(answer)))
    }
    assert results["rule:replicas_or_errors"] is False
