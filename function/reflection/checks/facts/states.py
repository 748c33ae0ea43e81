"""States that rule each other out, in English and Portuguese: up or down, open or closed."""

from __future__ import annotations

import re
from typing import NamedTuple

from function.reflection.checks.facts.vocabulary import WORD, words_of_name
from function.reflection.text.words import fold

_PAIRS = (
    ("up running online rodando operacional ativo ativa ativos ativas active | "
     "healthy alive ok saudavel saudaveis",
     "down parado parada parados paradas caido caida offline stopped dead unreachable inativo "
     "inativa inactive crashed | exited | crashloopbackoff imagepullbackoff errimagepull evicted "
     "oomkilled | degraded faulted"),
    ("open opened aberto aberta abertos abertas", "closed shut fechado fechada fechados fechadas"),
    ("paid pago paga pagos pagas settled quitado quitada",
     "unpaid pendente owed | overdue vencido vencida"),
    ("delivered arrived entregue entregues recebido recebida chegou",
     "transit transito transporte"),
    ("available free vacant livre livres disponivel disponiveis vago vaga",
     "occupied taken ocupado ocupada | borrowed lent loan emprestado emprestada | "
     "reserved booked reservado reservada | unavailable indisponivel | alugado alugada"),
    ("locked trancado trancada", "unlocked destrancado destrancada"),
    ("on powered ligado ligada ligados acesa aceso",
     "off desligado desligada desligados apagado apagada | "
     "suspended paused suspenso suspensa pausado pausada"),
    ("enabled habilitado habilitada",
     "disabled desabilitado desabilitada | suspended suspenso suspensa"),
    ("finished done completed complete concluido concluida terminado terminada finished",
     "unfinished incomplete incompleto incompleta"),
    ("approved accepted aprovado aprovada aceito aceita",
     "rejected denied declined refused reprovado reprovada recusado recusada negado negada"),
    ("passed success succeeded successful sucesso ok",
     "failed failure failing falhou falhado falha falhando"),
    ("ready pronto pronta prontos prontas", "notready unready"),
    ("connected conectado conectada", "disconnected desconectado desconectada"),
    ("full cheio cheia lotado lotada", "empty vazio vazia"),
    ("valid valido valida",
     "expired vencido vencida expirado expirada | invalid invalido invalida"),
    ("present presente", "absent ausente"),
    ("confirmed confirmado confirmada", "unconfirmed | cancelled canceled cancelado cancelada"),
    ("sold vendido vendida", "unsold"),
    ("clean limpo limpa", "dirty sujo suja"),
    ("signed assinado assinada", "unsigned"),
)  # fmt: skip
"""Words of the two sides of each pair. A bar parts words that rule out the other side, but do not
follow from each other: what is unavailable may be borrowed or reserved."""

_SINCE = re.compile(
    r"(?: \(\d+\))? (?:about an?|less than an?|\d+) (?:second|minute|hour|day|week|month|year)s?"
    r"(?: ago)?(?: \(\w+\))?$"
)
"""Ends a folded state as Docker writes it: *up 3 days (healthy)*, *exited (137) 2 hours ago*."""


class _Meaning(NamedTuple):
    pair: int
    is_first: bool
    group: int


_MEANINGS: dict[str, set[_Meaning]] = {}
for _number, _pair in enumerate(_PAIRS):
    for _is_first, _side in zip((True, False), _pair, strict=True):
        for _group, _words in enumerate(_side.split("|")):
            for _word in _words.split():
                _MEANINGS.setdefault(_word, set()).add(_Meaning(_number, _is_first, _group))
_NEGATIONS = frozenset(("not", "no", "nao", "never", "without", "sem", "isn", "aren", "un"))
MOST_WORDS = 4
_STATE_FIELDS = frozenset(("status", "state", "stage", "estado", "situacao", "etapa"))
_NOTHING = frozenset((
    "", "none", "no", "null", "missing", "nobody", "nenhum", "nenhuma", "nao", "n/a", "-", "unset",
))  # fmt: skip
"""Values, folded, of what is not there."""


def _meanings(word: str) -> set[_Meaning]:
    """Return what a word, in the singular or the plural, means as a state."""
    return _MEANINGS.get(word) or _MEANINGS.get(word.removesuffix("s")) or set()


def agrees(state: str, value: object) -> bool | None:
    """Return whether a value is a state that is asked about, None where that is not plain.

    :param state: one folded word.
    :param value: a short text such as *down* or *not ready*.
    """
    if not isinstance(value, str):
        return None
    words = WORD.findall(_SINCE.sub("", fold(value)))
    if not 0 < len(words) <= MOST_WORDS or any(map(str.isdigit, "".join(words))):
        return None
    negated = len(_NEGATIONS.intersection(words)) == 1
    telling = [word for word in words if word not in _NEGATIONS]
    if state in telling:
        return not negated
    verdicts = {
        _follows(one, asked, negated)
        for word in telling
        for one in _meanings(word)
        for asked in _meanings(state)
        if one.pair == asked.pair
    }
    return verdicts.pop() if len(verdicts) == 1 else None


def _follows(known: _Meaning, asked: _Meaning, negated: bool) -> bool | None:
    """Return whether one state follows from another or from its negation, None if unclear."""
    if known.is_first == asked.is_first:
        return not negated if known.group == asked.group else None
    # What is not reserved may be borrowed and so not be free either.
    return None if negated and "|" in "".join(_PAIRS[known.pair]) else negated


def is_state(word: str) -> bool:
    """Return whether a folded word is a state with an opposite."""
    return bool(_meanings(word))


def is_state_field(field: str) -> bool:
    """Return whether a field is called as those that hold the state of their record."""
    words = words_of_name(field)
    return bool(words) and _STATE_FIELDS.issuperset(words)


def is_there(value: object) -> bool:
    """Return whether a value is one, and not the want of one."""
    if isinstance(value, str):
        return fold(value).strip() not in _NOTHING
    return value is not None and value is not False and value not in ([], {})


def is_adverse(value: object) -> bool:
    """Return whether a value is one word for a state in which something is not to be had: *down*,
    *closed*."""
    words = WORD.findall(fold(value)) if isinstance(value, str) else []
    meanings = _meanings(words[0]) if len(words) == 1 else set()
    return bool(meanings) and not any(meaning.is_first for meaning in meanings)


def opposites(state: str) -> frozenset[str]:
    """Return the words for the opposite of a state."""
    asked = {(each.pair, each.is_first) for each in _meanings(state)}
    return frozenset(
        word
        for word, meanings in _MEANINGS.items()
        if any((each.pair, not each.is_first) in asked for each in meanings)
    )
