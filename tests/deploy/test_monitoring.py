"""Alerts and dashboard ask only for what the function counts, and every alert is explained."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from function.backends.registry import Member
from function.delivery.sink import Sink
from function.events.codec import Mode, encode
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from tests.conftest import request_event
from tests.deploy.kustomize import render
from tests.scripted import ScriptedModel

ROOT = Path(__file__).resolve().parents[2]
MONITORING = ROOT / "deploy" / "monitoring"
DASHBOARD = (MONITORING / "dashboard.json").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
SCRAPED = {"namespace", "pod", "job", "instance"}
"""Labels that Prometheus adds to whatever it scrapes."""
ENUMERATED = {"code", "state", "passed", "accepted", "lane"}
"""Labels whose values the function knows before anything happens."""


def rules() -> list[dict[str, Any]]:
    (found,) = yaml.safe_load_all((MONITORING / "alerts.yaml").read_text())
    return [rule for group in found["spec"]["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD)["panels"]
    return found


ALERTS = {rule["alert"]: rule for rule in rules()}
QUERIES = {
    **{name: rule["expr"] for name, rule in ALERTS.items()},
    **{
        f"{panel['title']} {target['refId']}": target["expr"].replace("$__rate_interval", "5m")
        for panel in panels()
        for target in panel.get("targets", ())
    },
}


@cache
def counted() -> dict[str, list[dict[str, str]]]:
    """Return every sample that a function shows after events of all sorts, by name."""
    taken: list[int] = []

    def take(request: httpx.Request) -> httpx.Response:
        taken.append(1)
        return httpx.Response(202)

    model = ScriptedModel(["no", "nine"])
    service = Service(
        load_settings({"K_SINK": "http://sink"}),
        [Member("test", lambda: model)],
        Log("ERROR"),
        sink=Sink("http://sink", transport=httpx.MockTransport(take), log=Log("ERROR")),
    )
    service.start()
    try:
        assert service.chain.wait(10)
        model.calls.clear()
        data = {"prompt": "?", "checks": {"must_contain": ["nine"]}}
        message = encode(request_event(data), Mode.BINARY)
        assert service.exchange.answer(message.headers, message.body).status == 202
        data["checks"] = {"must_contain": ["ten"]}
        message = encode(request_event(data, id="request-2"), Mode.BINARY)
        assert service.exchange.answer(message.headers, message.body).status == 202
        service.drain()
        assert service.exchange.answer(message.headers, message.body).status == 503
        text = service.metrics.exposition().decode()
    finally:
        service.close()
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


def selectors(query: str) -> Iterator[tuple[promql_parser.VectorSelector, set[str]]]:
    """Yield every selector of a query, with the labels by which it is aggregated."""

    def below(node: Any, wanted: set[str]) -> Iterator[tuple[Any, set[str]]]:
        if isinstance(node, promql_parser.AggregateExpr):
            by = set(node.modifier.labels) if node.modifier else set()
            yield from below(node.expr, wanted | by)
        elif isinstance(node, promql_parser.BinaryExpr):
            yield from below(node.lhs, wanted)
            yield from below(node.rhs, wanted)
        elif isinstance(node, promql_parser.Call):
            for argument in node.args:
                yield from below(argument, wanted)
        elif isinstance(node, promql_parser.MatrixSelector):
            yield node.vector_selector, wanted
        elif isinstance(node, promql_parser.VectorSelector):
            yield node, wanted
        elif isinstance(node, (promql_parser.ParenExpr, promql_parser.UnaryExpr)):
            yield from below(node.expr, wanted)
        else:
            assert isinstance(node, promql_parser.NumberLiteral), type(node)

    return below(promql_parser.parse(query), set())


def wrong(query: str) -> list[str]:
    """Return what a query asks for that is not there."""
    found: list[str] = []
    asked = list(selectors(query))
    assert asked, "a query has to ask for something"
    for selector, by in asked:
        assert selector.name is not None
        samples = counted().get(selector.name)
        if samples is None:
            found.append(f"no metric {selector.name}")
            continue
        known = SCRAPED.union(*samples)
        matchers = selector.matchers.matchers
        used = by | {matcher.name for matcher in matchers}
        found += [f"{selector.name} has no label {name}" for name in sorted(used - known)]
        for matcher in matchers:
            exact = matcher.op == promql_parser.MatchOp.Equal and matcher.name in ENUMERATED
            values = {labels.get(matcher.name) for labels in samples}
            if exact and matcher.value not in values:
                found.append(f"{matcher.name} is never {matcher.value}")
            if matcher.name == "le" and float(matcher.value) not in {
                float(labels["le"]) for labels in samples
            }:
                found.append(f"{selector.name} has no bucket {matcher.value}")
    return found


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_asks_for_what_is_counted(name: str) -> None:
    assert wrong(QUERIES[name]) == []


@pytest.mark.parametrize(
    "query",
    [
        "trm_redy == 0",
        "sum by (conversation) (rate(trm_answers_total[5m]))",
        'rate(trm_failures_total{code="late"}[5m])',
        'sum(rate(trm_answers_total{state="200"}[5m]))',
        'rate(trm_confidence_bucket{le="0.55"}[5m])',
        "trm_ready / (1 - trm_unready)",
    ],
)
def test_a_query_for_what_is_not_there_is_found(query: str) -> None:
    assert wrong(query)


def test_a_query_that_is_none_is_found() -> None:
    with pytest.raises(ValueError):
        wrong("sum by (status (trm_answers_total)")


def test_every_metric_of_ours_is_looked_at() -> None:
    """A number that nobody looks at is not worth its microseconds."""
    asked = {
        re.sub("_(bucket|sum|count|total)$", "", selector.name or "")
        for query in QUERIES.values()
        for selector, _ in selectors(query)
    }
    ours = {
        re.sub("_(bucket|sum|count|total|created)$", "", name)
        for name in counted()
        if name.startswith(("trm_", "gen_ai_", "messaging_"))
    }
    assert ours == {name for name in asked if not name.startswith("process_")}


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_is_explained(name: str) -> None:
    rule = ALERTS[name]
    assert f"| [{name}](#{name.lower()}) | {rule['labels']['severity']} |" in OPERATIONS
    _, _, text = OPERATIONS.partition(f"\n### {name}\n")
    explained = text.partition("\n#")[0]
    assert len(explained.split()) > 15, "what it means and what to do"
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["runbook_url"].endswith(f"docs/operations.md#{name.lower()}")


def test_nothing_is_explained_that_is_no_alert() -> None:
    assert set(re.findall(r"^### (\w+)$", OPERATIONS, re.MULTILINE)) == set(ALERTS)


def test_panels_have_their_places() -> None:
    places = [
        (panel["gridPos"]["x"] + dx, panel["gridPos"]["y"] + dy)
        for panel in panels()
        for dx in range(panel["gridPos"]["w"])
        for dy in range(panel["gridPos"]["h"])
    ]
    assert len(places) == len(set(places)) and max(x for x, _ in places) < 24
    assert len({panel["id"] for panel in panels()}) == len(panels())
    for title in re.findall(r"\*([A-Z][\w ]+)\*", OPERATIONS):
        assert title in {panel["title"] for panel in panels()}


def test_the_dashboard_comes_with_the_manifests() -> None:
    (found,) = [item for item in render(MONITORING) if item["kind"] == "ConfigMap"]
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(found["data"]["dashboard.json"])["uid"] == "trm-function"


def test_the_dashboard_has_rows_figures_and_variables() -> None:
    kinds = [panel["type"] for panel in panels()]
    assert kinds[0] == "row" and kinds.count("row") > 3 and kinds.count("stat") > 3
    names = {each["name"] for each in json.loads(DASHBOARD)["templating"]["list"]}
    assert {"agent", "model", "revision", "namespace"} <= names
