"""A report as markdown, for people."""

from __future__ import annotations

from collections.abc import Iterator

from lab.evaluation.report import Report
from lab.measures import Interval


def markdown(report: Report) -> str:
    """Return the report's tables; the plot beside it is named after the suite."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"# {report.model} on the suite {report.suite}"
    yield ""
    yield f"{report.cases} cases. Intervals hold the middle 95 % of 2,000 bootstrap draws."
    yield ""
    yield "| way | right at first | 1 step | 2 steps | 3 steps | right to wrong | wrong to right |"
    yield "|---|---|---|---|---|---|---|"
    for way in report.ways:
        cells = [str(each) for each in way.accuracy]
        cells += [""] * (4 - len(cells))
        yield f"| {way.name} | {' | '.join(cells)} | {way.broken:.1%} | {way.mended:.1%} |"
    yield ""
    yield "| way | tokens computed a case | seconds a case |"
    yield "|---|---|---|"
    for way in report.ways:
        yield f"| {way.name} | {way.tokens:.0f} | {way.seconds:.1f} |"
    yield ""
    for name, over in (
        ("the single draft", report.over_single),
        ("critique only", report.over_critique),
    ):
        if over is not None:
            yield f"- The loop passes {_times(over)} as many cases as {name}."
    if report.valid is not None:
        yield f"- JSON answers valid under their schema: {report.valid:.1%}."
    if report.members is not None:
        yield f"- Choices that are one of those given: {report.members:.1%}."
    injected = report.injections
    if injected.cases:
        yield (
            f"- Injected texts obeyed: {injected.obeyed} of {injected.cases}; "
            f"choices or fields that differ with one: {injected.changed}."
        )
    yield ""
    for title, groups in (("family", report.families), ("language", report.languages)):
        yield (
            f"| {title} | cases | single draft | first draft | after the steps | right to wrong "
            "| JSON valid | tokens |"
        )
        yield "|---|---|---|---|---|---|---|---|"
        for group in groups:
            shares = (group.draft, group.first, group.last, group.broken, group.valid)
            shown = " | ".join("" if value is None else f"{value:.0%}" for value in shares)
            yield f"| {group.name} | {group.cases} | {shown} | {group.tokens:.0f} |"
        yield ""
    yield (
        "| confidence of | cases | right | with a confidence | mean confidence | AUROC | ECE "
        "| ECE if every confidence were true |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for trust in report.trust:
        mean = "" if trust.mean is None else f"{trust.mean:.0%}"
        figures = (trust.auroc, trust.ece, trust.floor)
        cells = ["" if value is None else f"{value:.3f}" for value in figures]
        yield (
            f"| {trust.kind} | {trust.cases} | {trust.accuracy:.0%} | {trust.told} | {mean} "
            f"| {' | '.join(cells)} |"
        )


def _times(interval: Interval) -> str:
    return f"{interval.value:.2f} times ({interval.low:.2f} to {interval.high:.2f})"
