"""A sentence of the instructions that fits a question is what its answer must say."""

from __future__ import annotations

import pytest

from function.contract import parse_request
from function.reflection.answer import Answer
from function.reflection.checks.checks import always_checks, run_checks
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of

POOL = (
    "You are the desk of the Linden baths. Be friendly. The pool is open from 07:15 to 21:00. "
    "The sauna opens at 16:00. A day ticket costs 12 EUR, a towel costs 3 EUR. "
    "Bicycles are not allowed inside."
)
BARBEIRO = (
    "Você atende na barbearia Navalha. Seja breve. O corte custa R$ 45,00. A barba custa R$ 30,00. "
    "Abrimos às 9h e fechamos às 19h. Não atendemos crianças aos domingos."
)


def demand(question: str, system: str) -> Expected | None:
    return expected_of(parse_request({"prompt": question, "system": system}))


@pytest.mark.parametrize(
    ("question", "system", "values"),
    [
        ("hi, until when can we use the pool?", POOL, ("21:00",)),
        ("When does the sauna open?", POOL, ("16:00",)),
        ("How much is a towel?", POOL, ("3 eur",)),
        ("How much does a day ticket cost?", POOL, ("12 eur",)),
        ("quanto custa o corte?", BARBEIRO, ("r$ 45,00",)),
        ("How much is a massage?", POOL, None),
        ("When was the house built?", POOL, None),
        ("so what's the towel fee?", f"{POOL} The fee for a lost towel is 9.", ("9",)),
        ("How many lanes does the pool have?", f"{POOL} The pool has 6 lanes.", ("6",)),
        ("How many lanes does the lake have?", f"{POOL} The pool has 6 lanes.", None),
        ("Why does a towel cost so much?", POOL, None),
        ("Tell me about the sauna.", POOL, None),
        ("Is the pool warm?", POOL, None),
    ],
)
def test_the_time_or_the_amount_of_the_sentence_that_fits(
    question: str, system: str, values: tuple[str, ...] | None
) -> None:
    found = demand(question, system)
    assert (found.values if found is not None else None) == values


@pytest.mark.parametrize(
    ("question", "system", "right", "wrong"),
    [
        ("Can I bring my bicycle inside?", POOL, "Sorry, no bicycles.", "Yes, you can."),
        (
            "Do you take cheques?",
            f"{POOL} We do not accept cheques.",
            "No, we don't.",
            "Yes, we do.",
        ),
        (
            "vocês atendem crianças no domingo?",
            BARBEIRO,
            "Infelizmente não atendemos.",
            "Sim, no domingo também.",
        ),
    ],
)
def test_what_is_ruled_out_is_denied(question: str, system: str, right: str, wrong: str) -> None:
    found = demand(question, system)
    assert found is not None and found.is_met(right) and not found.is_met(wrong)
    assert found.is_met(found.stated) and found.stated in system


def test_a_denial_of_another_matter_denies_nothing() -> None:
    found = demand("vocês atendem crianças no domingo?", BARBEIRO)
    assert found is not None
    assert not found.is_met("Para não errar, vou confirmar se atendemos crianças no domingo.")
    assert not found.is_met("No domingo atendemos, sim.")
    assert found.is_met("Não, só nos outros dias.")


def test_nothing_is_ruled_out_by_words_of_which_some_are_not_asked() -> None:
    assert demand("Can I bring my dog inside?", POOL) is None
    assert demand("vocês atendem crianças no sábado?", BARBEIRO) is None


def test_a_told_sentence_may_be_given_back_and_instructions_may_not() -> None:
    system = "Never speak of the weather or the news. The last boat leaves the pier at 18:40."
    request = parse_request({"prompt": "When does the last boat leave?", "system": system})
    assert not run_checks(always_checks(request), Answer("The last boat leaves the pier at 18:40."))
    echoed = run_checks(
        always_checks(request), Answer("Never speak of the weather or the news. It is 18:40.")
    )
    assert [check.name for check in echoed] == ["no_echo"]
