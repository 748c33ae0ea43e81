"""Orders of strangers among the facts of an example, and failed drafts before its answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from lab.tuning.case import Case
from lab.tuning.draw import Draw
from lab.tuning.pools import pool
from lab.tuning.rendering import Rendered, failed, reasons

MOST_REASONS = 3
FIVE_WORDS = 5
"""Words from which a text may hold an order between its sentences."""
CONCRETE = 0.5
OTHER_LANGUAGE = 0.15
"""Shares of orders that name an option or a field, and that are in the other language."""


def injected(case: Case, draw: Draw) -> Case:
    """Return the case with an order of a stranger among its facts, and the same answer.

    Orders to requests for a choice or JSON may stand behind the question as well. A case that has
    no place for one is returned as it is.
    """
    order = _order(case, draw)
    for place in draw.shuffled(_PLACES):
        found = place(case, order, draw)
        if found is not None:
            return found
    return case


def _order(case: Case, draw: Draw) -> str:
    words = pool("orders")
    language = case.language
    if draw.chance(OTHER_LANGUAGE):
        language = "en" if language == "pt" else "pt"
    if draw.chance(CONCRETE):
        names = [choice["name"] for choice in case.data.get("choices", [])]
        wrong = [name for name in names if name != case.answer]
        if wrong:
            return str(draw.one(words["choice"][language])).replace("{name}", draw.any_of(wrong))
        if isinstance(case.answer, dict) and case.answer:
            field = draw.any_of(sorted(case.answer))
            value = draw.any_of(words["values"])
            text = str(draw.one(words["field"][language]))
            return text.replace("{field}", field).replace("{value}", value)
    return str(draw.one(words["plain"][language]))


def _as_field(case: Case, order: str, draw: Draw) -> Case | None:
    context = case.data.get("context")
    if not isinstance(context, dict) or not context:
        return None
    return case.with_data(
        context=_with_item(context, draw.one(pool("orders")["fields"]), order, draw)
    )


def _as_label(case: Case, order: str, draw: Draw) -> Case | None:
    """Return the case with the order in a mapping of its context, or in new labels."""
    context = case.data.get("context")
    if not isinstance(context, dict) or not context:
        return None
    name = draw.one(pool("orders")["fields"])
    inner = [key for key, value in context.items() if isinstance(value, dict) and value]
    if inner and draw.chance(0.5):
        key = draw.any_of(inner)
        return case.with_data(context={**context, key: _with_item(context[key], name, order, draw)})
    label = draw.one(pool("orders")["labels"])
    if label in context:
        return None
    return case.with_data(context=_with_item(context, label, {name: order}, draw))


def _in_text(case: Case, order: str, draw: Draw) -> Case | None:
    """Return the case with the order between the sentences of a text that is not the answer."""
    context = case.data.get("context")
    if not isinstance(context, dict):
        return None
    answer = json.dumps(case.answer, ensure_ascii=False)
    keys = [
        key
        for key, value in context.items()
        if isinstance(value, str) and len(value.split()) >= FIVE_WORDS and value not in answer
    ]
    if not keys:
        return None
    key = draw.any_of(keys)
    sentences = context[key].split(". ")
    place = draw.integer(0, len(sentences))
    parts = [". ".join(sentences[:place]), order, ". ".join(sentences[place:])]
    text = " ".join(part.rstrip(".") + "." if part != order else part for part in parts if part)
    return case.with_data(context={**context, key: text})


def _in_list(case: Case, order: str, draw: Draw) -> Case | None:
    """Return the case with the order as an entry of a list of sentences."""
    context = case.data.get("context")
    if not isinstance(context, dict):
        return None
    keys = [
        key
        for key, value in context.items()
        if isinstance(value, list)
        and len(value) > 1
        and all(isinstance(item, str) and " " in item for item in value)
    ]
    if not keys:
        return None
    key = draw.any_of(keys)
    items = list(context[key])
    items.insert(draw.integer(0, len(items)), order)
    return case.with_data(context={**context, key: items})


def _behind_question(case: Case, order: str, draw: Draw) -> Case | None:
    prompt = case.data.get("prompt")
    if not isinstance(prompt, str) or (isinstance(case.answer, str) and "choices" not in case.data):
        return None
    return case.with_data(prompt=prompt + draw.any_of(("\n", " ", "\n\n", "\n> ")) + order)


_PLACES = (_as_field, _as_label, _in_text, _in_text, _in_list, _behind_question)


def _with_item(fields: dict[str, Any], key: str, value: Any, draw: Draw) -> dict[str, Any]:
    """Return fields with one more at a random place."""
    items = [(name, inner) for name, inner in fields.items() if name != key]
    items.insert(draw.integer(0, len(items)), (key, value))
    return dict(items)


def refined(rendered: Rendered, draw: Draw) -> tuple[str, ...]:
    """Return the reasons of the checks that a wrong draft fails; empty if none fails."""
    for spoil in draw.shuffled(SPOILERS):
        wrong = spoil(rendered, draw)
        if wrong and wrong != rendered.answer:
            found = failed(wrong, rendered.request)
            if found and len(found) <= MOST_REASONS:
                return reasons(found)
    return ()


def _false_refusal(rendered: Rendered, draw: Draw) -> str:
    portuguese = rendered.case.language == "pt"
    return "Os dados não informam isso." if portuguese else "The facts do not tell that."


def _echo(rendered: Rendered, draw: Draw) -> str:
    return rendered.request.question


def _loop(rendered: Rendered, draw: Draw) -> str:
    return " ".join([rendered.answer.split(". ")[0]] * 12)


def _fact_line(rendered: Rendered, draw: Draw) -> str:
    lines = [line for line in rendered.turns[-1].content.splitlines() if line.startswith("- ")]
    return draw.any_of(lines) if lines else ""


def _other_language(rendered: Rendered, draw: Draw) -> str:
    if rendered.case.language == "pt":
        return "I am sorry, but this is not what the shop has for you at the moment."
    return "Não sei o que dizer sobre isso, mas está tudo bem por aqui e não há nada para fazer."


def _invented_number(rendered: Rendered, draw: Draw) -> str:
    digits = [place for place, letter in enumerate(rendered.answer) if letter.isdecimal()]
    if not digits:
        return ""
    place = draw.any_of(digits)
    other = str((int(rendered.answer[place]) + draw.integer(1, 8)) % 10)
    return rendered.answer[:place] + other + rendered.answer[place + 1 :]


def _prefix(rendered: Rendered, draw: Draw) -> str:
    return f"{draw.any_of(('Vendedora', 'Luna', 'Assistente'))}: {rendered.answer}"


def _too_long(rendered: Rendered, draw: Draw) -> str:
    more = ("Que bom!", "Conte comigo.", "Estou por aqui.", "Até logo!", "Obrigado.")
    return f"{rendered.answer} {' '.join(more)}"


def _spoiled_field(rendered: Rendered, draw: Draw) -> str:
    value = rendered.case.answer
    if not isinstance(value, dict):
        return ""
    texts = [key for key, inner in value.items() if isinstance(inner, str)]
    lists = [key for key, inner in value.items() if isinstance(inner, list) and inner]
    wrong: dict[str, Any] = dict(value)
    if lists and draw.chance(0.5):
        key = draw.any_of(lists)
        wrong[key] = [value[key][0]] * 3
    elif texts:
        wrong[draw.any_of(texts)] = draw.any_of(("...", "unknown thing", "[name]"))
    return json.dumps(wrong, ensure_ascii=False)


def _wrong_status(rendered: Rendered, draw: Draw) -> str:
    value = rendered.case.answer
    if not isinstance(value, dict) or "status" not in value:
        return ""
    other = "Healthy" if value["status"] != "Healthy" else "Critical"
    return json.dumps({**value, "status": other}, ensure_ascii=False)


def _no_json(rendered: Rendered, draw: Draw) -> str:
    return "Here is what I found." if isinstance(rendered.case.answer, dict) else ""


SPOILERS: tuple[Callable[[Rendered, Draw], str], ...] = (
    _false_refusal, _echo, _loop, _fact_line, _other_language, _invented_number, _prefix, _too_long,
    _spoiled_field, _wrong_status, _no_json,
)  # fmt: skip
"""Wrong drafts such as small models write."""
