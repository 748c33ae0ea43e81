"""Which puzzles a network was trained on, and the number of the embedding of each copy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from function.trm.arc.augmentation import SEPARATOR, Augmentation, read_name
from function.trm.checkpoint_files import IDENTIFIERS
from function.trm.errors import CheckpointError, PuzzleError

BLANK = "<blank>"


@dataclass(frozen=True)
class Copy:
    """An augmented copy of a puzzle, and the number of its embedding."""

    identifier: int
    augmentation: Augmentation


class KnownPuzzles:
    """The copies of each puzzle by its name, the puzzle as it is first where it has one.

    Names are parsed when their puzzle is asked for: official networks have some 900,000.
    """

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self._identifiers: dict[str, list[int]] = {}
        for identifier, name in enumerate(names):
            if name != BLANK:
                puzzle = name.partition(SEPARATOR)[0]
                self._identifiers.setdefault(puzzle, []).append(identifier)

    @classmethod
    def beside(cls, weights: Path, count: int) -> KnownPuzzles:
        """Read the file of identifiers beside a checkpoint of `count` embeddings.

        Raises CheckpointError when it is missing, no list of names, or of another length.
        """
        path = weights.with_name(IDENTIFIERS)
        try:
            names = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            reason = "is missing" if not path.exists() else f"cannot be read: {error}"
            raise CheckpointError(
                f"{path} {reason}: without the names of the puzzles that the network was trained "
                "on none can be asked for"
            ) from None
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise CheckpointError(f"{path} is not a list of names")
        if len(names) != count:
            raise CheckpointError(f"{path} has {len(names)} names for {count} embeddings")
        return cls(names)

    def copies(self, puzzle: str) -> list[Copy]:
        """Return the copies of a puzzle.

        Raises UnseenPuzzle when the network never saw it, CheckpointError when one of its names is
        not of the official form.
        """
        if puzzle not in self._identifiers:
            raise UnseenPuzzle(
                f"the network was not trained on the puzzle {puzzle[:64]!r}: unseen ARC tasks "
                "need a trained embedding, there is no other way to say which puzzle is meant"
            )
        return [Copy(each, read_name(self._names[each])[1]) for each in self._identifiers[puzzle]]


class UnseenPuzzle(PuzzleError):
    """The puzzle has no trained embedding."""
