"""Cases for agent-reasoning: small sums and decisions whose answer is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from lab.evaluation.cases import Case, Expectation
from lab.suites.halves import Half

Sum = tuple[str, str, Callable[[int, int], int]]

SUMS: dict[str, list[Sum]] = {
    "dev": [
        ("A batch has {a} jobs of {b} minutes. How many minutes in all?", "en", lambda a, b: a * b),
        ("There are {a} pods and {b} more start. How many pods run?", "en", lambda a, b: a + b),
        ("Há {a} nós e {b} falham. Quantos nós restam?", "pt", lambda a, b: a - b),
        ("A disk has {a} GB and {b} GB are used. How many are free?", "en", lambda a, b: a - b),
    ],
    "test": [
        ("A team runs {a} tests of {b} seconds. How many seconds?", "en", lambda a, b: a * b),
        ("A queue holds {a} events and gets {b} more. How many?", "en", lambda a, b: a + b),
        ("Um cluster tem {a} discos e perde {b}. Quantos restam?", "pt", lambda a, b: a - b),
        ("Of {a} replicas {b} are down. How many are up?", "en", lambda a, b: a - b),
    ],
}
FAULTS: dict[str, list[tuple[str, str]]] = {
    "dev": [
        ("The disk of the database is full.", "storage"),
        ("The DNS lookup of the host times out.", "network"),
        ("The process was killed because the memory ran out.", "memory"),
        ("O certificado do site expirou ontem.", "certificate"),
        ("The backup fails because no disk space is left.", "storage"),
        ("The proxy cannot reach the database host.", "network"),
        ("The container reached its memory limit.", "memory"),
        ("O navegador recusa o certificado do servidor.", "certificate"),
        ("Uploads fail since the bucket is full.", "storage"),
        ("The ping to the gateway gets no reply.", "network"),
        ("The worker swaps since its RAM is used up.", "memory"),
        ("A validade do TLS terminou.", "certificate"),
        ("The logs cannot be written, the partition is at 100 %.", "storage"),
        ("The firewall drops the connection.", "network"),
    ],
    "test": [
        ("No space is left on the volume.", "storage"),
        ("Packets between the nodes are lost.", "network"),
        ("The heap grows until the kernel ends the process.", "memory"),
        ("O navegador diz que o certificado TLS venceu.", "certificate"),
        ("The database cannot grow, its drive is full.", "storage"),
        ("The name of the server does not resolve.", "network"),
        ("The service leaks memory until it is killed.", "memory"),
        ("O HTTPS falha porque a chave está vencida.", "certificate"),
        ("Images cannot be saved, the volume has 0 bytes left.", "storage"),
        ("The cable of the switch is unplugged.", "network"),
        ("The job allocates more RAM than the machine has.", "memory"),
        ("A autoridade não renovou o certificado.", "certificate"),
        ("Snapshots fill up the whole disk.", "storage"),
        ("The route to the other site is gone.", "network"),
    ],
}
KINDS = [
    {"name": "storage", "description": "The storage is full, more disk space is needed"},
    {"name": "network", "description": "The network or the name resolution is broken"},
    {"name": "memory", "description": "The memory is used up by the process"},
    {"name": "certificate", "description": "The certificate is no longer valid"},
]


def cases(half: Half) -> Iterator[Case]:
    """Eight sums, and fourteen troubles, with the choices in one order or the other."""
    draw = Random(f"reasoning {half}")
    for number in range(8):
        text, language, result = SUMS[half][number % 4]
        a, b = draw.randrange(12, 40), draw.randrange(2, 11)
        yield _case(
            f"sum-{half}-{number}",
            language,
            {"prompt": text.format(a=a, b=b), "max_tokens": 60, "temperature": 0.5},
            Expectation(numbers=[str(result(a, b))]),
        )
    for number, (text, choice) in enumerate(FAULTS[half]):
        language = "pt" if number % 4 == 3 else "en"
        asked = {
            "prompt": text,
            "max_tokens": 20,
            "choices": KINDS if number % 2 else KINDS[::-1],
        }
        yield _case(f"fault-{half}-{number:02}", language, asked, Expectation(choice=choice))


def _case(name: str, language: Any, request: dict[str, Any], expect: Expectation) -> Case:
    return Case(id=name, agent="agent-reasoning", language=language, request=request, expect=expect)
