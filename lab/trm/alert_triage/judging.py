"""Measure alert triage beside simpler means: `python -m lab judge alert-triage`."""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx
import numpy as np
import torch

from function.deadline import Deadline
from function.trm.alert_triage.codec import Remedy
from function.trm.alert_triage.triage import AlertTriage, read_act_above, read_codec
from function.trm.errors import CheckpointError
from function.trm.loading import open_network
from lab.measures import ece
from lab.trm.alert_triage.baselines import by_keywords
from lab.trm.alert_triage.example import Example
from lab.trm.alert_triage.family import families_of
from lab.trm.alert_triage.generator import AlertGenerator
from lab.trm.alert_triage.meaning import ByMeaning
from lab.trm.alert_triage.public_rules import honest_alerts
from lab.trm.curriculum import TEST_SEED

FIRST = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """What one of the means did about an alert; `confidence` is None where it gives none."""

    remedy: Remedy
    confidence: float | None = None
    steps: int = 0


@dataclass(frozen=True, slots=True)
class TriageFigures:
    """Shares of 1 over a set, but for the mean number of steps.

    `parameters` are right where the choice is right and is a function: names, namespaces and
    replicas all of them. A false positive is a function chosen where none helps; a confident one
    has a confidence of at least 0.7, at which agents act. The calibration error holds the
    confidence against choice and parameters together.
    """

    choice: float
    parameters: float
    false_positives: float
    confident_false_positives: float | None
    calibration_error: float | None
    steps: float


def figures_of(examples: Sequence[Example], judged: Sequence[Judged]) -> TriageFigures:
    """Hold what was done against what the guide says."""
    pairs = list(zip(examples, judged, strict=True))
    right = [each.remedy.choice == found.remedy.choice for each, found in pairs]
    whole = [each.remedy == found.remedy for each, found in pairs]
    acting = [index for index, (each, _) in enumerate(pairs)
              if right[index] and each.remedy.choice != "none"]  # fmt: skip
    idle = [found for each, found in pairs if each.remedy.choice == "none"]
    wrong = [found for found in idle if found.remedy.choice != "none"]
    confidences = [found.confidence for found in judged if found.confidence is not None]
    sure = [found for found in wrong if found.confidence is not None and found.confidence >= 0.7]
    return TriageFigures(
        choice=float(np.mean(right)),
        parameters=float(np.mean([whole[index] for index in acting])) if acting else 0.0,
        false_positives=len(wrong) / max(1, len(idle)),
        confident_false_positives=len(sure) / max(1, len(idle)) if confidences else None,
        calibration_error=ece(confidences, whole) if confidences else None,
        steps=float(np.mean([found.steps for found in judged])),
    )


Means = Callable[[Sequence[Example]], list[Judged]]


def by_network(triage: AlertTriage, steps: int | None) -> Means:
    """Return the network, abstaining when unsure, halting by itself or after a number of steps."""

    def judge(examples: Sequence[Example]) -> list[Judged]:
        answers = [triage.triage(each.alert, Deadline.after(60), steps) for each in examples]
        return [Judged(each.remedy, each.confidence, len(each.steps)) for each in answers]

    return judge


def _keyword_rules(examples: Sequence[Example]) -> list[Judged]:
    return [Judged(by_keywords(each.alert)) for each in examples]


def by_sentence_embeddings() -> Means:
    """Return the nearest description of a function; raises CheckpointError without the encoder."""
    meaning = ByMeaning()

    def judge(examples: Sequence[Example]) -> list[Judged]:
        return [Judged(remedy) for remedy in meaning.choose([each.alert for each in examples])]

    return judge


def table(sets: dict[str, Sequence[Example]], means: dict[str, Means]) -> str:
    """Return a table of markdown: a row for every means on every set."""
    lines = [
        "| set | means | choice | parameters | false positives | at 0.7 and more | ECE | steps |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for title, examples in sets.items():
        for name, judge in means.items():
            found = figures_of(examples, judge(examples))
            sure, error = found.confident_false_positives, found.calibration_error
            cells = (
                title, name, f"{found.choice:.1%}", f"{found.parameters:.1%}",
                f"{found.false_positives:.1%}", "-" if sure is None else f"{sure:.1%}",
                "-" if error is None else f"{error:.3f}", f"{found.steps:.1f}",
            )  # fmt: skip
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def served_times(url: str, examples: Sequence[Example]) -> list[float]:
    """Post every alert, one after the other, to a running function; ms of each request.

    The first ones are left out: they wait for the network to be loaded.
    """
    times = []
    with httpx.Client() as client:
        for each in examples:
            body = {"labels": each.alert.labels, "annotations": each.alert.annotations}
            started = time.perf_counter()
            answer = client.post(url, content=json.dumps(body), headers=_JSON, timeout=60)
            times.append(1000 * (time.perf_counter() - started))
            answer.raise_for_status()
            answer.json()["choice"]
    return times[FIRST:]


def measure_served(url: str, examples: Sequence[Example]) -> str:
    """Return the times of the requests as a sentence."""
    times = served_times(url, examples)
    half, most = np.quantile(times, (0.5, 0.95))
    return f"{len(times)} requests over HTTP: p50 {half:.1f} ms, p95 {most:.1f} ms"


_JSON = {"content-type": "application/json"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `judge alert-triage`."""
    parser = argparse.ArgumentParser(prog="python -m lab judge alert-triage")
    parser.add_argument("weights", nargs="?", default="alert-triage", help="name or path")
    parser.add_argument("--alerts", type=int, default=1000, help="alerts of held-out families")
    parser.add_argument("--served", help="URL of a running function to measure request times at")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    generator = AlertGenerator(families_of("test"), random.Random(TEST_SEED))
    sets: dict[str, Sequence[Example]] = {
        "held-out families": [generator.draw() for _ in range(given.alerts)],
        "public rules' manner": honest_alerts(),
    }
    if given.served:
        print(measure_served(given.served, sets["held-out families"]))
        return
    try:
        embeddings = by_sentence_embeddings()
        network = open_network(given.weights)
    except CheckpointError as error:
        sys.exit(str(error))
    folder = network.file.parent
    triage = AlertTriage(
        network.engine, network.calibration, network.halt_above,
        read_codec(folder), read_act_above(folder),
    )  # fmt: skip
    means: dict[str, Means] = {
        "network, halting": by_network(triage, None),
        "network, 16 steps": by_network(triage, network.config.halt_max_steps),
        "network, 1 step": by_network(triage, 1),
        "keyword rules": _keyword_rules,
        "sentence embeddings": embeddings,
    }
    print(table(sets, means))
    network.engine.close()
