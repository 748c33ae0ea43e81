"""One sentence read into a small JSON object: several fields of it, or its class."""

from __future__ import annotations

import json
from typing import Any

from lab.tuning.asking import language_of
from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.families import everyday
from lab.tuning.families.text_values import WORDS
from lab.tuning.names import person
from lab.tuning.pools import pool
from lab.tuning.values import spec_of, values

FAMILY = "format"
LEAST_WORD = 2
MOST_WORD = 12
"""Numbers that are written as words at times."""
PORTUGUESE_KEYS = 0.65


def snippets(draw: Draw) -> Case:
    """Return a sentence and a format, and the sentence in this format."""
    language = language_of(draw)
    return _class(draw, language) if draw.chance(0.4) else _fields(draw, language)


def _fields(draw: Draw, language: Language) -> Case:
    words = pool("snippets")
    wording = draw.one(words[language])
    shown, found = _values(draw, language)
    text = wording.format(**shown)
    text = text[:1].upper() + text[1:]
    told = [slot for slot in words["keys"] if _tells(wording, slot)]
    wanted = draw.random.sample(told, draw.integer(min(2, len(told)), len(told)))
    place = int(language == "pt" and draw.chance(PORTUGUESE_KEYS))
    fields = {draw.any_of(words["keys"][slot][place]): slot for slot in wanted}
    answer: dict[str, Any] = {key: found[slot] for key, slot in fields.items()}
    if "item" in wanted and "{items}" in wording:
        answer = {key: shown["items"] if fields[key] == "item" else v for key, v in answer.items()}
    ask = draw.one(pool("formats")["ask"][language])
    if draw.chance(0.4):
        wished = draw.one(pool("formats")["by_keys"][language]).format(keys=", ".join(answer))
        answer = {key: str(value) for key, value in answer.items()}
    else:
        shape = _template(draw, answer)
        wished = draw.one(pool("formats")["introduce"][language]).replace("{form}", shape)
    return _case(draw, language, ask, text, wished, answer)


def _class(draw: Draw, language: Language) -> Case:
    """Return a sentence whose class is asked for, as a label or as truths."""
    words = pool("snippets")
    chosen = draw.any_of(everyday.sets())
    right, text = everyday.sentence(draw, chosen, language)
    names = everyday.labels(draw, chosen, right, "en" if draw.chance(0.15) else language)
    offered = [name for name in names if name != everyday.NOT_OFFERED]
    if len(offered) > 5:
        others = [name for name in offered if name != names[right]]
        offered = [names[right], *draw.random.sample(others, draw.integer(2, 4))]
    label = names[right]
    key = draw.any_of([*words["label_keys"], *chosen["label"], *chosen["label"]])
    if draw.chance(0.25):
        tested = label if draw.chance(0.5) else draw.any_of(offered)
        key = "_".join(f"is {tested}".lower().split())
        answer: dict[str, Any] = {key: tested == label}
        shape = f'{{"{key}": {draw.any_of(("true|false", "<boolean>"))}}}'
    else:
        answer = {key: label}
        shape = json.dumps({key: "|".join(draw.shuffled(offered))}, ensure_ascii=False)
    ask = draw.one(words["classify"][language])
    if draw.chance(0.4):
        ask = draw.one(everyday.lines(chosen["ask"][language], "|"))
    wished = draw.one(pool("formats")["introduce"][language]).replace("{form}", shape)
    return _case(draw, language, ask, text, wished, answer)


def _case(
    draw: Draw, language: Language, ask: str, text: str, wished: str, answer: dict[str, Any]
) -> Case:
    label = draw.one(pool("formats")["label"][language])
    data: dict[str, Any]
    match draw.integer(0, 6):
        case 0:
            data = {"system": f"{ask} {wished}", "prompt": text}
        case 1:
            data = {"prompt": f"{ask}\n\n{wished}\n\n{label}: {text}"}
        case 2:
            data = {"prompt": f'"{text}"\n\n{ask} {wished}'}
        case 3:
            data = {"prompt": f"{text}\n{wished}"}
        case 4:
            data = {"prompt": f"{ask} {wished}", "context": {label.lower().replace(" ", "_"): text}}
        case _:
            data = {"prompt": f"{ask} {label}: {text}\n\n{wished}"}
    if "system" not in data and draw.chance(0.25):
        data["system"] = draw.one(pool("formats")["systems"][language])
    return Case(FAMILY, language, data, answer, equals=dict(answer))


def _template(draw: Draw, answer: dict[str, Any]) -> str:
    named = draw.chance(0.5)
    parts = []
    for key, value in answer.items():
        kind = ("<number>" if named else "number") if isinstance(value, int) else (
            "<string>" if named else '"..."')  # fmt: skip
        parts.append(f'"{key}": {kind}')
    return "{" + ", ".join(parts) + "}"


def _tells(wording: str, slot: str) -> bool:
    other = {"count": "{n}", "item": "{items}"}.get(slot, "")
    return f"{{{slot}}}" in wording or bool(other and other in wording)


def _values(draw: Draw, language: Language) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the values as a sentence shows them and as an answer has them."""
    words = pool("snippets")
    at = draw.integer(0, len(words["items"][language]) - 1)
    number = draw.integer(2, 60) if draw.chance(0.4) else draw.integer(LEAST_WORD, MOST_WORD)
    spelt = WORDS["en" if language == "en" else "f"]
    in_words = language == "en" and number <= MOST_WORD and draw.chance(0.6)
    in_words = in_words or (language == "pt" and 3 <= number <= MOST_WORD and draw.chance(0.6))
    shown = {
        "item": words["items"][language][at],
        "items": words["plurals"][language][at],
        "colour": draw.one(words["colours"][language]),
        "place": draw.one(words["places"][language]),
        "n": spelt[number - LEAST_WORD] if in_words else str(number),
        "person": draw.any_of((person(draw), person(draw).split()[0])),
        "day": draw.any_of(pool("words")["weekdays"][language]),
        "price": values(draw, spec_of("money 3 240"), language, 1)[0].text,
    }
    return shown, {**shown, "count": number}
