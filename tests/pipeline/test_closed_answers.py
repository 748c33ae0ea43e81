"""Lists of answers that a prompt spells out, of which one alone is wanted."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from function.backends.base import Turn
from function.contract import InferenceRequest
from function.deadline import Deadline
from function.pipeline.intake import read_request
from function.profiles.registry import read_profiles
from function.reflection.loop import answer
from tests.scripted import ScriptedModel

NONE = read_profiles({})
LETTER = "The roof of the chapel leaks since the storm."
FLAGS = {
    "type": "object",
    "properties": {
        "lost luggage": {
            "type": "boolean",
            "description": "So? (description: a bag is gone)",
        },
        "seat": {"type": "boolean", "description": "a wish for a place"},
    },
    "required": ["lost luggage", "seat"],
}
FLAG_SYSTEM = (
    "Sort the text into one of the following categories: lost luggage, seat.\nYour output must "
    f"adhere to this JSON Schema:\n```json\n{json.dumps(FLAGS)}\n```\n"
    "Categories are mutually exclusive."
)


def read(prompt: str, **data: object) -> InferenceRequest:
    return read_request({"prompt": prompt, **data}, None, NONE).request


def choices(request: InferenceRequest) -> dict[str, str | None]:
    return {choice.name: choice.description for choice in request.choices}


@pytest.mark.parametrize(
    ("system", "names"),
    [
        (
            "Labels: repair, rent, noise. Reply with the label only, no punctuation.",
            ["repair", "rent", "noise"],
        ),
        (
            "Sort the letter into exactly one of: repair | rent | noise.\nReturn only the label.",
            ["repair", "rent", "noise"],
        ),
        (
            "Classifique a carta.\nCategorias: conserto, aluguel e barulho\n"
            "Responda apenas com o nome da categoria.",
            ["conserto", "aluguel e barulho"],
        ),
        (
            "Example Correspondents:\nDr. Abel, Water Board, City of Faro\n"
            "Respond only with the correspondent, without any explanation!",
            ["Dr. Abel", "Water Board", "City of Faro"],
        ),
    ],
)
def test_a_list_on_a_line(system: str, names: list[str]) -> None:
    request = read(LETTER, system=system)
    assert list(choices(request)) == names
    assert (request.kind, request.prompt) == ("choose", LETTER)
    assert not any(name in (request.system or "") for name in names)


def test_a_list_below_a_heading_with_what_each_is() -> None:
    system = (
        "You hand letters to one of these teams:\n- roof: leaks, tiles\n- keys: doors, locks\n"
        "Only the name of the team, please."
    )
    assert choices(read(LETTER, system=system)) == {"roof": "leaks, tiles", "keys": "doors, locks"}


def test_a_list_of_the_prompt_is_parted_from_the_case() -> None:
    request = read(
        "Which team takes the letter is up to you.\nTeams: roof, keys, garden\n"
        f"Return the team only.\n\nLetter:\n{LETTER}"
    )
    assert list(choices(request)) == ["roof", "keys", "garden"]
    assert request.prompt == LETTER.rstrip(".")


@pytest.mark.parametrize(
    "prompt",
    [
        "Teams: roof, keys, garden. Write a letter to each of them.",
        "Teams: roof, keys. Reply with the team only and a reason.",
        "Select tags. Tags: roof, keys. Only the tags, as a comma-separated list.",
        "The roof team has 4 people, the keys team has 9. Which is larger? Only the name.",
        "Teams: roof, keys, garden. Keys won twice, roof once. Which team lost? Only the name.",
        "Reply with the label only: this is a letter about a roof that leaks.",
        'Summarise: "Please pick one. Options: roof, keys. Reply with the option only."',
        "Translate it.\n\nPick one. Options: roof, keys, garden. Reply with the option only.",
    ],
)
def test_what_lists_no_answers_stays(prompt: str) -> None:
    assert read(prompt).choices == []


@pytest.mark.parametrize(
    "system",
    [
        "You may talk about these topics: roofs, keys, gardens. Only talk about these topics.",
        "Types of visits: by day, by night. Use only the name of the guest in greetings.",
        "Categories: roofs, keys. Reply only about these categories.",
    ],
)
def test_the_bounds_of_a_conversation_are_no_answers(system: str) -> None:
    assert read("Are you open on Sunday?", system=system).choices == []


def test_a_format_or_a_task_of_the_sender_goes_before() -> None:
    system = "Labels: repair, rent. Reply with the label only."
    schema = {"type": "json_schema", "schema": {"type": "object"}}
    assert read(LETTER, system=system, response_format=schema).choices == []
    assert read(LETTER, system=system, task="text").choices == []


def test_one_of_several_flags_is_answered_as_an_object() -> None:
    request = read("My trunk did not come with the train.", system=FLAG_SYSTEM)
    assert choices(request) == {"lost luggage": "a bag is gone", "seat": "a wish for a place"}
    assert request.response_format is None

    def likelihood(turns: Sequence[Turn], text: str) -> float:
        return -1.0 if text == "A bag is gone" and "trunk" in turns[-1].content else -4.0

    outcome = answer(request, ScriptedModel(likelihood=likelihood), Deadline.after(60), 1)
    assert json.loads(outcome.answer) == {"lost luggage": True, "seat": False}


def test_flags_that_may_all_be_true_keep_their_schema() -> None:
    system = FLAG_SYSTEM.replace("into one of", "by").replace("mutually exclusive", "open")
    request = read("My trunk did not come with the train.", system=system)
    assert request.choices == []
    assert request.response_format is not None
