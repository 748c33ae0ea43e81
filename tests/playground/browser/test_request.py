"""The request: form and JSON, its checks, and the same from a terminal."""

from __future__ import annotations

import json
import shlex
import subprocess
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.adapters import scripted, serve
from tests.browser import opened
from tests.playground.browser.actions import (
    Script,
    answered,
    ask,
    data_of,
    focused,
    send,
    write_json,
)

FULL: dict[str, Any] = {
    "prompt": "What is wrong?",
    "context": {"loki": {"error_rate": "3.1 %"}},
    "checks": {
        "must_contain": ["3.1", "Loki"],
        "must_not_contain": ["Tempo"],
        "regex": "^The",
        "max_words": 30,
        "max_sentences": 2,
        "language": "en",
        "grounded_numbers": True,
        "grounded_names": True,
    },
    "rules": [
        {"name": "short", "expression": "size(answer) < 80", "message": "say it in 80 characters"}
    ],
}


def test_the_whole_path_by_keyboard(page: Page, script: Script) -> None:
    script.say("The rate is 3.1 %.")
    rows = [f"{part} {row}" for row in (1, 2, 3) for part in ("Kind", "Value", "Remove row")]
    passed = []
    while "The same from a terminal" not in passed:
        page.keyboard.press("Tab")
        passed.append(focused(page))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", f"the focus on {passed[-1]} cannot be seen"
        assert len(passed) < 30
    assert passed == [
        *("To the request", "Schemas", "Metrics", "form-tab", "example", "main", *rows),
        *("add-check", "add-rule", "facts", "Attributes of the event", "send"),
        "The same from a terminal",
    ]
    page.locator("#example").focus()
    page.keyboard.type("Text, with")
    expect(page.locator("#meaning")).to_contain_text("A draft that fails a check is refined")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(script.prompt)
    while focused(page) != "send":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    answered(page)
    expect(page.locator("#reply")).to_contain_text("The rate is 3.1 %.")


def test_tabs_turn_by_arrow_keys(page: Page) -> None:
    page.get_by_role("tab", name="Form").press("ArrowRight")
    assert focused(page) == "json-tab"
    expect(page.locator("#data")).to_be_visible()
    expect(page.locator("#main")).to_be_hidden()
    page.keyboard.press("Tab")
    assert focused(page) == "example"
    page.get_by_role("tab", name="JSON").press("Home")
    assert focused(page) == "form-tab"
    expect(page.locator("#main")).to_be_visible()


@pytest.mark.parametrize("view", ["main", "facts", "data"])
def test_control_enter_sends(page: Page, script: Script, view: str) -> None:
    script.say("Sent.")
    write_json(page, json.dumps({"prompt": script.prompt, "context": {}}))
    if view != "data":
        page.get_by_role("tab", name="Form").click()
    page.locator(f"#{view}").press("Control+Enter")
    answered(page)
    expect(page.locator("#reply")).to_contain_text("Sent.")


def test_the_prompt_comes_first_and_json_second(page: Page) -> None:
    expect(page.get_by_label("Prompt", exact=True)).to_have_value(
        "What is its error rate right now?"
    )
    expect(page.locator("#data")).to_be_hidden()
    expect(page.locator("#rest")).to_contain_text("agent, messages, conversation_id")


def test_edits_in_the_form_show_in_the_json(page: Page) -> None:
    write_json(page, json.dumps({"agent": "agent-bruno", "question": "old"}))
    page.get_by_role("tab", name="Form").click()
    page.get_by_label("Prompt", exact=True).fill("new")
    page.locator("#facts").fill('{"a": 1}')
    assert data_of(page) == {"agent": "agent-bruno", "question": "new", "context": {"a": 1}}
    page.locator("#facts").fill("")
    assert data_of(page) == {"agent": "agent-bruno", "question": "new"}


def test_edits_in_the_json_show_in_the_form(page: Page) -> None:
    write_json(page, json.dumps(FULL))
    page.get_by_role("tab", name="Form").click()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("What is wrong?")
    assert json.loads(page.locator("#facts").input_value()) == FULL["context"]
    rows = page.locator("#check-rows li")
    expect(rows).to_have_count(10)
    expect(rows.last.get_by_label("Message 10")).to_have_value("say it in 80 characters")
    # Touching one row leaves the others as they were.
    page.get_by_label("Value 5").fill("31")
    assert data_of(page) == {**FULL, "checks": {**checks_of(FULL), "max_words": 31}}


def checks_of(data: dict[str, Any]) -> dict[str, Any]:
    """Return the checks of a request."""
    return dict(data["checks"])


def test_checks_and_rules_are_added_by_hand(page: Page, script: Script) -> None:
    script.say("no", "Loki is up")
    write_json(page, json.dumps({"prompt": script.prompt}))
    page.get_by_role("tab", name="Form").click()
    page.get_by_role("button", name="Add a check").click()
    page.keyboard.press("Tab")
    page.keyboard.type("Loki")
    page.get_by_role("button", name="Add a check").click()
    page.get_by_label("Kind 2").select_option(label="at most … words")
    page.get_by_label("Value 2").fill("3")
    page.get_by_role("button", name="Add a check").click()
    page.get_by_label("Kind 3").select_option(label="numbers are in the facts")
    page.get_by_role("button", name="Add a rule").click()
    page.keyboard.type("answer.endsWith('up')")
    page.get_by_label("Message 4").fill("say whether it is up")
    assert data_of(page) == {
        "prompt": script.prompt,
        "checks": {"must_contain": ["Loki"], "max_words": 3, "grounded_numbers": True},
        "rules": [{"expression": "answer.endsWith('up')", "message": "say whether it is up"}],
    }
    page.get_by_role("button", name="Remove row 3").click()
    assert focused(page) == "Remove row 3"
    send(page)
    answered(page)
    expect(page.locator("#verdict")).to_have_text("Passed: 3 of 3 checks")
    expect(page.locator("#reply .checks")).to_contain_text("rule:")


def test_a_row_that_says_nothing_is_not_sent(page: Page) -> None:
    write_json(page, json.dumps({"prompt": "x"}))
    page.get_by_role("tab", name="Form").click()
    page.get_by_role("button", name="Add a check").click()
    send(page)
    expect(page.locator("#checks-problem")).to_have_text("Row 1 is empty: fill it in or remove it.")
    page.get_by_label("Kind 1").select_option(label="rule (CEL)")
    page.get_by_label("Value 1").fill("true")
    send(page)
    expect(page.locator("#checks-problem")).to_contain_text("Row 1 needs a message")
    expect(page.locator("#status")).to_have_text("Nothing has been sent yet.")


def test_a_kind_that_stands_once_cannot_be_chosen_twice(page: Page) -> None:
    write_json(page, json.dumps({"prompt": "x", "checks": {"max_words": 3, "regex": "x"}}))
    page.get_by_role("tab", name="Form").click()
    options = page.get_by_label("Kind 2").locator("option")
    expect(options.and_(page.locator("[value=max_words]"))).to_be_disabled()
    expect(options.and_(page.locator("[value=must_contain]"))).to_be_enabled()


@pytest.mark.parametrize(
    "data",
    [
        {"prompt": "x", "checks": {"allowed_items": {"items": "menu"}, "max_words": 3}},
        {"prompt": "x", "checks": {"must_contain": "no list", "max_words": 3}},
        {"prompt": "x", "rules": [{"expression": 7}], "checks": {"max_words": 3}},
    ],
)
def test_what_no_row_can_show_is_kept(page: Page, data: dict[str, Any]) -> None:
    write_json(page, json.dumps(data))
    page.get_by_role("tab", name="Form").click()
    page.get_by_label("Value 1").fill("4")
    assert data_of(page) == {**data, "checks": {**checks_of(data), "max_words": 4}}


def test_both_spellings_of_a_check_are_rows(page: Page) -> None:
    write_json(page, json.dumps({"prompt": "x", "checks": {"mustContain": ["a"], "maxWords": 3}}))
    page.get_by_role("tab", name="Form").click()
    page.get_by_label("Value 1").fill("b")
    assert data_of(page)["checks"] == {"must_contain": ["b"], "max_words": 3}


@pytest.mark.parametrize(
    ("data", "label", "text", "field", "value"),
    [
        ({"task": "sudoku", "puzzle": "12"}, "Puzzle", "21", "puzzle", "21"),
        ({"task": "sudoku", "puzzle": [[1], [2]]}, "Puzzle", "[[2]]", "puzzle", [[2]]),
        ({"alert": {"labels": {}}}, "Alert", '{"status": "x"}', "alert", {"status": "x"}),
        ({"messages": [{"role": "user", "content": "x"}]}, "Prompt", "y", "prompt", "y"),
    ],
)
def test_the_first_box_is_what_the_task_asks_about(
    page: Page, data: dict[str, Any], label: str, text: str, field: str, value: object
) -> None:
    write_json(page, json.dumps(data))
    page.get_by_role("tab", name="Form").click()
    expect(page.locator("#main-label")).to_contain_text(label)
    page.locator("#main").fill(text)
    assert data_of(page) == {**data, field: value}


def test_a_form_is_not_left_with_facts_that_cannot_be_read(page: Page) -> None:
    page.locator("#facts").fill("{")
    for act in (lambda: page.get_by_role("tab", name="JSON").click(), lambda: send(page)):
        act()
        expect(page.locator("#facts-problem")).to_contain_text("No JSON")
        assert focused(page) == "facts"
    page.locator("#facts").fill("{}")
    expect(page.locator("#facts-problem")).to_be_empty()
    page.get_by_role("tab", name="JSON").click()
    expect(page.locator("#data")).to_be_visible()


def test_data_that_is_no_object_is_not_sent(page: Page) -> None:
    for text, problem in (("{", "No JSON"), ("[1]", "must be a JSON object")):
        write_json(page, text)
        send(page)
        expect(page.get_by_role("alert")).to_contain_text(problem)
        expect(page.locator("#data")).to_have_attribute("aria-invalid", "true")
        assert focused(page) == "data"
        page.get_by_role("tab", name="Form").click()
        expect(page.locator("#main")).to_be_hidden()
    expect(page.locator("#status")).to_have_text("Nothing has been sent yet.")


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


def test_the_commands_send_the_same_request(browser: Browser, url: str, script: Script) -> None:
    data = {"prompt": f'{script.prompt} it\'s "so"', "temperature": 0.25, "emit_steps": False}
    script.say("By curl.")
    with opened(browser, url, permissions=["clipboard-read", "clipboard-write"]) as page:
        write_json(page, json.dumps(data))
        page.get_by_text("The same from a terminal").click()
        copied = {}
        for name in ("curl", "func invoke", "kn event send"):
            page.get_by_role("button", name=f"Copy {name}").click()
            expect(page.locator("#said")).to_have_text(f"Copied: {name}.")
            copied[name] = page.evaluate("navigator.clipboard.readText()")
        write_json(page, json.dumps({"prompt": "x", "choices": ["a", "b"]}))
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
