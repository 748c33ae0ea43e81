"""Cases of choosing: what a customer's or a visitor's message is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from lab.evaluation.cases import Case, Expectation
from lab.suites.halves import Half

INTENTS = [
    {"name": "complaint", "description": "O cliente reclama de um problema"},
    {"name": "price", "description": "O cliente pergunta o preço"},
    {"name": "delivery", "description": "O cliente pergunta pela entrega"},
    {"name": "payment", "description": "O cliente pergunta como pagar"},
]
SAID = {
    "dev": [
        ("O vestido chegou rasgado!", "complaint"),
        ("Quanto está o notebook?", "price"),
        ("Quando o pacote chega aqui?", "delivery"),
        ("Posso parcelar no cartão?", "payment"),
        ("A luminária veio quebrada, que decepção.", "complaint"),
        ("Qual o valor do batom?", "price"),
        ("Meu pedido já saiu para entrega?", "delivery"),
        ("Aceitam pix?", "payment"),
        ("Estou muito insatisfeito com o fone.", "complaint"),
        ("Tem desconto no tapete?", "price"),
        ("Vocês entregam em Manaus?", "delivery"),
        ("O boleto vence quando?", "payment"),
    ],
    "test": [
        ("O monitor veio com a tela trincada!", "complaint"),
        ("Quanto custa o perfume?", "price"),
        ("Em quantos dias a mesa é entregue?", "delivery"),
        ("Dá para pagar em três vezes?", "payment"),
        ("Recebi o blazer errado, péssimo.", "complaint"),
        ("Qual é o preço da cadeira?", "price"),
        ("O correio já levou a encomenda?", "delivery"),
        ("Posso pagar com cartão de débito?", "payment"),
        ("O sofá chegou manchado e ninguém responde.", "complaint"),
        ("Quanto sai o headset?", "price"),
        ("O frete para Recife demora?", "delivery"),
        ("Como faço a transferência?", "payment"),
    ],
}
TOPICS = [
    {"name": "security", "description": "It is about attacks and vulnerabilities"},
    {"name": "performance", "description": "It is about slow or loaded services"},
    {"name": "storage", "description": "It is about disks, volumes and backups"},
    {"name": "deployment", "description": "It is about releases and new versions"},
]
ASKED: dict[str, list[tuple[str, Literal["en", "pt"], str]]] = {
    "dev": [
        ("Was any CVE found in the images?", "en", "security"),
        ("Why does the dashboard load so slowly?", "en", "performance"),
        ("When did the last backup run?", "en", "storage"),
        ("Which version of the blog is rolled out?", "en", "deployment"),
        ("Houve tentativas de invasão hoje?", "pt", "security"),
        ("Por que a latência subiu?", "pt", "performance"),
        ("Quanto espaço sobra no disco?", "pt", "storage"),
        ("A nova versão já foi publicada?", "pt", "deployment"),
        ("Did somebody try to log in by brute force?", "en", "security"),
        ("Is the database under heavy load?", "en", "performance"),
        ("Is the volume of the registry nearly full?", "en", "storage"),
        ("Has the release been rolled back?", "en", "deployment"),
    ],
    "test": [
        ("Is there an exploit for our web server?", "en", "security"),
        ("Why is the search taking ten seconds?", "en", "performance"),
        ("Can we restore yesterday's snapshot?", "en", "storage"),
        ("Did the upgrade to version 3 go through?", "en", "deployment"),
        ("Alguma vulnerabilidade nova foi achada?", "pt", "security"),
        ("O servidor está sobrecarregado?", "pt", "performance"),
        ("O volume de dados está cheio?", "pt", "storage"),
        ("Qual versão está em produção?", "pt", "deployment"),
        ("Did the scanner find leaked passwords?", "en", "security"),
        ("Which service uses the most CPU time?", "en", "performance"),
        ("How many gigabytes does the disk have left?", "en", "storage"),
        ("Who deployed the last release?", "en", "deployment"),
    ],
}


def cases(half: Half) -> Iterator[Case]:
    """Twelve messages to the store, in Portuguese, and twelve to the chatbot, in both languages."""
    for number, (text, choice) in enumerate(SAID[half]):
        yield _case(
            f"intent-{half}-{number:02}", "agent-store-multibrands", "pt", text, INTENTS, choice
        )
    for number, (text, language, choice) in enumerate(ASKED[half]):
        yield _case(f"topic-{half}-{number:02}", "agent-bruno", language, text, TOPICS, choice)


def _case(
    name: str,
    agent: str,
    language: Literal["en", "pt"],
    text: str,
    choices: list[dict[str, str]],
    choice: str,
) -> Case:
    request: dict[str, Any] = {"prompt": text, "choices": choices, "max_tokens": 20}
    return Case(
        id=name,
        agent=agent,
        language=language,
        request=request,
        expect=Expectation(choice=choice),
    )
