"""What the facts of a request demand of its answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from function.contract import InferenceRequest
from function.reflection.checks.facts.absence.absent import absent, reason_not_given
from function.reflection.checks.facts.absence.particulars import missing_particular
from function.reflection.checks.facts.absence.unstated import unstated
from function.reflection.checks.facts.absence.untold import missing_field, missing_record
from function.reflection.checks.facts.asked_fact import expected_value
from function.reflection.checks.facts.deduced import (
    expected_count,
    expected_day,
    expected_fit,
    expected_order,
)
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.question import LONGEST, Question
from function.reflection.checks.facts.recorded import (
    expected_change,
    expected_field,
    expected_kind,
    expected_measure,
    expected_reason,
    expected_state,
)
from function.reflection.checks.facts.records.lookup import (
    expected_cell,
    expected_of_named,
    missing_cell,
)
from function.reflection.checks.facts.records.query import (
    expected_of_records,
    expected_verdict_of_records,
)
from function.reflection.checks.facts.tables import record_tables_of
from function.reflection.checks.facts.texts.greeting import expected_greeting
from function.reflection.checks.facts.yes_or_no import expected_verdict
from function.reflection.prompt.facts import facts_of

if TYPE_CHECKING:
    from function.reflection.checks.facts.forms.form import Form

MOST_FACTS = 100
"""Facts beyond which a question is not compared with them, so that the checks are cheap."""

_ONE_STEP = re.compile(
    r"\b(?:today|hoje|order|sequence|ordem|sequencia|why|por que|porque|did i|have i|i said|"
    r"i told|i mentioned|disse|falei)\b|\d ?[a-z]"
)
"""Words of questions that a verifier of :mod:`~function.reflection.checks.facts.deduced` reads."""
_ITSELF = re.compile(r"\b(?:you|am i|voce|vc|ajudar|perguntar|falando)\b")
"""Words of questions of what the assistant is and does."""
_LISTED = re.compile(r":[*\s]*\n\s*(?:[-*•–]|1[.)])\s[^\n]+[)\w]")
"""Begins a list of instructions."""
_ASKS_STATE = re.compile(
    r"\b(?:right now|at the moment|at present|currently|neste momento|no momento|agora mesmo|"
    r"atualmente|last night)\b|\b(?:now|agora|today|yesterday|hoje|ontem)\W*$|"
    r"^(?=.*\b(?:how (?:many|much|high|full)|is|are|what|any|quant[oa]s?|qual|ha|esta|estao)\b)"
    r"(?=.*\b(?:alert\w*|firing|cpu|memor(?:y|ia)|dis[kc]o?|pods?|latenc\w+|uptime|load|usage|uso|"
    r"health\w*|saude|running|rodando|down|fora do ar|temperatur\w+)\b)"
)
"""Finds, in folded words, what asks how things are now."""
_MATTER = (
    r"(?:errors?|problems?|alerts?|incidents?|issues?|events?|outages?|status|situation|facts|"
    r"notifications?)"
)
_ACCOUNT = re.compile(
    r"\bwhat (?:has )?happened\b|\bwhat(?:'s| is) (?:going on|the (?:status|situation))\b|"
    r"\b(?:write|send|draft|give|prepare|make) (?:me |us )?(?:an? |the )?(?:[\w-]+ ){0,2}"
    r"(?:notification|notice|alert|report|summary|message|update|status|overview)\b|"
    rf"\b(?:describe|summari[sz]e|report|explain) (?:the |this |that |these )(?:\w+ )?{_MATTER}\b|"
    r"\bo que (?:aconteceu|houve|esta acontecendo)\b|\bqual (?:e )?(?:o status|a situacao)\b|"
    r"\b(?:escreva|envie|faca|prepare|mande) (?:um |uma )?(?:[\w-]+ ){0,2}"
    r"(?:notificacao|aviso|alerta|relatorio|resumo|mensagem|status)\b|"
    r"\b(?:descreva|resuma|explique) (?:o |a |os |as |este |esse |esta |essa )"
    r"(?:erros?|problemas?|alertas?|incidentes?|eventos?|falhas?|situacao|fatos)\b"
)
"""Finds, in folded words, what asks for an account of the facts."""
_DIFFERS = re.compile(
    r"\b(?:missing|lacks?|not|never|left out|forgot\w*|skipped|outstanding|differ\w*|same|match\w*|"
    r"identical|drift\w*|compare\w*|extra|unplanned|unexpected|falt\w+|nao|esquec\w+|difer\w+|"
    r"mesm[oa]s?|igua\w+|bate\w*|compar\w+|sobr\w+|a mais)\b|n['’]t\b"
)
"""What asks, in folded words, for that in which two things differ."""
_HOW_TO = re.compile(
    r"\bhow (?:do|can|should|would|could|must|to)\b|\bwhat (?:do|should|must) \w+ do\b|"
    r"\bo que (?:eu )?(?:faço|devo fazer|fazer)\b|^[^\w\n]*(?:\w+[^\w\n]+)?como\b",
    re.I | re.M,
)
"""What asks for instructions."""
_WHETHER = re.compile(
    r"^\W*(?:is there|are there|do (?:we|you) have|ha|tem|temos|existem?|houve)\b"
)
"""Begins, in folded words, a question whether there is something."""
_LINES = re.compile(r"\\n|: \[['\"]")
"""Marks of a text of several lines, or of a list of texts, in a context."""
_TELLS = re.compile(r"\d|\b(?:not|no|n[ãa]o|nunca|never)\b", re.I)
"""Marks of instructions that may tell what is asked for."""
_THING = re.compile(
    r"(?:(?:please|por favor),? )?(?:return|give(?: me)?|reply with|respond with|answer with|print|"
    r"write|output|tell me|send|me diga|diga|informe|retorne|escreva|responda com|devolva|passe)? ?"
    r"((?:the|its|o|a) (?![^?.!]*\bones\b)[^?.!]{2,60})[.!]?",
    re.I,
)
"""What alone is demanded: *only the total*."""
FORM_WORDS = re.compile(
    r"\b(?:only|just|nothing|words?|sentences?|list|numbered|bullet\w*|comma\w*|semi-?colon\w*|"
    r"line|s[óo]|somente|apenas|nada|palavras?|frases?|lista|v[íi]rgulas?|linha|t[óo]picos|"
    r"marcadores|slash\w*|barras?|upper ?case|lower ?case|capitals|capital letters|caps|"
    r"mai[úu]sculas|"
    r"min[úu]sculas|caixa alta|alphabetic\w*|alfab[ée]tic\w+|alfabeticamente|sorted|"
    r"ordenad[oa]s|yes\W{1,3}or|sim\W{1,3}ou)\b",
    re.I,
)
"""Words of every demand on the form of an answer."""
_LAYOUTS = re.compile(r"\bcsv\b|\b(?:table|tabela)\b|[A-Z]=|\b(?:key|chave)\b", re.I)
"""Words of every demand for lines such as ``KEY=value``, or for a table."""
_RECORDS = re.compile(r"\b(?:only|solely|somente|apenas|só)\b", re.I)


def form_of(request: InferenceRequest) -> tuple[Form, str] | None:
    """Return the form of text that a question demands and what it asks, None where it demands
    none."""
    asked = request.question
    if request.kind != "text" or request.response_format or len(asked) > LONGEST:
        return None
    if FORM_WORDS.search(asked) is None:
        return None
    from function.reflection.checks.facts.forms.form import form_in  # here: few questions have one

    return form_in(asked)


def expected_of(
    request: InferenceRequest, asked: str | None = None, *, of_choice: bool = False
) -> Expected | None:
    """Return the one demand of the facts on the answer, None where no verifier is certain.

    What is stated is in the form that the question demands. Choices and JSON have checks of their
    own.

    :param asked: what the question asks without a form that it demands.
    :param of_choice: whether the answer is one of several choices.
    """
    if not of_choice and (request.kind != "text" or request.response_format):
        return None
    if asked is None:
        asked = request.question
        if _LAYOUTS.search(asked) and len(asked) <= LONGEST:
            from function.reflection.checks.facts.forms.layouts import (
                expected_layout,  # here: as the form
            )

            if (layout := expected_layout(Question(asked), request.context)) is not None:
                return layout
        if FORM_WORDS.search(asked) and (formed := form_of(request)) is not None:
            return _in_form(*formed, request)
    if "\n" in asked or _LINES.search(repr(request.context)):
        from function.reflection.checks.facts.texts.written_tables import (
            expected_of_text,  # here: as the form
        )

        found = expected_of_text(asked, request.context) or _how_to(asked, request)
        if found is not None:
            return found
    if len(asked) > LONGEST:
        return None
    if (greeting := expected_greeting(asked)) is not None:
        return greeting
    question = Question(asked)
    if _ITSELF.search(question.folded):
        from function.reflection.checks.facts.texts.purpose import (
            expected_purpose,  # here: as the form
        )

        if (purpose := expected_purpose(question.folded, request.system or "")) is not None:
            return purpose
    if _LISTED.search(request.system or "") is not None:
        from function.reflection.checks.facts.texts.services import (
            expected_of_services,  # here: as the form
        )

        if (service := expected_of_services(question, request.system or "")) is not None:
            return service
    is_open = question.is_open
    if request.context and not is_open and request.history:
        from function.reflection.checks.facts import earlier_turns  # few have both

        sibling = earlier_turns.expected_of_sibling(question, request.history, request.context)
        if sibling is not None:
            return sibling
        question = earlier_turns.with_name(question, request.history, request.context) or question
    if _ONE_STEP.search(question.folded) and (found := _by_one_step(question, request)) is not None:
        return found
    system = request.system or ""
    bound = _RECORDS.search(system) is not None
    found = None
    if bound or (request.context and not is_open):
        found = _by_facts(question, request, bound)
    if (found is None or found.check == "untold") and not is_open and _TELLS.search(system):
        from function.reflection.checks.facts.texts.statements import (
            expected_of_instructions,  # here: as the form
        )

        answers = [turn.content for turn in request.history if turn.role == "assistant"]
        found = expected_of_instructions(question, system, answers) or found
    if (found is None or found.check == "untold") and not is_open and request.history:
        from function.reflection.checks.facts.earlier_turns import expected_of_sender

        found = expected_of_sender(question, request.history) or found
    if found is None or found.check == "untold":
        found = _how_to(asked, request) or found
    if found is None and request.context and _ACCOUNT.search(question.folded):
        from function.reflection.checks.facts.texts.account import (
            expected_account,  # here: as the form
        )

        return expected_account(question, facts_of(request.context))
    if found is None and _WHETHER.match(question.folded) is not None:
        from function.reflection.checks.facts.texts.statements import (
            expected_report,  # here: as the form
        )

        found = expected_report(question, facts_of(request.context), system)
    if found is None and system and not request.context and _ASKS_STATE.search(question.folded):
        from function.reflection.checks.facts.texts.services import unseen  # here: as the form

        found = unseen(question, system, [turn.content for turn in request.history])
    return found


def _how_to(asked: str, request: InferenceRequest) -> Expected | None:
    """Return the demand for the instructions that a question asks for."""
    if _HOW_TO.search(asked) is None:
        return None
    from function.reflection.checks.facts.texts.how_to import (
        expected_how_to,  # here: as the form
    )

    return expected_how_to(asked, facts_of(request.context), request.system or "")


def _in_form(form: Form, asked: str, request: InferenceRequest) -> Expected | None:
    """Return the demand on what is asked for, with what is stated in a form."""
    found = None
    if (form.is_list or form.bare) and request.context:
        from function.reflection.checks.facts.forms.listing import expected_list

        found = expected_list(Question(asked), request.context, is_sorted=form.is_sorted)
    found = found or expected_of(request, asked)
    if found is None and not form.is_list and (thing := _THING.fullmatch(asked)) is not None:
        what = "qual é" if Question(asked).is_portuguese else "what is"
        found = expected_of(request, f"{what} {thing[1]}?")
        form = form._replace(bare=form.bare or bool(form.case))
    if found is None or found.check == "untold":
        return found
    is_told, values = found.is_met, found.values
    return found._replace(
        reason=f"{found.reason}, and nothing else" if form.bare and values else found.reason,
        is_met=lambda text: is_told(text) and form.has_only(values, text),
        stated=form.written(values, found.stated),
    )


def _by_facts(question: Question, request: InferenceRequest, bound: bool) -> Expected | None:
    """Return the demand of the context.

    :param bound: whether the instructions allow nothing but the records.
    """
    facts = facts_of(request.context)
    if len(facts) > MOST_FACTS:
        return None
    system = request.system or ""
    if bound:
        shown = expected_kind(question, request.context)
        shown = shown or expected_field(question, request.context)
        if (found := shown or unstated(question, facts, system, request.history)) is not None:
            return found
    if question.is_open:
        return None
    if (changed := expected_change(question, facts)) is not None:
        return changed
    if _DIFFERS.search(question.folded):
        from function.reflection.checks.facts.differences import (
            expected_difference,  # here: as the form
        )

        if (difference := expected_difference(question, request.context)) is not None:
            return difference
    elsewhere = [system, *(message.content for message in request.history)]
    if (lacking := absent(question, facts, elsewhere)) is not None:
        return lacking
    if len(question.sentences) > 1 or system:
        from function.reflection.checks.facts.rules.compliance import (
            expected_ruling,  # few state a rule
        )

        if (ruled := expected_ruling(question, system, facts, request.context)) is not None:
            return ruled
    if not question.wants_value:
        return (
            expected_verdict(question, facts)
            or expected_verdict_of_records(question, record_tables_of(request.context))
            or expected_of_records(question, record_tables_of(request.context))
            or missing_cell(question, request.context)
        )
    return (
        expected_of_records(question, record_tables_of(request.context), elsewhere[1:])
        or missing_particular(question, facts, elsewhere)
        or expected_measure(question, request.context)
        or expected_cell(question, request.context)
        or expected_value(question, facts)
        or expected_of_named(question, request.context)
        or missing_record(question, facts, request)
        or (None if request.history else missing_field(question, facts))
    )


def _by_one_step(question: Question, request: InferenceRequest) -> Expected | None:
    found = expected_day(question) or expected_count(question, request.history)
    if found is not None or not request.context:
        return found
    facts = facts_of(request.context)
    if len(facts) > MOST_FACTS:
        return None
    return (
        expected_state(question, facts)
        or reason_not_given(question, facts)
        or expected_reason(question, facts)
        or expected_order(question, facts)
        or expected_fit(question, request.context)
    )
