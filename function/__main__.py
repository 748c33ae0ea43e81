"""Command line: ``python -m function COMMAND``; ``--help`` lists the commands."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from function.errors import ConfigurationError, FunctionError
from function.settings import load_settings, settings_table

LOAD_SECONDS = 600
_OWN_FLAGS = {
    ("trm", "show"): "function.tasks.show",
    ("trm", "identifiers"): "function.trm.arc.official_names",
}
_MOVED = ("eval", "train", "judge")
"""Commands that version 0.2 forwards to ``python -m lab``; later versions do not."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] in _MOVED:
        return _forward(given)
    for words, module in _OWN_FLAGS.items():
        if tuple(given[: len(words)]) != words:
            continue
        # These have flags of their own, and most of them need torch, which nothing else here does.
        try:
            import_module(module).main(given[len(words) :])
        except ConfigurationError as error:
            print(error, file=sys.stderr)
            return 2
        return 0
    parser = argparse.ArgumentParser(prog="python -m function", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer events on PORT until SIGTERM")
    commands.add_parser("settings", help="print every setting, its default and its meaning")
    commands.add_parser("event-types", help="print the EventType manifests of deploy/")
    schema = commands.add_parser("schema", help="print the JSON Schema of one kind of event data")
    schema.add_argument("name", choices=["request", "completed", "failed", "step"])
    profiles = commands.add_parser("profiles", help="list, print or check profiles of agents")
    profiles.add_argument("name", nargs="?", help="print this profile, with what it extends")
    profiles.add_argument("--check", metavar="FOLDER", help="check the files of a folder")
    commands.add_parser("job", help="answer the event in K_EVENT_PATH, as a JobSink starts it")
    letters = commands.add_parser("dead-letters", help="keep and show undelivered events")
    letters.add_argument("folder", help="where they are kept")
    invoke = commands.add_parser("invoke", help="answer one request in this process")
    invoke.add_argument("request", help="request data as JSON, or '-' to read it from stdin")
    native = commands.add_parser("trm", help="look at a Tiny Recursive Model")
    views = native.add_subparsers(dest="view", required=True)
    views.add_parser("show", help="show how a puzzle is solved, step by step")
    views.add_parser("identifiers", help="rebuild identifiers.json from the official ARC data")
    parsed = parser.parse_args(given)
    try:
        if parsed.command == "settings":
            print(settings_table())
            return 0
        if parsed.command == "event-types":
            from function.events.types import manifests

            print(manifests(load_settings().source), end="")
            return 0
        if parsed.command == "schema":
            from function.events.types import schema_text

            print(schema_text(parsed.name), end="")
            return 0
        if parsed.command == "profiles":
            return _profiles(parsed.name, parsed.check)
        if parsed.command == "job":
            return _job()
        if parsed.command == "dead-letters":
            from function.dead_letters.server import Server

            Server(load_settings(), Path(parsed.folder)).run()
            return 0
        return _serve() if parsed.command == "serve" else _invoke(parsed.request)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2


def _forward(given: list[str]) -> int:
    """Run a command that moved to ``python -m lab``, where the repository is at hand."""
    new = f"python -m lab {given[0]}"
    if find_spec("lab") is None:
        print(f"{given[0]} is not part of this package: run `{new}` in a checkout", file=sys.stderr)
        return 2
    print(f"deprecated: run `{new}`", file=sys.stderr)
    status: int = import_module("lab.__main__").main(given)
    return status


def _serve() -> int:
    settings = load_settings()
    from function.http.server import Server
    from function.profiles.registry import profiles_with

    profiles_with(settings.profiles)  # here: an error in the worker would take thirty lines
    Server(settings).run()
    return 0


def _profiles(name: str | None, folder: str | None) -> int:
    from function.profiles.registry import check_folder, profiles_with
    from function.profiles.toml_text import toml_text

    if folder is not None:
        names, problems = check_folder(Path(folder))
        print("\n".join(problems) or f"{len(names)} profiles: {', '.join(names)}")
        return 1 if problems else 0
    shelf = profiles_with(load_settings().profiles)
    if name is None:
        print(shelf.table())
        return 0
    profile = shelf.find(name)
    if profile is None:
        raise ConfigurationError(f"no profile is named {name}")
    fields = profile.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"name"})
    print(toml_text(fields), end="")
    return 0


def _job() -> int:
    from function.http.job import answer_file
    from function.service import Service

    return answer_file(Service(load_settings()), os.environ.get("K_EVENT_PATH"))


def _invoke(text: str) -> int:
    from function.events.strict_json import strict_json
    from function.logs import Log
    from function.service import Service

    settings = load_settings()
    service = Service(settings, log=Log(settings.log_level, sys.stderr))
    service.start()
    try:
        service.chain.wait(LOAD_SECONDS)
        body = sys.stdin.read() if text == "-" else text
        response = service.handler.answer_plain(strict_json(body.encode()))
        print(response.model_dump_json(indent=2))
        return 0
    except (FunctionError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        service.close()


def run() -> int:
    """Return the same as a program: who reads the output may stop before its end, as ``head``
    does."""
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its exit, and would tell of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


if __name__ == "__main__":
    sys.exit(run())
