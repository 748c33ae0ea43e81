"""ai-seller-*: WhatsApp conversations in Portuguese; sales-assistant: JSON about them."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from agent_trm import ReflectionMode, TRMClient, TRMRequest
from tests.agents.cluster import Cluster

SELLERS = ("fashion", "tech", "home", "beauty", "gaming")
PREFIXES = ("Você:", "Assistant:", "AI:", "Luna:", "Max:", "Sofia:", "Bella:", "Pixel:")
ANSWER = "Vou verificar com a nossa equipe. Qual é o seu tamanho?"


def transcript(question: str, *past: str) -> str:
    """Return a conversation as one text: customer and seller in turn, then the question."""
    roles = ("Cliente", "Você")
    turns = [f"{roles[place % 2]}: {text}\n" for place, text in enumerate(past)]
    opening = ["\n--- Conversa ---\n", *turns] if turns else []
    system = "Sistema: Você vende para a loja. Responda em português, com 2 a 4 frases.\n"
    return "\n".join([system, *opening, f"\nCliente: {question}\n", "Você:"])


def message_of(text: str) -> str:
    """Read an answer as the agent does: quotes and one prefix are cut."""
    message = text.strip()
    if len(message) >= 2 and message.startswith('"') and message.endswith('"'):
        message = message[1:-1]
    for prefix in PREFIXES:
        if message.startswith(prefix):
            return message[len(prefix) :].strip()
    return message


@pytest.mark.parametrize("brand", SELLERS)
def test_each_seller_answers_as_its_persona(homelab: Cluster, brand: str) -> None:
    homelab.ollama.writes(ANSWER)
    environment = {"TRM_FUNCTION_URL": homelab.url, "TRM_AGENT": f"ai-seller-{brand}"}
    request = TRMRequest(
        prompt=transcript("E azul?", "Oi! Tem vestido?", "Oi! Temos, sim."),
        max_reflection_steps=2,
        reflection_mode=ReflectionMode.AUTO,
        max_tokens=512,
        conversation_id=f"conv-5511-{brand}",
    )
    response = asyncio.run(TRMClient(environment=environment).generate(request))
    assert message_of(response.answer) == ANSWER and response.tokens_used > 0
    assert response.profile is not None
    assert response.profile.startswith("agent-store-multibrands-")
    assert [turn["role"] for turn in homelab.ollama.asked[0]] == [
        "system", "user", "assistant", "user",
    ]  # fmt: skip


def test_the_answer_has_no_speaker_and_no_turn_of_the_customer(homelab: Cluster) -> None:
    homelab.ollama.writes(f"Você: {ANSWER}\n\nCliente: M\n\nVocê: Perfeito.")
    reply = homelab.generate(transcript("Tem vestido?"), "ai-seller-fashion")
    assert message_of(reply["response"]) == ANSWER
    assert reply["trm"]["profile"] == "agent-store-multibrands-luna"


def test_a_message_of_a_customer_gets_the_store_s_response(homelab: Cluster) -> None:
    homelab.ollama.writes(ANSWER)
    message = {
        "message": "Tem vestido azul?",
        "brand": "fashion",
        "customer_id": "c-1",
        "customer_phone": "5511999",
        "conversation_id": "conv-5511",
        "ai_seller_id": "ai-seller-fashion",
    }
    source = "/agent-store-multibrands/whatsapp-gateway/ai-seller-fashion"
    kind, said = homelab.send("store.chat.message.new", source, message)
    assert kind == "store.chat.response" and said["response"] == ANSWER
    for name in ("brand", "customer_phone", "conversation_id", "ai_seller_id"):
        assert said[name] == message[name]
    assert "5511999" not in json.dumps(homelab.ollama.asked)


def test_an_answer_in_english_is_not_passed(homelab: Cluster) -> None:
    english = "Yes, we have it. What is your size, please?"
    homelab.ollama.writes(english)
    reply = homelab.generate(transcript("Tem vestido?"), "ai-seller-fashion")
    assert reply["trm"]["withheld_answer"] == english
    assert "equipe" in reply["response"] and all(each["passed"] for each in reply["trm"]["checks"])


def test_the_assistant_s_json_is_flat(homelab: Cluster) -> None:
    written = {
        "summary": "O cliente quer uma pessoa.",
        "customer_mood": "ansioso",
        "urgency": "média",
        "suggested_action": "Ligar para o cliente.",
        "talking_points": ["prazo"],
        "avoid": ["promessas"],
    }
    homelab.ollama.writes(f"Claro:\n{json.dumps(written, ensure_ascii=False)}")
    prompt = (
        "Analise a conversa.\n- Motivo: customer_request\n\nResponda em JSON:\n{\n"
        '    "summary": "1 frase",\n    "customer_mood": "calmo|frustrado|ansioso|neutro",\n'
        '    "urgency": "baixa|média|alta",\n    "suggested_action": "ação",\n'
        '    "talking_points": ["ponto"],\n    "avoid": ["coisa"]\n}'
    )
    found = re.search(r"\{[^{}]*\}", homelab.generate(prompt)["response"], re.DOTALL)
    assert found and json.loads(found[0]) == written
