"""Assertions on the answer alone: language, sentences, pattern."""

from __future__ import annotations

import pytest

from function.contract import parse_request
from function.errors import InvalidRequest
from function.reflection.answer import Answer
from function.reflection.checks.assertions import does_not_match, has_more_sentences, is_in_another
from function.reflection.text.sentences import count_sentences, first_sentences


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
