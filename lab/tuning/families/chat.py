"""A chatbot of a cluster: greetings, readings, no data said so, things said turns ago."""

from __future__ import annotations

from typing import Any

from lab.tuning.asking import language_of, worded
from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.names import made_up, namespace, service, services
from lab.tuning.phrases import bare, sloppy
from lab.tuning.pools import pool
from lab.tuning.values import spec_of, values

FAMILY = "chat"
AGENT = "agent-bruno"


def chat(draw: Draw) -> Case:
    """Return a visitor's question and a short answer."""
    language = language_of(draw)
    kind = draw.integer(0, 9)
    if kind <= 6:
        return _reading(draw, language)
    forms = pool("chat")
    if kind == 7:
        bot = made_up(draw)
        said = draw.say(forms["greeting"][language], bot=bot)
        asked = draw.say(forms["hello"][language])
        return spoken(draw, language, asked, {}, said, (bot,), bot=bot, as_transcript=True)
    asked = draw.say(pool("alerts")["ask"][language])
    if kind == 8:
        asked = worded(draw, forms["asked"][language], _words(draw, language, service(draw)))
    said = draw.say(forms["no_data"][language])
    return spoken(draw, language, sloppy(draw, asked, []), {}, said, ("Grafana",))


def remembered(draw: Draw) -> Case:
    """Return a question about what was said turns ago, at times about what was not."""
    language = language_of(draw)
    forms = pool("remembered")
    said, other = draw.random.sample(draw.half(forms["things"]), 2)
    told = [(thing, _value(draw, thing, language)) for thing in draw.shuffled([said, other])]
    if draw.chance(0.4) and said["ask"] is not other["ask"]:
        told = [pair for pair in told if pair[0] is said]
    past: list[tuple[str, str]] = []
    for thing, value in told:
        past.append(("user", draw.say(thing["tell"][language], value=value)))
        past.append(("assistant", draw.say(forms["replies"][language])))
        if draw.chance(0.35):
            question, reply = draw.one(forms["between"])[language]
            past += [("user", question), ("assistant", reply)]
    if len(told) == 1 and draw.chance(0.3):
        asked = draw.say(other["ask"][language])
        answer = draw.say(forms["unsaid"][language])
        return spoken(draw, language, asked, {}, answer, (), past, agent=None)
    value = next(value for thing, value in told if thing is said)
    asked = sloppy(draw, draw.say(said["ask"][language]), [])
    answer = draw.say([said["answer"][language]], value=value)
    agent = AGENT if draw.chance(0.4) else None
    return spoken(draw, language, asked, {}, answer, (value,), past, agent=agent)


def spoken(
    draw: Draw,
    language: Language,
    asked: str,
    context: dict[str, Any],
    said: str,
    keys: tuple[str, ...],
    past: list[tuple[str, str]] | None = None,
    *,
    family: str = FAMILY,
    agent: str | None = AGENT,
    bot: str = "",
    as_transcript: bool = False,
) -> Case:
    """Return a case of a conversation: as messages, or as a transcript in the prompt."""
    past = past or []
    bot = bot or made_up(draw)
    forms = pool("chat")
    system = draw.one(forms["systems"]).format(bot=bot)
    if as_transcript or draw.chance(0.4):
        user, assistant = draw.one(forms["speakers"])
        parts = [f"System: {system}"]
        if draw.chance(0.3):
            page = f"language: {language}\npage: /{namespace(draw)}"
            parts.append(f"[USER CONTEXT]\n{page}\n[END USER CONTEXT]")
        parts += [f"{user if role == 'user' else assistant}: {words}" for role, words in past]
        parts += [f"{user}: {asked}", f"{assistant}:"]
        data: dict[str, Any] = {"prompt": "\n\n".join(parts)}
    else:
        data = {"prompt": asked}
        if past:
            data["messages"] = [{"role": role, "content": words} for role, words in past]
        if draw.chance(0.4):
            data["system"] = system
    if context:
        data["context"] = context
    return Case(family, language, data, said, agent, keys=keys)


def _reading(draw: Draw, language: Language) -> Case:
    """Return a question about one of several readings, at times one that is not there."""
    forms = pool("chat")
    names = services(draw, draw.integer(1, 4))
    lines = [_measure(line) for line in draw.some(forms["measures"], 2, 3)]
    rows = {
        name: {line[0]: values(draw, spec_of(line[3]), language, 1)[0].text for line in lines}
        for name in names
    }
    name, asked = draw.any_of(names), draw.any_of(lines)
    words = _named(language, asked, name)
    if draw.chance(0.15):
        for row in rows.values():
            row.pop(asked[0])
        said, keys = worded(draw, forms["missing"][language], words), ("Grafana",)
    else:
        words["value"] = rows[name][asked[0]]
        said, keys = worded(draw, forms["told"][language], words), (words["value"],)
    question = sloppy(draw, worded(draw, forms["asked"][language], words), names)
    return spoken(draw, language, question, _readings(draw, rows), said, keys)


def _readings(draw: Draw, rows: dict[str, dict[str, str]]) -> dict[str, Any]:
    group = draw.any_of(("metrics", "readings", "services", "data", "telemetry", "metricas"))
    flat = [(name, key, value) for name, row in rows.items() for key, value in row.items()]
    match draw.integer(0, 5):
        case 0 | 1:
            return {group: rows}
        case 2:
            key = draw.any_of(("service", "name", "job"))
            return {group: [{key: name, **row} for name, row in rows.items()]}
        case 3:
            return {
                group: [
                    {"service": name, "metric": key, "value": value} for name, key, value in flat
                ]
            }
        case 4:
            return {group: {f"{name}_{key}": value for name, key, value in flat}}
        case _:
            return {group: [f"{name}: {key} {value}" for name, key, value in flat]}


def _measure(line: str) -> tuple[str, str, str, str]:
    key, english, portuguese, spec = (part.strip() for part in line.split("|"))
    return key, english, portuguese, spec


def _named(language: Language, line: tuple[str, str, str, str], name: str) -> dict[str, str]:
    if language == "en":
        return {"what": line[1], "name": name}
    return {"what": bare(line[2]), "o_what": line[2], "name": name}


def _words(draw: Draw, language: Language, name: str) -> dict[str, str]:
    return _named(language, _measure(draw.one(pool("chat")["measures"])), name)


def _value(draw: Draw, thing: dict[str, Any], language: Language) -> str:
    return values(draw, spec_of(thing["value"]), language, 1)[0].text
