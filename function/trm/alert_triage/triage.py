"""From an alert to what to do about it, step by step."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import cast

from function.deadline import Deadline
from function.trm.alert_triage.alert import Alert
from function.trm.alert_triage.codec import AlertCodec, Remedy, decode
from function.trm.alert_triage.vocabulary import VOCABULARY, Vocabulary
from function.trm.attempt import Sample
from function.trm.calibration import PlattScaling
from function.trm.engine import Engine
from function.trm.errors import CheckpointError
from function.trm.finding import StopReason

THRESHOLDS = "thresholds.json"
NONE = Remedy("none", {})


@dataclass(frozen=True, slots=True)
class TriageStep:
    """What the network would do after a supervision step, and how sure it is."""

    remedy: Remedy
    confidence: float


@dataclass(frozen=True, slots=True)
class TriageAnswer:
    """`remedy` is what to do; `unsure` holds what the network would have done if it was too unsure.

    `confidence` is the calibrated probability that choice and parameters of the network are right.
    """

    remedy: Remedy
    unsure: Remedy | None
    confidence: float
    steps: tuple[TriageStep, ...]
    stop_reason: StopReason


class AlertTriage:
    """Triage with one network, for any number of threads.

    What the network would do with a confidence under `act_above` is not done.
    """

    def __init__(
        self,
        engine: Engine,
        calibration: PlattScaling,
        halt_above: float,
        codec: AlertCodec,
        act_above: float,
    ) -> None:
        self.engine, self.calibration, self.halt_above = engine, calibration, halt_above
        self.codec, self.act_above = codec, act_above

    def triage(self, alert: Alert, deadline: Deadline, steps: int | None = None) -> TriageAnswer:
        """Return the network's remedy after it halts, or after `steps` steps without halting.

        Raises DeadlineError when the deadline passes before the first supervision step.
        """
        encoded = self.codec.encode(alert)
        attempt = Sample(
            tokens=encoded.tokens,
            deadline=deadline,
            finished=SimpleQueue(),
            max_steps=steps or self.engine.config.halt_max_steps,
            halt_above=None if steps else self.halt_above,
        )
        self.engine.submit([attempt])
        attempt.wait()
        taken, ending = list(attempt.steps), attempt.ending or "deadline"
        looks = tuple(
            TriageStep(decode(step.tokens, encoded.labels), self.calibration.probability(step.halt))
            for step in taken
        )
        last = looks[-1]
        unsure = last.remedy if last.confidence < self.act_above else None
        if unsure == NONE:
            unsure = None
        reason = "deadline" if ending == "cancelled" else ending
        return TriageAnswer(
            NONE if unsure else last.remedy, unsure, last.confidence, looks,
            cast(StopReason, reason),
        )  # fmt: skip


def read_codec(folder: Path) -> AlertCodec:
    """Return the codec of a network in `folder`. Raises CheckpointError when its words are not
    there."""
    try:
        return AlertCodec(Vocabulary.read(folder))
    except OSError:
        raise CheckpointError(f"{VOCABULARY} is not beside the weights in {folder}") from None


def read_act_above(folder: Path) -> float:
    """Return the confidence a network in `folder` needs to act; 0.5 where none was chosen."""
    file = folder / THRESHOLDS
    if not file.is_file():
        return 0.5
    return float(json.loads(file.read_text(encoding="utf-8"))["act_above"])


def write_act_above(folder: Path, act_above: float) -> None:
    """Write the threshold that :func:`read_act_above` reads."""
    text = json.dumps({"act_above": round(act_above, 4)}) + "\n"
    (folder / THRESHOLDS).write_text(text, encoding="utf-8")
