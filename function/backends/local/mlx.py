"""Models of Apple's MLX run in this process by mlx-lm; on Linux by MLX's CPU build.

mlx-lm is not among the requirements, because it is of use on Apple silicon alone. One text is
written at a time: two would share one processor. A caller waits until its deadline at most.
MLX keeps streams and random numbers per thread, so each call seeds its own.
"""

from __future__ import annotations

import copy
import secrets
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from function.backends.base import (
    Abilities,
    Cut,
    FinishReason,
    Generation,
    Listen,
    Score,
    Scores,
    Tokens,
    Turn,
    WithoutSamples,
    shortened,
)
from function.backends.chat_templates import templated
from function.backends.local.checkpoint_files import check_folder
from function.backends.local.control_tokens import Marks, marks_of_tokenizer
from function.backends.thoughts import opened_before, spoken
from function.deadline import Deadline
from function.errors import ModelUnavailable, PromptTooLong, RequestExpired
from function.hub import REPOSITORY, Hub

INSTALL_HINT = 'pip install mlx-lm (on Linux also "mlx[cpu]")'
PREFILL_CHUNK = 512
"""Prompt tokens between two looks at the deadline."""
FILES = ("*.json", "*.jinja", "*.txt", "*.model", "*.tiktoken", "model*.safetensors")
"""What is fetched from the hub: no pickles and no code."""
HUB = Hub()


class _OutOfTime(Exception):
    """The deadline passed while the prompt was read; ``done`` of its tokens were."""

    def __init__(self, done: int) -> None:
        self.done = done


class MlxModel(WithoutSamples):
    """One causal language model.

    :param source: a folder with safetensors, or ``owner/name`` on the hub.
    :param window: most tokens of prompt plus answer; fewer where the model has fewer positions.
    :raises ModelUnavailable: mlx-lm is not installed, or the files cannot be had or loaded.
    """

    backend = "mlx"
    abilities = Abilities(log_probabilities=True, scoring=True, streams=True)

    def __init__(self, source: str, *, window: int, hub: Hub = HUB) -> None:
        try:
            import mlx_lm
        except ImportError:
            raise ModelUnavailable(f"mlx-lm is not installed: {INSTALL_HINT}") from None
        folder = Path(source)
        self.name = folder.name
        if not folder.is_dir():
            if not REPOSITORY.fullmatch(source):
                raise ModelUnavailable(f"no model folder {folder.name}")
            self.name, folder = source, hub.fetch(source, FILES)
        check_folder(folder, sorted(folder.glob("model*.safetensors")))
        try:
            self._network, self._tokenizer, config = mlx_lm.load(
                str(folder), tokenizer_config={"trust_remote_code": False}, return_config=True
            )
        except Exception as error:  # whatever mlx-lm finds wrong with the files
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise ModelUnavailable(f"mlx-lm cannot load {self.name}: {lines[0]}") from error
        sizes = {**config, **config.get("text_config", {})}
        self.window = min(window, sizes.get("max_position_embeddings") or window)
        self._marks = Marks(marks_of_tokenizer(self._tokenizer))
        self._writing = threading.Lock()
        self._encoding = threading.Lock()  # tokenizers are not safe to share

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
        """See :meth:`function.backends.base.Model.generate`; ``schema`` does not bind here."""
        prompt = self._prompt(turns)
        most = min(max_tokens, self.window - len(prompt))
        if not self._writing.acquire(timeout=max(deadline.left, 0)):
            return Generation("", "deadline", Tokens())
        try:
            return shortened(self._write(prompt, most, temperature, seed, deadline, listen), cut)
        except _OutOfTime as late:
            return Generation("", "deadline", Tokens(late.done))
        finally:
            self._writing.release()

    def score(
        self, turns: Sequence[Turn], continuations: Sequence[str], deadline: Deadline
    ) -> Scores:
        """See :meth:`function.backends.base.Model.score`; the conversation is read once for all."""
        prompt = self._prompt(turns)
        texts = [self._encode(self._harmless(text)) for text in continuations]
        if len(prompt) + max(map(len, texts)) > self.window:
            raise PromptTooLong(f"the choices do not fit {self.window} tokens")
        late = RequestExpired("the deadline passed while the choices were scored")
        if not self._writing.acquire(timeout=max(deadline.left, 0)):
            raise late
        try:
            sums = self._sums(prompt, texts, deadline)
        except _OutOfTime:
            raise late from None
        finally:
            self._writing.release()
        scores = tuple(Score(total, len(ids)) for total, ids in zip(sums, texts, strict=True))
        return Scores(scores, Tokens(len(prompt), sum(map(len, texts))))

    def count_tokens(self, text: str) -> int:
        """Return the exact number of tokens in ``text``, as it reaches the model."""
        return len(self._encode(self._harmless(text)))

    def close(self) -> None:
        """Give back the memory; the text under way ends first."""
        import mlx.core

        with self._writing:
            del self._network
            mlx.core.clear_cache()

    def _write(
        self,
        prompt: list[int],
        most: int,
        temperature: float,
        seed: int | None,
        deadline: Deadline,
        listen: Listen | None,
    ) -> Generation:
        import mlx.core
        from mlx_lm import stream_generate
        from mlx_lm.sample_utils import make_sampler

        def look_up(done: int, _: int) -> None:
            if deadline.passed:
                raise _OutOfTime(done)

        mlx.core.random.seed(secrets.randbits(32) if seed is None else seed)
        steps = stream_generate(
            self._network,
            self._tokenizer,
            prompt,
            max_tokens=most,
            sampler=make_sampler(temperature),
            prefill_step_size=PREFILL_CHUNK,
            prompt_progress_callback=look_up,
        )
        pieces: list[str] = []
        log_probabilities: list[float] = []
        written = 0
        finish: FinishReason = "stop"
        begun = opened_before(str(self._tokenizer.decode(prompt[-16:])))
        with closing(steps):
            for step in steps:
                pieces.append(step.text)
                if listen is not None and not begun:
                    listen(step.text)
                written = step.generation_tokens
                if step.finish_reason != "stop":  # that one is the mark of the end, not of the text
                    log_probabilities.append(step.logprobs[step.token].item())
                if step.finish_reason is not None:
                    finish = step.finish_reason
                elif deadline.passed:
                    finish = "deadline"
                    break
        tokens = Tokens(len(prompt), written)
        text, logged = "".join(pieces), tuple(log_probabilities) or None
        return spoken([Generation(text, finish, tokens, logged)], self.name, begun=begun)[0]

    def _sums(self, prompt: list[int], texts: list[list[int]], deadline: Deadline) -> list[float]:
        """Return each text's summed log-probability behind the prompt."""
        import mlx.core as mx
        from mlx_lm.models.cache import make_prompt_cache

        read = make_prompt_cache(self._network)
        for start in range(0, len(prompt) - 1, PREFILL_CHUNK):
            if deadline.passed:
                raise _OutOfTime(start)
            part = prompt[start : min(start + PREFILL_CHUNK, len(prompt) - 1)]
            self._network(mx.array([part]), cache=read)
            mx.eval([layer.state for layer in read])
        sums: list[float] = []
        for ids in texts:
            if deadline.passed:
                raise _OutOfTime(len(prompt))
            # The logits of the prompt's last token are those of the text's first one.
            given = mx.array([[prompt[-1], *ids[:-1]]])
            logits = self._network(given, cache=copy.deepcopy(read))[0].astype(mx.float32)
            chosen = mx.take_along_axis(logits, mx.array(ids)[:, None], axis=-1)[:, 0]
            sums.append(float((chosen - mx.logsumexp(logits, axis=-1)).sum().item()))
        return sums

    def _prompt(self, turns: Sequence[Turn]) -> list[int]:
        """Return tokens of the conversation: by the chat template, or as one plain text to go on
        with.

        :raises PromptTooLong: no token of an answer would fit behind it.
        """
        messages = [{"role": t.role, "content": self._harmless(t.content)} for t in turns]
        if self._tokenizer.has_chat_template:
            ids = self._encode(self._templated(messages))
        else:
            with self._encoding:
                ids = list(self._tokenizer.encode("\n\n".join(m["content"] for m in messages)))
        if len(ids) >= self.window:
            raise PromptTooLong(f"{len(ids)} tokens do not fit a window of {self.window}")
        return ids

    def _templated(self, messages: list[dict[str, str]]) -> str:
        with self._encoding:
            return templated(self.name, messages, self._tokenizer.apply_chat_template)

    def _encode(self, text: str) -> list[int]:
        with self._encoding:
            return list(self._tokenizer.encode(text, add_special_tokens=False))

    def _harmless(self, text: str) -> str:
        return self._marks.spell_apart(text)
