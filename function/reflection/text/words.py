"""Words of a text without case and accents, for comparison, and the language that they are of.

*São* and *sao* are one word. The language is that of the commonest words, or of n-grams of bytes
(py3langid, "langid.py", ACL 2012).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from threading import Lock
from typing import Any, TypeVar

from function.schemas.folding import without_accents

T = TypeVar("T")

WORD = re.compile(r"[^\W_](?:[\w'’.&+-]*[^\W_])?")
SPACELESS = (
    "\u3005\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"  # Chinese and Japanese
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6"
    "\u0edc-\u0edf\u1780-\u17b3\u17d7\u17dc"  # Thai, Lao, Khmer
    "\u1000-\u102a\u103f\u1050-\u1055\u105a-\u105d\u1061\u1065\u1066\u106e-\u1070"
    "\u1075-\u1081\u108e\ua9e0-\ua9e4\ua9e6-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa76\uaa7a"  # Myanmar
    "\u1950-\u197c\u1980-\u19ab\u1a20-\u1a54\u1b05-\u1b33\ua984-\ua9b2\ua000-\ua48c"
)
"""Letters of scripts that write no spaces between words, as the inside of a character class.

The last line has Tai Le, New Tai Lue, Tai Tham, Balinese, Javanese and Yi.
"""
APART = re.compile(r"[-.'’_+&]")
"""What stands between the parts of a word."""
_UNDECOMPOSED = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that are others with a stroke or two in one, which Unicode does not take apart."""
_KEY_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W_A-Z]+")
MOST_REMEMBERED = 1_024
LONGEST_REMEMBERED = 100
"""Characters; longer names are not fields' names, and could be sent to fill the memory."""


_SPACELESS_LETTER = re.compile(f"[{SPACELESS}]")
_OTHER_WORDS = re.compile(rf"(?:(?![{SPACELESS}])\w)+")


def count_words(text: str) -> int:
    """Return the number of words: what white space separates, and each letter of a script that
    writes no spaces."""
    pieces = text.split()
    if text.isascii() or not _SPACELESS_LETTER.search(text):
        return len(pieces)
    return sum(map(_words_in, pieces))


def _words_in(piece: str) -> int:
    letters = len(_SPACELESS_LETTER.findall(piece))
    return letters + len(_OTHER_WORDS.findall(piece)) if letters else 1


def bounded(name: str) -> str:
    """Return a pattern that finds a name as a word, in scripts with spaces and without."""
    before = "" if _SPACELESS_LETTER.match(name) else rf"(?<![^\W{SPACELESS}])"
    after = "" if _SPACELESS_LETTER.match(name[-1:]) else rf"(?![^\W{SPACELESS}])"
    return f"{before}{re.escape(name)}{after}"


def caseless(text: str) -> str:
    """Return a text for comparison: canonically composed, without case; accents stay."""
    if text.isascii():
        return text.lower()
    # Case folding takes some composed letters apart.
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFC", decomposed)


def composed(text: str) -> str:
    """Return a text for comparison to the letter: the same letters are the same code points."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Return a text for comparison: without case and accents."""
    if text.isascii():
        return text.lower()
    return without_accents(text).translate(_UNDECOMPOSED)


def key_words(name: str) -> list[str]:
    """Return the folded words of a key, whichever way it is spelt: those of ``oldPrice`` are *old*
    and *price*."""
    return [fold(word) for word in _KEY_WORD.findall(name)]


def remembered(make: Callable[[str], T]) -> Callable[[str], T]:
    """Return what is made of a field's name, kept: an agent's events bring the same fields again.

    :param make: a pure function; its result must not be changed.
    """
    kept = lru_cache(MOST_REMEMBERED)(make)

    def find(name: str) -> T:
        return kept(name) if len(name) <= LONGEST_REMEMBERED else make(name)

    return find


def words_of(text: str) -> set[str]:
    """Return the folded words of a text, whole and at their hyphens and dots."""
    found: set[str] = set()
    for word in WORD.findall(text):
        folded = fold(word)
        found.add(folded)
        if not folded.isalnum():  # most words have no parts
            found.update(filter(None, APART.split(folded)))
        if not word.isascii():
            found.update(_SPACELESS_LETTER.findall(folded))
    return found


LANGUAGES = ("de", "en", "es", "fr", "it", "pt")
UNLIKELY = 0.1
"""A short text in the right language is seldom held to be as unlikely as this."""

FEWEST_WORDS = 3
"""Fewer show no language: names such as ``pod-restart`` are the same in all of them."""
_COMMON_WORDS = {
    "en": """the a an is are was were be of and or to in on at by from about for with i my your you
        it this that these have has do does not what which how why who where when can will would
        should there any please""",
    "pt": """o a os um uma de do da dos das ao que para com em não é são está por pela pelo seu
        sua meu minha você eu me isso este esta qual quais quanto quantos como tem temos há foi
        onde quando mais e ou no na nos nas algo algum alguma bom boa quem""",
    "es": """el la los las un una de del que para con en no es son está por su usted cuál cuánto
        cómo tiene hay dónde cuándo y""",
    "fr": """le la les un une des de du que pour avec en ne pas est sont par votre vous quel quelle
        comment où quand et il y dans""",
    "de": """der die das ein eine und von zu für mit in nicht ist sind wie was wer wo wann warum
        es im den dem auf""",
}
_FUNCTION_WORDS = """
yes no there is are was were be it its this that these those the a an and or of to in on for with by
at as do does did have has had can could will would should may might here some any i you we they he
she them him her me my your our their not also so very
sim nao ha existe existem um uma uns umas o os as de do da dos das em na nos nas por para com e ou
que se ele ela eles elas esta este estes estas isso isto aqui tem temos"""
EMPTY_WORDS = frozenset(_FUNCTION_WORDS.split())
"""Folded words that say nothing by themselves, in English and Portuguese."""
_LETTERS = re.compile(r"[^\W\d_]+")
_LANGUAGES_OF: dict[str, list[str]] = {}
"""The languages in which a word is common."""
for _name, _words in _COMMON_WORDS.items():
    for _word in set(_words.split()):
        _LANGUAGES_OF.setdefault(_word, []).append(_name)
ASKS_FOR_LANGUAGE = re.compile(
    r"\b(?:translat\w+|tradu\w+)|\b(?:in|into|to|em|para o?) ?"
    r"(?:english|portuguese|spanish|french|german|italian|ingl[eê]s|portugu[eê]s|espanhol|"
    r"franc[eê]s|alem[aã]o|italiano)\b",
    re.I,
)
"""What asks for an answer in another language than its own."""
_NASAL = frozenset("ãõ")
"""Letters of Portuguese alone, among these languages."""
LEAST_COMMON = 3
"""Common words of a language that a text needs, more than twice those of any other, to be in it."""
_loading = Lock()


def is_latin(text: str) -> bool:
    """Return whether most letters are Latin, as those of all these languages are; also without
    any."""
    letters = [char for char in text if char.isalpha()]
    latin = sum(unicodedata.name(char, "").startswith("LATIN") for char in letters)
    return 2 * latin >= len(letters)


def is_too_short(text: str) -> bool:
    """Return whether a text has too few words to show its language."""
    return len(_LETTERS.findall(text)) < FEWEST_WORDS


def probability(text: str, language: str) -> float:
    """Return how likely it is that a text is in one of :data:`LANGUAGES`, 0 to 1."""
    with _loading:  # loading takes a second and is wanted once
        known = _identifier()
    return float(dict(known.rank(text))[language])


@cache
def _identifier() -> Any:
    # Imported here: it needs numpy, and most requests ask for no language.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages(list(LANGUAGES))
    return found


def language_of(text: str) -> str | None:
    """Return the language that a text is plainly in, by its commonest words; None if unclear."""
    words, counts = _counted(text)
    if words < LEAST_COMMON or not counts:
        return None
    second, most = sorted((0, *counts.values()))[-2:]
    if most < LEAST_COMMON or most <= 2 * second or most < 0.15 * words:
        return None
    return max(counts, key=counts.__getitem__)


def is_in_two_languages(text: str) -> bool:
    """Return whether lines of a text are plainly in different languages."""
    return len({language_of(line) for line in text.splitlines()} - {None}) > 1


def leaning(text: str) -> str | None:
    """Return the language with most common words in a text, however few; None for a tie."""
    _, counts = _counted(text)
    second, most = sorted((0, 0, *counts.values()))[-2:]
    return max(counts, key=counts.__getitem__) if most > second else None


@lru_cache(maxsize=64)
def _counted(text: str) -> tuple[int, Mapping[str, int]]:
    """Return the number of words at the beginning of a text, and of common ones by language.

    A question is asked for its language twice in an event.
    """
    beginning = text[:4_000].lower()
    words = _LETTERS.findall(beginning)
    counts: dict[str, int] = {}
    for word in words:
        for name in _LANGUAGES_OF.get(word, ()):
            counts[name] = counts.get(name, 0) + 1
    if not _NASAL.isdisjoint(beginning):
        nasal = sum(not _NASAL.isdisjoint(word) for word in words)
        counts["pt"] = counts.get("pt", 0) + nasal
    return len(words), counts
