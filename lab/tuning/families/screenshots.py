"""Texts of screenshots: music of several kinds, or something else."""

from __future__ import annotations

from typing import Any

from lab.tuning.case import Case
from lab.tuning.draw import Draw
from lab.tuning.names import MONTHS_EN, MONTHS_PT, city, made_up, person

KINDS: dict[str, tuple[str, ...]] = {
    "concert": ("{artist} live in {city}", "{artist} - the {event} tour, {city}",
    "one night with {artist} in {city}",
                "{artist} ao vivo em {city}", "{artist} in concert, {city}",
                "show: {artist}, {city}"),
    "dj_set": ("{artist} DJ set at {event}", "{artist} b2b all night, {event}",
    "{event}: {artist} (DJ set)",
               "{artist} mixes live, {event} session", "set completo de {artist} no {event}",
               "{artist} on the decks, {event}"),
    "album": ("{artist} - {event} (full album)", "new album: {event} by {artist}",
    "{event}, the debut album of {artist}",
              "{artist} lança o álbum {event}", "listen to the album {event} by {artist}",
              "{event} LP, {artist}"),
    "video": ("{artist} - {event} (official video)", "{event}, official music video by {artist}",
              "watch {artist}: {event} video", "clipe oficial: {artist}, {event}",
              "{artist} premieres the video {event}",
              "{event} (lyric video) - {artist}"),
}  # fmt: skip
OTHER = (
    ("Invoice {number} is due", "total amount to pay, bank transfer",
     "An invoice that has to be paid."),
    ("Recipe: soup with beans", "chop the onion, simmer for a while",
     "A recipe for soup with beans."),
    ("Flight to {city}", "boarding pass, seat and gate", "A boarding pass for a flight to {city}."),
    ("Weather in {city}", "cloudy with some rain", "The weather in {city}."),
    ("Pull request by {name}", "all checks have passed, ready to merge",
     "A pull request by {name}."),
    ("Meeting notes of {name}", "action items and owners", "Notes of a meeting by {name}."),
    ("Apartment in {city}", "rent, rooms and contact",
     "An advertisement for an apartment in {city}."),
    ("Bus timetable, {city}", "line, stop and departure", "A timetable of buses in {city}."),
    ("Chat with {name}", "see you tomorrow at the office", "A chat with {name} about the office."),
    ("Login page", "enter your password to go on", "A page to log in."),
    ("Job offer in {city}", "apply with your resume", "A job offer in {city}."),
    ("Exam results of {name}", "grade and credits", "The exam results of {name}."),
)  # fmt: skip
PLATFORMS = ("youtube", "facebook", "tiktok", "bandcamp", "x", "whatsapp", "browser", "telegram")
EXTRAS = ("tickets at the door", "share this with a friend", "all ages", "doors open early",
    "subscribe for more",
          "link in bio", "ingressos à venda", "out now")  # fmt: skip
SEARCHES = ("youtube_search", "spotify_search", "soundcloud_search")
SUMMARY = {
    "concert": ("A concert of {artist}.", "{artist} plays live.", "A live show by {artist}.",
    "Announcement of a concert by {artist}."),
    "dj_set": ("A DJ set by {artist}.", "{artist} plays a DJ set at {event}.",
    "A recorded set of {artist}.", "A DJ set: {artist}."),
    "album": ("The album {event} by {artist}.", "An album of {artist}: {event}.",
    "{artist} released {event}.", "{event} is an album of {artist}."),
    "video": ("A music video by {artist}.", "The video {event} of {artist}.",
    "{artist} shows the video {event}.", "{event}: a video by {artist}."),
}  # fmt: skip
ASK = ("Extract the facts of this screenshot.", "What is on this screen?",
    "Fill in the fields for a search.",
       "Analyze the screenshot.", "Which music is this?",
       "Read the screen and return the facts.")  # fmt: skip
FORM = """{
  "artist": "name or empty",
  "event_name": "name or empty",
  "content_type": "concert|dj_set|album|video|other",
  "keywords": ["..."],
  "search_intent": "...",
  "suggested_queries": {"youtube": "...", "spotify": "...", "soundcloud": "..."},
  "actions": ["youtube_search", ...],
  "summary": "..."
}"""


def screenshot(draw: Draw) -> Case:
    """Return the text of a screenshot and what it says."""
    if draw.chance(0.25):
        return _other(draw)
    kind = draw.any_of(tuple(KINDS))
    artist, event = f"{made_up(draw)} {made_up(draw)}", f"{made_up(draw)} {made_up(draw)}"
    title = draw.say(KINDS[kind], artist=artist, event=event, city=city(draw))
    month = draw.one((*MONTHS_EN, *MONTHS_PT))
    lines = [title.upper() if draw.chance(0.4) else title, draw.one(EXTRAS)]
    if draw.chance(0.5):
        lines.append(f"{draw.integer(1, 28)} {month}")
    named = event in title
    words = title.split()
    answer = {
        "artist": artist,
        "event_name": event if named else None,
        "content_type": kind,
        "keywords": [*artist.lower().split(), kind.replace("_", " ")],
        "search_intent": title,
        "suggested_queries": {"youtube": title, "spotify": artist, "soundcloud": _beside(words,
        artist)},
        "actions": list(draw.random.sample(SEARCHES, draw.integer(1,
        2))) if draw.chance(0.3) else [SEARCHES[0]],
        "summary": draw.say(SUMMARY[kind], artist=artist, event=event if named else "the evening"),
    }  # fmt: skip
    return _case(draw, title, lines, answer)


def _other(draw: Draw) -> Case:
    values = {"city": city(draw), "name": person(draw), "number": draw.integer(100, 9999)}
    title, text, summary = (part.format(**values) for part in draw.one(OTHER))
    words = title.split()
    answer = {
        "artist": None,
        "event_name": None,
        "content_type": "other",
        "keywords": [
            word.strip(":,").lower() for word in words if len(word) > 3 and not word.isdigit()
        ][:3],
        "search_intent": title,
        "suggested_queries": {
            "youtube": title,
            "spotify": text,
            "soundcloud": words[0].strip(":,"),
        },
        "actions": [],
        "summary": summary,
    }
    return _case(draw, title, [text], answer)


def _beside(words: list[str], artist: str) -> str:
    """Return the artist with the word of the title beside it: a query of its own."""
    place = words.index(artist.split()[0]) if artist.split()[0] in words else 0
    return " ".join(
        words[place : place + 3] if place + 2 < len(words) else words[max(place - 1, 0) :]
    )


def _case(draw: Draw, title: str, lines: list[str], answer: dict[str, Any]) -> Case:
    platform = draw.one(PLATFORMS)
    equals = {"artist": answer["artist"], "content_type": answer["content_type"]}
    if draw.chance(0.3):
        text = "\n".join(lines)
        prompt = (
            f"{draw.one(ASK)}\n\nContext:\n- Title: {title}\n- Platform: {platform}\n\n"
            f"OCR Text:\n{text}\n\nGive back JSON of this shape:\n{FORM}"
        )
        data: dict[str, Any] = {"prompt": prompt}
    else:
        data = {"title": title, "platform": platform, "ocr_text": "\n".join(lines)}
        if draw.chance(0.4):
            data = {"prompt": draw.one(ASK), "context": data}
    return Case("screenshot", "en", data, answer, "agent-screenshot", equals=equals)
