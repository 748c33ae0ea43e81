"""Cases for agent-screenshot: the artist on a screen, or that there is none."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from lab.evaluation.cases import Case, Expectation
from lab.suites.halves import Half


class Screen(NamedTuple):
    """What stands on a screen, the language of its page, and what it is."""

    title: str
    text: str
    artist: str | None
    types: list[str]
    language: Any = "en"


DEV = [
    Screen("Mira Vale | Live in Porto", "Mira Vale LIVE. Doors 20:00.", "Mira Vale", ["concert"]),
    Screen(
        "The Slow Rivers - Stones (Full Album)", "Album, 11 songs", "The Slow Rivers", ["album"]
    ),
    Screen("DJ Kassia @ Warehouse", "DJ Kassia closing set, 2 hours", "DJ Kassia", ["dj_set"]),
    Screen("Show de Lia Campos", "Lia Campos ao vivo, sábado", "Lia Campos", ["concert"], "pt"),
    Screen("Invoice 4471", "Total due: 120.00 EUR", None, ["other"]),
    Screen("Nora Feld - Harbour (Album)", "Nora Feld, Harbour, 9 songs", "Nora Feld", ["album"]),
    Screen("Set do DJ Ondas", "DJ Ondas, set de praia", "DJ Ondas", ["dj_set"], "pt"),
    Screen("Weather for Lisbon", "Sunny, 24 degrees, light wind", None, ["other"]),
]
TEST = [
    Screen("Arno Leth in concert", "Arno Leth, one night only", "Arno Leth", ["concert"]),
    Screen("Sunset set by DJ Ruma", "DJ Ruma on the beach, set", "DJ Ruma", ["dj_set"]),
    Screen("Theo Quint ao vivo", "Theo Quint, show em Recife", "Theo Quint", ["concert"], "pt"),
    Screen("Bank statement", "Balance: 2,310.55", None, ["other"]),
    Screen("Ivy Stone - Lanterns (Full Album)", "Ivy Stone, 12 songs", "Ivy Stone", ["album"]),
    Screen("The Low Hills live", "The Low Hills, on stage at 21:00", "The Low Hills", ["concert"]),
    Screen("Receita de pão", "Farinha, água, sal e fermento", None, ["other"], "pt"),
    Screen("DJ Sol em casa", "DJ Sol, set de domingo", "DJ Sol", ["dj_set"], "pt"),
]


def cases(half: Half) -> Iterator[Case]:
    """Eight screens, most of them about music."""
    draw = Random(f"screenshots {half}")
    for number, screen in enumerate(DEV if half == "dev" else TEST):
        context = {
            "title": screen.title,
            "platform": draw.choice(["youtube", "chrome"]),
            "ocr_text": screen.text,
        }
        yield Case(
            id=f"screen-{half}-{number}",
            agent="agent-screenshot",
            language=screen.language,
            request={
                "prompt": "What is on this screen?",
                "context": context,
                "max_tokens": 200,
            },
            expect=Expectation(
                fields={"artist": screen.artist, "content_type": screen.types},
            ),
        )
