"""Everyday words of questions and field names, in English and Portuguese, by what they mean.

Words are folded. Two words are alike when they differ by an ending or share a meaning; a word may
have several meanings. Words that tell fields of one kind apart (*old*, *next*) are not listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from function.reflection.text.words import fold, remembered

STEM = 4
"""Letters that two forms of a word have in common at least, but for a plural."""
BEGINNING = 3
"""Letters by which the forms of a word are looked up."""
ENDING = 2
"""Letters by which two forms of a word may differ in length: *consumer*, *consumers*."""

WORD = re.compile(r"[^\W_]+")
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text as a set to look words up in."""
    return frozenset(WORD.findall(words))


_MEANINGS = {
    "powered": "powered on",
    "address": "address endereco morada",
    "age": "age idade years anos",
    "alert": "alert alerts alerta alertas",
    "allergy": "allergy allergies allergic allergen allergens alergia alergias alergico alergica",
    "amount": "amount valor montante",
    "applicant": "applicant applicants candidato candidatos",
    "approver": "approver approved approves aprovador aprovadora aprovou",
    "arrival": "arrival arrives arrived chegada chega chegou chegam",
    "audit": "audit audited auditoria",
    "author": "author autor autora wrote written writer escreveu escrito escritor",
    "available": "available availability disponivel disponiveis disponibilidade",
    "battery": "battery bateria",
    "bedrooms": "bedroom bedrooms quarto quartos",
    "bin": "bin gaveta",
    "branch": "branch ramo filial",
    "budget": "budget orcamento",
    "building": "building predio",
    "buyer": "buyer bought buys purchased comprador compradora comprou",
    "capacity": "capacity capacidade",
    "captain": "captain capitao capita",
    "carrier": "carrier courier transportadora",
    "city": "city town cidade",
    "closed": "closed closes close shut shuts closing fecha fecham fechado fechada fechamento",
    "color": "color colors colour colours cor cores",
    "copies": "copy copies exemplar exemplares copia copias",
    "country": "country pais",
    "currency": "currency moeda",
    "current": "current currently now atual atualmente agora",
    "customer": "customer client clients customers cliente clientes",
    "database": "database databases db banco",
    "date": "date dates data datas day dia",
    "deadline": "deadline prazo",
    "delay": "delay delayed late atraso atrasado atrasada",
    "delivery": "delivery delivered entrega entregue",
    "department": "department departamento",
    "departure": "departure departs leaves leave partida parte saida sai saem",
    "destination": "destination destino",
    "difficulty": "difficulty difficult dificuldade",
    "distance": "distance far distancia km kilometers kilometres miles quilometros",
    "down": "down offline stopped parado parada parados paradas caido caida fora",
    "driver": "driver drives drove motorista dirige",
    "duration": "duration lasted lasts duracao durou dura duram demorou demora took takes",
    "email": "email mail",
    "empty": "empty vazio vazia vazios vazias",
    "energy": "energy energia kwh generated gerado gerada gerou geracao",
    "engine": "engine motor",
    "equipment": "equipment equipamento",
    "errors": "error errors erro erros",
    "expiry": "expires expire expiry expiration expiracao validade vence vencem vencimento",
    "failed": "failed fails failing failure falhou falha falharam falhado falhada",
    "finding": "found finding achado achada encontrado encontrada encontrou",
    "floor": "floor andar piso",
    "free": "free left remaining remain remains livre livres restante restantes resta "
    "restam sobra room disponivel disponiveis",
    "fuel": "fuel combustivel",
    "full": "full lotado lotada cheio cheia lotados cheios",
    "gate": "gate portao",
    "guest": "guest guests hospede hospedes",
    "height": "height tall high altura alto alta",
    "instructor": "instructor instrutor instrutora",
    "humidity": "humidity humid umidade umido umida",
    "items": "item items itens",
    "language": "language idioma lingua",
    "launch": "launch launched lancamento lancado",
    "leader": "lead leader leads leading lider lidera",
    "length": "length comprimento",
    "lent": "lent borrowed loan loans emprestado emprestada emprestados emprestimo emprestimos",
    "level": "level full nivel cheio cheia",
    "license": "license licence licenca",
    "medicine": "medicine medicines medication medications drug drugs prescription prescriptions "
    "medicamento medicamentos remedio remedios receita receitas",
    "manager": "manager manages gerente gestor gestora gerencia",
    "material": "material",
    "memory": "memory memoria mem ram",
    "method": "method metodo forma",
    "model": "model modelo",
    "office": "office escritorio",
    "open": "open opens opened opening aberto aberta abertos abre abrem abertura",
    "operator": "operator operates operador operadora opera",
    "owner": "owner owners owns owned own belongs dono dona proprietario proprietaria pertence",
    "pages": "page pages pagina paginas",
    "parts": "part parts peca pecas",
    "passengers": "passenger passengers passageiro passageiros",
    "patient": "patient paciente",
    "payment": "payment pay paid pays pagamento pago pagou paga",
    "people": "people persons pessoas",
    "percent": "percent pct percentage percentagem porcentagem",
    "phone": "phone telephone telefone celular cellphone",
    "place": "location located place local localizacao lugar mountpoint where onde",
    "plan": "plan plano",
    "plate": "plate placa",
    "platform": "platform plataforma",
    "price": "price prices cost costs preco precos custa custam custo custou",
    "priority": "priority prioridade",
    "product": "product products produto produtos",
    "progress": "progress progresso",
    "quantity": "quantity count quantidade",
    "reason": "reason motivo cause causa",
    "recruiter": "recruiter recrutador recrutadora",
    "region": "region regiao",
    "renewal": "renews renewal renewed renova renovacao",
    "rent": "rent aluguel",
    "room": "room sala",
    "route": "route rota rotas routes",
    "seats": "seat seats lugares assentos",
    "sender": "sender remetente",
    "shelf": "shelf estante prateleira",
    "shift": "shift turno",
    "shipped": "shipped sent enviado enviada enviados enviadas despachado",
    "size": "size tamanho big large",
    "speed": "speed velocidade",
    "sponsor": "sponsor patrocinador",
    "stage": "stage step phase etapa fase estagio",
    "start": "start starts started starting begin begins began inicio comeca comecou",
    "status": "status state estado situacao",
    "stock": "stock estoque",
    "supplier": "supplier supplies fornecedor fornecedora fornece",
    "teacher": "teacher teaches professor professora ensina",
    "temperature": "temperature temperatura temp hot cold warm quente frio fria celsius",
    "tenant": "tenant inquilino inquilina",
    "time": "time hour hours hora horas horario",
    "title": "title titulo",
    "topic": "topic assunto tema subject",
    "total": "total",
    "up": "up running online ativo ativa ativos ativas rodando healthy",
    "user": "user users usuario usuarios",
    "vehicle": "vehicle veiculo",
    "version": "version versao",
    "waiting": "waiting waits pending pendente pendentes aguardando espera esperando",
    "water": "water agua watered rega regada",
    "weight": "weight weigh weighs heavy peso pesa pesam pesado pesada kg",
    "width": "width wide largura largo",
    "year": "year ano safra vintage",
}
_MEANINGS_OF: dict[str, frozenset[str]] = {}
for _name, _words in _MEANINGS.items():
    for _word in _words.split():
        _MEANINGS_OF[_word] = _MEANINGS_OF.get(_word, frozenset()) | {_name}

_PHRASES = (
    (re.compile(r"\bhow long\b|\bquanto tempo\b"), frozenset(("duration", "length"))),
    (re.compile(r"\bde quem (?:e|era|sao|eram)\b"), frozenset(("owner",))),
    (re.compile(r"\bhow old\b|\bquantos anos\b"), frozenset(("age",))),
)
"""Phrases with a meaning that their words do not have alone."""

UNITS = word_set(
    "kwh kw w km kg g m cm mm ms s h min minutes seconds hours days percent pct celsius c mb gb tb "
    "mib gib kib eur usd brl liters litres bytes minutos segundos horas dias"
)
"""Units in the name of a field, which a question leaves out."""


@remembered
def words_of_name(name: str) -> tuple[str, ...]:
    """Return the folded words of the name of a field, whichever way it is spelt."""
    return tuple(WORD.findall(fold(HUMP.sub(" ", name)).replace("_", " ")))


_JOINING = word_set("by to of at on in for por de do da em para")
"""Words of the names of fields such as *signed_by*, which a question leaves out."""


def telling_words(name: str) -> list[str]:
    """Return the words of the name of a field without units and prepositions, or all where it has
    nothing else."""
    words = words_of_name(name)
    return [word for word in words if word not in UNITS and word not in _JOINING] or list(words)


def own_words(name: str) -> list[str]:
    """Return the telling words of the name of a field that are no units; none without any."""
    return [word for word in telling_words(name) if word not in UNITS]


class Name(NamedTuple):
    """What the last two names of a path say: the names are looked at only where a question has a
    word that begins like one of theirs, or means the same."""

    beginnings: frozenset[str]
    meanings: frozenset[str]


@remembered
def name_of_path(path: str) -> Name:
    """Return what the last two names of a path say."""
    words = [word for name in path.split(".")[-2:] for word in words_of_name(name)]
    meanings = frozenset().union(*map(meanings_of, words))
    return Name(frozenset(word[:BEGINNING] for word in words), meanings)


@remembered
def meanings_of(word: str) -> frozenset[str]:
    """Return what a folded word means, in the singular or the plural."""
    found = _MEANINGS_OF.get(word)
    if found is None and word.endswith("s"):
        found = _MEANINGS_OF.get(word[:-1]) or _MEANINGS_OF.get(word.removesuffix("es"))
    return found or frozenset()


def mean_the_same(word: str, other: str) -> bool:
    """Return whether two folded words share a meaning."""
    return not meanings_of(word).isdisjoint(meanings_of(other))


def are_forms(word: str, other: str) -> bool:
    """Return whether two words differ by their ending at most."""
    if word == other:
        return True
    if (
        len(word) >= BEGINNING
        and len(other) >= BEGINNING
        and (word + "s" == other or other + "s" == word)
    ):
        return True
    if len(word) == len(other) >= STEM and word[:-1] == other[:-1]:
        return {word[-1], other[-1]} == {"s", "d"}  # uses, used
    short, long = sorted((len(word), len(other)))
    kept = max(short - ENDING, STEM)
    return long - short <= ENDING and kept < short and word[:kept] == other[:kept]


class Said:
    """The words of a text, looked up by form and by meaning in constant time."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.words: list[str] = []
        self.meanings: set[str] = set()
        for text in texts:
            folded = fold(text)
            self.words += WORD.findall(folded)
            for phrase, meanings in _PHRASES:
                if phrase.search(folded):
                    self.meanings |= meanings
        self._beginnings: dict[str, list[str]] = {}
        for word in dict.fromkeys(self.words):
            self.meanings |= meanings_of(word)
            self._beginnings.setdefault(word[:BEGINNING], []).append(word)

    @classmethod
    def named(cls, *names: str) -> Said:
        """Return the words of names of fields."""
        return cls([" ".join(words_of_name(name)) for name in names])

    def may_have(self, name: Name) -> bool:
        """Return whether the text may have one of the words of a path's last names."""
        has_beginning = not name.beginnings.isdisjoint(self._beginnings)
        return has_beginning or not name.meanings.isdisjoint(self.meanings)

    def has_form(self, word: str) -> bool:
        """Return whether the text has a form of a folded word."""
        if any(are_forms(word, other) for other in self._beginnings.get(word[:BEGINNING], ())):
            return True
        return len(word) <= BEGINNING and self._has_short(word)

    def _has_short(self, word: str) -> bool:
        """Return whether the text has the singular or the plural of a word such as *VM*."""
        one = word.removesuffix("s")
        return len(one) == BEGINNING - 1 and (
            one in self._beginnings or f"{one}s" in self._beginnings
        )

    def has_forms(self, words: Sequence[str]) -> bool:
        """Return whether the text has a form of each of the words, and there are any."""
        return bool(words) and all(map(self.has_form, words))

    def has(self, word: str) -> bool:
        """Return whether the text has a form of a folded word, or a word of one meaning with it."""
        return self.has_form(word) or not self.meanings.isdisjoint(meanings_of(word))

    def has_all(self, words: Sequence[str]) -> bool:
        """Return whether the text has each of the words, and there are any."""
        return bool(words) and all(map(self.has, words))


def find_name(text: str, name: str, start: int = 0) -> int:
    """Return where a folded name stands in a folded text as whole words, -1 where it does not."""
    while (place := text.find(name, start)) >= 0:
        end = place + len(name)
        if not _joins(text[place - 1 : place], name[:1]) and not _joins(
            name[-1:], text[end : end + 1]
        ):
            return place
        start = place + 1
    return -1


def _joins(before: str, after: str) -> bool:
    return bool(before and after) and before.isalnum() and after[:1].isalnum()
