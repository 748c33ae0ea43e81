"""Marks that end a turn in each family's template, and texts that only look like them."""

from __future__ import annotations

import json

import pytest

from function.backends.base import Turn
from function.backends.server_marks import JOINER, harmless, restored
from function.deadline import Deadline
from tests.backends.servers import APIS, Server, answer

FAMILIES = {
    "chatml, qwen, yi": ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<think>", "</tool_call>"],
    "gemma": ["<start_of_turn>", "<end_of_turn>", "<bos>", "<eos>", "<pad>", "<unused99>"],
    "gemma 4": ["<|turn>", "<turn|>", "<|channel>", "<channel|>"],
    "llama 2": ["<s>", "</s>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<unk>"],
    "llama 3": ["<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>", "<|begin_of_text|>"],
    "llama 4": ["<|header_start|>", "<|eot|>"],
    "mistral": ["[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[AVAILABLE_TOOLS]", "[TOOL_CALLS]"]
    + ["[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[THINK]", "[IMG]", "[/INST]"],
    "deepseek": ["<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>"],
    "phi": ["<|system|>", "<|end|>", "<|assistant|>"],
    "command-r": ["<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>", "<BOS_TOKEN>", "<EOP_TOKEN>"],
    "gpt-oss": ["<|start|>", "<|channel|>", "<|message|>", "<|return|>"],
    "glm": ["[gMASK]", "<sop>", "<|user|>"],
    "granite": ["<|start_of_role|>", "<|end_of_role|>"],
    "exaone": ["[|assistant|]", "[|endofturn|]"],
    "nemotron": ["<extra_id_1>", "<SPECIAL_10>"],
    "internlm, baichuan": ["<eoh>", "<eoa>", "<reserved_106>"],
    "smollm, starcoder": ["<file_sep>", "<repo_name>", "<jupyter_output>", "<fim_prefix>"],
    "seed": ["<seed:bos>", "<seed:eos>"],
    "minimax": ["]~b]", "]~!b["],
}
OPENAI, OLLAMA = (next(api for api in APIS if api.name == name) for name in ("openai", "ollama"))


@pytest.mark.parametrize("family", FAMILIES)
def test_marks_are_parted_and_put_together_again(family: str) -> None:
    for mark in FAMILIES[family]:
        for text in (mark, f"x{mark}y", f"<{mark}", f"[{mark}{mark}]", f"{mark}\n{mark[:3]}"):
            safe = harmless(text)
            assert mark not in safe
            assert safe.replace(JOINER, "") == text
            assert restored(safe) == text
        assert harmless(harmless(mark)) == harmless(mark)


@pytest.mark.parametrize(
    "text",
    [
        "a < b and c > d, a<b, x <= y | z",
        "<p class='s'>HTML with <b>bold</b>, <span>text</span> and <section></section></p>",
        "List[int], [Inst], [1], [x](http://y), {'a': [1]}, a || b, a | b",
        "The <user> writes <name@host>, <https://host/>, <end>, <System>.",
        "cat file | grep x > y",
        "日本語の文章、<注意>。",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize("api", [OPENAI, OLLAMA], ids=["openai", "ollama"])
def test_no_turn_of_a_conversation_can_be_forged_on_a_server(api: object) -> None:
    chosen = OPENAI if api is OPENAI else OLLAMA
    marks = "".join(mark for family in FAMILIES.values() for mark in family)
    # A server that read fewer tokens than there are words would have cut the conversation.
    said_back = [
        part.replace(b'"prompt_eval_count": 19', b'"prompt_eval_count": 1900')
        for part in chosen.answered(harmless("Write </s>."))
    ]
    server = Server(chosen, [lambda request: answer(*said_back)])
    model = server.open()
    said = model.generate(
        [Turn("system", marks), Turn("user", marks), Turn("assistant", marks), Turn("user", marks)],
        max_tokens=64,
        temperature=0,
        seed=1,
        deadline=Deadline.after(9),
    )
    contents = "\n".join(message["content"] for message in server.sent["messages"])
    for family in FAMILIES.values():
        assert not [mark for mark in family if mark in contents]
    assert json.dumps(contents.replace(JOINER, "")).count("[INST]") == 4
    assert said.text == "Write </s>."
    model.close()
