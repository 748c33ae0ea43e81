"""Items of a list that a text is about, and prices as a shop in Brazil writes them."""

from __future__ import annotations

import re
from typing import Any

from function.json_tree import texts, walk
from function.schemas.folding import without_accents

MOST_ITEMS = 500
MOST_TEXT = 10_000
"""Items, and characters of a text, that are compared."""
IN_NAME, BESIDE = 2, 1
"""What a word of a text counts that an item has in its name, or in another field."""

_WORD = re.compile(r"[^\W_]+")
_UNNAMED = frozenset(("id", "sku", "currency", "url", "image", "brand", "stock"))
"""Fields that describe no item."""
_NAMES = ("name", "nome", "title", "message", "summary")
_COMMON_WORDS = """
a o as os um uma uns umas de do da dos das em no na nos nas por para pra pro com sem e ou que
eu me te se meu minha seu sua voce voces ele ela eles elas isso esse essa este esta aquele
tem temos ter tenho quero queria preciso procuro busco vende vendem algum alguma algo mais muito
boa bom dia tarde noite oi ola qual quais quanto custa preco valor reais ate so ja la ai aqui
como serve qualquer produto produtos item itens loja peca pecas combina nao sim
the an of in on for with and or my your you we i is are do does have has any some what which how
much please"""
_COMMON = frozenset(_COMMON_WORDS.split())
_ALIKE = (
    "luz lampada luminaria abajur iluminacao lustre",
    "fone headset headphone earphone",
    "celular smartphone telefone",
    "notebook laptop",
    "relogio smartwatch",
    "controle joystick gamepad",
    "sapato calcado",
    "sabonete limpeza",
    "creme hidratante locao",
    "perfume fragrancia colonia",
    "jaqueta casaco",
    "videogame console",
    "jogo game",
    "televisao televisor tv",
    "sofa estofado",
    "computador pc desktop",
)
"""Everyday names of one kind of goods."""


MOST_ALIKE = 4
"""Items of one kind that are all offered where their kind is asked for."""
_NUMBER = re.compile(r"(?<![\w$.,])(?<!r\$ )\d+(?![\d.,]*\d)(?! ?(?:reais|real|vezes|unidades)\b)")


def mentioned(items: Any, value: Any) -> list[Any]:
    """Return the items of a list that share most words with the texts of a value.

    Items are texts, or objects with a name or a message. Of a list of messages the last one that
    mentions an item counts. Words that all items have tell none of them apart: of a few items
    whose names have one in common all are meant, or those that a number tells apart.
    """
    if isinstance(value, list):
        found = (mentioned(items, each) for each in reversed(value))
        return next(filter(None, found), [])
    known = named_items(items)
    said = keys_of(" ".join(texts(value)))
    names = [keys_of(name) for name, _ in known]
    fields = [keys_of(" ".join(_description(item))) for _, item in known]
    shared = set.intersection(*map(set.union, names, fields)) if len(known) > 1 else set()
    scores = [
        IN_NAME * len((said & name) - shared) + BESIDE * len((said & field) - name - shared)
        for name, field in zip(names, fields, strict=True)
    ]
    most = max(scores, default=0)
    if most == 0 and not (1 < len(known) <= MOST_ALIKE and said.intersection(*names)):
        return []
    best = [one for one, score in zip(known, scores, strict=True) if score == most]
    numbers = set(_NUMBER.findall(without_accents(" ".join(texts(value))[:MOST_TEXT])))
    sized = [item for name, item in best if numbers & set(_NUMBER.findall(name))]
    return sized or [item for _, item in best]


def named(items: Any, value: Any) -> list[Any]:
    """Return the items of a list whose whole name the texts of a value have."""
    said = without_accents(" ".join(texts(value)))[:MOST_TEXT]
    return [item for name, item in named_items(items) if without_accents(name) in said]


def covered(value: Any, by: Any) -> bool:
    """Return whether the texts of a value ``by`` have every telling word of another's texts."""
    return keys_of(" ".join(texts(value))) <= keys_of(" ".join(texts(by)))


def brazilian_price(amount: float) -> str:
    """Return an amount in reais: 1299.9 is ``R$ 1.299,90``."""
    return f"R$ {amount:,.2f}".translate(str.maketrans(",.", ".,"))


def named_items(items: Any) -> list[tuple[str, Any]]:
    """Return the texts of a list and its objects, each with its name."""
    listed = items[:MOST_ITEMS] if isinstance(items, list) else []
    named_ones = ((_name(item), item) for item in listed)
    return [(name, item) for name, item in named_ones if name.strip()]


def _name(item: Any) -> str:
    if isinstance(item, str):
        return item
    found = (item.get(key) for key in _NAMES) if isinstance(item, dict) else ()
    return next((each for each in found if isinstance(each, str)), "")


def _description(item: Any) -> list[str]:
    return [
        each
        for path, each in walk(item)
        if path and isinstance(each, str) and path[0] not in (*_UNNAMED, *_NAMES)
    ]


def keys_of(text: str) -> set[str]:
    """Return the words of a text that name something, in one form for all their endings."""
    words = _WORD.findall(without_accents(text[:MOST_TEXT]))
    keys = {_key(word) for word in words if word not in _COMMON and len(word) > 1}
    return {_KIND_OF.get(key, key) for key in keys if not key.isdigit()}


def _key(word: str) -> str:
    for plural, singular in (("oes", "ao"), ("aes", "ao"), ("ns", "m"), ("s", "")):
        if word.endswith(plural) and len(word) > len(plural) + 2:
            word = word.removesuffix(plural) + singular
            break
    return word[:-1] if len(word) > 4 and word[-1] in "aoe" else word


_KIND_OF = {_key(word): f"kind {group.split()[0]}" for group in _ALIKE for word in group.split()}
