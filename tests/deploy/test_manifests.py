"""The manifests are what their CRDs and the function itself demand."""

from __future__ import annotations

import re
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from function.delivery.reply_router import SINK_SECONDS
from function.delivery.sink import READ_SECONDS
from function.events.replies import REQUEST_REPLY_SECONDS
from function.events.triggers import triggers
from function.profiles.registry import shipped_profiles
from function.settings import Settings
from tests.broker.triggers import delivery_of
from tests.deploy.kustomize import merge, read, render
from tests.deploy.validation import problems

ROOT = Path(__file__).resolve().parents[2]
BROKERS = ("in-memory", "rabbitmq", "kafka")
OVERLAYS = (*BROKERS, "example-agents")
AGENTS = (
    "agent-bruno",
    "agent-sre",
    "agent-store-multibrands",
    "agent-restaurant",
    "agent-screenshot",
    "agent-reasoning",
)
REQUESTS = {
    "io.homelab.trm.inference.requested",
    "io.homelab.reasoning.requested",
    "io.homelab.trm.inference.requested.long",
}

Object = dict[str, Any]


@cache
def rendered(overlay: str) -> list[Object]:
    return render(ROOT / "deploy" / "overlays" / overlay)


def of_kind(kind: str, overlay: str = "rabbitmq", api: str = "") -> list[Object]:
    return [x for x in rendered(overlay) if x["kind"] == kind and api in x["apiVersion"]]


def the(kind: str, name: str, overlay: str = "rabbitmq", api: str = "") -> Object:
    (found,) = [x for x in of_kind(kind, overlay, api) if x["metadata"]["name"] == name]
    return found


def template() -> Object:
    found: Object = the("Service", "trm", api="serving.knative.dev")["spec"]["template"]
    return found


def environment() -> dict[str, str]:
    return {item["name"]: item["value"] for item in template()["spec"]["containers"][0]["env"]}


def seconds(duration: str) -> int:
    match = re.fullmatch(r"PT(\d+)S", duration)
    assert match
    return int(match[1])


@pytest.mark.slow
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_manifest_is_what_its_schema_demands(overlay: str) -> None:
    assert [problem for manifest in rendered(overlay) for problem in problems(manifest)] == []


def test_every_kind_is_there() -> None:
    kinds = {(x["apiVersion"].partition("/")[0], x["kind"]) for x in rendered("kafka")}
    assert {
        ("serving.knative.dev", "Service"),
        ("eventing.knative.dev", "Broker"),
        ("eventing.knative.dev", "Trigger"),
        ("eventing.knative.dev", "RequestReply"),
        ("eventing.knative.dev", "EventType"),
        ("sources.knative.dev", "SinkBinding"),
        ("sinks.knative.dev", "JobSink"),
        ("monitoring.coreos.com", "ServiceMonitor"),
        ("networking.k8s.io", "NetworkPolicy"),
        ("policy", "PodDisruptionBudget"),
    } <= kinds


EVERY_KIND = list({(x["apiVersion"], x["kind"]): x for o in OVERLAYS for x in rendered(o)}.values())


@pytest.mark.parametrize("manifest", EVERY_KIND, ids=lambda manifest: manifest["kind"])
def test_a_field_that_is_not_in_the_schema_is_found(manifest: Object) -> None:
    manifest = deepcopy(manifest)
    manifest.setdefault("spec", {})["bogus"] = "x"
    assert problems(manifest)


@pytest.mark.parametrize(
    "kind, wrong",
    [
        ("Trigger", {"delivery": {"backoffDelay": "1s"}}),
        ("Trigger", {"delivery": {"backoffPolicy": "cubic"}}),
        ("Trigger", {"delivery": {"deadletterSink": {}}}),
        ("Trigger", {"subscriber": {"ref": {"nam": "trm"}}}),
        ("Broker", {"delivery": {"timeout": "30"}}),
        ("Broker", {"delivery": {"retryAfterMax": "PT"}}),
        ("RequestReply", {"replyAttribute": "id"}),
        ("RequestReply", {"delivery": {"retry": -1}}),
        ("RabbitmqBrokerConfig", {"queueType": "stream"}),
        ("JobSink", {"job": {"spec": {"template": {"spec": {"container": []}}}}}),
        ("ServiceMonitor", {"endpoints": [{"prot": "metrics"}]}),
        ("NetworkPolicy", {"policyTypes": "Ingress"}),
        ("PodDisruptionBudget", {"maxunavailable": 1}),
        ("SinkBinding", {"subject": {"selector": {"matchLabel": {}}}}),
    ],
)
def test_a_wrong_value_is_found(kind: str, wrong: Object) -> None:
    manifest = next(item for item in EVERY_KIND if item["kind"] == kind)
    assert problems(manifest | {"spec": merge(manifest["spec"], wrong)})


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_is_referred_to_is_there(overlay: str) -> None:
    """But for the agents, which are deployed by themselves."""
    there = {(x["apiVersion"], x["kind"], x["metadata"]["name"]) for x in rendered(overlay)}
    there |= {("serving.knative.dev/v1", "Service", agent) for agent in AGENTS}
    there.add(("batch/v1", "Job", ""))
    missing = []

    def look(value: Any, path: str) -> None:
        if isinstance(value, dict):
            if {"apiVersion", "kind"} <= value.keys() and path:
                one = (value["apiVersion"], value["kind"], value.get("name", ""))
                if one not in there:
                    missing.append((path, one))
            for name, item in value.items():
                if name == "broker" and path.endswith("/spec"):
                    look(
                        {"apiVersion": "eventing.knative.dev/v1", "kind": "Broker", "name": item},
                        name,
                    )
                look(item, f"{path}/{name}")
        elif isinstance(value, list):
            for item in value:
                look(item, path)

    for manifest in rendered(overlay):
        look(manifest, "")
    assert missing == []


def test_every_agent_with_a_profile_hears_of_its_requests() -> None:
    pairs = {
        (x["spec"]["filter"]["attributes"]["type"], x["spec"]["filter"]["attributes"]["agent"]): x
        for x in of_kind("Trigger", "example-agents")
        if "agent" in x["spec"]["filter"]["attributes"]
    }
    for agent in AGENTS:
        for outcome in ("completed", "failed"):
            trigger = pairs.pop((f"io.homelab.trm.inference.{outcome}", agent))
            assert trigger["spec"]["subscriber"]["ref"]["name"] == agent
            assert trigger["spec"]["subscriber"]["uri"] == "/replies"
    assert pairs == {}
    for name in shipped_profiles():
        assert name.startswith(AGENTS)


def test_the_parts_that_everybody_applies_name_no_agent() -> None:
    for overlay in BROKERS:
        assert not [a for a in AGENTS for item in rendered(overlay) if a in str(item)]


def test_the_triggers_of_an_agent_are_printed() -> None:
    (completed, failed) = yaml.safe_load_all(triggers("agent-bruno"))
    expected = {x["metadata"]["name"]: x for x in read(ROOT / "deploy" / "agents" / "replies.yaml")}
    assert completed == expected["agent-bruno-completed"]
    assert failed == expected["agent-bruno-failed"]
    assert problems(completed) == []
    for wrong in ("", "Bruno", "-a", "a" * 54, "a\nb"):
        with pytest.raises(ValueError, match="an agent's name"):
            triggers(wrong)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_triggers_use_only_what_every_broker_heeds(overlay: str) -> None:
    for trigger in of_kind("Trigger", overlay):
        assert "filters" not in trigger["spec"]
        assert trigger["spec"]["filter"]["attributes"]["type"].startswith("io.homelab.")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_function_gets_requests_and_nothing_else(overlay: str) -> None:
    taken = {
        x["spec"]["filter"]["attributes"]["type"]
        for x in of_kind("Trigger", overlay)
        if x["spec"]["subscriber"]["ref"]["name"] in {"trm", "trm-long"}
    }
    assert taken == REQUESTS


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_cannot_be_delivered_becomes_a_dead_letter(overlay: str) -> None:
    deliveries = [
        x["spec"]["delivery"]
        for x in rendered(overlay)
        if x["kind"] in {"Broker", "RequestReply"} or "delivery" in x.get("spec", {})
    ]
    assert len(deliveries) >= 4
    for delivery in deliveries:
        assert delivery["retry"] == 8
        assert delivery["backoffPolicy"] == "exponential"
        assert seconds(delivery["backoffDelay"]) == 1
        assert delivery["timeout"]
        assert delivery["deadLetterSink"]["ref"]["name"] == "dead-letters"


def test_retry_after_is_used_where_it_is_heeded_and_its_feature_is_named() -> None:
    users = {
        overlay: [
            x["metadata"]["name"]
            for x in rendered(overlay)
            if "retryAfterMax" in x.get("spec", {}).get("delivery", {})
        ]
        for overlay in BROKERS
    }
    names = ["agents", "trm-requests", "trm-reasoning-requests", "trm-long-requests"]
    assert users == {"in-memory": names, "rabbitmq": [], "kafka": []}
    features = yaml.safe_load((ROOT / "deploy" / "features.yaml").read_text())
    assert features["data"]["delivery-retryafter"] == "enabled"


def test_rabbitmq_has_nothing_that_filters_by_expression() -> None:
    assert [of_kind("RequestReply", overlay) != [] for overlay in BROKERS] == [True, False, True]


def test_a_replica_takes_what_its_slots_and_their_queue_hold() -> None:
    concurrency = template()["spec"]["containerConcurrency"]
    given = environment()
    assert concurrency == int(given["TRM_SLOTS"]) + int(given["TRM_QUEUE"])
    assert concurrency < int(given["TRM_THREADS"])
    notes = template()["metadata"]["annotations"]
    assert int(notes["autoscaling.knative.dev/target"]) <= concurrency
    parallel = the("Trigger", "trm-requests")["metadata"]["annotations"]
    replicas = int(notes["autoscaling.knative.dev/max-scale"])
    assert int(parallel["rabbitmq.eventing.knative.dev/parallelism"]) == replicas * concurrency


def test_nobody_hangs_up_before_the_deadline() -> None:
    spec = template()["spec"]
    given = environment()
    # The work, and then its reply's way to the sink.
    deadline = int(given["TRM_MAX_DEADLINE_MS"]) / 1000 + SINK_SECONDS
    assert deadline < int(given["TRM_GRACE_SECONDS"]) < spec["timeoutSeconds"]
    assert deadline < spec["responseStartTimeoutSeconds"] < spec["timeoutSeconds"]
    for name in ("trm-requests", "trm-reasoning-requests"):
        assert deadline < seconds(the("Trigger", name)["spec"]["delivery"]["timeout"])
    # Upstream answers its callers after one minute, whatever the manifest says.
    assert seconds(the("RequestReply", "trm", "kafka")["spec"]["timeout"]) == 60
    assert REQUEST_REPLY_SECONDS < 60


def retried_for(delivery: Object) -> float:
    """Return how long a delivery goes on when every attempt is refused at once."""
    parsed = delivery_of(delivery)
    return sum(parsed.pause(number, None) for number in range(parsed.retry))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_node_can_boot_again_while_events_are_retried(overlay: str) -> None:
    for item in rendered(overlay):
        delivery = item["spec"].get("delivery") if "spec" in item else None
        if delivery:
            assert retried_for(delivery) >= 240, item["metadata"]["name"]


def test_replies_are_kept_while_requests_are_delivered_again() -> None:
    for name in ("trm-requests", "trm-reasoning-requests"):
        delivery = the("Trigger", name)["spec"]["delivery"]
        longest = retried_for(delivery) + (delivery["retry"] + 1) * seconds(delivery["timeout"])
        assert longest < int(environment()["TRM_DEDUPE_SECONDS"])


def test_a_sink_that_answers_after_its_retries_is_not_hung_up_on() -> None:
    """A synchronous in-memory broker answers when all of a delivery's attempts are through."""
    delivery = the("Broker", "agents")["spec"]["delivery"]
    longest = retried_for(delivery) + (delivery["retry"] + 1) * seconds(delivery["timeout"])
    assert longest < READ_SECONDS


def test_the_in_memory_broker_answers_its_publishers_at_once() -> None:
    notes = the("Broker", "agents", "in-memory")["metadata"]["annotations"]
    assert notes["messaging.knative.dev/async-handler"] == "true"


def test_every_pod_is_under_a_network_policy() -> None:
    policies = [x["spec"] for x in of_kind("NetworkPolicy")]
    chosen = [
        spec["podSelector"]["matchLabels"] for spec in policies if "Egress" in spec["policyTypes"]
    ]
    job = the("JobSink", "trm-long")["spec"]["job"]["spec"]["template"]["metadata"]["labels"]
    letters = the("Deployment", "dead-letters")["spec"]["template"]["metadata"]["labels"]
    service = {"serving.knative.dev/service": "trm"}  # Knative's own label
    for labels in (job, letters, service):
        assert [each for each in chosen if each.items() <= labels.items()], labels
    (own, long) = (
        next(x["spec"] for x in of_kind("NetworkPolicy") if x["metadata"]["name"] == name)
        for name in ("trm", "trm-long")
    )
    assert long["egress"] == own["egress"] and "ingress" not in long


def test_jobs_outlast_what_a_request_may() -> None:
    job = the("JobSink", "trm-long")["spec"]["job"]["spec"]
    container = job["template"]["spec"]["containers"][0]
    given = {item["name"]: item["value"] for item in container["env"]}
    assert 600 < int(given["TRM_MAX_DEADLINE_MS"]) / 1000 < job["activeDeadlineSeconds"]
    assert given["TRM_REQUEST_TYPES"] in REQUESTS


def test_the_environment_is_made_of_settings() -> None:
    Settings.model_validate(environment())
    job = the("JobSink", "trm-long")["spec"]["job"]["spec"]["template"]["spec"]["containers"][0]
    Settings.model_validate({item["name"]: item["value"] for item in job["env"]})
    known = {field.alias for field in Settings.model_fields.values()}
    letters = the("Deployment", "dead-letters")["spec"]["template"]["spec"]["containers"][0]
    assert {item["name"] for item in letters["env"]} <= known
    assert environment().keys() | {item["name"] for item in job["env"]} <= known


def test_func_deploy_and_kustomize_ask_for_the_same() -> None:
    whole = yaml.safe_load((ROOT / "func.yaml").read_text())
    given = {item["name"]: item["value"] for item in whole["run"]["envs"]}
    Settings.model_validate(given)
    # Under the middleware, which passes events only, metrics have a port of their own.
    assert given.pop("TRM_SCRAPE_PORT") == "9464"
    # The middleware has no TRM_THREADS of its own to size.
    assert given == {k: v for k, v in environment().items() if k != "TRM_THREADS"}
    func = whole["deploy"]
    notes = template()["metadata"]["annotations"]
    container = template()["spec"]["containers"][0]
    scale = func["options"]["scale"]
    assert notes["autoscaling.knative.dev/min-scale"] == str(scale["min"])
    assert notes["autoscaling.knative.dev/max-scale"] == str(scale["max"])
    assert notes["autoscaling.knative.dev/metric"] == scale["metric"]
    assert notes["autoscaling.knative.dev/target"] == str(scale["target"])
    limits = func["options"]["resources"]["limits"]
    assert template()["spec"]["containerConcurrency"] == limits.pop("concurrency")
    asked = func["options"]["resources"]["requests"]
    for given, wanted in (
        (container["resources"]["limits"], limits),
        (container["resources"]["requests"], asked),
    ):
        assert given["memory"] == wanted["memory"]
        assert given["cpu"] == f"{int(wanted['cpu']) * 1000}m"
    # The engine's threads follow the CPU limit by themselves.
    assert "TRM_ENGINE_THREADS" not in environment()
    assert container["livenessProbe"]["httpGet"]["path"] == func["healthEndpoints"]["liveness"]
    assert container["readinessProbe"]["httpGet"]["path"] == func["healthEndpoints"]["readiness"]


def test_containers_run_as_nobody_on_a_root_that_they_cannot_write() -> None:
    specs = [template()["spec"], the("Deployment", "dead-letters")["spec"]["template"]["spec"]]
    specs.append(the("JobSink", "trm-long")["spec"]["job"]["spec"]["template"]["spec"])
    for spec in specs:
        (container,) = spec["containers"]
        security = spec.get("securityContext", {}) | container["securityContext"]
        assert security["runAsNonRoot"] and security["runAsUser"] == 65532
        assert security["readOnlyRootFilesystem"]
        assert security["allowPrivilegeEscalation"] is False
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert container["image"] == "registry.example/trm:0.1.0"
        # gunicorn needs a file of its own in each worker.
        (scratch,) = [m["name"] for m in container["volumeMounts"] if m["mountPath"] == "/tmp"]
        assert [v["name"] for v in spec["volumes"] if "emptyDir" in v] == [scratch]


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "twice.yaml"
    path.write_text("metadata:\n  name: a\n  name: b\n")
    with pytest.raises(ValueError, match="twice"):
        read(path)


def test_a_kustomization_with_unknown_fields_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        "resources: []\nreplacements: []\n"
    )
    with pytest.raises(ValueError, match="replacements"):
        render(tmp_path)


def test_a_patch_that_hits_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        "resources: []\npatches: [{path: patch.yaml}]\n"
    )
    (tmp_path / "patch.yaml").write_text("kind: Broker\nmetadata: {name: agents}\n")
    with pytest.raises(ValueError, match="hits nothing"):
        render(tmp_path)


def test_the_trigger_on_its_page_is_a_valid_one_for_steps() -> None:
    page = (ROOT / "docs" / "deploying.md").read_text("utf-8")
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    trigger = yaml.safe_load(block)
    assert problems(trigger) == []
    assert trigger["spec"]["broker"] == the("Broker", "agents")["metadata"]["name"]
    types = {x["spec"]["type"] for x in of_kind("EventType")}
    assert trigger["spec"]["filter"]["attributes"]["type"] in types
