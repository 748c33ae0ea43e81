"""A llama network of a few hundred kilobytes as a GGUF file, as a test wants it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np

WIDTH, INNER, HEADS = 32, 32, 2
PLAIN = "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\n' }}{% endfor %}"
CHANGED = {"context_length": 256, "block_count": 1, "head_count": HEADS}


def tiny_gguf(
    path: Path,
    template: str = PLAIN,
    *,
    tensors: bool = True,
    extra_tokens: dict[str, int] | None = None,
    kind: str = "model",
    part: tuple[int, int] | None = None,
    **changed: int,
) -> Path:
    """Write the file; returns its path.

    :param extra_tokens: more tokens and their types, see ``tokenizer.ggml.token_type``.
    :param part: index and count for a part of a model in several files.
    :param changed: other values of what :data:`CHANGED` names.
    """
    sizes = CHANGED | changed
    writer: Any = gguf.GGUFWriter(path, "llama")
    writer.add_type(kind)
    writer.add_context_length(sizes["context_length"])
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(sizes["block_count"])
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(sizes["head_count"])
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    if part is not None:
        writer.add_key_value("split.no", part[0], gguf.GGUFValueType.UINT16)
        writer.add_key_value("split.count", part[1], gguf.GGUFValueType.UINT16)
    tokens = {"<unk>": 2, "<s>": 3, "</s>": 3}
    tokens |= {f"<0x{byte:02X}>": 6 for byte in range(256)}
    tokens |= {chr(code): 1 for code in range(33, 127)} | (extra_tokens or {})
    writer.add_tokenizer_model("llama")
    writer.add_token_list([token.encode() for token in tokens])
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(list(tokens.values()))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    if template:
        writer.add_chat_template(template)
    if tensors:
        random = np.random.default_rng(0)
        for name, shape in _shapes(len(tokens)).items():
            writer.add_tensor(name, random.normal(0, 0.1, shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _shapes(tokens: int) -> dict[str, tuple[int, ...]]:
    square = (WIDTH, WIDTH)
    return {
        "token_embd.weight": (tokens, WIDTH),
        "output_norm.weight": (WIDTH,),
        "output.weight": (tokens, WIDTH),
        "blk.0.attn_norm.weight": (WIDTH,),
        "blk.0.attn_q.weight": square,
        "blk.0.attn_k.weight": square,
        "blk.0.attn_v.weight": square,
        "blk.0.attn_output.weight": square,
        "blk.0.ffn_norm.weight": (WIDTH,),
        "blk.0.ffn_gate.weight": (INNER, WIDTH),
        "blk.0.ffn_up.weight": (INNER, WIDTH),
        "blk.0.ffn_down.weight": (WIDTH, INNER),
    }
