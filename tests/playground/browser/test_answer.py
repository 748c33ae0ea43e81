"""The answer panel: headline, draft, steps, reply."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import opened
from tests.playground.browser.actions import (
    Message,
    Script,
    answer_with,
    answered,
    ask,
    focused,
    reply,
    step,
    told,
)


def test_every_step_is_seen_before_the_next_is_written(page: Page, script: Script) -> None:
    data = {
        "prompt": script.prompt,
        "checks": {"must_contain": ["Loki"], "regex": "up"},
        "max_reflection_steps": 3,
    }
    steps = page.locator("#steps > li")
    ask(page, data)
    expect(page.locator("#status")).to_have_text("Sent; waiting for the first step.")
    script.say("The service is down.")
    expect(page.locator("#status")).to_have_text("Draft, being written.")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    expect(steps).to_have_count(0)
    script.say("The service is quite slow.")
    expect(steps).to_have_count(1)
    expect(page.locator("#draft")).to_contain_text("Best so far")
    expect(page.locator("#draft .text")).to_have_text("The service is down.")
    expect(page.locator("#status")).to_have_text("Step 1 came, not accepted.")
    expect(page.locator("#reply")).to_be_empty()
    first = steps.nth(0)
    expect(first.locator(".refusal")).to_have_text(
        "Refused, the candidate stays: it still fails must_contain, regex."
    )
    for text in ("not accepted", "Candidate", "Failed checks", "must_contain", "regex"):
        expect(first).to_contain_text(text)
    expect(first.locator("del")).to_have_text(["down"])
    expect(first.locator("ins")).to_have_text(["quite slow"])
    expect(first.locator(".facts")).to_contain_text("tokens")
    expect(first.locator(".facts")).to_contain_text("time")
    script.say("Loki is slow.")
    expect(steps).to_have_count(2)
    expect(steps.nth(1).locator(".chip")).to_have_text("accepted")
    expect(steps.nth(1).locator(".refusal")).to_have_count(0)
    expect(page.locator("#draft .text")).to_have_text("Loki is slow.")
    script.say("Loki is up.")
    answered(page)
    expect(steps).to_have_count(3)
    expect(steps.nth(2).locator("del")).to_have_text(["slow"])
    # A refused step has no confidence.
    expect(page.locator("#curve circle")).to_have_count(2)
    expect(page.locator("#draft")).to_be_empty()
    expect(page.locator("#verdict")).to_have_text("Passed: 2 of 2 checks")
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


def test_the_only_step_of_a_network_is_its_answer(page: Page) -> None:
    answer_with(page, *told(["pod-restart"]))
    ask(page, {"task": "alert_triage", "alert": {"labels": {"alertname": "KubeHpaMaxedOut"}}})
    answered(page)
    expect(page.locator("#runs tbody tr").first).to_contain_text("KubeHpaMaxedOut")
    step = page.locator("#steps > li")
    expect(step).to_contain_text("Its answer")
    expect(step).not_to_contain_text("Candidate")
    expect(step.locator("ins")).to_have_count(0)
    expect(page.locator("#curve")).to_be_empty()  # one point is no curve


def test_every_backend_that_was_asked_is_told(page: Page) -> None:
    attempts = [
        {"label": "vllm", "outcome": "failed", "error": "ModelUnavailable", "duration_ms": 812.0},
        {"label": "embedded", "outcome": "answered", "error": None, "duration_ms": 1204.0},
    ]
    reason = "vllm: no connection"
    answer_with(page, *told(["one", "two"], attempts=attempts, fallback_reason=reason))
    ask(page, {"prompt": "x"})
    answered(page)
    expect(page.get_by_label("Backends asked").locator("li")).to_have_text(
        ["vllm: failed: ModelUnavailable, 812 ms", "embedded: answered, 1.20 s"]
    )
    expect(page.locator("#reply")).to_contain_text("vllm: no connection")
    expect(page.locator("#steps > li")).to_have_count(2)


def test_what_a_model_writes_is_never_markup(page: Page, script: Script) -> None:
    markup = '<img src="/x" onerror="alert(1)"><script>alert(2)</script>'
    script.say("no", markup)
    ask(page, {"prompt": script.prompt, "checks": {"must_contain": ["img"]}})
    answered(page)
    expect(page.locator("#reply .text")).to_have_text(markup)
    assert page.locator("main img").count() == 0


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


def check(name: str, passed: bool) -> dict[str, object]:
    """Return a check of a reply."""
    return {"name": name, "passed": passed, "reason": "" if passed else "it is not"}


PASSED = [check("max_words", True), check("regex", True)]
ABSTAINED = {"choices": [{"name": "none", "abstain": True}, {"name": "other"}]}


@pytest.mark.parametrize(
    ("request_fields", "fields", "kind", "headline"),
    [
        (
            {},
            {"checks": [*PASSED, check("max_words", False)]},
            "bad",
            "1 of 3 checks failed: do not use",
        ),
        ({}, {"checks": [check("regex", False)]}, "bad", "1 of 1 check failed: do not use"),
        ({}, {"checks": PASSED}, "good", "Passed: 2 of 2 checks"),
        ({}, {"checks": []}, "open", "Could not tell: nothing in it was checked"),
        (
            {"choices": ["a", "b"]},
            {"checks": [check("choices", True)], "choice": "a", "confidence": 0.91},
            "open",
            "Could not tell: none of its checks can fail, confidence 0.91",
        ),
        (
            ABSTAINED,
            {"checks": [check("choices", True)], "choice": "none"},
            "open",
            "Could not tell: it abstained (none)",
        ),
        (
            {},
            {"checks": PASSED, "finish_reason": "deadline"},
            "open",
            "Could not tell: the answer was cut at the deadline",
        ),
        (
            {},
            {"checks": PASSED, "withheld_answer": "a guess"},
            "open",
            "Could not tell: the model's answer was withheld",
        ),
    ],
)
def test_the_headline_says_whether_the_answer_can_be_used(
    page: Page,
    request_fields: dict[str, object],
    fields: dict[str, object],
    kind: str,
    headline: str,
) -> None:
    answer_with(page, reply([], answer="It is up.", **fields))
    ask(page, {"prompt": "x", **request_fields})
    answered(page)
    shown = page.get_by_role("heading", name=headline, exact=True)
    expect(shown).to_have_class(f"headline {kind}")
    expect(page.locator("#runs tbody tr").first).to_contain_text(headline)


def draft(step_number: int, number: int, text: str) -> Message:
    """Return a piece of a text under way."""
    return "draft", {"step": step_number, "draft": number, "text": text}


def test_the_draft_is_seen_while_it_is_written(page: Page) -> None:
    refined = step(1, "Loki is slow.", initial_answer="It is down.")
    pieces = [draft(0, 1, "It is"), draft(0, 1, " dow")]
    answer_with(page, *pieces)
    ask(page, {"prompt": "x"})
    answered(page, "Lost")
    expect(page.locator("#draft h3")).to_have_text(["Draft, being written"])
    expect(page.locator("#draft .text")).to_have_text(["It is dow"])
    answer_with(page, *pieces, draft(1, 2, "Loki"), draft(1, 2, " is"))
    ask(page, {"prompt": "x"})
    answered(page, "Lost")
    expect(page.locator("#draft h3")).to_have_text(["Draft", "Refinement 1, being written"])
    expect(page.locator("#draft .text")).to_have_text(["It is dow", "Loki is"])
    answer_with(page, *pieces, draft(1, 2, "Loki"), refined, draft(2, 3, "Loki and"))
    ask(page, {"prompt": "x"})
    answered(page, "Lost")
    expect(page.locator("#draft h3")).to_have_text(["Best so far", "Refinement 2, being written"])
    expect(page.locator("#draft .text")).to_have_text(["Loki is slow.", "Loki and"])
    answer_with(page, *pieces, refined, reply([refined]))
    ask(page, {"prompt": "x"})
    answered(page)
    expect(page.locator("#draft")).to_be_empty()
    expect(page.locator("#reply")).to_contain_text("Loki is slow.")


def test_a_model_is_watched_while_it_writes(page: Page, script: Script) -> None:
    gate = script.folder / "gate"
    script.say(f"Loki is wait:{gate} slow today")
    ask(page, {"prompt": script.prompt, "checks": {"must_contain": ["slow"]}})
    expect(page.locator("#draft .text")).to_contain_text("Loki")
    expect(page.locator("#draft .text")).not_to_contain_text("slow")
    expect(page.locator("#reply")).to_be_empty()
    gate.touch()
    answered(page)
    expect(page.locator("#reply .text")).to_contain_text("slow today")
    expect(page.locator("#draft")).to_be_empty()


def test_messages_that_the_page_does_not_know_are_left_out(page: Page) -> None:
    answer_with(page, ("weather", {"sun": True}), ("constructor", {}), *told(["one", "two"]))
    ask(page, {"prompt": "x"})
    answered(page)
    expect(page.locator("#steps > li")).to_have_count(2)
