"""GGUF models run in this process by llama.cpp (the ``xllamacpp`` package).

Scoring given texts follows from two facts about llama.cpp: a grammar may name tokens by number,
and the reported log-probabilities are those before the grammar is applied. A grammar that permits
exactly the tokens of a text therefore returns the model's own log-probability of each of them.
"""

from __future__ import annotations

import http.client
import json
import math
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from function.backends.base import Abilities, Cut, Generation, Listen, Score, Scores, Tokens, Turn
from function.backends.chat_templates import Message, forms_of, not_taken
from function.backends.local.control_tokens import Marks, marks_of_template
from function.backends.local.gguf_check import check_gguf
from function.backends.local.grammar import GrammarCompiler
from function.backends.local.llguidance import LlGuidance
from function.backends.local.progress import Progress
from function.backends.local.slots import Slots
from function.backends.local.streams import Stream
from function.backends.lru_cache import Memory
from function.backends.thoughts import opened_before, spoken
from function.cpus import usable_cpus
from function.deadline import Deadline
from function.errors import ModelRefused, ModelUnavailable, RequestExpired
from function.threads import wait_briefly

PREFILL_CHUNK = 256
"""Prompt tokens between two looks at the deadline; about a second on two cores."""
PATIENCE = 0.2
"""Seconds after its deadline for which a call waits for the engine to end by itself."""
KEPT_PROMPTS_MIB = 128
"""Memory for conversations that lost their slot, so that their prefix is not computed again.
The engine's own default lets it grow to 8 GiB, more than the containers of most clusters may."""

USUAL_MARKS = "<|im_start|><|im_end|>"
"""Of ChatML, by which llama.cpp writes a conversation where the file has no template."""
LONGEST_KEPT = 2_000
"""Characters of a text whose tokens are kept; a context is counted once."""
KEPT_TEXTS = 1_024


class GgufModel:
    """One GGUF file in llama.cpp's server engine, with ``slots`` conversations side by side.

    :param path: the weights.
    :param name: what replies call the model.
    :param slots: conversations decoded together; each keeps its prefix cached, in keys and values
        of its own: in one pool for all (``kv_unified``) the same question was measured to get
        log-probabilities 0.1 apart, and other answers, by what was asked beside it.
    :param window: most tokens of prompt plus answer per slot; fewer where the model has fewer.
    :param threads: CPU threads; 0 takes every core this process may use.
    :raises ModelUnavailable: it is not a model, or llama.cpp cannot load it.
    """

    backend = "llama.cpp"
    abilities = Abilities(
        json_schema=True, log_probabilities=True, scoring=True, samples=True, streams=True
    )

    def __init__(self, path: Path, name: str, *, slots: int, window: int, threads: int) -> None:
        header = check_gguf(path)
        template = header.text("tokenizer.chat_template") or USUAL_MARKS
        self._marks = Marks(header.control_tokens() | marks_of_template(template))
        wait_briefly()
        import xllamacpp  # here, because its 100 MB belong to this model alone

        # llama.cpp caps a conversation at what the model was trained for.
        window = min(window, header.context_length)
        params = engine_parameters(path, slots=slots, window=window, threads=threads)
        # The engine also listens on a loopback port; only this process may use it.
        key = secrets.token_urlsafe(24)
        params.api_keys = [key]
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError:  # its message names no reason
            raise ModelUnavailable(f"llama.cpp cannot load {path.name}") from None
        _order_slots(self._server, slots)
        self._address = urlsplit(self._server.listening_address).netloc
        self._key = key
        settings = self._ask("GET", "/props")["default_generation_settings"]
        # Waiting here and not in the engine's queue keeps the deadline in our hands.
        self._slots = Slots(slots)
        self._calls = ThreadPoolExecutor(slots, "engine")
        self._progress = Progress()
        self._thinks_first = self._begins_thoughts()
        self._grammars = GrammarCompiler(_guidance())
        self._tokens: Memory[str, tuple[int, ...]] = Memory(KEPT_TEXTS)
        # Without the case at hand the same choices are scored with every request.
        self._scores: Memory[tuple[tuple[Turn, ...], str], Score] = Memory(KEPT_TEXTS)
        self.name = name
        self.window = min(window, int(settings["n_ctx"]))

    @property
    def silence(self) -> float:
        """See :class:`function.backends.base.Watchable`."""
        return self._progress.silence

    def generate(
        self,
        turns: Sequence[Turn],
        *,
        max_tokens: int,
        temperature: float,
        seed: int | None,
        deadline: Deadline,
        schema: dict[str, Any] | None = None,
        cut: Cut | None = None,
        listen: Listen | None = None,
    ) -> Generation:
        """See :meth:`function.backends.base.Model.generate`."""
        body = _body(self._messages(turns), max_tokens, temperature)
        if seed is not None:
            body["seed"] = seed
        return self._constrained(body, schema, deadline, cut=cut, listen=listen)[0]

    def generate_samples(
        self,
        turns: Sequence[Turn],
        *,
        count: int,
        max_tokens: int,
        temperature: float,
        seed: int,
        deadline: Deadline,
        schema: dict[str, Any] | None = None,
        cut: Cut | None = None,
        listen: Listen | None = None,
    ) -> list[Generation]:
        """See :meth:`function.backends.base.Model.generate_samples`.

        As many as there are free slots: the conversation is read once, then the engine copies it
        into the others.
        """
        body = {**_body(self._messages(turns), max_tokens, temperature), "seed": seed}
        return self._constrained(body, schema, deadline, count, cut, listen)

    def score(
        self, turns: Sequence[Turn], continuations: Sequence[str], deadline: Deadline
    ) -> Scores:
        """See :meth:`function.backends.base.Model.score`."""
        messages = self._messages(turns)
        scores: list[Score] = []
        spent = Tokens()
        for text in continuations:
            asked = (tuple(turns), text)
            if (known := self._scores.get(asked)) is not None:
                scores.append(known)
                continue
            given = self._marks.spell_apart(text)
            tokens = self._tokenize(given)
            body = {
                "messages": messages,
                "max_tokens": len(tokens),
                "temperature": 0,
                "grammar": _literal_grammar(given, tokens),
            }
            generation = self._complete(body, deadline)[0]
            spent += generation.tokens
            values = generation.log_probabilities
            if generation.finish_reason == "deadline" or not values:
                raise RequestExpired("the deadline passed while the choices were scored")
            scores.append(Score(sum(values), len(values)))
            self._scores.put(asked, scores[-1])
        return Scores(tuple(scores), spent)

    def count_tokens(self, text: str) -> int:
        """Return the exact number of tokens in ``text``, as it reaches the model."""
        return len(self._tokenize(self._marks.spell_apart(text)))

    def close(self) -> None:
        """Stop the engine; running generations end first."""
        self._calls.shutdown()
        del self._server

    def _constrained(
        self,
        body: dict[str, Any],
        schema: dict[str, Any] | None,
        deadline: Deadline,
        most: int = 1,
        cut: Cut | None = None,
        listen: Listen | None = None,
    ) -> list[Generation]:
        """Return completions that follow a schema as far as the engine can enforce it."""
        if schema is None:
            return self._complete(body, deadline, most, cut, listen)
        grammar = self._grammars.compile(schema)
        if grammar.text is not None:
            body["grammar"] = grammar.text
        written = self._complete(body, deadline, most, cut, listen)
        return [replace(generation, schema_notes=grammar.notes) for generation in written]

    def _complete(
        self,
        body: dict[str, Any],
        deadline: Deadline,
        most: int = 1,
        cut: Cut | None = None,
        listen: Listen | None = None,
    ) -> list[Generation]:
        """Return completions of the conversation, in the first form that the template takes.

        At least one, and up to ``most`` where slots are free; their seeds follow each other.
        """
        slots = self._slots.take(most, deadline)
        if not slots:
            return [Generation("", "deadline", Tokens())]
        streams = [Stream(cut) for _ in range(slots)]
        streams[0].listen = None if self._thinks_first else listen
        call = self._calls.submit(self._call, {**body, "n": slots}, streams, deadline)
        # The engine reads the prompts of its slots one by one and looks at a request only at
        # its turn. A caller whose time is up leaves; the slot is free again when the engine does.
        with suppress(TimeoutError):
            call.result(None if math.isinf(deadline.left) else max(deadline.left, 0) + PATIENCE)
        streams[0].listen = None  # before the text is taken: nothing is shown that is not in it
        written = [stream.generation for stream in streams]
        return written if "grammar" in body else spoken(written, self.name)

    def _call(self, body: dict[str, Any], streams: list[Stream], deadline: Deadline) -> None:
        """Have the engine write, in the first form of the conversation that the template takes."""
        try:
            for form in forms_of(body["messages"]):
                with suppress(_NotTaken):
                    self._stream({**body, "messages": form}, streams, deadline)
                    return
        finally:
            self._slots.leave(len(streams))
        raise not_taken(self.name)

    def _stream(self, body: dict[str, Any], streams: list[Stream], deadline: Deadline) -> None:
        """Stream completions, looking at the deadline after every token and prompt chunk.

        The engine is stopped early where the answers are cut before their ends.
        """
        last = streams[0]
        errors: list[dict[str, Any]] = []

        def take(chunk: dict[str, Any]) -> bool:
            nonlocal last
            moved()
            if "error" in chunk:
                errors.append(chunk["error"])
                return True
            if usage := chunk.get("usage"):  # right after the end of the answer that it is of
                last.count(usage, copied=last is not streams[0])
            for part in chunk.get("choices", ()):
                last = streams[part["index"]]
                last.take(part)
            if any(stream.finish is None for stream in streams):
                return deadline.passed
            return any(stream.is_cut for stream in streams)

        request = {
            **body,
            "stream": True,
            "stream_options": {"include_usage": True},
            "return_progress": True,
            "logprobs": True,
            "top_logprobs": 1,
            "cache_prompt": True,
        }
        try:
            with self._progress.call() as moved:
                self._server.handle_chat_completions(request, take)
        except (RuntimeError, ValueError) as error:
            if "Jinja" in str(error):
                raise _NotTaken from None
            raise ModelRefused(f"the model cannot process this request: {error}") from None
        if errors:
            raise ModelRefused(str(errors[0].get("message", "the engine gave no reason")))

    def _messages(self, turns: Sequence[Turn]) -> list[Message]:
        """Return the conversation with no text in it that could end a turn and begin another."""
        return [
            {"role": turn.role, "content": self._marks.spell_apart(turn.content)} for turn in turns
        ]

    def _begins_thoughts(self) -> bool:
        """Return whether the template begins thoughts, whose end alone stands in the text."""
        body = {"messages": [{"role": "user", "content": "Hi."}]}
        return opened_before(str(self._ask("POST", "/apply-template", body).get("prompt", "")))

    def _tokenize(self, text: str) -> tuple[int, ...]:
        if (known := self._tokens.get(text)) is not None:
            return known
        found = self._ask("POST", "/tokenize", {"content": text, "parse_special": False})
        tokens = tuple(int(token) for token in found["tokens"])
        if len(text) <= LONGEST_KEPT:
            self._tokens.put(text, tokens)
        return tokens

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a request to the engine's loopback port."""
        connection = http.client.HTTPConnection(self._address, timeout=10)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"}
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            found: dict[str, Any] = json.load(connection.getresponse())
            return found
        finally:
            connection.close()


def _guidance() -> LlGuidance | None:
    # Builds of the wheel may leave it out; then grammars reach the engine unchecked, as lenient.
    try:
        return LlGuidance()
    except (AttributeError, OSError, RuntimeError):
        return None


class _NotTaken(Exception):
    """The chat template refused the conversation."""


def engine_parameters(path: Path, *, slots: int, window: int, threads: int) -> Any:
    """Return what llama.cpp is started with, see :class:`GgufModel`."""
    import xllamacpp

    cores = threads or usable_cpus()
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_parallel = slots
    params.n_ctx = slots * window
    params.n_batch = params.n_ubatch = PREFILL_CHUNK
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = cores
    params.cache_ram_mib = KEPT_PROMPTS_MIB
    # Values in fp16 are added up in fp16, or in another order when the prefix is cached or others
    # are computed beside it: one prompt's log-probabilities were measured 0.1 apart. In bf16 flash
    # attention adds them up in fp32, each token by itself: the same to the bit.
    params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_BF16
    params.warmup = False
    params.verbosity = -1
    # Without it the engine parses answers for tool calls and fences and may drop the grammar.
    params.force_pure_content_parser = True
    return params


def _order_slots(server: Any, slots: int) -> None:
    """Have the first slots taken before the others.

    llama.cpp computes answers together only where their slots are neighbours: two at once take half
    as long again as one, in slots far from each other twice as long. The copies of a prompt go to
    the first free slots, but the prompt itself to the one unused for longest, or the last of those
    never used. So each but the first is used once, in order.
    """
    for slot in range(1, slots):
        server.handle_completions(
            {"prompt": "a", "max_tokens": 1, "id_slot": slot, "cache_prompt": False}
        )


def _body(messages: list[Message], max_tokens: int, temperature: float) -> dict[str, Any]:
    return {"messages": messages, "max_tokens": max_tokens, "temperature": temperature}


def _literal_grammar(text: str, tokens: tuple[int, ...]) -> str:
    """Return a grammar that permits exactly this text.

    Beyond ASCII a character may take several tokens, which llama.cpp's own grammars cannot name;
    there the text itself is permitted, in whichever tokens the model prefers.
    """
    if text.isascii():
        return "root ::= " + " ".join(f"<[{token}]>" for token in tokens)
    return "%llguidance {}\nstart: " + json.dumps(text, ensure_ascii=False)
