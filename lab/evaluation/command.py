"""``python -m lab eval SUITE``: run a suite on a model and write a report."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from function.backends.base import Model
from function.backends.registry import members_of
from function.profiles.registry import profiles_with
from function.reflection.answer import Calibration, calibration_of, file_name
from function.settings import load_settings
from function.trm.registry import Networks
from lab.evaluation.cases import read_suite, spread
from lab.evaluation.markdown import markdown
from lab.evaluation.plot import picture
from lab.evaluation.report import Report, report_of
from lab.evaluation.trials import Bench

Load = Callable[[], Model]


def main(arguments: Sequence[str] | None = None, load: Load | None = None) -> None:
    """Run the command line of `eval`.

    :param load: replaces the model that the settings name.
    """
    parser = argparse.ArgumentParser(
        prog="python -m lab eval",
        description="measure reflection on a suite; cut short, it goes on where it was",
    )
    parser.add_argument("suite", help="dev, fresh, test, smoke, or the path of a JSONL file")
    parser.add_argument("--model", help="what TRM_MODEL_NAME may be; the settings' own without")
    parser.add_argument(
        "--cases", type=int, help="number of cases to run, evenly over the families"
    )
    parser.add_argument("--out", type=Path, default=Path(".evaluation"), help="folder of reports")
    parser.add_argument("--workers", type=int, default=1, help="cases side by side")
    parser.add_argument("--loop-only", action="store_true", help="leave the single draft out")
    parser.add_argument("--critique", action="store_true", help="try self-critique as well")
    parser.add_argument("--samples", type=int, help="drafts of every request; its own without")
    parser.add_argument("--steps", type=int, help="reflection steps; the request's own without")
    parser.add_argument("--no-injections", action="store_true", help="leave injected texts out")
    parser.add_argument(
        "--fit",
        type=Path,
        help="write the confidence that these cases teach into this folder (needs scikit-learn)",
    )
    given = parser.parse_args(arguments)
    if given.workers < 1 or (given.cases is not None and given.cases < 1):
        parser.error("--workers and --cases: at least one is needed")
    named = {} if given.model is None else {"TRM_MODEL_NAME": given.model}
    settings = load_settings({**os.environ, **named})
    shelf = profiles_with(settings.profiles)
    cases = read_suite(given.suite, shelf)
    if given.no_injections or given.fit is not None:
        cases = [case for case in cases if case.twin is None]
    cases = spread(cases, given.cases)
    model = (load or members_of(settings, Networks())[0].load)()
    suite = Path(given.suite).stem
    label = file_name(given.model or model.name).removesuffix(".json")
    wanted = {"samples": given.samples, "max_reflection_steps": given.steps}
    changes = {field: value for field, value in wanted.items() if value is not None}
    name = suite if given.model is None else f"{suite}-{label}"
    try:
        trials = Bench(
            model,
            shelf,
            given.out / f"{suite}-{label}.trials.jsonl",
            label,
            changes,
            settings.choice_prompt,
        ).run(
            cases,
            given.workers,
            _tell,
            drafts=not given.loop_only and given.fit is None,
            critique=given.critique,
        )
    finally:
        model.close()
    calibration = calibration_of(model.name)
    if given.fit is not None:
        from lab.evaluation.calibrating import fit, summary

        calibration = fit(trials, model.name, suite)
        _write_calibration(calibration, given.fit)
        _tell(summary(calibration))
    report = report_of(trials, suite, label, calibration)
    print(markdown(report))
    for path in _write(report, given.out, name):
        print(f"written: {path}", file=sys.stderr)


def _write(report: Report, folder: Path, name: str) -> list[Path]:
    texts = {
        "md": markdown(report),
        "json": json.dumps(report.as_json(), indent=2) + "\n",
        "svg": picture(report),
    }
    written = []
    for ending, text in texts.items():
        path = folder / f"{name}.{ending}"
        path.write_text(text, "utf-8")
        written.append(path)
    return written


def _write_calibration(calibration: Calibration, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = calibration.model_dump_json(indent=2) + "\n"
    (folder / file_name(calibration.model)).write_text(text, "utf-8")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
