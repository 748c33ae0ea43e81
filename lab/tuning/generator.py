"""Examples drawn from all families, checked by the product's own checks, without duplicates."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from lab.tuning.base import Base
from lab.tuning.case import Case
from lab.tuning.draw import Draw, Split
from lab.tuning.families import (
    alerts,
    chat,
    choice_rules,
    choices,
    everyday,
    facts,
    formats,
    greetings,
    health,
    logic,
    memos,
    pairs,
    planning,
    queries,
    reasoning,
    restaurant,
    restaurant_pt,
    screenshots,
    seller_limits,
    seller_turns,
    sellers,
    service,
    shops,
    snippets,
    states,
    status,
)
from lab.tuning.mixing import injected, refined
from lab.tuning.rendering import Rendered, UnfitCaseError, render

FAMILIES: tuple[tuple[Callable[[Draw], Case], int], ...] = (
    (health.health, 6),
    (sellers.seller, 6),
    (shops.shop, 8),
    (seller_turns.seller_turns, 3),
    (seller_limits.seller_limits, 6),
    (restaurant.host, 3),
    (restaurant.waiter, 3),
    (service.order, 1),
    (service.arrival, 1),
    (service.diet, 2),
    (restaurant_pt.waiter_pt, 1),
    (restaurant_pt.sommelier_pt, 2),
    (restaurant.sommelier, 3),
    (restaurant.chef, 2),
    (screenshots.screenshot, 3),
    (reasoning.ordering, 4),
    (reasoning.fitting, 3),
    (reasoning.troubleshooting, 3),
    (reasoning.logic, 3),
    (planning.planning, 5),
    (logic.logic, 9),
    (facts.facts, 12),
    (facts.refusal, 6),
    (pairs.pairs, 24),
    (facts.conversation_case, 6),
    (queries.queries, 9),
    (states.states, 14),
    (status.status, 6),
    (memos.memo, 9),
    (alerts.alerts, 6),
    (chat.chat, 6),
    (chat.remembered, 3),
    (greetings.greetings, 7),
    (formats.form, 9),
    (snippets.snippets, 12),
    (choices.choice, 17),
    (everyday.everyday, 52),
    (choice_rules.ruled, 5),
)
"""Families with their weights."""
INJECTED = 0.22
"""Share of cases that come twice, the second time with an order of a stranger among the facts."""
REFINED = 0.15
"""Share of examples that follow a failed draft."""
TWINS = 1_000_000_000
"""Apart from the seeds of examples, so that a twin's draws are its own."""
CHUNK = 64
SCREENED = "[...]"
"""What stands in a prompt for a text that gives orders."""


def case_of(seed: int, split: Split) -> Case:
    """Return the case of a seed, before it is checked."""
    draw = Draw(seed, split)
    makers, weights = zip(*FAMILIES, strict=True)
    case: Case = draw.random.choices(makers, weights)[0](draw)
    return case


def example_of(seed: int, split: Split, base: Base) -> Rendered:
    """Return the example of a seed.

    :raises UnfitCaseError: its answer does not pass the checks, or its facts were screened.
    """
    case = case_of(seed, split)
    rendered = render(case, base)
    if SCREENED in rendered.turns[-1].content:
        raise UnfitCaseError(f"{case.family}: its own facts were taken for an order")
    draw = Draw(-seed - 1, split)
    if rendered.request.kind == "choose" or not draw.chance(REFINED):
        return rendered
    hint = refined(rendered, draw)
    return render(replace(case, hint=hint), base) if hint else rendered


def twin_of(seed: int, split: Split, base: Base) -> Rendered | None:
    """Return the example of a seed with an order of a stranger, for a share of the seeds.

    :raises UnfitCaseError: its answer does not pass the checks, or facts went with the order.
    """
    draw = Draw(-seed - TWINS, split)
    case = case_of(seed, split)
    twin = injected(case, draw) if draw.chance(INJECTED) else case
    if twin is case:
        return None
    told, plain = render(twin, base), render(case, base)
    if len(told.turns[-1].content) < len(plain.turns[-1].content):
        raise UnfitCaseError(f"{case.family}: facts were removed together with the order")
    return told


def record_of(rendered: Rendered, kind: str) -> dict[str, Any]:
    """Return an example as a line of a file has it."""
    return {
        "family": rendered.case.family,
        "kind": kind,
        "language": rendered.case.language,
        "case": asdict(replace(rendered.case, counterpart=None)),
        "turns": [[turn.role, turn.content] for turn in rendered.turns],
        "answer": rendered.answer,
    }


def generate(
    path: Path, base: Base, split: Split, count: int, seed: int, processes: int
) -> Counter[str]:
    """Write distinct examples as lines of JSON; return how many were made and dropped."""
    counts: Counter[str] = Counter()
    seen: set[str] = set()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial_path = path.with_suffix(".partial")
    with partial_path.open("w", encoding="utf-8") as file:
        for record, reason in _drawn(base.path, split, seed, processes):
            if record is None:
                counts["dropped"] += 1
                counts[f"dropped: {reason}"] += 1
            elif (text := json.dumps(record["turns"])) in seen:
                counts["repeated"] += 1
            else:
                seen.add(text)
                counts["kept"] += 1
                counts[record["kind"]] += 1
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
                if counts["kept"] % 1000 == 0:
                    print(f"{counts['kept']} examples, {counts['dropped']} dropped", flush=True)
            if counts["kept"] == count:
                break
            if counts["repeated"] + counts["dropped"] > 4 * count + 1000:
                break
    os.replace(partial_path, path)
    return counts


def _drawn(
    model: Path, split: Split, seed: int, processes: int
) -> Iterator[tuple[dict[str, Any] | None, str]]:
    make = partial(_chunk, model, split)
    starts = range(seed * 10_000_000, (seed + 1) * 10_000_000, CHUNK)
    if processes <= 1:
        for start in starts:
            yield from make(start)
        return
    with ProcessPoolExecutor(processes) as pool:
        step = 4 * processes
        for place in range(0, len(starts), step):
            for found in pool.map(make, starts[place : place + step]):
                yield from found


_BASES: dict[Path, Base] = {}


def _chunk(model: Path, split: Split, start: int) -> list[tuple[dict[str, Any] | None, str]]:
    base = _BASES.setdefault(model, Base(model))
    found: list[tuple[dict[str, Any] | None, str]] = []
    for seed in range(start, start + CHUNK):
        try:
            made = example_of(seed, split, base)
            kind = "refinement" if made.case.hint else made.case.family
            found.append((record_of(made, kind), ""))
            if (other := case_of(seed, split).counterpart) is not None:
                found.append((record_of(render(other, base), other.family), ""))
            twin = twin_of(seed, split, base)
            if twin is not None:
                found.append((record_of(twin, "injected"), ""))
        except UnfitCaseError as error:
            found.append((None, str(error)[:50]))
    return found
