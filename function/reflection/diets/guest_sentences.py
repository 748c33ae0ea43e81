"""What a guest must not have, read out of sentences in English and Portuguese."""

from __future__ import annotations

import re
from collections.abc import Iterator

from function.reflection.diets.foods import Term, diets_in, terms_in
from function.reflection.diets.restrictions import (
    Kind,
    Restriction,
    of_diet,
    of_terms,
    read_listed,
    unknown_words,
)
from function.reflection.text.words import fold

LONGEST = 65_536
"""Characters of one text."""
MOST_CLAUSE, OVERLAP = 600, 100
"""Characters that are read together."""
_HINTS = re.compile(
    r"free|allerg|alerg|intoler|vegan|vegetar|veggie|plant|pesc|celia|coelia|halal|kos|kash|meat"
    r"|n't|nt\b|\bnot?\b|nao|never|cannot|without|sem\b|avoid|evit|nada|nothing|livre|isento|hate|dislike"
    r"|odei|detest|hold the|skip the|zero|diet|restri|unable|lacto"
)
_CLAUSE = re.compile(r"[.!?;\n]+(?:\s|$)|\n")
_N_T = r"(?:n['’]?t| not)"
_ADVERB = r"(?:really |ever |also |even |tambem |mais )?"
_PATTERNS: tuple[tuple[Kind, bool, str], ...] = (
    (
        "allergy",
        True,
        r"\ballerg(?:ic|y|ies) (?:to|for|against|of) |\bintoleran(?:t|ce) (?:to|of) "
        r"|\balergi(?:c[oa]s?|as?) (?:\w+ )?(?:a|ao|aos|as|de|com) "
        r"|\bintoleran(?:tes?|cias?) (?:a|ao|aos|as|de) ",
    ),
    (
        "diet",
        True,
        rf"\b(?:ca{_N_T}|cannot|can not|could{_N_T}|must{_N_T}|may not|do{_N_T}|does{_N_T}"
        rf"|wo{_N_T}|will not|should{_N_T}|never|unable to|not able to|not allowed(?: to)?) "
        rf"{_ADVERB}(?:eat|have|tolerate|consume|drink|digest|touch|take|do|handle)s? "
        rf"|\bnao {_ADVERB}(?:\w+ )?(?:posso|pode|podem|podemos|como|come|comem|comemos|comer"
        r"|consum\w+|toler\w+|beb[oe]|ingir\w+|ingere) "
        r"(?:comer |consumir |ingerir |ter |beber |tomar |com )?",
    ),
    (
        "diet",
        False,
        r"\b(?:avoid(?:s|ing)?|stay away from|hold the|skip the|nothing|free (?:of|from)"
        r"|evit(?:a|o|e|ar|ando)|nada|livre de|isento de|without|sem|no|zero) ",
    ),
    (
        "dislike",
        False,
        rf"\b(?:do{_N_T}|does{_N_T}) {_ADVERB}(?:like|enjoy|want|care for) "
        r"|\b(?:hate|dislike)s? |\bnao (?:gost\w+|que(?:r|ro)) (?:de )?"
        r"|\b(?:odei[oa]|detest[oa]) ",
    ),
)
_TRIGGERS = [(kind, strong, re.compile(pattern)) for kind, strong, pattern in _PATTERNS]
_LABEL = re.compile(
    r"\b(?:allerg(?:y|ies|ens?|ic)|alergi(?:as?|c[oa]s?)|alergenos?|intoleranc(?:es?|ias?)"
    r"|(?:dietary )?restrictions?|dietary|diet|dieta|restric(?:ao|oes)(?: alimentar(?:es)?)?)"
    r" ?[:=] ?([^.;\n]{1,400})"
)
_CUT = re.compile(
    r"[:(]|\b(?:but|mas|however|although|what|which|how|could|would|i|i'm|we|she|he|they|please"
    r"|eu|ele|ela|qual|quais|por favor|recommend|suggest|bring|give|show|tell|offer|prefer|love"
    r"|like|gosto|adoro|quero|want|so|then|entao|porque|because|since|recomend\w+|suger\w+|traga|mostre|except|exceto)\b"
)
_LINK = re.compile(
    r"\s*(?:[,/&]|\band\b|\bor\b|\bnor\b|\be\b|\bou\b|\bnem\b)+"
    r"(?:\s*(?:and|or|nor|e|ou|nem))?\s*"
    r"(?:to |any |of |with |no |sem |a |ao |aos |as |de |do |da |dos |das )?"
    r"(?!(?:the|an|my|o|os|um|uma|minha|meu)\b)(?:[\w'-]+ )?"
)
_FILLERS = re.compile(
    r"(?:(?:any|added|traces?|of|dish(?:es)?|foods?|anything|with|contain(?:s|ing)?|products?|made"
    r"|from|kinds?|types?|raw|cow'?s|all|sort|the|to|nenhum|nenhuma|qualquer|tipo|de|com|que|tenha"
    r"|contenha|leve|tracos|pratos?|comida|em|a|o|do|da|dos|das|more|fresh|cooked|tree)(?: |$))*"
)
_POST = re.compile(r"s?(?:['’]s)?[ -]*(free|allerg\w*|intoleran\w*|alergi\w*)\b")
_NEGATED = re.compile(
    r"\b(?:not|no|no longer|never|n['’]t|nao (?:sou|e|tenho|tem|ha|temos)|any|nenhuma|sem|without"
    r"|anyone|are you|alguem|if)(?: \w+)?\s*$"
)
_HAS_ALLERGY = re.compile(
    r"\b(?:have|has|having|got|tenho|tem|temos|with|com|am|is|are|i'm|im|she's|he's|sou|somos|sao|e)"
    r" (?:\w+ ){0,2}(?:allerg(?:y|ies|ic)|alergi(?:as?|c[oa]s?))\b"
)


def restrictions_said(text: str) -> Iterator[Restriction]:
    """Yield what a guest's words exclude; an allergy to what is not known is a word."""
    folded = fold(text[:LONGEST]).replace("’", "'")
    if not _HINTS.search(folded):
        return
    for label in _LABEL.finditer(folded):
        yield from read_listed(label[1], "allergy")
    for clause in _CLAUSE.split(_LABEL.sub(" ", folded)):
        words = " ".join(clause.split())
        for start in range(0, len(words), MOST_CLAUSE - OVERLAP):
            yield from _in_clause(words[start : start + MOST_CLAUSE] + " ")


def _in_clause(clause: str) -> Iterator[Restriction]:
    if not _HINTS.search(clause):
        return
    found: list[Restriction] = []
    for start, _, diet in diets_in(clause):
        if not re.search(r"\b(?:not|n't|non|nao)(?: sou| e| an?| uma?)?[ -]$", clause[:start]):
            found.append(of_diet(diet, diet))
    terms = terms_in(clause)
    found += of_terms(_before_a_word_that_excludes(clause, terms), "allergy")
    excused = False
    for kind, strong, trigger in _TRIGGERS:
        for match in trigger.finditer(clause):
            if kind == "allergy" and _NEGATED.search(clause[: match.start()]):
                excused = True
                continue
            span_end = _span_end(clause, match.end())
            chained = _chained(clause, terms, match.end(), span_end, strong)
            found += of_terms(chained, kind)
            if kind == "allergy" and not chained:
                found += _unknown(clause[match.end() : span_end])
    yield from found
    said = _HAS_ALLERGY.search(clause)
    if (
        said
        and not found
        and not excused
        and not _NEGATED.search(clause[: said.start()] + said[0].rpartition(" ")[0])
    ):
        yield Restriction(clause.strip()[:60], word=clause.strip()[:60], must_be_placed=True)


def _span_end(clause: str, start: int) -> int:
    cut = _CUT.search(clause, start)
    return cut.start() if cut else len(clause)


def _unknown(span: str) -> Iterator[Restriction]:
    for part in re.split(r",|\band\b|\be\b|\bor\b|\bou\b", span):
        words = unknown_words(part).split()
        if words and words[0] not in ("anything", "something", "algo", "alguma", "which", "that"):
            word = " ".join(words[:4])
            yield Restriction(word, word=word, must_be_placed=True)
        return  # what follows may be another matter


def _chained(clause: str, terms: list[Term], start: int, end: int, strong: bool) -> list[Term]:
    """Return the foods behind a word that excludes: the first, and those listed with it."""
    chain: list[Term] = []
    place = start
    for term in terms:
        if term.start < start or term.end > end:
            continue
        between = clause[place : term.start]
        if chain and not _LINK.fullmatch(between):
            break
        if not chain and not (_FILLERS.fullmatch(between) or (strong and between.count(" ") <= 4)):
            break
        chain.append(term)
        place = term.end
    return chain


def _before_a_word_that_excludes(clause: str, terms: list[Term]) -> list[Term]:
    """Return foods that stand before ``free``, ``allergy`` and the like, with those listed."""
    found: list[Term] = []
    later: Term | None = None
    for term in reversed(terms):
        behind = _POST.match(clause, term.end)
        if behind and behind[1] != "free" and _NEGATED.search(clause[: term.start]):
            behind = None
        if behind or (later and _LINK.fullmatch(clause[term.end : later.start])):
            found.append(term)
            later = term
        else:
            later = None
    return found
