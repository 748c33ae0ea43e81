"""States that rule each other out, in English and Portuguese: up or down, open or closed."""

from __future__ import annotations

from function.reflection.checks.facts.vocabulary import WORD
from function.reflection.text.words import fold

_PAIRS = (
    ("up running online healthy alive rodando operacional ativo ativa ativos ativas active",
     "down offline stopped dead unreachable parado parada parados paradas caido caida inativo "
     "inativa inactive crashed"),
    ("open opened aberto aberta abertos abertas", "closed shut fechado fechada fechados fechadas"),
    ("paid pago paga pagos pagas settled quitado quitada",
     "unpaid overdue pendente owed vencido vencida"),
    ("delivered arrived entregue entregues recebido recebida chegou",
     "transit transito transporte dispatched"),
    ("available free vacant livre livres disponivel disponiveis vago vaga",
     "occupied taken borrowed lent loan reserved booked unavailable ocupado ocupada emprestado "
     "emprestada reservado reservada indisponivel alugado alugada"),
    ("locked trancado trancada", "unlocked destrancado destrancada"),
    ("on ligado ligada ligados acesa aceso", "off desligado desligada desligados apagado apagada"),
    ("enabled habilitado habilitada", "disabled desabilitado desabilitada"),
    ("finished done completed complete concluido concluida terminado terminada finished",
     "unfinished incomplete incompleto incompleta"),
    ("approved accepted aprovado aprovada aceito aceita",
     "rejected denied declined refused reprovado reprovada recusado recusada negado negada"),
    ("passed success succeeded successful sucesso",
     "failed failure failing falhou falhado falha falhando"),
    ("ready pronto pronta prontos prontas", "notready unready"),
    ("connected conectado conectada", "disconnected desconectado desconectada"),
    ("full cheio cheia lotado lotada", "empty vazio vazia"),
    ("valid valido valida", "expired invalid vencido vencida expirado expirada invalido invalida"),
    ("present presente", "absent ausente"),
    ("confirmed confirmado confirmada", "unconfirmed cancelled canceled cancelado cancelada"),
    ("sold vendido vendida", "unsold"),
    ("clean limpo limpa", "dirty sujo suja"),
    ("signed assinado assinada", "unsigned"),
)  # fmt: skip
_SIDE: dict[str, set[tuple[int, bool]]] = {}
for _number, _pair in enumerate(_PAIRS):
    for _is_first, _words in zip((True, False), _pair, strict=True):
        for _word in _words.split():
            _SIDE.setdefault(_word, set()).add((_number, _is_first))
_NEGATIONS = frozenset(("not", "no", "nao", "never", "without", "sem", "isn", "aren", "un"))
MOST_WORDS = 4


def _sides(word: str) -> set[tuple[int, bool]]:
    """Return the pairs that a word, in the singular or the plural, is of, and which of the two."""
    return _SIDE.get(word) or _SIDE.get(word.removesuffix("s")) or set()


def agrees(state: str, value: object) -> bool | None:
    """Return whether a value is a state that is asked about, None where that is not plain.

    :param state: one folded word.
    :param value: a short text such as *down* or *not ready*.
    """
    if not isinstance(value, str):
        return None
    words = WORD.findall(fold(value))
    if not 0 < len(words) <= MOST_WORDS or any(map(str.isdigit, "".join(words))):
        return None
    negated = len(_NEGATIONS.intersection(words)) == 1
    telling = [word for word in words if word not in _NEGATIONS]
    if state in telling:
        return not negated
    verdicts = {
        is_first == is_first_asked
        for word in telling
        for number, is_first in _sides(word)
        for number_asked, is_first_asked in _sides(state)
        if number == number_asked
    }
    return None if len(verdicts) != 1 else verdicts.pop() != negated


def is_state(word: str) -> bool:
    """Return whether a folded word is a state with an opposite."""
    return bool(_sides(word))


def opposites(state: str) -> frozenset[str]:
    """Return the words for the opposite of a state."""
    asked = _sides(state)
    return frozenset(
        word
        for word, sides in _SIDE.items()
        for number, is_first in sides
        if (number, not is_first) in asked
    )
