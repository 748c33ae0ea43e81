"""Questions of how one's own things are, asked without any facts: an answer cannot see that.

*Is the front door locked?* and *Which pods are failing?* have an answer that only facts can give,
whereas *Is a tomato a fruit?* and *How do I see which pods are failing?* may be answered without.
"""

from __future__ import annotations

import re

from function.reflection.checks.facts.absence.untold import says_not_known
from function.reflection.checks.facts.expected import Expected, says_no
from function.reflection.checks.facts.question import Question
from function.reflection.checks.facts.states import is_state
from function.reflection.checks.facts.triggers import MONITORED, NOW, READING
from function.reflection.text.words import fold

UNSEEN = (
    "I cannot see that: no facts came with the question.",
    "Não consigo ver isso: nenhum fato veio com a pergunta.",
)
"""The answer, in English and Portuguese."""

_GENERAL = re.compile(
    r"[:;`]|\b(?:if|should|shall|would|could|may|might|can|possible|safe|means?|meaning|best|"
    r"better|worth|difference|example|examples|purpose|open source|called|named|command|flag|"
    r"usually|generally|normally|happens|se|devo|deveria|posso|pode|podem|significa\w*|"
    r"possivel|melhor|diferenca|exemplos?|comando|geralmente|normalmente|uma)\b|"
    r"\btell me (?:how|why|about)\b|\b(?:are|did|can|will|were) you\b|\bvoce (?:esta|vai|fez)\b|"
    r"\bhow (?:do|does|can|to|is (?:\S+ ){1,3}different)\b|\bcomo (?:faco|se|funciona|posso)\b|"
    r"\b(?:why|por ?que) (?:do|does)\b|\b(?:what|o que) (?:is|are|e|sao) (?:a |um )?[\w-]+\W*$|"
    r"\b(?:i|we) (?:do|use|need|want)\b|\b(?:is|are|does|do|has|of|in|on|for|with|than|use) an?\b"
)
"""Words of questions of how things are in general, in folded words."""
_CLOCK = (
    r"(?:what (?:time|day|date) is it|what(?:'s| is) the (?:time|date|weather)|"
    r"is it (?:raining|snowing|sunny|windy|cold|hot|dark|late)|will it (?:rain|snow)|"
    r"que horas sao|que dia e|(?:esta|vai) (?:chover|chovendo|nevando)|que temperatura faz)"
)
_OWN = r"(?:my|our|meus?|minhas?|nossos?|nossas?)"
_OF_ONE = rf"(?:the|{_OWN}|all|any|every|some|enough|o|a|os|as|no|na|algum\w*|todos?|todas?)"
_THING = (
    rf"(?:{MONITORED}|nodes?|servers?|servidor\w*|services?|servicos?|containers?|hosts?|machines?|"
    r"clusters?|deploy(?:ment)?s?|releases?|builds?|tests?|jobs?|tasks?|backups?|replicas?|queues?|"
    r"filas?|certificates?|certificad\w+|databases?|volumes?|incidents?|incidentes?|outages?|"
    r"errors?|erros?|tickets?|chamados?|issues?|branch(?:es)?|orders?|pedidos?|parcels?|packages?|"
    r"invoices?|faturas?|customers?|clientes?|users?|usuari\w+|guests?|visitors?|people|pessoas|"
    r"tables?|mesas?|rooms?|quartos?|salas?|seats?|lugares|doors?|portas?|windows?|janelas?|"
    r"bus|onibus|lights?|luz(?:es)?|lamps?|sensors?|sensor(?:es)?|devices?|dispositivos?|meters?|"
    r"appointments?|consultas?|meetings?|flights?|trains?|items?|itens|nas|vpn|nos?)"
)
"""Nouns of things that somebody runs, keeps or waits for."""
_LIVE = r"(?:status|load|usage|balance|uptime|latency|humidity|error rate|saldo|umidade|carga)"
"""Readings that are of no other things."""
_HAPPENED = (
    r"(?:finish\w*|succeed\w*|fail\w*|arriv\w+|complet\w+|start\w*|stopp?\w*|crash\w*|restart\w*|"
    r"expir\w+|paid|pay\w*|shipp?\w*|deliver\w*|log(?:ged)? in|deploy\w*|open\w*|clos\w+|chang\w+|"
    r"run\w*|firing|work\w*|respond\w*|go(?:ne|es)? out|came in|come|coming|on call|de plantao|"
    r"terminou|termin\w+|acab\w+|cheg\w+|saiu|falh\w+|reinici\w+|rod\w+|caiu|abriu|fech\w+|pag\w+|"
    r"mud\w+|venc\w+|entr\w+)"
)
"""What may have happened to such a thing."""
_DONE = (
    r"(?:finished|succeeded|failed|failing|arrived|arriving|completed|started|stopped|crashed|"
    r"crashing|restart(?:s|ed|ing)|expir(?:es?|ed|ing)|paid|shipped|delivered|logged in|deployed|"
    r"opened|closed|changed|running|firing|responding|came in|coming|terminou|terminaram|acabou|"
    r"acabaram|chegou|chegaram|saiu|sairam|falhou|falharam|falhando|reiniciou|rodando|caiu|cairam|"
    r"abriu|fechou|pagou|pagaram|mudou|vence\w*|entrou|entraram)"
)
"""The same, of what has happened or is under way."""
_STATE = (
    r"(?:slow|late|green|red|unread|pending|heated|stuck|broken|reachable|responding|busy|home|"
    r"in sync|on time|due|lento|lenta|"
    r"atrasad[oa]|em casa|no ar|fora do ar)"
)
_WH = r"(?:which|what(?:'s|'re)?|who(?:'s)?|where|when|why|how|qual|quais|quem|onde|quando|por que)"
_IS = r"(?:is|are|was|were|did|has|have|do|does|will|esta|estao|foi|foram)"
_OF = r"(?:of|in|on|at|for|d[oae]s?|em|n[oa]s?)"
_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_CLOCK}\b",  # What time is it?
        rf"^(?=.*\b{NOW}\b)(?:{_WH}|{_IS}|any|quant\w+)\b",  # Any visitors today?
        rf"^(?:{_WH}|{_IS})\b.*\b{_OWN} (?!opinion|question)",  # Where are my keys?
        rf"^(?:{_OWN}|[oa]s?) {_THING}\b.*\b(?:{_HAPPENED}|{_STATE})\b",  # Meu pedido já saiu?
        # What is the load of node-b?
        rf"^(?:{_WH}|quanto)\b.*\b{READING} {_OF} (?:(?:the|o|a) )?(?:[\w-]+ )?"
        rf"(?:{_THING}|\w*\d[\w-]*)\b",
        rf"^(?:{_WH}|quanto)\b.*\b{_LIVE} {_OF} (?:the|o|a)\b",  # ... of the cellar?
        # What is the latest reading?
        rf"^(?:what(?:'s)?|qual)\b.*\b(?:current|latest|last|atual|ultim[oa])\b.*\b{READING}\b",
        # Which of the nodes has the highest load?
        rf"^(?:which|what|quais|qual|quant[oa]s|how many) (?:of the )?(?:\w+ )?{_THING}\b"
        rf"(?! is an?\b).*\b(?:{_DONE}|{_STATE}|{MONITORED}|there|left|do we have|temos|estao|"
        rf"(?:most|least|high\w*|low\w*|mais|menos|maior|menor) (?:\w+ )?(?:{READING}|{MONITORED}|"
        r"often|errors|erros))\b",
        rf"^(?:has|have|did) (?:{_OF_ONE} )?[\w -]*\b{_HAPPENED}\b",  # Did the job finish?
        # Who deployed the last release? What changed in it?
        rf"^(?:who|quem|what|o que)\b.*\b{_HAPPENED}\b.*\b(?:last|latest|current|ultim[oa])\b",
        rf"^(?:did|has|have)\b.*\b(?:me|us)\W*$|^how (?:is|are) {_OF_ONE} .*\bdoing\W*$",
        # Which version are we running?
        rf"^(?:{_WH}|{_IS})\b.*\b(?:(?:do|did|are|were|have) we(?! (?:do|use|need|want))|temos)\b",
        rf"^{_IS} {_OF_ONE} .*\b(?:still|ainda)\b|^is there .*\bleft\W*$",
        rf"^when will {_OF_ONE}\b",  # When will the maintenance be over?
        r"^(?:who|quem)(?:'s| is| e| esta)? (?:on call|logged in|online|at home|"
        r"de plantao|em casa)",
        # What's the latest commit?
        rf"^{_WH}\b.*\b(?:latest|next|proxim[oa]|ultim[oa]) (?:\w+ )?"
        rf"(?:{_THING}|commit|e-?mail)\b",
        # When is the next backup?
        rf"^(?:when|quando)\b.*\b(?:last|latest|next|ultim[oa]|proxim[oa])\b.*\b{_THING}\b",
        # Do we have any failing pods? Is anybody home?
        rf"^(?:is|are|do (?:we|you)) (?:have )?(?:there )?(?:any|enough|still) (?:\w+ ){{0,2}}"
        rf"{_THING}\b",
        r"^(?:is|are) there (?:any ?(?:body|one)|free|open)\b|^is any ?(?:body|one)\b",
        # How full is the disk?
        rf"^how (?:full|busy|hot|warm|cold|high|loaded|much|many)\b.*\b(?:the|o|a) "
        rf"(?:[\w-]+ ){{0,2}}{_THING}\b",
        rf"^how much (?:\w+ )?is left\b|^how many {_THING}\b.*\b(?:are|were|do we)\b",
        # Why is the checkout slow?
        rf"^(?:why|por que) (?:is|are|was|were|did|o|a|esta) (?:{_OF_ONE} )?[\w -]*"
        rf"\b(?:{_STATE}|{_HAPPENED}|down|full|offline|pending)\W*$",
        # List the open incidents.
        rf"^(?:please )?(?:show|list|give|tell|check|liste|mostre|verifique|veja)\b"
        rf"(?=.*\b{_THING}\b).*\b(?:status|open|abert\w+|down|up|{_DONE}|{_STATE})\b",
    )
)
"""Questions, folded, of things of which there are many, as they are at one place and time."""
_KNOWN = (
    r"(?:sun|moon|sky|earth|world|universe|internet|web|seas?|oceans?|equator|planets?|"
    r"solar system|galaxy|human body|body|brain|heart|liver|blood|alphabet|bible|war|past|"
    r"future|chicken|road|"
    r"sol|lua|ceu|terra|mundo|universo|mar|oceano|corpo|coracao|internet|guerra|passado|futuro)"
)
"""What everybody means by *the*."""
_MADE = re.compile(
    r"\b(?:invent|discover|wrote|written|paint|compos|found(?:ed|er)|built|inspir|named|most|least|"
    r"\w{3,}est|default|average|typical|usual|difference|does|escreveu|pintou|descob|mais|menos|"
    r"maior|menor|media)"
)
"""Words of questions of general knowledge about *the* telephone or *the* deepest lake."""
_IN_PLACE = re.compile(
    rf"^(?!what(?:'s| is| are) the\b)(?:{_WH}|{_IS}|quant[oa]s?|tem|ha)\b.*\b"
    rf"(?:(?:the|this|that|my|our) (?!{_KNOWN}\b)|n(?:o|a|os|as|este|esta) (?!{_KNOWN}\b))"
    r"[a-z][\w-]*(?: [a-z][\w-]*)?\W*$"
)
"""*What's in the fridge?*"""
_POLITE = re.compile(
    r"^(?:can|could|would) you (?:please )?(?:check|see|tell me|find out|look)(?: up)?"
    r"(?: (?:if|whether))? |^(?:pode|consegue) (?:ver|verificar|me dizer) (?:se )?"
)
_ASKS_STATE = re.compile(
    rf"^(?:{_IS} (?P<subject>[^?]*?)|(?P<first>[^?]*?) (?:{_IS}|been)) "
    r"(?P<state>(?:fora do |no )?[a-z]+)"
    r"(?: (?:yet|again|ja))?\W*$"
)
"""*Is the NAS up?*, *O banco está fora do ar?*"""
_OF_KINDS = ("dead", "alive", "active", "free", "clean", "valid", "ativo", "ativa", "livre")
"""States that something with a name may be in anywhere and always: *Is COBOL dead?*"""
_ENDS_IN_STATE = re.compile(rf"\b{_STATE}\W*$")
_DENIES_FIRST = re.compile(
    r"^\W*(?:\w+['’]?[^\w:]+){0,5}?(?:no|not|cannot|unable|nao|nenhum\w*|sem)\b|^[^.]{0,50}n['’]t\b"
)
"""Begins an answer that tells nothing of how things are."""
_ACCESS = re.compile(r"\b(?:access|live|real[- ]time|acess\w+|tempo real|ao vivo)\b")
_GOES_ON = re.compile(r"\b(?:but|so|mas|entao)\b|\d")
"""Words of an answer that tells something all the same."""


def unseen_state(question: Question) -> Expected | None:
    """Return the demand to say that nothing is known, where a question without any facts asks for
    how things are now or what has happened to them."""
    folded = _POLITE.sub("", question.folded.strip())
    if len(question.sentences) != 1 or _GENERAL.search(folded):
        return None
    is_one = any(form.search(folded) for form in _FORMS) or _is_in_place(question, folded)
    if not is_one and not _asks_state(question, folded):
        return None
    reason = "no facts came with the question; the answer must say that it cannot see that"
    return Expected("untold", reason, _says_unseen, UNSEEN[question.is_portuguese])


def _is_in_place(question: Question, folded: str) -> bool:
    """Return whether a question ends with a thing that only its sender can mean by *the*."""
    if not _IN_PLACE.search(folded) or _MADE.search(folded):
        return False
    last = question.text.rstrip(" ?.!").rsplit(" ", 1)[-1]
    return last.islower() or last.isupper()  # "the Netherlands" are known


def _asks_state(question: Question, folded: str) -> bool:
    """Return whether a question is whether one thing is in a state."""
    found = _ASKS_STATE.match(folded)
    if found is None or not (is_state(found["state"]) or _ENDS_IN_STATE.search(folded)):
        return False
    subject = found["subject"] or found["first"]
    if re.match(r"you\b|voce\b", subject):
        return False
    if re.match(rf"{_OF_ONE}\b|(?:which|what|how many|how long|quais|quantos|quantas)\b", subject):
        return True
    return bool(question.names) and found["state"] not in _OF_KINDS


def _says_unseen(text: str) -> bool:
    """Return whether an answer says nothing but that it cannot know what is asked."""
    folded = fold(text)
    if not _DENIES_FIRST.search(folded) or _GOES_ON.search(folded) or says_no(folded):
        return False
    return says_not_known(text) or _ACCESS.search(folded) is not None
