"""Puzzles: they fill in, once, with the cells that break a rule marked."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.playground.browser.actions import (
    EASY,
    SOLVED,
    answer_with,
    answered,
    ask,
    reply,
    step,
    told,
)


def test_a_sudoku_fills_in_step_by_step(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    ask(page, {"task": "sudoku", "puzzle": EASY})
    answered(page)
    slider = page.get_by_label("Step shown")
    count = page.locator("#steps > li").count()
    assert count >= 1
    assert slider.get_attribute("max") == str(count)
    cells = page.locator(".board span")
    expect(cells).to_have_text(list(SOLVED))
    expect(page.locator(".board .given")).to_have_count(sum(cell != "." for cell in EASY))
    slider.press("Home")
    expect(page.locator(".caption")).to_have_text("The puzzle, 30 of 81 cells filled")
    expect(cells).to_have_text([cell.replace(".", "") for cell in EASY])
    slider.press("ArrowRight")
    expect(page.locator(".caption")).to_contain_text("Step 1,")
    expect(page.locator(".board .changed")).not_to_have_count(0)
    expect(page.locator("#reply .checks")).to_contain_text("sudoku_rules")
    expect(page.locator("#reply .text")).to_have_count(0)  # the grid is shown once
    expect(page.locator(".board .broken")).to_have_count(0)
    expect(page.locator("#verdict")).to_have_text("Passed: 1 of 1 check")
    label = page.locator(".board").get_attribute("aria-label")
    assert label and label.startswith("Step 1")


def test_a_grid_plays_by_itself(page: Page) -> None:
    ask(page, {"task": "sudoku", "puzzle": EASY})
    answered(page)
    expect(page.locator(".board span")).to_have_text(list(SOLVED))
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".caption")).to_contain_text("Step 1")
    expect(page.locator(".board span")).to_have_text(list(SOLVED))


def test_a_maze_shows_its_path(page: Page) -> None:
    steps = ["S.#\noo#\n#.G", "So#\n.o#\n#oG"]
    page.emulate_media(reduced_motion="reduce")
    answer_with(page, *told(steps))
    ask(page, {"task": "maze", "puzzle": "S #\n  #\n# G"})
    answered(page)
    cells = page.locator(".board span")
    expect(cells).to_have_text(["S", *[""] * 7, "G"])
    expect(page.locator(".board .wall")).to_have_count(3)
    expect(page.locator(".board .path")).to_have_count(3)
    expect(page.locator(".board .changed")).to_have_count(3)
    page.get_by_label("Step shown").press("Home")
    expect(page.locator(".board .path")).to_have_count(0)
    expect(page.locator(".board .open")).to_have_count(4)


def test_an_arc_grid_shows_its_colours(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    answer_with(page, *told(["0 2\n2 0\n3 3"]))
    ask(page, {"task": "arc", "puzzle": {"id": "x", "input": [[1, 0], [0, 1]]}})
    answered(page)
    expect(page.locator(".board span")).to_have_count(6)
    expect(page.locator(".board .colour-2")).to_have_count(2)
    page.get_by_label("Step shown").press("Home")
    expect(page.locator(".board .colour-1")).to_have_count(2)
    label = page.locator(".board").get_attribute("aria-label")
    assert label == "The puzzle. 1 0; 0 1"


def broken(page: Page) -> list[str]:
    """Return the names of the cells that are marked as broken."""
    columns = int(
        page.locator(".board").evaluate("board => board.style.getPropertyValue('--columns')")
    )
    cells = page.locator(".board span").evaluate_all(
        "cells => cells.map((cell) => cell.classList.contains('broken'))"
    )
    places = [place for place, is_broken in enumerate(cells) if is_broken]
    return [f"r{place // columns + 1}c{place % columns + 1}" for place in places]


@pytest.mark.parametrize(
    ("puzzle", "answer", "cells"),
    [
        ("1...............", "1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1", []),
        ("1...............", "1 2 3 1\n3 4 1 2\n2 1 4 3\n4 3 2 .", ["r1c1", "r1c4", "r2c3"]),
        ("1...............", "2 1 3 4\n3 4 1 2\n1 2 4 3\n4 3 2 1", ["r1c1"]),
        ("1...............", "1 2 3 4\n3 4 1 2\n2 1 4 3\n4 2 . 1", ["r1c2", "r3c1", "r4c2"]),
    ],
)
def test_the_cells_that_break_a_rule_of_sudoku_are_marked(
    page: Page, puzzle: str, answer: str, cells: list[str]
) -> None:
    page.emulate_media(reduced_motion="reduce")
    checks = [{"name": "sudoku_rules", "passed": not cells, "reason": ""}]
    answer_with(page, *told([answer], checks=checks))
    ask(page, {"task": "sudoku", "puzzle": puzzle})
    answered(page)
    assert broken(page) == cells
    if cells:
        verb = "breaks" if len(cells) == 1 else "break"
        expect(page.locator(".caption")).to_contain_text(f"; {', '.join(cells)} {verb} a rule")
        label = page.locator(".board").get_attribute("aria-label")
        assert label and f"{', '.join(cells)} {verb} a rule" in label


def test_a_step_of_a_search_names_its_attempt(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    steps = [
        step(1, "1 2 3 4\n3 4 1 2\n2 1 4 3\n4 2 3 1"),
        step(2, "1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1", reflection="15 cells changed in attempt 95"),
    ]
    answer_with(page, *steps, reply(steps))
    ask(page, {"task": "sudoku", "puzzle": "1..............."})
    answered(page)
    expect(page.locator(".caption")).to_contain_text("Step 2 in attempt 95, confidence")


def test_clues_that_contradict_each_other_are_marked(page: Page) -> None:
    ask(page, {"task": "sudoku", "puzzle": "55" + EASY[2:]})
    answered(page, "Failed after")
    assert broken(page) == ["r1c1", "r1c2"]
    expect(page.locator("#verdict")).to_have_text("Failed: invalid_request")
    expect(page.get_by_label("Step shown")).to_be_hidden()  # there is one frame only


@pytest.mark.parametrize(
    ("answer", "cells"),
    [
        ("S.#\noo#\n#oG", []),
        ("So#\n.o#\n#oG", []),
        ("So#\n.o#\n#.G", ["r2c2", "r3c3"]),
        ("So#\n.oo\n#oG", ["r2c2", "r2c3", "r3c3"]),
    ],
)
def test_the_cells_at_which_a_path_breaks_off_are_marked(
    page: Page, answer: str, cells: list[str]
) -> None:
    page.emulate_media(reduced_motion="reduce")
    answer_with(page, *told([answer]))
    ask(page, {"task": "maze", "puzzle": "S #\n  #\n# G"})
    answered(page)
    assert broken(page) == cells


def test_an_answer_without_steps_is_drawn(page: Page) -> None:
    answer_with(page, reply([], answer="So#\n.o#\n#oG"))
    ask(page, {"task": "maze", "puzzle": "S #\n  #\n# G"})
    answered(page)
    expect(page.locator(".board .path")).to_have_count(3)
    expect(page.locator(".caption")).to_contain_text("The answer")


def test_an_answer_to_a_puzzle_that_cannot_be_drawn_is_text(page: Page) -> None:
    answer_with(page, reply([], answer=""))
    ask(page, {"task": "sudoku", "puzzle": "unreadable"})
    answered(page)
    expect(page.locator("#reply .text")).to_have_text("(empty)")
