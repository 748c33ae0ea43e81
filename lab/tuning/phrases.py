"""Phrases that fit a record and its field in both languages: articles, gender, contractions."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from lab.tuning.case import Language
from lab.tuning.draw import Draw

_OF = {"o": "do", "a": "da", "os": "dos", "as": "das"}
_IN = {"o": "no", "a": "na", "os": "nos", "as": "nas"}
_BARE_NAMES = ("person", "city", "title", "web")
SEPARATORS = {"en": " and ", "pt": " e "}


def of(phrase: str) -> str:
    """Return ``do prazo`` for ``o prazo``; a name without an article becomes ``de Ana``."""
    return _with(phrase, _OF, "de")


def within(phrase: str) -> str:
    """Return ``no prazo`` for ``o prazo``."""
    return _with(phrase, _IN, "em")


def bare(phrase: str) -> str:
    """Return a Portuguese phrase without its article."""
    return phrase.partition(" ")[2]


def is_feminine(phrase: str) -> bool:
    """Return True if the article of a Portuguese phrase is feminine."""
    return phrase.startswith(("a ", "as "))


def listed(items: Sequence[str], language: Language) -> str:
    """Return names as a sentence lists them."""
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + SEPARATORS[language] + items[-1]


def words_of(
    language: Language, kind: tuple[str, str], subject: str, name: str, what: str
) -> dict[str, str]:
    """Return what wordings may speak of: a record, its kind, and one of its fields.

    :param kind: one and many, the Portuguese ones with articles.
    :param subject: how records of the kind are named; people and titles stand without the kind.
    :param what: the name of the field, the Portuguese one with its article.
    """
    one, many = kind
    alone = subject in _BARE_NAMES
    if language == "en":
        record = name if alone else f"{one} {name}"
        return {"name": name, "rec": record, "kind": one, "kinds": many, "what": what}
    record = name if alone else f"{one} {name}"
    she, its = is_feminine(one), is_feminine(what)
    return {
        "name": name, "kind": bare(one), "kinds": bare(many), "os_kinds": many,
        "dos_kinds": of(many), "nos_kinds": within(many),
        "o_rec": record, "do_rec": of(record), "no_rec": within(record),
        "what": bare(what), "o_what": what, "do_what": of(what), "no_what": within(what),
        "cujo": "cuja" if its else "cujo", "esse": "essa" if its else "esse",
        "nenhum": "nenhuma" if she else "nenhum", "ele": "ela" if she else "ele",
        "dele": "dela" if she else "dele", "outro": "a outra" if she else "o outro",
        "do_outro": "da outra" if she else "do outro", "quantos": "quantas" if she else "quantos",
        "um": "uma" if she else "um", "todos": "todas" if she else "todos",
    }  # fmt: skip


def superlatives(language: Language, kind: str, what: str, high: bool) -> dict[str, str]:
    """Return ``the highest rent`` or ``o maior aluguel``, as fits the kind of values."""
    if language == "en":
        word = ("latest" if high else "earliest") if kind in ("date", "clock") else (
            "highest" if high else "lowest")  # fmt: skip
        more = ("later" if high else "earlier") if kind in ("date", "clock") else (
            "higher" if high else "lower")  # fmt: skip
        return {"most": f"the {word} {what}", "more": f"the {more} {what}"}
    article, noun = what.partition(" ")[0], bare(what)
    if kind == "clock":
        found = f"{what} mais {'tarde' if high else 'cedo'}"
    elif kind == "date":
        adjective = "recente" if high else ("antiga" if is_feminine(what) else "antigo")
        found = f"{what} mais {adjective}"
    else:
        found = f"{article} {'maior' if high else 'menor'} {noun}"
    return {"most": found, "more": found}


def sloppy(draw: Draw, text: str, names: Sequence[str]) -> str:
    """Return a question as people type it in a hurry; its names stay as they are."""
    form = draw.integer(0, 9)
    if form >= 4 or "\n" in text:
        return text
    kept = {word for name in names for word in name.split()}
    words = text.split(" ")
    if words[0].strip(",:?") not in kept and len(words[0]) > 1:
        words[0] = words[0][0].lower() + words[0][1:]
    if form == 1:
        return " ".join(words).rstrip("?.")
    if form == 2:
        words = [word if word.strip(",:?.!") in kept else _plain(word) for word in words]
    if form == 3:
        long = [place for place, word in enumerate(words)
                if len(word) > 5 and word.isalpha() and word not in kept]  # fmt: skip
        if long:
            place = draw.any_of(long)
            at = draw.integer(1, len(words[place]) - 3)
            word = words[place]
            words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def _plain(word: str) -> str:
    split = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def _with(phrase: str, contractions: dict[str, str], preposition: str) -> str:
    article, _, rest = phrase.partition(" ")
    if rest and article in contractions:
        return f"{contractions[article]} {rest}"
    return f"{preposition} {phrase}"
