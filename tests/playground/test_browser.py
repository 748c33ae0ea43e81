"""The playground in a real browser: what a person sees, by keyboard, in the dark, on a phone."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.adapters import Server, scripted, serve
from tests.browser import chromium, opened

PATIENCE_MS = 30_000
EASY = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
SOLVED = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve("gunicorn", scripted("gunicorn"), {"TRM_PLAYGROUND": "true"}) as running:
        running.wait_for("/health/readiness", 200)
        yield running


@pytest.fixture
def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}/"


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    expect.set_options(timeout=PATIENCE_MS)
    with opened(browser, url, viewport={"width": 1280, "height": 900}) as found:
        yield found


@dataclass
class Script:
    """What the scripted model says to one prompt, text by text, when the test lets it."""

    folder: Path
    said: int = 0

    @property
    def prompt(self) -> str:
        return f"read {self.folder / 'script'}"

    def say(self, *texts: str) -> None:
        for text in texts:
            whole = self.folder / "whole"
            whole.write_text(text, "utf-8")
            whole.rename(self.folder / f"script.{self.said}")
            self.said += 1


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)


def ask(page: Page, data: object) -> None:
    """Write the request into the form and send it."""
    page.get_by_label("Data of the event, JSON").fill(json.dumps(data))
    page.get_by_role("button", name="Send", exact=True).click()


def answered(page: Page, status: str = "Completed after") -> None:
    expect(page.locator("#status")).to_contain_text(status)
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled()


def focused(page: Page) -> Any:
    return page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")


def test_the_whole_path_by_keyboard(page: Page, script: Script) -> None:
    script.say("The rate is 3.1 %.")
    passed = []
    for _ in range(9):
        page.keyboard.press("Tab")
        passed.append(focused(page))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", f"the focus on {passed[-1]} cannot be seen"
    assert passed == [
        *("To the request", "Schemas", "Metrics", "example", "data", "Attributes of the event"),
        *("send", "The same from a terminal"),
        passed[-1],
    ]
    page.locator("#example").focus()
    page.keyboard.type("Text, with")
    expect(page.locator("#meaning")).to_contain_text("A draft that fails a check is refined")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(json.dumps({"prompt": script.prompt}))
    for _ in range(2):
        page.keyboard.press("Tab")
    assert focused(page) == "send"
    page.keyboard.press("Enter")
    answered(page)
    expect(page.locator("#reply")).to_contain_text("The rate is 3.1 %.")


def test_control_enter_sends_from_the_data(page: Page, script: Script) -> None:
    script.say("Sent.")
    page.locator("#data").fill(json.dumps({"prompt": script.prompt}))
    page.locator("#data").press("Control+Enter")
    answered(page)
    expect(page.locator("#reply")).to_contain_text("Sent.")


def test_every_step_is_seen_before_the_next_is_written(page: Page, script: Script) -> None:
    data = {
        "prompt": script.prompt,
        "checks": {"must_contain": ["Loki"], "regex": "up"},
        "max_reflection_steps": 3,
    }
    steps = page.locator("#steps > li")
    ask(page, data)
    script.say("The service is down.")
    expect(page.locator("#status")).to_have_text("Sent; waiting for the first step.")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    expect(steps).to_have_count(0)
    script.say("The service is quite slow.")
    expect(steps).to_have_count(1)
    expect(page.locator("#status")).to_have_text("Step 1 came, not accepted.")
    expect(page.locator("#reply")).to_be_empty()
    first = steps.nth(0)
    for told in ("not accepted", "Candidate", "Failed checks", "must_contain", "regex"):
        expect(first).to_contain_text(told)
    expect(first.locator("del")).to_have_text(["down"])
    expect(first.locator("ins")).to_have_text(["quite slow"])
    expect(first.locator(".facts")).to_contain_text("tokens")
    expect(first.locator(".facts")).to_contain_text("time")
    script.say("Loki is slow.")
    expect(steps).to_have_count(2)
    expect(steps.nth(1).locator(".chip")).to_have_text("accepted")
    script.say("Loki is up.")
    answered(page)
    expect(steps).to_have_count(3)
    expect(steps.nth(2).locator("del")).to_have_text(["slow"])
    # A refused step has no confidence.
    expect(page.locator("#curve circle")).to_have_count(2)
    expect(page.locator("#reply .checks")).to_contain_text("passed")
    expect(page.locator("#reply")).to_contain_text("every check passed")


def test_critique_is_told_from_failed_checks(page: Page, script: Script) -> None:
    script.say("A draft.", "It is short.", "A longer draft.")
    ask(page, {"prompt": script.prompt, "reflection_mode": "always", "max_reflection_steps": 1})
    answered(page)
    step = page.locator("#steps > li")
    expect(step).to_contain_text("Critique")
    expect(step).to_contain_text("It is short.")
    expect(step).not_to_contain_text("Failed checks")


def test_a_sudoku_fills_in_step_by_step(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    ask(page, {"task": "sudoku", "puzzle": EASY})
    answered(page)
    slider = page.get_by_label("Step shown")
    count = page.locator("#steps > li").count()
    assert count >= 1
    assert slider.get_attribute("max") == str(count)
    cells = page.locator(".board span")
    expect(cells).to_have_text(list(SOLVED))
    expect(page.locator(".board .given")).to_have_count(sum(cell != "." for cell in EASY))
    slider.press("Home")
    expect(page.locator(".told")).to_have_text("The puzzle, 30 of 81 cells filled")
    expect(cells).to_have_text([cell.replace(".", "") for cell in EASY])
    slider.press("ArrowRight")
    expect(page.locator(".told")).to_contain_text("Step 1,")
    expect(page.locator(".board .changed")).not_to_have_count(0)
    expect(page.locator("#reply .checks")).to_contain_text("sudoku_rules")
    label = page.locator(".board").get_attribute("aria-label")
    assert label and label.startswith("Step 1")


def test_a_grid_plays_by_itself(page: Page) -> None:
    ask(page, {"task": "sudoku", "puzzle": EASY})
    answered(page)
    expect(page.locator(".board span")).to_have_text(list(SOLVED))
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".told")).to_contain_text("Step 1")
    expect(page.locator(".board span")).to_have_text(list(SOLVED))


def told(steps: list[str], **fields: object) -> str:
    """Return a stream as the function tells it: these grids step by step, and a reply."""
    trace = [
        {
            "step": number,
            "initial_answer": "",
            "reflection": "cells changed",
            "refined_answer": text,
            "confidence": 0.5,
            "improvement_score": 0.0,
            "accepted": True,
            "failed_checks": [],
            "tokens_used": 0,
            "duration_ms": None,
        }
        for number, text in enumerate(steps, 1)
    ]
    data = {
        "answer": steps[-1],
        "reflection_steps": len(steps),
        "reflection_trace": trace,
        "checks": [],
        "stop_reason": "confident",
        "usage": {"prompt": 0, "completion": 0, "cached": 0},
        "duration_ms": 3.0,
        "backend": "trm",
        **fields,
    }
    reply = {"type": "io.homelab.trm.inference.completed", "data": data}
    messages = [("step", step) for step in trace] + [("reply", reply)]
    return "".join(f"event: {name}\ndata: {json.dumps(value)}\n\n" for name, value in messages)


def test_a_maze_shows_its_path(page: Page) -> None:
    steps = ["S.#\noo#\n#.G", "So#\n.o#\n#oG"]
    page.emulate_media(reduced_motion="reduce")
    page.route(
        "**/playground/ask",
        lambda route: route.fulfill(content_type="text/event-stream", body=told(steps)),
    )
    ask(page, {"task": "maze", "puzzle": "S #\n  #\n# G"})
    answered(page)
    cells = page.locator(".board span")
    expect(cells).to_have_text(["S", *[""] * 7, "G"])
    expect(page.locator(".board .wall")).to_have_count(3)
    expect(page.locator(".board .path")).to_have_count(3)
    expect(page.locator(".board .changed")).to_have_count(3)
    page.get_by_label("Step shown").press("Home")
    expect(page.locator(".board .path")).to_have_count(0)
    expect(page.locator(".board .open")).to_have_count(4)


def test_an_arc_grid_shows_its_colours(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.route(
        "**/playground/ask",
        lambda route: route.fulfill(content_type="text/event-stream", body=told(["0 2\n2 0\n3 3"])),
    )
    ask(page, {"task": "arc", "puzzle": {"id": "x", "input": [[1, 0], [0, 1]]}})
    answered(page)
    expect(page.locator(".board span")).to_have_count(6)
    expect(page.locator(".board .colour-2")).to_have_count(2)
    page.get_by_label("Step shown").press("Home")
    expect(page.locator(".board .colour-1")).to_have_count(2)
    label = page.locator(".board").get_attribute("aria-label")
    assert label == "The puzzle. 1 0; 0 1"


def test_the_only_step_of_a_network_is_its_answer(page: Page) -> None:
    page.route(
        "**/playground/ask",
        lambda route: route.fulfill(content_type="text/event-stream", body=told(["pod-restart"])),
    )
    ask(page, {"task": "alert_triage", "alert": {"labels": {"alertname": "x"}}})
    answered(page)
    step = page.locator("#steps > li")
    expect(step).to_contain_text("Its answer")
    expect(step).not_to_contain_text("Candidate")
    expect(step.locator("ins")).to_have_count(0)
    expect(page.locator("#curve")).to_be_empty()  # one point is no curve


def test_the_request_stays_in_sight_of_a_long_answer(page: Page) -> None:
    steps = [f"step {number} " + "word " * 200 for number in range(9)]
    page.route(
        "**/playground/ask",
        lambda route: route.fulfill(content_type="text/event-stream", body=told(steps)),
    )
    ask(page, {"prompt": "x"})
    answered(page)
    page.locator("#steps > li").last.scroll_into_view_if_needed()
    expect(page.locator("#steps > li").last).to_be_in_viewport()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_in_viewport()


def test_every_backend_that_was_asked_is_told(page: Page) -> None:
    attempts = [
        {"label": "vllm", "outcome": "failed", "error": "ModelUnavailable", "duration_ms": 812.0},
        {"label": "embedded", "outcome": "answered", "error": None, "duration_ms": 1204.0},
    ]
    body = told(["one", "two"], attempts=attempts, fallback_reason="vllm: no connection")
    page.route(
        "**/playground/ask",
        lambda route: route.fulfill(content_type="text/event-stream", body=body),
    )
    ask(page, {"prompt": "x"})
    answered(page)
    expect(page.get_by_label("Backends asked").locator("li")).to_have_text(
        ["vllm: failed: ModelUnavailable, 812 ms", "embedded: answered, 1.20 s"]
    )
    expect(page.locator("#reply")).to_contain_text("vllm: no connection")
    expect(page.locator("#steps > li")).to_have_count(2)


def test_a_token_goes_along_with_every_request(browser: Browser, script: Script) -> None:
    token = "sixteen-characters-long"
    environment = {"TRM_PLAYGROUND": "true", "TRM_BEARER_TOKENS": token}
    with serve("gunicorn", scripted("gunicorn"), environment) as guarded:
        guarded.wait_for("/health/readiness", 200)
        with opened(browser, f"http://127.0.0.1:{guarded.port}/") as page:
            ask(page, {"prompt": script.prompt})
            answered(page, "Not answered.")
            expect(page.locator("#reply .failed")).to_contain_text("401")
            page.get_by_label("Bearer token").fill(token)
            script.say("Come in.")
            ask(page, {"prompt": script.prompt})
            answered(page)
            expect(page.locator("#reply")).to_contain_text("Come in.")
            expect(page.locator("#history tbody tr")).to_have_count(2)
            page.get_by_text("The same from a terminal").click()
            expect(page.locator("#command-list")).to_contain_text(
                "Authorization: Bearer $TRM_TOKEN"
            )
            expect(page.locator("#command-list")).not_to_contain_text(token)


def test_what_a_model_writes_is_never_markup(page: Page, script: Script) -> None:
    markup = '<img src="/x" onerror="alert(1)"><script>alert(2)</script>'
    script.say("no", markup)
    ask(page, {"prompt": script.prompt, "checks": {"must_contain": ["img"]}})
    answered(page)
    expect(page.locator("#reply .text")).to_have_text(markup)
    assert page.locator("main img").count() == 0


def test_data_that_is_no_object_is_not_sent(page: Page) -> None:
    for text, problem in (("{", "No JSON"), ("[1]", "must be a JSON object")):
        page.locator("#data").fill(text)
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text(problem)
        expect(page.locator("#data")).to_have_attribute("aria-invalid", "true")
        assert focused(page) == "data"
    expect(page.locator("#status")).to_have_text("Nothing has been sent yet.")


def test_a_failed_reply_names_the_fields(page: Page) -> None:
    ask(page, {"prompt": "x", "temperature": 9})
    answered(page, "Failed after")
    expect(page.locator("#reply .failed")).to_contain_text("invalid_request")
    expect(page.locator("#reply .failed")).to_contain_text("temperature")


def test_watching_can_be_stopped(page: Page, script: Script) -> None:
    ask(page, {"prompt": script.prompt})
    expect(page.locator("#status")).to_contain_text("waiting")
    page.get_by_role("button", name="Stop watching").click()
    expect(page.locator("#status")).to_contain_text("No longer watched")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled()
    assert focused(page) == "send"
    script.say("Nobody hears it.")


def test_the_same_id_is_answered_once(page: Page, script: Script) -> None:
    script.say("first", "better: ok")
    page.get_by_text("Attributes of the event").click()
    page.get_by_label("Id", exact=True).fill("same")
    for _ in range(2):
        ask(page, {"prompt": script.prompt, "checks": {"must_contain": ["ok"]}})
        answered(page)
        expect(page.locator("#steps > li")).to_have_count(1)
        expect(page.locator("#reply")).to_contain_text("better: ok")


def test_events_can_be_read_and_copied(browser: Browser, url: str, script: Script) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    with opened(browser, url, permissions=permissions) as page:
        script.say("Read me.")
        ask(page, {"prompt": script.prompt})
        answered(page)
        page.get_by_text("Reply event", exact=True).click()
        page.get_by_role("button", name="Copy reply event").click()
        expect(page.locator("#said")).to_have_text("Copied: reply event.")
        reply = json.loads(page.evaluate("navigator.clipboard.readText()"))
        assert reply["type"] == "io.homelab.trm.inference.completed"
        assert reply["data"]["answer"] == "Read me."
        assert json.loads(page.get_by_role("group", name="reply event").inner_text()) == reply


def test_the_commands_send_the_same_request(browser: Browser, url: str, script: Script) -> None:
    data = {"prompt": f'{script.prompt} it\'s "so"', "temperature": 0.25, "emit_steps": False}
    script.say("By curl.")
    with opened(browser, url, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.locator("#data").fill(json.dumps(data))
        page.get_by_text("The same from a terminal").click()
        copied = {}
        for name in ("curl", "func invoke", "kn event send"):
            page.get_by_role("button", name=f"Copy {name}").click()
            expect(page.locator("#said")).to_have_text(f"Copied: {name}.")
            copied[name] = page.evaluate("navigator.clipboard.readText()")
        page.locator("#data").fill(json.dumps({"prompt": "x", "choices": ["a", "b"]}))
        expect(page.locator("#command-list")).to_contain_text("choices is a list")
    answer = subprocess.run(["sh", "-c", copied["curl"]], capture_output=True, check=True)
    assert json.loads(answer.stdout)["answer"] == "By curl."
    invoke = shlex.split(copied["func invoke"])
    assert invoke[:4] == ["func", "invoke", "--target", url]
    assert json.loads(invoke[invoke.index("--data") + 1]) == data
    send = shlex.split(copied["kn event send"])
    assert send[:5] == ["kn", "event", "send", "--to", url]
    assert send[send.index("--raw-field") + 1] == f"prompt={data['prompt']}"
    assert {"temperature=0.250000", "emit_steps=false"} <= set(send)
    for command in (invoke, send):
        assert command[command.index("--type") + 1] == "io.homelab.trm.inference.requested"


def test_history_and_backends_are_shown(page: Page, script: Script) -> None:
    script.say("Something private.")
    ask(page, {"prompt": script.prompt, "agent": "agent-bruno"})
    answered(page)
    history = page.get_by_role("group", name="Recent events")
    row = history.locator("tbody tr").first
    for cell in ("trm.inference.requested", "agent-bruno", "200", "completed", "test"):
        expect(row).to_contain_text(cell)
    expect(history).not_to_contain_text("private")
    backends = page.get_by_role("group", name="Backends")
    expect(backends).to_contain_text("scripted")
    expect(backends).to_contain_text("answers")
    expect(page.locator("#state")).to_contain_text("ready: scripted on test")


def shown_in_full(page: Page, script: Script) -> None:
    """Everything that the page can show at once: steps, a grid's controls, commands, events."""
    script.say("no", "https://example.org/" + "a" * 300, "still no")
    checks = {"must_contain": ["word"]}
    ask(page, {"prompt": script.prompt, "checks": checks, "max_reflection_steps": 2})
    answered(page)
    for summary in page.locator("summary").all():
        summary.click()
    expect(page.get_by_role("group", name="Recent events")).to_be_visible()


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
    options = {"viewport": viewport, "is_mobile": True, "has_touch": True}
    with opened(browser, url, reduced_motion="reduce", **options) as page:

        def wide() -> Any:
            return page.evaluate("document.documentElement.scrollWidth")

        assert wide() == width
        shown_in_full(page, script)
        assert wide() == width
        ask(page, {"task": "sudoku", "puzzle": EASY})
        answered(page)
        assert wide() == width
        send = page.get_by_role("button", name="Send", exact=True).bounding_box()
        assert send and send["height"] >= 40
        run = page.locator("#run").bounding_box()
        assert run and run["y"] < viewport["height"], "the answer has to come into sight"
        for cell in page.locator("#history tbody tr").first.get_by_role("cell").all():
            box = cell.bounding_box()
            assert box and box["x"] + box["width"] <= width, "a row is a card, not wider than it"
