"""The form that a question demands is read, checked, and what the facts give is written in it."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.deadline import NO_DEADLINE
from function.reflection.answer import Answer
from function.reflection.checks.checks import always_checks, run_checks
from function.reflection.checks.facts.forms.form import Form, form_in
from function.reflection.checks.facts.verify import expected_of
from function.reflection.drafting import composed_values


@pytest.mark.parametrize(
    ("text", "form", "rest"),
    [
        ("Number only: how old is it?", Form("number"), "how old is it?"),
        ("How old is it? Just the number.", Form("number"), "How old is it?"),
        ("Em uma palavra: qual é a cor?", Form(words=1, bare=True), "qual é a cor?"),
        ("In no more than four words, where is it?", Form(words=4), "where is it?"),
        ("Write a two-sentence note.", Form(sentences=2), "Write a note."),
        ("Numa só frase: o que houve?", Form(sentences=1), "o que houve?"),
        ("List them comma-separated.", Form("commas"), "List them."),
        ("As cidades, uma por linha.", Form("lines"), "As cidades."),
        ("List the tools as bullet points.", Form("bullets"), "List the tools."),
        ("Liste os rios em uma lista numerada.", Form("numbered"), "Liste os rios."),
        (
            "Somente os nomes, separados por ponto e vírgula.",
            Form("semicolons", bare=True),
            "os nomes.",
        ),
        ("One word: which colour?", Form(words=1, bare=True), "which colour?"),
        ("Exactly four bullets: what is new?", Form("bullets", items=4), "what is new?"),
        ("Answer yes or no: is it wet?", Form("yes_no"), "is it wet?"),
        ("Responda sim ou não: está frio?", Form("yes_no"), "está frio?"),
        ("Just the yes or no: is it wet?", Form("yes_no"), "is it wet?"),
        ("Diga só o preço em euros: quanto é?", Form(bare=True), "quanto é?"),
        ("In capital letters: the port.", Form(case="upper"), "the port."),
        ("O porto, em letras minúsculas.", Form(case="lower"), "O porto."),
        (
            "The docks joined with a slash, in alphabetical order.",
            Form("slashes", is_sorted=True),
            "The docks.",
        ),
    ],
)
def test_a_demanded_form_is_read(text: str, form: Form, rest: str) -> None:
    assert form_in(text) == (form, rest)


@pytest.mark.parametrize(
    "text",
    [
        "Write at least 40 words on rivers.",
        "Escreva pelo menos três frases sobre rios.",
        "How many words are in the title?",
        "In other words, what is it?",
        "How do I write a numbered list in a document?",
        'What does "in one word" mean?',
        "Which pump is only used in winter?",
        "What was the sentence of the court?",
        "Should I say yes or no to the landlord?",
        "Write about capital letters in German.",
        "How many bullets are left?",
    ],
)
def test_no_form_is_read_where_none_is_demanded(text: str) -> None:
    assert form_in(text) is None


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        (Form("number"), "R$ 18,50", "It is 18."),
        (Form("number"), "7", "seven of 9"),
        (Form(words=2), "thick fog", "fog in the valley"),
        (Form(sentences=1), "It is shut.", "It is shut. Come back."),
        (Form("numbered"), "1. saw\n2. axe", "saw and axe"),
        (Form("bullets"), "- saw\n- axe", "1. saw\n2. axe"),
        (Form("semicolons"), "saw; axe", "saw, axe"),
        (Form("commas"), "saw, axe", "saw\naxe"),
        (Form("lines"), "saw\naxe", "saw, axe"),
    ],
)
def test_an_answer_in_another_form_fails(form: Form, good: str, bad: str) -> None:
    assert form.problem(good) == "" and form.problem(bad) != ""


DIVES = {
    "dives": [
        {"id": "D1", "day": "2026-06-01", "metres": 12},
        {"id": "D2", "day": "2026-07-04", "metres": 30},
        {"id": "D3", "day": "2026-06-20", "metres": 18},
    ]
}
TOOLS = {
    "tools": [
        {"tool": "saw", "state": "lent", "owner": "Ruth"},
        {"tool": "axe", "state": "available", "owner": "Piet"},
        {"tool": "drill", "state": "available", "owner": "Ruth"},
    ]
}
COURSE = {"course": {"rooms": ["Aare", "Rhone"]}}
ALUNOS = {
    "alunos": [
        {"nome": "Davi", "situacao": "reprovado"},
        {"nome": "Lia", "situacao": "aprovada"},
        {"nome": "Rui", "situacao": "aprovado"},
    ]
}
PRICE = {"preco_antigo": "R$ 40", "preco_novo": "R$ 52", "desde": "maio"}


@pytest.mark.parametrize(
    ("prompt", "context", "stated"),
    [
        ("List the tools comma-separated, nothing else.", TOOLS, "saw, axe, drill"),
        ("List the available tools as bullet points.", TOOLS, "- axe\n- drill"),
        ("The rooms of the course, one per line.", COURSE, "Aare\nRhone"),
        ("List the two seminar rooms as a numbered list.", COURSE, "1. Aare\n2. Rhone"),
        ("List the three rooms as a numbered list.", COURSE, ""),
        ("List the quiet rooms as a numbered list.", COURSE, ""),
        ("List the sharpest tools comma-separated.", TOOLS, ""),
        ("Só os nomes dos alunos aprovados, separados por vírgula.", ALUNOS, "Lia, Rui"),
        ("Só os nomes dos alunos mais velhos, separados por vírgula.", ALUNOS, ""),
        ("Just the ids of the dives in June, one per line.", DIVES, "D1\nD3"),
        ("Names of the dives below 20 m, comma-separated.", DIVES, None),
        ("Number only: how many wells are dry?", {"wells_dry": 4, "wells_total": 9}, "4"),
        ("Return only the fee, no text.", {"bid": {"deadline": "2 May", "fee": "9 EUR"}}, "9 EUR"),
        ("Just the deadline.", {"bid": {"deadline": "2 May", "fee": "9 EUR"}}, "2 May"),
        (
            "Reply with the phone number only.",
            {"clinic": {"phone": "044 555 01", "city": "Uster"}},
            "044 555 01",
        ),
        ("Informe somente o bairro.", {"loja": {"bairro": "Lapa", "rua": "Sul"}}, "Lapa"),
        ("One word only, please: who leads it?", {"team": {"leader": "Ines"}}, None),
        ("In one word: who is the leader?", {"team": {"leader": "Ines"}}, "Ines"),
        (
            "In at most six words: why is it shut?",
            {"lift": "shut", "why_not": "no", "cause": "broken cable"},
            "Broken cable.",
        ),
        (
            "Em uma frase: o que mudou no preço?",
            PRICE,
            "Preço: antes R$ 40, agora R$ 52, a partir de maio.",
        ),
    ],
)
def test_what_the_facts_give_is_composed_in_the_form(
    prompt: str, context: dict[str, Any], stated: str | None
) -> None:
    request = parse_request({"prompt": prompt, "context": context})
    found = expected_of(request)
    if stated:
        assert found is not None and found.stated == stated
        checks = run_checks(always_checks(request), Answer(stated))
        assert not [check.name for check in checks if check.name != "question_language"]
    elif stated is not None:
        assert found is None


def test_nothing_stands_beside_what_is_asked_for_where_nothing_may() -> None:
    prompt = "List the tools comma-separated, nothing else."
    found = expected_of(parse_request({"prompt": prompt, "context": TOOLS}))
    assert found is not None and found.is_met("Saw, axe, drill.")
    assert not found.is_met("The tools are saw, axe, drill.")
    assert not found.is_met("saw, axe, drill, 3")
    numbered = "List the tools as a numbered list."
    found = expected_of(parse_request({"prompt": numbered, "context": TOOLS}))
    assert found is not None and found.is_met("The tools:\n1. saw\n2. axe\n3. drill")


def test_the_form_is_a_check_of_every_text_that_it_is_demanded_of() -> None:
    request = parse_request({"prompt": "Explain in at most 5 words what a queue does."})
    failed = run_checks(always_checks(request), Answer("It keeps things in the order they came."))
    assert [check.name for check in failed] == ["asked_form"]
    assert failed[0].reason == "the answer has 8 words and may have at most 5"
    assert not run_checks(always_checks(request), Answer("It keeps things in order."))


def test_an_answer_is_cut_to_the_sentences_that_it_may_have() -> None:
    request = parse_request({"prompt": "Greet the team in one sentence."})
    told = composed_values(request, None, Answer("Welcome, all of you. We start now."), NO_DEADLINE)
    assert list(told.values()) == ["Welcome, all of you."]


def test_that_the_facts_do_not_tell_is_an_answer_in_any_form() -> None:
    context = {"boxes": [{"box": 31, "owner": "Ana"}, {"box": 32, "owner": "Bo"}]}
    request = parse_request({"prompt": "In one word: who owns box 39?", "context": context})
    assert not run_checks(always_checks(request), Answer("That is not in the data I have."))


@pytest.mark.parametrize(
    ("form", "text", "repaired"),
    [
        (Form("bullets", items=2), "- rope\n- tar\n- salt", "- rope\n- tar"),
        (Form("numbered"), "rope\ntar", "1. rope\n2. tar"),
        (Form("commas", is_sorted=True), "Turku, Oulu and Espoo", "Espoo, Oulu, Turku"),
        (Form("lines"), "rope, tar; salt", "rope\ntar\nsalt"),
        (Form("slashes"), "rope, tar", "rope/tar"),
        (Form(case="upper"), "Turku", "TURKU"),
        (Form("yes_no"), "Yes, it is wet.", "Yes"),
        (Form("yes_no"), "It is wet.", ""),
        (Form(words=5), 'Here is one: "Harbour opens after the storm"',
         "Harbour opens after the storm"),
        (Form(words=6), "The harbour opens, because the storm has gone away.",
         "The harbour opens"),
        (Form(words=4), "The harbour opens on Monday at nine.", "The harbour opens"),
        (Form(words=1), "It is on Monday.", ""),
        (Form("bullets", items=3), "A long sentence that is no list and has no parts.", ""),
    ],
)  # fmt: skip
def test_an_answer_is_brought_into_the_form(form: Form, text: str, repaired: str) -> None:
    assert form.problem(text)
    assert form.repaired(text) == repaired
    assert not repaired or not form.problem(repaired)


def test_a_list_of_names_and_states_is_read_and_sorted() -> None:
    docks = {"docks": {"West": "free", "East": "taken", "North": "free"}}
    request = parse_request(
        {"prompt": "The free docks, sorted by name, joined with a slash.", "context": docks}
    )
    found = expected_of(request)
    assert found is not None
    assert found.stated == "North/West"
    assert found.is_met("North/West")
    assert not found.is_met("West/North")


def test_yes_or_no_is_all_that_is_said() -> None:
    request = parse_request(
        {"prompt": "Answer yes or no: is the sauna heated?", "context": {"sauna": {"heated": True}}}
    )
    found = expected_of(request)
    assert found is not None
    assert found.stated == "Yes"


def test_a_thing_is_written_in_the_case_that_is_demanded() -> None:
    trams = {"trams": [{"code": "t-4", "state": "late"}, {"code": "t-9", "state": "cancelled"}]}
    request = parse_request(
        {"prompt": "In upper case: the code of the cancelled tram.", "context": trams}
    )
    found = expected_of(request)
    assert found is not None
    assert found.stated == "T-9"
