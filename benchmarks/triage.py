"""Alert triage by the shipped network: on alerts of held-out families, and as it is served."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np

from benchmarks.figure import Figure
from benchmarks.processes import free_port, running, wait_for_port
from function.trm.alert_triage.triage import AlertTriage, read_act_above, read_codec
from function.trm.loading import open_network
from lab.trm.alert_triage.example import Example
from lab.trm.alert_triage.family import families_of
from lab.trm.alert_triage.generator import AlertGenerator
from lab.trm.alert_triage.judging import (
    TEST_SEED,
    TriageFigures,
    by_network,
    figures_of,
    served_times,
)

NETWORK = "alert-triage"


@dataclass(frozen=True)
class Size:
    """Alerts that are judged, and those of them that are posted to a running function."""

    alerts: int
    served: int


FULL = Size(alerts=1_000, served=400)
SMOKE = Size(alerts=40, served=20)


def measure(size: Size) -> Iterator[Figure]:
    """Yield what the network does about the alerts, then how long a request takes."""
    generator = AlertGenerator(families_of("test"), random.Random(TEST_SEED))
    alerts = [generator.draw() for _ in range(size.alerts)]
    yield from quality(_judged(alerts), size.alerts)
    times = _served(alerts[: size.served])
    half, most = np.quantile(times, (0.5, 0.95))
    yield Figure(
        "alert triage served, p95", float(most), "at most", 50,
        f"{len(times)} requests over HTTP, one after the other: p50 {half:.1f} ms", "ms",
    )  # fmt: skip


def quality(found: TriageFigures, alerts: int) -> Iterator[Figure]:
    """Yield what was found beside its bars."""
    made = f"{alerts} alerts of held-out families, {found.steps:.1f} steps on average"
    yield Figure("alert triage: choice right", 100 * found.choice, "at least", 92, made, "%")
    yield Figure(
        "alert triage: parameters right", 100 * found.parameters, "at least", 95, made, "%"
    )
    false, sure = 100 * found.false_positives, 100 * (found.confident_false_positives or 0.0)
    yield Figure(
        "alert triage: false positives", false, "at most", 3,
        f"{made}; {sure:.1f} % of confidence 0.7 and more", "%",
    )  # fmt: skip
    error = 1.0 if found.calibration_error is None else found.calibration_error
    yield Figure("alert triage: ECE of the confidence", error, "at most", 0.05, made)


def _judged(alerts: list[Example]) -> TriageFigures:
    network = open_network(NETWORK)
    folder = network.file.parent
    try:
        triage = AlertTriage(
            network.engine, network.calibration, network.halt_above,
            read_codec(folder), read_act_above(folder),
        )  # fmt: skip
        return figures_of(alerts, by_network(triage, None)(alerts))
    finally:
        network.engine.close()


def _served(alerts: list[Example]) -> list[float]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        settings = {"HOST": "127.0.0.1", "PORT": str(port), "TRM_MODEL_NAME": f"trm:{NETWORK}"}
        with running(["-m", "function", "serve"], output, **settings) as process:
            wait_for_port(port, process, output)
            url = f"http://127.0.0.1:{port}"
            while httpx.get(f"{url}/health/readiness").status_code != 200:
                time.sleep(0.1)
            return served_times(f"{url}/", alerts)
