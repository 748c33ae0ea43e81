"""Command line of the tuning: generate, train, evaluate, export."""

from __future__ import annotations

import argparse
import hashlib
import math
from collections.abc import Sequence
from pathlib import Path

from function.backends.local.embedded import embedded_weights
from lab.tuning.base import Base

WORK = Path(".tuning")
LONGEST = 1_024


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one of the commands."""
    options = parser().parse_args(arguments)
    options.run(options)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    found = argparse.ArgumentParser(prog="python -m lab.tuning", description=__doc__)
    commands = found.add_subparsers(required=True, metavar="COMMAND")

    generate = commands.add_parser("generate", help="write examples as lines of JSON")
    generate.add_argument("--out", type=Path, default=WORK / "train.jsonl")
    generate.add_argument("--split", choices=("train", "validation"), default="train")
    generate.add_argument("--count", type=int, default=30_000)
    generate.add_argument("--seed", type=int, default=1)
    generate.add_argument("--processes", type=int, default=1)
    generate.set_defaults(run=_generate)

    train = commands.add_parser("train", help="train an adapter, or resume a run")
    train.add_argument("--data", type=Path, default=WORK / "train.jsonl")
    train.add_argument("--validation", type=Path, default=WORK / "validation.jsonl")
    train.add_argument("--out", type=Path, default=WORK / "run")
    train.add_argument("--updates", type=int, required=True, help="length of the schedule")
    train.add_argument("--minutes", type=float, default=math.inf, help="stop early, resumable")
    train.add_argument("--rate", type=float, default=8e-4)
    train.add_argument("--rank", type=int, default=32)
    train.add_argument("--tokens", type=int, default=2_048, help="of a micro-batch")
    train.add_argument("--accumulate", type=int, default=1, help="micro-batches of an update")
    train.add_argument("--warmup", type=int, default=20)
    train.add_argument("--longest", type=int, default=LONGEST, help="tokens of an example")
    train.add_argument("--validated", type=int, default=300, help="examples of a validation")
    train.add_argument("--validate-every", type=int, default=0, help="updates; 0: at the end")
    train.add_argument("--seed", type=int, default=1)
    train.add_argument("--threads", type=int, default=1)
    train.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    train.set_defaults(run=_train)

    evaluate = commands.add_parser("evaluate", help="answer validation examples as served")
    evaluate.add_argument("--data", type=Path, default=WORK / "validation.jsonl")
    evaluate.add_argument("--model", default="embedded", help="a model's name or GGUF file")
    evaluate.add_argument("--cases", type=int, default=100)
    evaluate.add_argument("--steps", type=int, default=0, help="reflection steps")
    evaluate.add_argument("--out", type=Path, help="lines of JSON, one an answer")
    evaluate.set_defaults(run=_evaluate)

    export = commands.add_parser("export", help="write the adapter of a run, and merged weights")
    export.add_argument("--run", dest="folder", type=Path, default=WORK / "run")
    export.add_argument("--out", type=Path, default=WORK / "adapter.safetensors")
    export.add_argument("--gguf", type=Path, default=WORK / "tuned.gguf", help="merged weights")
    export.add_argument("--mean-with", type=Path, help="another adapter, of a run that began alike")
    export.set_defaults(run=_export)
    return found


def _generate(options: argparse.Namespace) -> None:
    from lab.tuning.generator import generate

    base = Base(embedded_weights())
    counts = generate(
        options.out, base, options.split, options.count, options.seed, options.processes
    )
    for name, count in counts.most_common():
        print(f"{count:>8} {name}")


def _train(options: argparse.Namespace) -> None:
    import torch

    from lab.tuning.batches import read_examples
    from lab.tuning.trainer import Recipe, Trainer

    torch.set_num_threads(options.threads)
    base = Base(embedded_weights())
    examples = read_examples(options.data, base, options.longest)
    validation = read_examples(options.validation, base, options.longest)[: options.validated]
    tokens = sum(len(example.ids) for example in examples)
    learned = sum(len(example.ids) - example.start for example in examples)
    print(f"{len(examples)} examples, {tokens} tokens, {learned} of answers", flush=True)
    recipe = Recipe(
        updates=options.updates,
        tokens=options.tokens,
        accumulate=options.accumulate,
        rate=options.rate,
        warmup=options.warmup,
        rank=options.rank,
        seed=options.seed,
        minutes=options.minutes,
        evaluate_every=options.validate_every,
    )
    device = torch.device(options.device)
    Trainer(base, examples, validation, recipe, options.out, device).run()


def _evaluate(options: argparse.Namespace) -> None:
    from lab.tuning.evaluation import evaluate

    print(evaluate(options.data, options.model, options.cases, options.steps, options.out))


def _export(options: argparse.Namespace) -> None:
    import torch

    from function.backends.local.requantize import requantize
    from lab.run_file import RunFile
    from lab.tuning.lora import export_adapter, mean_adapter

    values = RunFile(options.folder).read(torch.device("cpu"))
    if values is None:
        raise SystemExit(f"{options.folder} holds no run")
    adapters = values["adapters"]
    if options.mean_with is not None:
        from safetensors.torch import load_file

        adapters = mean_adapter(adapters, load_file(options.mean_with), 0.5, values["rank"])
    export_adapter(adapters, values["scale"], options.out)
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB, update {values['update']}")
    options.gguf.parent.mkdir(parents=True, exist_ok=True)
    requantize(embedded_weights(), options.gguf, options.out)
    with options.gguf.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    options.out.with_suffix(".sha256").write_text(f"{checksum}\n", "utf-8")
    print(f"{options.gguf}: {checksum}")


if __name__ == "__main__":
    main()
