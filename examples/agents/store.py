"""agent-store-multibrands: WhatsApp sellers in Portuguese."""

from __future__ import annotations

from typing import Any

from agent_trm import TRMRequest
from examples.agents.agent import Agent, Ask, has, says, says_one_of

REASONS = [
    "complex_query",
    "customer_request",
    "high_value",
    "complaint",
    "technical_issue",
    "payment_issue",
    "negative_sentiment",
    "custom",
]
MESSAGE: dict[str, Any] = {
    "type": "object",
    "required": ["message", "intent", "sentiment", "escalate", "escalation_reason"],
    "additionalProperties": False,
    "properties": {
        "message": {"type": "string", "minLength": 1, "maxLength": 240},
        "intent": {"enum": ["greeting", "product_question", "purchase", "complaint", "other"]},
        "sentiment": {"type": "number", "minimum": 0, "maximum": 1},
        "escalate": {"type": "boolean"},
        "escalation_reason": {"enum": [*REASONS, None]},
    },
}
CUSTOMER = {"name": "Marina", "customer_phone": "+55 11 91234-5678"}

AGENT = Agent(
    "agent-store-multibrands",
    "/agent-store-multibrands/whatsapp",
    [
        Ask(
            "Luna offers a dress",
            TRMRequest(
                agent="agent-store-multibrands-luna",
                prompt="Tem algum vestido para um casamento de dia? Quanto custa?",
                messages=[
                    {"role": "user", "content": "Oi, bom dia!"},
                    {"role": "assistant", "content": "Bom dia, Marina! Como posso ajudar?"},
                ],
                context={
                    "products": [
                        {"name": "Vestido Midi Floral", "price": 199.9, "sizes": "P, M, G"},
                        {"name": "Calça Pantalona", "price": 149.9, "sizes": "M, G"},
                    ],
                    "customer": CUSTOMER,
                },
                checks={"must_contain": ["Vestido Midi Floral", "199,90"]},
            ),
            says("Vestido Midi Floral", "199,90"),
        ),
        Ask(
            "Pixel finds a controller",
            TRMRequest(
                agent="agent-store-multibrands-pixel",
                prompt="Vocês têm controle sem fio para PC?",
                context={
                    "products": [
                        {"name": "Controle Sem Fio Nimbus", "price": 289.0, "platform": "PC"},
                        {"name": "Headset Orbit", "price": 349.9, "platform": "PC"},
                    ],
                    "customer": CUSTOMER,
                },
            ),
            says_one_of("Controle Sem Fio Nimbus"),
        ),
        Ask(
            "Max hears a complaint",
            TRMRequest(
                agent="agent-store-multibrands-max",
                prompt="Meu notebook chegou quebrado e ninguém responde há 5 dias! "
                "Quero falar com um gerente agora.",
                context={
                    "products": [{"name": "Notebook Pro 14", "price": 4599.0}],
                    "customer": CUSTOMER,
                },
                response_format={"type": "json_schema", "schema": MESSAGE},
            ),
            has(escalate=True, intent="complaint"),
        ),
    ],
)

if __name__ == "__main__":
    AGENT.run()
