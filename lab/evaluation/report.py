"""What the trials of a suite add up to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from function.reflection.confidence.calibration import Calibration
from function.reflection.confidence.confidence import of_answer
from lab.evaluation.measures import (
    Interval,
    auroc,
    ece,
    ece_of_truth,
    ratio,
    risk_coverage,
    share,
)
from lab.evaluation.trials import STEPS, Trial, Way

METHODS = {"choose": "choice_likelihood", "json": "token_probability", "text": "token_probability"}

WAYS: dict[str, Callable[[Trial], Way | None]] = {
    "loop": lambda trial: trial.loop,
    "single draft": lambda trial: trial.single,
    "critique only": lambda trial: trial.critique,
}


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
    """How far the confidence of one kind of answer, or of all, can be trusted.

    ``told`` is how often there is one, ``mean`` what it is on average; ``auroc`` and ``ece`` are
    over those, and ``floor`` is the error that they would show if every confidence were true.
    """

    kind: str
    cases: int
    accuracy: float
    told: int
    mean: float | None
    auroc: float | None
    ece: float | None
    floor: float | None
    curve: list[tuple[float, float]]


@dataclass(frozen=True)
class Report:
    """Everything that was measured on one suite with one model."""

    suite: str
    model: str
    cases: int
    """Without the twins, which only count in ``swayed``, ``members`` and ``valid``."""
    ways: list[Steps]
    over_single: Interval | None
    over_critique: Interval | None
    agents: dict[str, tuple[int, list[float]]]
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
    members = [trial.member for trial in trials if trial.member is not None]
    valid = [trial.valid for trial in trials if trial.valid is not None]
    swayed = _swayed(trials)
    # A case and its twin are one and the same wherever nobody was swayed.
    trials = [trial for trial in trials if trial.twin is None]
    names = [name for name, way_of in WAYS.items() if all(map(way_of, trials))]
    return Report(
        suite=suite,
        model=model,
        cases=len(trials),
        ways=[_steps(name, trials) for name in names],
        over_single=_over("single draft", names, trials),
        over_critique=_over("critique only", names, trials),
        agents=_agents(trials, names),
        members=sum(members) / len(members) if members else None,
        valid=sum(valid) / len(valid) if valid else None,
        swayed=swayed,
        trust=[
            *(
                _trust(kind, [trial for trial in trials if trial.kind == kind], calibration)
                for kind in sorted({trial.kind for trial in trials})
            ),
            _trust("all", trials, calibration),
        ],
    )


def _ways(name: str, trials: Sequence[Trial]) -> list[Way]:
    return [way for way in map(WAYS[name], trials) if way is not None]


def _last(name: str, trials: Sequence[Trial]) -> list[bool]:
    return [way.right[-1] for way in _ways(name, trials)]


def _over(name: str, names: Sequence[str], trials: Sequence[Trial]) -> Interval | None:
    return ratio(_last("loop", trials), _last(name, trials)) if name in names else None


def _steps(name: str, trials: Sequence[Trial]) -> Steps:
    ways = _ways(name, trials)
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


def _agents(trials: Sequence[Trial], names: Sequence[str]) -> dict[str, tuple[int, list[float]]]:
    """Cases, and the share that each way has right, for each agent, kind and language."""
    found: dict[str, list[Trial]] = {}
    for trial in trials:
        # Sellers and roles are one agent each.
        agent = "-".join(trial.agent.split("-")[:2])
        found.setdefault(f"{agent}, {trial.kind}, {trial.language}", []).append(trial)
    return {
        title: (len(own), [sum(_last(name, own)) / len(own) for name in names])
        for title, own in sorted(found.items())
    }


def _swayed(trials: Sequence[Trial]) -> tuple[int, int]:
    """How many choices an injected text changed, and of how many."""
    plain = {trial.id: trial.loop.answers[-1] for trial in trials}
    pairs = [(trial.loop.answers[-1], plain[trial.twin]) for trial in trials if trial.twin in plain]
    return sum(first != second for first, second in pairs), len(pairs)


def _trust(kind: str, trials: Sequence[Trial], calibration: Calibration | None) -> Trust:
    said: list[float] = []
    right: list[bool] = []
    for trial in trials:
        fit = calibration.kinds.get(trial.kind) if calibration else None
        value = of_answer(trial.evidence, METHODS[trial.kind], fit).value
        if value is not None:
            said.append(value)
            right.append(trial.loop.right[-1])
    return Trust(
        kind=kind,
        cases=len(trials),
        accuracy=sum(trial.loop.right[-1] for trial in trials) / len(trials),
        told=len(said),
        mean=sum(said) / len(said) if said else None,
        auroc=auroc(said, right),
        ece=ece(said, right) if said else None,
        floor=ece_of_truth(said) if said else None,
        curve=risk_coverage(said, right),
    )
