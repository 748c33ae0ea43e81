"""Rebuild the names of the puzzles that the official data set numbers.

The official builder is seeded, and the number of a puzzle's embedding is its place in what the
builder makes. One generator serves all: each subset's puzzles are shuffled in the order in which
the files are given, and each puzzle in turn draws copies until it has enough different ones, or
five times as many were drawn. Copies that leave all pairs of a puzzle, training and test, as an
earlier copy has them are dropped. Number 0 is blank; a puzzle comes before its copies.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from function.errors import ConfigurationError
from function.trm.arc.augmentation import SEPARATOR, Augmentation
from function.trm.arc.codec import COLOURS, Grid, read_grid
from function.trm.arc.identifiers import BLANK
from function.trm.checkpoint_files import IDENTIFIERS
from function.trm.errors import PuzzleError

SEED = 42
COPIES = 1_000
DRAWS_PER_COPY = 5
SUBSETS = ("training", "evaluation", "concept")
NO_SOLUTION = [[0]]
"""What the official builder takes for the output of a test pair without a solution."""

Pairs = list[tuple[Grid, Grid]]


def official_names(
    subsets: Iterable[Mapping[str, Pairs]], copies: int = COPIES, seed: int = SEED
) -> list[str]:
    """Return the names by the number of their embedding, for puzzles with their pairs."""
    generator = np.random.RandomState(seed)  # the stream that the official data was drawn from
    names = dict.fromkeys([BLANK])
    for puzzles in subsets:
        order = list(puzzles)
        generator.shuffle(order)
        for puzzle in order:
            names |= dict.fromkeys(_copies(puzzle, puzzles[puzzle], copies, generator))
    return list(names)


def read_subset(prefix: str, subset: str) -> dict[str, Pairs]:
    """Return the puzzles of `PREFIX_SUBSET_challenges.json` in the order of the file.

    Outputs of test pairs come from `PREFIX_SUBSET_solutions.json` where that file exists. Raises
    ConfigurationError when a file is missing or holds something else.
    """
    challenges = Path(f"{prefix}_{subset}_challenges.json")
    solutions = Path(f"{prefix}_{subset}_solutions.json")
    try:
        held = json.loads(challenges.read_text(encoding="utf-8"))
        solved = json.loads(solutions.read_text(encoding="utf-8")) if solutions.is_file() else {}
        return {name: list(_pairs(each, solved.get(name, []))) for name, each in held.items()}
    except OSError as error:
        raise ConfigurationError(f"{error.filename} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError, PuzzleError) as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise ConfigurationError(f"{challenges} holds no ARC puzzles ({reason})") from None


def main(arguments: Sequence[str]) -> None:
    """Write the file of identifiers. Raises ConfigurationError when the data cannot be read."""
    parser = argparse.ArgumentParser(
        prog="trm network identifiers",
        description="Rebuild identifiers.json of a network trained on the official ARC data.",
    )
    parser.add_argument(
        "--data", required=True, metavar="PREFIX", help="such as kaggle/combined/arc-agi"
    )
    parser.add_argument("--subsets", nargs="+", default=list(SUBSETS), help="in the order built")
    parser.add_argument("--copies", type=int, default=COPIES, help="augmented copies of a puzzle")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=Path(IDENTIFIERS))
    given = parser.parse_args(arguments)
    subsets = [read_subset(given.data, subset) for subset in given.subsets]
    names = official_names(subsets, given.copies, given.seed)
    given.out.write_text(json.dumps(names), encoding="utf-8")
    print(f"{given.out}: {sum(map(len, subsets))} puzzles, {len(names)} identifiers")


def _pairs(puzzle: Mapping[str, Any], solved: Sequence[Any]) -> Iterator[tuple[Grid, Grid]]:
    for pair in puzzle["train"]:
        yield read_grid(pair["input"]), read_grid(pair["output"])
    for number, pair in enumerate(puzzle["test"]):
        output = solved[number] if number < len(solved) else pair.get("output", NO_SOLUTION)
        yield read_grid(pair["input"]), read_grid(output)


def _copies(
    puzzle: str, pairs: Pairs, wanted: int, generator: np.random.RandomState
) -> Iterator[str]:
    yield puzzle
    seen = {_fingerprint(pairs)}
    for _ in range(DRAWS_PER_COPY * wanted):
        number = int(generator.randint(0, 8))
        others = generator.permutation(np.arange(1, COLOURS, dtype=np.uint8))
        colours = np.concatenate([[0], others]).astype(np.int8)
        copy = Augmentation(number, colours)
        found = _fingerprint([(copy.apply(given), copy.apply(answer)) for given, answer in pairs])
        if found not in seen:
            seen.add(found)
            yield f"{puzzle}{SEPARATOR}t{number}{SEPARATOR}{''.join(map(str, colours))}"
        if len(seen) > wanted:
            return


def _fingerprint(pairs: Pairs) -> bytes:
    """Return what two puzzles have in common whose pairs are the same in any order."""
    held = sorted(
        b"".join(bytes(grid.shape) + grid.tobytes() for grid in (given, answer))
        for given, answer in pairs
    )
    return hashlib.blake2b(b"".join(held), digest_size=16).digest()
