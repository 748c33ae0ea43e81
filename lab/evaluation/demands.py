"""What agents do with an answer: how they parse it, and what they need in it.

Each line of a file of real requests names its demands (``must``); the parsing is that of the
agents' own code, no more and no less.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lab.evaluation.expectation import is_loop, language_of

_FENCED = re.compile(r"```(?:json)?\s*(\{.*?\})\s*```", re.DOTALL)
_OUTERMOST = re.compile(r"\{.*\}", re.DOTALL)
_FLAT = re.compile(r"\{[^{}]*\}", re.DOTALL)
_MISSING = re.compile(r"missing|no data|null|not available|unknown", re.I)
_PRICE = re.compile(r"R\$\s?([\d.]+,\d\d)")
_PLAIN_PRICE = re.compile(r"R\$\s?(\d+)(?![\d,.])")


class Answer(NamedTuple):
    """An answer as an agent has it: the text, what it parses out of it, and the whole reply."""

    text: str
    data: Any
    reply: Mapping[str, Any]
    asked: str

    @property
    def fields(self) -> Mapping[str, Any]:
        """The parsed object, empty where there is none."""
        return self.data if isinstance(self.data, dict) else {}


def parse(agent: str, text: str) -> Any:
    """Return what an agent's code reads out of an answer, None where it fails."""
    if agent in ("agent-sre", "vuln-scanner"):
        fenced = _FENCED.search(text)
        found = _OUTERMOST.search(fenced[1] if fenced else text)
        text = found[0] if found else text
    elif agent == "sales-assistant" and (flat := _FLAT.search(text)):
        text = flat[0]
    elif agent == "agent-screenshot" and "```" in text:
        text = text.split("```json" if "```json" in text else "```")[1].split("```")[0]
    try:
        return json.loads(text.strip())
    except ValueError:
        return None


def failed(demands: list[dict[str, Any]], answer: Answer) -> list[str]:
    """Return the demands that an answer does not meet, each with what was found."""
    found = []
    for demand in demands:
        ((name, wanted),) = demand.items()
        if problem := _DEMANDS[name](wanted, answer):
            found.append(f"{name}: {problem}")
    return found


def unknown(demands: list[dict[str, Any]]) -> list[str]:
    """Return the names of demands that cannot be judged."""
    return [name for demand in demands for name in demand if name not in _DEMANDS]


def _json(wanted: Any, answer: Answer) -> str:
    return "" if isinstance(answer.data, dict) else "no JSON object"


def _keys(wanted: list[str], answer: Answer) -> str:
    return ", ".join(key for key in wanted if key not in answer.fields)


def _enum(wanted: dict[str, list[Any]], answer: Answer) -> str:
    return _shown(answer, [key for key in wanted if answer.fields.get(key) not in wanted[key]])


def _equals(wanted: dict[str, Any], answer: Answer) -> str:
    return _shown(answer, [key for key in wanted if answer.fields.get(key) != wanted[key]])


def _range(wanted: dict[str, list[float]], answer: Answer) -> str:
    ((key, (low, high)),) = wanted.items()
    value = answer.fields.get(key)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return f"{key} {value}"
    return "" if low <= value <= high else f"{key} {value}"


def _language(wanted: str, answer: Answer) -> str:
    # Of two languages only the other one is wrong: three words may be in neither.
    return "" if language_of(answer.text) in (wanted, None) else f"not {wanted}"


def _max_sentences(wanted: int, answer: Answer) -> str:
    parts = [part for part in re.split(r"[.!?]+\s|\n", answer.text) if part.strip()]
    return "" if len(parts) <= wanted else f"{len(parts)} sentences"


def _min_words(wanted: dict[str, int], answer: Answer) -> str:
    ((key, least),) = wanted.items()
    return "" if len(str(answer.fields.get(key, "")).split()) >= least else f"{key} is short"


def _grounded(wanted: Any, answer: Answer) -> str:
    said = json.dumps({key: item for key, item in answer.fields.items() if key != "score"})
    return ", ".join(n for n in re.findall(r"\d+(?:\.\d+)?", said) if n not in answer.asked)


def _lambda(wanted: str | None, answer: Answer) -> str:
    # Their code triggers the function of any text: nothing to do is null, never a text.
    found = answer.fields.get("lambda_function", "absent")
    return "" if found == (None if wanted == "none" else wanted) else f"got {found}"


def _params(wanted: dict[str, Any], answer: Answer) -> str:
    found = answer.fields.get("parameters")
    given = found if isinstance(found, dict) else {}
    wrong = {key: given.get(key) for key in wanted if str(given.get(key)) != str(wanted[key])}
    return str(wrong) if wrong else ("" if wanted or not given else str(given))


def _prices_known(wanted: list[str], answer: Answer) -> str:
    strange = [price for price in _PRICE.findall(answer.text) if price not in wanted]
    return ", ".join([*strange, *_PLAIN_PRICE.findall(answer.text)])


def _wine(wanted: Any, answer: Answer) -> str:
    wine = answer.fields.get("wine")
    listed = WINES.get(wine.get("name", "")) if isinstance(wine, dict) else None
    if not isinstance(wine, dict) or listed is None:
        return f"{wine}"
    year, *prices = listed
    fits = str(wine.get("vintage")) == str(year) and wine.get("price") in prices
    return "" if fits else f"{wine}"


def _action(wanted: str | None, answer: Answer) -> str:
    actions = answer.fields.get("actions")
    if wanted is None:
        return "" if actions == [] else f"{actions}"
    return "" if isinstance(actions, list) and wanted in actions else f"{actions}"


def _order(wanted: list[str], answer: Answer) -> str:
    places = [re.search(rf"\b{re.escape(word)}\b", answer.text) for word in wanted]
    starts = [place.start() for place in places if place is not None]
    return "" if len(starts) == len(wanted) and starts == sorted(starts) else "not in order"


def _reasoning(wanted: Any, answer: Answer) -> str:
    missing = [name for name in ("steps", "task_type") if name not in answer.reply]
    if answer.reply.get("confidence") is None:
        missing.append("confidence")
    return ", ".join(missing)


def _vuln(wanted: list[str], answer: Answer) -> str:
    found = answer.fields.get("vulnerabilities")
    listed = found if isinstance(found, list) else []
    types = [item.get("type") for item in listed if isinstance(item, dict)]
    return "" if any(kind in wanted for kind in types) else f"{types}"


def _shown(answer: Answer, keys: list[str]) -> str:
    return str({key: answer.fields.get(key) for key in keys}) if keys else ""


WINES = {
    "Gavi di Gavi": (2020, 65, 16),
    "Vermentino di Sardegna": (2021, 55, 14),
    "Chianti Classico Riserva": (2018, 75, 18),
    "Barbaresco": (2017, 120, 28),
    "Barolo": (2016, 180),
}
"""Year, price of the bottle, price of the glass where there is one."""

_DEMANDS: dict[str, Callable[[Any, Answer], str]] = {
    "json": _json,
    "keys": _keys,
    "enum": _enum,
    "equals": _equals,
    "range": _range,
    "nonempty": lambda wanted, answer: "" if answer.text.strip() else "empty",
    "max_words": lambda wanted, answer: (
        "" if len(answer.text.split()) <= wanted else f"{len(answer.text.split())} words"
    ),
    "no_loop": lambda wanted, answer: "repeats itself" if is_loop(answer.text) else "",
    "language": _language,
    "max_sentences": _max_sentences,
    "contains_any": lambda wanted, answer: (
        "" if any(word in answer.text for word in wanted) else f"none of {wanted}"
    ),
    "not_contains": lambda wanted, answer: ", ".join(
        word for word in wanted if word in answer.text
    ),
    "no_digits": lambda wanted, answer: "digits" if re.search(r"\d", answer.text) else "",
    "no_prefix": lambda wanted, answer: (
        "a speaker's prefix" if re.match(r"\w+:", answer.text.strip()) else ""
    ),
    "min_words": _min_words,
    "grounded": _grounded,
    "mentions_missing": lambda wanted, answer: (
        "" if _MISSING.search(answer.text) else "says nothing of what is missing"
    ),
    "lambda": _lambda,
    "params": _params,
    "prices_known": _prices_known,
    "not_offers": lambda wanted, answer: "offers a price" if "R$" in answer.text else "",
    "wine": _wine,
    "action": _action,
    "order": _order,
    "reasoning_response": _reasoning,
    "vuln": _vuln,
    "choice": lambda wanted, answer: (
        "" if answer.reply.get("choice") in wanted else f"{answer.reply.get('choice')}"
    ),
    "status": lambda wanted, answer: "" if "answer" in answer.reply else "not answered",
}
