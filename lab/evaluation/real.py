"""``python -m lab real --requests FILE``: requests as agents send them, judged as agents parse.

Each line of the file holds the data of a request (``request``), who sends it (``agent``,
``role``), in which ``form`` (as sent, adapted to the function's fields, or an event as it is), and
what the agent needs of the answer (``must``). Cut short, it goes on where it was.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx
from cloudevents.core.v1.event import CloudEvent

from function.errors import ConfigurationError
from function.reflection.answer import file_name
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from lab.evaluation.demands import Answer, failed, parse, unknown
from lab.evaluation.expectation import language_of
from lab.evaluation.trials import fingerprint

SECONDS = 600.0
Ask = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Line:
    """A real request."""

    id: str
    agent: str
    role: str
    form: str
    request: dict[str, Any]
    must: list[dict[str, Any]]

    @property
    def language(self) -> str:
        """Portuguese where the prompt plainly is, else English."""
        return language_of(json.dumps(self.request, ensure_ascii=False)) or "en"


@dataclass(frozen=True)
class Verdict:
    """What an agent could do with a reply: its first draft's problems, and the answer's."""

    line: Line
    first: list[str]
    last: list[str]
    tokens: int
    seconds: float
    text: str


def main(arguments: Sequence[str] | None = None, ask: Ask | None = None) -> None:
    """Run the command line of `real`.

    :param ask: replaces the service that answers.
    """
    parser = argparse.ArgumentParser(prog="python -m lab real", description=__doc__)
    parser.add_argument("--requests", type=Path, required=True, help="JSON lines")
    parser.add_argument("--model", help="what TRM_MODEL_NAME may be; the settings' own without")
    parser.add_argument("--url", help="ask a running function, not one of this process")
    parser.add_argument("--agent", help="requests of this agent alone")
    parser.add_argument("--form", help="requests of this form alone: as_sent, adapted, raw_event")
    parser.add_argument("--cases", type=int, help="number of requests, evenly over the file")
    parser.add_argument("--show", action="store_true", help="print each answer")
    parser.add_argument("--out", type=Path, default=Path(".evaluation"), help="folder of replies")
    given = parser.parse_args(arguments)
    lines = [
        line
        for line in read_lines(given.requests)
        if given.agent in (None, line.agent) and given.form in (None, line.form)
    ]
    if given.cases is not None and given.cases < len(lines):
        lines = [lines[place * len(lines) // given.cases] for place in range(given.cases)]
    label = file_name(given.url or given.model or "settings").removesuffix(".json")
    kept = given.out / f"real-{label}.replies.jsonl"
    verdicts = []
    with _Asking(given.url, given.model, ask) as asking:
        for verdict in answered(lines, asking, kept, fingerprint("json")):
            verdicts.append(verdict)
            _tell(verdict, len(verdicts), len(lines), given.show)
    print("\n".join(table(verdicts)))


def read_lines(path: Path) -> list[Line]:
    """Return the requests of a file.

    :raises ConfigurationError: it cannot be read, or a line of it cannot be judged.
    """
    lines = []
    try:
        for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
            value = json.loads(text)
            line = Line(**{name: value[name] for name in Line.__dataclass_fields__})
            if names := unknown(line.must):
                raise ConfigurationError(f"{path}, line {number}: unknown demand {names[0]}")
            lines.append(line)
    except (OSError, KeyError, ValueError) as error:
        raise ConfigurationError(f"{path}: {type(error).__name__}: {error}") from None
    return lines


def answered(lines: Iterable[Line], ask: Ask, kept: Path, version: str) -> Iterator[Verdict]:
    """Yield the verdict on each request, asking only what the file does not hold yet.

    :param version: of the function; replies of another one are asked for again.
    """
    known = {(each["id"], each["version"]): each for each in _kept(kept)}
    kept.parent.mkdir(parents=True, exist_ok=True)
    for line in lines:
        found = known.get((line.id, version))
        if found is None:
            started = perf_counter()
            reply = ask(line.request)
            seconds = round(perf_counter() - started, 2)
            found = {"id": line.id, "version": version, "reply": reply, "seconds": seconds}
            with kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps(found, ensure_ascii=False) + "\n")
        yield judged(line, found["reply"], found["seconds"])


def judged(line: Line, reply: dict[str, Any], seconds: float) -> Verdict:
    """Hold a reply against what its agent needs, and the first draft as well."""
    text = reply.get("answer") or ""
    if "answer" not in reply:
        problem = [f"failed: {json.dumps(reply)[:160]}"]
        return Verdict(line, problem, problem, 0, seconds, text)
    trace = reply.get("reflection_trace") or []
    # A network has no draft before its first step.
    draft = trace[0]["initial_answer"] if trace else reply.get("withheld_answer")
    draft = draft or text
    # An alert event is read by the fields of its reply, everything else by the answer's text.
    is_event = line.role == "remediation" and line.form == "adapted"
    asked = json.dumps(line.request)

    def problems(said: str) -> list[str]:
        data = reply.get("data") if is_event else parse(line.agent, said)
        return failed(line.must, Answer(said, data, reply, asked))

    last = problems(text)
    first = last if draft == text else problems(draft)
    return Verdict(line, first, last, reply.get("tokens_used") or 0, seconds, text)


def table(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield the lines of a table: usable answers by agent and form, by form, by language."""
    yield "| requests | number | first draft | usable | right to wrong | tokens | seconds |"
    yield "|---|---|---|---|---|---|---|"
    names: tuple[Callable[[Line], str], ...] = (
        lambda line: f"{line.agent}, {line.form}",
        lambda line: f"all, {line.form}",
        lambda line: f"language {line.language}",
        lambda line: "all",
    )
    for name_of in names:
        groups: dict[str, list[Verdict]] = {}
        for verdict in verdicts:
            groups.setdefault(name_of(verdict.line), []).append(verdict)
        for name, own in sorted(groups.items()):
            first = sum(not each.first for each in own)
            last = sum(not each.last for each in own)
            lost = sum(not each.first and bool(each.last) for each in own)
            tokens = sum(each.tokens for each in own) / len(own)
            seconds = sum(each.seconds for each in own) / len(own)
            yield (
                f"| {name} | {len(own)} | {first} | {last} ({last / len(own):.0%}) | {lost} "
                f"| {tokens:.0f} | {seconds:.1f} |"
            )


class _Asking:
    """A service of this process, or a running one; closed at the end."""

    def __init__(self, url: str | None, model: str | None, ask: Ask | None) -> None:
        self._url, self._model, self._ask = url, model, ask
        self._service: Service | None = None

    def __enter__(self) -> Ask:
        if self._ask is not None:
            return self._ask
        if self._url is not None:
            url = self._url
            return lambda data: _posted(url, data)
        named = {} if self._model is None else {"TRM_MODEL_NAME": self._model}
        settings = load_settings({**os.environ, **named})
        service = self._service = Service(settings, log=Log("ERROR"))
        service.start()
        service.chain.wait(SECONDS)

        def ask(data: dict[str, Any]) -> dict[str, Any]:
            reply = service.handler.handle(CloudEvent(_attributes(data), data))
            found = None if reply is None else reply.get_data()
            return found if isinstance(found, dict) else {"error": "no reply"}

        return ask

    def __exit__(self, *_: object) -> None:
        if self._service is not None:
            self._service.close()


def _attributes(data: dict[str, Any]) -> dict[str, Any]:
    """Return those of an event: the same data draw the same numbers."""
    return {
        "id": hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:20],
        "source": "/lab/real",
        "type": "io.homelab.trm.inference.requested",
        "datacontenttype": "application/json",
    }


def _posted(url: str, data: dict[str, Any]) -> dict[str, Any]:
    named = _attributes(data)
    head = {f"ce-{name}": named[name] for name in ("id", "source", "type")}
    head |= {"ce-specversion": "1.0", "prefer": "reply"}
    reply = httpx.post(url, json=data, headers=head, timeout=SECONDS)
    value = reply.json() if reply.status_code == 200 else {"error": reply.text[:200]}
    return value if isinstance(value, dict) else {"error": str(value)[:200]}


def _kept(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    for line in path.read_text("utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:  # half a line, from a run that was cut
            continue


def _tell(verdict: Verdict, done: int, number: int, show: bool) -> None:
    line = verdict.line
    state = "usable" if not verdict.last else "NOT usable"
    print(
        f"{done}/{number} {line.id} {line.form} {state}, {verdict.seconds:.1f} s",
        file=sys.stderr,
        flush=True,
    )
    if show:
        print(f"    {verdict.text[:400]!r}", file=sys.stderr)
        print(f"    {'; '.join(verdict.last)[:300]}", file=sys.stderr, flush=True)
