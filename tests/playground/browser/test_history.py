"""What was sent, what the function did lately, and whether it is there."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.adapters import reserved_port, scripted, serve
from tests.browser import opened
from tests.playground.browser.actions import (
    Script,
    answer_with,
    answered,
    ask,
    data_of,
    focused,
    reply,
    step,
    told,
)


def test_history_and_backends_are_shown(page: Page, script: Script) -> None:
    script.say("Something private.")
    ask(page, {"prompt": script.prompt, "agent": "agent-bruno"})
    answered(page)
    history = page.get_by_role("group", name="Recent events", exact=True)
    row = history.locator("tbody tr").first
    for cell in ("trm.inference.requested", "agent-bruno", "200", "completed", "test"):
        expect(row).to_contain_text(cell)
    expect(history).not_to_contain_text("private")
    backends = page.get_by_role("group", name="Backends")
    expect(backends).to_contain_text("scripted")
    expect(backends).to_contain_text("answers")
    expect(page.locator("#state")).to_contain_text("ready: scripted on test")


def failing(answer: str, **fields: Any) -> Any:
    """Return the messages of a run that fails a check."""
    steps = [step(1, answer, initial_answer="It is down.", failed_checks=["must_contain"])]
    checks = [{"name": "must_contain", "passed": False, "reason": 'it lacks "Loki"'}]
    return [*steps, reply(steps, checks=checks, confidence=0.0, **fields)]


def test_a_run_is_opened_again(page: Page) -> None:
    rows = page.locator("#runs tbody tr")
    expect(rows).to_have_count(0)
    answer_with(page, *failing("Tempo is slow."))
    ask(page, {"prompt": "What is slow?"})
    answered(page)
    answer_with(page, *told(["one", "It is sunny."]))
    ask(page, {"prompt": "What is the weather?"})
    answered(page)
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("What is the weather?")
    expect(rows.nth(1)).to_contain_text("1 of 1 check failed: do not use")
    page.get_by_role("button", name="Open run 1: What is slow?").click()
    expect(page.locator("#verdict")).to_have_text("1 of 1 check failed: do not use")
    expect(page.locator("#reply")).to_contain_text("Tempo is slow.")
    expect(page.locator("#steps > li")).to_have_count(1)
    expect(page.locator("#status")).to_contain_text("Sent at")
    assert data_of(page) == {"prompt": "What is the weather?"}  # what is edited stays


def test_a_run_is_opened_by_keyboard(page: Page) -> None:
    answer_with(page, *told(["one", "It is sunny."]))
    ask(page, {"prompt": "x"})
    answered(page)
    page.get_by_role("button", name="Open run 1: x").press("Enter")
    expect(page.locator("#status")).to_contain_text("Sent at")
    expect(page.locator("#run")).to_be_in_viewport()
    assert focused(page) == "run"


def test_a_run_is_run_again_as_a_new_event(page: Page, script: Script) -> None:
    script.say("first", "second")
    page.get_by_text("Attributes of the event").click()
    page.get_by_label("Id", exact=True).fill("only-once")
    ask(page, {"prompt": script.prompt})
    answered(page)
    page.locator("#main").evaluate("box => (box.value = 'something else')")
    page.get_by_role("button", name="Run again run 1").click()
    expect(page.locator("#runs tbody tr")).to_have_count(2)
    answered(page)
    expect(page.locator("#reply")).to_contain_text("second")
    assert data_of(page) == {"prompt": script.prompt}
    expect(page.get_by_label("Id", exact=True)).to_have_value("")


def test_two_runs_are_compared(page: Page) -> None:
    answer_with(page, *failing("Tempo is slow.", model_name="small"))
    ask(page, {"prompt": "What is slow?"})
    answered(page)
    answer_with(page, *told(["one", "Loki is slow."], model_name="small", confidence=0.9))
    ask(page, {"prompt": "What is very slow?"})
    answered(page)
    page.get_by_label("Compare run 2").check()
    panel = page.get_by_role("group", name="Comparison")
    expect(panel).to_have_count(0)
    page.get_by_label("Compare run 1").check()
    expect(panel.locator("thead th")).to_have_count(2)

    def row(name: str) -> Any:
        return panel.locator("tr", has=page.get_by_role("rowheader", name=name, exact=True))

    expect(row("request").locator("ins")).to_have_text(["very "])
    expect(row("answer").locator("td").nth(0)).to_have_text("Tempo is slow.")
    expect(row("answer").locator("td").nth(0).locator("del")).to_have_text(["Tempo"])
    expect(row("answer").locator("td").nth(1).locator("ins")).to_have_text(["Loki"])
    expect(row("checks").locator("td").nth(0)).to_contain_text(
        'failed: must_contain it lacks "Loki"'
    )
    expect(row("verdict").locator("del")).to_have_text(["1 of 1 check failed: do not use"])
    expect(row("model").locator("del, ins")).to_have_count(0)
    page.get_by_label("Compare run 1").uncheck()
    expect(panel).to_have_count(0)


def test_of_three_runs_the_latest_two_chosen_are_compared(page: Page) -> None:
    for word in ("one", "two", "three"):
        answer_with(page, *told(["x", word]))
        ask(page, {"prompt": word})
        answered(page)
    for number in (1, 2, 3):
        page.get_by_label(f"Compare run {number}").check()
    expect(page.get_by_label("Compare run 1")).not_to_be_checked()
    answers = page.get_by_role("group", name="Comparison").locator("tbody tr").nth(1).locator("td")
    expect(answers).to_have_text(["two", "three"])


def test_runs_wait_while_one_is_under_way(page: Page, script: Script) -> None:
    answer_with(page, *told(["one", "two"]))
    ask(page, {"prompt": "before"})
    answered(page)
    page.unroute("**/playground/ask")
    ask(page, {"prompt": script.prompt})
    expect(page.locator("#status")).to_contain_text("waiting")
    page.get_by_role("button", name="Open run 1").click()
    expect(page.locator("#status")).to_contain_text("waiting")
    script.say("Now.")
    answered(page)
    expect(page.locator("#reply")).to_contain_text("Now.")


def test_a_dead_server_is_noticed_and_comes_back(browser: Browser, script: Script) -> None:
    environment = {"TRM_PLAYGROUND": "true"}
    with reserved_port() as port, ExitStack() as kept:
        with serve("gunicorn", scripted("gunicorn"), environment, port=port) as running:
            running.wait_for("/health/readiness", 200)
            away = ("net::ERR_", "503")
            page = kept.enter_context(opened(browser, f"http://127.0.0.1:{port}/", tolerated=away))
            state = page.locator("#state")
            expect(state).to_have_text("ready: scripted on test")
        expect(state).to_contain_text("no answer since")
        expect(state).to_have_class("state bad")
        ask(page, {"prompt": script.prompt})
        answered(page, "Lost")
        expect(page.locator("#verdict")).to_have_text("Connection lost")
        with serve("gunicorn", scripted("gunicorn"), environment, port=port):
            expect(state).to_have_text("ready: scripted on test")
            expect(state).to_have_class("state good")
            script.say("Back again.")
            page.get_by_role("button", name="Run again run 1").click()
            answered(page)
            expect(page.locator("#reply")).to_contain_text("Back again.")


def test_a_server_that_hangs_is_noticed(page: Page) -> None:
    state = page.locator("#state")
    expect(state).to_have_text("ready: scripted on test")
    page.route("**/health/readiness", lambda route: None)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(state).to_contain_text("no answer since")
    page.unroute("**/health/readiness")
    expect(state).to_have_text("ready: scripted on test")
