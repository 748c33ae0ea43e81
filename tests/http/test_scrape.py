"""Metrics on a port of their own, beside the real middleware, which passes events only."""

from __future__ import annotations

import json
import socket

import pytest

from tests.adapters import Client, reserved_port, scripted, serve
from tests.test_wrong_settings import started

EVENT = [
    ("content-type", "application/json"),
    ("ce-specversion", "1.0"),
    ("ce-id", "scraped"),
    ("ce-source", "/test"),
    ("ce-type", "io.homelab.trm.inference.requested"),
]


@pytest.mark.slow
def test_metrics_of_events_that_the_middleware_passes_are_scraped() -> None:
    with reserved_port() as port:
        settings = {"HOST": "127.0.0.1", "TRM_SCRAPE_PORT": str(port)}
        with serve("middleware", scripted("middleware"), settings) as server:
            server.wait_for("/health/readiness", 200)
            with server.client() as client, Client(port) as scraper:
                assert client.send("GET", "/metrics").status == 400
                body = json.dumps({"prompt": "hi"}).encode()
                assert client.post(EVENT, body).reply.outcome == "completed"
                scraped = scraper.send("GET", "/metrics")
                assert scraped.status == 200
                assert scraped.headers["content-type"].startswith("text/plain; version=0.0.4")
                assert 'trm_answers_total{status="200"} 1.0' in scraped.text
                assert scraper.send("HEAD", "/metrics").body == b""
                assert scraper.send("GET", "/health/readiness").status == 200
                assert scraper.send("GET", "/health/backends").json()[0]["label"] == "scripted"
                for method, path in (("POST", "/metrics"), ("GET", "/"), ("GET", "/v1/models")):
                    assert scraper.send(method, path, body=b"").status == 404
                assert scraper.send("POST", "/", EVENT, body).status == 404
                assert scraper.send("GET", "/metrics").text.count('status="200"} 1.0') == 1
            # Connections that say nothing keep no scrape from its answer.
            idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(80)]
            with Client(port) as scraper:
                assert scraper.send("GET", "/metrics").status == 200
            for connection in idle:
                connection.close()


@pytest.mark.slow
def test_a_port_that_is_taken_ends_the_start_with_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        _, line = started({"TRM_SCRAPE_PORT": port}, "tests/scaffold/main.py")
    assert line.startswith(f"wrong setting: HOST 127.0.0.1, TRM_SCRAPE_PORT {port}: ")
