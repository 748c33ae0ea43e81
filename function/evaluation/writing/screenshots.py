"""Cases for agent-screenshot: the artist on a screen, or that there is none."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from function.evaluation.cases import Case, Expectation
from function.evaluation.writing.halves import Half


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
    Screen("Otto Brandt - Glass (Official Video)", "4K video", "Otto Brandt", ["video"]),
    Screen("Show de Lia Campos", "Lia Campos ao vivo, sábado", "Lia Campos", ["concert"], "pt"),
    Screen("Invoice 4471", "Total due: 120.00 EUR", None, ["other"]),
    Screen("Weather for tomorrow", "Rain, 12 degrees", None, ["other"]),
    Screen("Receita de bolo", "Três ovos, farinha, leite", None, ["other"], "pt"),
    Screen("Pull request 88", "All checks have passed. Merge?", None, ["other"]),
    Screen("Nila Roy tour 2026", "Nila Roy. Tickets on sale", "Nila Roy", ["concert"]),
]
TEST = [
    Screen("Arno Leth in concert", "Arno Leth, one night only", "Arno Leth", ["concert"]),
    Screen("Pale Harbour - Tides", "New album by Pale Harbour", "Pale Harbour", ["album"]),
    Screen("Sunset set by DJ Ruma", "DJ Ruma on the beach, set", "DJ Ruma", ["dj_set"]),
    Screen("Ines Farol - Norte (video)", "Official music video", "Ines Farol", ["video"]),
    Screen("Theo Quint ao vivo", "Theo Quint, show em Recife", "Theo Quint", ["concert"], "pt"),
    Screen("Bank statement", "Balance: 2,310.55", None, ["other"]),
    Screen("Flight LH 123", "Boarding at gate B12", None, ["other"]),
    Screen("Lista de compras", "Arroz, feijão, café", None, ["other"], "pt"),
    Screen("Issue tracker", "3 open issues, 2 closed", None, ["other"]),
    Screen("Sara Wolfe: Embers", "Sara Wolfe, album out now", "Sara Wolfe", ["album"]),
]


def cases(half: Half) -> Iterator[Case]:
    """Ten screens, six of them about music."""
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
            request={"prompt": "What is on this screen?", "context": context},
            expect=Expectation(
                fields={"artist": screen.artist, "content_type": screen.types},
            ),
        )
