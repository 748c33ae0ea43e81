"""The overlay for the cluster of the homelab's agents."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from function.profiles.registry import check_folder, profiles_with
from function.settings import Settings
from tests.conftest import Running
from tests.deploy.kustomize import render
from tests.deploy.validation import problems
from tests.scripted import ScriptedModel

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "overlays" / "homelab"
BROKERS = {"agents", "agent-bruno-broker", "agent-sre-broker"}
"""Ours, and those that the cluster's operator makes."""

Object = dict[str, Any]


@cache
def rendered() -> list[Object]:
    return render(FOLDER)


def the(kind: str, name: str, api: str = "") -> Object:
    (found,) = [
        x
        for x in rendered()
        if (x["kind"], x["metadata"]["name"]) == (kind, name) and api in x["apiVersion"]
    ]
    return found


def triggers() -> dict[str, Object]:
    return {x["metadata"]["name"]: x["spec"] for x in rendered() if x["kind"] == "Trigger"}


@pytest.mark.slow
def test_every_manifest_is_what_its_schema_demands() -> None:
    assert [problem for manifest in rendered() for problem in problems(manifest)] == []
    assert {item["metadata"]["namespace"] for item in rendered()} == {"ai"}


def test_a_better_model_goes_before_the_embedded_one() -> None:
    settings = the("ConfigMap", "trm-settings")["data"]
    assert settings.keys() <= {field.alias for field in Settings.model_fields.values()}
    assert settings["TRM_BACKENDS"].split(",") == ["ollama", "local"]
    assert re.fullmatch(r"http://[a-z.-]+\.svc\.cluster\.local:11434", settings["OLLAMA_URL"])
    (container,) = the("Service", "trm", "knative")["spec"]["template"]["spec"]["containers"]
    assert "TRM_MODEL_NAME" in {item["name"] for item in container["env"]}


def test_its_profiles_are_mounted_where_the_settings_say() -> None:
    template = the("Service", "trm", "knative")["spec"]["template"]["spec"]
    mounts = {item["name"]: item["mountPath"] for item in template["containers"][0]["volumeMounts"]}
    volumes = {item["name"]: item for item in template["volumes"]}
    assert mounts["profiles"] == the("ConfigMap", "trm-settings")["data"]["TRM_PROFILES"]
    assert volumes["profiles"]["configMap"]["name"] == "trm-profiles"
    assert set(the("ConfigMap", "trm-profiles")["data"]) == {"agent-sre.toml"}
    assert check_folder(FOLDER) == (["agent-sre"], [])


def test_every_trigger_is_on_a_broker_that_is_there() -> None:
    for name, spec in triggers().items():
        assert spec["broker"] in BROKERS, name
        assert "filters" not in spec, name
        assert spec["subscriber"]["ref"]["name"] in {"trm", "trm-long", "agent-bruno"}


def test_the_function_answers_every_type_that_it_is_brought() -> None:
    profiles = profiles_with(str(FOLDER))
    brought = {
        spec["filter"]["attributes"]["type"]
        for spec in triggers().values()
        if spec["subscriber"]["ref"]["name"] == "trm"
    }
    requests = {kind for kind in brought if kind.endswith(".requested")}
    assert brought - requests == {
        "io.homelab.agent.query",
        "io.homelab.prometheus.alert.fired",
    } and brought - requests <= profiles.event_types  # fmt: skip
    replies = {
        profile.events.reply
        for profile in map(profiles.find, profiles)
        if profile and profile.events and set(profile.events.types) & brought
    }
    delivered = {
        spec["filter"]["attributes"]["type"]
        for spec in triggers().values()
        if spec["subscriber"]["ref"]["name"] == "agent-bruno"
    }
    assert replies - {None} == delivered


def test_deliveries_from_other_brokers_have_dead_letters_of_their_own() -> None:
    for name, spec in triggers().items():
        if spec["broker"] != "agents":
            assert spec["delivery"]["deadLetterSink"]["ref"]["name"] == "dead-letters", name
            assert spec["delivery"]["retry"] == 8, name


def test_prometheus_is_let_in_from_its_namespace() -> None:
    (rule,) = the("NetworkPolicy", "trm-metrics")["spec"]["ingress"]
    (source,) = rule["from"]
    assert source["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] == "prometheus"


def test_no_schema_names_another_namespace() -> None:
    assert "trm.agents.svc" not in yaml.safe_dump_all(rendered())


@pytest.mark.parametrize(
    ("labels", "function"),
    [
        (
            {
                "alertname": "KubePodCrashLooping",
                "pod": "loki-0",
                "namespace": "monitoring",
                "severity": "warning",
            },
            "pod-restart",
        ),
        ({"alertname": "Watchdog", "severity": "none"}, None),
    ],
)
def test_an_alert_becomes_a_notice(
    run: Callable[..., Running], labels: dict[str, str], function: str | None
) -> None:
    running = run(ScriptedModel(), TRM_PROFILES=str(FOLDER))
    alert = {"labels": labels, "annotations": {}, "status": "firing"}
    reply = running.reply(alert, type="io.homelab.prometheus.alert.fired", source="/prometheus")
    said: Any = reply.get_data()
    assert reply.get_type() == "io.homelab.alert.fired" and said["profile"] == "agent-sre"
    assert (said["alertname"], said["severity"]) == (labels["alertname"], labels["severity"])
    assert said["message"] == said["answer"] and said["data"]["lambda_function"] == function
