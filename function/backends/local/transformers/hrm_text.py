"""The prompt of HRM-Text (``sapientinc/HRM-Text-1B``), a base model without a chat template.

It was trained on a question between two marks that begins with a tag for the kind of answer. The
tag used here is the one for direct answers, which its authors advise for short and structured
ones; ``quad_end`` and ``object_ref_end`` together ask for worked reasoning instead.
"""

from __future__ import annotations

from typing import Any

MODEL_TYPE = "hrm_text"
BEGIN, END = "<|im_start|>", "<|im_end|>"
DIRECT = "<|object_ref_start|>"


def frame_of(tokenizer: Any) -> tuple[list[int], list[int]] | None:
    """Return the tokens before and after a question, None where the vocabulary lacks one."""
    known = tokenizer.get_vocab()
    if not {BEGIN, END, DIRECT} <= set(known):
        return None
    return [known[BEGIN], known[DIRECT]], [known[END]]
