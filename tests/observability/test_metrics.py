"""What a scrape shows, and that no label tells who asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from function.events.codec import Mode, encode
from function.observability.metrics import MOST_ASIDE, Distribution, Tally
from tests.adapters import scripted, serve
from tests.conftest import Running, request_event
from tests.scripted import ScriptedModel

Run = Callable[..., Running]
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(families: Iterable[Metric]) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def scraped(text: str) -> Samples:
    return samples(text_string_to_metric_families(text))


def value(found: Samples, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


@pytest.mark.slow
def test_a_scrape_tells_what_became_of_events() -> None:
    message = encode(request_event({"prompt": "nine?"}, id="one-of-a-kind"), Mode.BINARY)
    late = encode(
        request_event({"prompt": "?"}, id="late", expirytime="2001-01-01T00:00:00Z"), Mode.BINARY
    )
    with serve("gunicorn", scripted("gunicorn")) as server:
        server.wait_for("/health/readiness", 200)
        with server.client() as client:
            for each in (message, message, late):
                assert client.post(each.headers, each.body).status == 200
            text = client.send("GET", "/metrics").text
    found = scraped(text)
    assert value(found, "trm_answers_total", status="200") == 3
    assert value(found, "trm_duplicates_total") == 1
    assert value(found, "trm_failures_total", code="expired") == 1
    assert value(found, "trm_ready") == 1
    request = {
        "http_request_method": "POST",
        "url_scheme": "http",
        "http_route": "/",
        "http_response_status_code": "200",
    }
    assert value(found, "http_server_request_duration_seconds_count", **request) == 3
    assert value(found, "http_server_request_duration_seconds_bucket", le="120.0", **request) == 3
    assert any(
        name == "trm_breaker_state" and ("state", "closed") in labels and number == 1
        for (name, labels), number in found.items()
    )
    assert "one-of-a-kind" not in text and "/agents/oncall" not in text


def test_reflection_is_counted(run: Run) -> None:
    running = run(ScriptedModel(["no", "still no", "nine"]))
    running.reply({"prompt": "?", "checks": {"must_contain": ["nine"]}})
    found = samples(running.service.metrics.collect())
    assert value(found, "trm_reflection_steps_sum", task="text") == 2
    assert value(found, "trm_reflection_steps_bucket", task="text", le="1.0") == 0
    assert value(found, "trm_reflection_steps_bucket", task="text", le="2.0") == 1
    assert value(found, "trm_refinements_total", accepted="true") == 1
    assert value(found, "trm_refinements_total", accepted="false") == 1
    assert value(found, "trm_stops_total", reason="checks_passed") == 1
    assert value(found, "trm_stops_total", reason="deadline") == 0
    assert value(found, "trm_checks_total", check="must_contain", passed="true") == 1
    assert value(found, "trm_confidence_count", method="token_probability") == 1
    assert value(found, "trm_backend_attempts_total", backend="test", outcome="answered") == 1


def test_what_has_to_be_sent_again_is_counted(run: Run) -> None:
    running = run()
    running.service.drain()
    message = encode(request_event({"prompt": "?"}), Mode.BINARY)
    assert running.service.exchange.answer(message.headers, message.body).status == 503
    found = samples(running.service.metrics.collect())
    assert value(found, "trm_refusals_total", reason="NotReady") == 1
    assert value(found, "trm_ready") == 0


@pytest.mark.parametrize(
    "number, buckets", [(0.5, [1, 1, 1]), (1, [1, 1, 1]), (1.5, [0, 1, 1]), (3, [0, 0, 1])]
)
def test_a_bound_belongs_to_its_bucket(number: float, buckets: list[int]) -> None:
    distribution = Distribution(CollectorRegistry(), "spans", "?", (1, 2), ["kind"])
    distribution.at("a").observe(number)
    found = samples(distribution.collect())
    for bound, count in zip(("1.0", "2.0", "+Inf"), buckets, strict=True):
        assert value(found, "spans_bucket", kind="a", le=bound) == count
    assert value(found, "spans_sum", kind="a") == number


def test_no_value_is_lost_among_threads() -> None:
    distribution = Distribution(CollectorRegistry(), "spans", "?", (10, 1_000), [])
    series, each = distribution.at(), 3 * MOST_ASIDE + 1

    def observe() -> None:
        for number in range(each):
            series.observe(float(number))

    with ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(observe)
        while not value(samples(distribution.collect()), "spans_count"):
            pass  # somebody looks meanwhile
    found = samples(distribution.collect())
    assert value(found, "spans_count") == 8 * each
    assert value(found, "spans_bucket", le="10.0") == 8 * 11
    assert value(found, "spans_sum") == 8 * sum(range(each))


def test_a_tally_begins_with_what_it_knows() -> None:
    tally = Tally(CollectorRegistry(), "ends", "?", ["reason"], ["late"])
    tally.add("early")
    tally.add("early")
    found = samples(tally.collect())
    assert value(found, "ends_total", reason="late") == 0
    assert value(found, "ends_total", reason="early") == 2
