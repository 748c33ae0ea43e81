"""Rules that a request states, and whether its facts meet them.

*It must stay between 0 and 5 degrees*, *no meal may cost more than 40 EUR*, *every task has an
owner*, *telnet must be disabled*: one fact that breaks a part of a rule decides against it, and
only facts that meet each part of it decide for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from function.reflection.checks.facts.comparisons import (
    RANGE,
    REFUSAL,
    bound_in,
    limits_in,
)
from function.reflection.checks.facts.expected import written
from function.reflection.checks.facts.question import FUNCTION_WORDS, Question, telling
from function.reflection.checks.facts.rules.measured import (
    Measured,
    measured_in,
    measured_in_text,
    only_of,
)
from function.reflection.checks.facts.states import (
    agrees,
    is_state,
    is_state_field,
    is_there,
    opposites,
)
from function.reflection.checks.facts.tables import named_records_of
from function.reflection.checks.facts.vocabulary import (
    UNITS,
    WORD,
    Said,
    telling_words,
    word_set,
    words_of_name,
)
from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold

_DUTY = (
    r"must|ha(?:s|ve) to|needs? to|shall|should|may|can|cannot|mustn.t|allowed|required|"
    r"devem?|tem que|tem de|precisam?|podem?|permitid[oa]s?|obrigatori[oa]s?"
)
_GRANT = r"approve|accept|allow|aprove|aprovar|aceite|aceitar|autorize|autorizar"
_STATED = re.compile(
    rf"\b(?:{_DUTY}|{_GRANT}|{REFUSAL}|rules?|policy|norm|standard|limit|maximum|minimum|"
    r"requirement|regras?|norma|politica|exigencia|requisito|limite|maxim[oa]|minim[oa])\b"
)
"""Words by which a sentence states a rule."""
_CONDITIONAL = re.compile(
    r"\b(?:if|unless|except|otherwise|when|while|se|exceto|salvo|senao|quando|enquanto|a menos|"
    r"or|ou)\b"
)
_HYPOTHETICAL = re.compile(
    r"\b(?:if|unless|except|suppos\w+|assum\w+|would|se|exceto|salvo|caso|suponha|seria)\b"
)
"""Words of a question that may be about other facts than those that it brings."""
_ONLY_IF = re.compile(r"\b(?:only if|only when|somente se|so se|apenas se)\b")
_WHETHER = re.compile(
    r"\b(?:check|verify|tell|say|see|know|decide|assess|judge|confirm|verifi\w+|confir\w+|diga|dizer|"
    r"avali\w+|veja|saber|decida|inform\w+)(?: me| us| nos)? (?:if|se)\b"
)
_OPENING = re.compile(
    r"^.*?(?:\b(?:rules?|policy|norm|standard|requirement|"
    r"regra|norma|politica|exigencia|requisito) (?:says |is |diz |e )?(?:that|de que|que)\b|:(?= ))"
)
"""What stands in a sentence before the rule that it states."""
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_PARTS = re.compile(
    rf"(?:,|;)?\s(?:and|e)\s(?=[^,;]*?\b(?:{_DUTY})\b)|"
    rf"(?:,|;)?\s(?:and |e |but |mas )?(?=(?:{_GRANT}|{REFUSAL})\b)|"
    rf"[,;]\s(?=[^,;]*\b(?:{_DUTY})\b)"
)
_EMPTY_DUTY = re.compile(
    r"^(?:it|this|that|isso|ele|ela)? ?\b(?:must|may|nao|can)\b[^\d]*\w*(?:exceed|ultrapass)\w*\W*$"
)
"""A sentence that only says that the limit of another one holds."""
_STATE = re.compile(
    r"^(?P<subject>.+?)\b(?:must|ha(?:s|ve) to|needs? to|shall|should|may|can|cannot|mustn.t|"
    r"devem?|tem que|tem de|precisam?|podem?)\s"
    r"(?P<no>(?:not|never|nao)\s)?(?:always |sempre )?(?:be|stay|remain|keep|ser|estar|ficar)\s"
    r"(?P<no_too>not )?(?P<state>[^\W\d_]+)\W*$"
)
_EVERY = re.compile(
    r"\b(?P<none>no|nenhum|nenhuma)?(?P<every>every|each|all|todos os|todas as|todo|toda|cada)?\s"
    r"(?P<noun>[^\W\d_]+(?: [^\W\d_]+)?)\s"
    r"(?:(?:must|shall|should|has to|have to|needs? to|may|can|deve|devem|pode|podem|tem que|"
    r"tem de|precisa|precisam)\s)?"
    r"(?P<verb>have|has|sets?|defines?|carr(?:y|ies)|names?|states?|needs?|requires?|run without|"
    r"be without|tem|ter|tenha|possui|possuir|define|definir|precisam? de|ficar sem|estar sem)\s"
    r"(?:an? |the |um |uma |o |a |seu |sua |its )?(?P<field>[^\W\d_]+(?:[ _-][^\W\d_]+){0,2})\W*$"
)
_SWITCHED = (("on", "enabled", "active"), ("off", "disabled", "inactive"))
_IS_TRUE = ("on", "enabled", "active", "open", "valid")


_MODAL = re.compile(
    r"\b(?:must|ha(?:s|ve) to|needs? to|shall|should|may|can|cannot|devem?|podem?|tem que|tem de)\b"
    r"(?: (?:not|never|always|nao|sempre))?(?: [^\W\d_]+)?"
)
"""A modal verb with the verb behind it."""
_PLAIN = word_set(
    "every each all per not never always more less than between stay stays remain keep kept cost "
    "costs weigh weighs exceed exceeded carry carries hold holds set sets define defines run "
    "without everything anything above below over under rule value reading measured degrees "
    "nothing todo toda todos todas cada nenhum nenhuma nao nunca sempre ficar ficam fica custar "
    "custa pesar pesa tudo nada regra valor entre graus mais menos passar define possui ter "
    "ultrapassar exceder sem carregar estar"
)
"""Words of a rule that name nothing that it would be about."""


class Ruling(NamedTuple):
    """Whether the facts meet the rule of a request, and the fact that decides.

    ``field`` is the name of what breaks it; empty where that may be several.
    """

    is_met: bool
    told: str
    field: str = ""


def ruling(
    question: Question, system: str, facts: Sequence[Fact], context: Mapping[str, Any]
) -> Ruling | None:
    """Return whether the facts meet the rule that a question, or else its system text, states."""
    if _HYPOTHETICAL.search(_WHETHER.sub(" ", _ONLY_IF.sub(" ", question.folded))):
        return None
    sentences = [part for part in _SENTENCE.split(question.folded) if part.strip()]
    stating = [part for part in sentences if _states_rule(part)]
    given = [part for part in sentences if part not in stating]
    if not stating:
        stating = [part for part in _SENTENCE.split(fold(system)) if _states_rule(part)]
    found: list[Ruling | None] = []
    for part in stating:
        rule = _OPENING.sub("", _WHETHER.sub(" ", _ONLY_IF.sub(" ", part))).strip(" .!?;")
        if _CONDITIONAL.search(rule):
            return None
        rule = RANGE.sub(_joined, rule)
        clauses = [clause for clause in map(str.strip, _PARTS.split(rule)) if clause]
        found += [
            _clause(clause, question, facts, context, given)
            for clause in clauses
            if not _EMPTY_DUTY.match(clause)
        ]
    broken = [one for one in found if one is not None and not one.is_met]
    if broken:
        is_alone = len(broken) == 1 and None not in found
        return broken[0] if is_alone else broken[0]._replace(field="")
    met = [one for one in found if one is not None]
    return met[0] if met and len(met) == len(found) else None


def _states_rule(sentence: str) -> bool:
    if not _STATED.search(sentence):
        return False
    asks = sentence.rstrip().endswith("?")
    if asks and not (_OPENING.search(sentence) or any(map(str.isdigit, sentence))):
        return False
    said = _OPENING.sub("", sentence)
    return (
        bool(any(map(str.isdigit, said)) or _STATE.match(said.strip(" .!?")) or _EVERY.search(said))
        or len(_PARTS.split(said)) > 1
    )


def _joined(match: re.Match[str]) -> str:
    """Return a range in one piece, so that its *and* parts no clauses."""
    return f"between {match['low']}..{match['high']} {match['unit'] or match['own'] or ''}"


def _clause(
    clause: str,
    question: Question,
    facts: Sequence[Fact],
    context: Mapping[str, Any],
    given: Sequence[str],
) -> Ruling | None:
    """Return the ruling on one part of a rule."""
    if _says_more(clause, facts, given):
        return None
    if any(map(str.isdigit, clause)):
        return _numeric(clause, question, facts, given)
    return _existence(clause, context) or _state(clause, question, facts, context)


def _says_more(clause: str, facts: Sequence[Fact], given: Sequence[str]) -> bool:
    """Return whether a clause is about something that the request does not bring: *for trucks*."""
    names = [word for fact in facts for word in words_of_name(fact.path)]
    values = [str(fact.value) for fact in facts]
    known = Said([*given, *names, *(name.removesuffix("es") for name in names), *values])
    said = _STATED.sub(" ", _MODAL.sub(" ", RANGE.sub(" ", clause)))
    limited = {word for limit in limits_in(clause) if limit for word in limit.words}
    match = _STATE.match(clause)
    limited.update([match["state"]] if match else [])
    return any(
        not known.has(word)
        for word in WORD.findall(said)
        if len(word) > 2
        and word.isalpha()
        and word not in FUNCTION_WORDS | _PLAIN | UNITS | limited
    )


def _numeric(
    clause: str, question: Question, facts: Sequence[Fact], given: Sequence[str]
) -> Ruling | None:
    bound = bound_in(clause)
    if bound is None:
        return None
    numbers = measured_in(facts) or [one for part in given for one in measured_in_text(part)]
    said = Said([clause])
    named = [one for one in numbers if one.path and said.has_all(telling_words(one.field))]
    if bound.unit:
        named = [one for one in named if not one.unit or one.is_of(bound.unit)]
    units = [bound.unit] if bound.unit else ["value"]
    fitting = named or only_of(numbers, units, Question(clause))
    if not fitting or len({one.field for one in fitting}) > 1:
        return None
    fitting = _asked_records(fitting, question) or fitting
    if len(fitting) > 1 and not all(one.path for one in fitting):
        return None
    wrong = [one for one in fitting if not bound.holds(one.number)]
    return Ruling(not wrong, (wrong or fitting)[0].text, fitting[0].field)


def _asked_records(fitting: Sequence[Measured], question: Question) -> list[Measured]:
    """Return the numbers of records that a question names."""
    return [
        one
        for one in fitting
        if (name := one.path.rpartition(".")[0].rpartition(".")[2])
        and not name.isdecimal()
        and question.said.has_all(telling_words(name))
    ]


def _existence(clause: str, context: Mapping[str, Any]) -> Ruling | None:
    """Return the ruling on *every container sets a memory limit*."""
    match = _EVERY.search(f" {clause}")
    if match is None or not (match["none"] or match["every"]):
        return None
    lacks = not {"without", "sem"}.isdisjoint(match["verb"].split())
    if lacks and match["every"]:
        return None
    wanted = bool(match["every"]) or lacks
    noun, field = Said([match["noun"]]), match["field"]
    tables = [named for named in named_records_of(context) if _names(noun, named[0])]
    if len(tables) != 1:
        return None
    ((table, rows),) = tables
    keys = {key for row in rows.values() for key in row if _is_field(key, field)}
    if len(keys) != 1:
        return None
    (key,) = keys
    having = {name: is_there(row.get(key)) for name, row in rows.items()}
    wrong = [name for name, has in having.items() if has is not wanted]
    if not wrong:
        return Ruling(True, f"each of {table} has {key}" if wanted else "", key)
    value = rows[wrong[0]].get(key)
    return Ruling(
        False, f"{wrong[0]}: {key} is {'missing' if value is None else written(value)}", key
    )


def _names(noun: Said, table: str) -> bool:
    words = words_of_name(table)
    return bool(words) and (noun.has(words[-1]) or noun.has(words[-1].removesuffix("es")))


def _is_field(key: str, wanted: str) -> bool:
    """Return whether the name of a field says the same as some words."""
    is_said = Said([wanted]).has_all(telling_words(key))
    return is_said and Said.named(key).has_all(telling(wanted))


def _state(
    clause: str, question: Question, facts: Sequence[Fact], context: Mapping[str, Any]
) -> Ruling | None:
    """Return the ruling on *telnet must be disabled*, *no lamp may be broken*."""
    match = _STATE.match(clause)
    if match is None:
        return None
    subject, state = match["subject"], match["state"]
    head = WORD.findall(subject)[:1]
    none = head in (["no"], ["nenhum"], ["nenhuma"])
    denied = bool(match["no"] or match["no_too"] or re.search(r"\b(?:nao|cannot|mustn)\b", clause))
    wanted = not (none or denied)
    said = Said([subject])
    found = [
        (fact, verdict)
        for fact in facts
        if _is_subject(said, fact, context) and (verdict := _is_in_state(state, fact)) is not None
    ]
    known = {fact.path for fact, _ in found}
    wrong = [fact for fact, verdict in found if verdict is not wanted]
    if wrong:
        fact = f"{wrong[0].path}: {written(wrong[0].value)}"
        return Ruling(False, fact, wrong[0].field)
    fields = {fact.field for fact, _ in found}
    others = [fact for fact in facts if fact.field in fields and fact.path not in known]
    if not found or others or len(fields) > 1:
        return None
    return Ruling(True, f"{found[0][0].path}: {written(found[0][0].value)}")


def _is_subject(said: Said, fact: Fact, context: Mapping[str, Any]) -> bool:
    """Return whether a clause is about a field, or about the record whose state it is."""
    if said.has_all(telling_words(fact.field)):
        return True
    if not is_state_field(fact.field):
        return False
    above = [name for name in fact.record.split(".") if name and not name.isdecimal()]
    return bool(above) and said.has(words_of_name(above[-1])[-1])


def _is_in_state(state: str, fact: Fact) -> bool | None:
    value = fact.value
    if isinstance(value, bool):
        own = words_of_name(fact.field)
        if state in own or not set(own).isdisjoint(_same(state)):
            return value
        if not opposites(state).isdisjoint(own):
            return not value
        verdicts = {agrees(state, word) for word in _IS_TRUE} - {None}
        return (verdicts.pop() is True) is value if len(verdicts) == 1 else None
    if not isinstance(value, str):
        return None
    verdict = next(
        (said for one in _alike(state) if (said := agrees(one, value)) is not None), None
    )
    if verdict is None and not is_state(state) and WORD.findall(fold(value)) == [state]:
        return True
    return verdict


def _alike(state: str) -> tuple[str, ...]:
    """Return a state with those that say the same of a setting."""
    return next((words for words in _SWITCHED if state in words), (state,))


def _same(state: str) -> frozenset[str]:
    """Return the words for a state itself."""
    other = opposites(state)
    return opposites(min(other)) if other else frozenset((state,))
