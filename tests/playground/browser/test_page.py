"""The whole page: accessibility, colours, sizes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import opened
from tests.playground.browser.actions import (
    EASY,
    Script,
    answer_with,
    answered,
    ask,
    told,
    write_json,
)


def shown_in_full(page: Page, script: Script) -> None:
    """Everything that the page can show at once: steps, a grid's controls, commands, events."""
    script.say("no", "https://example.org/" + "a" * 300, "still no")
    checks = {"must_contain": ["word"]}
    ask(page, {"prompt": script.prompt, "checks": checks, "max_reflection_steps": 2})
    answered(page)
    for summary in page.locator("summary").all():
        summary.click()
    expect(page.get_by_role("group", name="Recent events", exact=True)).to_be_visible()
    page.get_by_role("tab", name="Form").click()
    page.get_by_role("button", name="Add a rule").click()


def findings(page: Page) -> list[str]:
    """Return what axe-core finds and calls serious or critical."""
    results = Axe().run(page).response
    return [
        f"{found['id']}: {[node['target'] for node in found['nodes']]}"
        for found in results["violations"]
        if found["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, url: str, script: Script, scheme: Any) -> None:
    with opened(browser, url, color_scheme=scheme, reduced_motion="reduce") as page:
        assert findings(page) == []
        shown_in_full(page, script)
        assert findings(page) == []
        ask(page, {"task": "sudoku", "puzzle": EASY})
        answered(page)
        assert findings(page) == []
        ask(page, {"prompt": 7})
        answered(page, "Failed after")
        assert findings(page) == []
        for number in (1, 2):
            page.get_by_label(f"Compare run {number}").check()
        expect(page.get_by_role("group", name="Comparison")).to_be_visible()
        assert findings(page) == []


def test_light_and_dark_differ(browser: Browser, url: str) -> None:
    colours = set()
    for scheme in ("light", "dark"):
        with opened(browser, url, color_scheme=scheme) as page:
            colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_scrolls_in_one_direction(
    browser: Browser, url: str, script: Script, width: int
) -> None:
    viewport = {"width": width, "height": 700}
    options: dict[str, Any] = {"viewport": viewport, "is_mobile": True, "has_touch": True}
    with opened(browser, url, reduced_motion="reduce", **options) as page:

        def wide() -> Any:
            return page.evaluate("document.documentElement.scrollWidth")

        assert wide() == width
        shown_in_full(page, script)
        assert wide() == width
        ask(page, {"task": "sudoku", "puzzle": EASY})
        answered(page)
        for number in (1, 2):
            page.get_by_label(f"Compare run {number}").check()
        assert wide() == width
        send = page.get_by_role("button", name="Send", exact=True).bounding_box()
        assert send and send["height"] >= 40
        run = page.locator("#run").bounding_box()
        assert run and run["y"] < viewport["height"], "the answer has to come into sight"
        for cell in page.locator("#history tbody tr").first.get_by_role("cell").all():
            box = cell.bounding_box()
            assert box and box["x"] + box["width"] <= width, "a row is a card, not wider than it"


SCREENS = [{"width": 1280, "height": 720}, {"width": 390, "height": 844}]


@pytest.mark.parametrize("viewport", SCREENS, ids=["laptop", "phone"])
def test_send_is_above_the_fold(browser: Browser, url: str, viewport: dict[str, int]) -> None:
    with opened(browser, url, viewport=viewport, has_touch=viewport["width"] < 500) as page:
        button = page.get_by_role("button", name="Send", exact=True)
        names = page.locator("#example option").evaluate_all("all => all.map((one) => one.value)")
        for name in names:
            page.locator("#example").select_option(name)
            for view in ("Form", "JSON"):
                page.get_by_role("tab", name=view).click()
                page.evaluate("scrollTo(0, 0)")
                box = button.bounding_box()
                assert box and box["y"] + box["height"] <= viewport["height"], f"{name}, {view}"
                # Nothing lies over it.
                button.click(trial=True)
                main = page.locator("#main" if view == "Form" else "#data").bounding_box()
                assert main and main["y"] + 40 <= box["y"], f"{name}, {view}"


def test_the_request_stays_in_sight_of_a_long_answer(page: Page) -> None:
    answer_with(page, *told([f"step {number} " + "word " * 200 for number in range(9)]))
    ask(page, {"prompt": "x"})
    answered(page)
    page.locator("#steps > li").last.scroll_into_view_if_needed()
    expect(page.locator("#steps > li").last).to_be_in_viewport()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_in_viewport()


def test_what_is_edited_is_not_under_the_buttons(page: Page) -> None:
    checks = {"must_contain": [f"word {number}" for number in range(20)]}
    write_json(page, json.dumps({"prompt": "x", "checks": checks}))
    page.get_by_role("tab", name="Form").click()
    page.locator("#main").focus()
    bar = page.locator(".sending").bounding_box()
    assert bar
    while page.evaluate("document.activeElement.id") != "facts":
        page.keyboard.press("Tab")
        focused = page.locator(":focus").bounding_box()
        assert focused and focused["y"] + focused["height"] <= bar["y"] + 1
