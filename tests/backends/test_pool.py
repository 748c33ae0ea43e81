"""Models that requests ask for by name: loaded on demand, evicted for room."""

from __future__ import annotations

import io
import json
import os
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from function.backends.base import Model
from function.backends.local.embedded import embedded_weights
from function.backends.local.footprint import MIB, folder_bytes, gguf_bytes
from function.backends.local.llama_cpp import KEPT_PROMPTS_MIB
from function.backends.local.loader import Located, footprint
from function.backends.pool import RETRY_SECONDS, Loadable, Pool
from function.backends.registry import Member
from function.deadline import Deadline
from function.errors import (
    ConfigurationError,
    ModelRefused,
    ModelUnavailable,
    NotReady,
    TryAgain,
)
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from tests.backends.local.test_transformers import llama, save_model
from tests.conftest import request_event
from tests.scripted import Call, ScriptedModel


class Shelf:
    """Scripted models by name, each with a size and whatever goes wrong."""

    def __init__(self, **sizes: int) -> None:
        self.sizes = sizes
        self.loads: Counter[str] = Counter()
        self.models: dict[str, ScriptedModel] = {}
        self.before: dict[str, Callable[[], None]] = {}
        self.now = 0.0
        self.stream = io.StringIO()

    def find(self, name: str) -> Loadable:
        def load() -> Model:
            self.loads[name] += 1
            self.before.get(name, lambda: None)()
            self.models[name] = ScriptedModel(name=name, texts=[f"I am {name}."])
            return self.models[name]

        return Loadable(self.sizes[name], load)

    def pool(self, limit: int) -> Pool:
        log = Log("DEBUG", self.stream)
        return Pool(tuple(self.sizes), limit, self.find, log, lambda: self.now)

    @property
    def open(self) -> set[str]:
        return {name for name, model in self.models.items() if not model.closed}


def use(pool: Pool, name: str, seconds: float = 10) -> str:
    with pool.lend(name, Deadline.after(seconds)) as model:
        return model.name


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    shelf = Shelf(a=1, b=1)
    pool = shelf.pool(2)
    assert [it["state"] for it in pool.backends] == ["idle", "idle"]
    assert [use(pool, "b"), use(pool, "b")] == ["b", "b"]
    assert shelf.loads == {"b": 1}
    assert [it["state"] for it in pool.backends] == ["idle", "loaded"]
    pool.close()
    assert shelf.open == set()
    with pytest.raises(NotReady):
        use(pool, "a")


def test_the_least_recently_used_goes() -> None:
    shelf = Shelf(a=4, b=3, c=3, d=5)
    with closing(shelf.pool(10)) as pool:
        for name in ("a", "b", "c", "a"):
            use(pool, name)
        assert shelf.open == {"a", "b", "c"}
        use(pool, "d")  # b and c make room: the last one asked for was a
        assert shelf.open == {"a", "d"}
        assert shelf.loads == {"a": 1, "b": 1, "c": 1, "d": 1}
        use(pool, "b")
        assert shelf.open == {"d", "b"}
        assert shelf.loads["b"] == 2
    logged = [json.loads(text) for text in shelf.stream.getvalue().splitlines()]
    evicted = [it["model"] for it in logged if it["event"] == "trm_model_evicted"]
    assert evicted == ["b", "c", "a"]


def test_one_in_use_stays() -> None:
    shelf = Shelf(a=6, b=3, c=6)
    with closing(shelf.pool(10)) as pool:
        use(pool, "b")
        with pool.lend("a", Deadline.after(10)) as lent:
            with pytest.raises(ModelUnavailable, match="no room") as refused:
                use(pool, "c")
            assert (refused.value.status, refused.value.retry_after) == (503, 5)
            assert shelf.open == {"a", "b"}, "nothing is closed in vain"
            assert lent.name == "a"
        assert use(pool, "c") == "c", "as soon as it is free"
        assert shelf.open == {"c"}


def test_one_larger_than_all_room_is_refused_for_good() -> None:
    shelf = Shelf(a=MIB, big=9 * MIB)
    with closing(shelf.pool(8 * MIB)) as pool:
        use(pool, "a")
        with pytest.raises(ModelRefused, match="takes 9 MiB of the 8 in TRM_MODELS_MIB"):
            use(pool, "big")
        assert shelf.open == {"a"}
        assert shelf.loads == {"a": 1}


def test_many_that_ask_at_once_share_one_load() -> None:
    shelf = Shelf(a=1, b=1)
    gate, begun = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        assert gate.wait(10)

    shelf.before["a"] = hold
    with closing(shelf.pool(2)) as pool, ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(use, pool, "a") for _ in range(8)]
        assert begun.wait(10)
        assert use(pool, "b") == "b", "others go on answering"
        assert [it["state"] for it in pool.backends] == ["loading", "loaded"]
        with pytest.raises(ModelUnavailable, match="a is still being loaded") as refused:
            use(pool, "a", seconds=0.01)
        assert refused.value.cause == "Loading"
        gate.set()
        assert [each.result(10) for each in asked] == ["a"] * 8
        assert shelf.loads["a"] == 1


def test_folders_of_models_are_not_shown() -> None:
    names = ["/srv/models/a.gguf", "/other/a.gguf", "owner/name:Q8_0", "./b", "trm:/srv/c.pt"]
    pool = Pool(names, 10, lambda name: Loadable(99, lambda: ScriptedModel()), Log("ERROR"))
    labels = ["a.gguf", "a.gguf#2", "owner/name:Q8_0", "b", "trm:c.pt"]
    assert [each["label"] for each in pool.backends] == labels
    assert [pool.label(name) for name in names] == labels
    assert pool.names == tuple(names)


def test_a_load_counts_before_it_is_done() -> None:
    shelf = Shelf(a=6, b=6)
    gate, begun = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        assert gate.wait(10)

    shelf.before["a"] = hold
    with closing(shelf.pool(10)) as pool, ThreadPoolExecutor(1) as threads:
        asked = threads.submit(use, pool, "a")
        assert begun.wait(10)
        with pytest.raises(ModelUnavailable, match="no room"):
            use(pool, "b")
        gate.set()
        assert asked.result(10) == "a"
        assert use(pool, "b") == "b"


@pytest.mark.parametrize(
    ("error", "message", "wait"),
    [
        (ModelUnavailable("no such file"), "no such file", RETRY_SECONDS),
        (ModelUnavailable("the hub answers 404", 60), "the hub answers 404", 60),
        (OSError("secret path"), r"a cannot be loaded \(OSError\)", RETRY_SECONDS),
    ],
)
def test_one_that_cannot_be_loaded(error: Exception, message: str, wait: int) -> None:
    shelf = Shelf(a=6, b=6)

    def fail() -> None:
        raise error

    shelf.before["a"] = fail
    with closing(shelf.pool(10)) as pool:
        for second in (0, 1):  # the second time within the pause
            shelf.now = second
            with pytest.raises(ModelUnavailable, match=message) as refused:
                use(pool, "a")
            assert refused.value.retry_after == wait - second
        assert shelf.loads["a"] == 1
        assert pool.backends[0]["state"] == "failed"
        assert use(pool, "b") == "b", "its room was given back"
        del shelf.before["a"]
        shelf.now = wait
        assert use(pool, "a") == "a"
        assert pool.backends[0]["last_error"] is None


def test_under_load_the_limit_holds_and_nobody_is_cut_off() -> None:
    shelf = Shelf(a=5, b=5, c=5, d=5)
    served: Counter[str] = Counter()
    lock = threading.Lock()
    with closing(shelf.pool(15)) as pool:

        def work(number: int) -> None:
            for turn in range(40):
                name = "abcd"[(number * 7 + turn * (number + 1)) % 4]
                try:
                    with pool.lend(name, Deadline.after(10)) as model:
                        assert isinstance(model, ScriptedModel)
                        assert not model.closed
                        with lock:
                            served[name] += 1
                        assert not model.closed
                except ModelUnavailable as error:
                    assert error.cause == "NoRoom"
                assert sum(it["state"] == "loaded" for it in pool.backends) <= 3

        with ThreadPoolExecutor(6) as threads:
            for done in [threads.submit(work, number) for number in range(6)]:
                done.result(60)
        assert set(served) == set("abcd")
    assert shelf.open == set()


@contextmanager
def serving(find: Callable[[str], Loadable] | None, **environment: str) -> Iterator[Service]:
    main = ScriptedModel(name="main", texts=["I am the main one."])
    service = Service(
        load_settings(environment),
        [Member("main", lambda: main)],
        Log("DEBUG", io.StringIO()),
        find=find,
    )
    with closing(service):
        service.start()
        assert service.chain.wait(10)
        yield service


def reply_of(service: Service, model: str | None, **more: Any) -> dict[str, Any]:
    data = {"prompt": "Which one answers?", "reflection_mode": "never", "model": model, **more}
    reply = service.handler.handle(request_event(data, id=f"{model}-{len(more)}"))
    assert reply is not None
    answered: Any = reply.get_data()
    return dict(answered)


def test_a_request_gets_the_model_it_names() -> None:
    shelf = Shelf(a=MIB, b=MIB)
    with serving(shelf.find, TRM_MODELS="a, b", TRM_MODELS_MIB="1", TRM_ESCALATE="1") as service:
        told = reply_of(service, "b", checks={"must_contain": ["zebra"]})
        assert told["answer"] == "I am b."
        assert (told["model_name"], told["backend"]) == ("b", "test")
        assert [(it["label"], it["outcome"]) for it in told["attempts"]] == [("b", "answered")]
        assert reply_of(service, "a")["answer"] == "I am a."
        assert shelf.open == {"a"}
        for other in (None, "embedded", "owner/other", "/etc/passwd"):
            assert reply_of(service, other)["answer"] == "I am the main one."
        assert set(shelf.loads) == {"a", "b"}
        states = {it["label"]: it["state"] for it in service.backends}
        assert states == {"main": "closed", "a": "loaded", "b": "idle"}
        assert b'lane="model:a"' in service.metrics.exposition()
    assert shelf.open == set()


def test_a_request_for_one_that_fails_can_be_sent_again() -> None:
    shelf = Shelf(a=MIB)

    def fail() -> None:
        raise ModelUnavailable("a has no weights")

    shelf.before["a"] = fail
    with serving(shelf.find, TRM_MODELS="a") as service:
        with pytest.raises(TryAgain, match="a has no weights") as refused:
            reply_of(service, "a")
        assert (refused.value.status, refused.value.retry_after) == (503, RETRY_SECONDS)
        assert reply_of(service, None)["answer"] == "I am the main one."


def test_while_one_is_loaded_others_answer() -> None:
    shelf = Shelf(a=MIB, b=MIB)
    gate, begun = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        assert gate.wait(10)

    shelf.before["a"] = hold
    setting = {"TRM_MODELS": "a,b", "TRM_SLOTS": "1"}
    with serving(shelf.find, **setting) as service, ThreadPoolExecutor(1) as threads:
        asked = threads.submit(reply_of, service, "a")
        assert begun.wait(10)
        assert reply_of(service, "b")["answer"] == "I am b."
        assert reply_of(service, None)["answer"] == "I am the main one."
        assert not asked.done()
        gate.set()
        assert asked.result(10)["answer"] == "I am a."


def test_a_model_that_breaks_is_reported() -> None:
    def refuse(call: Call) -> str:
        raise ModelRefused("not this")

    broken = ScriptedModel(name="a", say=refuse)
    with serving(lambda name: Loadable(1, lambda: broken), TRM_MODELS="a") as service:
        reply = reply_of(service, "a")
        assert reply["error"]["code"] == "model_refused"
        assert reply["model"] == "a"


def test_the_same_file_under_two_names(tmp_path: Path) -> None:
    weights = embedded_weights()
    other = tmp_path / "other.gguf"
    os.link(weights, other) if os.stat(weights).st_dev == os.stat(tmp_path).st_dev else (
        other.symlink_to(weights)
    )
    settings = {
        "TRM_BACKENDS": "ollama",
        "OLLAMA_URL": "http://localhost:9",
        "TRM_MODELS": f"embedded-base,{other}",
        "TRM_WINDOW": "512",
        "TRM_SLOTS": "1",
        "TRM_ENGINE_THREADS": "1",
    }
    size = footprint(Located(other, "other"), load_settings(settings))
    assert size == weights.stat().st_size + KEPT_PROMPTS_MIB * MIB + 512 * 30 * 3 * 128 * 2
    ask = {"prompt": "What is the capital of Japan?", "max_tokens": 12, "temperature": 0}
    with serving(None, **settings, TRM_MODELS_MIB=str(size * 3 // 2 // MIB)) as service:
        first = reply_of(service, "embedded-base", **ask)
        assert "Tokyo" in first["answer"]
        assert (first["model_name"], first["backend"]) == ("SmolLM2-135M-Instruct", "llama.cpp")
        second = reply_of(service, str(other), **ask)
        assert (second["answer"], second["model_name"]) == (first["answer"], "other")
        states = [it["state"] for it in service.backends]
        assert states == ["closed", "idle", "loaded"], "there is room for one of them"


def test_a_folder_beside_a_gguf_file(tmp_path: Path) -> None:
    folder = str(save_model(tmp_path / "made", llama()))
    settings = {"TRM_MODELS": f"embedded,{folder}", "DEVICE": "cpu", "TRM_WINDOW": "512"}
    settings |= {"TRM_SLOTS": "1", "TRM_ENGINE_THREADS": "1"}
    environment = settings | {"TRM_BACKENDS": "ollama", "OLLAMA_URL": "http://localhost:9"}
    with serving(None, **environment) as service:
        told = [reply_of(service, name, max_tokens=4) for name in (folder, "embedded")]
        assert [it["backend"] for it in told] == ["transformers", "llama.cpp"]
        assert told[0]["model_name"] == "made"
        assert [it["state"] for it in service.backends] == ["closed", "loaded", "loaded"]


def test_bytes_of_a_folder(tmp_path: Path) -> None:
    network = llama()
    folder = save_model(tmp_path / "made", network)
    numbers = sum(each.numel() for each in network.parameters())
    config = network.config
    heads = config.num_key_value_heads
    assert heads is not None and config.head_dim is not None
    cached = 2 * config.num_hidden_layers * heads * config.head_dim
    assert folder_bytes(folder, 100, single=True) == 4 * numbers + 100 * 4 * cached
    held = (folder / "model.safetensors").stat().st_size
    assert folder_bytes(folder, 100, single=False) == held + 100 * 2 * cached


@pytest.mark.parametrize(
    "head", [b"", b"GGUF", b"nope" * 9, struct.pack("<4sIQQ", b"GGUF", 3, 0, 0)]
)
def test_bytes_of_a_broken_gguf_file(tmp_path: Path, head: bytes) -> None:
    file = tmp_path / "broken.gguf"
    file.write_bytes(head)
    with pytest.raises(ModelUnavailable, match=r"^broken\.gguf "):
        gguf_bytes(file, 1, 100)
    with pytest.raises(ModelUnavailable, match=r"no model file gone\.gguf"):
        footprint(Located(tmp_path / "gone.gguf", "gone"), load_settings({}))


def test_settings_of_more_models() -> None:
    assert load_settings({"TRM_MODELS": "embedded, a/b"}).extra_models == ("a/b",)
    with pytest.raises(ConfigurationError, match="networks are not named here: trm:sudoku"):
        load_settings({"TRM_MODELS": "trm:sudoku"})
    with pytest.raises(ConfigurationError, match="names a model twice"):
        load_settings({"TRM_MODELS": "a/b,a/b"})
    with pytest.raises(ConfigurationError, match="3 x TRM_SLOTS"):
        load_settings({"TRM_MODELS": "a/b,a/c", "TRM_THREADS": "46"})
