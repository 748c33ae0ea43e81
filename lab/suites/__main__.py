"""``python -m lab.suites``: write the suites into their folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

from lab.evaluation.cases import Case
from lab.suites import (
    alerts,
    bruno,
    messages,
    orders,
    reasoning,
    reports,
    restaurant,
    rules,
    screenshots,
    store,
)
from lab.suites.halves import Half

SUITES = Path(__file__).parent.parent / "evaluation" / "suites"
SMOKE = ("alert-dev-00", "reading-dev-00", "chef-dev-0")


def suite(half: Half) -> list[Case]:
    """Every case of a half."""
    rooms = (
        *(alerts, rules, reports),
        *(bruno, store, orders, messages),
        *(restaurant, screenshots, reasoning),
    )
    return [case for room in rooms for case in room.cases(half)]


def text_of(cases: list[Case]) -> str:
    """The cases as lines of JSON, without what is as it always is."""
    return "".join(
        json.dumps(case.model_dump(exclude_defaults=True), ensure_ascii=False) + "\n"
        for case in cases
    )


def texts() -> dict[str, str]:
    """Every suite's text by its name; ``smoke`` is a few cases of the development half."""
    halves = {half: suite(half) for half in get_args(Half)}
    some = [case for case in halves["dev"] if case.id in SMOKE]
    return {**{half: text_of(cases) for half, cases in halves.items()}, "smoke": text_of(some)}


def main() -> None:
    """Write every suite."""
    SUITES.mkdir(exist_ok=True)
    for name, text in texts().items():
        (SUITES / f"{name}.jsonl").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
