"""One detail of a message, a memo, minutes, an ad: told, or said not to be there."""

from __future__ import annotations

from typing import Any

from lab.tuning.asking import language_of, polite, request, style_of, worded
from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.phrases import sloppy
from lab.tuning.pools import pools
from lab.tuning.values import Value, spec_of, values

FAMILY = "memos"
KEYS = {
    "en": ("text", "message", "email", "note", "body", "content", "memo", "document", "input",
           "post", "page"),
    "pt": ("texto", "mensagem", "email", "recado", "corpo", "conteudo", "nota", "documento",
           "text", "message", "body"),
}  # fmt: skip
LEADS = {
    "en": ("Text:", "Read this:", "The message says:", "Here is the text.", "From my inbox:",
           "This came in today:", "Quote:", "Message:"),
    "pt": ("Texto:", "Leia isto:", "A mensagem diz:", "Segue o texto.", "Da caixa de entrada:",
           "Chegou agora:", "Citação:", "Mensagem:"),
}  # fmt: skip
MANY = {"en": "messages", "pt": "as mensagens"}


def memo(draw: Draw) -> Case:
    """Return a question about one detail of a short text."""
    language = language_of(draw)
    entry = draw.one(pools("memos_"))
    slots = _slots(draw, entry, language)
    text = entry[language].format(**slots)
    slot, english, portuguese, *answers = _ask(draw, entry)
    questions = portuguese if language == "pt" else english
    question = worded(draw, [one.strip() for one in questions.split("|")], slots)
    question = polite(draw, language, sloppy(draw, question, list(slots.values())))
    style = "free" if slot == "-" else style_of(draw)
    answer = slots[slot] if style == "value" else answers[language == "pt"].format(**slots)
    context, inline = _placed(draw, language, text, entry)
    data = request(draw, language, MANY[language], question, context, inline, style)
    no = "não" if language == "pt" else "no"
    return Case(FAMILY, language, data, answer, keys=(no if slot == "-" else slots[slot],))


def _ask(draw: Draw, entry: dict[str, Any]) -> list[str]:
    asks: list[list[str]] = entry["asks"]
    missing = [ask for ask in asks if ask[0] == "-"]
    told = [ask for ask in asks if ask[0] != "-"]
    return draw.any_of(missing if missing and draw.chance(0.2) else told)


def _slots(draw: Draw, entry: dict[str, Any], language: Language) -> dict[str, str]:
    """Return distinct values of the slots, times of the day in their order."""
    found: dict[str, Value] = {}
    for name, spec in entry["slots"].items():
        while name not in found or list(found.values()).count(found[name]) > 1:
            found[name] = values(draw, spec_of(spec), language, 1)[0]
    clocks = [name for name, spec in entry["slots"].items() if spec == "clock"]
    ordered = sorted((found[name] for name in clocks), key=lambda value: value.order)
    found |= dict(zip(clocks, ordered, strict=True))
    return {name: value.text for name, value in found.items()}


def _placed(
    draw: Draw, language: Language, text: str, entry: dict[str, Any]
) -> tuple[dict[str, Any], str]:
    """Return the text as a context or for the prompt, with another text beside it at times."""
    texts = [text]
    if draw.chance(0.2):
        other = draw.one(pools("memos_"))
        if other is not entry:
            more = other[language].format(**_slots(draw, other, language))
            texts = draw.shuffled([text, more])
    key = draw.one(KEYS[language])
    match draw.integer(0, 4):
        case 0 | 1:
            if len(texts) == 1:
                return {key: text}, ""
            return {draw.any_of(("messages", "entries", "list")): texts}, ""
        case 2:
            return {draw.any_of(("inbox", "data", "items", "source", "thread")): [
                {"id": place, key: each} for place, each in enumerate(texts, 1)]}, ""  # fmt: skip
        case 3:
            quoted = "\n\n".join(f'"{each}"' for each in texts)
            return {}, f"{draw.one(LEADS[language])}\n{quoted}"
        case _:
            return {}, "\n\n".join([draw.one(LEADS[language]), *texts])
