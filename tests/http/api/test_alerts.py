"""Webhooks of Alertmanager and Grafana, and the same bodies as the data of an event."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from function.delivery.sink import Sink
from function.telemetry import Log
from tests.conftest import Running
from tests.http.api.calls import JSON, call, value

Run = Callable[..., Running]
TOKEN = "a-token-of-sixteen"

CRASH: dict[str, Any] = {
    "status": "firing",
    "labels": {"alertname": "KubePodCrashLooping", "pod": "loki-0"},
    "annotations": {"description": "Pod monitoring/loki-0 is crash looping"},
    "startsAt": "2026-11-29T20:00:00Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus/graph",
    "fingerprint": "aa11",
}
VOLUME = {
    "status": "firing",
    "labels": {"alertname": "KubePersistentVolumeFillingUp", "persistentvolumeclaim": "data-db-0"},
    "annotations": {},
    "startsAt": "2026-11-29T20:01:00Z",
    "fingerprint": "bb22",
}
OVER = {**CRASH, "status": "resolved", "endsAt": "2026-11-29T20:09:00Z", "fingerprint": "cc33"}
ALERTMANAGER = {
    "version": "4",
    "groupKey": '{}:{namespace="monitoring"}',
    "truncatedAlerts": 0,
    "status": "firing",
    "receiver": "trm",
    "groupLabels": {"namespace": "monitoring"},
    "commonLabels": {"namespace": "monitoring", "severity": "warning"},
    "commonAnnotations": {"runbook_url": "https://runbooks.example/x"},
    "externalURL": "http://alertmanager:9093",
    "alerts": [CRASH, VOLUME, OVER],
}
GRAFANA = {
    "receiver": "trm",
    "status": "firing",
    "orgId": 1,
    "alerts": [
        {
            **CRASH,
            "labels": {**CRASH["labels"], "grafana_folder": "k8s"},
            "values": {"A": 3, "B": None},
            "valueString": "[ var='A' value=3 ]",
            "dashboardURL": "",
            "silenceURL": "http://grafana/silence",
        }
    ],
    "groupLabels": {},
    "commonLabels": {"namespace": "monitoring"},
    "commonAnnotations": {},
    "externalURL": "http://grafana/",
    "version": "1",
    "groupKey": "{}:{}",
    "truncatedAlerts": 0,
    "title": "[FIRING:1] KubePodCrashLooping",
    "state": "alerting",
    "message": "**Firing**\n\nValue: A=3",
}


def post(running: Running, body: object) -> Any:
    answer = call(running, "POST", "/alerts", body)
    assert answer.status == 200, answer
    return value(answer)


def test_every_alert_of_a_group_is_answered_in_its_order(run: Run) -> None:
    reply = post(run(), ALERTMANAGER)
    crash, volume, over = reply["alerts"]
    assert (crash["alertname"], crash["fingerprint"]) == ("KubePodCrashLooping", "aa11")
    assert crash["lambda_function"] == "pod-restart"
    assert crash["parameters"]["namespace"] == "monitoring", "commonLabels are merged"
    assert crash["parameters"]["name"] == "loki-0"
    assert volume["lambda_function"] == "check-pvc-status"
    assert volume["parameters"] == {"name": "data-db-0", "namespace": "monitoring"}
    assert over["status"] == "resolved" and over["lambda_function"] is None
    assert "resolved" in over["reasoning"]
    assert reply["receiver"] == "trm" and reply["sent_to_sink"] is False


def test_grafana_s_webhook_is_taken_as_it_is(run: Run) -> None:
    (alert,) = post(run(), GRAFANA)["alerts"]
    assert alert["lambda_function"] == "pod-restart"
    assert alert["parameters"]["namespace"] == "monitoring"


def test_one_wrong_alert_leaves_the_others_answered(run: Run) -> None:
    wrong = {"status": "firing", "labels": {"alertname": 5}}
    empty = {"status": "firing"}
    body = {"version": "4", "alerts": [wrong, CRASH, empty]}
    first, second, third = post(run(), body)["alerts"]
    assert first["error"]["code"] == "invalid_request"
    assert second["choice"] == "pod-restart"
    assert third["error"]["code"] == "invalid_request"


def test_the_same_alert_is_the_same_event(run: Run) -> None:
    running = run()
    first, second = post(running, ALERTMANAGER), post(running, ALERTMANAGER)
    assert first == second
    changed = {**ALERTMANAGER, "alerts": [{**CRASH, "status": "resolved"}]}
    assert post(running, changed)["alerts"][0]["event_id"] != first["alerts"][0]["event_id"]
    assert not any(line["event"] == "trm_id_reused" for line in running.logged)


def test_with_a_sink_every_alert_is_an_event(run: Run) -> None:
    sent: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(202)

    sink = Sink(
        "http://sink.example/",
        transport=httpx.MockTransport(take),
        sleep=lambda seconds: None,
        log=Log("ERROR", io.StringIO()),
    )
    running = run(sink=sink, K_SINK="http://sink.example/")
    reply = post(running, ALERTMANAGER)
    assert reply["sent_to_sink"] is True and len(reply["alerts"]) == 3
    assert {each.headers["ce-id"] for each in sent} == {a["event_id"] for a in reply["alerts"]}
    assert {each.headers["ce-agent"] for each in sent} == {"agent-sre"}
    assert {each.headers["ce-type"] for each in sent} == {"io.homelab.trm.inference.completed"}


def test_a_sink_that_does_not_take_them_has_the_group_sent_again(run: Run) -> None:
    sink = Sink(
        "http://sink.example/",
        transport=httpx.MockTransport(lambda request: httpx.Response(503)),
        sleep=lambda seconds: None,
        log=Log("ERROR", io.StringIO()),
    )
    answer = call(run(sink=sink, K_SINK="http://sink.example/"), "POST", "/alerts", ALERTMANAGER)
    assert answer.status == 503 and "retry-after" in dict(answer.headers)


def test_no_alerts_are_answered_with_none(run: Run) -> None:
    assert post(run(), {"version": "4", "alerts": []})["alerts"] == []


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "alerts"),
        ({"message": "hello"}, 400, "alerts"),
        ({"alerts": "all"}, 400, "alerts"),
        ({"alerts": {"a": 1}}, 400, "alerts"),
        ({"alerts": [1]}, 400, "alerts.0"),
        ({"alerts": [CRASH, None]}, 400, "alerts.1"),
        ({"alerts": [CRASH] * 501}, 413, "alerts"),
        ([CRASH], 400, None),
        (b"{", 400, None),
        (b'{"alerts": [NaN]}', 400, None),
        (b'{"alerts":' + b"[" * 100_000, 400, None),
        (b" " * 2_000_000, 413, None),
    ],
)
def test_other_bodies_are_refused(run: Run, body: object, status: int, field: str | None) -> None:
    answer = call(run(), "POST", "/alerts", body)
    error = value(answer)["error"]
    assert (answer.status, error["field"]) == (status, field)


@pytest.mark.parametrize(
    "labels",
    [
        {"alertname": "x" * 5_000},
        {f"label{number}": "x" for number in range(200)},
        {"alertname": ["x"]},
        "none",
        [],
    ],
)
def test_hostile_labels_are_an_error_of_their_alert(run: Run, labels: object) -> None:
    (alert,) = post(run(), {"alerts": [{"status": "firing", "labels": labels}]})["alerts"]
    assert alert["error"]["code"] == "invalid_request"


def test_only_posts_with_a_token_are_taken(run: Run) -> None:
    running = run(TRM_BEARER_TOKENS=TOKEN)
    assert call(running, "POST", "/alerts", ALERTMANAGER).status == 401
    assert call(running, "GET", "/alerts").status == 405
    known = [*JSON, ("authorization", f"Bearer {TOKEN}")]
    assert call(running, "POST", "/alerts", ALERTMANAGER, known).status == 200


def test_a_group_as_the_data_of_an_event_is_answered_alert_by_alert(run: Run) -> None:
    for group in (ALERTMANAGER, {"agent": "agent-sre", "alert": ALERTMANAGER}):
        data: Any = run().reply(group).get_data()
        crash, volume, over = data["data"]["alerts"]
        assert data["choice"] == "pod-restart" and data["data"]["lambda_function"] == "pod-restart"
        assert crash["parameters"]["namespace"] == "monitoring"
        assert volume["choice"] == "check-pvc-status"
        assert (over["status"], over["lambda_function"]) == ("resolved", None)


def test_a_wrong_alert_in_the_data_of_an_event_is_named(run: Run) -> None:
    wrong = {"status": "firing", "labels": {"alertname": 5}}
    data: Any = run().reply({"alerts": [CRASH, wrong]}).get_data()
    assert [item["field"] for item in data["error"]["fields"]] == [
        "alert.alerts.1.labels.alertname"
    ]


def test_more_alerts_than_fit_into_an_event_are_counted(run: Run) -> None:
    many = [
        {**CRASH, "labels": {**CRASH["labels"], "pod": f"loki-{number}"}} for number in range(104)
    ]
    data: Any = run().reply({**ALERTMANAGER, "alerts": many}).get_data()
    assert len(data["data"]["alerts"]) == 100 and data["data"]["alerts_left_out"] == 4
    assert len(json.dumps(data)) < 64_000


def test_the_answer_names_no_more_than_the_alert_itself(run: Run) -> None:
    (alert,) = post(run(), GRAFANA)["alerts"]
    assert not re.search("silence|valueString|dashboard", json.dumps(alert))
