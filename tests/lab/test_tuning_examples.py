"""Examples for the tuning: right by the product's own checks, deterministic, apart by halves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from function.backends.base import Turn
from function.backends.local.embedded import embedded_weights
from lab.tuning.base import Base
from lab.tuning.case import Case
from lab.tuning.draw import Draw, Split
from lab.tuning.evaluation import is_right
from lab.tuning.families.choices import choice
from lab.tuning.families.everyday import everyday
from lab.tuning.families.pairs import pairs
from lab.tuning.generator import FAMILIES, SCREENED, case_of, example_of, generate, twin_of
from lab.tuning.mixing import injected, refined
from lab.tuning.rendering import UnfitCaseError, failed, read, render


@pytest.fixture(scope="module")
def base() -> Base:
    return Base(embedded_weights())


@pytest.mark.parametrize("split", ["train", "validation"])
@pytest.mark.parametrize(
    "maker", [maker for maker, _ in FAMILIES], ids=lambda maker: maker.__name__
)
def test_right_answers_pass_the_products_checks(
    maker: Callable[[Draw], Case], split: Split, base: Base
) -> None:
    unfit = []
    for seed in range(6):
        case = maker(Draw(seed, split))
        try:
            rendered = render(case, base)
        except UnfitCaseError as error:
            unfit.append(str(error))
            continue
        assert rendered.turns[-1].role == "user"
        answer = case.answer if rendered.request.kind == "choose" else rendered.answer
        assert not failed(answer, rendered.request)
    assert len(unfit) <= 1, unfit


def test_equal_seeds_give_equal_cases_and_halves_differ() -> None:
    assert [case_of(seed, "train") for seed in range(30)] == [
        case_of(seed, "train") for seed in range(30)
    ]
    assert case_of(1, "train") != case_of(1, "validation")


def test_a_pool_has_no_entry_in_both_halves() -> None:
    pool = [f"entry {number}" for number in range(13)]
    train, validation = (set(Draw(1, split).half(pool)) for split in ("train", "validation"))
    assert train | validation == set(pool)
    assert not train & validation
    assert 3 <= len(validation) <= 4


def test_the_schema_written_in_a_prompt_orders_the_answer(base: Base) -> None:
    prompt = 'Read this: Anna, 7.\n\nRespond in JSON format:\n{"age": <number>, "name": "..."}'
    rendered = render(Case("format", "en", {"prompt": prompt}, {"name": "Anna", "age": 7}), base)
    assert rendered.answer == '{"age": 7, "name": "Anna"}'


def test_an_answer_that_fails_a_check_is_no_example(base: Base) -> None:
    data = {"prompt": "How many?", "context": {"n": 3}, "checks": {"grounded_numbers": True}}
    render(Case("facts", "en", data, "There are 3 of them."), base)
    with pytest.raises(UnfitCaseError, match="grounded_numbers"):
        render(Case("facts", "en", data, "There are 4 of them."), base)


def test_an_order_of_a_stranger_changes_no_answer(base: Base) -> None:
    data = {"prompt": "Which ward is it?", "context": {"ward": "north", "beds": {"free": 3}}}
    case = Case("facts", "en", data, "It is the north ward.")
    for seed in range(12):
        told = injected(case, Draw(seed, "train"))
        assert told.answer == case.answer
        assert told.data["prompt"] == data["prompt"], "the user's own words are no stranger's"
        assert len(str(told.data["context"])) > len(str(data["context"]))
        render(told, base)


def test_orders_to_choose_name_a_wrong_option_and_stand_anywhere(base: Base) -> None:
    text = "The lamp broke on the first day. I want my money back."
    data = {
        "prompt": "Pick one.",
        "context": {"text": text, "lines": ["It is red.", "It is broken."]},
        "choices": [{"name": "refund"}, {"name": "praise"}],
    }
    case = Case("choices", "en", data, "refund")
    told = [injected(case, Draw(seed, "train")).data for seed in range(60)]
    assert any(found["prompt"] != data["prompt"] for found in told)
    assert any(found["context"].get("text") != text for found in told)
    assert any(len(found["context"]["lines"]) > 2 for found in told)
    assert any(len(found["context"]) > 2 for found in told)
    assert any("praise" in str([found["prompt"], found["context"]]) for found in told)


def test_an_example_with_an_order_has_a_twin_without(tmp_path: Path, base: Base) -> None:
    path = tmp_path / "train.jsonl"
    generate(path, base, "train", 60, 3, 1)
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    plain = {record["answer"] for record in records if record["kind"] != "injected"}
    told = [record["answer"] for record in records if record["kind"] == "injected"]
    assert told
    assert plain.issuperset(told)


def test_a_choice_is_learned_as_the_text_that_is_scored_for_it(base: Base) -> None:
    choices = [{"name": "refund", "description": "Money back"}, {"name": "refund_later"}]
    data = {"prompt": "My lamp broke.", "choices": choices, "task": "choose"}
    rendered = render(Case("choices", "en", data, "refund"), base)
    assert rendered.answer == "Money back"
    assert "Situation: My lamp broke." in rendered.turns[-1].content
    with pytest.raises(UnfitCaseError, match="refunds is none of"):
        render(Case("choices", "en", data, "refunds"), base)
    right = Case("choices", "en", data, "refund", keys=("refund",))
    assert is_right("refund", right)
    assert not is_right("refund_later", right)


def test_the_options_of_a_choice_vary_in_order_and_number(base: Base) -> None:
    cases = [choice(Draw(seed, "train")) for seed in range(60)]
    names = [[item["name"] for item in case.data["choices"]] for case in cases]
    assert all(case.answer in listed for case, listed in zip(cases, names, strict=True))
    places = {listed.index(case.answer) for case, listed in zip(cases, names, strict=True)}
    assert {0, 1, 2, 3} <= places
    assert {len(listed) for listed in names} >= {2, 3, 4, 5}


def test_a_refinement_holds_the_reason_of_a_check_that_failed(base: Base) -> None:
    data = {"prompt": "How many?", "context": {"n": 3}, "checks": {"grounded_numbers": True}}
    rendered = render(Case("facts", "en", data, "There are 3 of them."), base)
    hints = {refined(rendered, Draw(seed, "train")) for seed in range(12)} - {()}
    assert len(hints) >= 3
    for hint in hints:
        again = render(Case("facts", "en", data, "There are 3 of them.", hint=hint), base)
        assert hint[0][:40] in again.turns[-1].content
        assert again.turns[:-1] == rendered.turns[:-1]


def test_a_file_has_distinct_examples_with_all_that_training_needs(
    base: Base, tmp_path: Path
) -> None:
    path = tmp_path / "train.jsonl"
    counts = generate(path, base, "train", 40, 5, 1)
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert counts["kept"] == len(records) == 40
    assert len({json.dumps(record["turns"]) for record in records}) == 40
    assert len({record["kind"] for record in records}) >= 6
    for record in records:
        case = Case(**record["case"])
        request = read(case)
        answer = case.answer if request.kind == "choose" else record["answer"]
        assert not failed(answer, request)
        assert base.prompt_ids([Turn(role, text) for role, text in record["turns"]])


def test_most_seeds_give_an_example(base: Base) -> None:
    dropped = 0
    for seed in range(40):
        try:
            example_of(seed, "validation", base)
        except UnfitCaseError:
            dropped += 1
    assert dropped <= 2


def test_a_prompt_is_written_by_the_models_template_and_marks_are_spelt_apart(base: Base) -> None:
    ids = base.prompt_ids([Turn("system", "Be brief."), Turn("user", "Say <|im_end|> twice 12")])
    text = base.tokenizer.decode(ids, skip_special_tokens=False)
    assert text.endswith("<|im_end|>\n<|im_start|>assistant\n")
    assert text.count("<|im_end|>") == 2
    assert base.tokenizer.decode(base.answer_ids("Yes.")) == "Yes."
    assert base.count_tokens("12") == 2


def test_a_pair_has_one_question_that_the_facts_of_one_case_answer(base: Base) -> None:
    told, untold = 0, 0
    for seed in range(12):
        case = pairs(Draw(seed, "train"))
        assert case.counterpart is not None
        by_family = {found.family: found for found in (case, case.counterpart)}
        assert set(by_family) == {"facts", "refusal"}
        value = by_family["facts"].keys[0]
        told += value in str(by_family["facts"].data)
        untold += value not in str(by_family["refusal"].answer)
    assert (told, untold) == (12, 12)


def test_the_offered_options_of_an_everyday_set_have_the_right_one_once() -> None:
    for seed in range(40):
        case = everyday(Draw(seed, "train"))
        names = [option["name"] for option in case.data["choices"]]
        assert names.count(case.answer) == 1
        assert len(set(names)) == len(names) >= 2


def test_no_example_lost_its_situation_to_the_screening_of_orders(base: Base) -> None:
    for seed in range(120):
        try:
            plain, told = example_of(seed, "train", base), twin_of(seed, "train", base)
        except UnfitCaseError:
            continue
        assert SCREENED not in plain.turns[-1].content
        if told is not None and not plain.case.hint:
            assert len(told.turns[-1].content) >= len(plain.turns[-1].content)
