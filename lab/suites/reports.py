"""Cases for agent-sre's health reports: valid JSON whose numbers stem from the metrics."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from lab.evaluation.cases import Case, Expectation
from lab.suites.halves import Half, of


def cases(half: Half) -> Iterator[Case]:
    """Eight: four services in trouble, four without."""
    draw = Random(f"reports {half}")
    services = of(
        half,
        ["grafana", "gateway", "cache", "broker", "runner"],
        ["registry", "proxy", "indexer", "scheduler", "mailer"],
    )
    for number in range(8):
        service = services[number % 5]
        ill = number % 2 == 0
        metrics = {
            "error_rate": f"{draw.randrange(120, 400) / 10} %" if ill else "0.0 %",
            "p95_latency": f"{draw.randrange(2_000, 9_000) if ill else draw.randrange(20, 90)} ms",
            "up": not ill,
            "restarts": draw.randrange(20, 60) if ill else 0,
            "disk": None if number % 3 == 0 else f"{draw.randrange(20, 60)} %",
        }
        portuguese = number % 4 == 3
        yield Case(
            id=f"report-{half}-{number}",
            agent="agent-sre",
            language="pt" if portuguese else "en",
            request={
                "prompt": f"Relate a saúde de {service}."
                if portuguese
                else f"Report the health of {service}.",
                "context": {"service": service, "metrics": metrics},
                "checks": {"must_contain": [service]},
                "max_tokens": 200,
            },
            expect=Expectation(
                fields={"status": ["Warning", "Critical"] if ill else ["Healthy"]},
            ),
        )
