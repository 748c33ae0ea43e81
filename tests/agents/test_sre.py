"""agent-sre: reports read out of a text, remediations of alerts that trigger functions."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from agent_trm import TRMClient, TRMRequest
from tests.agents.cluster import Cluster

METRICS = {"loki:health:score": 0.42, "loki:error_rate": 0.031, "loki:latency:p95": None}
FIRED = "io.homelab.prometheus.alert.fired"
RESOLVED = "io.homelab.prometheus.alert.resolved"
CRASH = {"alertname": "KubePodCrashLooping", "pod": "loki-0", "namespace": "monitoring"}
CALM = {"alertname": "Watchdog", "severity": "none"}
FUNCTIONS = (
    *("flux-reconcile-kustomization", "flux-reconcile-gitrepository"),
    *("flux-reconcile-helmrelease", "pod-restart", "pod-check-status"),
    *("scale-deployment", "check-pvc-status"),
)


def report_prompt(metrics: dict[str, Any]) -> str:
    """Return a request for a report, its metrics as JSON in the text."""
    return (
        f"Write a health report for loki.\n\nMetrics:\n{json.dumps(metrics, indent=2)}\n\n"
        "Period: 1h\n\nAnswer as JSON with keys: status, score, summary, findings, recommendations."
    )


def alert_prompt(labels: dict[str, str]) -> str:
    """Return a problem: an alert and the functions that may be named."""
    listed = "\n".join(f"- {name}" for name in FUNCTIONS)
    return (
        f"Choose the function that remedies this alert.\n\nAlert: {labels['alertname']}\n"
        f"Labels: {json.dumps(labels, indent=2)}\n"
        f"Annotations: {json.dumps({'summary': 'see the labels'}, indent=2)}\n\n"
        f"Functions:\n{listed}\n\n"
        'Answer as JSON: {"lambda_function": "...", "parameters": {...}, "reasoning": "..."}'
    )


def read_report(text: str) -> dict[str, Any]:
    """Read a report as the agent does: the fenced or the outermost object, a float of its score."""
    fenced = re.search(r"```(?:json)?\s*(\{.*?\})\s*```", text, re.DOTALL)
    found = re.search(r"\{.*\}", fenced[1] if fenced else text, re.DOTALL)
    assert found, text
    report: dict[str, Any] = json.loads(found[0])
    report["score"] = float(report["score"])
    return report


def report_of(homelab: Cluster, metrics: dict[str, Any]) -> dict[str, Any]:
    environment = {"TRM_FUNCTION_URL": homelab.url, "TRM_AGENT": "agent-sre"}
    client = TRMClient(environment=environment)
    request = TRMRequest(prompt=report_prompt(metrics), max_tokens=2_048)
    return read_report(asyncio.run(client.generate(request)).answer)


def test_a_report_is_read_and_its_status_follows_from_the_score(homelab: Cluster) -> None:
    written = {
        "status": "Healthy",
        "score": 0.99,
        "summary": "loki:health:score is 0.42.",
        "findings": ["loki:latency:p95 is missing", "loki:error_rate is 0.031"],
        "recommendations": ["Look at the ingesters."],
    }
    homelab.ollama.writes(f"```json\n{json.dumps(written)}\n```")
    report = report_of(homelab, METRICS)
    assert (report["status"], report["score"]) == ("Critical", 0.42)
    assert any("missing" in finding for finding in report["findings"])


def test_a_report_by_ollama_s_api(homelab: Cluster) -> None:
    homelab.ollama.writes('{"status": "Healthy"}')
    options = {"temperature": 0.7, "num_predict": 1_024}
    reply = homelab.generate(report_prompt(METRICS), "agent-sre", options=options)
    assert reply["trm"]["profile"] == "agent-sre"
    assert {"status", "score"} <= read_report(reply["response"]).keys()


def test_a_problem_is_answered_with_a_function_and_its_parameters(homelab: Cluster) -> None:
    said = homelab.post("/reason", {"problem": alert_prompt(CRASH), "max_iterations": 10})
    decision = json.loads(said["result"])
    assert decision["lambda_function"] == "pod-restart" and decision["reasoning"]
    assert decision["parameters"] == {"name": "loki-0", "namespace": "monitoring", "type": "pod"}
    assert decision["confidence"] >= 0.7
    assert homelab.ollama.asked == []  # a network answers, whatever a text model would say


def test_nothing_to_do_is_null_and_no_word(homelab: Cluster) -> None:
    said = homelab.post("/reason", {"problem": alert_prompt(CALM), "max_iterations": 10})
    assert json.loads(said["result"])["lambda_function"] is None


@pytest.mark.parametrize("kind", [FIRED, RESOLVED])
def test_an_alert_is_taken_as_the_cluster_sends_it(homelab: Cluster, kind: str) -> None:
    fired = kind == FIRED
    alert = {
        "version": "4",
        "status": "firing" if fired else "resolved",
        "labels": CRASH,
        "annotations": {"summary": "The pod restarts again and again."},
        "commonLabels": {"cluster": "homelab"},
        "commonAnnotations": {},
        "startsAt": "2026-11-30T01:00:00Z",
        "generatorURL": "http://prometheus:9090/graph",
    }
    _, said = homelab.send(kind, "/prometheus-events", alert)
    decision = said["data"]
    assert said["profile"] == "agent-sre"
    assert decision["lambda_function"] == ("pod-restart" if fired else None)
    assert not fired or said["confidence"] >= 0.7


def test_an_action_without_its_parameters_is_none(homelab: Cluster) -> None:
    labels = {"alertname": "KubeDeploymentReplicasMismatch", "deployment": "api", "namespace": "x"}
    _, said = homelab.send(FIRED, "/prometheus-events", {"labels": labels, "status": "firing"})
    assert said["choice"] == "scale-deployment"
    assert said["data"]["lambda_function"] is None and said["confidence"] == 0
    failed = [check["reason"] for check in said["checks"] if not check["passed"]]
    assert len(failed) == 1 and "replicas" in failed[0]
