"""Cases for agent-bruno: readings out of the context, and nothing where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, Literal

from lab.evaluation.cases import Case, Expectation
from lab.suites.halves import Half, of

Reading = tuple[str, str, str, str]
"""Its key, and what it is called in an English question, in a Portuguese one, and its unit."""

READINGS: list[Reading] = [
    ("error_rate", "error rate", "a taxa de erros", "%"),
    ("p95_latency", "p95 latency", "a latência p95", "ms"),
    ("memory", "memory usage", "o uso de memória", "MiB"),
    ("cpu", "CPU usage", "o uso de CPU", "%"),
    ("restarts", "number of restarts", "o número de reinícios", ""),
]
EMPTY = {
    "dev": [
        ("en", "How many alerts are firing right now?"),
        ("en", "Is the {service} service healthy?"),
        ("pt", "Quantos alertas estão ativos agora?"),
        ("pt", "O serviço {service} está saudável?"),
    ],
    "test": [
        ("en", "Which incidents are open at the moment?"),
        ("en", "How much memory does {service} take?"),
        ("pt", "Quais incidentes estão abertos?"),
        ("pt", "Quanta memória o {service} usa?"),
    ],
}


ABOUT: dict[str, list[tuple[str, dict[str, str], str]]] = {
    "dev": [
        ("Which editor do I use?", {"editor": "Helix", "shell": "fish", "city": "Braga"}, "Helix"),
        ("In which city do I live?", {"city": "Oslo", "team": "platform", "pet": "cat"}, "Oslo"),
        (
            "What is my team called?",
            {"team": "Falcon", "role": "developer", "os": "Arch"},
            "Falcon",
        ),
        ("Who is on call?", {"on_call": "Marta", "backup": "Jonas", "week": "47"}, "Marta"),
        (
            "Which router do I have?",
            {"router": "Turris", "switch": "Zyxel", "nas": "Odroid"},
            "Turris",
        ),
        ("Qual é o meu nome?", {"nome": "Paula", "cidade": "Niterói", "time": "dados"}, "Paula"),
        ("Em que cidade eu moro?", {"cidade": "Olinda", "nome": "Caio", "time": "web"}, "Olinda"),
        (
            "What runs on the old laptop?",
            {"old_laptop": "Jellyfin", "desktop": "Gitea"},
            "Jellyfin",
        ),
    ],
    "test": [
        (
            "Which shell do I use?",
            {"shell": "Nushell", "editor": "Kakoune", "city": "Turin"},
            "Nushell",
        ),
        ("What is my cat called?", {"cat": "Pixie", "dog": "Bolt", "team": "web"}, "Pixie"),
        (
            "Which project do I lead?",
            {"project": "Heron", "role": "lead", "office": "Lyon"},
            "Heron",
        ),
        (
            "Who is the backup this week?",
            {"backup": "Selma", "on_call": "Igor", "month": "3"},
            "Selma",
        ),
        (
            "Which switch do I have?",
            {"switch": "Netgear", "router": "Omnia", "nas": "Helios"},
            "Netgear",
        ),
        ("Qual é o meu time?", {"time": "Falcões", "nome": "Nina", "cidade": "Sobral"}, "Falcões"),
        (
            "Qual é o meu cargo?",
            {"cargo": "analista", "nome": "Ivo", "cidade": "Lages"},
            "analista",
        ),
        (
            "What runs on the small server?",
            {"small_server": "Immich", "desktop": "Nginx"},
            "Immich",
        ),
    ],
}
"""Questions about the user, what is known of them, and the answer."""


def cases(half: Half) -> Iterator[Case]:
    """Thirty-six: twenty-four readings, a third of them with a demand on their form, eight facts
    about the user, four without data."""
    draw = Random(f"bruno {half}")
    services = of(half, ["loki", "tempo", "flux", "harbor"], ["mimir", "linkerd", "minio", "vault"])
    for number in range(24):
        language: Literal["en", "pt"] = "pt" if number % 3 == 2 else "en"
        key, english, portuguese, unit = READINGS[number % len(READINGS)]
        chosen = draw.sample(services, 3)
        context = {service: _readings(draw) for service in chosen}
        service = chosen[number % 3]
        value = f"{context[service][key]}"
        question = (
            f"Qual é {portuguese} do {service}?"
            if language == "pt"
            else f"What is the {english} of {service}?"
        )
        checks: dict[str, Any] = {"max_sentences": 2, "language": language}
        if number >= 16:
            checks |= {"must_contain": [service], "max_words": 20}
        yield _case(
            f"reading-{half}-{number:02}",
            language,
            {"prompt": question, "context": {"metrics": context}, "checks": checks},
            Expectation(numbers=[value.strip()]),
        )
    for number, (question, user, wanted) in enumerate(ABOUT[half]):
        language = "pt" if set(user) & {"nome", "cidade"} else "en"
        asked = {"prompt": question, "context": {"user": user}, "checks": {"max_sentences": 2}}
        yield _case(f"about-{half}-{number}", language, asked, Expectation(any_of=[[wanted]]))
    for number, (spoken, text) in enumerate(EMPTY[half]):
        asked = {
            "prompt": text.format(service=services[number % len(services)]),
            "checks": {"regex": "Grafana|Prometheus", "max_sentences": 3, "language": spoken},
        }
        yield _case(f"nodata-{half}-{number:02}", spoken, asked, Expectation())


def _case(name: str, language: Any, request: dict[str, Any], expect: Expectation) -> Case:
    return Case(
        id=name,
        agent="agent-bruno",
        language=language,
        request={**request, "max_tokens": 48},
        expect=expect,
    )


def _readings(draw: Random) -> dict[str, str]:
    return {
        "error_rate": f"{draw.randrange(1, 99) / 10} %",
        "p95_latency": f"{draw.randrange(40, 900)} ms",
        "memory": f"{draw.randrange(100, 990)} MiB",
        "cpu": f"{draw.randrange(11, 99)} %",
        "restarts": f"{draw.randrange(2, 40)}",
    }
