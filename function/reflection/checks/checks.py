"""Verifiable demands on an answer.

Every check is a pure function from an answer to a reason: empty when the answer passes, else one
sentence that a person can read and a model can act on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from function.contract import (
    NO_CHECKS,
    CheckResult,
    InferenceRequest,
    JsonObjectFormat,
)
from function.deadline import NO_DEADLINE, Deadline
from function.extensions import CHECKS, load_extension
from function.json_tree import at, texts, without
from function.reflection.answer import Answer
from function.reflection.checks.items import Items, breaks_items, items_for
from function.reflection.checks.names import name_words_of, ungrounded_names
from function.reflection.checks.numbers import (
    KnownNumbers,
    Quantity,
    quantities,
    quantities_of,
    ungrounded_numbers,
)
from function.reflection.checks.offers import knows_offers, promises
from function.reflection.checks.soundness import Soundness
from function.reflection.checks.stated_numbers import spelled_numbers
from function.reflection.checks.stated_readings import contradicts, readings_of
from function.reflection.text.request_text import texts_of
from function.reflection.text.sentences import count_sentences
from function.reflection.text.words import (
    UNLIKELY,
    caseless,
    composed,
    count_words,
    fold,
    is_latin,
    is_too_short,
    probability,
)
from function.remediation import breaks_remediation, labels_in, labels_written_in
from function.schemas.patterns import BadPattern, is_found
from function.telemetry import NO_TRACER, Tracer

if TYPE_CHECKING:
    from function.reflection.checks.rules import RuleSet

LANGUAGE_NAMES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "pt": "Portuguese",
}

_BEFORE_PERCENT = re.compile(r"(?<=\d)\s%")
MOST_COPIES = 200
"""Texts of one field that are looked for in the request."""
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
        *_checks_of_form(request),
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
    checks = Soundness(request).checks
    return [Check(name, reason, always=True) for name, reason in checks.items()]


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


def _checks_of_form(request: InferenceRequest) -> list[Check]:
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
        found.append(Check("parameters", lambda answer: breaks_parameters(answer, labels)))
    if wanted.grounded_numbers:

        def numbers(soon: Deadline) -> Reason:
            known = _known_numbers(request, soon)
            return lambda answer: invents_numbers(answer, known, free)

        found.append(_prepared("grounded_numbers", numbers, deadline))
    if wanted.grounded_names:

        def names(soon: Deadline) -> Reason:
            words = _known_names(request, soon)
            return lambda answer: invents_names(answer, words, free)

        found.append(_prepared("grounded_names", names, deadline))
    if fields := wanted.copied_fields:

        def copies(soon: Deadline) -> Reason:
            said = " ".join(_one_line(text) for text in soon.until(texts_of(request)))
            return lambda answer: is_not_copied(answer, said, fields)

        found.append(_prepared("copied_fields", copies, deadline))
    if stating := wanted.stated_readings:

        def readings(soon: Deadline) -> Reason:
            known = readings_of(request.context, soon)
            return lambda answer: contradicts(
                (
                    text
                    for field in stating
                    for found in at(answer.tree, field)
                    for text in texts(found)
                ),
                known,
            )

        found.append(_prepared("stated_readings", readings, deadline))
    if (rule := wanted.allowed_items) is not None:

        def offered(soon: Deadline) -> Reason:
            items = items_for(request, rule, soon)
            if rule.fields or items.listed or knows_offers(request):
                return lambda answer: offers_another(answer, items, rule.fields)
            words = _known_names(request, soon)
            return lambda answer: promises(answer, words) or offers_another(answer, items, [])

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
            if reason := check.reason(answer):
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


def breaks_schema(answer: Answer, schema: dict[str, Any]) -> str:
    """Return whether the answer is JSON that validates; remote references are never fetched."""
    if answer.problem:
        return "the answer must be one valid JSON value and nothing else"
    # Imported here: most requests bring no schema.
    from function.reflection.checks.json_schema import schema_problem

    return schema_problem(answer.value, schema)


def is_no_choice(answer: str, names: Sequence[str]) -> str:
    """Return whether the answer is, to the letter, one of the given names; Unicode forms are the
    same."""
    known = set(map(composed, names))
    return "" if composed(answer) in known else f"the answer must be one of: {', '.join(names)}"


def lacks(answer: str, wanted: Sequence[str]) -> str:
    """Name texts that the answer lacks; case, Unicode form and a blank before % are free."""
    said = _with_close_percent(caseless(answer))
    missing = [text for text in wanted if _with_close_percent(caseless(text)) not in said]
    return f"the answer must contain {_quoted(missing)}" if missing else ""


def _with_close_percent(text: str) -> str:
    return _BEFORE_PERCENT.sub("%", text)


def contains(answer: str, unwanted: Sequence[str]) -> str:
    """Return texts that the answer must not contain, whatever their case and Unicode form."""
    said = caseless(answer)
    found = [text for text in unwanted if caseless(text) in said]
    return f"the answer must not contain {_quoted(found)}" if found else ""


def is_too_long(answer: str, limit: int) -> str:
    """See :func:`function.reflection.text.words.count_words` for what a word is."""
    words = count_words(answer)
    return f"the answer has {words} words and may have at most {limit}" if words > limit else ""


def does_not_match(answer: str, pattern: str) -> str:
    """Return whether the pattern is found nowhere in the answer (syntax of the ``regex``
    package)."""
    try:
        found = is_found(pattern, answer)
    except TimeoutError:
        return "the pattern takes too long to match"
    except BadPattern as error:
        return str(error)
    return "" if found else f"the answer must match the pattern {pattern}"


def has_more_sentences(answer: str, limit: int) -> str:
    """See :mod:`function.reflection.text.sentences` for what a sentence is."""
    sentences = count_sentences(answer)
    if sentences <= limit:
        return ""
    return f"the answer has {sentences} sentences and may have at most {limit}"


def is_in_another(answer: Answer, language: str) -> str:
    """Return whether the answer is in another language than the one asked for."""
    text = answer.text if answer.tree is None else " ".join(texts(answer.tree))
    if is_latin(text) and (is_too_short(text) or probability(text, language) >= UNLIKELY):
        return ""
    return f"the answer must be in {LANGUAGE_NAMES[language]}"


def invents_numbers(answer: Answer, known: KnownNumbers, free: Sequence[str] = ()) -> str:
    """Return numbers of the answer that are neither in the question nor in the facts.

    The same quantity may be written otherwise: with a decimal comma or thousands, in another unit
    of its kind, as percent or ratio, rounded to the digits shown.
    """
    if answer.tree is not None:
        said = list(quantities_of(without(answer.tree, free)))
    else:
        said = list(quantities(answer.text))
    invented = ungrounded_numbers(said, known)
    if not invented:
        return ""
    return f"these numbers are not in the facts: {', '.join(invented[:5])}"


def invents_names(answer: Answer, words: set[str], free: Sequence[str] = ()) -> str:
    """Return names of the answer whose words stand nowhere in the question or the facts."""
    tree = answer.tree
    said = [answer.text] if tree is None else list(texts(without(tree, free)))
    invented = [name for text in said for name in ungrounded_names(text, words)]
    if not invented:
        return ""
    return f"these names are not in the facts: {', '.join(dict.fromkeys(invented[:5]))}"


def is_not_copied(answer: Answer, said: str, fields: Sequence[str]) -> str:
    """Return fields of a JSON answer whose text is not to be found in the request.

    :param said: everything the request says, folded, with single blanks.
    """
    for field in fields:
        copies = [text for found in at(answer.tree, field) for text in texts(found)]
        if len(copies) > MOST_COPIES:
            return f"{field} has {len(copies)} texts and may have at most {MOST_COPIES}"
        for text in copies:
            if _one_line(text) not in said:
                return f"{field} must be copied from the facts, {_quoted([text[:80]])} is not"
    return ""


def offers_another(answer: Answer, items: Items, fields: list[str]) -> str:
    """Return whether the answer offers what is not among the context's items, or must not be
    had."""
    return breaks_items(answer, items, fields)


def remediated_labels(request: InferenceRequest) -> dict[str, str]:
    """Return the labels of the alert that JSON with a ``lambda_function`` is asked about."""
    fields = (schema_of(request) or {}).get("properties")
    if not isinstance(fields, dict) or "lambda_function" not in fields:
        return {}
    return labels_in(request.context) or labels_written_in(request.question)


def breaks_parameters(answer: Answer, labels: dict[str, str]) -> str:
    """Return whether the function of a JSON answer lacks a parameter that the labels say."""
    return breaks_remediation(answer.tree, labels)


def _known_numbers(request: InferenceRequest, deadline: Deadline) -> KnownNumbers:
    spoken = [request.question, *(message.content for message in request.history)]
    said = chain(
        quantities_of(request.context),
        _numbers_of_system(request.system or ""),
        *map(_numbers_of, spoken),
    )
    return KnownNumbers(deadline.until(said))


def _numbers_of(text: str) -> Iterator[Quantity]:
    """Yield the numbers of a text, in digits and in words."""
    yield from quantities(text)
    for number in spelled_numbers(text):
        yield from quantities(str(number))


@lru_cache(maxsize=64)
def _numbers_of_system(text: str) -> tuple[Quantity, ...]:
    # An agent's requests bring the same system prompt again, most often that of its profile.
    return tuple(_numbers_of(text))


def _known_names(request: InferenceRequest, deadline: Deadline) -> set[str]:
    """Return words of the request, with those that its schema and its choices may bring."""
    choices = (choice.name for choice in request.choices)
    said = chain(texts_of(request), texts(schema_of(request)), choices)
    return set().union(*map(name_words_of, deadline.until(said)))


def _one_line(text: str) -> str:
    return " ".join(fold(text).split())


def _quoted(texts: Sequence[str]) -> str:
    return ", ".join(json.dumps(text, ensure_ascii=False) for text in texts)
