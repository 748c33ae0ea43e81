"""Chromium, a served function with a scripted model, and its page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.adapters import Server, scripted, serve
from tests.browser import chromium, opened
from tests.playground.browser.actions import Script

PATIENCE_MS = 30_000


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with chromium() as found:
        yield found


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    with serve("gunicorn", scripted("gunicorn"), {"TRM_PLAYGROUND": "true"}) as running:
        running.wait_for("/health/readiness", 200)
        yield running


@pytest.fixture
def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}/"


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    with opened(browser, url, viewport={"width": 1280, "height": 720}) as found:
        yield found


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)
