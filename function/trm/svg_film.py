"""An animated SVG of a square or oblong grid that fills in step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CELL, MARGIN, CAPTION = 32, 8, 28
PAPER = "#ffffff"
SECONDS = 0.9
"""How long the animation shows a step."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a step adds to the picture: SVG elements, and one line below."""

    elements: Sequence[str]
    caption: str


def draw_film(rows: int, columns: int, still: Sequence[str], frames: Sequence[Frame]) -> str:
    """Return an SVG that plays the frames over the elements of `still` in a loop."""
    width, height = columns * CELL + 2 * MARGIN, rows * CELL + 2 * MARGIN + CAPTION
    drawn = [
        _drawn(frame, index, len(frames), rows, width / 2) for index, frame in enumerate(frames)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="monospace" font-size="18" '
            'text-anchor="middle">',
            f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
            *still,
            *drawn,
            "</svg>\n",
        ]
    )


def place_of(row: int, column: int) -> tuple[float, float]:
    """Return the left upper corner of a cell."""
    return MARGIN + column * CELL, MARGIN + row * CELL


def caption_of(step: int, attempt: int, confidence: float, changed: int) -> str:
    """Return the line below a step, in a picture as in a terminal."""
    later = f", attempt {attempt}" if attempt else ""
    return f"step {step}{later}: confidence {confidence:.3f}, {changed} changed"


def _drawn(frame: Frame, index: int, count: int, rows: int, middle: float) -> str:
    total = SECONDS * (count + 1)
    # The frame appears at its step and, unless it is the last one, goes at the next.
    times, values = [0.0], ["0" if index else "1"]
    if index:
        times.append(index * SECONDS / total)
        values.append("1")
    if index < count - 1:
        times.append((index + 1) * SECONDS / total)
        values.append("0")
    animation = (
        f'<animate attributeName="opacity" calcMode="discrete" dur="{total:g}s" '
        f'repeatCount="indefinite" keyTimes="{";".join(f"{time:.4f}" for time in times)}" '
        f'values="{";".join(values)}"/>'
    )
    # Where animations are not played the last grid is what should be seen.
    opacity = 1 if index == count - 1 else 0
    foot = MARGIN + rows * CELL + 22
    caption = f'<text x="{middle:g}" y="{foot}" font-size="13">{frame.caption}</text>'
    return "\n".join([f'<g opacity="{opacity}">{animation}', *frame.elements, caption, "</g>"])
