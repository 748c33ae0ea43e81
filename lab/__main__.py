"""Command line: ``python -m lab eval|real|train|judge``; ``--help`` lists the commands."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from function.errors import ConfigurationError

COMMANDS = {
    "eval": ("lab.evaluation.command", "measure reflection on a suite of cases"),
    "real": ("lab.evaluation.real", "judge answers to requests as agents send them"),
    "train": ("lab.trm.trainer", "train a Tiny Recursive Model"),
    "judge": ("lab.trm.publishing", "measure the weights of a network"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command with the arguments after its name; return the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, help_text) in COMMANDS.items():
        commands.add_parser(name, help=help_text, add_help=False)
    command = parser.parse_args(given[:1]).command
    try:
        import_module(COMMANDS[command][0]).main(given[1:])
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
