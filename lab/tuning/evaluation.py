"""Validation examples answered by a model as the function serves them, judged by family."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from function.backends.base import Model
from function.backends.local.loader import load_local
from function.contract import ReflectionMode
from function.deadline import Deadline
from function.profiles.registry import shipped_profiles
from function.reflection.loop import ReflectionLoop
from function.settings import load_settings
from lab.tuning.case import Case
from lab.tuning.rendering import read

SECONDS = 120.0
SEED = 1
MAX_TOKENS = 320


def evaluate(data: Path, name: str, cases: int, steps: int, out: Path | None) -> str:
    """Return a table of the right answers of a model by family, and write each answer."""
    rows: list[dict[str, Any]] = []
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("", "utf-8")
    model = load_local(name, load_settings({}))
    try:
        for row in answered(data, model, cases, steps):
            rows.append(row)
            if out is not None:
                with out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
            print(f"{len(rows)}/{cases} {row['family']} right: {row['right']}", flush=True)
    finally:
        model.close()
    return table(rows)


def answered(
    data: Path, model: Model, cases: int, steps: int, clock: Callable[[], float] = time.monotonic
) -> Iterator[dict[str, Any]]:
    """Yield what a model answers to each of the first cases of a file."""
    shelf = shipped_profiles()
    for line in data.read_text("utf-8").splitlines()[:cases]:
        record = json.loads(line)
        case = Case(**record["case"])
        request = read(case, shelf)
        update: dict[str, Any] = {
            "max_reflection_steps": steps,
            "max_tokens": min(request.max_tokens, MAX_TOKENS),
        }
        if steps == 0:
            update["reflection_mode"] = ReflectionMode.NEVER
        request = request.model_copy(update=update)
        begun = clock()
        outcome = ReflectionLoop(
            request,
            model,
            Deadline.after(SECONDS),
            SEED,
            rendering=shelf.rendering(request.agent),
        ).run()
        failed = [check.name for check in outcome.checks if not check.passed]
        yield {
            "family": case.family,
            "language": case.language,
            "answer": outcome.answer,
            "wanted": record["answer"],
            "failed": failed,
            "passed": not failed,
            "right": not failed and is_right(outcome.answer, case),
            "seconds": round(clock() - begun, 2),
            "tokens": outcome.tokens.total,
        }


def is_right(answer: str, case: Case) -> bool:
    """Return whether an answer has what any right answer of its case must have.

    A choice must be the name of the right one to the letter, because names contain each other.
    """
    if case.data.get("choices"):
        return answer == str(case.answer)
    if case.equals:
        try:
            value = json.loads(answer)
        except ValueError:
            return False
        return all(_at(value, path) == wanted for path, wanted in case.equals.items())
    folded = answer.casefold()
    return bool(answer.strip()) and all(key.casefold() in folded for key in case.keys)


def table(rows: list[dict[str, Any]]) -> str:
    """Return the share of answers that pass all checks and that are right, by family."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["family"]].append(row)
        groups[f"language {row['language']}"].append(row)
        groups["all"].append(row)
    lines = ["| family | cases | checks passed | right | seconds |", "|---|---|---|---|---|"]
    for name in sorted(groups, key=lambda name: (name == "all", name.startswith("lang"), name)):
        found = groups[name]
        passed = sum(row["passed"] for row in found) / len(found)
        right = sum(row["right"] for row in found) / len(found)
        seconds = sum(row["seconds"] for row in found) / len(found)
        lines.append(f"| {name} | {len(found)} | {passed:.0%} | {right:.0%} | {seconds:.1f} |")
    return "\n".join(lines)


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
