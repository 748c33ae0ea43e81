"""Offers of an answer to a request that holds nothing to offer."""

from __future__ import annotations

import re

from function.contract import InferenceRequest
from function.json_tree import leaves, name_of, texts
from function.reflection.answer import Answer
from function.reflection.checks.names import ungrounded_names
from function.reflection.text.words import fold

_PRICE = re.compile(r"(?:r\$|us\$|[$€£])\s?\d|\d\s?(?:€|eur\b|reais\b)")
_GOODS = re.compile(
    r"price|preco|stock|estoque|product|produto|item|menu|dish|prato|order|pedido|total|valor"
)
_PROMISE = re.compile(
    r"\b(?:temos|dispomos|vendemos|oferecemos|recomendo|sugiro|indico|disponive(?:l|is)|em estoque"
    r"|we (?:have|sell|offer|carry|stock)|i (?:recommend|suggest)|in stock|(?:is|are) available)\b"
)
SHORTEST = 3
"""Letters of a name; "M" is a size."""


def knows_offers(request: InferenceRequest) -> bool:
    """Return whether a request tells of goods anywhere: by a price, or by the name of a field."""
    told = [request.system or "", *(turn.content for turn in request.history)]
    if any(_PRICE.search(fold(text)) for text in told):
        return True
    return any(_GOODS.search(fold(name_of(path))) for path, _ in leaves(request.context))


def promises(answer: Answer, words: set[str]) -> str:
    """Return which goods an answer promises by a name that the request does not tell.

    :param words: of the names in the request.
    """
    said = [answer.text] if answer.tree is None else list(texts(answer.tree))
    for text in said:
        if _PROMISE.search(fold(text)) is None:
            continue
        named = [name for name in ungrounded_names(text, words) if len(name) >= SHORTEST]
        if named:
            return f"{named[0]} is not one of the items: the facts hold none"
    return ""
