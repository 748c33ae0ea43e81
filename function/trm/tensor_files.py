"""Read tensors by name from safetensors and from files of torch.save, without torch.

A file of torch.save is a zip archive of one pickle and of the storages that it refers to. Only the
classes that tensors are made of are known here, so no code of a file can run.
"""

from __future__ import annotations

import pickle
import re
from collections import OrderedDict
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import safetensors
from numpy.typing import NDArray

if TYPE_CHECKING:
    from zipfile import ZipFile

Array = NDArray[Any]

_SAFETENSORS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "bf16"}
_STORAGES = {
    "DoubleStorage": "<f8", "FloatStorage": "<f4", "HalfStorage": "<f2", "BFloat16Storage": "bf16",
    "LongStorage": "<i8", "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "i1",
    "ByteStorage": "u1", "BoolStorage": "?",
}  # fmt: skip
STORED = 0
"""The compression of a member of a zip archive that has none."""
_TYPE = r"(?:bfloat|float|complex|u?int)\d+|bool"


def read_safetensors(file: Path) -> dict[str, object]:
    """Return the tensors of a safetensors file; those of no floating point type as `Unreadable`."""
    held: dict[str, object] = {}
    found: Any = safetensors.deserialize(file.read_bytes())  # type: ignore[no-untyped-call]
    for name, info in found:
        kind = _SAFETENSORS.get(info["dtype"])
        shape = tuple(info["shape"])
        held[name] = Unreadable() if kind is None else _array(info["data"], kind).reshape(shape)
    return held


def read_torch_file(file: Path) -> Any:
    """Return what a file of torch.save holds, with its tensors as arrays.

    :raises pickle.UnpicklingError: it holds other objects than tensors, numbers and texts.
    :raises zipfile.BadZipFile: it is not a zip archive; torch wrote none before version 1.6.
    """
    import zipfile  # a start from safetensors does without

    with zipfile.ZipFile(file) as archive:
        pickles = [name for name in archive.namelist() if name.endswith("data.pkl")]
        if len(pickles) != 1:
            raise pickle.UnpicklingError("the archive holds no single data.pkl")
        folder = pickles[0].removesuffix("data.pkl")
        order = folder + "byteorder"
        if order in archive.namelist() and archive.read(order) != b"little":
            raise pickle.UnpicklingError("the file is of a big-endian machine")
        with archive.open(pickles[0]) as stream:
            return _Unpickler(stream, lambda key: _stored(archive, f"{folder}data/{key}")).load()


class Unreadable:
    """Stands for a tensor of a type or a layout that no network has."""

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, _: object) -> None:
        pass


class _Storage:
    """One storage of a file: its numbers, as bytes until they are asked for."""

    def __init__(self, kind: str, data: bytes) -> None:
        self.numbers = _array(data, kind)


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: IO[bytes], read: Callable[[str], bytes]) -> None:
        super().__init__(stream)
        self._read = read
        self._storages: dict[str, _Storage] = {}

    def persistent_load(self, reference: Any) -> object:
        match reference:
            case ("storage", str(kind), str(key), str(), int()):
                if key not in self._storages:
                    self._storages[key] = _Storage(kind, self._read(key))
                return self._storages[key]
            case ("storage", _, str(), *_):
                return Unreadable()
        raise pickle.UnpicklingError("the file refers to something other than a storage")

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        if (module, name) in _KNOWN:
            return _KNOWN[module, name]
        if module == "torch" and name.endswith("Storage"):
            return Unreadable
        if module == "torch" and re.fullmatch(_TYPE, name):
            return name
        raise pickle.UnpicklingError(f"the file asks for {module}.{name}, which is not a tensor")


def _tensor(
    storage: object, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> object:
    if not isinstance(storage, _Storage):
        return Unreadable()
    numbers = storage.numbers
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    # Overlapping views could claim any amount of memory.
    if min((offset, *size, *stride), default=0) < 0 or prod(size) > numbers.size:
        raise pickle.UnpicklingError("a tensor is larger than its storage")
    if prod(size) and last >= numbers.size:
        raise pickle.UnpicklingError("a tensor reaches beyond its storage")
    steps = tuple(step * numbers.itemsize for step in stride)
    view = np.lib.stride_tricks.as_strided(numbers[offset:], size, steps, writeable=False)
    return np.array(view)


def _parameter(tensor: object, *_: object) -> object:
    return tensor


_KNOWN: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch", "Size"): tuple,
    ("torch", "device"): Unreadable,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch._utils", "_rebuild_parameter_with_state"): _parameter,
    ("torch._utils", "_rebuild_sparse_tensor"): Unreadable,
    ("torch.serialization", "_get_layout"): Unreadable,
    ("torch._utils", "_rebuild_meta_tensor_no_storage"): Unreadable,
}


def _stored(archive: ZipFile, name: str) -> bytes:
    # torch does not compress: what is compressed could be a thousand times larger than the file.
    if archive.getinfo(name).compress_type != STORED:
        raise pickle.UnpicklingError("the archive is compressed")
    return archive.read(name)


def _array(data: bytes, kind: str) -> Array:
    if kind == "bf16":
        return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    return np.frombuffer(data, kind)
