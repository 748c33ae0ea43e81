"""Plans and sums: task orders, causes in everyday systems, budgets, free slots, cheapest offers."""

from __future__ import annotations

from typing import Any

from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.names import made_up, people
from lab.tuning.phrases import listed
from lab.tuning.pools import pool

FAMILY = "reasoning"
AGENT = "agent-reasoning"


def planning(draw: Draw) -> Case:
    """Return a problem with one solution that follows from its facts."""
    language: Language = "pt" if draw.chance(0.45) else "en"
    kinds = (_order, _order, _cause, _cause, _cause, _budget, _slot, _cheapest, _total)
    return draw.any_of(kinds)(draw, language)


def _order(draw: Draw, language: Language) -> Case:
    """Return tasks that wait for each other, as pairs, a table, a mapping or prose."""
    chain = list(draw.one(pool("planning")["chains"][language]))
    start = draw.integer(0, len(chain) - 3)
    steps = chain[start : draw.integer(start + 3, len(chain))]
    after = {"en": '"{a}" only after "{b}"', "pt": "{a} só depois de {b}"}
    before = {"en": '"{b}" before "{a}"', "pt": "{b} antes de {a}"}
    pairs = list(zip(steps[1:], steps, strict=False))
    kind = draw.integer(0, 3)
    lines = [draw.any_of((after, before))[language].format(a=a, b=b) for a, b in pairs]
    context: dict[str, Any]
    if kind == 0:
        context = {{"en": "rules", "pt": "regras"}[language]: draw.shuffled(lines)}
    elif kind == 1:
        key = {"en": "waits_for", "pt": "espera"}[language]
        rows: list[dict[str, Any]] = [{"task": steps[0], key: None}]
        rows += [{"task": a, key: b} for a, b in pairs]
        context = {{"en": "tasks", "pt": "tarefas"}[language]: draw.shuffled(rows)}
    elif kind == 2:
        text = ". ".join(line[:1].upper() + line[1:] for line in draw.shuffled(lines))
        context = {{"en": "notes", "pt": "anotacoes"}[language]: f"{text}."}
    else:
        context = {"dependencies": dict(draw.shuffled(pairs))}
    said = ", ".join(steps)
    forms = {"en": ("The order is: {}.", "Do it in this order: {}.", "This works: {}.",
                    "First to last: {}."),
             "pt": ("A ordem é: {}.", "Faça nesta ordem: {}.", "Funciona assim: {}.",
                    "Do primeiro ao último: {}.")}  # fmt: skip
    answer = draw.one(forms[language]).format(said)
    ask = draw.one(pool("planning")["order_ask"][language])
    return _case(draw, language, ask, context, answer, (said,), "planning")


def _cause(draw: Draw, language: Language) -> Case:
    thing, signs, answer, key = draw.one(pool("causes"))[language]
    listed = draw.shuffled(signs)
    ask = draw.one(pool("planning")["cause_ask"][language]).replace("{one}", thing)
    names = {"en": ("symptoms", "observations", "findings"), "pt": ("sintomas", "observacoes",
             "achados")}[language]  # fmt: skip
    system = {"en": "system", "pt": "sistema"}[language]
    context: dict[str, Any] = {system: thing}
    if draw.chance(0.35):
        text = "; ".join(listed)
        context[draw.any_of(names)] = text[:1].upper() + text[1:] + "."
    else:
        context[draw.any_of(names)] = listed
    return _case(draw, language, ask, context, answer, (key,), "troubleshooting")


def _budget(draw: Draw, language: Language) -> Case:
    """Return wishes in order of importance, and which of them a budget pays for."""
    names = draw.some(pool("planning")["things"][language], 3, 4)
    prices = [draw.integer(2, 40) * 10 for _ in names]
    paid = draw.integer(1, len(names) - 1)
    spent = sum(prices[:paid])
    budget = spent + draw.integer(0, prices[paid] // 10 - 1) * 10
    unit = {"en": "euros", "pt": "reais"}[language]
    if language == "en":
        keys = ("budget", "wishes_by_importance")
        ask = draw.one(("What can we buy, in order of importance?", "How far does the budget go?",
                        "Which wishes are paid for if the most important come first?",
                        "Allocate the budget from the top of the list down."))  # fmt: skip
        answer = (
            f"The budget of {budget} {unit} pays for {listed(names[:paid], language)}, "
            f"{spent} {unit} in all. "
            f"After that there is no money left for {names[paid]}."
        )
    else:
        keys = ("orcamento", "desejos_por_importancia")
        ask = draw.one(("O que dá para comprar, por ordem de importância?",
                        "Até onde vai o orçamento?",
                        "Que desejos cabem se os mais importantes vierem primeiro?",
                        "Distribua o orçamento do topo da lista para baixo."))  # fmt: skip
        answer = (
            f"O orçamento de {budget} {unit} paga {listed(names[:paid], language)}, "
            f"{spent} {unit} ao todo. "
            f"Depois disso, não sobra dinheiro para {names[paid]}."
        )
    wishes = [f"{name}: {price} {unit}" for name, price in zip(names, prices, strict=True)]
    context = {keys[0]: f"{budget} {unit}", keys[1]: wishes}
    return _case(draw, language, ask, context, answer, (str(spent), names[0]), "optimization")


def _slot(draw: Draw, language: Language) -> Case:
    """Return rooms with free hours, of which one holds a meeting of a given length."""
    rooms = draw.some(pool("planning")["rooms"], 3, 4)
    right = draw.any_of(rooms)
    needed = draw.integer(2, 4)
    free = {}
    for room in rooms:
        start = draw.integer(8, 13)
        length = needed + draw.integer(0, 2) if room == right else draw.integer(1, needed - 1)
        free[room] = (start, start + length)
    shown = {room: f"{start}:00-{end}:00" for room, (start, end) in free.items()}
    start, end = free[right]
    if language == "en":
        ask = draw.one((f"Which room is free for {needed} hours?",
                        f"Find a room for a meeting of {needed} hours.",
                        f"We need {needed} hours in a row. Where?",
                        f"Where can a course of {needed} hours take place?"))  # fmt: skip
        answer = f"Only {right} is free long enough, from {start}:00 to {end}:00."
        context = {"free": shown, "needed_hours": needed}
    else:
        ask = draw.one((f"Que sala está livre por {needed} horas?",
                        f"Ache uma sala para uma reunião de {needed} horas.",
                        f"Precisamos de {needed} horas seguidas. Onde?",
                        f"Onde cabe um curso de {needed} horas?"))  # fmt: skip
        answer = f"Só a sala {right} está livre por tempo suficiente, das {start}:00 às {end}:00."
        context = {"livre": shown, "horas_necessarias": needed}
    return _case(draw, language, ask, context, answer, (right,), "planning")


def _cheapest(draw: Draw, language: Language) -> Case:
    """Return offers with a price and days of delivery, and the cheapest that is in time."""
    names = [made_up(draw, 2) for _ in range(draw.integer(3, 5))]
    prices = draw.random.sample(range(20, 300), len(names))
    days = [draw.integer(1, 14) for _ in names]
    limit = draw.any_of(days)
    allowed = [number for number, count in enumerate(days) if count <= limit]
    right = min(allowed, key=lambda number: prices[number])
    one, price = names[right], prices[right]
    unit = {"en": "day", "pt": "dia"}[language]
    wait = f"{days[right]} {unit}{'' if days[right] == 1 else 's'}"
    within = f"{limit} {unit}{'' if limit == 1 else 's'}"
    if language == "en":
        offers, supplier, cost, duration = "offers", "supplier", "price", "delivery_days"
        money = "euros"
        ask = draw.one((f"Which offer is the cheapest within {within}?",
                        f"It must be here in {within} at most. Which is cheapest?",
                        f"Cheapest supplier with delivery in {within} or less?",
                        f"Pick the lowest price that arrives within {within}."))  # fmt: skip
        answer = f"{one} is the cheapest within {within}: {price} {money}, delivery in {wait}."
    else:
        offers, supplier, cost, duration = "ofertas", "fornecedor", "preco", "prazo_dias"
        money = "reais"
        ask = draw.one((f"Qual oferta é a mais barata em até {within}?",
                        f"Precisa chegar em no máximo {within}. Qual é a mais barata?",
                        f"Fornecedor mais barato com entrega em até {within}?",
                        f"Escolha o menor preço que chega em até {within}."))  # fmt: skip
        answer = f"{one} é a mais barata em até {within}: {price} {money}, entrega em {wait}."
    rows = [
        {supplier: name, cost: f"{amount} {money}", duration: count}
        for name, amount, count in zip(names, prices, days, strict=True)
    ]
    context = {offers: rows}
    return _case(draw, language, ask, context, answer, (one, str(price)), "optimization")


def _total(draw: Draw, language: Language) -> Case:
    """Return small amounts of people in one unit, and their sum."""
    names = people(draw, draw.integer(2, 4))
    values = [draw.integer(1, 9) * draw.any_of((1, 5, 10)) for _ in names]
    unit = draw.one(pool("planning")["units"])[0 if language == "en" else 1]
    total, terms = sum(values), " + ".join(map(str, values))
    if language == "en":
        ask = draw.one((f"How many {unit} are that in all?", "What is the total?",
                        "Add it up.", f"Sum up the {unit}."))  # fmt: skip
        answer = f"{terms} = {total}, so it is {total} {unit} in all."
    else:
        ask = draw.one((f"Quanto dá ao todo em {unit}?", "Qual é o total?", "Some tudo.",
                        "Qual é a soma?"))  # fmt: skip
        answer = f"{terms} = {total}, portanto são {total} {unit} ao todo."
    context = {name: f"{value} {unit}" for name, value in zip(names, values, strict=True)}
    return _case(draw, language, ask, context, answer, (str(total),), "math")


def _case(
    draw: Draw,
    language: Language,
    ask: str,
    context: dict[str, Any],
    answer: str,
    keys: tuple[str, ...],
    kind: str,
) -> Case:
    agent = AGENT if draw.chance(0.5) else None
    name = "question" if agent and draw.chance(0.7) else "prompt"
    data: dict[str, Any] = {name: ask, "context": context}
    if agent and draw.chance(0.4):
        data |= {"max_steps": draw.integer(2, 8), "task_type": kind}
    return Case(FAMILY, language, data, answer, agent, keys=keys)
