"""Models of Hugging Face's format, run in this process by transformers and torch."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

from function.backends.base import (
    Abilities,
    Cut,
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
from function.backends.local.checkpoint_files import check_folder, read_config, weight_files
from function.backends.local.control_tokens import Marks, marks_of_tokenizer
from function.backends.local.transformers import hrm_text, recursive_gpt
from function.backends.local.transformers.batching import Decoder
from function.backends.local.transformers.text import Sampling, Text
from function.backends.thoughts import opened_before, spoken
from function.deadline import Deadline
from function.errors import FunctionError, ModelUnavailable, PromptTooLong
from function.hub import Hub

Device = Literal["auto", "cpu", "cuda", "mps"]
DEFAULT_TOP_P = 0.95
UNLIMITED = 1_000_000
"""Tokenizers that know no limit say a number far above this."""
PLAIN_FILES = ("*.json", "*.txt", "*.model", "*.jinja", "*.safetensors")
SHOWN = 8
"""Missing tensors that an error names."""
PICKLES = "pytorch_model*.bin"
_ATTENTION = {"full_attention", "sliding_attention", "chunked_attention"}


@dataclass(frozen=True)
class RemoteCode:
    """Whether the repository's own Python code may run, and the commit that was looked at."""

    trusted: bool = False
    revision: str | None = None


SAFE = RemoteCode()
HUB = Hub()


class TransformersModel(WithoutSamples):
    """One causal language model, with ``slots`` texts written together.

    :param source: a folder, or ``owner/name`` on the hub.
    :param name: what replies call the model.
    :param window: most tokens of prompt plus answer; fewer where the model has fewer positions.
    :param threads: CPU threads; 0 leaves that to torch.
    :raises ModelUnavailable: the files cannot be had or hold no such model.
    """

    backend = "transformers"
    abilities = Abilities(log_probabilities=True, scoring=True)

    def __init__(
        self,
        source: str,
        name: str,
        *,
        device: Device,
        slots: int,
        window: int,
        threads: int,
        code: RemoteCode = SAFE,
        hub: Hub = HUB,
    ) -> None:
        folder = Path(source)
        if not folder.is_dir():
            folder = fetch_folder(source, code, hub)
        self.name = name
        self._tokenizer, network = _loaded(folder, place_for(device), code)
        self._marks = Marks(marks_of_tokenizer(self._tokenizer))
        is_hrm = network.config.model_type == hrm_text.MODEL_TYPE
        self._frame = hrm_text.frame_of(self._tokenizer) if is_hrm else None
        self._encoding = threading.Lock()  # tokenizers are not safe to share
        limits = [window, self._tokenizer.model_max_length]
        limits.append(getattr(network.config, "max_position_embeddings", None) or UNLIMITED)
        self.window = min(limits)
        defaults = network.generation_config
        self._top_p: float = defaults.top_p or DEFAULT_TOP_P
        ends = {self._tokenizer.eos_token_id}
        for ids in (defaults.eos_token_id, network.config.eos_token_id):
            ends |= set(ids) if isinstance(ids, list) else {ids}
        self._filler = next((end for end in ends if end is not None), 0)
        self._decoder = Decoder(network, frozenset(ends - {None}), slots, threads)

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
        ids = self._prompt(turns)
        begun = opened_before(self._end_of(ids))
        text = Text(
            ids,
            min(max_tokens, self.window - len(ids)),
            Sampling(temperature, self._top_p, seed),
            deadline,
        )
        self._decoder.write(text)
        with self._encoding:
            said = self._tokenizer.decode(text.written, skip_special_tokens=True)
        tokens = Tokens(text.prompt, len(text.written), text.cached)
        logged = tuple(text.log_probabilities) or None
        written = Generation(str(said), text.finish or "stop", tokens, logged)
        return shortened(spoken([written], self.name, begun=begun)[0], cut)

    def score(
        self, turns: Sequence[Turn], continuations: Sequence[str], deadline: Deadline
    ) -> Scores:
        """See :meth:`function.backends.base.Model.score`; all continuations in one batch."""
        prompt = self._prompt(turns)
        texts = [self._encode(text) for text in continuations]
        if len(prompt) + max(map(len, texts)) > self.window:
            raise PromptTooLong(f"the choices do not fit {self.window} tokens")
        sums, cached = self._decoder.score(prompt, texts, deadline)
        scores = tuple(Score(sums[place], len(ids)) for place, ids in enumerate(texts))
        written = sum(map(len, texts))
        return Scores(scores, Tokens(len(prompt), written, cached))

    def count_tokens(self, text: str) -> int:
        """Return the exact number of tokens in ``text``, as it reaches the model."""
        return len(self._encode(self._harmless(text)))

    def close(self) -> None:
        """Stop; texts under way fail."""
        self._decoder.close()

    def _prompt(self, turns: Sequence[Turn]) -> list[int]:
        """Return tokens of the conversation: by the chat template, or as one plain text to go on
        with."""
        safe = [{"role": t.role, "content": self._harmless(t.content)} for t in turns]
        if self._tokenizer.chat_template:
            ids = self._encode(self._templated(safe))
        elif self._frame is not None:
            before, after = self._frame
            ids = [*before, *self._encode(_as_one_text(safe)), *after]
        else:
            with self._encoding:
                ids = list(self._tokenizer(_as_one_text(safe))["input_ids"])
        if len(ids) < 2:
            ids = [self._filler] + (ids or [self._filler])
        if len(ids) >= self.window:
            raise PromptTooLong(f"{len(ids)} tokens do not fit a window of {self.window}")
        return ids

    def _templated(self, messages: list[dict[str, str]]) -> str:
        with self._encoding:
            return templated(self.name, messages, self._tokenizer.apply_chat_template)

    def _end_of(self, ids: list[int]) -> str:
        with self._encoding:
            return str(self._tokenizer.decode(ids[-16:]))

    def _encode(self, text: str) -> list[int]:
        with self._encoding:
            return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _harmless(self, text: str) -> str:
        return self._marks.spell_apart(text)


def _as_one_text(messages: Sequence[dict[str, str]]) -> str:
    return "\n\n".join(message["content"] for message in messages)


def place_for(device: Device) -> torch.device:
    """Return where to compute; ``auto`` is CUDA, then Apple's MPS, then the CPU.

    :raises ModelUnavailable: the device asked for is not there.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return torch.device(next((name for name, is_there in there.items() if is_there), "cpu"))
    if not there.get(device, True):
        raise ModelUnavailable(f"DEVICE is {device}, but torch finds none here")
    return torch.device(device)


def precision(device: torch.device, native_bf16: bool) -> torch.dtype | Literal["auto"]:
    """Return the checkpoint's own precision, but fp32 on a CPU that only emulates bf16."""
    return torch.float32 if device.type == "cpu" and not native_bf16 else "auto"


def has_native_bf16() -> bool:
    """Return whether this CPU multiplies matrices of bf16 (AMX). With less, AVX-512 included,
    bf16 was measured 6 to 170 times slower than fp32."""
    return bool(torch.cpu._is_amx_tile_supported())


def fetch_folder(
    repository: str, code: RemoteCode, hub: Hub, files: list[str] | None = None
) -> Path:
    """Return the folder with what a model of the hub needs; ``files`` are its files where known.

    :raises ModelUnavailable: see :meth:`function.hub.Hub.fetch`.
    """
    if files is None:
        files = hub.list_files(repository, code.revision)
    wanted = list(PLAIN_FILES)
    if not any(file.endswith(".safetensors") for file in files):
        wanted.append(PICKLES)
    if code.trusted:
        wanted.append("*.py")
    return hub.fetch(repository, wanted, code.revision)


def _loaded(folder: Path, device: torch.device, code: RemoteCode) -> tuple[Any, Any]:
    """Tokenizer and network of a folder."""
    # Both would write into the log, and not as JSON.
    disable_progress_bar()
    set_verbosity_error()
    _refuse_remote_code(folder, read_config(folder), code)
    check_folder(folder)
    safe = all(file.suffix == ".safetensors" for file in weight_files(folder))
    options: dict[str, Any] = {"trust_remote_code": code.trusted, "local_files_only": True}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **options)
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=precision(device, has_native_bf16()),
            use_safetensors=safe,
            weights_only=True,
            output_loading_info=True,
            **options,
        )
    except FunctionError:
        raise
    except Exception as error:  # whatever transformers finds wrong with the files
        raise _unloadable(folder, error, code) from error
    network, found = loaded
    if lost := sorted(found["missing_keys"]):
        # transformers would fill them with chance, and answer with what comes of that.
        more = f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
        raise ModelUnavailable(f"{folder.name} lacks {', '.join(lost[:SHOWN])}{more}")
    if odd := set(getattr(network.config, "layer_types", None) or ()) - _ATTENTION:
        kinds = ", ".join(sorted(odd))
        raise ModelUnavailable(f"{folder.name} has layers of a kind not served here: {kinds}")
    return tokenizer, network.to(device).eval()


def _unloadable(folder: Path, error: Exception, code: RemoteCode) -> ModelUnavailable:
    """Return one line about what transformers finds wrong with a folder."""
    text = str(error).strip()
    if "trust_remote_code" in text and not code.trusted:
        return _brings_code(folder)
    if isinstance(error, pickle.UnpicklingError):
        # torch's own words advise to read the file in the way that runs what it holds.
        return ModelUnavailable(f"{folder.name} does not hold plain tensors")
    lines = text.splitlines() or [type(error).__name__]
    # A message may name a folder of ours, but not its path.
    line = lines[0].replace(str(folder), folder.name)
    return ModelUnavailable(f"transformers cannot load {folder.name}: {line}")


def _brings_code(folder: Path) -> ModelUnavailable:
    return ModelUnavailable(
        f"{folder.name} brings code of its own; TRM_TRUST_REMOTE_CODE lets it run"
    )


def _refuse_remote_code(folder: Path, config: dict[str, Any], code: RemoteCode) -> None:
    """Refuse a repository that brings its own code, without a question on a terminal."""
    kind = config.get("model_type")
    if config.get("auto_map") and not code.trusted and kind != recursive_gpt.MODEL_TYPE:
        from transformers import CONFIG_MAPPING

        if kind not in CONFIG_MAPPING:
            raise _brings_code(folder)
