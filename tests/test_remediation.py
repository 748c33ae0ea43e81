"""Only labels that mean a parameter say it, and only with values that can be one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from function.remediation import (
    FUNCTIONS,
    breaks_remediation,
    is_valid,
    labels_in,
    labels_written_in,
    remediation,
)
from tests.conftest import Running
from tests.scripted import ScriptedModel

Run = Callable[..., Running]
LABELS = {"alertname": "KubePodCrashLooping", "namespace": "shop", "pod": "cart-0"}


@pytest.mark.parametrize(
    ("choice", "labels", "parameters"),
    [
        ("pod-restart", LABELS, {"name": "cart-0", "namespace": "shop", "type": "pod"}),
        ("pod-restart", {"ns": "a", "statefulset": "b"},
         {"name": "b", "namespace": "a", "type": "statefulset"}),
        ("pod-restart",
         {"kubernetes_namespace": "a", "workload": "b", "workload_type": "daemonset"},
         {"name": "b", "namespace": "a", "type": "daemonset"}),
        ("pod-restart", {"namespace": "a", "name": "b", "kind": "Deployment"},
         {"name": "b", "namespace": "a", "type": "deployment"}),
        ("pod-restart",
         {"namespace": "monitoring", "pod": "kube-state-metrics-x", "exported_namespace": "a",
          "exported_pod": "b"},
         {"name": "b", "namespace": "a", "type": "pod"}),
        ("scale-deployment", {"namespace": "a", "deployment": "b", "spec_replicas": "3"},
         {"name": "b", "namespace": "a", "replicas": "3"}),
        ("check-pvc-status", {"namespace": "a", "persistentvolumeclaim": "b", "pod": "c"},
         {"name": "b", "namespace": "a"}),
        ("flux-reconcile-helmrelease",
         {"exported_namespace": "a", "namespace": "flux-system", "name": "b",
          "kind": "HelmRelease"},
         {"name": "b", "namespace": "a"}),
        ("flux-reconcile-gitrepository", {"namespace": "a", "gitrepository": "b"},
         {"name": "b", "namespace": "a"}),
    ],
)  # fmt: skip
def test_labels_that_mean_a_parameter_say_it(
    choice: str, labels: dict[str, str], parameters: dict[str, str]
) -> None:
    found = remediation(choice, labels)
    assert (found.function, found.parameters, found.problem) == (choice, parameters, "")


@pytest.mark.parametrize("choice", sorted(FUNCTIONS))
@pytest.mark.parametrize(
    "labels",
    [
        {"category": "security", "source": "falco"},
        {"team": "shop", "service": "cart", "app": "cart", "job": "cart", "instance": "a"},
        {"name": "a", "kind": "Certificate", "tenant": "b"},
        {"namespaces": "a", "pod_ip": "b", "container": "c", "podcast": "d", "claimant": "e"},
        {"node": "a", "cluster": "b", "zone": "c", "max_replicas": "3"},
        {"aws_namespace": "a", "destination_namespace": "b", "src_namespace": "c"},
        {"metric_namespace": "a", "vault_namespace": "b", "prometheus_namespace_name": "c"},
        {"alertname": "ArgoAppOutOfSync", "name": "a", "project": "b", "dest_namespace": "c"},
    ],
)
def test_other_labels_say_nothing(choice: str, labels: dict[str, str]) -> None:
    pointed = dict(zip(("name", "namespace", "replicas"), labels, strict=False))
    for found in (remediation(choice, labels), remediation(choice, labels, pointed)):
        assert found.function is None
        assert found.parameters == {}
        assert "no label says the name and the namespace" in found.problem


@pytest.mark.parametrize("key", ["ready_replicas", "available_replicas", "max_replicas", "replica"])
def test_other_counts_are_not_the_replicas_that_are_wanted(key: str) -> None:
    found = remediation("scale-deployment", {"namespace": "a", "deployment": "b", key: "3"})
    assert found.problem == "no label says the replicas"


@pytest.mark.parametrize(
    "value",
    ["", "a b", "invoice; kubectl delete ns prod", "../../kube-system", "Shop", "-a", "a-", "a_b",
     "a..b", ".a", "a.", "a\n", "á", "ａ", "a" * 254, "a/b", "a:80", "$(id)", "{}", "*"],
)  # fmt: skip
def test_values_that_are_no_names_fail(value: str) -> None:
    assert not is_valid("namespace", value)
    assert not is_valid("name", value)
    found = remediation("pod-restart", {**LABELS, "pod": value})
    assert found.function is None and found.parameters == {"namespace": "shop"}
    assert found.problem == "label pod is not a valid name"


def test_names_may_be_long_and_have_dots() -> None:
    longest = f"{'a' * 200}.{'b' * 52}"
    assert is_valid("name", longest) and not is_valid("name", f"{longest}b")
    assert is_valid("namespace", "a" * 63) and not is_valid("namespace", "a" * 64)
    assert not is_valid("namespace", "a.b")
    assert [is_valid("replicas", text) for text in ("3", "0", "-1", "3.5", "٣", "", "9999999")] == [
        True, True, False, False, False, False, False
    ]  # fmt: skip


def test_labels_are_found_wherever_an_alert_is() -> None:
    group = {"commonLabels": {"a": "b"}, "alerts": [{"labels": {"c": "d", "n": None}}]}
    for context in (group, {"alert": group}):
        assert labels_in(context) == {"a": "b", "c": "d"}
    assert labels_in({"alerts": []}) == labels_in({"labels": 3}) == labels_in([]) == {}
    text = (
        'Alert {broken\nLabels: {\n "alertname": "A",\n "pod": "b"}\nReply {"lambda_function": 1}'
    )
    assert labels_written_in(text) == {"alertname": "A", "pod": "b"}
    assert labels_written_in("{" * 100_000) == {}


CHOICES = [{"name": name} for name in sorted(FUNCTIONS)] + [{"name": "none", "abstain": True}]


def choose(run: Run, choice: str, labels: dict[str, str]) -> dict[str, Any]:
    wanted = choice.replace("-", " ").capitalize()
    model = ScriptedModel(likelihood=lambda turns, text: -1.0 if text == wanted else -9.0)
    model.likelihood = lambda turns, text: (
        -1.0 if text == wanted and "unknown" not in turns[-1].content else -5.0
    )
    # Written into a message: an alert in the context is for the network.
    said = {"role": "user", "content": f"Labels: {json.dumps(labels)}\nWhich?"}
    request = {"messages": [said], "choices": CHOICES}
    found = run(model).reply(request).get_data()
    assert isinstance(found, dict) and found["choice"] == choice
    return found


def test_a_choice_of_remediations_has_parameters(run: Run) -> None:
    found = choose(run, "pod-restart", LABELS)
    assert found["data"]["lambda_function"] == "pod-restart"
    assert found["data"]["parameters"] == {"name": "cart-0", "namespace": "shop", "type": "pod"}
    assert [check["passed"] for check in found["checks"]] == [True, True]


def test_a_choice_without_its_parameters_is_no_action(run: Run) -> None:
    found = choose(run, "pod-check-status", {"alertname": "Terminal", "source": "falco"})
    assert found["data"]["lambda_function"] is None
    assert found["data"]["parameters"] == {}
    assert found["confidence"] == 0
    assert found["checks"][-1]["name"] == "parameters" and not found["checks"][-1]["passed"]


def test_nothing_to_do_is_null(run: Run) -> None:
    found = choose(run, "none", LABELS)
    assert found["data"]["lambda_function"] is None
    assert found["data"]["parameters"] == {}


FORM = {
    "type": "json_schema",
    "schema": {
        "type": "object",
        "properties": {"lambda_function": {}, "parameters": {"type": "object"}},
        "required": ["lambda_function", "parameters"],
    },
}


@pytest.mark.parametrize(
    ("written", "function", "passed"),
    [
        ('{"lambda_function": "none", "parameters": {}}', None, True),
        ('{"lambda_function": null, "parameters": {}}', None, True),
        ('{"lambda_function": "pod-restart", "parameters": {"name": "cart-0", "namespace": "shop",'
         ' "type": "pod"}}', "pod-restart", True),
        ('{"lambda_function": "pod-restart", "parameters": {"name": "falco", "namespace": "shop",'
         ' "type": "pod"}}', None, False),
        ('{"lambda_function": "pod-restart", "parameters": {}}', None, False),
        ('{"lambda_function": "scale-deployment", "parameters": {"name": "cart-0"}}', None, False),
        ('{"lambda_function": "drop-database", "parameters": {}}', None, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "asked",
    [
        {"prompt": "What now?", "context": {"labels": LABELS}},
        {"prompt": "What now?", "context": {"alert": {"commonLabels": LABELS}}},
        {"prompt": "Here it is: " + json.dumps(LABELS), "task": "text"},
    ],
)
def test_json_that_names_a_function_is_held_to_the_labels(
    run: Run, written: str, function: str | None, passed: bool, asked: dict[str, Any]
) -> None:
    found = run(ScriptedModel(texts=[written])).reply({**asked, "response_format": FORM})
    data = found.get_data()
    assert isinstance(data, dict)
    assert data["data"]["lambda_function"] == function
    checks = {check["name"]: check["passed"] for check in data["checks"]}
    assert checks["parameters"] == passed
    assert passed or data["confidence"] == 0


def test_an_answer_without_a_function_is_none() -> None:
    assert breaks_remediation({"a": 1}, LABELS) == breaks_remediation([1], LABELS) == ""
