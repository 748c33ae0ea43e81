"""The embedded model as training reads it: its tokenizer, its chat template, its weights."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import gguf
import torch
from gguf.quants import dequantize
from torch import Tensor

from function.backends.base import Abilities, Turn, WithoutSamples
from function.backends.local.control_tokens import Marks, marks_of_template
from function.backends.local.gguf_header import read_header

WINDOW = 4_096
"""Tokens of prompt plus answer of a served slot, by default."""
END_OF_TURN = "<|im_end|>"
_LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
"""Names of a layer's tensors in a GGUF file and in transformers."""


class Base(WithoutSamples):
    """A GGUF file of the Llama architecture. Counts tokens as the engine does; writes nothing."""

    backend = "training"
    abilities = Abilities(json_schema=True)
    window = WINDOW

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.stem
        header = read_header(path)
        self._template_text = header.text("tokenizer.chat_template") or ""
        self._marks = Marks(header.control_tokens() | marks_of_template(self._template_text))

    @cached_property
    def reader(self) -> gguf.GGUFReader:
        """The file, memory-mapped."""
        return gguf.GGUFReader(self.path)

    def value(self, key: str) -> Any:
        """Return a field of the file's header."""
        return self.reader.fields[key].contents()

    @cached_property
    def tokenizer(self) -> Any:
        """The tokenizer, with the pre-tokenization that llama.cpp calls ``smollm``."""
        from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

        tokens = self.value("tokenizer.ggml.tokens")
        kinds = self.value("tokenizer.ggml.token_type")
        merges = [tuple(merge.split(" ")) for merge in self.value("tokenizer.ggml.merges")]
        vocabulary = {token: number for number, token in enumerate(tokens)}
        tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Digits(individual_digits=True),
                pre_tokenizers.ByteLevel(add_prefix_space=False),
            ]
        )
        tokenizer.decoder = decoders.ByteLevel()
        control = gguf.TokenType.CONTROL
        tokenizer.add_special_tokens(
            [
                AddedToken(token, special=True, normalized=False)
                for token, kind in zip(tokens, kinds, strict=True)
                if kind == control
            ]
        )
        return tokenizer

    @cached_property
    def _template(self) -> Any:
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        return environment.from_string(self._template_text)

    def prompt_text(self, turns: Sequence[Turn]) -> str:
        """Return a conversation as the chat template writes it, with the answer's turn open."""
        messages = [
            {"role": turn.role, "content": self._marks.spell_apart(turn.content)} for turn in turns
        ]
        return str(self._template.render(messages=messages, add_generation_prompt=True))

    def prompt_ids(self, turns: Sequence[Turn]) -> list[int]:
        """Return the tokens of a conversation with the answer's turn open."""
        return list(self.tokenizer.encode(self.prompt_text(turns)).ids)

    def answer_ids(self, answer: str) -> list[int]:
        """Return the tokens of an answer with the mark that ends its turn."""
        text = self._marks.spell_apart(answer)
        return [*self.tokenizer.encode(text).ids, self.tokenizer.token_to_id(END_OF_TURN)]

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text, as it reaches the model."""
        return len(self.tokenizer.encode(self._marks.spell_apart(text)).ids)

    def generate(self, *args: Any, **options: Any) -> Any:
        """Never asked for: examples are rendered, not answered."""
        raise NotImplementedError

    def score(self, *args: Any, **options: Any) -> Any:
        """Never asked for: examples are rendered, not answered."""
        raise NotImplementedError

    def close(self) -> None:
        """Hold nothing."""

    def configuration(self) -> Any:
        """Return the model's configuration for transformers."""
        from transformers import LlamaConfig

        return LlamaConfig(
            vocab_size=len(self.value("tokenizer.ggml.tokens")),
            hidden_size=self.value("llama.embedding_length"),
            intermediate_size=self.value("llama.feed_forward_length"),
            num_hidden_layers=self.value("llama.block_count"),
            num_attention_heads=self.value("llama.attention.head_count"),
            num_key_value_heads=self.value("llama.attention.head_count_kv"),
            max_position_embeddings=self.value("llama.context_length"),
            rms_norm_eps=self.value("llama.attention.layer_norm_rms_epsilon"),
            rope_parameters={
                "rope_type": "default", "rope_theta": self.value("llama.rope.freq_base"),
            },
            tie_word_embeddings=True,
            bos_token_id=self.value("tokenizer.ggml.bos_token_id"),
            eos_token_id=self.value("tokenizer.ggml.eos_token_id"),
        )  # fmt: skip

    def state(self) -> dict[str, Tensor]:
        """Return the weights by transformers' names, dequantized.

        llama.cpp rotates pairs of neighbours, transformers pairs half a head apart: the rows of
        queries and keys are put back into the order of transformers.
        """
        heads = {
            "attn_q": self.value("llama.attention.head_count"),
            "attn_k": self.value("llama.attention.head_count_kv"),
        }
        found: dict[str, Tensor] = {}
        for tensor in self.reader.tensors:
            values = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy())
            part = tensor.name.split(".")[2] if tensor.name.startswith("blk.") else ""
            if part in heads:
                values = values[split_halves(values.shape[0], heads[part])]
            found[transformers_name(tensor.name)] = values
        return found


def transformers_name(name: str) -> str:
    """Return transformers' name of a GGUF tensor."""
    if name == "token_embd.weight":
        return "model.embed_tokens.weight"
    if name == "output_norm.weight":
        return "model.norm.weight"
    _, layer, part, kind = name.split(".")
    return f"model.layers.{layer}.{_LAYER_NAMES[part]}.{kind}"


def split_halves(rows: int, heads: int) -> Tensor:
    """Return the place in a GGUF file of each row of queries or keys, in transformers' order."""
    return torch.arange(rows).reshape(heads, rows // heads // 2, 2).transpose(1, 2).reshape(-1)
