"""Command line: ``trm COMMAND``, or ``python -m function COMMAND``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from function import __version__
from function.asking import ask
from function.errors import ConfigurationError, FunctionError
from function.settings import Settings, load_settings, settings_table

LOAD_SECONDS = 600
MOVED = ("eval", "train", "judge")
"""Commands that version 0.2 forwards to ``python -m lab``; later versions do not."""
COMPLETION = 'Completion in bash (zsh and fish likewise): eval "$(_TRM_COMPLETE=bash_source trm)"'


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    try:
        result = cli.main(arguments, prog_name="trm", standalone_mode=False)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 1
    return result if isinstance(result, int) else 0


def run() -> int:
    """Run one command as a program; its reader may stop before the end, as ``head`` does."""
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its exit, and would write an error about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def _passing_on(name: str, callback: Callable[..., Any], **options: Any) -> click.Command:
    """Return a command that gives its arguments, options included, to ``callback``."""
    return click.Command(
        name,
        callback=callback,
        params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
        **options,
    )


class LazyGroup(click.Group):
    """A group whose commands with flags of their own are imported when they are run."""

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted([*super().list_commands(ctx), *self._lazy])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; one that is imported later passes its arguments on."""
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        module, help_text = self._lazy[cmd_name]

        def passed_on(arguments: tuple[str, ...]) -> None:
            import_module(module).main(list(arguments))

        return _passing_on(cmd_name, passed_on, help=help_text)


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=COMPLETION)
@click.version_option(__version__, prog_name="trm")
def cli() -> None:
    """Answer agents' CloudEvents with verified answers of small models."""


NETWORK_COMMANDS = {
    "show": ("function.tasks.show", "Show how a puzzle is solved, step by step."),
    "identifiers": (
        "function.trm.arc.official_names",
        "Rebuild identifiers.json from the official ARC data.",
    ),
}


@cli.group("network", cls=LazyGroup, lazy=NETWORK_COMMANDS)
def network() -> None:
    """Look at a Tiny Recursive Model."""


cli.add_command(
    LazyGroup("trm", lazy=NETWORK_COMMANDS, help="Former name of network.", hidden=True)
)


@cli.command()
@click.option("--host", metavar="ADDRESS", help="HOST: address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="PORT: port to listen on.")
@click.option("--model", metavar="NAME", help="TRM_MODEL_NAME: the model that answers.")
@click.option("--playground/--no-playground", default=None, help="TRM_PLAYGROUND: serve the page.")
@click.option("--log-level", metavar="LEVEL", help="LOG_LEVEL: DEBUG, INFO, WARNING or ERROR.")
def serve(**options: Any) -> None:
    """Answer events until SIGTERM. Options stand for settings of the environment."""
    settings = settings_with(options)
    from function.http.server import Server
    from function.profiles.registry import profiles_with

    profiles_with(settings.profiles)  # here: an error in the worker would take thirty lines
    server = Server(settings)
    if sys.stdout.isatty():
        print(f"http://{_shown_host(settings.host)}:{settings.port}/  (Ctrl-C ends it)", flush=True)
    server.run()


def _shown_host(host: str) -> str:
    """Return a host that a browser on this machine can open."""
    if host in ("0.0.0.0", "::", ""):
        return "localhost"
    return f"[{host}]" if ":" in host else host


cli.add_command(ask)


@cli.command()
@click.argument("request")
def invoke(request: str) -> int:
    """Answer one REQUEST in this process: its data as JSON, or '-' to read it from stdin."""
    from function.events.strict_json import strict_json

    settings = load_settings()
    text = sys.stdin.read() if request == "-" else request
    try:
        data = strict_json(text.encode())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    response = _answer(settings, data)
    if response is None:
        return 1
    print(response.model_dump_json(indent=2))
    return 0


@cli.command()
def settings() -> None:
    """Print every setting, its default and its meaning."""
    print(settings_table())


@cli.command("event-types")
def event_types() -> None:
    """Print the EventType manifests of deploy/."""
    from function.events.types import manifests

    print(manifests(load_settings().source), end="")


@cli.command()
@click.argument("name")
@click.option("--broker", default="agents", show_default=True, help="The broker of the agents.")
@click.option("--path", default="/replies", show_default=True, help="Where the agent takes them.")
def triggers(name: str, broker: str, path: str) -> None:
    """Print the Triggers by which the agent NAME gets the replies to its requests."""
    from function.events.triggers import triggers as manifests_of

    try:
        print(manifests_of(name, broker, path), end="")
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="NAME") from None


@cli.command()
@click.argument(
    "name", metavar="NAME", type=click.Choice(["request", "completed", "failed", "step"])
)
def schema(name: str) -> None:
    """Print the JSON Schema of event data: NAME is request, completed, failed or step."""
    from function.events.types import schema_text

    print(schema_text(name), end="")


def _complete_profile(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from function.profiles.registry import shipped_profiles

    names: Iterable[str] = shipped_profiles()
    return [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete)]


@cli.command()
@click.argument("name", required=False, shell_complete=_complete_profile)
@click.option("--check", metavar="FOLDER", help="Check the files of a folder.")
def profiles(name: str | None, check: str | None) -> int:
    """List the profiles of agents, or print the one with this NAME, with what it extends."""
    from function.profiles.registry import check_folder, profiles_with
    from function.profiles.toml_text import toml_text

    if check is not None:
        names, problems = check_folder(Path(check))
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


@cli.command()
def job() -> int:
    """Answer the event in K_EVENT_PATH, as a JobSink starts it."""
    from function.http.job import answer_file
    from function.service import Service

    return answer_file(Service(load_settings()), os.environ.get("K_EVENT_PATH"))


@cli.command("dead-letters")
@click.argument("folder")
def dead_letters(folder: str) -> None:
    """Keep undelivered events in FOLDER, and show and resend them."""
    from function.dead_letters.server import Server

    Server(load_settings(), Path(folder)).run()


def _forward(name: str) -> click.Command:
    """Return a command that moved to ``python -m lab``, where the repository is at hand."""

    def forward(arguments: tuple[str, ...]) -> int:
        new = f"python -m lab {name}"
        if find_spec("lab") is None:
            print(f"{name} is not part of this package: run `{new}` in a checkout", file=sys.stderr)
            return 2
        print(f"deprecated: run `{new}`", file=sys.stderr)
        status: int = import_module("lab.__main__").main([name, *arguments])
        return status

    return _passing_on(name, forward, hidden=True)


for moved_name in MOVED:
    cli.add_command(_forward(moved_name))


def settings_with(options: Mapping[str, Any]) -> Settings:
    """Return the settings of the environment with these options in place of some."""
    variables = {
        "host": "HOST",
        "port": "PORT",
        "model": "TRM_MODEL_NAME",
        "playground": "TRM_PLAYGROUND",
        "log_level": "LOG_LEVEL",
    }
    given = {variables[name]: str(value) for name, value in options.items() if value is not None}
    return load_settings({**os.environ, **given})


def _answer(settings: Settings, data: object) -> Any:
    """Return the response to one request; None where there is none, with its error on stderr."""
    from function.service import Service
    from function.telemetry import Log

    service = Service(settings, log=Log(settings.log_level, sys.stderr))
    service.start()
    try:
        service.chain.wait(LOAD_SECONDS)
        return service.handler.answer_plain(data)
    except (FunctionError, ValueError) as error:
        print(error, file=sys.stderr)
        return None
    finally:
        service.close()
