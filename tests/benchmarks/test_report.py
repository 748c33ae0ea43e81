"""The report of the figures: every one beside its bar, good or bad."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.figure import Figure
from benchmarks.report import write_report

FIGURES = [
    Figure("start", 1.5, "at most", 1.8, "function 1.5 s\n    peer 1.0 s"),
    Figure("rate", 0.9, "at least", 1.0, "function 9/s"),
    Figure("right", 99.9, "at least", 99, "of 1,000", "%"),
    Figure("wrong", 0.0, "at most", 1, "of 96", "%"),
]


def test_a_figure_on_its_bar_holds() -> None:
    assert Figure("x", 1.0, "at most", 1.0, "").holds
    assert Figure("x", 1.0, "at least", 1.0, "").holds
    assert [each.holds for each in FIGURES] == [True, False, True, True]


@pytest.mark.parametrize(
    ("figure", "margin"),
    [
        (FIGURES[0], 1.2),
        (FIGURES[1], 0.9),
        (FIGURES[2], 5.5),  # 1 % of errors are allowed and 0.1 % are made, each and 0.1 more
        (FIGURES[3], 20.0),
        (Figure("never", 0.0, "at least", 5.0, ""), 0.05),
        (Figure("all", 100.0, "at least", 100, "", "%"), 1.0),
        (Figure("none", 0.0, "at most", 0, ""), 20.0),
        (Figure("some", 2.0, "at most", 0, ""), 0.05),
    ],
    ids=lambda value: value.name if isinstance(value, Figure) else "",
)
def test_the_margin_is_on_the_side_of_the_verdict(figure: Figure, margin: float) -> None:
    assert figure.margin == pytest.approx(margin)
    assert (figure.margin >= 1) == figure.holds


def test_the_page_has_every_figure_beside_its_bar(tmp_path: Path) -> None:
    page, picture = write_report(FIGURES, tmp_path / "reports", 0.5)
    text = page.read_text("utf-8")
    assert "| start | 1.50 | at most 1.8 | holds | function 1.5 s / peer 1.0 s |" in text
    assert "| rate | 0.900 | at least 1 | **missed** | function 9/s |" in text
    assert "| right | 99.90 % | at least 99 % | holds | of 1,000 |" in text
    assert "3 of 4 bars hold" in text
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")
