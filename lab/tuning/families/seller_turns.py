"""Sellers in a conversation: questions that only the messages before them make plain."""

from __future__ import annotations

from typing import Any

from lab.tuning.case import Case
from lab.tuning.draw import Draw
from lab.tuning.families.sellers import (
    ASK_FOR,
    CLOSE,
    DEPARTMENTS,
    good_of,
    offer,
    price_of,
    stocked,
)

OTHER = (
    "E {good}, quanto sai?", "Certo. E {good}?", "Também queria {good}, qual o valor?",
    "E se eu levar {good}?", "Legal! E o preço de {good}?", "Hmm, e {good} custa quanto?",
    "Anotado. Agora me fala de {good}.", "Boa. Tem {good} também?",
)  # fmt: skip
CHEAPER = (
    "Qual dos dois é mais barato?", "Entre esses, qual custa menos?", "E qual sai mais em conta?",
    "Dos que você falou, qual é o menor preço?", "Qual deles pesa menos no bolso?",
    "Qual você indica para economizar?", "E o mais barato deles?", "Qual tem o preço mais baixo?",
)  # fmt: skip
AGAIN = (
    "Desculpa, quanto era mesmo?", "Pode repetir o preço?", "Qual era o valor?",
    "Quanto você disse?",
    "Não vi o preço, qual é?", "Me lembra o valor?", "Quanto custa mesmo?", "O preço, por favor?",
)  # fmt: skip
IS_CHEAPER = (
    "O mais barato é {name}, por {price}.", "{name} custa menos: {price}.",
    "Para economizar, indico {name} por {price}.", "Dos dois, {name} sai mais em conta, {price}.",
)  # fmt: skip
BUY = (
    "Vou levar!", "Fechado, quero esse.", "Pode reservar para mim.", "Quero comprar agora.",
    "Ótimo, fico com ele.", "Manda ver, pode separar.", "Aceito!", "Gostei, é meu.",
)  # fmt: skip
SOLD = (
    "Que ótimo! Reservei {name} por {price}. Você prefere retirar na loja ou receber em casa?",
    "Perfeito, {name} está separado para você por {price}. Como prefere pagar?",
    "Combinado: {name}, {price}. Me passa o endereço para a entrega?",
    "Maravilha! {name} fica em {price}. Posso confirmar o pedido?",
    "Excelente escolha! Separei {name}, no valor de {price}. Vai ser pix ou cartão?",
    "Feito! {name} por {price} está guardado. Quer mais alguma coisa?",
    "Anotei {name} por {price}. Quando você quer receber?",
    "Beleza, {name} é seu por {price}. Posso finalizar?",
)  # fmt: skip


def seller_turns(draw: Draw) -> Case:
    """Return a later message of a customer, and the seller's answer."""
    department = draw.any_of(DEPARTMENTS)
    products = [{**item, "stock": item["stock"] or 5} for item in stocked(draw, department)]
    first, second = draw.random.sample(products, 2)
    asked = draw.say(ASK_FOR, good=good_of(first["name"]), use=draw.one(department.uses))
    past = [("user", asked), ("assistant", f"{offer(draw, first)} {draw.say(CLOSE)}")]
    wanted = first
    match draw.integer(0, 3):
        case 0:
            question, wanted = draw.say(OTHER, good=good_of(second["name"])), second
            answer = f"{offer(draw, second)} {draw.say(CLOSE)}"
        case 1:
            past += [
                ("user", draw.say(OTHER, good=good_of(second["name"]))),
                ("assistant", offer(draw, second)),
            ]
            wanted = min((first, second), key=lambda item: float(item["price"]))
            question = draw.say(CHEAPER)
            said = draw.say(IS_CHEAPER, name=wanted["name"], price=price_of(wanted))
            answer = f"{said} {draw.say(CLOSE)}"
        case 2:
            question = draw.say(AGAIN)
            answer = f"{offer(draw, first)} {draw.say(CLOSE)}"
        case _:
            question = draw.say(BUY)
            answer = draw.say(SOLD, name=first["name"], price=price_of(first))
    data = _request(draw, products, past, question)
    keys = (wanted["name"], price_of(wanted))
    return Case("seller", "pt", data, answer, department.agent, keys=keys)


def _request(
    draw: Draw, products: list[dict[str, Any]], past: list[tuple[str, str]], question: str
) -> dict[str, Any]:
    context = {"products": products}
    if draw.chance(0.5):
        messages = [{"role": role, "content": words} for role, words in past]
        return {"prompt": question, "messages": messages, "context": context}
    customer = draw.any_of(("Cliente", "Usuário"))
    lines = [f"{customer if role == 'user' else 'Você'}: {words}" for role, words in past]
    system = draw.one(
        (
            "Você atende clientes pelo celular.",
            "Responda curto e em português.",
            "Você é da equipe de vendas. Seja simpático.",
            "Atenda com clareza e poucas frases.",
        )
    )
    parts = [f"Sistema: {system}", *lines, f"{customer}: {question}", "Você:"]
    return {"prompt": "\n\n".join(parts), "context": context}
