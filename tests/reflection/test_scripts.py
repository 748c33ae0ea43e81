"""Texts in other scripts and Unicode forms are counted, found and compared like any other."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.answer import Answer
from function.reflection.checks.checks import checks_of, run_checks
from function.reflection.drafting import named_choice
from function.reflection.text.sentences import count_sentences, first_sentences
from function.reflection.text.words import count_words

WORDS = ["café", "Ångström", "ệ", "한국어", "がぎ", "प्रश्न", "İstanbul", "ﬁn", "Ǆ"]


def failed(data: dict[str, Any], answer: str) -> list[str]:
    checks = checks_of(parse_request({"prompt": "x", **data}))
    return [found.name for found in run_checks(checks, Answer(answer)) if not found.passed]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("wanted", ["NFC", "NFD"])
@pytest.mark.parametrize("said", ["NFC", "NFD"])
def test_a_word_is_the_same_in_every_unicode_form(word: str, wanted: Any, said: Any) -> None:
    asked, told = unicodedata.normalize(wanted, word), unicodedata.normalize(said, word)
    assert not failed({"checks": {"must_contain": [asked]}}, f"Um {told.upper()}.")
    assert failed({"checks": {"must_not_contain": [asked]}}, f"Um {told}.") == ["must_not_contain"]
    choices = {"choices": [asked, "other"]}
    assert not failed(choices, told)
    assert named_choice(f"I choose {told}.", [asked, "other"]) == asked
    assert named_choice(told, [asked, "other"]) == asked
    items = {
        "context": {"menu": [asked, "Soup"], "guest": "soup"},
        "checks": {"allowed_items": {"items": "menu", "avoid": ["guest"]}},
    }
    assert not failed(items, f'Try "{told}".')


def test_accents_still_differ_where_the_letters_count() -> None:
    assert failed({"checks": {"must_contain": ["café"]}}, "cafe") == ["must_contain"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("two words", 2),
        ("dash - is one", 4),
        ("服务器已经重新启动", 9),
        ("重启 pod 三次", 5),
        ("重启pod-1吧。", 5),
        ("サーバーが停止した", 9),
        ("เซิร์ฟเวอร์ล่ม", 10),
        ("ម៉ាស៊ីនមេ", 4),
        ("서버가 멈췄다", 2),
        ("الخادم لا يعمل", 3),
        ("सर्वर बंद है", 3),
        ("", 0),
    ],
)
def test_words_of_scripts_without_spaces_are_counted_by_letter(text: str, words: int) -> None:
    assert count_words(text) == words


def test_a_long_text_without_spaces_has_too_many_words() -> None:
    for text in ("重启服务" * 12, "เซิร์ฟเวอร์" * 6, "ຊ່ວຍ" * 9, "စာ" * 20, "サーバー" * 12):
        assert failed({"checks": {"max_words": 5}}, text) == ["max_words"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("服务器坏了。请重启！好吗？", "服务器坏了。"),
        ("هل يعمل الخادم؟ لا. نعم.", "هل يعمل الخادم؟"),
        ("सर्वर बंद है। फिर चलाओ। ठीक॥", "सर्वर बंद है।"),
        ("یہ بند ہے۔ چلاؤ۔ ٹھیک۔", "یہ بند ہے۔"),
        ("សួស្តី។ បាទ។ ទេ។", "សួស្តី។"),
        ("ပိတ်ထား။ ဖွင့်ပါ။ ကောင်း။", "ပိတ်ထား။"),
        ("አዎ። አይ። ጥሩ።", "አዎ።"),
        ("サーバーが停止。再起動する。はい", "サーバーが停止。"),
        ("「停止。」再起動。はい。", "「停止。"),
        ("Так. Нет! Да?", "Так."),
    ],
)
def test_sentences_end_with_the_stops_of_their_script(text: str, first: str) -> None:
    assert count_sentences(text) == 3
    assert first_sentences(text, 1) == first
    assert failed({"checks": {"max_sentences": 2}}, text) == ["max_sentences"]


def test_points_inside_words_end_no_sentence() -> None:
    assert count_sentences("See etc. and so on, v1.2.3, e.g. this.") == 1
    assert count_sentences("It has cats, dogs etc. Then it ends.") == 2


@pytest.mark.parametrize(
    ("text", "names", "chosen"),
    [
        ("我选择重启服务。", ["重启服务", "等待"], "重启服务"),
        ("「等待」", ["重启服务", "等待"], "等待"),
        ("再起動を選びます", ["再起動", "待機"], "再起動"),
        ("ผมเลือกรีสตาร์ท", ["รีสตาร์ท", "รอ"], "รีสตาร์ท"),
        ("我选择pod-restart吧", ["pod-restart", "none"], "pod-restart"),
        ("Eu escolho esperar", ["esperar", "reiniciar"], "esperar"),
        ("Я выбираю ждать.", ["ждать", "рестарт"], "ждать"),
        ("restarted", ["restart", "none"], "restarted"),
    ],
)
def test_a_choice_is_found_inside_a_text(text: str, names: list[str], chosen: str) -> None:
    assert named_choice(text, names) == chosen


def test_an_item_that_is_banned_is_found_inside_a_text_without_spaces() -> None:
    data = {
        "context": {"menu": ["花生面", "汤"], "guest": {"allergies": "花生"}},
        "checks": {"allowed_items": {"items": "menu", "avoid": ["guest.allergies"]}},
    }
    assert failed(data, "我推荐花生面给您") == ["allowed_items"]
    assert not failed(data, "我推荐汤给您")
