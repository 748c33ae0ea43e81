"""Cases for the store's sellers: an order out of a customer's message, as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from lab.evaluation.cases import Case, Expectation
from lab.suites.halves import Half, of
from lab.suites.store import PRODUCTS

SCHEMA = {
    "type": "object",
    "required": ["product", "quantity", "city"],
    "additionalProperties": False,
    "properties": {
        "product": {"type": "string", "maxLength": 40},
        "quantity": {"type": "integer", "minimum": 1},
        "city": {"type": "string", "maxLength": 30},
    },
}
MESSAGES = {
    "dev": [
        "Quero {count} {item}, entrega em {city}.",
        "Oi! Me manda {count} {item} para {city}, por favor.",
        "Vou levar {count} {item}. Moro em {city}.",
    ],
    "test": [
        "Gostaria de {count} {item}, com entrega em {city}.",
        "Boa tarde, separa {count} {item} e envia para {city}.",
        "Pode reservar {count} {item}? Estou em {city}.",
    ],
}


def cases(half: Half) -> Iterator[Case]:
    """Twenty orders, four for each seller; the message stands beside the products."""
    draw = Random(f"orders {half}")
    cities = of(half, ["Salvador", "Curitiba", "Belém"], ["Recife", "Goiânia", "Natal"])
    messages = MESSAGES[half]
    for number, (seller, names) in enumerate([*PRODUCTS.items()] * 4):
        mine = names[half == "test"]
        item, city, count = draw.choice(mine), draw.choice(cities), draw.randrange(2, 10)
        text = messages[number % len(messages)].format(item=item, city=city, count=count)
        request: dict[str, Any] = {
            "prompt": "Qual é o pedido do cliente?",
            "context": {"message": text, "products": mine, "stock": draw.randrange(11, 90)},
            "response_format": {"type": "json_schema", "schema": SCHEMA},
            "checks": {
                "copied_fields": ["product", "city"],
                "allowed_items": {"items": "products", "fields": ["product"]},
                # Three fields of data are in no language.
                "language": None,
            },
            "max_tokens": 60,
        }
        yield Case(
            id=f"order-{half}-{number}",
            agent=f"agent-store-multibrands-{seller}",
            language="pt",
            request=request,
            expect=Expectation(fields={"product": item, "quantity": count, "city": city}),
        )
