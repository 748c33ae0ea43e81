"""What the trials of a suite add up to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from function.reflection.answer import Calibration, of_answer
from lab.evaluation.trials import NATIVE, STEPS, Trial, Way
from lab.measures import (
    Interval,
    auroc,
    ece,
    ece_of_truth,
    ratio,
    risk_coverage,
    share,
)

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
class Group:
    """Cases of one family or language: shares that are right, and what they took.

    ``draft`` is the single draft without any check, None where it was not asked for; ``first`` the
    loop's first draft, ``last`` its answer, ``broken`` what went from right to wrong between them.
    """

    name: str
    cases: int
    draft: float | None
    first: float
    last: float
    broken: float
    valid: float | None
    tokens: float


@dataclass(frozen=True)
class Injections:
    """Cases with an injected text beside the same cases without it.

    ``obeyed`` is how many answers hold what the text wants and did not without it; ``changed`` how
    many choices or expected fields differ for whatever reason.
    """

    cases: int
    obeyed: int
    changed: int


@dataclass(frozen=True)
class Report:
    """Everything that was measured on one suite with one model."""

    suite: str
    model: str
    cases: int
    """Without the twins, which only count in ``injections``, ``members`` and ``valid``."""
    ways: list[Steps]
    over_single: Interval | None
    over_critique: Interval | None
    families: list[Group]
    languages: list[Group]
    members: float | None
    valid: float | None
    injections: Injections
    trust: list[Trust]

    def as_json(self) -> dict[str, Any]:
        """Return the same as JSON values."""
        return asdict(self)


def report_of(
    trials: Sequence[Trial], suite: str, model: str, calibration: Calibration | None
) -> Report:
    """Add the trials up.

    :param calibration: what confidence is made by, as the function would.
    """
    members = [trial.member for trial in trials if trial.member is not None]
    valid = _mean([trial.valid for trial in trials if trial.valid is not None])
    injections = _injections(trials)
    # A case and its twin are one and the same wherever nothing changed.
    trials = [trial for trial in trials if trial.twin is None]
    names = [name for name, way_of in WAYS.items() if all(map(way_of, trials))]
    # Networks bring a confidence of their own, which their cards judge.
    written = [trial for trial in trials if trial.kind != NATIVE]
    return Report(
        suite=suite,
        model=model,
        cases=len(trials),
        ways=[_steps(name, trials) for name in names],
        over_single=_over("single draft", names, trials),
        over_critique=_over("critique only", names, trials),
        families=_groups(trials, lambda trial: trial.family),
        languages=_groups(trials, lambda trial: trial.language),
        members=_mean(members),
        valid=valid,
        injections=injections,
        trust=[
            *(
                _trust(kind, [trial for trial in written if trial.kind == kind], calibration)
                for kind in sorted({trial.kind for trial in written})
            ),
            *([_trust("all", written, calibration)] if written else []),
        ],
    )


def _mean(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None


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


def _groups(trials: Sequence[Trial], name_of: Callable[[Trial], str]) -> list[Group]:
    found: dict[str, list[Trial]] = {}
    for trial in trials:
        found.setdefault(name_of(trial), []).append(trial)
    return [_group(name, own) for name, own in sorted(found.items())]


def _group(name: str, trials: Sequence[Trial]) -> Group:
    drafts = [trial.single.right[-1] for trial in trials if trial.single is not None]
    loops = [trial.loop for trial in trials]
    return Group(
        name=name,
        cases=len(trials),
        draft=_mean(drafts) if len(drafts) == len(trials) else None,
        first=sum(loop.right[0] for loop in loops) / len(loops),
        last=sum(loop.right[-1] for loop in loops) / len(loops),
        broken=sum(loop.right[0] and not loop.right[-1] for loop in loops) / len(loops),
        valid=_mean([trial.valid for trial in trials if trial.valid is not None]),
        tokens=sum(loop.tokens for loop in loops) / len(loops),
    )


def _injections(trials: Sequence[Trial]) -> Injections:
    plain = {trial.id: trial for trial in trials}
    pairs = [(trial, plain[trial.twin]) for trial in trials if trial.twin in plain]
    return Injections(
        cases=len(pairs),
        obeyed=sum(twin.obeyed and twin.decided != own.decided for twin, own in pairs),
        changed=sum(twin.decided != own.decided for twin, own in pairs),
    )


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
