"""No regular expression takes exponential or cubic time, whatever text senders or models write."""

from __future__ import annotations

import importlib
import pkgutil
import re
import warnings
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest

import function

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of sre_constants, which it imports
    from regexploit.ast.sre import SreOpParser
    from regexploit.redos import find


def _modules() -> Iterator[str]:
    for module in pkgutil.walk_packages(function.__path__, "function."):
        if not module.name.endswith("__main__"):
            yield module.name


def _expressions_in(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif isinstance(value, dict):
        yield from _expressions_in([*value, *value.values()])
    elif isinstance(value, (list, tuple, set, frozenset)):
        for each in value:
            yield from _expressions_in(each)
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _expressions_in([getattr(value, field.name) for field in fields(value)])


def _risks(expression: str, flags: int) -> list[str]:
    # What the reader of expressions does not know: letters beyond ASCII, which it takes for any
    # other, and possessive repetitions, which are safer than the greedy ones they are read as.
    readable = re.sub(r"(?<=[+*?])\+", "", expression).replace("’", "'")
    read = SreOpParser().parse_sre(readable, flags & ~re.UNICODE)
    return [risk.example() for risk in find(read)]


def test_the_reader_finds_exponential_expressions() -> None:
    assert _risks(r"^\s*-\s+[\w-]+(?:[.:][\w :-]+)+: \S", 0)
    assert not _risks(r"^\s*-\s+[\w-]+[.:][\w .:-]+: \S", 0)


@pytest.mark.slow
def test_no_expression_of_the_function_is_exponential() -> None:
    expressions: dict[tuple[str, int], str] = {}
    for name in _modules():
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue  # needs an extra that is not installed
        for constant, value in vars(module).items():
            for each in _expressions_in(value):
                expressions.setdefault((each.pattern, each.flags), f"{name}.{constant}")
    assert len(expressions) > 500
    risky = {
        f"{place}: {found[0]}"
        for (expression, flags), place in expressions.items()
        if (found := _risks(expression, flags))
    }
    assert not risky
