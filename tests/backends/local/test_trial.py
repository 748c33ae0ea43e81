"""Files that abort llama.cpp, or on which it hangs, do so in a process of their own."""

from __future__ import annotations

import io
import random
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from function.backends.local.gguf_check import check_gguf
from function.backends.local.gguf_header import read_header
from function.backends.local.trial import try_out
from function.errors import ModelUnavailable
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from tests.backends.local.tiny_gguf import tiny_gguf
from tests.conftest import data_in, request_event
from tests.timing import timed

RECURSIVE = "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}"
ENDLESS = "{% for a in range(1000000) %}{% for b in range(1000000) %}{% endfor %}{% endfor %}"
DOUBLING = (
    "{% set ns = namespace(t='abcdefgh') %}{% for a in range(60) %}"
    "{% set ns.t = ns.t ~ ns.t %}{% endfor %}{{ ns.t }}"
)
BAD_TEMPLATES = {
    "no such filter": ("{{ messages | nosuchfilter }}", "nosuchfilter"),
    "a broken expression": ("{% for m in messages %}{{ m['role'] }", "Expected"),
    "a block without an end": ("{% if messages %}", "template"),
    "takes no conversation": ("{{ raise_exception('never') }}", "never"),
    "calls itself": (RECURSIVE, "SIG"),
    "comes to no end": (ENDLESS, "does not answer within 8 s"),
}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "trm"


def problem_of(file: Path, seconds: int = 60) -> str:
    """Return what is wrong with a model, by a trial."""
    with pytest.raises(ModelUnavailable) as refused:
        try_out(file, window=512, threads=1, seconds=seconds)
    told = str(refused.value)
    assert told.isprintable() and len(told) < 400 and "input params" not in told
    assert str(file.parent) not in told
    return told


@pytest.mark.parametrize("name", BAD_TEMPLATES)
def test_a_chat_template_that_cannot_be_used_is_named(name: str, tmp_path: Path) -> None:
    template, reason = BAD_TEMPLATES[name]
    told = problem_of(tiny_gguf(tmp_path / "model.gguf", template), seconds=8)
    assert told.startswith("model.gguf cannot be used with its chat template: it ")
    assert reason in told


def test_a_template_that_grows_without_end_takes_no_memory(tmp_path: Path) -> None:
    assert "chat template" in problem_of(tiny_gguf(tmp_path / "m.gguf", DOUBLING), seconds=8)


def patched(file: Path, old: bytes, new: bytes) -> Path:
    whole = file.read_bytes()
    assert whole.count(old) == 1
    file.write_bytes(whole.replace(old, new))
    return file


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"blk.0.attn_q.weight", b"blk.0.attn_z.weight", "attn_q.weight' not found"),
        (b"tokenizer.ggml.model" + struct.pack("<IQ", 8, 5) + b"llama",
         b"tokenizer.ggml.model" + struct.pack("<IQ", 8, 5) + b"lluma", "unknown tokenizer"),
    ],
)  # fmt: skip
def test_what_llama_cpp_refuses_is_named(
    old: bytes, new: bytes, reason: str, tmp_path: Path
) -> None:
    told = problem_of(patched(tiny_gguf(tmp_path / "model.gguf"), old, new))
    assert told.startswith("model.gguf is refused by llama.cpp: ") and reason in told


@timed
def test_a_verdict_is_remembered_for_a_file(cache: Path, tmp_path: Path) -> None:
    file = tiny_gguf(tmp_path / "model.gguf", RECURSIVE)
    first = problem_of(file)
    (kept,) = (cache / "trials").iterdir()
    assert kept.read_text() and kept.read_text() in first
    started = time.monotonic()
    assert problem_of(file) == first
    assert time.monotonic() - started < 0.2  # without a process
    tiny_gguf(file)
    try_out(file, window=512, threads=1)
    assert sorted(path.stat().st_size > 0 for path in (cache / "trials").iterdir()) == [False, True]


def test_a_cache_that_cannot_be_written_stops_nothing(cache: Path, tmp_path: Path) -> None:
    cache.parent.write_text("a file")
    try_out(tiny_gguf(tmp_path / "model.gguf"), window=512, threads=1)


def answer(service: Service, model: str) -> dict[str, Any]:
    fields = {"prompt": "Hi.", "max_tokens": 4, "max_reflection_steps": 0, "model": model}
    reply = service.handler.handle(request_event(fields))
    assert reply is not None
    return data_in(reply)


def test_a_model_that_aborts_the_engine_leaves_the_others_at_work(
    cache: Path, tmp_path: Path, run: Callable[..., Any]
) -> None:
    bad = tiny_gguf(tmp_path / "bad.gguf", RECURSIVE)
    good = tiny_gguf(tmp_path / "good.gguf", context_length=4_096)
    running = run(TRM_MODELS=f"{bad},{good}", TRM_SLOTS="1")
    with pytest.raises(ModelUnavailable, match=r"^bad\.gguf cannot be used with its chat template"):
        answer(running.service, str(bad))
    assert answer(running.service, str(good))["model_name"] == "good"


def test_the_main_model_that_aborts_the_engine_is_named_by_readiness(tmp_path: Path) -> None:
    bad = tiny_gguf(tmp_path / "bad.gguf", RECURSIVE)
    service = Service(load_settings({"TRM_MODEL_NAME": str(bad)}), log=Log(stream=io.StringIO()))
    service.start()
    assert not service.chain.wait(120)
    ready, reason = service.state
    assert ready and reason.startswith("ready for alerts and puzzles only")
    assert "cannot be used with its chat template" in reason
    service.close()


def test_no_header_that_passes_the_check_ends_this_process(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    whole = tiny_gguf(tmp_path / "made.gguf").read_bytes()
    head = read_header(tmp_path / "made.gguf").data_start
    chance = random.Random(7)
    tried = 0
    while tried < 12:
        changed = bytearray(whole)
        at = chance.randrange(24, head)
        changed[at] = chance.choice([0, 1, 127, 255, chance.randrange(256)])
        file.write_bytes(changed)
        try:
            check_gguf(file)
        except ModelUnavailable:
            continue
        tried += 1
        try:
            try_out(file, window=256, threads=1, seconds=30)
        except ModelUnavailable as error:
            assert str(error).isprintable() and len(str(error)) < 400
