"""Questions about one variant of a thing, such as its price for students, of which the facts only
have another: an answer has to say that it is not there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from function.reflection.checks.facts.absence.untold import untold
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.question import Question
from function.reflection.checks.facts.vocabulary import WORD, telling_words, words_of_name
from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold
from function.schemas.days_and_months import WEEKDAYS

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


def missing_variant(
    question: Question, facts: Sequence[Fact], elsewhere: Iterable[str]
) -> Expected | None:
    """Return the demand to say that the variant, or the role, asked about is not there.

    :param elsewhere: what the request says beside its facts and its question.
    """
    if question.wants_more or len(question.sentences) != 1:
        return None
    paths = [f"{' '.join(words_of_name(fact.path))} {fold(str(fact.value))}" for fact in facts]
    told = fold(" \n ".join([*paths, *elsewhere]))
    known = set(WORD.findall(told))
    asked = _asked_variant(question, facts, known) or _asked_role(question, facts, known, told)
    return untold(question, asked)


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
    question: Question, facts: Sequence[Fact], known: set[str], told: str
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
    return role if has_other and role not in told else None
