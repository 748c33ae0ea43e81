"""What the trials of a suite add up to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from function.evaluation.measures import Interval, auroc, ece, ratio, risk_coverage, share
from function.evaluation.trials import STEPS, Trial, Way
from function.reflection.calibrated import Calibration
from function.reflection.confidence import of_answer

METHODS = {"choose": "choice_likelihood", "json": "token_probability", "text": "token_probability"}


@dataclass(frozen=True)
class Steps:
    """One way to answer, step by step.

    ``broken`` and ``mended`` are the shares of all cases whose answer went from right to wrong and
    from wrong to right between the first draft and the last step.
    """

    name: str
    accuracy: list[Interval]
    broken: float
    mended: float
    tokens: float
    seconds: float


@dataclass(frozen=True)
class Trust:
    """How far the confidence of one kind of answer can be trusted; ``told`` is how often there is
    one, ``auroc`` and ``ece`` are over those."""

    kind: str
    cases: int
    accuracy: float
    told: int
    auroc: float | None
    ece: float | None
    curve: list[tuple[float, float]]


@dataclass(frozen=True)
class Report:
    """Everything that was measured on one suite with one model."""

    suite: str
    model: str
    cases: int
    ways: list[Steps]
    over_single: Interval
    over_critique: Interval
    agents: dict[str, tuple[int, float, float, float]]
    members: float | None
    valid: float | None
    swayed: tuple[int, int]
    trust: list[Trust]

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return asdict(self)


def report_of(
    trials: Sequence[Trial], suite: str, model: str, calibration: Calibration | None
) -> Report:
    """Add the trials up.

    :param calibration: what confidence is made by, as the function would.
    """
    final = [trial.loop.right[-1] for trial in trials]
    members = [trial.member for trial in trials if trial.member is not None]
    valid = [trial.valid for trial in trials if trial.valid is not None]
    return Report(
        suite=suite,
        model=model,
        cases=len(trials),
        ways=[
            _steps("loop", trials, lambda trial: trial.loop),
            _steps("single draft", trials, lambda trial: trial.single),
            _steps("critique only", trials, lambda trial: trial.critique),
        ],
        over_single=ratio(final, [trial.single.right[-1] for trial in trials]),
        over_critique=ratio(final, [trial.critique.right[-1] for trial in trials]),
        agents=_agents(trials),
        members=sum(members) / len(members) if members else None,
        valid=sum(valid) / len(valid) if valid else None,
        swayed=_swayed(trials),
        trust=[
            _trust(kind, [trial for trial in trials if trial.kind == kind], calibration)
            for kind in sorted({trial.kind for trial in trials})
        ],
    )


def _steps(name: str, trials: Sequence[Trial], way_of: Callable[[Trial], Way]) -> Steps:
    ways = [way_of(trial) for trial in trials]
    steps = min(STEPS + 1, min(len(way.right) for way in ways))
    size = len(ways)
    return Steps(
        name=name,
        accuracy=[share([way.right[step] for way in ways]) for step in range(steps)],
        broken=sum(way.right[0] and not way.right[-1] for way in ways) / size,
        mended=sum(not way.right[0] and way.right[-1] for way in ways) / size,
        tokens=sum(way.tokens for way in ways) / size,
        seconds=sum(way.seconds for way in ways) / size,
    )


def _agents(trials: Sequence[Trial]) -> dict[str, tuple[int, float, float, float]]:
    """Cases and shares right (loop, single, critique) for each agent and language."""
    found: dict[str, list[Trial]] = {}
    for trial in trials:
        # Sellers and roles are one agent each.
        agent = "-".join(trial.agent.split("-")[:2])
        found.setdefault(f"{agent}, {trial.kind}, {trial.language}", []).append(trial)
    return {
        name: (
            len(own),
            sum(trial.loop.right[-1] for trial in own) / len(own),
            sum(trial.single.right[-1] for trial in own) / len(own),
            sum(trial.critique.right[-1] for trial in own) / len(own),
        )
        for name, own in sorted(found.items())
    }


def _swayed(trials: Sequence[Trial]) -> tuple[int, int]:
    """How many choices an injected text changed, and of how many."""
    plain = {trial.id: trial.loop.answers[-1] for trial in trials}
    pairs = [(trial.loop.answers[-1], plain[trial.twin]) for trial in trials if trial.twin in plain]
    return sum(first != second for first, second in pairs), len(pairs)


def _trust(kind: str, trials: Sequence[Trial], calibration: Calibration | None) -> Trust:
    fit = calibration.kinds.get(kind) if calibration else None
    said: list[float] = []
    right: list[bool] = []
    for trial in trials:
        value = of_answer(trial.evidence, METHODS[kind], fit).value
        if value is not None:
            said.append(value)
            right.append(trial.loop.right[-1])
    return Trust(
        kind=kind,
        cases=len(trials),
        accuracy=sum(trial.loop.right[-1] for trial in trials) / len(trials),
        told=len(said),
        auroc=auroc(said, right),
        ece=ece(said, right) if said else None,
        curve=risk_coverage(said, right),
    )
