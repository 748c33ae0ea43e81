"""Expressions in the Common Expression Language (CEL), bounded before they run.

The language of Kubernetes' admission policies: no loops and no side effects, over ``answer``
(parsed JSON, or a text), ``context`` and ``request``. Evaluated by the Rust implementation
``common-expression-language``: 0.6 ms for a rule over 50 metrics, where cel-python took 22 ms, and
the C++ runtime cel-expr-python is 50 MB. None of them ends an evaluation at a time limit, so an
expression is refused if it could cost too much.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from function.json_tree import JsonPath, leaves, name_of, texts, walk
from function.schemas.catalogue import brazilian_price, covered, mentioned, named
from function.schemas.folding import without_accents
from function.schemas.patterns import is_found
from function.schemas.readings import trouble
from function.schemas.sentences import eaten, limit, person, picked, portuguese

MAX_EXPRESSION = 2_000
"""Characters of an expression."""
MAX_STEPS = 50_000
"""Calls of the body of a macro, at 25 us each on a slow core: about a second."""
MAX_COPIED = 20_000_000
"""Characters that an expression may put together from the texts it reads."""
DEEPEST = 3
"""Macros inside each other."""
MOST_NUMBERS = 100
MOST_LEAVES = 1_000
MOST_SEARCHED = 100_000
"""Characters of a value in which :func:`_says` looks for a pattern."""

_MACRO = re.compile(r"\.\s*(all|exists|exists_one|existsOne|map|filter)\s*\(")
_BOUND = re.compile(r"\.\s*(?:all|exists|exists_one|existsOne|map|filter)\s*\(\s*(\w+)\s*,")
_VARIABLE = re.compile(r"\bvariables\b(?:\s*\.\s*(\w+))?")
_PARTS = re.compile(r"[:./_ -]+")
_NUMBER = re.compile(r"(?<![\w.,])-?\d+(?:[.,]\d+)*")
_TYPES = frozenset(("bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type"))
VARIABLES = frozenset(("answer", "context", "request", "variables"))


class ExpressionError(ValueError):
    """An expression cannot be compiled, or costs more than it may."""


def compile_expression(expression: str, *, of_answer: bool = True) -> Any:
    """Return the program of an expression.

    :param of_answer: whether it may refer to the answer.
    :raises ExpressionError: it is too long, nested too deeply, or no CEL.
    """
    if len(expression) > MAX_EXPRESSION:
        raise ExpressionError(f"longer than {MAX_EXPRESSION} characters")
    if _depth(expression) > DEEPEST:
        raise ExpressionError(f"more than {DEEPEST} macros inside each other")
    return _compiled(expression, of_answer)


@lru_cache(maxsize=1_024)
def _compiled(expression: str, of_answer: bool) -> Any:
    import cel  # here: it takes 0.2 s, and most requests have no rules

    try:
        program = cel.compile(expression)
    except Exception as error:
        raise ExpressionError(_first_line(error)) from None
    known = VARIABLES if of_answer else VARIABLES - {"answer"}
    bound = {match[1] for match in _BOUND.finditer(expression)}
    if unknown := set(program.variables()) - known - bound - _TYPES:
        raise ExpressionError(f"{min(unknown)} is none of {', '.join(sorted(known))}")
    return program


@lru_cache(maxsize=1_024)
def _depth(expression: str) -> int:
    """Return how many macros stand inside each other."""
    places = {match.end() - 1 for match in _MACRO.finditer(expression)}
    opened: list[bool] = []
    deepest = 0
    for place, letter in enumerate(expression):
        if letter == "(":
            opened.append(place in places)
            deepest = max(deepest, sum(opened))
        elif letter == ")" and opened:
            opened.pop()
    return deepest


@lru_cache(maxsize=1_024)
def _variables_in(expression: str) -> frozenset[str]:
    """Return the names behind ``variables`` in an expression; an empty one for all of them."""
    return frozenset(match[1] or "" for match in _VARIABLE.finditer(expression))


class Facts:
    """What the expressions of one request refer to; safe to use from many threads.

    :param variables: expressions by the names that others have for their values, evaluated when
        one of those needs them. One that cannot be evaluated is not there.
    """

    def __init__(
        self,
        context: Mapping[str, Any],
        request: Mapping[str, Any],
        variables: Mapping[str, str] | None = None,
        functions: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        import cel

        self._context = cel.Context()
        self._lock = threading.Lock()
        self._variables = dict(variables or {})
        self._unread = set(self._variables)
        self._values: dict[str, Any] = {}
        self._is_added = False
        for name, function in (_FUNCTIONS | dict(functions or {})).items():
            self._context.add_function(name, function)
        self._widest, self._characters = 1, 0
        for name, value in (("context", dict(context)), ("request", dict(request))):
            self._measure(value)
            self._context.add_variable(name, value)

    def evaluate(self, expression: str, answer: Any = None) -> Any:
        """Return the value of an expression.

        :param answer: parsed JSON or a text.
        :raises ExpressionError: it cannot be evaluated, or would cost too much.
        """
        with self._lock:
            self._measure(answer)
            self._evaluate_variables(expression)
            self._context.add_variable("answer", answer)
            return self._execute(expression)

    def _evaluate_variables(self, expression: str) -> None:
        """Evaluate the variables that an expression refers to, those that they need first."""
        named = _variables_in(expression)
        is_map = not named <= self._variables.keys()  # such as in "size(variables)"
        for name in self._variables:
            if name not in self._unread or not (is_map or name in named):
                continue
            self._unread.remove(name)
            self._evaluate_variables(self._variables[name])
            try:
                value = self._execute(self._variables[name])
            except ExpressionError:
                continue
            self._measure(value)
            self._values[name] = value
            self._is_added = False

    def _execute(self, expression: str) -> Any:
        if not self._is_added and _variables_in(expression):
            self._context.add_variable("variables", self._values)
            self._is_added = True
        self._refuse_expensive(expression)
        try:
            return _compiled(expression, True).execute(self._context)
        except KeyError as error:
            raise ExpressionError(f"there is no {error}") from None
        except Exception as error:
            raise ExpressionError(_first_line(error)) from None

    def _refuse_expensive(self, expression: str) -> None:
        depth = _depth(expression)
        if depth and self._widest**depth > MAX_STEPS:
            raise ExpressionError(f"too expensive over {self._widest} values")
        joined = expression.count("+") * self._characters * (self._widest if depth else 1)
        if joined > MAX_COPIED:
            raise ExpressionError("too expensive over texts of this length")

    def _measure(self, value: Any) -> None:
        for _, each in walk(value):
            if isinstance(each, str):
                self._characters += len(each)
            elif isinstance(each, (dict, list)):
                self._widest = max(self._widest, len(each))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def _numbers(text: Any) -> list[float]:
    """Return the numbers in a text in their order, or the number itself."""
    if isinstance(text, bool):
        return []
    if isinstance(text, (int, float)):
        return [float(text)]
    if not isinstance(text, str):
        return []
    found = [match[0].replace(",", ".") for match in _NUMBER.finditer(text[:10_000])]
    return [float(number) for number in found if number.count(".") <= 1][:MOST_NUMBERS]


def _folded(text: Any) -> str:
    """Return a text in lower case and without accents."""
    return without_accents(text) if isinstance(text, str) else ""


def _by(items: Any, key: Any, choose: Callable[..., Any]) -> Any:
    known = [
        item
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict) and isinstance(item.get(key), (int, float))
    ]
    return choose(known, key=lambda item: item[key]) if known else None


def _smallest(items: Any, key: Any) -> Any:
    """Return the object of a list with the smallest number under a key; null for none."""
    return _by(items, key, min)


def _largest(items: Any, key: Any) -> Any:
    """Return the object of a list with the largest number under a key; null for none."""
    return _by(items, key, max)


def _leaves(value: Any) -> list[dict[str, Any]]:
    """Return every value of an object as ``{"key", "first", "last", "value"}``.

    The outermost come first. Keys are in lower case; ``first`` and ``last`` are the parts of one
    such as ``loki:health:score``.
    """
    found: list[dict[str, Any]] = []
    for path, each in sorted(leaves(value), key=_depth_of)[:MOST_LEAVES]:
        key = name_of(path).lower()
        parts = _PARTS.split(key)
        found.append({"key": key, "first": parts[0], "last": parts[-1], "value": each})
    return found


def _depth_of(leaf: tuple[JsonPath, Any]) -> int:
    return len(leaf[0])


def _repeats(items: Any) -> bool:
    """Return whether a list has the same text twice, whatever its case and blanks."""
    if not isinstance(items, list):
        return False
    texts = [" ".join(item.casefold().split()) for item in items if isinstance(item, str)]
    return len(set(texts)) < len(texts)


def _says(value: Any, pattern: Any) -> bool:
    """Return whether a text of a value matches a pattern, without case and accents."""
    if not isinstance(pattern, str):
        raise ValueError("says takes a value and a pattern")
    said = "\n".join(texts(value))[:MOST_SEARCHED]
    return is_found(pattern, without_accents(said))


def _listed(values: Any, last: Any) -> str:
    """Return texts as a sentence lists them: ``a, b e c`` with ``e`` before the last."""
    parts = [value for value in values if isinstance(value, str)]
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def _money(amount: Any) -> str:
    """Return an amount in reais; a text is one already."""
    if isinstance(amount, str):
        return amount
    is_amount = isinstance(amount, (int, float)) and not isinstance(amount, bool)
    return brazilian_price(amount) if is_amount else ""


def _trouble(name: Any, value: Any) -> str:
    """Return what is wrong with a reading: down, low, high or missing; empty for nothing."""
    return trouble(name, value) if isinstance(name, str) else ""


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "numbers": _numbers,
    "folded": _folded,
    "smallest": _smallest,
    "largest": _largest,
    "leaves": _leaves,
    "repeats": _repeats,
    "says": _says,
    "mentioned": mentioned,
    "named": named,
    "picked": picked,
    "limit": limit,
    "eaten": eaten,
    "person": person,
    "portuguese": portuguese,
    "covered": covered,
    "listed": _listed,
    "money": _money,
    "trouble": _trouble,
}
"""Functions beside CEL's own."""
