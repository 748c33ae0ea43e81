"""Verifiable demands on an answer.

Every check is a pure function from an answer to a reason: empty when the answer passes, else one
sentence that a person can read and a model can act on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import starmap
from typing import TYPE_CHECKING, Any, NamedTuple

from function.contract import NO_CHECKS, CheckResult, InferenceRequest, JsonObjectFormat
from function.deadline import NO_DEADLINE, Deadline
from function.extensions import CHECKS, load_extension
from function.json_tree import texts_at
from function.reflection.answer import Answer
from function.reflection.checks.assertions import (
    breaks_schema,
    contains,
    does_not_match,
    has_more_sentences,
    is_in_another,
    is_no_choice,
    is_too_long,
    lacks,
)
from function.reflection.checks.facts.faults import note_fault
from function.reflection.checks.grounding import (
    invents_names,
    invents_numbers,
    is_not_copied,
    known_names,
    known_numbers,
    one_line,
)
from function.reflection.checks.items import breaks_items, items_for, knows_offers, promises
from function.reflection.checks.soundness import Soundness
from function.reflection.checks.stated_readings import contradicts, readings_of
from function.reflection.text.request_text import texts_of
from function.remediation import breaks_remediation, labels_in, labels_written_in
from function.telemetry import NO_TRACER, Tracer

if TYPE_CHECKING:
    from function.reflection.checks.rules import RuleSet

MAX_REASON = 1_000
"""Characters of a reason; a reply has to pass through a broker with all of them."""

PREPARING_SHARE = 8
"""Part of the time left that one check may take to read the request."""
TOO_MUCH_TO_READ = "the request has more facts than can be compared in the time that is left"

Reason = Callable[[Answer], str]
"""Returns what is wrong with an answer, or an empty string."""


def of_text(reason: Callable[[str], str]) -> Reason:
    """Return a check of the text of an answer, such as an installed package registers."""
    return lambda answer: reason(answer.text)


class Check(NamedTuple):
    """A named demand; ``reason`` returns what is wrong with an answer, or an empty string.

    One that is ``always`` made was not asked for, and is reported only where it fails.
    """

    name: str
    reason: Reason
    always: bool = False


def checks_of(
    request: InferenceRequest, deadline: Deadline = NO_DEADLINE, rules: RuleSet | None = None
) -> list[Check]:
    """Return the checks that a request asks for, in the order they are reported.

    What needs longer to read the request than a part of the time left becomes a check that fails.
    """
    asks_for_none = request.checks is NO_CHECKS and request.response_format is None
    if asks_for_none and request.kind != "choose" and not request.rules:  # as most requests
        return []
    return [
        *_assertions(request),
        *_grounding_checks(request, deadline),
        *_rule_checks(rules or rules_of(request)),
    ]


def always_checks(request: InferenceRequest) -> list[Check]:
    """Return the checks that every answer has to pass, whatever was asked for."""
    if request.kind == "choose":
        from function.reflection.checks.facts.decided import decided_choice

        decided = decided_choice(request)
        if decided is None:
            return []
        value, reason = decided
        return [Check("decided_choice", lambda a: "" if a.text == value else reason, always=True)]
    return list(starmap(partial(Check, always=True), Soundness(request).checks.items()))


def rules_of(request: InferenceRequest) -> RuleSet | None:
    """Return the rules and filled fields of a request, None where it has neither."""
    if not request.rules and not request.fill:
        return None
    from function.reflection.checks.rules import RuleSet  # here: most requests have none

    return RuleSet(request)


def _rule_checks(rules: RuleSet | None) -> list[Check]:
    if rules is None:
        return []
    return [Check(name, partial(rules.problem, number)) for number, name in enumerate(rules.names)]


def _assertions(request: InferenceRequest) -> list[Check]:
    """Return the checks that need nothing but the answer."""
    wanted = request.checks
    found: list[Check] = []
    if (schema := schema_of(request)) is not None:
        found.append(Check("json_schema", lambda answer: breaks_schema(answer, schema)))
    if request.kind == "choose":
        names = [choice.name for choice in request.choices]
        found.append(Check("choices", lambda answer: is_no_choice(answer.text, names)))
    if wanted.must_contain:
        found.append(Check("must_contain", lambda answer: lacks(answer.text, wanted.must_contain)))
    if wanted.must_not_contain:
        found.append(
            Check("must_not_contain", lambda answer: contains(answer.text, wanted.must_not_contain))
        )
    if (pattern := wanted.regex) is not None:
        found.append(Check("regex", lambda answer: does_not_match(answer.text, pattern)))
    if (limit := wanted.max_words) is not None:
        found.append(Check("max_words", lambda answer: is_too_long(answer.text, limit)))
    if (most := wanted.max_sentences) is not None:
        found.append(Check("max_sentences", lambda answer: has_more_sentences(answer.text, most)))
    if (language := wanted.language) is not None:
        found.append(Check("language", lambda answer: is_in_another(answer, language)))
    found += [Check(name, of_text(load_extension(CHECKS, name))) for name in wanted.installed]
    return found


def _grounding_checks(request: InferenceRequest, deadline: Deadline) -> list[Check]:
    """Return the checks that compare the answer with what the request says."""
    wanted = request.checks
    free = wanted.free_fields
    found: list[Check] = []
    if labels := remediated_labels(request):
        found.append(Check("parameters", lambda answer: breaks_remediation(answer.tree, labels)))
    if wanted.grounded_numbers:

        def numbers(soon: Deadline) -> Reason:
            return partial(invents_numbers, known=known_numbers(request, soon), free=free)

        found.append(_prepared("grounded_numbers", numbers, deadline))
    if wanted.grounded_names:

        def names(soon: Deadline) -> Reason:
            words = known_names(request, schema_of(request), soon)
            return partial(invents_names, words=words, free=free)

        found.append(_prepared("grounded_names", names, deadline))
    if fields := wanted.copied_fields:

        def copies(soon: Deadline) -> Reason:
            said = " ".join(map(one_line, soon.until(texts_of(request))))
            return partial(is_not_copied, said=said, fields=fields)

        found.append(_prepared("copied_fields", copies, deadline))
    if stating := wanted.stated_readings:

        def readings(soon: Deadline) -> Reason:
            known = readings_of(request.context, soon)
            return lambda answer: contradicts(texts_at(answer.tree, stating), known)

        found.append(_prepared("stated_readings", readings, deadline))
    if (rule := wanted.allowed_items) is not None:

        def offered(soon: Deadline) -> Reason:
            items = items_for(request, rule, soon)
            if rule.fields or items.listed or knows_offers(request):
                return lambda answer: breaks_items(answer, items, rule.fields)
            words = known_names(request, schema_of(request), soon)
            return lambda answer: promises(answer, words) or breaks_items(answer, items, [])

        found.append(_prepared("allowed_items", offered, deadline))
    return found


def _prepared(name: str, prepare: Callable[[Deadline], Reason], deadline: Deadline) -> Check:
    """Return a check whose preparation reads the whole request, or one that fails for its size."""
    try:
        return Check(name, prepare(deadline.share(PREPARING_SHARE)))
    except TimeoutError:
        return Check(name, lambda answer: TOO_MUCH_TO_READ)


def run_checks(
    checks: Sequence[Check], answer: Answer, tracer: Tracer = NO_TRACER
) -> list[CheckResult]:
    """Apply every check, so that one refinement can fix all that is wrong."""
    results: list[CheckResult] = []
    for check in checks:
        if check.always:
            try:
                reason = check.reason(answer)
            except Exception as error:
                note_fault(error)
                continue
            if reason:
                results.append(_failed(check, reason))
            continue
        with tracer.check(check.name) as span:
            reason = check.reason(answer)
            passed = CheckResult(name=check.name, passed=True)
            result = _failed(check, reason) if reason else passed
            span.end(result)
        results.append(result)
    return results


def _failed(check: Check, reason: str) -> CheckResult:
    return CheckResult(name=check.name, passed=False, reason=reason[:MAX_REASON])


def schema_of(request: InferenceRequest) -> dict[str, Any] | None:
    """Return the JSON Schema that the answer must follow, or None when it is free text."""
    wanted = request.response_format
    if wanted is None:
        return None
    if isinstance(wanted, JsonObjectFormat):
        return {
            "type": "object",
            "properties": {key: {} for key in wanted.required},
            "required": list(wanted.required),
        }
    return wanted.schema_


def remediated_labels(request: InferenceRequest) -> dict[str, str]:
    """Return the labels of the alert that JSON with a ``lambda_function`` is asked about."""
    fields = (schema_of(request) or {}).get("properties")
    if not isinstance(fields, dict) or "lambda_function" not in fields:
        return {}
    return labels_in(request.context) or labels_written_in(request.question)
