"""Questions about a service that the instructions list with what it is for: *MinIO (storage)*."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from function.reflection.checks.facts.absence.untold import says_not_known
from function.reflection.checks.facts.expected import (
    Expected,
    denies,
    listed,
    says_name,
    says_yes,
)
from function.reflection.checks.facts.question import FUNCTION_WORDS, Question
from function.reflection.checks.facts.vocabulary import WORD, Said
from function.reflection.text.sentences import sentences
from function.reflection.text.words import fold

LEAST_LISTED = 2
"""Entries that make a list."""
LEAST_WORDS = 8
"""Words of an answer that explains."""

_LIST = re.compile(
    r"^(?=[^\n]*(?:servi|\bruns?\b|\btools\b|\bapps\b|\bstack\b|\broda|ferramentas))"
    r"[^\n]{2,60}:[*\s]*\n(?P<entries>(?:[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+[^\n]+\n?)+)",
    re.M | re.I,
)
_ENTRY = re.compile(
    r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+(?P<names>[^\n():–]{2,60}?)\s*"
    r"(?:\((?P<aside>[^()\n]{3,80})\)|(?::| [–-]) (?P<note>[^\n]{3,80}))[.;]?$",
    re.M,
)
_JOINT = re.compile(r"\s(?:and|e|&)\s|\s?[/,]\s?")
_PROPER = re.compile(r"[^\W\d_a-z]|\w+[A-Z\d]")
_HOW = re.compile(
    r"\bhow (?:do|can|to|should|would|does)\b|\bexplain\b|"
    r"\bcomo (?:(?:eu|se|posso|faco(?: para)?) )?\w+|\bexpli(?:que|ca)\b"
)
_WHAT = re.compile(
    r"\bwhat(?:'s| is| are| does| do you use)\b|\btell me (?:more )?about\b|"
    r"\bo que (?:e|sao|faz)\b|\b(?:para|pra) (?:que|o que) (?:serve|e)\b|"
    r"\bfal[ae] (?:mais )?(?:sobre|d[eoa])\b"
)
_WHETHER = re.compile(
    r"^\W*(?:do|does|is|are|can)\b.*\b(?:host|have|run|offer|provide|use|there|available)\b|"
    r"\b(?:voces? |vc )?(?:tem|ha|existe|hospeda\w*|oferece\w*|usa\w*|roda\w*)\b"
)
_WHICH = re.compile(
    r"\b(?:which|what|where)\b.*\b(?:services?|tools?|apps?|one|use|find|go|store|stored|put)\b|"
    r"\b(?:qual|que|onde|em que)\b.*\b(?:servicos?|ferramentas?|apps?|"
    r"uso|acho|encontro|guard\w+|fica\w*)\b"
)
_STATE = re.compile(
    r"\b(?:now|currently|moment|down|up|healthy|slow|full|failing|agora|momento|fora do ar|lento)\b"
)
"""Words of questions of how a service is doing, which no list tells."""
_GENERIC = frozenset(
    WORD.findall(
        "service services server servers servico servicos servidor host hosting hospeda run runs "
        "running here aqui homelab lab use uses usa offer find available tool tools app apps store "
        "place one this that some any something used purpose mean means all keep keeps guarda serve"
    )
)


_MOMENT = re.compile(r"\b(?:now|moment|present|currently|agora|momento|atualmente)\b")
_MONITORS = re.compile(r"monitor|metric|dashboard|painel|paineis|status")
_POINTS = re.compile(
    r"\b(?:check|see|look|open|show\w*|find|ve(?:r|ja)|abr\w+|mostra\w*|consult\w+)\b"
)
_OPINION = re.compile(
    r"\b(?:good|best|better|worth|popular|recommended|latest|used for|bo[am]|melhor)\b|"
    r"^\W*(?:what|o que) (?:is|are|e|sao) (?:an? |uma? )?[\w-]+\W*$"
)
_NOT_SEEN = {
    False: "I cannot see that from here: I have no live data.",
    True: "Não consigo ver isso daqui: não tenho dados ao vivo.",
}


class Service(NamedTuple):
    """One of the listed services."""

    name: str
    note: str


def services_in(system: str) -> list[Service]:
    """Return the services that instructions list, each with its note."""
    found = list(_services(system))
    return found if len(found) >= LEAST_LISTED else []


def _services(system: str) -> Iterator[Service]:
    lists = "\n".join(found["entries"] for found in _LIST.finditer(system))
    for entry in _ENTRY.finditer(lists):
        names = [name.strip(" *`") for name in _JOINT.split(entry["names"])]
        if all(map(_PROPER.match, names)):
            note = (entry["aside"] or entry["note"]).strip(" .;*")
            yield from (Service(name, note) for name in names)


def expected_of_services(question: Question, system: str) -> Expected | None:
    """Return the demand to answer by the one service that a question names or describes."""
    folded = question.folded
    is_whether = _WHETHER.search(folded) is not None
    how = _HOW.search(folded) is not None
    what = not is_whether and not how and _WHAT.search(folded) is not None
    which = _WHICH.search(folded) is not None
    if not (is_whether or how or what or which) or _STATE.search(folded):
        return None
    services = services_in(system)
    named = [one for one in services if says_name(folded, one.name)]
    if len(named) > 1 or not services:
        return None
    if how and named and fold(system).count(fold(named[0].name)) > 1:
        return None  # the instructions may tell more of it
    words = [word for word in question.content_words() if word not in _GENERIC]
    beside = [word for word in words if not named or word not in WORD.findall(fold(named[0].name))]
    if named and (how or (not beside and (what or is_whether))):
        return _demand(question, named[0], services, how=how, yes=is_whether and not how)
    if how or named:
        return None
    described = _described(words, services)
    if described is None or not (is_whether or which):
        return None
    return _demand(question, described, services, how=False, yes=is_whether)


def unseen(question: Question, system: str, past: Sequence[str]) -> Expected | None:
    """Return the demand to say that nobody without facts sees how things are now, and where the
    sender does, if the instructions list a service that shows it."""
    if question.is_open or _OPINION.search(question.folded) or len(question.sentences) != 1:
        return None
    words = question.content_words()
    told = [part for text in (_ENTRY.sub("", system), *past) for part in sentences(text)]
    if not words or any(sum(map(Said([part]).has_form, words)) > 1 for part in told):
        return None
    monitors = [one.name for one in services_in(system) if _MONITORS.search(fold(one.note))]
    stated = _NOT_SEEN[question.is_portuguese]
    if monitors:
        named = listed(monitors[-2:], is_portuguese=question.is_portuguese)
        stated += f" Veja em {named}." if question.is_portuguese else f" Look at {named}."
    elif _MOMENT.search(question.folded) is None:
        return None

    def is_met(text: str) -> bool:
        folded = fold(text)
        if any(map(str.isdigit, text)):
            return False
        points = _POINTS.search(folded) is not None or says_not_known(text)
        names = any(says_name(folded, monitor) for monitor in monitors)
        return points and names if monitors else says_not_known(text)

    reason = "there are no facts on how things are now; the answer must say so"
    return Expected("untold", reason, is_met, stated)


def _described(words: Sequence[str], services: Sequence[Service]) -> Service | None:
    """Return the service whose note alone has at least half of the words of a question."""
    shared = [sum(map(Said([one.note]).has_form, words)) for one in services]
    most = max(shared, default=0)
    best = [one for one, count in zip(services, shared, strict=True) if count == most]
    return best[0] if most and 2 * most >= len(words) and len(best) == 1 else None


def _demand(
    question: Question, service: Service, services: Sequence[Service], *, how: bool, yes: bool
) -> Expected:
    name, note = service
    is_portuguese = question.is_portuguese
    one = f"{name} ({note})"
    if yes:
        stated = f"Sim: {one}." if is_portuguese else f"Yes: {one}."
    elif is_portuguese:
        stated = f"{one} está entre os serviços daqui."
    else:
        stated = f"{one} is among the services here."
    if how:
        stated += (
            " Não tenho um guia aqui; a documentação mostra como usar."
            if is_portuguese
            else " I have no guide to it here; its documentation shows how it is used."
        )
    others = [one.name for one in services if one.note != note]
    telling = [word for word in WORD.findall(fold(note)) if word not in FUNCTION_WORDS]

    def is_met(text: str) -> bool:
        folded = fold(text)
        if not says_name(folded, name) or any(says_name(folded, other) for other in others):
            return False
        if how:
            return len(text.split()) >= LEAST_WORDS
        if yes:
            return says_yes(folded) or not denies(text)
        return not denies(text) and (
            len(text.split()) >= LEAST_WORDS or any(map(Said([text]).has_form, telling))
        )

    reason = f"the instructions list {name}: {note}; the answer must be about it"
    return Expected("asked_service", reason, is_met, stated)
