"""Writes drafts and refinements, and checks each as soon as it is there.

What can be repaired without the model is: of three sentences where two are allowed the first two
are kept. JSON that did not come to its end is written again, shorter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from function.backends.base import AllowanceSpent, Generation, Model, Tokens, Turn, total_of
from function.contract import WHOLE_TEXT, InferenceRequest
from function.deadline import NO_DEADLINE, Deadline
from function.errors import RequestExpired
from function.reflection.answer import Answer, Candidate, token_probability
from function.reflection.checks.checks import Check, always_checks, checks_of, run_checks, schema_of
from function.reflection.checks.facts.faults import guarded
from function.reflection.checks.facts.verify import expected_of, form_of
from function.reflection.checks.json_extraction import extract_json
from function.reflection.checks.soundness import AnswerCut, stated_fields_of
from function.reflection.checks.tightening import closed, tightened
from function.reflection.confidence.signals import agreements
from function.reflection.listener import SILENT, Listener, TextListener
from function.reflection.text.sentences import first_sentences
from function.reflection.text.words import bounded, composed
from function.telemetry import NO_TRACER, Tracer

if TYPE_CHECKING:
    from function.reflection.checks.rules import RuleSet

RANDOM_SEED = 2**32 - 1
"""The first number that is not a seed: engines take it for "draw one"."""


NARROWING_SHARE = 4
"""Part of the time left that may go into narrowing the schema, as a divisor."""


class Asked(NamedTuple):
    """What an answer depends on."""

    turns: tuple[Turn, ...]
    seed: int
    temperature: float


@dataclass
class Drafter:
    """Has one model answer one request.

    :param schema: what decoding is constrained by, None for free text.
    :param values: of fields that follow from the facts, by their dotted path.
    :param listener: is shown the texts as they are written; of several side by side the first.
    :param steps_before: how many reflection steps other models took.
    """

    request: InferenceRequest
    model: Model
    deadline: Deadline
    schema: dict[str, Any] | None
    rules: RuleSet | None = None
    values: dict[str, Any] = field(default_factory=dict)
    tracer: Tracer = NO_TRACER
    listener: Listener = SILENT
    steps_before: int = 0

    def __post_init__(self) -> None:
        request, model = self.request, self.model
        self._cut = AnswerCut(request.origin.speakers, self.schema is not None, request.stop)
        self._checks: list[Check] = [
            *checks_of(request, self.deadline, self.rules),
            *always_checks(request),
        ]
        self.filled: list[str] = []
        self._counting = Lock()
        self._ahead: dict[Asked, Generation] = {}
        self._draft_seconds = 0.0
        self.tokens = Tokens()
        self.schema_notes: tuple[str, ...] = ()
        """What decoding did not enforce of the schema, a line for each keyword."""
        if self.schema is not None and not model.abilities.json_schema:
            self.schema_notes = (f"schema: checked after decoding, {model.backend} enforces none",)
        self.limited = False
        """Whether a call was not made because of what the event may cost."""

    def draft(self, turns: Sequence[Turn], seed: int) -> Candidate:
        """Return the best of the drafts that the request asks for, written side by side.

        :raises RequestExpired: the deadline passed before there was any answer.
        """
        temperature = self.request.temperature
        left = self.deadline.left
        if self.request.samples == 1:
            best = self.write(turns, seed, temperature)
        else:
            best = self._best_of(turns, range(seed, seed + self.request.samples), temperature)
        if not best.text.strip() and best.finish_reason == "deadline":
            raise RequestExpired("the deadline passed before there was an answer")
        self._draft_seconds = left - self.deadline.left
        return best

    def refine(
        self, turns: Sequence[Turn], seed: int, temperature: float, step: int, same: int
    ) -> Candidate:
        """Return one answer, checked, that knows what was wrong with an earlier one.

        As long as none is better the next one asks the same with the next seed, and most are not
        better. So those that may be needed are written together: llama.cpp takes half as long again
        for two as for one, and twice as long for three.

        :param same: of the steps from this one on, how many may ask the same.
        """
        if Asked(tuple(turns), seed, temperature) not in self._ahead:
            # Not more than there is time for one by one, so that none makes the first one late.
            left, each = self.deadline.left, self._draft_seconds
            count = next((n for n in range(same, 1, -1) if n * each <= left), 1)
            self._write_ahead(turns, range(seed, seed + count), temperature, step)
        return self.write(turns, seed, temperature, step)

    def write(
        self, turns: Sequence[Turn], seed: int, temperature: float, step: int = 0
    ) -> Candidate:
        """Return one answer, checked. JSON that did not come to its end is written again, shorter.

        Of a text with too many sentences those are kept that it may have: a small model that has
        answered goes on talking.
        """
        said = None
        if self._ahead:
            said = self._ahead.pop(Asked(tuple(turns), seed, temperature), None)
        if said is None:
            said = self.ask(turns, self.request.max_tokens, seed, temperature, self.schema, step)
        if said.schema_notes:
            self.schema_notes = said.schema_notes
        candidate = self._candidate(said, self.schema, step)
        if self.schema is None:
            return self._within_sentences(candidate)
        ended = candidate.finish_reason != "length" and self._cut(said.text) is None
        if ended or not candidate.failures:
            return candidate
        tight = tightened(self.schema)
        try:
            again = self.ask(turns, self.request.max_tokens, seed, temperature, tight, step)
        except AllowanceSpent:
            return candidate
        shorter = self._candidate(again, tight, step)
        return max(candidate, shorter, key=lambda written: written.promise)

    def ask(
        self,
        turns: Sequence[Turn],
        max_tokens: int,
        seed: int,
        temperature: float,
        schema: dict[str, Any] | None = None,
        step: int | None = None,
    ) -> Generation:
        """Return whatever the model says next.

        :param step: the reflection step that it is written for; None for what is not shown.
        """
        taker = self._taker(step)
        try:
            generation = self.model.generate(
                turns,
                max_tokens=min(max_tokens, self.model.window),
                temperature=temperature,
                seed=seed % RANDOM_SEED,
                deadline=self.deadline,
                schema=schema,
                cut=self._cut,
                **({} if taker is None else {"listen": taker}),
            )
        except AllowanceSpent:
            self.limited = True
            raise
        finally:
            if taker is not None:
                taker.close()
        self._count(generation.tokens)
        return generation

    def _taker(self, step: int | None) -> TextListener | None:
        """Return what listens to a call of the model; None where nothing does."""
        # Of drafts side by side none is more than another.
        alone = step != 0 or self.request.samples == 1
        if step is None or not alone or not self.model.abilities.streams:
            return None
        return self.listener.open(step + self.steps_before, self._cut)

    def _count(self, tokens: Tokens) -> None:
        with self._counting:  # samples are drafted side by side
            self.tokens += tokens

    def _best_of(self, turns: Sequence[Turn], seeds: range, temperature: float) -> Candidate:
        left = seeds
        while written := self._write_ahead(turns, left, temperature):
            left = left[written:]

        def write(seed: int) -> Candidate | None:
            try:
                return self.write(turns, seed, temperature)
            except AllowanceSpent:  # the first call of an event is always made
                return None

        with ThreadPoolExecutor(len(seeds)) as pool:
            written_ones = pool.map(self.tracer.carried(write), seeds)
            drafts = [draft for draft in written_ones if draft is not None]
        if not drafts:
            raise AllowanceSpent("the tokens that one event may cost are used up")
        agreed = agreements([draft.answer for draft in drafts])
        return max(
            (replace(draft, agreement=each) for draft, each in zip(drafts, agreed, strict=True)),
            key=lambda draft: draft.promise,
        )

    def _write_ahead(
        self, turns: Sequence[Turn], seeds: range, temperature: float, step: int | None = None
    ) -> int:
        """Have the first of these answers and as many more as there is room for written at once.

        :return: how many :meth:`write` will find; 0 of a model that writes one at a time.
        """
        if not seeds or not self.model.abilities.samples:
            return 0
        taker = self._taker(step)
        try:
            written = self.model.generate_samples(
                turns,
                count=len(seeds),
                max_tokens=min(self.request.max_tokens, self.model.window),
                temperature=temperature,
                seed=min(seeds.start % RANDOM_SEED, RANDOM_SEED - len(seeds)),
                deadline=self.deadline,
                schema=self.schema,
                cut=self._cut,
                **({} if taker is None else {"listen": taker}),
            )
        finally:
            if taker is not None:
                taker.close()
        self._count(total_of(written))
        for seed, said in zip(seeds, written, strict=False):
            self._ahead[Asked(tuple(turns), seed, temperature)] = said
        return len(written)

    def compose(self, candidate: Candidate, values: dict[str, Any]) -> Candidate | None:
        """Return a candidate with what the facts give in place of what the model wrote, checked.

        :return: None where they give nothing, or nothing that passes more of the checks.
        """
        filled = [WHOLE_TEXT]
        if self.schema is None:
            answer = Answer(str(values.get(WHOLE_TEXT) or ""))
        else:
            asked = schema_of(self.request) or {}
            answer, filled = self._filled_in(candidate.answer, asked, values)
        if not answer.text or answer.text == candidate.text:
            return None
        checks = tuple(run_checks(self._checks, answer, self.tracer))
        composed = replace(
            candidate, answer=answer, finish_reason="stop", probability=None, checks=checks
        )
        if composed.score <= candidate.score:
            return None
        self.filled = list(dict.fromkeys([*self.filled, *filled]))
        return composed

    def _filled_in(
        self, answer: Answer, schema: dict[str, Any], values: dict[str, Any]
    ) -> tuple[Answer, list[str]]:
        from function.reflection.checks.rules import fill_in

        return fill_in(answer, schema, values)

    def _within_sentences(self, candidate: Candidate) -> Candidate:
        most = self.request.checks.max_sentences
        if most is None or "max_sentences" not in candidate.failed_checks:
            return candidate
        answer = Answer(first_sentences(candidate.text, most))
        checks = tuple(run_checks(self._checks, answer, self.tracer))
        kept = replace(candidate, answer=answer, finish_reason="stop", checks=checks)
        return max(candidate, kept, key=lambda written: written.promise)

    def _candidate(
        self, generation: Generation, schema: dict[str, Any] | None, step: int
    ) -> Candidate:
        answer = Answer(generation.text.strip())
        if schema is not None:
            asked = schema_of(self.request)
            answer = extract_json(answer.text, asked)
            if self.values and asked is not None:
                answer, self.filled = self._filled_in(answer, asked, self.values)
        if self.request.kind == "choose":
            names = [choice.name for choice in self.request.choices]
            answer = Answer(named_choice(answer.text, names))
        return Candidate(
            answer=answer,
            finish_reason=generation.finish_reason,
            # Of nothing only the token that ends it has a probability, which says nothing.
            probability=token_probability(generation.log_probabilities) if answer.text else None,
            checks=tuple(run_checks(self._checks, answer, self.tracer)),
            step=step,
        )


def named_choice(text: str, names: Sequence[str]) -> str:
    """Return the one choice that a text names; the text itself where it names none or several."""
    plain = text.strip("\"'`*.。「」『』“”‘’ ")
    spelt = {composed(name): name for name in names}
    said = composed(text)
    if (name := spelt.get(composed(plain))) is not None:
        return name
    found = [name for name in spelt if re.search(bounded(name), said)]
    # "pod-check" stands in "pod-check-status" as well.
    longest = [name for name in found if not any(name in other != name for other in found)]
    return spelt[longest[0]] if len(longest) == 1 else plain


def filled_values(
    request: InferenceRequest, rules: RuleSet | None, deadline: Deadline = NO_DEADLINE
) -> dict[str, Any]:
    """Return the fields of a JSON answer that follow from the facts, by their dotted path."""
    if request.response_format is None:
        return {}
    found: dict[str, Any] = {}
    if (schema := schema_of(request)) is not None:
        from function.reflection.checks.facts.decided import ruled_fields

        found = ruled_fields(request, schema)
    return found if rules is None else {**found, **rules.values(deadline)}


@guarded(dict)
def composed_values(
    request: InferenceRequest, rules: RuleSet | None, failed: Answer, deadline: Deadline
) -> dict[str, Any]:
    """Return what the facts give for an answer that fails a check: fields of JSON by their dotted
    path, or one text."""
    if request.kind == "choose":
        from function.reflection.checks.facts.decided import decided_choice

        decided = decided_choice(request)
        return {} if decided is None else {WHOLE_TEXT: decided.value}
    found = {} if rules is None else rules.values(deadline, failed)
    if request.response_format is not None:
        stated = stated_fields_of(request)
        return found if stated is None else {**stated.values(failed.tree), **found}
    if found.get(WHOLE_TEXT):  # a rule may give null: that the facts do not give it
        return found
    expected = expected_of(request)
    if expected is not None and expected.stated:
        return {WHOLE_TEXT: expected.stated}
    formed = form_of(request)
    return {} if formed is None else {WHOLE_TEXT: formed[0].repaired(failed.text)}


def schema_for(
    request: InferenceRequest, deadline: Deadline, values: dict[str, Any]
) -> dict[str, Any] | None:
    """Return what constrains decoding: the schema asked for, less what would fail a check.

    :param values: of fields that follow from the facts, by their dotted path.
    """
    schema = schema_of(request)
    if schema is None:
        return None
    if values:
        from function.reflection.checks.rules import with_constants

        schema = with_constants(schema, values)
    # Imported here: most requests bring no schema, and reading them takes a validator.
    from function.reflection.checks.constrained_schema import narrowed

    return closed(narrowed(schema, request, deadline.share(NARROWING_SHARE)))
