"""What the facts of a request demand of its answer: all verifiers, and when each of them is asked.

The tables are read from above: of the verifiers that a request has what they need for, the first
that is certain makes the one demand on the answer. A verifier takes parts of a :class:`Case`; its
parameters have their names. For a new one, write the function beside those that read such questions
and give it a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, cached_property, partial
from inspect import signature
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from function.contract import InferenceRequest
from function.reflection.checks.facts import triggers as on
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.faults import guarded, note_fault, nothing
from function.reflection.checks.facts.question import LONGEST, SENTENCE, Question
from function.reflection.prompt.facts import Fact, facts_of

if TYPE_CHECKING:
    from function.reflection.checks.facts.forms.form import Form
    from function.reflection.checks.facts.tables import RecordTable

MOST_FACTS = 100
"""Facts beyond which a question is not compared with them, so that the checks are cheap."""

_Table = Iterable[tuple[str, str, re.Pattern[str] | None, str]]
"""Rows of a verifier (module and function), what a case must have, what its question must say, and
an example."""

IN_LINES: _Table = (
    ("texts.written_tables:expected_of_text", "", None, "| Ana | 42 |: Which seat has Ana?"),
    ("texts.how_to:expected_how_to", "", on.HOW_TO, "How do I reset it? (a line tells how)"),
)
"""Where a prompt or the context has several lines."""
GIVEN: _Table = (
    ("texts.literal:expected_literal", "", on.LITERAL, "Reply with the word pong."),
    ("texts.summary:expected_summary", "", on.SUMMARY, "Summarise in one sentence: ..."),
)
"""Where the question gives its answer, or the text that is to be shortened."""
AT_ONCE: _Table = (
    ("texts.greeting:expected_greeting", "", None, "Hi there!"),
    ("texts.purpose:expected_purpose", "", on.ITSELF, "What can you do?"),
    ("texts.literal:expected_extract", "", on.EXTRACT, "Extract the IPs: 10.0.0.7 is down"),
    ("deduced:expected_calculation", "", on.CALCULATION, "What is 17 * 23?"),
    ("texts.services:expected_of_services", "list", None, "Where can I store files? (a list)"),
    ("earlier_turns:expected_of_sibling", "context history closed", None, "And the back one?"),
)
"""Whatever the facts are."""
BY_ONE_STEP: _Table = (
    ("deduced:expected_day", "", on.TODAY, "Open on Tuesdays. Today is Friday. Open today?"),
    ("deduced:expected_count", "history", on.SAID_BEFORE, "How many guests did I mention?"),
    ("texts.passages:expected_of_passage", "few_facts", on.WHY, "Why was it late? (a text)"),
    ("recorded:expected_state", "few_facts", on.WHY, "Why is the pump off? (pump: stopped)"),
    ("absence.absent:reason_not_given", "few_facts", on.WHY, "Why is it shut? (no reason)"),
    ("recorded:expected_reason", "few_facts", on.WHY, "Why was it late? (cause: snow)"),
    ("deduced:expected_order", "few_facts", on.ORDER, "In which order do they start?"),
    ("deduced:expected_fit", "few_facts", on.AMOUNT, "Which room is for 40 people?"),
)
"""What follows by one step from what is said."""
IF_BOUND: _Table = (
    ("records_only:expected_kind", "", None, "Which prescriptions has she? (records of a type)"),
    ("records_only:expected_field", "", None, "What is the dose of ibuprofen? (a record)"),
    ("records_only:unstated", "", None, "Has she allergies? (no record of any)"),
)
"""Where the instructions allow nothing but the records."""
BY_FACTS: _Table = (
    ("recorded:expected_change", "", None, "What has changed? (old_price, new_price)"),
    ("differences:expected_difference", "", on.DIFFERS, "What is missing? (ordered, received)"),
    ("absence.absent:absent", "", None, "When was it serviced? (serviced: unknown)"),
    ("rules.compliance:expected_ruling", "rule", None, "At most 20 kg. Which crate is too heavy?"),
)
"""Where there are facts, and a question asks for no account; then one of the next two tables."""
FOR_A_VALUE: _Table = (
    ("records.query:expected_of_records", "", None, "Which open bill is the oldest?"),
    ("absence.particulars:missing_particular", "", None, "What colour is the van? (none said)"),
    ("recorded:expected_measure", "", None, "What was my glucose? (test, value, date)"),
    ("records.lookup:expected_cell", "", None, "Who has the key of the garage?"),
    ("asked_fact:expected_value", "", None, "Who owns Billing? (billing.owner: Ada)"),
    ("records.lookup:expected_of_named", "", None, "When was the backup? (backup: {at: 03:00})"),
    ("absence.untold:missing_record", "", None, "What is HL-42's status? (HL-40, HL-41)"),
    ("absence.untold:missing_field", "no_history", None, "Who sold the oven? (colour: black)"),
)
"""Where a question asks for something by a word such as *which*."""
FOR_YES_OR_NO: _Table = (
    ("yes_or_no:expected_verdict", "", None, "Is the disk above 80 %? (disk: 91 %)"),
    ("records.query:expected_verdict_of_records", "", None, "Is room 2 free?"),
    ("records.query:expected_of_records", "", None, "List the free rooms."),
    ("records.lookup:missing_cell", "", None, "Has Ana paid? (paid: null)"),
)
"""Where it does not."""
OF_TEXT: _Table = (
    ("texts.passages:expected_of_passage", "few_facts", None, "Who was late? (above an e-mail)"),
)
"""Where a prompt holds a text and a question about it."""
BESIDE_FACTS: _Table = (
    ("texts.statements:expected_of_instructions", "closed told", None, "Until when is it open?"),
    ("earlier_turns:expected_of_sender", "closed history", None, "Which room did I say?"),
    ("texts.how_to:expected_how_to", "", on.HOW_TO, "How do I reset the boiler?"),
)
"""Where the facts give nothing, or do not tell what is asked."""
AT_LAST: _Table = (
    ("texts.account:expected_account", "context", on.ACCOUNT, "Write a short notice."),
    ("texts.statements:expected_report", "", on.WHETHER, "Is there a leak? (a line reports one)"),
    ("texts.passages:expected_of_passage", "few_facts closed", None, "Who was late? (a text)"),
    ("texts.services:unseen", "system no_context", on.HOW_IT_IS, "How full is the disk now?"),
    ("absence.unseen:unseen_state", "nothing", None, "Is the NAS up? (no facts at all)"),
)
"""Where nothing else is certain."""


class Case:
    """What verifiers read of a request; a verifier's parameters are named as the attributes here.

    :param text: what is asked, without a form that the question demands.
    :param context: the facts, where they are not the request's context.
    """

    def __init__(
        self, request: InferenceRequest, text: str, context: dict[str, Any] | None = None
    ) -> None:
        self.request = request
        self.text = text
        self.question = Question(text)
        self.context = request.context if context is None else context
        self.history = request.history
        self.system = system = request.system or ""
        is_short = len(text) <= LONGEST
        is_so = {
            "context": bool(self.context),
            "few_facts": bool(self.context),  # counted when a verifier would read them
            "no_context": not self.context,
            "nothing": not (self.context or self.history or system),
            "history": bool(self.history),
            "no_history": not self.history,
            "system": bool(system),
            "list": on.LISTS.search(system),
            "rule": is_short and (system or SENTENCE.search(self.question.folded.strip())),
            "told": on.TELLS.search(system),
            "bound": on.BINDS.search(system),
            "lines": "\n" in text or on.LINES.search(repr(self.context)),
            "closed": is_short and not self.question.is_open,
        }
        self.has = set(filter(is_so.get, is_so))
        """What rows may need, as far as it is so: ``rule`` is that a sentence beside the question
        may state one, ``closed`` that the question asks for no account."""

    @cached_property
    def facts(self) -> list[Fact]:
        """The context, a fact a field."""
        return facts_of(self.context)

    @cached_property
    def tables(self) -> list[RecordTable]:
        """The context, as tables of records."""
        from function.reflection.checks.facts.tables import record_tables_of  # not for all

        return record_tables_of(self.context)

    @property
    def before(self) -> list[str]:
        """What was said before in the conversation."""
        return [turn.content for turn in self.history]

    @property
    def answers(self) -> list[str]:
        """What was answered before in the conversation."""
        return [turn.content for turn in self.history if turn.role == "assistant"]

    @property
    def elsewhere(self) -> list[str]:
        """What is said beside the facts and the question."""
        return [self.system, *self.before]


@cache
def _loaded(verifier: str) -> tuple[Callable[..., Expected | None], list[str]]:
    """Return a verifier and the names of its parameters; its module is imported when first asked,
    as few requests need all of them."""
    ask = resolve_name(f"{__package__}.{verifier}")
    return ask, list(signature(ask).parameters)


for _row in (*FOR_A_VALUE, *FOR_YES_OR_NO):
    _loaded(_row[0])  # most questions are asked these: no first request waits for their import


def _first(table: _Table, case: Case) -> Expected | None:
    """Return the demand of the first verifier of a table that is certain."""
    for verifier, needs, words, _ in table:
        if words is not None and words.search(case.question.folded) is None:
            continue
        if not case.has.issuperset(needs.split()):
            continue
        if "few_facts" in needs and len(case.facts) > MOST_FACTS:
            continue
        ask, parts = _loaded(verifier)
        try:
            found = ask(*map(partial(getattr, case), parts))
        except Exception as error:
            note_fault(error)
            continue
        if found is not None:
            return found
    return None


def expected_of(request: InferenceRequest, *, of_choice: bool = False) -> Expected | None:
    """Return the one demand of the facts on the answer, None where no verifier is certain.

    What is stated is in the form that the question demands. Choices and JSON have checks of their
    own.

    :param of_choice: whether the answer is one of several choices.
    """
    if not of_choice and (request.kind != "text" or request.response_format):
        return None
    try:
        asked = request.question
        if on.GIVES.search(asked) and (given := _first(GIVEN, Case(request, asked))) is not None:
            return given
        if on.LAYOUTS.search(asked) and len(asked) <= LONGEST:
            # Here: few demand one.
            from function.reflection.checks.facts.forms.layouts import expected_layout

            if (layout := expected_layout(Question(asked), request.context)) is not None:
                return layout
        if on.FORM_WORDS.search(asked) and (formed := form_of(request)) is not None:
            return _in_form(*formed, request)
        found = _by_tables(Case(request, asked))
        if found is None and "\n" in asked and not request.context:
            found = _by_passage(request)
        return found
    except Exception as error:
        note_fault(error)
        return None


def _by_tables(case: Case) -> Expected | None:
    """Return the demand of the first verifier that is certain, in any form."""
    if not case.context and on.PASTED.search(case.text):
        from function.reflection.checks.facts.texts.pasted_data import pasted_data  # few hold any

        if (pasted := pasted_data(case.text)) is not None:
            found = _by_tables(Case(case.request, pasted.question, pasted.context))
            # The data need not name the one thing that they are of: "Is this pod ready?"
            if found is not None and found.check != "untold":
                return found
    if "lines" in case.has and (found := _first(IN_LINES, case)) is not None:
        return found
    if len(case.text) > LONGEST:
        return None
    if (found := _first(AT_ONCE, case)) is not None:
        return found
    if case.has.issuperset(("context", "history", "closed")):
        from function.reflection.checks.facts.earlier_turns import with_name  # few have both

        case.question = with_name(case.question, case.history, case.context) or case.question
    if (found := _first(BY_ONE_STEP, case)) is not None:
        return found
    if "bound" in case.has or case.has.issuperset(("context", "closed")):
        found = _by_facts(case)
    if found is None or found.check == "untold":
        found = _first(BESIDE_FACTS, case) or found
    return found or _first(AT_LAST, case)


def _by_passage(request: InferenceRequest) -> Expected | None:
    """Return the demand of a text that a prompt holds above or below its question."""
    from function.reflection.checks.facts.texts.passages import passage_in  # few hold one

    if (passage := passage_in(request.question)) is None:
        return None
    return _first(OF_TEXT, Case(request, passage.question, {"text": passage.text}))


def _by_facts(case: Case) -> Expected | None:
    """Return the demand of the context, also of an empty one where nothing else may be used."""
    if len(case.facts) > MOST_FACTS:
        return None
    found = _first(IF_BOUND, case) if "bound" in case.has else None
    if found is not None or "closed" not in case.has:
        return found
    by_kind = FOR_A_VALUE if case.question.wants_value else FOR_YES_OR_NO
    return _first(BY_FACTS, case) or _first(by_kind, case)


@guarded(nothing)
def form_of(request: InferenceRequest) -> tuple[Form, str] | None:
    """Return the form of text that a question demands and what it asks, None where it demands
    none."""
    asked = request.question
    if request.kind != "text" or request.response_format or len(asked) > LONGEST:
        return None
    if on.FORM_WORDS.search(asked) is None:
        return None
    from function.reflection.checks.facts.forms.form import form_in  # few questions have one

    return form_in(asked)


def _in_form(form: Form, asked: str, request: InferenceRequest) -> Expected | None:
    """Return the demand on what is asked for, with what is stated in a form."""
    found, case = None, Case(request, asked)
    if (form.is_list or form.bare) and request.context:
        from function.reflection.checks.facts.forms.listing import expected_list

        found = expected_list(case.question, request.context, is_sorted=form.is_sorted)
    found = found or _by_tables(case)
    if found is None and not form.is_list and (thing := on.THING.fullmatch(asked)) is not None:
        what = "qual é" if Question(asked).is_portuguese else "what is"
        found = _by_tables(Case(request, f"{what} {thing[1]}?"))
        form = form._replace(bare=form.bare or bool(form.case))
    if found is None or found.check == "untold":
        return found
    is_told, values = found.is_met, found.values
    return found._replace(
        reason=f"{found.reason}, and nothing else" if form.bare and values else found.reason,
        is_met=lambda text: is_told(text) and form.has_only(values, text),
        stated=form.written(values, found.stated),
    )
