"""Particulars such as a phone number or a colour, which cannot stand under just any name.

Where nothing in a request has the form of one or a word for it, the facts do not say it, whatever
else they hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from function.reflection.checks.facts.absence.untold import untold
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.question import GENERIC_WORDS, Question
from function.reflection.checks.facts.vocabulary import find_name, words_of_name
from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold

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


def missing_particular(
    question: Question, facts: Sequence[Fact], elsewhere: Iterable[str]
) -> Expected | None:
    """Return the demand to say that a particular is not there.

    :param elsewhere: what the request says beside its facts and its question.
    """
    if question.wants_more:
        return None
    asked = [(name, known) for name, pattern, known in _KNOWN if pattern.search(question.folded)]
    if len(asked) != 1:
        return None
    name, known = asked[0]
    facts = _without_others(question, facts)
    said = [f"{' '.join(words_of_name(fact.path))} {fact.value}" for fact in facts]
    asking = question.asked or question.sentences
    beside = [part for part in question.sentences if part not in asking]
    if known.search(fold(" \n ".join([*said, *beside, *elsewhere]))):
        return None
    if name in _COUNTED and any(_may_be(fact, question) for fact in facts):
        return None
    return untold(question, name)


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
