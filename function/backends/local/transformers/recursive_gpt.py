"""``recursive_gpt``: GPT-2 blocks, a few of them run several times over (``n_loops``).

The type of ``ainz/tiny-recursive-model``. Its repository holds no code, so this is the class that
transformers' Auto classes know it by once this module is imported; remote code is never needed.
Which names and sizes a checkpoint may have is in
:mod:`function.backends.local.transformers.recursive_gpt_layout`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedConfig, PreTrainedModel
from transformers.activations import ACT2FN
from transformers.cache_utils import Cache, DynamicCache
from transformers.generation.utils import GenerationMixin
from transformers.masking_utils import create_causal_mask
from transformers.modeling_outputs import CausalLMOutputWithPast
from transformers.pytorch_utils import Conv1D

from function.backends.local.transformers.recursive_gpt_layout import read_layout

MODEL_TYPE = "recursive_gpt"


class RecursiveGPTConfig(PreTrainedConfig):
    """Sizes of the network; ``n_inner`` None means that the MLP is as wide as the network."""

    model_type = MODEL_TYPE
    keys_to_ignore_at_inference = ["past_key_values"]
    attribute_map = {
        "hidden_size": "n_embd",
        "max_position_embeddings": "n_positions",
        "num_attention_heads": "n_head",
    }

    vocab_size: int = 50_257
    n_positions: int = 1_024
    n_embd: int = 512
    n_physical_layers: int = 3
    n_loops: int = 8
    n_head: int = 8
    n_inner: int | None = None
    activation_function: str = "gelu_new"
    resid_pdrop: float | int = 0.1
    embd_pdrop: float | int = 0.1
    attn_pdrop: float | int = 0.1
    layer_norm_epsilon: float = 1e-5
    initializer_range: float = 0.02
    use_cache: bool = True
    bos_token_id: int | None = 50_256
    eos_token_id: int | list[int] | None = 50_256
    pad_token_id: int | None = None
    tie_word_embeddings: bool = True

    @property
    def num_hidden_layers(self) -> int:
        """Layers as a cache counts them: every loop has keys and values of its own."""
        return self.n_physical_layers * self.n_loops


class Attention(nn.Module):
    """Causal self-attention of GPT-2, over what the cache holds at one place and the new tokens."""

    def __init__(self, config: RecursiveGPTConfig) -> None:
        super().__init__()
        self.heads = config.n_head
        self.c_attn = Conv1D(3 * config.n_embd, config.n_embd)
        self.c_proj = Conv1D(config.n_embd, config.n_embd)
        self.dropout = nn.Dropout(config.resid_pdrop)
        self.attention_dropout = config.attn_pdrop

    def forward(
        self, hidden: Tensor, mask: Tensor | None, cache: Cache | None, place: int
    ) -> Tensor:
        """[batch, tokens, width] in and out; ``place`` is the layer's number in the cache."""
        batch, tokens, width = hidden.shape
        shape = (batch, tokens, self.heads, width // self.heads)
        query, key, value = (
            part.view(shape).transpose(1, 2) for part in self.c_attn(hidden).split(width, dim=2)
        )
        if cache is not None:
            key, value = cache.update(key, value, place)
        mixed = functional.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=mask,
            dropout_p=self.attention_dropout if self.training else 0.0,
            is_causal=mask is None and tokens > 1,
        )
        projected: Tensor = self.c_proj(mixed.transpose(1, 2).reshape(batch, tokens, width))
        dropped: Tensor = self.dropout(projected)
        return dropped


class MLP(nn.Module):
    """The two projections of a block."""

    def __init__(self, config: RecursiveGPTConfig) -> None:
        super().__init__()
        inner = config.n_inner or config.n_embd
        self.c_fc = Conv1D(inner, config.n_embd)
        self.c_proj = Conv1D(config.n_embd, inner)
        self.activation = ACT2FN[config.activation_function]
        self.dropout = nn.Dropout(config.resid_pdrop)

    def forward(self, hidden: Tensor) -> Tensor:
        """[batch, tokens, width] in and out."""
        projected: Tensor = self.dropout(self.c_proj(self.activation(self.c_fc(hidden))))
        return projected


class Block(nn.Module):
    """One physical layer: pre-norm attention and MLP, each added to what came in."""

    def __init__(self, config: RecursiveGPTConfig) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.n_embd, eps=config.layer_norm_epsilon)
        self.attn = Attention(config)
        self.ln_2 = nn.LayerNorm(config.n_embd, eps=config.layer_norm_epsilon)
        self.mlp = MLP(config)

    def forward(
        self, hidden: Tensor, mask: Tensor | None, cache: Cache | None, place: int
    ) -> Tensor:
        """[batch, tokens, width] in and out; ``place`` as in :class:`Attention`."""
        hidden = hidden + self.attn(self.ln_1(hidden), mask, cache, place)
        added: Tensor = hidden + self.mlp(self.ln_2(hidden))
        return added


class RecursiveGPTForCausalLM(PreTrainedModel, GenerationMixin):
    """Writes text, one token after the other, with keys and values kept per loop and layer."""

    config_class = RecursiveGPTConfig
    config: RecursiveGPTConfig
    base_model_prefix = ""
    _input_embed_layer = "wte"
    _supports_sdpa = True
    _no_split_modules = ["Block"]
    _skip_keys_device_placement = ["past_key_values"]
    _tied_weights_keys = {"lm_head.weight": "wte.weight"}

    def __init__(self, config: RecursiveGPTConfig) -> None:
        super().__init__(config)
        if config.n_embd % config.n_head:
            raise ValueError(f"{config.n_head} heads do not divide a width of {config.n_embd}")
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.wpe = nn.Embedding(config.n_positions, config.n_embd)
        self.drop = nn.Dropout(config.embd_pdrop)
        self.h = nn.ModuleList(Block(config) for _ in range(config.n_physical_layers))
        self.ln_f = nn.LayerNorm(config.n_embd, eps=config.layer_norm_epsilon)
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.post_init()

    @classmethod
    def from_pretrained(
        cls,
        pretrained_model_name_or_path: str | os.PathLike[str] | None,
        *arguments: Any,
        config: Any = None,
        **options: Any,
    ) -> Self:
        """Load a folder of a known layout; the sizes are those of its tensors.

        :raises LayoutError: the folder's tensors are of another layout; lists them.
        """
        if pretrained_model_name_or_path is None:  # transformers' way to pass tensors in memory
            made: Self = super().from_pretrained(None, *arguments, config=config, **options)
            return made
        folder = Path(pretrained_model_name_or_path)
        if not isinstance(config, RecursiveGPTConfig):
            config = RecursiveGPTConfig.from_pretrained(config or folder)
        layout = read_layout(folder)
        for name, value in layout.sizes.items():
            setattr(config, name, value)
        loaded: Self = super().from_pretrained(
            None, *arguments, config=config, state_dict=layout.tensors, **options
        )
        return loaded

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Cache | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int | Tensor = 0,
        **_: Any,
    ) -> CausalLMOutputWithPast:
        """Return logits [batch, tokens, vocabulary] for tokens [batch, tokens].

        ``logits_to_keep`` is the number of last tokens that logits are wanted for (0: all), or
        their places.
        """
        if use_cache is None:
            use_cache = self.config.use_cache
        if use_cache and past_key_values is None:
            past_key_values = DynamicCache()
        hidden = self.wte(input_ids)
        if position_ids is None:
            seen = past_key_values.get_seq_length() if past_key_values is not None else 0
            position_ids = torch.arange(hidden.shape[1], device=hidden.device)[None] + seen
        hidden = self.drop(hidden + self.wpe(position_ids))
        mask = create_causal_mask(
            config=self.config,
            inputs_embeds=hidden,
            attention_mask=attention_mask,
            past_key_values=past_key_values,
            position_ids=position_ids,
        )
        place = 0
        for _loop in range(self.config.n_loops):
            for block in self.h:
                hidden = block(hidden, mask, past_key_values, place)
                place += 1
        wanted = slice(-logits_to_keep, None) if isinstance(logits_to_keep, int) else logits_to_keep
        logits = self.lm_head(self.ln_f(hidden[:, wanted]))
        return CausalLMOutputWithPast(logits=logits, past_key_values=past_key_values)


AutoConfig.register(MODEL_TYPE, RecursiveGPTConfig, exist_ok=True)
AutoModelForCausalLM.register(RecursiveGPTConfig, RecursiveGPTForCausalLM, exist_ok=True)
