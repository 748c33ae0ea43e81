"""Cases for the store's sellers: the product asked for, at its price, in Portuguese."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from function.reflection.prompt.rendering import brazilian_price
from lab.evaluation.cases import Case, Expectation
from lab.suites.halves import Half

PRODUCTS = {
    "luna": (["vestido floral", "camisa de linho", "saia midi"], ["blazer bege", "calça jeans"]),
    "max": (["notebook Aspen", "fone Boreal", "teclado Cedro"], ["monitor Duna", "mouse Eco"]),
    "sofia": (["luminária Faro", "tapete Gaia", "vaso Hera"], ["sofá Íris", "mesa Jade"]),
    "bella": (["batom coral", "sérum Lótus", "creme de mãos"], ["perfume Maré", "base Nude"]),
    "pixel": (["console Orion", "controle Pulsar", "jogo Quest"], ["headset Raio", "cadeira Sol"]),
}
QUESTIONS = [
    "Quanto custa {item}?",
    "Vocês têm {item}? Por quanto?",
    "Queria saber o valor de {item}, por favor.",
]


def cases(half: Half) -> Iterator[Case]:
    """Fifteen prices, three for each seller."""
    draw = Random(f"store {half}")
    for seller, (first, second) in PRODUCTS.items():
        mine = first if half == "dev" else [*second, f"kit {second[0]}"]
        for number, question in enumerate(QUESTIONS):
            products = [
                {"name": name, "price": draw.randrange(29, 1_900) + 0.9, "stock": True}
                for name in mine
            ]
            product = products[(number + len(seller)) % len(products)]
            asked: dict[str, Any] = {
                "prompt": question.format(item=product["name"]),
                "context": {"products": products, "customer_phone": "+55 11 90000-0000"},
                "max_tokens": 60,
            }
            if number == 2:
                asked["checks"] = {"must_contain": [product["name"]]}
            yield Case(
                id=f"price-{half}-{seller}-{number}",
                agent=f"agent-store-multibrands-{seller}",
                language="pt",
                request=asked,
                expect=Expectation(numbers=[brazilian_price(float(str(product["price"])))]),
            )
