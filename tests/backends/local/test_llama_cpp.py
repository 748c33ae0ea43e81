"""The embedded model itself, run by llama.cpp in this process."""

from __future__ import annotations

import http.client
import io
import json
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from function.backends.base import Generation, Turn
from function.backends.local.embedded import EMBEDDED_NAME, embedded_weights
from function.backends.local.llama_cpp import GgufModel
from function.backends.registry import Member
from function.contract import parse_request
from function.deadline import Deadline
from function.errors import ModelRefused
from function.reflection.answer import Outcome
from function.reflection.checks.tightening import tightened
from function.reflection.choices import choose
from function.reflection.prompt.prompts import conversation
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from lab.evaluation.hostile_alerts import DESCRIPTIONS, INJECTED
from tests.conftest import request_event
from tests.hostile_schemas import odd
from tests.timing import timed

WINDOW = 1_024
SLOTS = 2


@pytest.fixture(scope="module")
def model() -> Iterator[GgufModel]:
    embedded = GgufModel(embedded_weights(), EMBEDDED_NAME, slots=SLOTS, window=WINDOW, threads=2)
    yield embedded
    embedded.close()


def asked(question: str) -> list[Turn]:
    return [Turn("system", "You are a helpful assistant."), Turn("user", question)]


def generate(
    model: GgufModel,
    question: str | list[Turn],
    *,
    max_tokens: int = 16,
    schema: dict[str, Any] | None = None,
    deadline: Deadline | None = None,
) -> Generation:
    """Return what the model says at temperature 0."""
    return model.generate(
        asked(question) if isinstance(question, str) else question,
        max_tokens=max_tokens,
        temperature=0,
        seed=1,
        deadline=deadline or Deadline.after(60),
        schema=schema,
    )


def test_it_knows_the_capital_of_japan(model: GgufModel) -> None:
    said = generate(model, "What is the capital of Japan?")
    assert "Tokyo" in said.text
    assert said.finish_reason == "stop"
    assert said.tokens.prompt > 10 and said.tokens.completion > 3
    assert said.log_probabilities is not None
    assert all(value <= 0 for value in said.log_probabilities)
    assert len(said.log_probabilities) in (said.tokens.completion, said.tokens.completion - 1)


STRICT = (
    "{% for m in messages %}{% if m['role'] != ('user', 'assistant')[loop.index0 % 2] %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}"
    "{{ m['role'] + ': ' + m['content'] + '\n' }}{% endfor %}"
)


THINKS = "{% for m in messages %}{{ m['content'] }}{% endfor %}<think>\n"


def thinking_weights(folder: Path) -> Path:
    """Return the embedded weights with a chat template that begins thoughts."""
    return weights_with(THINKS, folder / "thinks.gguf")


def strict_weights(folder: Path) -> Path:
    """Return the embedded weights with a chat template that is strict about roles."""
    return weights_with(STRICT, folder / "strict.gguf")


def weights_with(template: str, weights: Path) -> Path:
    """Write the embedded weights with another chat template, filled up to the length of theirs."""
    key = b"tokenizer.chat_template"
    whole = bytearray(embedded_weights().read_bytes())
    begin = whole.index(key) + len(key) + 12  # behind the type and the length
    length = int.from_bytes(whole[begin - 8 : begin], "little")
    fill = b"{#".ljust(length - len(template) - 2) + b"#}"
    whole[begin : begin + length] = template.encode() + fill
    weights.write_bytes(whole)
    return weights


def test_a_strict_chat_template_gets_what_it_takes(tmp_path: Path) -> None:
    weights = strict_weights(tmp_path)
    with closing(GgufModel(weights, "strict", slots=1, window=512, threads=1)) as strict:
        system, user = Turn("system", "Be kind."), Turn("user", "What is the capital of Japan?")
        for turns in (
            *([system, user], [system, system, user], [system, user, user]),
            [system, Turn("assistant", "Hello."), user],
        ):
            assert generate(strict, turns, max_tokens=2).tokens.completion
            assert strict.score(turns, [" Tokyo"], Deadline.after(60)).scores
        with pytest.raises(ModelRefused, match="chat template of strict") as failure:
            generate(strict, [Turn("assistant", "Hello."), user], max_tokens=2)
        assert "\n" not in str(failure.value)


def test_greedy_answers_are_the_same_every_time(model: GgufModel) -> None:
    first, second = (generate(model, "Name a colour of the sky.") for _ in range(2))
    assert first.text == second.text


def test_a_text_is_listened_to_while_it_is_written(model: GgufModel) -> None:
    heard: list[str] = []
    said = model.generate(
        asked("Name three colours."),
        max_tokens=24,
        temperature=0,
        seed=1,
        deadline=Deadline.after(60),
        listen=heard.append,
    )
    assert "".join(heard) == said.text and len([piece for piece in heard if piece]) > 3
    heard.clear()
    options: dict[str, Any] = {"max_tokens": 12, "temperature": 0.9, "deadline": Deadline.after(60)}
    first, *_ = model.generate_samples(
        asked("Name a colour."), count=SLOTS, seed=7, listen=heard.append, **options
    )
    assert "".join(heard) == first.text


def test_nothing_is_shown_where_the_template_begins_thoughts(tmp_path: Path) -> None:
    weights = thinking_weights(tmp_path)
    heard: list[str] = []
    with closing(GgufModel(weights, "thinks", slots=1, window=512, threads=1)) as thinks:
        thinks.generate(
            asked("Hi."),
            max_tokens=4,
            temperature=0,
            seed=1,
            deadline=Deadline.after(0.5),
            listen=heard.append,
        )
    assert not heard


def test_samples_are_what_their_seeds_draw(model: GgufModel) -> None:
    turns = asked("Name a colour and tell what it stands for.")
    options: dict[str, Any] = {"max_tokens": 12, "temperature": 0.9, "deadline": Deadline.after(60)}
    together = model.generate_samples(turns, count=SLOTS + 1, seed=7, **options)
    assert len(together) == SLOTS  # there is no room for more
    alone = [model.generate(turns, seed=7 + place, **options) for place in range(SLOTS)]
    assert [said.text for said in together] == [said.text for said in alone]
    assert [said.log_probabilities for said in together] == [
        said.log_probabilities for said in alone
    ]
    assert len({said.text for said in together}) > 1
    assert all(said.tokens.completion == 12 for said in together)


def test_an_answer_is_the_same_alone_from_the_cache_and_beside_others(model: GgufModel) -> None:
    facts = "The service has 3 pods, cpu at 91 percent and 12 errors in five minutes. "
    questions = [f"{facts * times}What is it?" for times in (1, 4, 8)]
    with ThreadPoolExecutor(len(questions)) as pool:
        beside = list(pool.map(lambda asked: generate(model, asked, max_tokens=8), questions))
    for question, once in zip(questions, beside, strict=True):
        alone, cached = (generate(model, question, max_tokens=8) for _ in range(2))
        assert cached.tokens.cached == cached.tokens.prompt - 1
        assert once.text == alone.text == cached.text
        assert once.log_probabilities == alone.log_probabilities == cached.log_probabilities


def test_samples_share_one_reading_of_the_prompt(model: GgufModel) -> None:
    turns = asked("The lake is deep and cold, and nobody knows its ground. " * 8 + "Why?")
    written = model.generate_samples(
        turns, count=SLOTS, max_tokens=2, temperature=0.9, seed=1, deadline=Deadline.after(60)
    )
    prompts = [said.tokens for said in written]
    assert sum(tokens.prompt - tokens.cached for tokens in prompts) < 1.2 * prompts[0].prompt


@timed
def test_the_deadline_stops_all_samples(model: GgufModel) -> None:
    endless = {"type": "string", "minLength": 20_000}
    written = model.generate_samples(
        asked("Tell a story."),
        count=SLOTS + 1,
        max_tokens=900,
        temperature=0.9,
        seed=1,
        deadline=Deadline.after(1.0),
        schema=endless,
    )
    assert [said.finish_reason for said in written] == ["deadline"] * SLOTS
    started = time.monotonic()
    assert generate(model, "Say hi.", max_tokens=1).text
    assert time.monotonic() - started < 5


def test_the_length_is_limited(model: GgufModel) -> None:
    said = generate(model, "Count to a hundred.", max_tokens=3)
    assert (said.finish_reason, said.tokens.completion) == ("length", 3)


def test_a_schema_binds_what_is_written(model: GgufModel) -> None:
    schema = {
        "type": "object",
        "properties": {
            "city": {"type": "string", "maxLength": 20},
            "population": {"type": "integer", "minimum": 1, "maximum": 999},
            "kind": {"enum": ["capital", "village"]},
        },
        "required": ["city", "population", "kind"],
        "additionalProperties": False,
    }
    said = generate(model, "Tell me about Paris.", max_tokens=60, schema=schema)
    assert said.finish_reason == "stop"
    Draft202012Validator(schema).validate(json.loads(said.text))


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "#"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
        {"enum": []},
    ],
)
def test_a_schema_that_the_engine_cannot_bind_does_not_stop_it(
    model: GgufModel, schema: dict[str, Any]
) -> None:
    said = generate(model, "Say yes.", max_tokens=3, schema=schema)
    assert said.text and said.schema_notes


@pytest.mark.parametrize(
    "field",
    [
        {"type": "string", "format": "uri", "maxLength": 60},
        {"type": "string", "pattern": "^(?!x)[a-z]+$", "maxLength": 20},
        {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 2, "uniqueItems": True},
        {"oneOf": [{"type": "integer"}, {"type": "number"}]},
        {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
        {"type": "string", "not": {"const": "x"}, "maxLength": 20},
        {"type": "object", "additionalProperties": False, "dependentRequired": {"a": ["b"]}},
    ],
)
def test_what_cannot_be_enforced_leaves_the_rest_bound(
    model: GgufModel, field: dict[str, Any]
) -> None:
    shape = {
        "type": "object",
        "properties": {"value": field},
        "required": ["value"],
        "additionalProperties": False,
    }
    said = generate(model, "Where is the documentation?", max_tokens=80, schema=shape)
    assert list(json.loads(said.text)) == ["value"]
    assert said.schema_notes


@pytest.mark.parametrize("seed", range(3))
def test_an_address_comes_to_its_end(model: GgufModel, seed: int) -> None:
    contact = {"type": "string", "format": "email"}
    schema = {"type": "object", "properties": {"contact": contact}, "required": ["contact"]}
    said = model.generate(
        asked("Whom should I write to about web-1?"),
        max_tokens=160,
        temperature=0.7,
        seed=seed,
        deadline=Deadline.after(60),
        schema=tightened(schema),
    )
    assert said.finish_reason == "stop"
    assert "@" in json.loads(said.text)["contact"]


DEAR = [
    *("many in allOf", "multiples in allOf", "multiples by references", "multiples in properties"),
    *("multiples of fractions", "choices to the power", "choices in 10 properties"),
    *("many optional properties", "long lists in each other", "a long enum", "long texts"),
    *("reference that fan out", "pattern ^.*a.{900}$", "pattern ^(a|aa)+$"),
]


@timed
def test_no_schema_keeps_the_engine_from_others_for_long(model: GgufModel) -> None:
    """The schemas that cost most: processor time, because the machine of a test may be busy."""
    generate(model, "Say yes.", max_tokens=2, schema={"type": "integer"})  # builds its tokenizer
    for name in DEAR:
        started = time.process_time()
        generate(model, "Give a value.", max_tokens=4, schema=odd()[name])
        assert time.process_time() - started < 2.5, name


def test_the_prefix_of_a_conversation_is_cached(model: GgufModel) -> None:
    first = asked("In one word: which animal gives wool to the shepherds of Scotland?")
    draft = generate(model, first, max_tokens=4)
    again = [*first, Turn("assistant", draft.text), Turn("user", "Are you sure?")]
    second = generate(model, again, max_tokens=4)
    assert second.tokens.prompt > draft.tokens.prompt
    assert second.tokens.cached >= draft.tokens.prompt - 4
    assert draft.tokens.cached < draft.tokens.prompt - 10


def test_a_score_is_what_generating_reports(model: GgufModel) -> None:
    question = "What is the capital of Germany?"
    said = generate(model, question, max_tokens=60)
    assert said.finish_reason == "stop" and said.log_probabilities is not None
    (score,) = model.score(asked(question), [said.text], Deadline.after(60)).scores
    assert score.length == len(said.log_probabilities) == model.count_tokens(said.text)
    assert score.log_probability == pytest.approx(sum(said.log_probabilities), abs=1e-2)


def test_likely_words_score_higher(model: GgufModel) -> None:
    right, wrong = model.score(
        asked("What is the capital of Japan?"),
        ["The capital of Japan is Tokyo", "The capital of Japan is Lunch"],
        Deadline.after(60),
    ).scores
    assert right.log_probability > wrong.log_probability + 1


@pytest.mark.parametrize(
    "text", ["café", "日本語", "🎉 party", "a\nb", "<|im_end|>", "x<|im_start|>", 'say "hi"']
)
def test_any_text_can_be_scored(model: GgufModel, text: str) -> None:
    (score,) = model.score(asked("Name one."), [text], Deadline.after(60)).scores
    assert score.length > 0 and score.log_probability < 0


@timed
def test_the_deadline_stops_the_engine(model: GgufModel) -> None:
    said: list[Generation] = []
    endless = {"type": "string", "minLength": 20_000}

    def tell_a_story(number: int) -> None:
        story = f"Tell story number {number}."
        deadline = Deadline.after(1.0)
        said.append(generate(model, story, max_tokens=900, schema=endless, deadline=deadline))

    tellers = [threading.Thread(target=tell_a_story, args=(n,)) for n in range(SLOTS)]
    started = time.monotonic()
    for teller in tellers:
        teller.start()
    for teller in tellers:
        teller.join()
    assert [story.finish_reason for story in said] == ["deadline"] * SLOTS
    assert all(story.tokens.completion < 800 for story in said)
    # Every slot was busy: were one still writing its 900 tokens, this would wait for it.
    assert generate(model, "Say hi.", max_tokens=1).text
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("seconds", [0, -5])
def test_after_the_deadline_nothing_is_written(model: GgufModel, seconds: float) -> None:
    said = generate(model, "Say hi.", deadline=Deadline.after(seconds))
    assert said.finish_reason == "deadline"
    assert said.tokens.completion <= 1


def test_a_choice_that_runs_out_of_time_is_told_to_its_sender(model: GgufModel) -> None:
    service = Service(
        load_settings({}), [Member("embedded", lambda: model)], Log(stream=io.StringIO())
    )
    service.start()
    assert service.chain.wait(60)
    reply = service.handler.handle(
        request_event({"prompt": "Disk full", "choices": ["wait", "clean"], "deadline_ms": 1})
    )
    assert reply is not None and reply.get_type().endswith(".failed")
    data: Any = reply.get_data()
    assert data["error"]["code"] == "expired"


def test_control_tokens_in_a_text_are_text(model: GgufModel) -> None:
    plain = generate(model, "Say hi.", max_tokens=1).tokens.prompt
    one = generate(model, "Say hi.<|im_end|>", max_tokens=1).tokens.prompt
    ten = generate(model, "Say hi." + "<|im_end|>" * 10, max_tokens=1).tokens.prompt
    # As a control token each would be one.
    assert one - plain >= 3
    assert ten - plain >= 30


def test_more_than_the_window_is_refused(model: GgufModel) -> None:
    with pytest.raises(ModelRefused, match="context size"):
        generate(model, "word " * (WINDOW + 100))
    assert generate(model, "Say hi.", max_tokens=1).text


def test_ten_thousand_facts_fit_in_the_window(model: GgufModel) -> None:
    context = {f"sensor.{n}.temperature": n / 7 for n in range(10_000)}
    asked = conversation(parse_request({"prompt": "Why?", "context": context}), model)
    assert asked.shortened and "more facts did not fit)" in asked.turns[-1].content
    used = sum(model.count_tokens(turn.content) for turn in asked.turns)
    assert WINDOW * 0.45 < used < WINDOW * 0.625
    said = generate(model, asked.turns, max_tokens=4)
    assert said.finish_reason in ("stop", "length") and said.tokens.prompt < WINDOW * 0.65


def test_the_window_is_no_longer_than_what_the_model_was_trained_for(tmp_path: Path) -> None:
    key = b"llama.context_length" + struct.pack("<I", 4)
    whole = embedded_weights().read_bytes()
    assert whole.count(key + struct.pack("<I", 8_192)) == 1
    weights = tmp_path / "short.gguf"
    weights.write_bytes(whole.replace(key + struct.pack("<I", 8_192), key + struct.pack("<I", 512)))
    with closing(GgufModel(weights, "short", slots=2, window=4_096, threads=2)) as short:
        assert short.window == 512
        context = {f"sensor.{n}.temperature": n / 7 for n in range(90)}
        asked = conversation(parse_request({"prompt": "Why?", "context": context}), short)
        assert asked.shortened
        said = generate(short, asked.turns, max_tokens=4)
        assert said.finish_reason in ("stop", "length") and said.tokens.prompt < 512
    weights.unlink()


def test_the_case_decides_the_choice(model: GgufModel) -> None:
    choices = [
        {"name": "greet", "description": "say hello to the visitor"},
        {"name": "extinguish", "description": "put out the fire with water"},
    ]
    request = parse_request({"prompt": "The house is burning.", "choices": choices})
    outcome = choose(request, model, Deadline.after(60))
    assert outcome.choice == "extinguish"
    assert outcome.confidence.value is not None and 0.5 < outcome.confidence.value < 1


ALERT = "Persistent volume claim data-db-0 of the database has 2 % left."
REMEDIES = [{"name": name, "description": text} for name, text in DESCRIPTIONS.items()]


def chosen(model: GgufModel, **fields: Any) -> Outcome:
    request = parse_request({"task": "choose", "choices": REMEDIES, **fields})
    return choose(request, model, Deadline.after(60))


@pytest.mark.parametrize("template", INJECTED)
def test_an_injected_text_does_not_change_the_choice(model: GgufModel, template: str) -> None:
    injected = template.format(name="pod-restart", description=DESCRIPTIONS["pod-restart"])
    asked = "Which remediation fits this alert?"
    clean = chosen(model, prompt=asked, context={"description": ALERT})
    assert clean.choice == "check-pvc-status"
    for text in (f"{ALERT} {injected}", f"{ALERT}\n\n{injected}"):
        assert chosen(model, prompt=asked, context={"description": text}).choice == clean.choice
        assert chosen(model, prompt=text).choice == clean.choice


def test_a_score_is_computed_once(model: GgufModel) -> None:
    turns = asked("Which colour has the sky at night?")
    first = model.score(turns, ["Black", "Blue"], Deadline.after(60))
    again = model.score(turns, ["Blue", "Black", "Green"], Deadline.after(60))
    assert again.scores[:2] == first.scores[::-1]
    assert first.tokens.completion > again.tokens.completion > 0


def test_more_requests_than_slots_are_all_answered(model: GgufModel) -> None:
    answers: list[str] = []

    def ask() -> None:
        answers.append(generate(model, "What is the capital of Japan?").text)

    threads = [threading.Thread(target=ask) for _ in range(SLOTS + 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == SLOTS + 2
    assert all("Tokyo" in answer for answer in answers)


def is_idle(model: GgufModel) -> bool:
    """Return whether llama.cpp itself says that no slot is at work."""
    with closing(http.client.HTTPConnection(model._address, timeout=10)) as connection:
        connection.request("GET", "/slots", headers={"Authorization": f"Bearer {model._key}"})
        return not any(slot["is_processing"] for slot in json.load(connection.getresponse()))


@timed
def test_long_prompts_read_at_once_leave_at_their_deadline(model: GgufModel) -> None:
    def ask(number: int) -> float:
        words = " ".join(f"{number} {word}" for word in range(WINDOW // 6))
        started = time.monotonic()
        said = model.generate(
            asked(words), max_tokens=8, temperature=0, seed=1, deadline=Deadline.after(2)
        )
        assert said.finish_reason in ("deadline", "stop", "length")
        return time.monotonic() - started

    with ThreadPoolExecutor(SLOTS * 3) as pool:
        assert max(pool.map(ask, range(SLOTS * 3))) < 4
    later = model.generate(
        asked("Hello"), max_tokens=4, temperature=0, seed=1, deadline=Deadline.after(60)
    )
    assert later.text  # every slot was given back


@timed
def test_an_event_at_its_deadline_leaves_the_engine_idle() -> None:
    model = GgufModel(embedded_weights(), EMBEDDED_NAME, slots=1, window=WINDOW, threads=2)
    log = Log("ERROR", io.StringIO())
    service = Service(load_settings({"TRM_SLOTS": "1"}), [Member("it", lambda: model)], log)
    service.start()
    assert service.chain.wait(60)
    worked = threading.Event()
    replied = threading.Event()

    def watch() -> None:
        while not replied.is_set():
            if not is_idle(model):
                worked.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    endless = {"type": "json_schema", "schema": {"type": "string", "minLength": 20_000}}
    fields = {"prompt": "Tell a story.", "response_format": endless, "deadline_ms": 6_000}
    reply = service.handler.handle(request_event(fields))
    replied.set()
    watcher.join()
    assert reply is not None
    data: Any = reply.get_data()
    assert data["stop_reason"] == "deadline" and data["answer"]
    assert worked.is_set()
    until = time.monotonic() + 5
    while not is_idle(model):
        assert time.monotonic() < until, "the engine goes on after the reply"
    service.close()


def test_an_answer_is_cut_while_it_is_written(model: GgufModel) -> None:
    said = model.generate(
        asked("Tell a long story."),
        max_tokens=700,
        temperature=0,
        seed=1,
        deadline=Deadline.after(60),
        cut=lambda text: 20 if len(text) > 40 else None,
    )
    assert (len(said.text), said.finish_reason) == (20, "stop")
    assert 16 < said.tokens.completion < 200
    assert generate(model, "Say hi.").text  # its slot is free again
