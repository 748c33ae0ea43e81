"""A real browser, Debian's headless Chromium, and pages that tell what goes wrong in them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`violation of ${event.violatedDirective}: ${event.blockedURI}`));
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield the browser; without one the test is skipped, but never in CI."""
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("CI has to have chromium: see .ci/run")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser, url: str, tolerated: tuple[str, ...] = (), **options: Any
) -> Iterator[Page]:
    """Yield a page on which nothing may go wrong: no violation of its content security policy, no
    error in its console, no request to another host.

    :param tolerated: parts of errors that are expected in the console.
    :param options: of the browser's context, such as ``viewport`` or ``color_scheme``.
    """
    context = browser.new_context(**options)
    problems: list[str] = []
    asked: list[str] = []
    page = context.new_page()

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(part in message.text for part in tolerated):
            problems.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(TELL_VIOLATIONS)
    page.goto(url)
    yield page
    assert not problems
    assert asked and all(address.startswith(url) for address in asked)
    context.close()
