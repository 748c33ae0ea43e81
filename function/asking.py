"""``trm ask``: a question, facts and checks from the command line, to a server or in process."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from function.errors import FunctionError

FAILED_CHECK = 1
NO_ANSWER = 2
"""Exit statuses."""
TIMEOUT_SECONDS = 300.0
_TOKEN = "TRM_TOKEN"
_URL = "TRM_FUNCTION_URL"
Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class NoAnswerError(FunctionError):
    """Nothing answered, and why."""


@click.command()
@click.argument("prompt", required=False)
@click.option("--context", metavar="FILE", type=click.Path(path_type=Path), help="Facts, as JSON.")
@click.option("--must-contain", metavar="TEXT", multiple=True, help="Check; may be repeated.")
@click.option("--must-not-contain", metavar="TEXT", multiple=True, help="Check; may be repeated.")
@click.option("--choice", metavar="NAME", multiple=True, help="A permitted answer, repeated.")
@click.option("--system", help="The system prompt.")
@click.option("--agent", help="The profile to answer as.")
@click.option("--model", metavar="NAME", help="The model that answers.")
@click.option("--url", metavar="URL", help=f"A served function ({_URL}); else in this process.")
@click.option("--json", "whole", is_flag=True, help="Print the whole response as JSON.")
def ask(
    prompt: str | None,
    context: Path | None,
    must_contain: tuple[str, ...],
    must_not_contain: tuple[str, ...],
    choice: tuple[str, ...],
    system: str | None,
    agent: str | None,
    model: str | None,
    url: str | None,
    whole: bool,
) -> int:
    """Answer a PROMPT, or standard input, and print the answer with its checks.

    The exit status is 1 if a check failed, and 2 if there is no answer. TRM_TOKEN is sent to a
    served function as its bearer token.
    """
    try:
        checks = {"must_contain": list(must_contain), "must_not_contain": list(must_not_contain)}
        data = {
            "prompt": _prompt(prompt),
            "context": None if context is None else _facts(context),
            "checks": {name: texts for name, texts in checks.items() if texts} or None,
            "choices": list(choice) or None,
            "system": system,
            "agent": agent,
        }
        given = {name: value for name, value in data.items() if value is not None}
        where = url or os.environ.get(_URL)
        response = _remote(where, {**given, "model": model}) if where else _local(given, model)
    except FunctionError as error:
        print(error, file=sys.stderr)
        return NO_ANSWER
    if whole:
        print(json.dumps(response, indent=2, ensure_ascii=False))
    else:
        print("\n".join(shown(response)))
    return 0 if all(check["passed"] for check in response.get("checks", [])) else FAILED_CHECK


def shown(response: Mapping[str, Any]) -> list[str]:
    """Return the answer, its checks and its confidence as lines for people."""
    lines = [str(response.get("answer", "")), ""]
    for check in response.get("checks", []):
        reason = "" if check["passed"] else f": {check.get('reason', '')}"
        lines.append(f"{'passed' if check['passed'] else 'FAILED'}  {check['name']}{reason}")
    if not response.get("checks"):
        lines.append("no checks")
    confidence = response.get("confidence")
    shown = "unknown" if confidence is None else f"{confidence:.2f}"
    lines.append(f"confidence {shown}, {response.get('model_name', 'unknown model')}")
    return lines


def _prompt(given: str | None) -> str:
    if given is not None and given != "-":
        return given
    if given is None and sys.stdin.isatty():
        raise NoAnswerError("a prompt is missing: give one, or write it to standard input")
    if not (text := sys.stdin.read().strip()):
        raise NoAnswerError("a prompt is missing: standard input is empty")
    return text


def _facts(file: Path) -> Any:
    from function.events.strict_json import strict_json

    try:
        facts = strict_json(file.read_bytes())
    except OSError as error:
        raise NoAnswerError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise NoAnswerError(f"{file} is not JSON: {error}") from None
    if not isinstance(facts, dict):
        raise NoAnswerError(f"{file} must hold a JSON object")
    return facts


def _remote(url: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    import httpx

    headers = {"authorization": f"Bearer {token}"} if (token := os.environ.get(_TOKEN)) else {}
    asked = {name: value for name, value in data.items() if value is not None}
    try:
        answer = httpx.post(
            f"{url.rstrip('/')}/", json=asked, headers=headers, timeout=TIMEOUT_SECONDS
        )
        said = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise NoAnswerError(f"{url} does not answer: {type(error).__name__}") from None
    if answer.status_code != 200 or not isinstance(said, dict) or "answer" not in said:
        problem = said.get("error") if isinstance(said, dict) else None
        reason = problem.get("message") if isinstance(problem, dict) else answer.text.strip()[:200]
        raise NoAnswerError(f"{url} answered {answer.status_code}: {reason}")
    return said


def _local(data: Mapping[str, Any], model: str | None) -> Mapping[str, Any]:
    from function.service import Service
    from function.settings import load_settings
    from function.telemetry import Log

    named = {"TRM_MODEL_NAME": model} if model else {}
    # The answer is what is read here; LOG_LEVEL=INFO shows how it came about.
    settings = load_settings({"LOG_LEVEL": "WARNING", **os.environ, **named})
    service = Service(settings, log=Log(settings.log_level, sys.stderr))
    service.start()
    try:
        service.chain.wait(TIMEOUT_SECONDS)
        response: dict[str, Any] = service.handler.answer_plain(dict(data)).model_dump(mode="json")
        return response
    finally:
        service.close()
