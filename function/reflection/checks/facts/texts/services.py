"""Questions about a service that the instructions list with what it is for: *MinIO (storage)*."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from function.reflection.checks.facts.absence.untold import says_not_known
from function.reflection.checks.facts.expected import Expected, denies, listed, says_name
from function.reflection.checks.facts.question import Question
from function.reflection.checks.facts.triggers import MONITORED
from function.reflection.checks.facts.vocabulary import WORD, Said, word_set
from function.reflection.text.sentences import sentences
from function.reflection.text.words import fold

LEAST_WORDS = 8
"""Words of an answer that explains."""

_LIST = re.compile(
    r"^[^\n]{0,60}(?:servi|\bruns?\b|\btools\b|\bapps\b|\bstack\b|\broda|ferramentas)[^\n]{0,40}:"
    r"[*\s]*\n(?P<entries>(?:[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+[^\n]+\n?)+)",
    re.M | re.I,
)
_ENTRY = re.compile(
    r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+(?P<names>[A-Z][^\n():–]{1,60}?)\s*"
    r"(?:\((?P<aside>[^()\n]{3,80})\)|(?::| [–-]) (?P<note>[^\n]{3,80}))[.;]?$",
    re.M,
)
_HOW = re.compile(
    r"\b(?:how (?:do|can|to|should|would|does)|explain|como (?!vai|esta)\w+|expli(?:que|ca))\b"
)
_WHETHER = re.compile(
    r"^\W*(?:(?:do|does|is|are|can)\b.*\b(?:host|have|run|offer|provide|use|there|available)\b|"
    r"(?:voces? |vc )?(?:tem|ha|existe|hospeda\w*|oferece\w*|usa\w*|roda\w*)\b)"
)
_WHAT = re.compile(r"\b(?:what|which|where|tell me|qual|o? que|onde|fal[ae])\b")
_NOW = (
    r"last night|yesterday|today|ontem|hoje|now|currently|moment|present|agora|momento|atualmente"
)
_STATE = re.compile(rf"\b(?:{_NOW}|down|up|healthy|slow|full|failing|fora do ar|lento)\b")
"""Words of questions of how a service is doing, which no list tells."""
_GENERIC = word_set(
    "service services server servers servico servicos servidor host hosting hospeda run runs "
    "running here aqui homelab lab use uses usa offer find available tool tools app apps store "
    "place one this that some any something used purpose mean means all keep keeps guarda serve"
)
_MONITORS = re.compile(r"monitor|metric|dashboard|painel|paineis|status")
_MONITORED = re.compile(
    rf"\b(?:{MONITORED}|metric\w*|dashboards?|pain(?:el|eis)|status|traffic|trafego|logs?|up)\b"
)
"""Words of what a service of monitoring shows."""
_POINTS = re.compile(
    r"\b(?:check|see|look|open|view|show\w*|find|ve(?:ja|jo|r)|abr\w+|mostra\w*)\b"
)
_OPINION = re.compile(
    r"\b(?:good|best|better|worth|popular|recommended|latest|used for|bo[am]|melhor|"
    r"should|(?:can|may|could) (?:i|we|you)|devo|posso)\b|"
    r"^\W*(?:what|o que) (?:is|are|e|sao) (?:an? |uma? )?[\w-]+\W*$"
)
_CANNOT_SEE = (
    "I cannot see that from here: I have no live data.",
    "Não consigo ver isso daqui: não tenho dados ao vivo.",
)


class Service(NamedTuple):
    """One of the listed services."""

    name: str
    note: str


def services_in(system: str) -> list[Service]:
    """Return the services that instructions list, each with its note."""
    lists = "\n".join(found["entries"] for found in _LIST.finditer(system))
    return [
        Service(name.strip(" *`"), (entry["aside"] or entry["note"]).strip(" .;*"))
        for entry in _ENTRY.finditer(lists)
        for name in re.split(r"\s(?:and|e|&)\s|\s?[/,]\s?", entry["names"])
    ]


def expected_of_services(question: Question, system: str) -> Expected | None:
    """Return the demand to answer by the one service that a question names or describes."""
    folded = question.folded
    how, yes = _HOW.search(folded) is not None, _WHETHER.search(folded) is not None
    if not (how or yes or _WHAT.search(folded)) or _STATE.search(folded):
        return None
    services = services_in(system)
    named = [one for one in services if says_name(folded, one.name)]
    if how and not named and _MONITORED.search(folded) and _POINTS.search(folded):
        monitors = _monitors(services)
        return _of_monitors(question, "", monitors) if monitors else None
    words = [word for word in question.content_words() if word not in _GENERIC]
    if not named and not how:  # by its note, which has at least half of the words of the question
        shared = [sum(map(Said([one.note]).has_form, words)) for one in services]
        most = max(shared, default=0)
        fitting = [one for one, count in zip(services, shared, strict=True) if count == most]
        named = fitting if most and 2 * most >= len(words) else []
    elif named and not how and not set(words).issubset(WORD.findall(fold(named[0].name))):
        return None
    if len(named) != 1 or (how and fold(system).count(fold(named[0].name)) > 1):
        return None  # the instructions may tell more of it
    return _demand(question, named[0], services, how=how, yes=yes and not how)


def _demand(
    question: Question, service: Service, services: Sequence[Service], *, how: bool, yes: bool
) -> Expected:
    one = f"{service.name} ({service.note})"
    if question.is_portuguese:
        stated = f"Sim: {one}." if yes else f"{one} está entre os serviços daqui."
        guide = " Não tenho um guia aqui; a documentação mostra como usar."
    else:
        stated = f"Yes: {one}." if yes else f"{one} is among the services here."
        guide = " I have no guide to it here; its documentation shows how it is used."
    others = [each.name for each in services if each.note != service.note]

    def is_met(text: str) -> bool:
        folded = fold(text)
        if not says_name(folded, service.name) or any(says_name(folded, each) for each in others):
            return False
        is_long = len(text.split()) >= LEAST_WORDS
        telling = [word for word in WORD.findall(fold(service.note)) if len(word) > 2]
        tells = is_long or yes or any(map(Said([text]).has_form, telling))
        return is_long if how else tells and not denies(text)

    reason = f"the instructions list {one}; the answer must be about it"
    return Expected("asked_service", reason, is_met, stated + guide * how)


def unseen(question: Question, system: str, before: Sequence[str]) -> Expected | None:
    """Return the demand to say that nobody without facts sees how things are now, and where the
    sender does, if the instructions list a service that shows it."""
    if question.is_open or _OPINION.search(question.folded) or len(question.sentences) != 1:
        return None
    words = question.content_words()
    told = [part for text in (_ENTRY.sub("", system), *before) for part in sentences(text)]
    if not words or any(sum(map(Said([part]).has_form, words)) > 1 for part in told):
        return None
    services = services_in(system)
    is_shown = any(says_name(question.folded, one.name) for one in services)
    is_shown = is_shown or _MONITORED.search(question.folded) is not None
    monitors = _monitors(services) if is_shown else []
    if not monitors and re.search(rf"\b(?:{_NOW})\b", question.folded) is None:
        return None
    return _of_monitors(question, _CANNOT_SEE[question.is_portuguese], monitors)


def _monitors(services: Sequence[Service]) -> list[str]:
    return [one.name for one in services if _MONITORS.search(fold(one.note))]


def _of_monitors(question: Question, stated: str, monitors: Sequence[str]) -> Expected:
    """Return the demand to say where how things are is shown, without a reading."""
    if monitors:
        named = listed(monitors[-2:], is_portuguese=question.is_portuguese)
        look = f"Veja em {named}." if question.is_portuguese else f"Look at {named}."
        stated = f"{stated} {look}".strip()

    def is_met(text: str) -> bool:
        folded = fold(text)
        if any(map(str.isdigit, text)) or not (says_not_known(text) or _POINTS.search(folded)):
            return False
        named = any(says_name(folded, each) for each in monitors)
        return named or (not monitors and says_not_known(text))

    reason = "there are no facts on how things are now; the answer must say so"
    return Expected("untold", reason, is_met, stated)
