"""Numbers, names and items that the facts do not hold; language, length and pattern."""

from __future__ import annotations

import json
from typing import Any

import pytest

from function.contract import parse_request
from function.errors import InvalidRequest
from function.reflection.answer import Answer
from function.reflection.checks.checks import (
    checks_of,
    does_not_match,
    has_more_sentences,
    is_in_another,
    run_checks,
)
from function.reflection.checks.json_extraction import extract_json
from function.reflection.checks.names import names
from function.reflection.checks.numbers import (
    KnownNumbers,
    quantities,
    quantities_of,
    ungrounded_numbers,
)
from function.reflection.text.sentences import count_sentences, first_sentences

LOKI: dict[str, Any] = {
    "loki": {"error_rate": 0.031, "p95_ms": 420, "memory": "1.5 GiB", "restarts": 12},
    "share": "3.1 %",
    "price": 1_299.9,
    "since": "2026-11-23",
}


def reasons(answer: str, checks: dict[str, Any], context: dict[str, Any] = LOKI) -> list[str]:
    """Return what is wrong with an answer to a question about ``context``."""
    request = parse_request({"prompt": "How is Loki?", "context": context, "checks": checks})
    return [
        result.reason
        for result in run_checks(checks_of(request), Answer(answer))
        if not result.passed
    ]


@pytest.mark.parametrize(
    "answer",
    [
        "The error rate is 0.031.",
        "The error rate is 3.1 %.",
        "The error rate is 3.1% and rising",
        "A taxa de erro é 3,1 %.",
        "It is 3.1 percent.",
        "p95 is 420 ms",
        "p95 is 0.42 s",
        "p95 is 420",
        "It uses 1536 MiB",
        "It uses 1.5 GiB",
        "R$ 1.299,90",
        "$1,299.90",
        "1299.9 reais",
        "It restarted 12 times.",
        "Since 2026-11-23.",
        "1. Restart it\n2. Wait",
        "pod loki-0 on http2 with p99",
        "no numbers",
        "",
    ],
)
def test_grounded_numbers_pass(answer: str) -> None:
    assert reasons(answer, {"grounded_numbers": True}) == []


@pytest.mark.parametrize(
    ("answer", "invented"),
    [
        ("The error rate is 3.2 %.", "3.2%"),
        ("The error rate is 31 %.", "31%"),
        ("p95 is 420 s", "420"),
        ("p95 is 421 ms", "421"),
        ("It uses 1.5 MiB", "1.5"),
        ("R$ 1.299,00", "1.299,00"),
        ("It restarted 13 times, 7 today.", "13, 7"),
        ("It is 4.", "4"),
        ("The error rate is 3 %.", "3%"),
    ],
)
def test_invented_numbers_are_named(answer: str, invented: str) -> None:
    assert reasons(answer, {"grounded_numbers": True}) == [
        f"these numbers are not in the facts: {invented}"
    ]


def made_up(answer: str, context: Any) -> list[str]:
    return ungrounded_numbers(quantities(answer), KnownNumbers(quantities_of(context)))


@pytest.mark.parametrize(
    ("answer", "context"),
    [
        ("1 minute", {"x": "60 s"}),
        ("1 hora", {"x": "3600 s"}),
        ("2 dias", {"x": "48 h"}),
        ("3.1 por cento", {"x": 0.031}),
        ("0,12", {"x": "12 por cento"}),
        ("5000 MB", {"x": "5 gigabytes"}),
        ("1 Ti", {"x": "1024Gi"}),
        ("5 ms", {"latency_ms_min": 5}),
        ("80 %", {"cpu_min": 0.8}),
        ("5 min", {"timeout_min": 5}),
        ("5 %", {"a": {"b": [0.05]}}),
        ("7pods of 7", {"pods": 7}),
        ("it answers 5xx for the 3rd time, 7f9c-1", {"x": 1}),
    ],
)
def test_units_in_words_and_in_keys(answer: str, context: Any) -> None:
    assert made_up(answer, context) == []


@pytest.mark.parametrize(
    ("answer", "context"),
    [
        ("7pods crashed", {"pods": 1}),
        ("há 9k erros", {"errors": 1}),
        ("2 dias", {"x": "47 h"}),
        ("6 s", {"duration_ms": 6}),
        ("7dias", {"x": 1}),
    ],
)
def test_numbers_with_letters_and_words_as_units_can_be_invented(answer: str, context: Any) -> None:
    assert len(made_up(answer, context)) == 1


@pytest.mark.parametrize(
    ("answer", "context"),
    [
        ("It is -5 °C.", {"x": -5}),
        ("It is −5 °C.", {"x": "-5 °C"}),
        ("between -5 and 3", {"low": -5, "high": 3}),
        ('{"x": -5}', {"x": -5}),
        ("-R$ 20,00", {"balance": -20}),
        ("5 % less", {"change": "-5 %"}),
        ("3-5 pods, 3–5 pods, 3 -5 pods, 3 %–5 %, 3 €–5 €", {"from": "3 %", "to": "5 %"}),
        ("- 5 pods", {"pods": 5}),
        ("it is 3 ±5, or +/-5", {"x": 3, "y": 5}),
        ("on 2026-11-05", {"day": "2026-11-05"}),
        ("loki-5 has 5 pods", {"loki": 5}),
        ("Café-5", {"cafe": 5}),
        ("12:00:05-03:00", {"at": "2026-11-05 12:00:05-03:00"}),
    ],
)
def test_a_sign_is_the_facts_and_a_dash_is_none(answer: str, context: Any) -> None:
    assert reasons(answer, {"grounded_numbers": True}, context) == []


@pytest.mark.parametrize(
    ("answer", "invented"),
    [
        ("-5 °C", "-5"),
        ("It is −5 °C.", "-5"),
        ("It is –5 (or -5 %).", "-5, -5%"),
        ("- -5 pods", "-5"),
        ("-R$ 5, R$ -5,00, -$5.0", "-5, -5,00, -5.0"),
        ('{"x": -5}', "-5"),
        ("x=-5, 5", "-5"),
    ],
)
def test_a_number_keeps_its_sign(answer: str, invented: str) -> None:
    assert reasons(answer, {"grounded_numbers": True}, {"x": 5}) == [
        f"these numbers are not in the facts: {invented}"
    ]


@pytest.mark.parametrize(
    ("answer", "context"),
    [
        ("٥ pods", {"pods": 5}),
        ("５ pods，１．５ GiB", {"pods": 5, "memory": "1.5 GiB"}),
        ("٣٫١٪", {"rate": 0.031}),
        ("5 pods", {"pods": "५"}),
        ("½ of them", {"share": 0.5}),
        ("2½ h, 2 ½ h", {"x": "150 min"}),
        ("1.5 and 0.75", {"x": "1½", "y": "¾"}),
        ("1. ٥\n２. ٥", {"pods": 5}),
        ("5 m²", {"area": 5}),
    ],
)
def test_digits_of_other_scripts_and_fractions_are_numbers(answer: str, context: Any) -> None:
    assert made_up(answer, context) == []


@pytest.mark.parametrize(
    ("answer", "invented"),
    [
        ("٦ pods", "6"),
        ("６ pods", "6"),
        ("有6个", "6"),
        ("½ of them", "½"),
        ("5½ h and -¼", "5½, -¼"),
        ("٣٫١٪", "3.1%"),
    ],
)
def test_they_can_be_invented_too(answer: str, invented: str) -> None:
    assert made_up(answer, {"pods": 5}) == invented.split(", ")


def test_numbers_of_the_question_and_the_history_are_grounded() -> None:
    request = parse_request(
        {
            "prompt": "Is 5 more than 3?",
            "messages": [{"role": "user", "content": "I have 77 of them"}],
            "checks": {"grounded_numbers": True},
        }
    )
    (result,) = run_checks(checks_of(request), Answer("5 is more than 3, and 77 is more."))
    assert result.passed


def test_numbers_of_a_json_answer_are_looked_at_one_by_one() -> None:
    answer = json.dumps({"score": 0.8, "summary": "3.1 % errors", "deep": [{"n": 99}]})
    assert reasons(answer, {"grounded_numbers": True}) == [
        "these numbers are not in the facts: 0.8, 99"
    ]
    free = {"grounded_numbers": True, "free_fields": ["score", "deep.n"]}
    assert reasons(answer, free) == []


@pytest.mark.parametrize(
    "answer",
    [
        "Loki is fine.",
        "Today LOKI is fine, and so is São Paulo.",
        "Yes, I think Sao Paulo is fine",
        "Look at Loki-0 in the namespace.",
        "It is fine. Really.",
        "420ms is fine",
    ],
)
def test_grounded_names_pass(answer: str) -> None:
    context = {"city": "São Paulo", "pod": "loki-0"}
    assert reasons(answer, {"grounded_names": True}, context) == []


@pytest.mark.parametrize(
    ("answer", "invented"),
    [
        ("It is in the city of Lisbon.", "Lisbon"),
        ("Look at pod mimir-3a of Loki", "mimir-3a"),
        ("Ask Maria Silva about it", "Maria, Silva"),
        ("The PagerDuty alert is about Loki", "PagerDuty"),
    ],
)
def test_invented_names_are_named(answer: str, invented: str) -> None:
    assert reasons(answer, {"grounded_names": True}) == [
        f"these names are not in the facts: {invented}"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Restart it. Then wait: Nothing happens.\nGood",
        "- Restart it\n• Wait\n1) Look\n2. See\n> Quoted\n## Next\n⚠ Careful",
        "**Restart** it. **Check** logs: **Look** closely",
        "**Summary**\n**Next:** Wait for it\n**Cause**: unknown",
        "(It is.) Then “It is.” Then **it is.** Then",
        "Steps:\nRestart\nWait",
        'It says "Connection refused", „Das ist so“ and ‘Try again’.',
        "I'm here (See below). Yes, **everything** is OK",
        "On Monday, in March, on 5 Nov and na Segunda-feira, em Março",
        "Answer: Yes. Severity: High",
        "Olá! 😊 Temos tudo ✅ Pronto ❤️ Obrigada",
    ],
)
def test_a_word_that_begins_a_sentence_is_no_name(text: str) -> None:
    assert list(names(text)) == []


@pytest.mark.parametrize(
    "answer",
    [
        "**Tempo** is down.",
        "It is fine.\n- **Tempo** has errors",
        "The cause is **Tempo** now.",
        "The cause is 'Tempo'.",
        '"Tempo" is down.',
        "`Tempo` is down.",
        "«Tempo» crashed",
        "service: Tempo",
        "service: Tempo, as said",
        "service: **Tempo**\nIt is down",
        "**service:** Tempo",
        'service: "Tempo" is it',
        "See Tempo. Tempo is down",
        '{"service": "Tempo"}',
        '{"services": ["Tempo"]}',
        '{"message": "service: Tempo"}',
        "Tempo",
        "**Tempo**",
    ],
)
def test_a_name_alone_in_marks_or_as_a_value_is_one(answer: str) -> None:
    context = {"service": "Loki"}
    assert reasons(answer, {"grounded_names": True}, context) == [
        "these names are not in the facts: Tempo"
    ]
    assert reasons(answer, {"grounded_names": True}, {"service": "tempo"}) == []


@pytest.mark.parametrize(
    ("answer", "context"),
    [
        ("Look at LokiIngester, the Loki-Ingester", "loki-ingester"),
        ("Look at LokiIngester, the Lokiingester", "the loki ingester"),
        ("Look at Loki-Ingester, Loki Ingester", "LokiIngester"),
        ("Look at HTTPServer and loki0", "http_server loki-0"),
        ("Look at Pager Duty", "PagerDuty"),
        ("Loki's memory and the host’s, of Loki’s", "loki, host"),
        ("Ask Łukasz, Lukasz, ŁUKASZ", "Łukasz"),
        ("Ask Łukasz", "Lukasz"),
        ("Ask Søren, Đorđe and Strauß", "soren dorde strauss"),
        ("Ask Soren, Aeroe and Strauss", "Søren Æroe Strauß"),
    ],
)
def test_a_name_may_be_spelt_otherwise(answer: str, context: str) -> None:
    assert reasons(answer, {"grounded_names": True}, {"x": context}) == []


@pytest.mark.parametrize(
    ("answer", "invented"),
    [
        ("Look at LokiTempo", "LokiTempo"),
        ("LokiTempo is down", "LokiTempo"),
        ("Ask Łucja", "Łucja"),
        ("Tempo's memory and that of Tempo’s", "Tempo’s"),
    ],
)
def test_another_name_is_no_other_spelling(answer: str, invented: str) -> None:
    assert reasons(answer, {"grounded_names": True}, {"x": "loki-ingester Łukasz"}) == [
        f"these names are not in the facts: {invented}"
    ]


def test_words_of_the_schema_and_the_choices_are_no_invented_names() -> None:
    schema = {"type": "object", "properties": {"status": {"enum": ["Healthy", "Degraded"]}}}
    data = {
        "prompt": "How is it?",
        "checks": {"grounded_names": True},
        "response_format": {"type": "json_schema", "schema": schema},
    }
    named = [c for c in checks_of(parse_request(data)) if c.name == "grounded_names"]
    assert [result.passed for result in run_checks(named, Answer('{"status": "Healthy"}'))] == [
        True
    ]
    assert [result.passed for result in run_checks(named, Answer('{"status": "Broken"}'))] == [
        False
    ]
    chosen = {"prompt": "?", "choices": ["Restart", "Wait"], "checks": {"grounded_names": True}}
    assert all(
        result.passed for result in run_checks(checks_of(parse_request(chosen)), Answer("Restart"))
    )


def test_copied_fields_stand_in_the_facts() -> None:
    checks = {"copied_fields": ["pod.name", "zone"]}
    context = {"pod": "loki-0", "zone": "São Paulo"}
    good = json.dumps({"pod": {"name": "LOKI-0"}, "zone": "sao paulo"})
    assert reasons(good, checks, context) == []
    assert reasons('{"zone": null}', checks, context) == []
    bad = json.dumps({"pod": {"name": "loki-1"}, "zone": "São Paulo"})
    assert reasons(bad, checks, context) == [
        'pod.name must be copied from the facts, "loki-1" is not'
    ]


MENU: dict[str, Any] = {
    "menu": [
        {"name": "Penne Arrabbiata", "allergens": ["gluten"]},
        {"name": "Risotto", "allergens": ["milk"]},
        {"name": "Green Salad", "allergens": [], "ingredients": ["walnuts"]},
    ],
    "guest": {"allergies": ["Milk"], "dislikes": ["walnut"]},
}
AVOID = ["guest.allergies", "guest.dislikes"]
INSTEAD = "; it may be one of these: penne arrabbiata"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("I recommend the penne arrabbiata.", ""),
        ("Our **Penne Arrabbiata** is spicy.", ""),
        ("I recommend the RISOTTO.", f"risotto must not be offered: milk{INSTEAD}"),
        ("Green salad, perhaps?", f"green salad must not be offered: walnut{INSTEAD}"),
        (
            "Try our **Truffle Pizza**!",
            "Truffle Pizza is not one of the items: penne arrabbiata",
        ),
        (
            "- Lasagna: good\n- Penne Arrabbiata",
            "Lasagna is not one of the items: penne arrabbiata",
        ),
    ],
)
def test_only_allowed_items_are_offered(answer: str, reason: str) -> None:
    rule = {"allowed_items": {"items": "menu", "avoid": AVOID}}
    assert reasons(answer, rule, MENU) == ([reason] if reason else [])


@pytest.mark.parametrize(
    "marked",
    [
        *("“Pizza”", "„Pizza“", "„Pizza”", "«Pizza»", "‹Pizza›", "‘Pizza’", "'Pizza'", "`Pizza`"),
        *(
            "- Pizza",
            "- pizza",
            "* pizza;",
            "1. pizza",
            "- **Pizza**: good",
            "- 'Pizza'",
            "- «Pizza»",
        ),
    ],
)
def test_an_item_may_be_marked_in_many_ways(marked: str) -> None:
    rule = {"allowed_items": {"items": "menu", "avoid": AVOID}}
    (reason,) = reasons(f"We have:\n{marked}", rule, MENU)
    assert reason.casefold() == "pizza is not one of the items: penne arrabbiata"
    for item in ("Penne Arrabbiata", "Penne"):
        known = marked.replace("Pizza", item).replace("pizza", item.lower())
        assert reasons(f"We have:\n{known}", rule, MENU) == []


@pytest.mark.parametrize(
    "answer",
    [
        "- ask the guest for the table number\n- serve water",
        "It has no:\n- gluten\n- milk\n- walnuts",
        "- price: R$ 40\n- yes",
        "It's the chef's and the guests' choice, isn't it? Don't say 'no'.",
        "'n' is the guests' 'penne all'arrabbiata' isn't it",
    ],
)
def test_what_is_marked_may_be_no_item(answer: str) -> None:
    rule = {"allowed_items": {"items": "menu", "avoid": AVOID}}
    assert reasons(answer, rule, MENU) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Penne Arrabbiata", ""),
        (None, ""),
        ("pénne arrabbiata ", ""),
        ("Risotto", f"Risotto must not be offered: milk{INSTEAD}"),
        ("Penne", "Penne is not one of the items: penne arrabbiata"),
    ],
)
def test_a_field_names_an_allowed_item(name: str | None, reason: str) -> None:
    rule = {"allowed_items": {"items": "menu", "fields": ["dish.name"], "avoid": AVOID}}
    answer = json.dumps({"dish": {"name": name}, "message": "Risotto is out"})
    assert reasons(answer, rule, MENU) == ([reason] if reason else [])


SHOP: dict[str, Any] = {
    "products": [
        {"name": "Vestido Azul", "price": 199.9, "old_price": 299.9, "sizes": ["P", "M"]},
        {"name": "Vestido Verde", "price": 1_299.9},
        {"name": "Vestido", "price": "R$ 89,90"},
        {"name": "Saia", "stock": True},
        {"name": "Blusa de Seda", "price": 450},
    ],
}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("Vestido Azul por R$ 1.299,90.", "1.299,90 is the price of vestido verde"),
        ("O vestido azul, lindo, sai por 1299.90 reais!", "1299.90 is the price of vestido verde"),
        ("- **Vestido Azul**: R$ 89,90", "89,90 is the price of vestido,"),
        (
            "O Vestido Azul por R$ 1.299,90 e o Vestido Verde por R$ 199,90",
            "1.299,90 is the price of vestido verde",
        ),
        ('{"message": "Vestido Verde: R$199.90"}', "199.90 is the price of vestido azul"),
        ("O Vestido Azul sai de R$ 450", "450 is the price of blusa de seda, not of vestido azul"),
        ("Vestido por R$ 199,90", "199,90 is the price of vestido azul"),
        ("Vestido Azul e Vestido por R$ 1.299,90", "1.299,90 is the price of vestido verde"),
    ],
)
def test_a_price_behind_an_item_is_not_anothers(answer: str, reason: str) -> None:
    (found,) = reasons(answer, {"allowed_items": {"items": "products"}}, SHOP)
    assert found.startswith(reason)


@pytest.mark.parametrize(
    "answer",
    [
        "O Vestido Azul sai por R$ 199,90. O Verde custa R$ 1.299,90.",
        "O Vestido Azul sai de R$ 299,90 por R$ 199,90 e o Verde por R$ 1.299,90",
        "O Vestido Azul combina com o verde, que sai por R$ 1.299,90",
        "Vestido Azul e Vestido Verde por R$ 199,90 e R$ 1.299,90",
        "Por R$ 199,90 o Vestido Azul e por R$ 1.299,90 o Vestido Verde",
        "Além do Vestido Azul, por R$ 1.299,90 temos o Vestido Verde",
        "Saia por R$ 199,90 e R$ 50,00",
        "Vestido Azul por R$ 50,00",
        "Vestido Azul em 12x, 1.299,90 pontos",
        "Custa R$ 1.299,90",
    ],
)
def test_prices_of_several_items_pass(answer: str) -> None:
    assert reasons(answer, {"allowed_items": {"items": "products"}}, SHOP) == []


def test_prices_may_be_a_list_by_name() -> None:
    rule = {"allowed_items": {"items": "prices"}}
    for prices in ({"Soup": 5, "Tart": 8}, {"Soup": {"price": 5}, "Tart": {"price": 8}}):
        assert reasons("The tart is $8, the soup 5 euros.", rule, {"prices": prices}) == []
        assert reasons("The tart is $5", rule, {"prices": prices}) == [
            "5 is the price of soup, not of tart"
        ]
    assert reasons("Soup for $5", rule, {"prices": ["Soup", "Tart"]}) == []
    assert reasons("Soup for $5", rule, {}) == []
    sizes = [{"name": "Soup", "price": 5}, {"name": "Soup", "price": 8}, {"name": "T", "price": 9}]
    assert reasons("Soup for $5 or $8. Soup for $8", rule, {"prices": sizes}) == []
    assert reasons("Soup for $9", rule, {"prices": sizes}) == ["9 is the price of t, not of soup"]


def test_items_may_be_texts_or_keys() -> None:
    rule = {"allowed_items": {"items": "wines", "fields": ["wine"]}}
    for wines in (["Barolo"], {"Barolo": "red"}):
        assert reasons('{"wine": "Barolo"}', rule, {"wines": wines}) == []
        assert reasons('{"wine": "Rioja"}', rule, {"wines": wines}) != []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The error rate of Loki is 3.1 %."),
        ("pt", "Oi! O Vestido Floral sai por R$ 199,90."),
        ("pt", "Temos o Fone Pulse por R$ 89,90."),
        ("es", "Hola, te recomiendo el vestido rojo."),
        ("es", "La tasa de error de Loki es de 3.1 %."),
        ("pt", '{"message": "Olá, posso ajudar você com mais alguma coisa?"}'),
        ("pt", "89,90"),
        ("pt", "pod-restart"),
        ("en", "Loki: 2 服务"),
    ],
)
def test_the_language_is_right(language: str, text: str) -> None:
    assert is_in_another(Answer(text), language) == ""


@pytest.mark.parametrize(
    ("language", "name", "text"),
    [
        ("pt", "Portuguese", "I recommend this dress, it is a great choice for the summer."),
        ("en", "English", "Oi! Tudo bem? O vestido está disponível na loja."),
        ("es", "Spanish", "The dress is available in the shop."),
        ("pt", "Portuguese", "Hola, te recomiendo el vestido rojo que está en la tienda."),
        ("en", "English", "Служба не работает"),
        ("pt", "Portuguese", "服务已停止"),
    ],
)
def test_the_language_is_wrong(language: str, name: str, text: str) -> None:
    assert is_in_another(Answer(text), language) == f"the answer must be in {name}"


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", 0),
        ("One", 1),
        ("One. Two! Three?", 3),
        ("It costs 3.50 or 3,1 %. Fine...", 2),
        ("One\nTwo\n\n- three", 3),
        ("Ask Dr. Silva. He knows.", 2),
        ("Sale! 😀 50!", 1),
        ("Pods, nodes etc. are up.", 1),
        ("It is up (pods, nodes etc.) now.", 1),
        ("Pods, nodes etc. They are up.", 2),
        ("Pods, nodes etc.\nThey are up.", 2),
        ("Loki, Mimir etc.", 1),
        ("See Fig. 3 of Prof. Silva, Av. Paulista. It helps.", 2),
        ("O Sr. Lima e a Sra. Reis, no. 5 e No. 7.", 1),
        ("No. It is up. The answer is no. Ask.", 4),
        ("Use one, e.g. Loki, i.e. the first vs. the last.", 1),
        ("Cores claras, p. ex. Azul, por aprox. R$ 50.", 1),
        ("Is it Loki vs. Mimir? DR. Silva knows, as Dra. Reis does!", 2),
        ("I saw the index. It fell on November. He left the casino. Then?", 4),
        ("What a prof! Yes", 2),
        ("It takes 420 ms. That is long.", 2),
        ("It ends... Fine", 2),
    ],
)
def test_sentences_are_counted(text: str, sentences: int) -> None:
    assert count_sentences(text) == sentences
    assert count_sentences(first_sentences(text, 1)) == min(sentences, 1)


def test_the_first_sentences_stay_as_they_are() -> None:
    text = "- cpu: 16 %\n\nThis is v1.5. Is it new?! And more"
    assert first_sentences(text, 1) == "- cpu: 16 %"
    assert first_sentences(text, 2) == "- cpu: 16 %\n\nThis is v1.5."
    assert first_sentences(text, 3) == "- cpu: 16 %\n\nThis is v1.5. Is it new?!"


def test_too_many_sentences() -> None:
    assert has_more_sentences("One. Two.", 2) == ""
    reason = "the answer has 3 sentences and may have at most 2"
    assert has_more_sentences("One. Two. Three.", 2) == reason


def test_a_pattern_must_match() -> None:
    assert does_not_match("ticket T-12", r"T-\d+") == ""
    assert does_not_match("ticket", r"T-\d+") == r"the answer must match the pattern T-\d+"


def test_a_pattern_that_never_ends_is_a_reason() -> None:
    assert does_not_match("a" * 40 + "b", r"(a|aa)+$|(a*)*c") in (
        "the pattern takes too long to match",
        "the answer must match the pattern (a|aa)+$|(a*)*c",
    )


def test_a_broken_pattern_is_told_to_its_sender() -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_request({"prompt": "x", "checks": {"regex": "("}})
    assert [field.field for field in refused.value.fields] == ["checks.regex"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}', '{"a": 1}'),
        (' "text" ', '"text"'),
        ("5", "5"),
        ('```json\n{"a": {"b": [1, 2]}}\n```', '{"a": {"b": [1, 2]}}'),
        ('Here you are: {"a": "}"} and {"b": 2}', '{"a": "}"}'),
        ('say \\" {"a": "\\"{"} done', '{"a": "\\"{"}'),
        ("set {x | x > 1} is [1, 2]", "[1, 2]"),
        ('{"a": 1', '{"a": 1'),
        ("{" * 500, "{" * 500),
        ("none", "none"),
        ("", ""),
        ("The answer:\n```\n42\n```", "42"),
        ('```json\n{"a": 1\n```', '```json\n{"a": 1\n```'),
    ],
)
def test_json_is_found_in_what_surrounds_it(text: str, found: str) -> None:
    assert extract_json(text).text == found


@pytest.mark.parametrize(
    "text",
    [
        'Use [1] as source: {"a":1}',
        '<think>{"x":1}</think>{"a":1}',
        '[]: {"a":1}',
        'First {"a":"no"}, then\n```json\n{"a":1}\n```',
    ],
)
def test_of_several_values_the_one_is_taken_that_the_schema_allows(text: str) -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
    assert extract_json(text, schema).text == '{"a":1}'
    assert extract_json("[1] or [2]", schema).text == "[1]"


@pytest.mark.parametrize(
    "text",
    [
        '{"wine": {"name": "Barolo"}, "mess',
        '{"keywords": ["live"], "summary": "A conc',
        '[{"a": 1}, {"a"',
    ],
)
def test_a_part_of_a_value_that_stops_short_is_not_the_answer(text: str) -> None:
    assert extract_json(text).text == text
    assert extract_json(text, {"type": "object", "required": ["wine", "message"]}).text == text


@pytest.mark.parametrize(
    "digits", ["1" + "0" * 400, "9" * 400, "1" + "0" * 4_000, "-1" + "0" * 400]
)
@pytest.mark.parametrize("unit", ["", "%", " ms", "GiB"])
def test_numbers_beyond_a_double_are_the_same_only_as_they_are_written(
    digits: str, unit: str
) -> None:
    other = digits[:-1] + "7"
    assert made_up(f"It is {digits}{unit}.", {"n": f"{digits}{unit}"}) == []
    assert made_up(f"It is {other}{unit}.", {"n": f"{digits}{unit}"}) != []
    assert made_up("It is 3.", {"n": int(digits), "p95_ms": [int(digits)]}) == ["3"]
    assert made_up(f"It is {digits}.", {"n": int(digits)}) == []
    for text in (f"{digits}.5", f"0.{digits}", digits.replace("0", ",000"), f"{digits}½"):
        assert isinstance(made_up(text, {"n": int(digits)}), list)
