"""Texts as they look: without invisible characters, and with look-alikes as Latin letters.

An order stays an order with a zero-width space in every word, in Cyrillic or full-width letters.
Source of the look-alikes: Unicode Technical Standard 39, confusables.txt, the letters of it that
stand for a Latin one.
"""

from __future__ import annotations

import base64
import re
import unicodedata

_UNSEEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_LOOK_ALIKES = (
    ("абвгеёзіїјкмнопрстухѕһԁԛԝѵӏьАВЕЗІЇЈКМНОПРСТУХЅҺԀԚԜѴӀЬ",
     "a6breesiijkmhonpctyxshdqwvlbABE3IIJKMHONPCTYXSHDQWVIb"),
    ("αβγεηικνοπρστυχωϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ", "abyenikvonpotuxwcjABEZHIKMNOPTYXCJ"),
    ("օսհոցզԱՍՕ", "ouhngqUUO"),
    ("ɑɡıɩᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "agiiabcdefghijklmnoprstuvwyz"),
    ("ᎪᏴᏟᎠᎬᏀᎻᎥᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᏃ", "ABCDEGHiJKLMPRSTVWZ"),
    ("‐‑‒–—―−﹘", "--------"),
)  # fmt: skip
_LATIN = {
    ord(other): letter for others, letters in _LOOK_ALIKES
    for other, letter in zip(others, letters, strict=True)
}  # fmt: skip
_LATIN |= {
    first + number: chr(ord("a") + number)
    for first in (0x1F150, 0x1F170, 0x1F1E6)  # negative circled and squared, regional
    for number in range(26)
}
_DIGITS = str.maketrans("0134578@$", "oieastbas")
_MIXED = re.compile(r"\b(?=\w*[^\W\d_])(?=\w*[0-9@$])[\w@$]+")
_BASE64 = re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{16,}={0,2}")
_SPELT = re.compile(r"(?<!\w)(?:\w[ ._*-]){3,}\w(?!\w)")


def seen(text: str) -> str:
    """Return the text without invisible characters."""
    return _UNSEEN.sub("", text)


def disguises(text: str) -> list[str]:
    """Return a text as it is, and in every other way in which it may be read."""
    plain = seen(text)
    latin = unicodedata.normalize("NFKC", plain).translate(_LATIN)
    together = _SPELT.sub(lambda spelt: re.sub(r"[ ._*-]", "", spelt.group()), latin)
    lettered = _MIXED.sub(lambda word: word.group().translate(_DIGITS), latin)
    return list(dict.fromkeys((plain, latin, together, lettered, *map(_decoded, _encoded(plain)))))


def _encoded(text: str) -> list[str]:
    return _BASE64.findall(text)


def _decoded(text: str) -> str:
    """Return what a text in base64 says; empty where that is not text."""
    whole = text.rstrip("=")
    try:
        said = base64.b64decode(whole + "=" * (-len(whole) % 4)).decode()
    except ValueError:
        return ""
    return said if said.isprintable() else ""
