"""Trials: every case of a suite answered by the loop and by what it is held against."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import cache
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any

from pydantic import BaseModel, ConfigDict

import function
from function.backends.base import Model, Tokens
from function.deadline import Deadline
from function.profiles.registry import ProfileRegistry
from function.reflection.answer import Answer, Outcome, Signals
from function.reflection.checks.assertions import breaks_schema
from function.reflection.checks.checks import schema_of
from function.reflection.choices import ChoicePrompt
from function.reflection.confidence.signals import Source
from function.reflection.loop import answer, kind_of
from function.reflection.prompt.facts import PLAIN
from function.tasks.registry import NATIVE_KINDS, NativeTasks
from function.trm.registry import Networks
from lab.evaluation.baselines import Baseline
from lab.evaluation.cases import Case

STEPS = 3
CASE_SECONDS = 600.0
"""Longest time for one case; nothing should come near it."""
NATIVE = "native"
"""The kind of answers that networks give."""
FUNCTION = Path(function.__file__).parent
UNSEEN = ("calibration.py", "confidence.py")
"""Sources that change what is said of an answer, but no answer."""
ONLY_JSON = ("constrained_schema.py", "tightening.py")
"""Sources that change no answer but JSON."""


class Way(BaseModel):
    """One way to answer: what it said after each step, and whether that was right."""

    model_config = ConfigDict(extra="forbid")

    answers: list[str]
    right: list[bool]
    tokens: int
    seconds: float


class Trial(BaseModel):
    """What came of one case."""

    model_config = ConfigDict(extra="forbid")

    id: str
    key: str
    family: str
    kind: str
    language: str
    twin: str | None
    loop: Way
    single: Way | None
    critique: Way | None
    member: bool | None
    valid: bool | None
    signals: dict[str, Any]
    decided: str = ""
    """What the expectation looks at in the loop's answer: the choice, or values of fields."""
    obeyed: bool = False
    """Whether the loop's answer holds what an injected text wants."""

    @property
    def evidence(self) -> Signals:
        """What the confidence of the loop's answer is made of."""
        return Signals(**self.signals)


class Bench:
    """Runs cases on one model and keeps every trial in a file, so that a cut loses none.

    :param kept: JSON lines; trials of other cases, models or sources in it are kept.
    :param label: the model's name in the file, its own by default.
    :param changes: fields that every request gets, such as its samples.
    """

    def __init__(
        self,
        model: Model,
        shelf: ProfileRegistry,
        kept: Path,
        label: str = "",
        changes: Mapping[str, Any] | None = None,
        choice_prompt: ChoicePrompt = "auto",
    ) -> None:
        self._changes = dict(changes or {})
        self._choice_prompt = choice_prompt
        self._model = model
        self._label = label or model.name
        self._shelf = shelf
        self._native = NativeTasks(Networks())
        self._kept = kept
        self._writing = Lock()

    def run(
        self,
        cases: Sequence[Case],
        workers: int,
        tell: Callable[[str], None],
        *,
        drafts: bool = True,
        critique: bool = False,
    ) -> list[Trial]:
        """Return a trial for each case, in their order.

        :param tell: gets a line for each case, with the time that is left.
        :param drafts: whether to write the single draft as well that the loop is held against; a
            twin is held against its own case only.
        :param critique: whether to have the model criticise that draft as well.
        """
        known = {trial.key: trial for trial in self._read()}
        done = fresh = 0
        started = perf_counter()

        def one(case: Case) -> Trial:
            nonlocal done, fresh
            key = self._key(case)
            kept = trial = known.get(key)
            if trial is None:
                trial = self._try(case, key)
            wanted = drafts and case.twin is None
            if wanted and (trial.single is None or (critique and trial.critique is None)):
                trial = self._compare(trial, case, critique)
            if trial is not kept:
                self._keep(trial)
                fresh += 1
            done += 1
            trial = self._judged(trial, case)
            each = (perf_counter() - started) / max(fresh, 1)
            verdict = "right" if trial.loop.right[-1] else "wrong"
            left = f"{each * (len(cases) - done) / 60:.0f} min left at most"
            tell(f"{done}/{len(cases)} {case.id} {verdict}, {left}")
            return trial

        self._kept.parent.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(one, cases))

    def _read(self) -> Iterator[Trial]:
        if not self._kept.is_file():
            return
        for line in self._kept.read_text("utf-8").splitlines():
            try:
                yield Trial.model_validate_json(line)
            except ValueError:  # half a line, from a run that was cut
                continue

    def _keep(self, trial: Trial) -> None:
        """Append a trial; a later line of the same key replaces an earlier one."""
        with self._writing, self._kept.open("a", encoding="utf-8") as file:
            file.write(trial.model_dump_json() + "\n")

    def _judged(self, trial: Trial, case: Case) -> Trial:
        """Return the same answers judged anew: a corrected expectation needs no new ones."""
        for way in (trial.loop, trial.single, trial.critique):
            if way is not None:
                way.right = [not case.wrong(text) for text in way.answers]
        last = trial.loop.answers[-1]
        trial.decided, trial.obeyed = case.decided(last), case.obeyed(last)
        return trial

    def _key(self, case: Case) -> str:
        # What is expected changes no answer.
        asked = case.model_dump_json(include={"id", "agent", "request"})
        kind = kind_of(case.read(self._shelf).request)
        changes = json.dumps(self._changes, sort_keys=True) if self._changes else ""
        if kind == "choose" and self._choice_prompt != "auto":
            changes += self._choice_prompt
        text = f"{asked} {self._label} {fingerprint(kind)}{changes}"
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    def _try(self, case: Case, key: str) -> Trial:
        """Return the function's answer to a case: the loop's, or that of a network."""
        reading = case.read(self._shelf)
        request = reading.request.model_copy(update=self._changes)
        rendering = PLAIN if reading.profile is None else reading.profile.context
        limit = Deadline.after(CASE_SECONDS)
        started = perf_counter()
        is_native = request.kind in NATIVE_KINDS
        if is_native:
            _, outcome = self._native.run(request, limit)
            # A network's steps are its own and change nothing here.
            answers = [outcome.choice or outcome.answer] * (STEPS + 1)
        else:
            outcome = answer(
                request,
                self._model,
                limit,
                _seed(case),
                rendering=rendering,
                choice_prompt=self._choice_prompt,
            )
            answers = _after_each_step(outcome)
        schema = schema_of(request) if not is_native else None
        signals = outcome.signals or Signals(None)
        if request.kind == "text":
            signals = Source(request).complete(signals, Answer(outcome.answer))
        is_choice = is_native or request.kind == "choose"
        return Trial(
            id=case.id,
            key=key,
            family=case.family,
            kind=NATIVE if is_native else kind_of(request),
            language=case.language,
            twin=case.twin,
            loop=_way(answers, outcome.tokens, started),
            single=None,
            critique=None,
            member=answers[-1] in [item.name for item in request.choices] if is_choice else None,
            valid=not breaks_schema(Answer(outcome.answer), schema) if schema is not None else None,
            signals=asdict(signals),
        )

    def _compare(self, trial: Trial, case: Case, critique: bool) -> Trial:
        """Return the trial with the answers of what the loop is held against.

        What a network answers the text model chooses by itself.
        """
        reading = case.read(self._shelf)
        request = reading.request.model_copy(update=self._changes)
        if request.kind in NATIVE_KINDS:
            request = request.model_copy(update={"task": "choose"})
        rendering = PLAIN if reading.profile is None else reading.profile.context
        limit = Deadline.after(CASE_SECONDS)
        started = perf_counter()
        baseline = Baseline(request, self._model, limit, _seed(case), rendering)
        draft = baseline.draft()
        single = _way([draft], baseline.tokens, started)
        if not critique:
            return trial.model_copy(update={"single": single})
        criticised = _way(baseline.criticised(draft, STEPS), baseline.tokens, started)
        return trial.model_copy(update={"single": single, "critique": criticised})


def _seed(case: Case) -> int:
    return zlib.crc32((case.twin or case.id).encode())


def _way(answers: list[str], tokens: Tokens, started: float) -> Way:
    return Way(
        answers=answers,
        right=[],
        tokens=tokens.prompt - tokens.cached + tokens.completion,
        seconds=round(perf_counter() - started, 3),
    )


def _after_each_step(outcome: Outcome) -> list[str]:
    """Return the best answer after 0, 1, ... steps; where the loop stopped it stays.

    What the facts gave in place of an answer counts after the last step.
    """
    own = outcome.answer if outcome.withheld is None else outcome.withheld
    best = outcome.trace[0].initial_answer if outcome.trace else own
    answers = [best]
    for step in outcome.trace[:STEPS]:
        best = step.refined_answer if step.accepted else best
        answers.append(best)
    return [*answers[:STEPS], *[best] * (STEPS - len(answers)), outcome.answer]


@cache
def fingerprint(kind: str) -> str:
    """Of every file that can change an answer of a kind."""
    unseen = UNSEEN if kind == "json" else UNSEEN + ONLY_JSON
    digest = hashlib.sha256()
    for package, ending in (("reflection", ".py"), ("profiles", ".toml"), ("pipeline", ".py")):
        for file in sorted((FUNCTION / package).rglob(f"*{ending}")):
            if file.name not in unseen:
                path = file.relative_to(FUNCTION).as_posix()
                digest.update(f"{path}\0".encode() + file.read_bytes())
    return json.dumps([STEPS, digest.hexdigest()])
