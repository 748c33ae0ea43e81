"""Alerts: reading, the codec, the generator's honesty, and that a network can learn them."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from function.trm.alert_triage.alert import Alert, read_alert
from function.trm.alert_triage.codec import (
    CHOICES,
    LABELS,
    NOTHING,
    POSITIONS,
    AlertCodec,
    Remedy,
    decode,
    shape_of,
)
from function.trm.alert_triage.vocabulary import Vocabulary, words_of
from function.trm.checkpoint import load_checkpoint
from function.trm.errors import AlertError
from lab.trm.alert_triage.curriculum import CURRICULUM, AlertCurriculum, trade_words
from lab.trm.alert_triage.family import all_families, families_of
from lab.trm.alert_triage.generator import AlertGenerator
from lab.trm.alert_triage.public_rules import honest_alerts, honest_names, name_words
from lab.trm.alert_triage.vectors import VECTORS
from lab.trm.alert_triage.wording import every_word, one_of
from lab.trm.saving import save_checkpoint
from lab.trm.trainer import Recipe, Trainer

CRASH: dict[str, Any] = {
    "labels": {"alertname": "KubePodCrashLooping", "namespace": "shop", "pod": "api-7d9f8b6c5-x2"},
    "annotations": {"description": "Pod shop/api-7d9f8b6c5-x2 restarts."},
    "status": "firing",
    "startsAt": "2026-01-01T00:00:00Z",
}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    pieces = ["##s", "##ing", "crash", "pod", *sorted(set(trade_words()))]
    return Vocabulary(list(dict.fromkeys(pieces)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("KubePodOOMKilled", "kubernetes pod out of memory killed"),
        ("k8s_pvc_not_bound", "kubernetes persistent volume claim not bound"),
        ("payments-api-7d9f8b6c5-x2k9p", "payments api"),
        ("10.0.0.3:8080", ""),
        ("HTTPErrors5xx", "http errors xx"),
    ],
)
def test_words(text: str, words: str) -> None:
    assert " ".join(words_of(text)) == words


def test_words_that_are_not_known_fall_into_pieces() -> None:
    vocabulary = Vocabulary(["po", "pod", "##s", "##d"])
    pieces = [vocabulary.pieces[number] for number in vocabulary.numbers_of("pods")]
    assert pieces == ["pod", "##s"]
    assert vocabulary.numbers_of("xyzzy") == ()


def test_a_vocabulary_is_read_as_it_was_written(vocabulary: Vocabulary, tmp_path: Path) -> None:
    vocabulary.write(tmp_path)
    assert Vocabulary.read(tmp_path).pieces == vocabulary.pieces


def test_an_alert_is_read_with_what_its_group_has_in_common() -> None:
    read = read_alert({**CRASH, "commonLabels": {"severity": "page", "namespace": "other"}})
    assert read.labels == {**CRASH["labels"], "severity": "page"}
    assert (read.name, read.resolved) == ("KubePodCrashLooping", False)
    assert read_alert({**CRASH, "status": "resolved"}).resolved


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"labels": None}, "labels"),
        ({"labels": ["pod"]}, "labels"),
        ({"labels": {"pod": 3}}, "labels.pod"),
        ({"labels": {"pod": "x" * 5000}}, "labels.pod"),
        ({"labels": {str(n): "x" for n in range(101)}}, "labels"),
        ({"annotations": "text"}, "annotations"),
        ({"status": "maybe"}, "status"),
    ],
)
def test_a_bad_alert_is_refused_with_the_field_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(AlertError) as raised:
        read_alert({**CRASH, **change})
    assert raised.value.field == field


def test_what_is_pointed_at_comes_back(vocabulary: Vocabulary) -> None:
    codec = AlertCodec(vocabulary)
    for example in honest_alerts():
        encoded = codec.encode(example.alert)
        assert encoded.tokens.shape[0] == POSITIONS
        assert decode(codec.target(encoded, example.remedy), encoded.labels) == example.remedy


def test_labels_beyond_the_room_are_left_out_known_ones_last(vocabulary: Vocabulary) -> None:
    labels = {f"extra_{number}": "x" for number in range(40)} | dict(CRASH["labels"])
    encoded = AlertCodec(vocabulary).encode(Alert(labels))
    assert len(encoded.labels) == LABELS
    assert {"pod", "namespace"} <= set(encoded.labels.values())


def test_nothing_is_pointed_at_for_none_and_no_choice_is_none() -> None:
    answer = np.full(POSITIONS, NOTHING)
    assert decode(answer, {1: "pod"}) == Remedy("none", {})


def test_values_have_shapes() -> None:
    values = ["", "12", "0.93", "true", "10.0.0.1:80", "api-7d9f8b6c5d-x2k9p", "redis-0", "a b"]
    assert len({shape_of(value) for value in values}) == len(values)


def test_wordings() -> None:
    template = "(Kube|)Pod(Pending|Not(Ready|Up))"
    found = {one_of(template, random.Random(seed)) for seed in range(60)}
    assert found == {a + "Pod" + b for a in ("Kube", "") for b in ("Pending", "NotReady", "NotUp")}
    assert every_word(template).split() == ["Kube", "Pod", "Pending", "Not", "Ready", "Up"]


def test_families_are_held_out_whole() -> None:
    assert {family.choice for family in all_families()} <= {*CHOICES, "flux"}
    for split in ("train", "dev", "test"):
        generator = AlertGenerator(families_of(split), random.Random(1))
        drawn = [generator.draw() for _ in range(400)]
        assert {each.remedy.choice for each in drawn} == set(CHOICES)
        assert {each.family for each in drawn} <= {each.title for each in families_of(split)}
    names = {split: {name for each in families_of(split) for name in each.names}
             for split in ("train", "dev", "test")}  # fmt: skip
    assert not names["train"] & (names["dev"] | names["test"])


def test_alerts_are_as_the_guide_says_and_none_is_from_the_honest_set() -> None:
    generator = AlertGenerator(families_of("train"), random.Random(5))
    for _ in range(1500):
        example = generator.draw()
        alert, remedy = example.alert, example.remedy
        assert all(key in alert.labels for key in remedy.keys.values())
        assert remedy.choice != "none" or not remedy.keys
        assert name_words(alert.name) not in honest_names()
        if "namespace" in remedy.keys and "exported_namespace" in alert.labels:
            assert remedy.keys["namespace"] == "exported_namespace"
        if alert.labels.get("suspended", "").lower() == "true":
            assert remedy.choice == "none"


def test_the_same_seed_draws_the_same_alerts() -> None:
    one, other = (AlertGenerator(families_of("train"), random.Random(7)) for _ in range(2))
    assert [one.draw() for _ in range(50)] == [other.draw() for _ in range(50)]


@pytest.fixture(scope="module")
def small(
    vocabulary: Vocabulary, tmp_path_factory: pytest.TempPathFactory
) -> tuple[AlertCurriculum, Path]:
    """Return a curriculum with a small network, and a folder with random vectors for its words."""
    folder = tmp_path_factory.mktemp("alerts")
    vocabulary.write(folder)
    generator = torch.Generator().manual_seed(0)
    table = torch.randn(len(vocabulary.pieces), 16, generator=generator)
    save_file({"vectors": table}, folder / VECTORS)
    config = replace(CURRICULUM.config, hidden_size=32, num_heads=2, H_cycles=1)
    return replace(CURRICULUM, config=config), folder


def test_a_network_learns_and_is_read_back(
    small: tuple[AlertCurriculum, Path], tmp_path: Path
) -> None:
    curriculum, folder = small
    trainer = Trainer(curriculum, Recipe(minutes=60, batch=16, warmup_steps=5), folder)
    losses = [trainer.update()[0] for _ in range(40)]
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:10])
    model = trainer.averaged()
    save_checkpoint(model, tmp_path, "alert-triage")
    again = load_checkpoint(tmp_path).model
    tokens, _ = curriculum.sample(trainer.pool, 3, 0.0, np.random.default_rng(2))
    shown = torch.from_numpy(tokens)
    with torch.inference_mode():
        for one, other in ((model, again),):
            state = one.initial_state(3)
            expected = one(state, one.embed(shown))[1]
            torch.testing.assert_close(other(state, other.embed(shown))[1].logits, expected.logits)
