"""Writes a GGUF file anew with its weights in eight bits; also run as a program of its own.

llama.cpp multiplies several tokens at once by eight-bit weights (Q8_0) twice as fast as by four-bit
ones (Q4_1). A weight moves by at most a 254th of the largest of the 32 that share its scale; where
they lie around zero, that is a thirtieth of the step that rounding them to four bits had. Nothing
of the function is imported, so that an image can run this before the function's code is in it.

An adapter (safetensors: ``layers.N.self_attn.q_proj.down`` and ``.up`` for each projection, their
scale in the metadata) is added to the weights before they are rounded, so that it costs nothing at
run time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from gguf.quants import dequantize, quantize

TARGET = gguf.GGMLQuantizationType.Q8_0
_KEPT = (
    TARGET,
    gguf.GGMLQuantizationType.F32,
    gguf.GGMLQuantizationType.F16,
    gguf.GGMLQuantizationType.BF16,
)
_HEADER = ("GGUF.", gguf.Keys.General.ARCHITECTURE, gguf.Keys.General.FILE_TYPE)
"""Fields that the writer sets by itself."""
_PROJECTIONS = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
"""Names of a layer's matrices in a GGUF file and in an adapter."""
Array = np.ndarray[Any, Any]


def requantize(source: Path, target: Path, adapter: Path | None = None) -> None:
    """Write ``source`` to ``target`` with its quantised tensors in Q8_0, all else as it is.

    :param adapter: low-rank matrices that are added to the weights first.
    :raises OSError: a file cannot be read or written.
    :raises ValueError: ``source`` is not a GGUF file, or the adapter does not fit it.
    """
    reader = gguf.GGUFReader(source)
    architecture = reader.fields[gguf.Keys.General.ARCHITECTURE].contents()
    writer = gguf.GGUFWriter(target, architecture)
    for name, field in reader.fields.items():
        if not name.startswith(_HEADER):
            inner = field.types[-1] if len(field.types) > 1 else None
            writer.add_key_value(name, field.contents(), field.types[0], inner)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    added = None if adapter is None else _Adapter(adapter, reader)
    for tensor in reader.tensors:
        data, kind = tensor.data, tensor.tensor_type
        if added is not None and (change := added.change(tensor.name)) is not None:
            data, kind = quantize(dequantize(data, kind) + change, TARGET), TARGET
        elif kind not in _KEPT:
            data, kind = quantize(dequantize(data, kind), TARGET), TARGET
        writer.add_tensor(tensor.name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    # Layers of an image keep no more of a time, and a verified file is recognised by it.
    seconds = int(target.stat().st_mtime)
    os.utime(target, (seconds, seconds))


class _Adapter:
    """The changes that an adapter makes to the matrices of a GGUF file."""

    def __init__(self, path: Path, reader: gguf.GGUFReader) -> None:
        from safetensors import safe_open

        opened: Callable[..., Any] = safe_open
        with opened(path, framework="np") as file:
            self._scale = float((file.metadata() or {}).get("scale", "1"))
            self._matrices = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        heads = "llama.attention.head_count"
        self._heads = {
            "attn_q": int(reader.fields[heads].contents()),
            "attn_k": int(reader.fields[f"{heads}_kv"].contents()),
        }

    def change(self, tensor: str) -> Array | None:
        """Return what is added to a tensor, in the order of rows that the file has."""
        parts = tensor.split(".")
        if parts[0] != "blk" or parts[2] not in _PROJECTIONS:
            return None
        name = f"layers.{parts[1]}.{_PROJECTIONS[parts[2]]}"
        if f"{name}.up" not in self._matrices:
            return None
        up, down = (self._matrices[f"{name}.{side}"].astype(np.float64) for side in ("up", "down"))
        change: Array = (self._scale * (up @ down)).astype(np.float32)
        if parts[2] not in self._heads:
            return change
        # llama.cpp rotates neighbouring pairs of a head, the adapter's model pairs half a head
        # apart: the rows of queries and keys are interleaved.
        rows = change.shape[0]
        halves = change.reshape(self._heads[parts[2]], 2, -1, change.shape[1])
        interleaved: Array = halves.swapaxes(1, 2).reshape(rows, -1)
        return interleaved


if __name__ == "__main__":
    requantize(*map(Path, sys.argv[1:4]))
