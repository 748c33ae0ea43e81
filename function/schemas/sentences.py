"""What the sentence of a guest or a customer says: a limit, a name, the items of a list."""

from __future__ import annotations

import re
from typing import Any

from function.json_tree import texts
from function.schemas.catalogue import keys_of, named_items
from function.schemas.days_and_months import MONTHS, WEEKDAYS
from function.schemas.folding import without_accents

MOST_TEXT = 10_000
"""Characters of a text that are read."""

_AMOUNT = r"(\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)(?![\d.,]*\d)"
_CURRENCY = r"(?:r\$|us\$|[$€£])?\s*"
_LIMIT = re.compile(
    r"\b(?:under|below|less than|(?:no|not) more than|not over|up to|at most|within|cheaper than"
    r"|(?:a )?(?:max(?:imum)?|budget|limit)(?: (?:of|is))?|(?:gastar )?ate|abaixo de"
    r"|menos (?:de|que)"
    r"|(?:no )?maximo(?: de)?|nao mais (?:de|que)|sem passar de"
    r"|(?:orcamento|limite)(?: (?:e|de|seja))*)[:\s]+(?:uns |the |about )?"
    rf"{_CURRENCY}{_AMOUNT}"
    r"(?!\s*(?:%|x\b|h\b|(?:pessoas|people|guests|of us|min\w*|hours?|horas?|vezes|parcelas"
    r"|days?|dias|years?|anos?|months?|mes(?:es)?|cm|mm|m|km|kg|g|ml|l|litros?|gb|tb|w|polegadas)\b))"
)
_BETWEEN = re.compile(
    rf"\b(?:between|entre|from|de) {_CURRENCY}{_AMOUNT} (?:and|e|to|a|ate) {_CURRENCY}{_AMOUNT}"
)
_NAME = r"[A-ZÀ-Ý][\w'’-]+"
_NAMES = rf"{_NAME}(?: (?:(?:da|de|do|dos|das|van|von|del?) )?{_NAME}){{0,2}}"
_TITLE = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Sra?|Srta|Dra|Dona|Senhora?|Lady|Sir|Madame|Monsieur|Signora?)\b\.?"
)
_PERSON = re.compile(
    rf"\b((?:{_TITLE} (?:and|e|&) )?{_TITLE} {_NAMES})"
    rf"|\b[Tt]he ({_NAMES} (?:party|family))\b"
    rf"|\b[Aa] (família {_NAMES})"
    r"|(?:\b[Mm]y name is|\b[Mm]y name['’]s|\bname of|\bunder(?: the name)?|\b[Rr]eservation for"
    r"|\b[Mm]eu nome é|\b[Mm]e chamo|\b[Ee]m nome d[eao]|\b[Rr]eserva (?:de|da|do|para)"
    rf"|\bsou [oa]) ({_NAMES})"
)
_FOOD = r"[^\W\d_][^\W\d_'’-]+"
_NO_WORD = (
    r"(?!(?:and|or|but|what|which|would|please|that|under|below|at|on|for|to|is|are|we|i|you|it|e|ou"
    r"|mas|qual|que|ate|até|por|favor|tonight|today|hoje|as|no|na)\b)"
)
_ARTICLE = r"(?:the|my|our|a|an|some|his|her|o|a|os|as|meu|minha|nosso|nossa|um|uma|uns|umas)\s+"
_EATEN = re.compile(
    r"\b(?:(?:ordered|order|chose|pairs?|alongside|for|para|comer|pedi|pedimos|acompanh\w*"
    rf"|harmoniz\w*(?: com)?)\s+{_ARTICLE}|(?:having|eating|with|com|comendo)\s+(?:{_ARTICLE})?)"
    rf"({_NO_WORD}{_FOOD}(?: (?:(?:of|de|do|da|com|ao|à|with|in|em) )?{_NO_WORD}{_FOOD}){{0,3}})",
    re.I,
)
_NO_FOOD_WORDS = """
evening night table birthday celebration anniversary gentleman lady ladies wine wines bottle
bottles glass glasses toast budget price start meal main first second course wife husband friend
friends guest guests moment couple special good nice noite mesa aniversario vinho vinhos garrafa
garrafas taca tacas brinde jantar almoco esposa marido amigo amigos cliente casal comeco ocasiao
gente pessoa white red rose sparkling tinto branco espumante dry light full lot list carta party
two dois duas ice gelo gas pleasure prazer you us me him her them voce voces ela ele eles elas
friends everything tudo fome mim"""
_NO_FOOD = frozenset(_NO_FOOD_WORDS.split())
_NO_NAMES_WORDS = """
tonight today tomorrow two three four five six seven eight dois duas tres quatro cinco seis"""
_NO_NAMES = frozenset((*_NO_NAMES_WORDS.split(), *WEEKDAYS[0], *MONTHS[0]))
_PORTUGUESE = re.compile(
    r"\b(?:o(?!['’])|os|um|uma|uns|umas|da|dos|das|com|para|por|que|qual|quais|quanto|tem|temos|nao|"
    r"voces?|quero|queremos|queria|gostaria|fale|ola|boa noite)\b"
)
"""Common words, folded, that English has not."""


def limit(text: Any) -> float | None:
    """Return the price that a text sets as the highest ("under 50", "até R$ 1.200"), or null."""
    said = without_accents(text[:MOST_TEXT]) if isinstance(text, str) else ""
    found = _LIMIT.search(said) or _BETWEEN.search(said)
    return written_amount(found[found.lastindex or 1]) if found else None


def person(text: Any) -> str:
    """Return the name by which a text calls a guest, with the title, or an empty text."""
    for match in _PERSON.finditer(text[:MOST_TEXT] if isinstance(text, str) else ""):
        name = str(match[match.lastindex or 1])
        if without_accents(name.split()[0]) not in _NO_NAMES:
            return name
    return ""


def eaten(value: Any) -> str:
    """Return what the texts of a value say a guest eats, as they say it, or an empty text."""
    for text in texts(value):
        for match in _EATEN.finditer(text[:MOST_TEXT]):
            words = match[1].split()
            if without_accents(words[0]) not in _NO_FOOD and len(match[1]) > 2:
                return match[1]
    return ""


def picked(items: Any, value: Any) -> list[Any]:
    """Return the items of a list that the texts of a value pick out, each by words of its name.

    A word picks the one item that has it in its name; of several items that have it the one whose
    whole name is said, or that another word picks. Nothing is picked where a word leaves it open.
    """
    known = named_items(items)
    names = [keys_of(name) for name, _ in known]
    words = keys_of(" ".join(texts(value)))
    said = [words & name for name in names]
    own = [{word for word in each if sum(word in name for name in names) == 1} for each in said]
    chosen = {place for place, each in enumerate(own) if each}
    for place, each in enumerate(said):
        is_part = any(each < said[other] for other in range(len(said)))
        if each and each == names[place] and not is_part:
            chosen.add(place)
    settled = set[str]().union(*(said[place] for place in chosen))
    if set[str]().union(*said) - settled:
        return []
    return [known[place][1] for place in sorted(chosen)]


def portuguese(text: Any) -> bool:
    """Return whether a text has a common word of Portuguese that English has not."""
    said = without_accents(text[:MOST_TEXT]) if isinstance(text, str) else ""
    return _PORTUGUESE.search(said) is not None


def written_amount(text: str) -> float:
    """Return the number that 1.299,90, 1,299.90 or -60 stands for."""
    decimals = re.search(r"[.,](\d{1,2})$", text)
    whole = re.sub(r"[.,]", "", text[: decimals.start()] if decimals else text)
    return float(f"{whole}.{decimals[1]}" if decimals else whole)
