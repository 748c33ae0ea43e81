"""Log lines: JSON, under known names, and without a word of what was asked or answered."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable
from typing import Any, get_args

import pytest

from function.events.codec import Mode, encode
from function.telemetry import LONGEST_FIELD, Log, LogEvent
from tests.conftest import Running, request_event
from tests.scripted import Call, ScriptedModel

Run = Callable[..., Running]

PROMPT = "tell nobody about the heliotrope"
ANSWER = "the vermilion answer"
PHONE = "+49 170 5550123"
SEED_NAMES = {
    "trm_client_initialized",
    "trm_model_loaded",
    "trm_generation_started",
    "trm_reflection_steps",
    "trm_generation_completed",
    "trm_generation_failed",
}


def test_a_line_is_one_json_object() -> None:
    stream = io.StringIO()
    Log(stream=stream).warning("trm_bug", error="line one\nline two", place=None)
    (text,) = stream.getvalue().splitlines()
    line = json.loads(text)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {
        "level": "WARNING",
        "event": "trm_bug",
        "error": "line one\nline two",
        "place": None,
    }


@pytest.mark.parametrize(
    ("level", "written"),
    [
        ("DEBUG", ["INFO", "WARNING", "ERROR"]),
        ("INFO", ["INFO", "WARNING", "ERROR"]),
        ("WARNING", ["WARNING", "ERROR"]),
        ("ERROR", ["ERROR"]),
    ],
)
def test_the_level_is_a_threshold(level: str, written: list[str]) -> None:
    stream = io.StringIO()
    log = Log(level, stream)
    log.info("trm_stopped")
    log.warning("trm_stopped")
    log.error("trm_stopped")
    assert [json.loads(line)["level"] for line in stream.getvalue().splitlines()] == written


def test_lines_of_many_threads_stay_whole() -> None:
    stream = io.StringIO()
    log = Log(stream=stream)

    def write(number: int) -> None:
        for _ in range(50):
            log.info("trm_stopped", text=str(number) * 200)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(lines) == 400
    assert all(len(set(line["text"])) == 1 for line in lines)


def test_without_a_stream_it_writes_to_standard_output(
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = Log()
    log.info("trm_stopped", note="über")
    log.flush()
    (text,) = capfd.readouterr().out.splitlines()
    assert json.loads(text)["note"] == "über"


def test_an_error_is_written_at_once_with_what_came_before(
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = Log()
    log.info("trm_stopped")
    log.error("trm_bug")
    written = [json.loads(text)["event"] for text in capfd.readouterr().out.splitlines()]
    assert written == ["trm_stopped", "trm_bug"]


def test_the_names_of_the_events_are_kept() -> None:
    assert set(get_args(LogEvent)) >= SEED_NAMES


def test_what_one_event_writes(run: Run) -> None:
    running = run(ScriptedModel(["no", "It is alpha"]))
    running.reply({"prompt": "x", "checks": {"must_contain": ["alpha"]}})
    running.reply({"prompt": "x", "samples": 0}, id="request-2")
    initialized, loaded, started, steps, completed, failed = running.logged
    assert initialized["event"] == "trm_client_initialized"
    assert loaded["event"] == "trm_model_loaded"
    assert (started["event"], started["id"]) == ("trm_generation_started", "request-1")
    assert started["task"] == "text"
    assert steps["event"] == "trm_reflection_steps"
    assert (steps["id"], steps["steps"], steps["accepted"]) == ("request-1", 1, 1)
    assert (completed["event"], completed["id"]) == ("trm_generation_completed", "request-1")
    assert completed["model"] == "scripted"
    assert (completed["stop_reason"], completed["tokens"]) == ("checks_passed", 24)
    assert completed["duration_ms"] >= 0
    assert (failed["event"], failed["level"]) == ("trm_generation_failed", "WARNING")
    assert (failed["id"], failed["code"]) == ("request-2", "invalid_request")
    assert failed["fields"] == ["samples"]


SECRETS: list[Any] = [
    {"prompt": PROMPT, "context": {"phone": PHONE, "note": PROMPT}},
    {"prompt": PROMPT, "checks": {"must_contain": [PHONE], "must_not_contain": [ANSWER]}},
    {"prompt": PROMPT, "choices": [PROMPT, PHONE]},
    {"prompt": PROMPT, "system": PROMPT, "messages": [{"role": "user", "content": PHONE}]},
    {"prompt": PROMPT, "response_format": {"type": "json_object", "required": [PHONE]}},
    {"prompt": [PROMPT], "temperature": PHONE, "system": {PHONE: PROMPT}},
    {"prompt": PROMPT, "task": PROMPT, "model": [PHONE]},
    {"prompt": PROMPT, "task": "maze", "model": PHONE},
    {"prompt": PROMPT, "checks": {PHONE: PROMPT}},
    {"prompt": PROMPT, "response_format": {"type": PHONE}},
    {
        "prompt": PROMPT,
        "response_format": {"type": "json_schema", "schema": {"type": PHONE}},
    },
    {PHONE: PROMPT},
    f"{PROMPT} {PHONE}",
    [PROMPT, PHONE],
]


@pytest.mark.parametrize("data", SECRETS)
@pytest.mark.parametrize("mode", [Mode.BINARY, Mode.STRUCTURED, Mode.PLAIN])
@pytest.mark.parametrize("broken", [False, True])
def test_no_word_of_a_request_or_answer_is_logged(
    run: Run, data: Any, mode: Mode, broken: bool
) -> None:
    begun: list[bool] = []

    def say(call: Call) -> str:
        if begun and broken:
            raise ValueError(f"{PROMPT} {PHONE}")
        return f"{ANSWER} {PHONE}"

    running = run(ScriptedModel(say=say))
    begun.append(True)
    message = encode(request_event(data), mode)
    answer = running.service.exchange.answer(message.headers, message.body)
    assert answer.status in (200, 400, 500)
    # More was written than what the start writes, and none of it tells.
    assert len(running.logged) > 2
    assert {line["event"] for line in running.logged} <= set(get_args(LogEvent))
    written = json.dumps(running.logged, ensure_ascii=False)
    for secret in (PROMPT, "heliotrope", ANSWER, "vermilion", PHONE, "5550123"):
        assert secret not in written


@pytest.mark.parametrize("body", [b'{"prompt": "%s', b'{"prompt": "%s", }', b"%s"])
def test_no_word_of_a_broken_body_is_logged_or_sent_back(run: Run, body: bytes) -> None:
    running = run()
    content = body % PROMPT.encode()
    answer = running.service.exchange.answer([("content-type", "application/json")], content)
    assert answer.status == 400
    assert running.logged[-1]["event"] == "trm_event_refused"
    assert "heliotrope" not in running.stream.getvalue() + answer.body.decode()


def test_a_long_text_is_cut_and_says_so() -> None:
    stream = io.StringIO()
    log = Log(stream=stream)
    log.info("trm_event_ignored", type="t" * 300_000, id="i" * LONGEST_FIELD, count=3, none=None)
    line = json.loads(stream.getvalue())
    assert line["type"] == "t" * LONGEST_FIELD + "... (300000 characters)"
    assert line["id"] == "i" * LONGEST_FIELD
    assert len(stream.getvalue()) < 1_000


def test_lines_on_a_terminal_are_for_people() -> None:
    stream = io.StringIO()
    Log("INFO", stream, for_people=True).warning("trm_bug", error="Value\x1b[31m", place=None)
    line = stream.getvalue()
    assert line.endswith("WARNING bug error=Value?[31m\n") and "{" not in line


def test_a_long_list_is_a_number_on_a_terminal() -> None:
    stream = io.StringIO()
    log = Log("INFO", stream, for_people=True)
    log.info("trm_client_initialized", types=["a", "b", "c", "d"])
    log.info("trm_client_initialized", types=["a"])
    first, second = stream.getvalue().splitlines()
    assert first.endswith("types=4") and second.endswith("types=['a']")


def test_lines_elsewhere_are_json() -> None:
    stream = io.StringIO()
    Log("INFO", stream).info("trm_stopped")
    assert json.loads(stream.getvalue())["event"] == "trm_stopped"
