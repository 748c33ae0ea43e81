"""Small problems of logic: orders of dependencies, the place with room, limits with a reason."""

from __future__ import annotations

from typing import Any

from lab.tuning.asking import language_of, polite, request
from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.phrases import sloppy
from lab.tuning.pools import pool

FAMILY = "reasoning"
AGENT = "agent-reasoning"
UNITS = ("GB", "kg", "L", "MB", "m²")


def logic(draw: Draw) -> Case:
    """Return a problem with one solution that follows from its facts."""
    language = language_of(draw)
    return draw.any_of((_order, _order, _room, _limit, _limit))(draw, language)


def _order(draw: Draw, language: Language) -> Case:
    """Return things that depend on each other in a chain."""
    forms = pool("logic")
    names = forms["services"] if draw.chance(0.65) else forms["steps"][language]
    chain = draw.random.sample(names, draw.integer(2, 5))
    pairs = list(zip(chain[1:], chain, strict=False))
    context: dict[str, Any] = {}
    text = ""
    key = {"en": "needs", "pt": "precisa_de"}[language]
    match draw.integer(0, 5):
        case 0:
            rows = dict(draw.shuffled([(a, [b]) for a, b in pairs] + [(chain[0], [])]))
            context = {draw.any_of(("dependencies", "services", "steps", key)): rows}
        case 1:
            found = [{"name": a, key: b} for a, b in pairs] + [{"name": chain[0], key: None}]
            context = {"items": draw.shuffled(found)}
        case 2:
            context = {key: dict(draw.shuffled(pairs))}
        case _:
            wording = draw.one(forms["needs"][language])
            said = [wording.format(a=a, b=b) for a, b in draw.shuffled(pairs)]
            text = draw.any_of((", ", "; ", ". ")).join(said) + "."
            if draw.chance(0.4):
                context, text = {draw.any_of(("rules", "notes", "facts", "text")): text}, ""
    kind = draw.any_of(("order", "order", "order", "first", "last"))
    if kind == "first" or (kind == "last" and len(chain) < 3):
        answer = draw.say(forms["first_said"][language], first=chain[0])
        return _case(draw, language, forms["first"], context, text, answer, (chain[0],))
    if kind == "last":
        words = {"last": chain[-1], "before": chain[-2]}
        answer = draw.say(forms["last_said"][language], **words)
        return _case(draw, language, forms["last"], context, text, answer, (chain[-1],))
    order = ", ".join(chain)
    answer = draw.one(forms["ordered"][language]).format(order=order, first=chain[0])
    return _case(draw, language, forms["order"], context, text, answer, (order,))


def _room(draw: Draw, language: Language) -> Case:
    """Return places with free room, and the largest one if a thing fits there."""
    forms = pool("logic")
    kind, unit = draw.any_of(forms["places"]), draw.any_of(UNITS)
    names = [f"{kind}-{letter}" for letter in draw.random.sample("abcdefgh", draw.integer(2, 5))]
    free = dict(zip(names, draw.random.sample(range(3, 200), len(names)), strict=True))
    ranked = sorted(names, key=lambda name: free[name])
    best = ranked[-1]
    fits = draw.chance(0.7)
    low = free[ranked[-2]] + 1 if draw.chance(0.5) else 1
    needed = draw.integer(low, free[best]) if fits else free[best] + draw.integer(1, 60)
    shown = {name: f"{value} {unit}" for name, value in free.items()}
    words = {"name": draw.any_of(forms["loads"]), "size": f"{needed} {unit}", "place": best,
             "free": shown[best]}  # fmt: skip
    answer = draw.one(forms["room_said" if fits else "no_room"][language]).format(**words)
    key = draw.any_of(("free", "free_space", "available") if language == "en" else
                      ("livre", "espaco_livre", "disponivel"))  # fmt: skip
    context: dict[str, Any] = {key: shown}
    if draw.chance(0.3):
        context = {"places": [{"name": name, key: value} for name, value in shown.items()]}
    asks = {language: [ask.format(**words) for ask in forms["room"][language]]}
    return _case(draw, language, asks, context, "", answer, (best,))


def _limit(draw: Draw, language: Language) -> Case:
    """Return a value and a limit, and whether the value keeps to it."""
    line = [part.strip().strip('"') for part in draw.any_of(pool("logic")["limits"]).split("|")]
    least, most = map(int, line[0].split())
    at = int(language == "pt")
    unit = line[5 + at]
    limit = draw.integer(least, most)
    is_more = draw.chance(0.5)
    step = draw.integer(1, max(1, (most - least) // 4))
    value = limit + step if is_more else max(2, limit - step)
    if value != limit and draw.chance(0.1):
        value, is_more = limit, line[7] == "less"
    allowed = is_more if line[7] == "less" else not is_more
    said = line[10 + at] if allowed else line[12 + at]
    shown = {"limit": f"{limit} {unit}".strip(), "value": f"{value} {unit}".strip()}
    if unit == "%":
        shown = {key: text.replace(" ", "") for key, text in shown.items()}
    keys_at = int(language == "pt" and draw.chance(0.7))
    key_limit = draw.any_of(line[1 + keys_at].split(", "))
    key_value = draw.any_of(line[3 + keys_at].split(", "))
    rows = {key_limit: shown["limit"] if unit else limit, key_value: shown["value"] if unit else
            value}  # fmt: skip
    context: dict[str, Any] = dict(draw.shuffled(list(rows.items())))
    text = ""
    if draw.chance(0.25):
        context, text = {}, ", ".join(f"{key}: {inner}" for key, inner in context.items())
    asks = {language: line[8 + at].split(" / ")}
    yes_or_no = {"en": ("No", "Yes"), "pt": ("Não", "Sim")}[language][allowed]
    return _case(draw, language, asks, context, text, said.format(**shown), (yes_or_no,))


def _case(
    draw: Draw,
    language: Language,
    asks: Any,
    context: dict[str, Any],
    text: str,
    answer: str,
    keys: tuple[str, ...],
) -> Case:
    question = polite(draw, language, sloppy(draw, draw.one(asks[language]), []))
    many = {"en": "plans", "pt": "os planos"}[language]
    data = request(draw, language, many, question, context, text)
    if context and draw.chance(0.4):
        data.pop("system", None)
        return Case(FAMILY, language, data, answer, AGENT, keys=keys)
    return Case(FAMILY, language, data, answer, keys=keys)
