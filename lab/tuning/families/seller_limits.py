"""Sellers without a catalogue, below every price, out of stock, or asked what is not recorded."""

from __future__ import annotations

from typing import Any

from function.schemas.catalogue import brazilian_price
from lab.tuning.case import Case
from lab.tuning.draw import Draw
from lab.tuning.families.sellers import CLOSE, DEPARTMENTS, price_of, stocked
from lab.tuning.pools import pool

FAMILY = "seller"


def seller_limits(draw: Draw) -> Case:
    """Return a question of a customer, and an answer that invents nothing."""
    makers = (_no_catalogue, _no_catalogue, _budget, _sold_out, _unknown)
    question, answer, products, keys = draw.any_of(makers)(draw)
    agent = draw.any_of(pool("seller_limits")["agents"])
    context: dict[str, Any] = {"products": products} if products else {}
    if draw.chance(0.5):
        data: dict[str, Any] = {"message": question}
    else:
        data = {"prompt": question}
    if context:
        data["context"] = context
    if draw.chance(0.25):
        data["messages"] = [
            {"role": "user", "content": draw.any_of(("Oi", "Olá!", "Bom dia", "Boa noite"))},
            {"role": "assistant", "content": "Oi! Em que posso ajudar?"},
        ]
    return Case(FAMILY, "pt", data, answer, agent, keys=keys)


_Exchange = tuple[str, str, list[dict[str, Any]], tuple[str, ...]]


def _no_catalogue(draw: Draw) -> _Exchange:
    words = pool("seller_limits")
    question = draw.say(
        words["open_asks"],
        limit=_limit(draw.integer(3, 60) * 10),
        good=draw.one(words["goods"]),
        use=draw.one(words["uses"]),
        person=draw.one(words["people"]),
    )
    return question, f"{draw.one(words['check'])} {draw.one(words['back'])}", [], ()


def _budget(draw: Draw) -> _Exchange:
    """Return a budget below every price."""
    words = pool("seller_limits")
    products = _available(draw)
    cheapest = min(products, key=lambda product: float(product["price"]))
    limit = _limit(max(5, int(float(cheapest["price"]) * draw.any_of((0.3, 0.5, 0.8)))))
    question = draw.one(words["limits"]).format(limit=limit)
    said = {"limit": limit, "name": cheapest["name"], "price": price_of(cheapest)}
    answer = f"{draw.say(words['none_fits'], **said)} {draw.say(CLOSE)}"
    return question, answer, products, (said["name"], said["price"])


def _sold_out(draw: Draw) -> _Exchange:
    words = pool("seller_limits")
    first, *others = _available(draw)
    first["stock"] = 0
    question = draw.say(words["has"], name=first["name"])
    other = draw.any_of(others)
    answer = draw.say(words["sold_out"], name=first["name"])
    answer += " " + draw.say(words["instead"], name=other["name"], price=price_of(other))
    return question, answer, draw.shuffled([first, *others]), (first["name"], price_of(other))


def _unknown(draw: Draw) -> _Exchange:
    words = pool("seller_limits")
    products = _available(draw)
    name = draw.any_of(products)["name"]
    question = draw.say(words["unknown"], name=name)
    answer = f"{draw.say(words['verify'], name=name)} {draw.say(CLOSE[2:3])}"
    return question, answer, products, (name,)


def _available(draw: Draw) -> list[dict[str, Any]]:
    products = stocked(draw, draw.any_of(DEPARTMENTS))
    return [{**product, "stock": product["stock"] or 4} for product in products]


def _limit(amount: int) -> str:
    return brazilian_price(float(amount)).removesuffix(",00")
