"""A report as one picture: accuracy over the steps, and risk over coverage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.evaluation.report import Report

WIDTH, HEIGHT = 720, 320
LEFT, TOP, SIDE = 60, 40, 220
COLOURS = ("#1b6ca8", "#888888", "#c0562f", "#4a8f3c")

Point = tuple[float, float]


def picture(report: Report) -> str:
    """Return an SVG of two panels side by side."""
    body = "\n".join([*_accuracy(report), *_risk(report)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n{body}\n</svg>\n'
    )


def _accuracy(report: Report) -> Iterator[str]:
    yield from _frame(LEFT, "share right after each step", ["0", "1", "2", "3"], "steps")
    for place, (way, colour) in enumerate(zip(report.ways, COLOURS, strict=False)):
        values = [each.value for each in way.accuracy]
        points = [(step / 3, value) for step, value in enumerate(values)]
        yield from _line(LEFT, points, colour, dots=True)
        for step, each in enumerate(way.accuracy):
            x = LEFT + SIDE * step / 3
            yield (
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_y(each.low):.1f}" '
                f'y2="{_y(each.high):.1f}" stroke="{colour}" stroke-opacity="0.4"/>'
            )
        yield _legend(LEFT, place, way.name, colour)


def _risk(report: Report) -> Iterator[str]:
    left = LEFT + SIDE + 110
    marks = ["0 %", "25 %", "50 %", "75 %", "100 %"]
    yield from _frame(left, "share wrong among those most sure of", marks, "coverage")
    for place, (trust, colour) in enumerate(zip(report.trust, COLOURS, strict=False)):
        yield from _line(left, trust.curve, colour, dots=False)
        yield _legend(left, place, trust.kind, colour)


def _frame(left: int, title: str, marks: Sequence[str], below: str) -> Iterator[str]:
    yield f'<text x="{left}" y="{TOP - 16}" font-weight="bold">{title}</text>'
    yield (f'<rect x="{left}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#bbb"/>')
    for place, mark in enumerate(marks):
        x = left + SIDE * place / (len(marks) - 1)
        yield f'<text x="{x:.0f}" y="{TOP + SIDE + 16}" text-anchor="middle">{mark}</text>'
    for value in (0, 0.5, 1):
        yield (f'<text x="{left - 6}" y="{_y(value) + 4:.0f}" text-anchor="end">{value:.0%}</text>')
    yield f'<text x="{left + SIDE}" y="{TOP + SIDE + 32}" text-anchor="end">{below}</text>'


def _line(left: int, points: Sequence[Point], colour: str, *, dots: bool) -> Iterator[str]:
    places = [(left + SIDE * x, _y(y)) for x, y in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for x, y in places if dots else ():
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'


def _legend(left: int, place: int, name: str, colour: str) -> str:
    return f'<text x="{left + 8}" y="{TOP + 18 + 16 * place}" fill="{colour}">{name}</text>'


def _y(value: float) -> float:
    return TOP + SIDE * (1 - value)
