"""The chain: what answers while one model loads, fails or is missing."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Sequence

import pytest

from function.backends.base import Abilities, Model, Turn
from function.backends.chain import Chain
from function.backends.registry import Member, members_of
from function.deadline import Deadline
from function.errors import ModelUnavailable, NotReady
from function.settings import load_settings
from function.telemetry import Log
from function.trm.registry import Networks
from tests.backends.asking import ask as ask_members
from tests.scripted import Call, ScriptedModel
from tests.timing import wait_until

PROBE = [Turn("system", "s"), Turn("user", "Say: ready.")]


def missing(label: str, error: Exception) -> Member:
    def load() -> Model:
        raise error

    return Member(label, load)


def refuse(call: Call) -> str:
    raise ModelUnavailable("does not answer")


def chain_of(members: Sequence[Member], stream: io.StringIO | None = None) -> Chain:
    return Chain(members, PROBE, Log(stream=stream or io.StringIO()))


def write(model: Model, deadline: Deadline) -> str:
    model.generate(PROBE, max_tokens=8, temperature=0, seed=1, deadline=deadline)
    return model.name


def ask(chain: Chain) -> tuple[str, str | None]:
    """Who answers a request, and why those before it did not."""
    answered = ask_members(chain.walk(Deadline.after(10)), write)
    return answered.result, answered.fallback_reason


def test_while_it_loads_it_is_not_ready() -> None:
    gate = threading.Event()
    model = ScriptedModel()

    def load() -> Model:
        assert gate.wait(10)
        return model

    chain = chain_of([Member("slow", load)])
    begins: list[Callable[[], None]] = [lambda: None, chain.start]
    for begin in begins:  # before and while it loads
        begin()
        assert chain.state == (False, "loading the model")
        with pytest.raises(NotReady) as refusal:
            chain.require()
        assert (refusal.value.status, refusal.value.retry_after) == (503, 1)
    assert chain.wait(0.01) is False
    gate.set()
    assert chain.wait(10) is True
    chain.require()
    assert ask(chain) == ("scripted", None)
    assert chain.state == (True, "ready: scripted on test")
    chain.close()


def test_the_first_model_serves_though_others_loaded_before() -> None:
    gate = threading.Event()
    others = threading.Event()

    def first() -> Model:
        assert gate.wait(10)
        return ScriptedModel(name="first")

    def second() -> Model:
        others.set()
        return ScriptedModel(name="second")

    chain = chain_of([Member("one", first), Member("two", second)])
    chain.start()
    assert others.wait(10)
    assert chain.wait(0.05) is False  # it is not known yet which one answers first
    wait_until(lambda: chain.state[0])
    assert ask(chain) == ("second", "one: loading")
    gate.set()
    assert chain.wait(10)
    assert ask(chain) == ("first", None)
    chain.close()


def test_a_model_answers_a_probe_before_it_serves() -> None:
    model = ScriptedModel()
    chain = chain_of([Member("one", lambda: model)])
    chain.start()
    assert chain.wait(10)
    (call,) = model.calls
    assert (list(call.turns), call.max_tokens) == (PROBE, 1)
    chain.close()


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (missing("local", ModelUnavailable("not installed")), "local: not installed"),
        (missing("local", OSError("disk")), "local: disk"),
        (missing("local", ImportError("no xllamacpp")), "local: no xllamacpp"),
        (Member("local", lambda: ScriptedModel(say=refuse)), "local: does not answer"),
    ],
)
def test_the_next_model_serves_and_says_why(first: Member, reason: str) -> None:
    stream = io.StringIO()
    chain = chain_of([first, Member("remote", lambda: ScriptedModel(name="second"))], stream)
    chain.start()
    assert chain.wait(10)
    assert ask(chain) == ("second", reason)
    assert chain.state == (True, f"ready: second on test ({reason})")
    logged = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
    assert sorted(logged) == ["trm_model_load_failed", "trm_model_loaded"]
    chain.close()


def test_a_model_that_fails_its_probe_is_given_back() -> None:
    model = ScriptedModel(say=refuse)
    chain = chain_of([Member("broken", lambda: model), Member("good", ScriptedModel)])
    chain.start()
    assert chain.wait(10)
    chain.close()
    assert model.closed


def test_when_none_can_answer_every_reason_is_told() -> None:
    chain = chain_of(
        [missing("one", ModelUnavailable("not installed")), missing("two", ValueError("wrong"))]
    )
    chain.start()
    assert chain.wait(10) is False
    ready, message = chain.state
    assert not ready
    assert message == "no model can answer: one: not installed; two: wrong"
    with pytest.raises(ModelUnavailable) as refusal:
        chain.require()
    assert str(refusal.value) == message
    assert (refusal.value.status, refusal.value.retry_after) == (503, 5)
    chain.close()


def test_closing_closes_the_model() -> None:
    model = ScriptedModel()
    chain = chain_of([Member("one", lambda: model)])
    chain.start()
    assert chain.wait(10)
    chain.close()
    assert model.closed
    chain.close()


def test_closing_waits_for_a_load_under_way() -> None:
    gate = threading.Event()
    model = ScriptedModel()

    def load() -> Model:
        assert gate.wait(10)
        return model

    chain = chain_of([Member("slow", load)])
    chain.start()
    threading.Timer(0.05, gate.set).start()
    chain.close()
    assert model.closed


def test_closing_what_never_started() -> None:
    chain_of([Member("one", ScriptedModel)]).close()


@pytest.mark.parametrize(
    ("environment", "labels"),
    [
        ({}, ["embedded"]),
        ({"TRM_MODEL_NAME": "/models/other.gguf"}, ["other.gguf"]),
        ({"TRM_MODEL_PATH": "/models/mine.gguf"}, ["mine.gguf"]),
        ({"OLLAMA_URL": "http://ollama:11434"}, ["embedded", "ollama/llama3.2:3b"]),
        (
            {"OLLAMA_URL": "http://ollama:11434", "OLLAMA_MODEL": "qwen3"},
            ["embedded", "ollama/qwen3"],
        ),
        (
            {
                "TRM_BACKENDS": "openai,huggingface,anthropic,local",
                "OPENAI_BASE_URL": "http://vllm:8000/v1",
                "HF_API_TOKEN": "hf_x",
                "HF_API_MODEL": "owner/name",
                "ANTHROPIC_API_KEY": "sk-x",
            },
            ["openai", "huggingface/owner/name", "anthropic/claude-haiku-4-5", "embedded"],
        ),
        (
            {"TRM_BACKENDS": "mlx,local", "MLX_MODEL": "owner/name-4bit"},
            ["mlx/owner/name-4bit", "embedded"],
        ),
    ],
)
def test_the_settings_describe_the_chain(environment: dict[str, str], labels: list[str]) -> None:
    assert [member.label for member in members_of(load_settings(environment), Networks())] == labels


def test_a_model_file_that_does_not_exist() -> None:
    (member,) = members_of(load_settings({"TRM_MODEL_PATH": "nowhere.gguf"}), Networks())
    load: Callable[[], Model] = member.load
    with pytest.raises(ModelUnavailable, match=r"nowhere\.gguf"):
        load()


def test_what_serves_native_tasks_only_is_not_probed() -> None:
    model = ScriptedModel(say=refuse)
    chain = chain_of([Member("puzzles", lambda: model, probed=False)])
    chain.start()
    assert chain.wait(10)
    assert model.calls == []
    chain.close()


def test_what_writes_no_text_is_not_probed() -> None:
    model = ScriptedModel(say=refuse, abilities=Abilities(text=False))
    chain = chain_of([Member("puzzles", lambda: model)])
    chain.start()
    assert chain.wait(10)
    assert model.calls == []
    chain.close()
