"""Marks of chat templates in a sender's text, made harmless for models on servers.

Servers render the conversation with the template of their model and read its control tokens
wherever they stand, so that a text could end its turn and go on in another role. Which tokens a
server's model has is not known here: all known ones are parted by an invisible character, and
put together again where the model repeats them.
"""

from __future__ import annotations

import re

JOINER = "\u2060"
"""WORD JOINER: shows nothing, breaks no line, and is part of no control token."""

_MARKS = re.compile(
    r"<(?=[|｜])"  # ChatML, Llama 3, Phi, Qwen, Command-R, gpt-oss; DeepSeek's full-width bars
    r"|[|｜](?=>)"  # the second half of Gemma 4's
    r"|\[(?=\|)"  # EXAONE
    r"|<(?=(?:start|end)_of_(?:turn|image|role)>|/?(?:bos|eos|pad|unk|mask|s|sop|eop|eoh|eoa|eot)>)"
    r"|<(?=(?:BOS|EOS|PAD|UNK|EOP|MASK|SEP|CLS)(?:_TOKEN)?>|(?:unused|reserved_|extra_id_)\d+>)"
    r"|<(?=SPECIAL_\d+>|TOKENS_UNUSED_\d+>|seed:\w+>|/?(?:think|tool_call|tool_response)>)"
    r"|<(?=(?:file_sep|repo_name|reponame|filename|gh_stars|empty_output|jupyter_\w+|issue_\w+)>)"
    r"|<(?=(?:commit_\w+|fim_\w+|用户|AI)>)"
    r"|<(?=<(?:/)?SYS>>)"  # Llama 2
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT)\])"
    r"|\[(?=/?(?:THINK|MODEL_SETTINGS|ARGS|CALL_ID|IMG|IMG_BREAK|IMG_END|AUDIO)\])"  # Mistral
    r"|\[(?=g?MASK\]|(?:PREFIX|MIDDLE|SUFFIX)\])"  # GLM; Codestral
    r"|\](?=~[!b]*b?[\[\]])"  # MiniMax
)
_PARTED = re.compile(f"([<|｜\\[\\]]){JOINER}")


def harmless(text: str) -> str:
    """Return the text with every known mark parted; it looks as before."""
    return _MARKS.sub(lambda found: found[0] + JOINER, text)


def restored(text: str) -> str:
    """Return an answer with the marks together again that :func:`harmless` parted."""
    return _PARTED.sub(r"\1", text) if JOINER in text else text
