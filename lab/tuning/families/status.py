"""Is anything wrong? Components and their states; answers name those in trouble, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab.tuning.asking import language_of, polite, request, worded
from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.phrases import listed, sloppy, words_of
from lab.tuning.pools import pool
from lab.tuning.values import Spec, named

FAMILY = "status"


@dataclass(frozen=True)
class Board:
    """Components of one group: their states, and which of these are trouble."""

    language: Language
    group: dict[str, Any]
    states: dict[str, str]
    bad: tuple[str, ...]

    @property
    def kinds(self) -> tuple[str, str]:
        """Return one and many of the components."""
        one, _, many = self.group[self.language].partition(" / ")
        return one, many

    def words(self, name: str = "") -> dict[str, str]:
        """Return the words for questions and answers."""
        found = words_of(self.language, self.kinds, "code", name, "")
        troubled = [f"{each} ({self.states[each]})" for each in self.bad]
        number, total = len(self.bad), len(self.states)
        one, many = found["kind"], found["kinds"]
        found |= {
            "text": listed(troubled, self.language), "number": str(number), "total": str(total),
            "not_fine": "is not fine" if number == 1 else "are not fine",
            "count_of": f"{number} {one if number == 1 else many}",
        }  # fmt: skip
        if self.language == "pt":
            found["count_of"] += " com problema"
        return found


def status(draw: Draw) -> Case:
    """Return a question about the states of several components."""
    language = language_of(draw)
    board = _board(draw, language)
    kind = draw.integer(0, 9)
    if kind <= 5:
        return _anything(draw, board)
    if kind <= 7:
        return _one(draw, board)
    return _healthy(draw, board) if kind == 8 else _count(draw, board)


def _anything(draw: Draw, board: Board) -> Case:
    forms, words = pool("status"), board.words()
    question = worded(draw, forms["ask"][board.language], words)
    if board.bad:
        answer = worded(draw, forms["bad"][board.language], words)
        return _case(draw, board, question, answer, board.bad)
    words |= {
        "number": str(len(board.states)),
        "names": listed(list(board.states), board.language),
    }
    answer = worded(draw, forms["fine"][board.language], words)
    return _case(draw, board, question, answer, ())


def _one(draw: Draw, board: Board) -> Case:
    name = draw.any_of(board.bad) if board.bad and draw.chance(0.5) else ""
    name = name or draw.any_of(list(board.states))
    forms = pool("status")["one"]
    words = board.words(name) | {"state": board.states[name]}
    question = worded(draw, forms["ask"][board.language], words)
    form = "bad" if name in board.bad else "fine"
    answer = worded(draw, forms[form][board.language], words)
    return _case(draw, board, question, answer, (name, board.states[name]))


def _healthy(draw: Draw, board: Board) -> Case:
    good = [name for name in board.states if name not in board.bad]
    if not good:
        return _anything(draw, board)
    forms = pool("status")["healthy"]
    words = board.words() | {"names": listed(good, board.language)}
    question = worded(draw, forms["ask"][board.language], words)
    answer = worded(draw, forms["tell"][board.language], words)
    return _case(draw, board, question, answer, tuple(good))


def _count(draw: Draw, board: Board) -> Case:
    if not board.bad:
        return _anything(draw, board)
    forms, words = pool("status")["count"], board.words()
    question = worded(draw, forms["ask"][board.language], words)
    answer = worded(draw, forms["tell"][board.language], words)
    return _case(draw, board, question, answer, (str(len(board.bad)), *board.bad))


def _board(draw: Draw, language: Language) -> Board:
    group = draw.one(pool("status")["groups"])
    place = int(language == "pt")
    count = draw.integer(3, 7)
    if isinstance(group["names"], str):
        spec = Spec(group["names"])
        names = list(dict.fromkeys(named(draw, spec, language) for _ in range(count + 2)))[:count]
    else:
        sampled = draw.random.sample(group["names"], min(count, len(group["names"])))
        names = [_word(name, place) for name in sampled]
    fine = group["good"] if draw.chance(0.4) else [draw.any_of(group["good"])]
    wrong = int(draw.random.choices((0, 1, 2, 3), (28, 36, 24, 12))[0])
    bad = set(draw.random.sample(names, min(wrong, len(names))))
    states = {
        name: _word(draw.any_of(group["bad"] if name in bad else fine), place) for name in names
    }
    return Board(language, group, states, tuple(name for name in names if name in bad))


def _case(draw: Draw, board: Board, question: str, answer: str, keys: tuple[str, ...]) -> Case:
    language = board.language
    question = polite(draw, language, sloppy(draw, question, list(board.states)))
    context, text = _placed(draw, board)
    data = request(draw, language, board.kinds[1], question, context, text)
    return Case(FAMILY, language, data, answer, keys=keys)


def _placed(draw: Draw, board: Board) -> tuple[dict[str, Any], str]:
    portuguese = board.language == "pt" and draw.chance(0.6)
    group = board.group["chave" if portuguese else "key"]
    key = draw.any_of(pool("status")["state_keys"]["pt" if portuguese else "en"])
    name_key = draw.any_of(("nome", "id") if portuguese else ("name", "id", "component"))
    states = board.states
    match draw.integer(0, 7):
        case 0 | 1:
            return {group: states}, ""
        case 2:
            return {group: [{name_key: name, key: state} for name, state in states.items()]}, ""
        case 3:
            return {group: {name: {key: state} for name, state in states.items()}}, ""
        case 4:
            return dict(states), ""
        case 5:
            outer = draw.any_of(("report", "snapshot", "data", "overview", "site", "painel"))
            return {outer: {group: states, "generated_at": f"{draw.integer(0, 23):02d}:05"}}, ""
        case 6:
            lines = [f"{name}{draw.any_of((': ', ' = '))}{state}" for name, state in states.items()]
        case _:
            mark = draw.any_of(("- ", "* ", ""))
            lines = [f"{mark}{name} – {state}" for name, state in states.items()]
    if draw.chance(0.3):
        return {group: "; ".join(lines)}, ""
    return {}, "\n".join([draw.one(pool("words")["headers"][board.language]), *lines])


def _word(text: str, place: int) -> str:
    english, _, portuguese = text.partition("=")
    return portuguese if place and portuguese else english
