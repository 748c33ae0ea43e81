"""Expressions of rules: what they can say, and what they may cost."""

from __future__ import annotations

import time
from typing import Any

import pytest

from function.schemas.expressions import ExpressionError, Facts, compile_expression
from tests.timing import timed


def value(expression: str, context: dict[str, Any] | None = None, answer: Any = None) -> Any:
    compile_expression(expression)
    return Facts(context or {}, {"prompt": "under 15, please"}).evaluate(expression, answer)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("answer.price <= 15", True),
        ("context.seats.exists(s, s.size >= 4)", True),
        ("smallest(context.seats, 'size').id", "a"),
        ("largest(context.seats, 'size').id", "b"),
        ("smallest([], 'size')", None),
        ("numbers(request.prompt)[0]", 15.0),
        ("numbers('R$ 12,50 or -3')", [12.5, -3.0]),
        ("numbers(true)", []),
        ("folded('Água')", "agua"),
        ("leaves(context).filter(m, m.last == 'ratio')[0].first", "web"),
        ("repeats(['a', ' A '])", True),
        ("repeats(['a', 'b'])", False),
        ("has(context.absent)", False),
        ("says(context, r'\\bsao paulo\\b')", True),
        ("says(context, 'paulista') || says(request.prompt, '^$')", False),
        ("'aaaa'.matches('^(a+)+$')", True),
    ],
)
def test_values(expression: str, expected: Any) -> None:
    context = {"seats": [{"id": "a", "size": 2}, {"id": "b", "size": 4}], "web:up:ratio": 0.5}
    context["notes"] = ["Gate 4", "São Paulo"]
    assert value(expression, context, {"price": 14}) == expected


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("answer. ==", "parse"),
        ("secret.key", "secret is none of answer, context, request"),
        ("x" * 2_001, "longer than 2000"),
        ("(" * 1_500 + "1" + ")" * 400, "parse"),
        ("context.a.map(w, context.a.map(x, context.a.map(y, context.a.map(z, 1))))", "macros"),
    ],
)
def test_refused_before_it_runs(expression: str, problem: str) -> None:
    with pytest.raises(ExpressionError, match=problem):
        compile_expression(expression)


def test_a_filled_value_may_not_depend_on_the_answer() -> None:
    with pytest.raises(ExpressionError, match="answer is none of context, request"):
        compile_expression("answer.x", of_answer=False)


@timed
@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("context.absent", "there is no 'absent'"),
        ("1 / 0 == 1", "zero"),
        ("context.text + 1 == 'a'", "Unsupported operation"),
        ("answer.x[7]", "bounds"),
        ("nothing_of_that_name(1)", "Undefined"),
        ("context.many.map(a, context.many.map(b, a + b).size()).size() > 0", "too expensive"),
        ("context.many.map(a, " + " + ".join(["context.long"] * 50) + ").size() > 0", "expensive"),
    ],
)
def test_that_cannot_be_evaluated(expression: str, problem: str) -> None:
    context = {"text": "t", "many": list(range(1_000)), "long": "x" * 10_000}
    started = time.process_time()
    with pytest.raises(ExpressionError, match=problem):
        value(expression, context, {"x": []})
    assert time.process_time() - started < 2


@timed
def test_the_dearest_allowed_expression_takes_seconds_at_most() -> None:
    context = {"many": list(range(220))}
    started = time.process_time()
    assert value("context.many.all(a, context.many.exists(b, a == b))", context) is True
    assert time.process_time() - started < 10


def test_integers_beyond_64_bits_do_not_raise() -> None:
    assert value("answer.x > 1", {}, {"x": 2**70}) is True


def test_a_variable_is_evaluated_when_an_expression_needs_it() -> None:
    variables = {"rows": "context.rows", "far": "variables.rows[7]", "last": "variables.rows[1]"}
    facts = Facts({"rows": ["a", "b"]}, {}, variables)
    assert facts.evaluate("variables.last") == "b"
    assert facts.evaluate("!has(variables.far) && size(variables) == 2")
    with pytest.raises(ExpressionError):
        facts.evaluate("variables.far")
