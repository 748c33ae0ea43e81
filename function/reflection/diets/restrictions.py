"""What a guest must not have, read out of lists and out of sentences, in English and Portuguese.

``shellfish, no nuts`` under ``allergies`` and "I can't eat prawns" each exclude groups of foods.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from function.reflection.diets.food_groups import GROUPS
from function.reflection.diets.foods import LACTOSE, Food, Term, diets_in, excluded_by, terms_in
from function.reflection.text.words import fold

Kind = Literal["allergy", "diet", "dislike"]


@dataclass(frozen=True)
class Restriction:
    """What ``said`` excludes: groups, single foods, a word that is not a known food, or a diet.

    ``must_be_placed`` is whether a word that is not a known food and in no item is a failure.
    """

    said: str
    groups: frozenset[str] = frozenset()
    foods: frozenset[Food] = frozenset()
    word: str = ""
    diet: str = ""
    must_be_placed: bool = False


_PARTS = re.compile(r"[,;/\n|&+]|\b(?:and|or|e|ou|y|nor|nem)\b")
_NOT_APPLICABLE = re.compile(r"\bn[/.]a\b\.?")
_STRIPPED = """
no not non without free from of to the a an any all some and or with is are am i im me my we our
she he they his her their has have had having cannot cant can t dont do does doesn eat eats eating
must never avoid avoids avoiding please strict strictly severe severely mild serious deadly highly
very slightly sensitive sensitivity allergic allergy allergies allergen allergens allergenic
intolerant intolerance intolerances diet dietary friendly disease products product food foods
restriction restrictions preference requirement only low reduced sem nao livre isento de da dos
das o os as ao aos com em um uma alergico alergica alergicos alergicas alergia alergias alergeno
alergenos intolerante intolerantes intolerancia intolerancias dieta restricao restricoes alimentar
alimentares como come comer posso pode podemos evito evita evitar grave leve severa severo forte
tenho tem temos sou somos ele ela eu nos produtos produto alimento alimentos nada por favor que
seja seus derivados derivado none nothing known unknown nil null na n/a applicable nenhum nenhuma
nenhuns everything omnivore onivoro regular normal standard tudo conhecida conhecidas so far ok
fine unspecified informado informada
"""
_STRIPPED_WORDS = frozenset(_STRIPPED.split())
_WORD = re.compile(r"[^\W_](?:[\w'’/-]*[^\W_])?")

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


def read_listed(text: str, kind: Kind) -> Iterator[Restriction]:
    """Yield what a text under a key such as ``allergies`` or ``dislikes`` excludes."""
    for part in _PARTS.split(_NOT_APPLICABLE.sub(" ", fold(text))):
        said = " ".join(part.split()).strip(" .:()[]\"'")
        if not said:
            continue
        found = [*_diets_of(said, said), *of_terms(terms_in(said), kind, said)]
        yield from found
        word = unknown_words(said)
        if word and (not found or kind == "dislike"):
            yield Restriction(said, word=word, must_be_placed=kind != "dislike")


def _diets_of(text: str, said: str) -> Iterator[Restriction]:
    for start, _, diet in diets_in(text):
        if not re.search(r"\b(?:not|non|nao|no)[ -]+(?:sou |e )?(?:an? )?$", text[:start]):
            yield of_diet(diet, said)


def of_diet(diet: str, said: str) -> Restriction:
    """Return what a diet excludes."""
    return Restriction(said, groups=excluded_by(diet), diet=diet)


def of_terms(terms: Iterable[Term], kind: Kind, said: str = "") -> Iterator[Restriction]:
    """Yield what each of the foods excludes: its groups, or for a dislike the food itself."""
    for term in terms:
        name = said or term.word
        if term.word == LACTOSE:
            yield Restriction(name, groups=frozenset({LACTOSE}))
        elif kind == "dislike":
            yield Restriction(name, foods=_disliked(term))
        else:
            yield Restriction(name, groups=term.groups)


def _disliked(term: Term) -> frozenset[Food]:
    """Return the food itself, or all of a group where the word names the group."""
    found = set(term.foods)
    for group, number in term.foods:
        if number == 0 and group in GROUPS:
            found |= {(group, each) for each in range(len(GROUPS[group]))}
    return frozenset(found)


def unknown_words(text: str) -> str:
    """Return a folded text without the words that only say that something is to be avoided."""
    words = [word for word in _WORD.findall(text) if word not in _STRIPPED_WORDS]
    return " ".join(words)


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
