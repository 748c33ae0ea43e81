"""Shops: questions about sizes, colours, stock, terms and prices of many catalogues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from function.schemas.catalogue import brazilian_price
from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.names import made_up
from lab.tuning.pools import pool

ENGLISH = 0.25
TOPICS = (
    "price", "size", "color", "stock", "policy", "policy", "cheaper", "compare", "budget", "absent",
)  # fmt: skip


@dataclass(frozen=True)
class Product:
    """A product, with its price as the answer writes it."""

    name: str
    price: float
    said: str
    stock: int
    colors: list[str]
    sizes: list[str]


def shop(draw: Draw) -> Case:
    """Return a customer's question and the shop's answer."""
    language: Language = "en" if draw.chance(ENGLISH) else "pt"
    return _Shop(draw, language).case()


class _Shop:
    """A shop with its catalogue, its terms, and the words of its language."""

    def __init__(self, draw: Draw, language: Language) -> None:
        self.draw, self.language = draw, language
        self.words = pool("shops")
        agent, self.name, self.trade, goods = draw.any_of(self.words["agents"])
        self.agent: str | None = None
        if language == "pt" and draw.chance(0.75):
            self.agent = agent
        elif draw.chance(0.4):
            goods = "other"
        self.currency = "R$" if language == "pt" else draw.any_of(("$", "€", "£"))
        self.sizes: list[list[str]] = self.words["sizes"][goods][language]
        self.goods: list[str] = self.words["goods"][goods][language].split("|")
        self.keys: list[str] = draw.any_of(self.words["keys"])
        self.with_details = draw.chance(0.35)
        self.products = self._products()
        self.policies: dict[str, str] = {}

    def case(self) -> Case:
        draw = self.draw
        topic = draw.any_of(TOPICS)
        if topic in ("size", "color"):
            self.with_details = True
        if topic == "policy" or draw.chance(0.15):
            self._add_policies()
        question, parts, keys = getattr(self, f"_{topic}")()
        if draw.chance(0.6) and (keys or topic == "absent"):
            parts = [*parts, draw.one(self.words["close"][self.language])]
        family = "seller" if self.agent else "shop"
        answer = " ".join(parts)
        return Case(family, self.language, self._request(question), answer, self.agent, keys)

    # Questions and answers

    def _price(self) -> tuple[str, list[str], tuple[str, ...]]:
        product = self.draw.any_of(self.products)
        return self._ask("price", good=_good(product)), [self._offer("price", product)], (
            product.name, product.said)  # fmt: skip

    def _size(self) -> tuple[str, list[str], tuple[str, ...]]:
        product = self.draw.any_of(self._available() or self.products)
        every = [size for sizes in self.sizes if product.sizes[0] in sizes for size in sizes]
        return self._option("size", product, product.sizes, every)

    def _color(self) -> tuple[str, list[str], tuple[str, ...]]:
        product = self.draw.any_of(self._available() or self.products)
        return self._option("color", product, product.colors, self._colors())

    def _option(
        self, topic: str, product: Product, options: list[str], every: list[str]
    ) -> tuple[str, list[str], tuple[str, ...]]:
        draw = self.draw
        others = [option for option in every if option not in options]
        wanted = draw.any_of(others) if others and draw.chance(0.45) else draw.any_of(options)
        asked = self._ask(topic, good=_good(product), **{topic: wanted})
        if wanted in options:
            return asked, [self._offer("has", product, what=wanted)], (product.name, wanted)
        word = "and" if self.language == "en" else "e"
        *first, last = options
        shown = f"{', '.join(first)} {word} {last}" if first else last
        said = draw.say(self._told("has_not"), name=product.name, what=wanted, options=shown)
        return asked, [said], (product.name, last)

    def _stock(self) -> tuple[str, list[str], tuple[str, ...]]:
        product = self.draw.any_of(self.products)
        asked = self._ask("stock", good=_good(product))
        topic = "stock" if product.stock else "sold_out"
        said = self.draw.say(self._told(topic), name=product.name, stock=product.stock)
        return asked, [said], (product.name,)

    def _policy(self) -> tuple[str, list[str], tuple[str, ...]]:
        draw = self.draw
        topic = draw.any_of(tuple(self.words["policies"]))
        words = self.words["policies"][topic][self.language]
        asked = draw.one(words["ask"])
        if topic not in self.policies:
            return asked, [draw.one(self.words["unknown_policy"][self.language])], ()
        value = self.policies[topic]
        return asked, [draw.say(words["tell"], value=value)], (value,)

    def _cheaper(self) -> tuple[str, list[str], tuple[str, ...]]:
        product = self.draw.any_of(self.products)
        asked = self._ask("cheaper", good=_good(product))
        cheapest = min(self._available() or self.products, key=lambda one: one.price)
        topic = "cheaper" if cheapest.price < product.price else "is_cheapest"
        found = cheapest if topic == "cheaper" else product
        return asked, [self._offer(topic, found)], (found.name, found.said)

    def _compare(self) -> tuple[str, list[str], tuple[str, ...]]:
        one, two = self.draw.random.sample(self.products, 2)
        asked = self._ask("compare", good=_good(one), other=_good(two))
        less, more = sorted((one, two), key=lambda product: product.price)
        said = self._offer("compare", less, other=more.name, more=more.said)
        return asked, [said], (less.name, less.said)

    def _budget(self) -> tuple[str, list[str], tuple[str, ...]]:
        here = sorted(self._available() or self.products, key=lambda product: product.price)
        place = self.draw.integer(0, len(here) - 1)
        room = here[place + 1].price - here[place].price if place + 1 < len(here) else 40
        limit = int(here[place].price) + 1 + self.draw.integer(0, max(0, min(30, int(room) - 2)))
        shown = f"R$ {limit}" if self.language == "pt" else f"{self.currency}{limit}"
        asked = self._ask("budget", limit=shown)
        best = max((one for one in here if one.price <= limit), key=lambda one: one.price)
        return asked, [self._offer("budget", best)], (best.name, best.said)

    def _absent(self) -> tuple[str, list[str], tuple[str, ...]]:
        draw = self.draw
        names = " ".join(product.name for product in self.products)
        good = draw.any_of([good for good in self.goods if good not in names]).lower()
        said = [draw.say(self._told("absent"), good=good)]
        if self._available() and draw.chance(0.6):
            said.append(self._offer("instead", draw.any_of(self._available())))
        return self._ask("absent", good=good), said, ()

    # Words

    def _ask(self, topic: str, **values: str) -> str:
        question = self.draw.say(self.words["ask"][topic][self.language], **values)
        return question.lower() if self.draw.chance(0.08) else question

    def _told(self, topic: str) -> list[str]:
        found: list[str] = self.words["tell"][topic][self.language]
        return found

    def _offer(self, topic: str, product: Product, **values: str) -> str:
        return self.draw.say(self._told(topic), name=product.name, price=product.said, **values)

    # The catalogue

    def _colors(self) -> list[str]:
        found: list[str] = self.words["colors"][self.language].split("|")
        return found

    def _available(self) -> list[Product]:
        return [product for product in self.products if product.stock]

    def _products(self) -> list[Product]:
        draw = self.draw
        found = []
        for good in draw.some(self.goods, 2, 4):
            price = draw.integer(9, 399) + draw.any_of((0.9, 0.9, 0.0, 0.5, 0.99))
            sizes = draw.any_of(self.sizes)
            chosen = draw.random.sample(sizes, draw.integer(1, max(1, len(sizes) - 1)))
            said = f"{self.currency}{price:,.2f}"
            if self.language == "pt":
                said = brazilian_price(price)
            name = f"{good} {made_up(draw)}" if draw.chance(0.6) else good
            colors = draw.some(self._colors(), 1, 2)
            stock = 0 if draw.chance(0.15) else draw.integer(1, 60)
            found.append(Product(name, price, said, stock, colors, sorted(chosen, key=sizes.index)))
        return found

    def _add_policies(self) -> None:
        draw = self.draw
        for topic in draw.random.sample(list(self.words["policies"]), draw.integer(1, 3)):
            values = self.words["policies"][topic][self.language]["values"]
            self.policies[topic] = draw.one(values)

    def _rows(self) -> list[dict[str, Any]]:
        name, price, stock, colors, sizes = self.keys
        draw = self.draw
        numeric = self.language == "pt" and draw.chance(0.6)
        joined = draw.chance(0.3)
        rows = []
        for product in self.products:
            row: dict[str, Any] = {name: product.name}
            row[price] = product.price if numeric else product.said
            row[stock] = product.stock
            if self.with_details:
                row[colors] = ", ".join(product.colors) if joined else product.colors
                row[sizes] = ", ".join(product.sizes) if joined else product.sizes
            rows.append(row)
        return rows

    def _context(self) -> dict[str, Any]:
        draw = self.draw
        key = "products"
        if draw.chance(0.3):
            key = draw.one(("products", "catalog", "items", "inventory")
                           if self.language == "en" else
                           ("produtos", "catalogo", "itens", "vitrine"))  # fmt: skip
        facts: dict[str, Any] = {key: self._rows()}
        if self.policies:
            place = 1 if self.language == "pt" and draw.chance(0.6) else 0
            terms = {
                self.words["policies"][topic]["keys"][place]: value
                for topic, value in self.policies.items()
            }
            if draw.chance(0.5):
                facts[draw.one(("store", "loja", "terms", "info"))] = terms
            else:
                facts |= terms
        return facts

    def _request(self, question: str) -> dict[str, Any]:
        draw, facts = self.draw, self._context()
        system = draw.one(self.words["systems"][self.language]).format(
            shop=made_up(draw, 3), name=self.name, trade=self.trade
        )
        past = []
        if draw.chance(0.3):
            past = [
                ("user", draw.one(self.words["hello"][self.language])),
                ("assistant", draw.one(self.words["welcome"][self.language])),
            ]
        if self.agent and draw.chance(0.35):
            return {"message": question, "context": facts}
        if draw.chance(0.35):
            you = "Você" if self.language == "pt" else "Assistant"
            customer = draw.any_of(self.words["customers"][self.language])
            lines = [f"{'Sistema' if self.language == 'pt' else 'System'}: {system}"]
            lines += [f"{customer if role == 'user' else you}: {words}" for role, words in past]
            lines += [f"{customer}: {question}", f"{you}:"]
            return {"prompt": "\n\n".join(lines), "context": facts}
        data: dict[str, Any] = {"prompt": question, "context": facts}
        if past:
            data["messages"] = [{"role": role, "content": words} for role, words in past]
        if not self.agent or draw.chance(0.2):
            data["system"] = system
        return data


def _good(product: Product) -> str:
    """Return what a customer calls a product."""
    return product.name.lower()
