"""Questions for a particular that cannot stand under just any name: a phone number, a role.

Of *what colour is the van?* the facts say nothing where no colour and no word for one stands in
them. Nor do they answer for one variant of a thing, such as its price for students, or for one
role, such as the surgeon, where all that they have is another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from function.reflection.checks.facts.absence.untold import described, untold
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.question import GENERIC_WORDS, Question
from function.reflection.checks.facts.vocabulary import (
    WORD,
    find_name,
    telling_words,
    words_of_name,
)
from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold
from function.schemas.days_and_months import WEEKDAYS

_WHAT = (
    r"(?:what(?:'s| is| was)?|which|whats|tell me|give me|qual(?: e| era)?|me (?:diga|passa|passe))"
)
_MONEY = r"r\$|\$|€|£|\b(?:eur|euros?|usd|brl|reais|chf|gbp|dollars?)\b"
_COLORS = (
    r"red|blue|green|black|white|gr[ae]y|yellow|orange|purple|brown|pink|silver|gold|beige|navy|teal|"
    r"turquoise|azul|azuis|vermelh\w+|verdes?|pret[oa]s?|branc[oa]s?|cinza|amarel\w+|laranja|rox[oa]|"
    r"marrom|rosa|prata|dourad\w+|bege"
)
_PARTICULARS = (
    ("a password", rf"{_WHAT}\s(?:\S+\s){{0,4}}(?:password|passcode|senha)\b",
     r"pass(?:word|code|phrase)?\b|\bpin\b|key|psk|wpa|token|secret|credential|\bcode|senha|chave|acesso|login|"
     r"codigo"),
    ("a phone number", r"\b(?:phone|telephone|mobile) number\b|"
     rf"{_WHAT}\s(?:\S+\s){{0,2}}(?:phone|telephone|telefone|celular|ramal)\b",
     r"phone|\btel\b|\bfone|mobile|celular|ramal|whatsapp|\d(?:[ ()./-]{0,2}\d){4,}"),
    ("an e-mail address", r"\b(?:what(?:'s| is)|qual e)\s(?:\S+\s){0,3}e-?mail\b", r"@|mail"),
    ("a temperature", rf"{_WHAT}\s(?:\S+\s){{0,2}}temperatur[ae]\b|"
     r"\bhow (?:hot|cold|warm) (?:is|was)\b|\bquantos graus\b",
     r"temp|°|degree|graus?\b|celsius|fahrenheit|\d ?c\b|hot|cold|warm|cool|quente|fri[oa]|heat"),
    ("a price", r"\bhow much (?:does|do|did|will|would)\b.*\bcosts?\b|\bthe price of\b|"
     r"\bwhat (?:does|do) .{1,60} cost\b|\bquanto cust\w+|\bqual(?: e)? o preco\b",
     rf"{_MONEY}|pric|cost|\bfees?\b|\bfares?\b|\brates?\b|charge|tariff|preco|valor|cust[aoe]|taxa|"
     r"tarifa|gr[aá]tis|gratuit|\bfree\b|amount|total|paid|budget"),
    ("a colour", r"\b(?:what|which) colou?r\b|\b(?:que|qual(?: e)? a) cor\b",
     rf"colou?r|\bcor(?:es)?\b|paint|pint|hue|\b(?:{_COLORS})\b"),
    ("a weight", r"\bhow heavy\b|\bhow much (?:does|do|did) .{1,60} weigh\b|\bthe weight of\b|"
     r"\bquanto pes\w+|\bqual(?: e)? o peso\b",
     r"weigh|heavy|kg|\d ?(?:g|t|lbs?|oz)\b|gram|\btons?\b|pound|pes[oa]|quilo|mass|\bload\b"),
    ("an address", rf"{_WHAT} (?:the |o |your |our )?(?:street |postal |delivery )?"
     r"(?:address|endereco)\b",
     r"address|endereco|street|\bst\b|road|\brd\b|avenue|\blane\b|square|\brua\b|avenida|\bav\b|"
     r"travessa|praca|rodovia|\bip\b|\d\.\d+\.\d|strasse|weg\b|platz|location|locat|local|place|where|city|cidade|"
     r"bairro|building|predio|https?:|www"),
    ("an IP address", rf"{_WHAT}\s(?:\S+\s){{0,3}}ip(?: address)?\b|\bendereco ip\b",
     r"\bip|\d+\.\d+\.\d+\.\d+|\baddr|[0-9a-f]{1,4}::?[0-9a-f]{1,4}:"),
    ("a salary", rf"{_WHAT}\s(?:\S+\s){{0,3}}(?:salary|wage|salario)\b",
     rf"{_MONEY}|salar|\bpay|wage|remunera|compensation|earn|gross|bruto"),
    ("a serial number", r"\bserial (?:number|no)\b|\bnumero de serie\b",
     r"serial|serie|\bsn\b|s/n|number|numero|\bno\b|\bid\b|code|codigo|[a-z]+-?\d"),
    ("a plate", rf"{_WHAT}\s(?:\S+\s){{0,3}}(?:licen[cs]e plate|number plate|placa)\b",
     r"plate|placa|registration|matricula|[a-z]{1,3}[- ]?\d{2,}"),
)  # fmt: skip
"""What is asked for, how, and what stands in facts that may say it, all folded."""
_LABEL = re.compile(r"(?:^|[.;\n]\s*)(?:[-*•]\s*)?(?P<label>[^\W\d_][^.:;\n]{1,30}):\s")
"""What a text in several parts says before each of them."""
SHORTEST_NAME = 2
_KNOWN = [(name, re.compile(asked), re.compile(known)) for name, asked, known in _PARTICULARS]
_COUNTED = frozenset(("a temperature", "a price", "a weight", "a salary"))
"""Particulars that a bare number may be."""

_AUDIENCES = (
    "adult adults adulto adultos", "child children kid kids crianca criancas",
    "student students estudante estudantes aluno alunos",
    "senior seniors pensioner pensioners idoso idosos",
    "member members socio socios", "family families familia familias", "group groups grupo grupos",
    "teacher teachers professor professores", "resident residents morador moradores",
    "baby babies infant infants bebe bebes", "guest guests hospede hospedes",
)  # fmt: skip
_SEASONS = (
    "summer verao", "winter inverno", "spring primavera", "autumn fall outono",
    "weekday weekdays", "weekend weekends",
)  # fmt: skip
_DAYS = tuple(f"{one} {one}s {fold(other)}" for one, other in zip(*WEEKDAYS, strict=True))
_SIZES = ("small pequeno pequena", "medium medio media", "large big grande", "double duplo dupla",
          "single solteiro individual")  # fmt: skip
_ROLES = (
    "surgeon cirurgiao cirurgia", "anaesthetist anesthetist anestesista",
    "nurse enfermeiro enfermeira",
    "dentist dentista", "driver motorista", "pilot piloto copiloto", "conductor cobrador maestro",
    "teacher professor professora", "author autor autora", "editor editora",
    "translator tradutor tradutora",
    "plumber encanador", "electrician eletricista", "referee arbitro", "goalkeeper goleiro",
    "treasurer tesoureiro tesoureira", "secretary secretario secretaria",
    "director diretor diretora",
    "caretaker zelador zeladora", "receptionist recepcionista", "architect arquiteto arquiteta",
)  # fmt: skip
_FAMILIES: tuple[dict[str, str], ...] = tuple(
    {word: names for names in family for word in names.split()}
    for family in (_AUDIENCES, _SEASONS, _DAYS, _SIZES)
)
_ROLE_OF = {word: names for names in _ROLES for word in names.split()}
_ASKS_ROLE = re.compile(
    r"\b(?:who(?: is| was| will be)?|which|what is the name of|quem (?:e|foi|sera)|qual(?: e)?)\s"
    r"(?:the |our |o |a |nosso |nossa )?(?P<role>[^\W\d_]+)"
)
_ANYBODY = re.compile(
    r"\b(?:doctors?|dr|dra|staff|team|crew|persons?|contacts?|responsible|medic[oa]s?|equipe|"
    r"pessoal|pessoas?|contatos?|responsave(?:l|is))\b"
)
"""Words of facts that may stand for somebody in any role."""


def missing_particular(
    question: Question, facts: Sequence[Fact], elsewhere: Iterable[str]
) -> Expected | None:
    """Return the demand to say that a particular, a variant or a role is not there.

    :param elsewhere: what the request says beside its facts and its question.
    """
    if question.wants_more:
        return None
    beside = list(elsewhere)
    missing = _asked_kind(question, facts, beside)
    if missing is None and len(question.sentences) == 1:
        stated = fold(" \n ".join([*described(facts), *beside]))
        known = set(WORD.findall(stated))
        missing = _asked_variant(question, facts, known)
        missing = missing or _asked_role(question, facts, known, stated)
    return untold(question, missing)


def _asked_kind(question: Question, facts: Sequence[Fact], elsewhere: Sequence[str]) -> str | None:
    """Return the kind of value asked for, where nothing has its form or a word for it."""
    asked = [(name, known) for name, pattern, known in _KNOWN if pattern.search(question.folded)]
    if len(asked) != 1:
        return None
    name, known = asked[0]
    facts = _without_others(question, facts)
    asking = question.asked or question.sentences
    beside = [part for part in question.sentences if part not in asking]
    if known.search(fold(" \n ".join([*described(facts), *beside, *elsewhere]))):
        return None
    is_bare = name in _COUNTED and any(_may_be(fact, question) for fact in facts)
    return None if is_bare else name


def _may_be(fact: Fact, question: Question) -> bool:
    """Return whether a fact is a bare number of what a question says."""
    value = fact.value
    is_bare = isinstance(value, int | float) and not isinstance(value, bool)
    is_bare = is_bare or (isinstance(value, str) and re.fullmatch(r"[\d.,]+", value) is not None)
    words = words_of_name(fact.field)
    names = words if GENERIC_WORDS.isdisjoint(words) else words_of_name(fact.path)
    return is_bare and any(map(question.said.has_form, names))


def _without_others(question: Question, facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts without those of the things beside the one that a question names."""
    if len(facts) == 1 and isinstance(facts[0].value, str):
        return _labelled(question, facts[0])
    kept = list(facts)
    groups: dict[str, dict[str, list[Fact]]] = {}
    for fact in facts:
        parts = fact.path.split(".")
        for place, part in enumerate(parts[:-1]):
            above = ".".join(parts[:place])
            groups.setdefault(above, {}).setdefault(part, []).append(fact)
    for group in groups.values():
        meant = [part for part, own in group.items() if _is_named(question, part, own)]
        if len(meant) == 1:
            others = {one.path for part, own in group.items() if part != meant[0] for one in own}
            kept = [fact for fact in kept if fact.path not in others]
    return kept


def _is_named(question: Question, part: str, own: Sequence[Fact]) -> bool:
    """Return whether a question names a thing by its key, or by a text of its own."""
    if not part.isdecimal():
        return question.said.has_forms(words_of_name(part))
    texts = (fold(one.value) for one in own if isinstance(one.value, str))
    return any(
        len(text) > SHORTEST_NAME and find_name(question.folded, text) >= 0 for text in texts
    )


def _labelled(question: Question, fact: Fact) -> list[Fact]:
    """Return what stands in a text behind the one of its labels that a question names."""
    labels = list(_LABEL.finditer(str(fact.value)))
    meant = [one for one in labels if question.said.has_forms(words_of_name(one["label"]))]
    if len(labels) < 2 or len(meant) != 1:
        return [fact]
    place = labels.index(meant[0]) + 1
    end = labels[place].start() if place < len(labels) else None
    return [Fact(meant[0]["label"], str(fact.value)[meant[0].end() : end])]


def _asked_variant(question: Question, facts: Sequence[Fact], known: set[str]) -> str | None:
    """Return the variant asked about, where a field is of another and of all else that is asked."""
    for family in _FAMILIES:
        asked: list[str] = [word for word in WORD.findall(question.folded) if word in family]
        if len(asked) != 1 or not known.isdisjoint(family[asked[0]].split()):
            continue
        for fact in facts:
            words = telling_words(fact.field)
            others = [word for word in words if word not in family]
            if len(words) - len(others) == 1 and others and question.said.has_all(others):
                return asked[0]
    return None


def _asked_role(
    question: Question, facts: Sequence[Fact], known: set[str], stated: str
) -> str | None:
    """Return the role asked about, where the facts only name somebody in another one."""
    found = _ASKS_ROLE.search(question.folded)
    role = found["role"] if found is not None else ""
    if role not in _ROLE_OF or not known.isdisjoint(_ROLE_OF[role].split()):
        return None
    if _ANYBODY.search(" ".join(" ".join(words_of_name(fact.path)) for fact in facts)):
        return None
    fields = [words_of_name(fact.field) for fact in facts]
    has_other = any(words[-1:] and words[-1] in _ROLE_OF for words in fields)
    return role if has_other and role not in stated else None
