"""Requests about records, components and alerts: phrases that agree, answers that name no more."""

from __future__ import annotations

from lab.tuning.draw import Draw
from lab.tuning.families.alerts import alerts
from lab.tuning.families.facts import facts
from lab.tuning.families.status import status
from lab.tuning.phrases import listed, of, superlatives, within, words_of
from lab.tuning.records import domains, table
from lab.tuning.values import spec_of, values


def test_portuguese_phrases_contract_and_agree() -> None:
    assert of("o prazo") == "do prazo"
    assert of("as notas") == "das notas"
    assert of("Ana Lima") == "de Ana Lima"
    assert within("a data de entrega") == "na data de entrega"
    assert superlatives("pt", "date", "a data", high=False)["most"] == "a data mais antiga"
    assert superlatives("pt", "int", "o valor", high=True)["most"] == "o maior valor"
    words = words_of("pt", ("a sala", "as salas"), "code", "B12", "o andar")
    assert (words["do_rec"], words["nenhum"], words["cujo"]) == ("da sala B12", "nenhuma", "cujo")


def test_lists_end_with_the_word_of_their_language() -> None:
    assert listed(["a", "b", "c"], "en") == "a, b and c"
    assert listed(["a", "b"], "pt") == "a e b"
    assert listed(["a"], "pt") == "a"


def test_each_domain_has_phrases_in_both_languages_and_values() -> None:
    assert len(domains()) >= 40
    for domain in domains():
        assert len(domain.attributes) >= 6
        for item in domain.attributes:
            assert item.phrases[1].startswith(("o ", "a ")), item
            assert all(values(Draw(1, "train"), item.spec, each, 2) for each in ("en", "pt"))


def test_values_compare_by_size_and_not_as_text() -> None:
    drawn = values(Draw(3, "train"), spec_of("money 5 9000"), "pt", 6)
    assert [value.text for value in sorted(drawn, key=lambda value: value.order)] != sorted(
        value.text for value in drawn
    )
    assert spec_of("int 5 90 minutes=minutos").unit("pt") == "minutos"


def test_records_keep_prompts_short() -> None:
    for seed in range(40):
        records = table(Draw(seed, "train"), "en", 1, 8)
        assert len(records.names) * len(records.columns) <= 18
        assert len(records.columns) >= 2


def test_a_field_can_be_left_out_of_many_records() -> None:
    for seed in range(300):
        facts(Draw(seed, "train"))


def test_a_status_answer_names_only_components_of_its_facts() -> None:
    for seed in range(40):
        case = status(Draw(seed, "train"))
        held = str(case.data)
        assert all(key in held for key in case.keys if not key.isdigit())


def test_an_answer_about_alerts_names_no_resolved_one() -> None:
    resolved = 0
    for seed in range(200):
        case = alerts(Draw(seed, "train"))
        rows = [row for rows in case.data["context"].values() for row in rows]
        for row in (row for row in rows if isinstance(row, dict)):
            if row.get("status") in ("resolved", "closed"):
                resolved += 1
                texts = list((row.get("labels") or row).values())
                assert not any(text in case.answer.split() for text in texts if text[0].isupper())
    assert resolved
