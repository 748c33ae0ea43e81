"""Numbers of an answer that neither the question nor the facts hold."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import isclose, isfinite
from typing import Any

from function.json_tree import key_of, name_of, walk

_SIZES = {
    ("ratio", 0.01): "% percent pct percentage por_cento per_cent",
    ("ratio", 1.0): "ratio",
    ("time", 1e-6): "us",
    ("time", 1e-3): "ms millis millisecond milliseconds milissegundos",
    ("time", 1.0): "s sec second seconds segundo segundos",
    ("time", 60.0): "min minute minutes minuto minutos",
    ("time", 3_600.0): "h hour hours hora horas",
    ("time", 86_400.0): "d day days dia dias",
    ("bytes", 1.0): "b byte bytes",
    ("bytes", 1e3): "kb kilobyte kilobytes",
    ("bytes", 1e6): "mb megabyte megabytes",
    ("bytes", 1e9): "gb gigabyte gigabytes",
    ("bytes", 1e12): "tb terabyte terabytes",
    ("bytes", 2.0**10): "kib ki",
    ("bytes", 2.0**20): "mib mi",
    ("bytes", 2.0**30): "gib gi",
    ("bytes", 2.0**40): "tib ti",
}
_UNITS = {name: kind for kind, names in _SIZES.items() for name in names.split()}
"""Dimension and size of a unit, by its name in lower case."""

_NUMBER = re.compile(
    r"(?<![\w.,])(?<![^\W\d]-)(?P<digits>(?:\d[\d.,]*\d|\d)(?:\s?[¼½¾])?|[¼½¾])(?!\d)\s?"
    r"(?P<unit>%|por cento|per cent|[A-Za-z]+)?",
    re.ASCII,
)
_MINUS = re.compile(r"(?<![\w.,%°$€£)\]/–−-])(?<!\d )[-–−](?:(?:[A-Z]{0,2}\$|[€£])\s?)?$")
"""A sign before a number; the dash of a range, a date or a list is none, nor is that of ±."""
_ANY, _BARE, _RATIO = "any", "bare", "percent"
"""Kinds of known values beside the dimensions: as written, of all, without unit, of ratios."""
_FRACTIONS = {"¼": 0.25, "½": 0.5, "¾": 0.75}
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_FOREIGN_MARKS = str.maketrans("٫٬٪．，％－‐‑", ".,%.,%---")
_CLASSES = re.compile(r"x+|st|nd|rd|th")
"""Letters behind the digits of "2xx" and "3rd"."""
_MORE = re.compile(r"[\w-]")
"""What comes behind the letters of "7f9c"."""
_LIST_MARKER = re.compile(r"^[^\S\n]*\d{1,2}[.)]\s", re.MULTILINE)
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_BEFORE = 8
"""Characters before a number that may be its sign, with a currency."""


@dataclass(frozen=True)
class Quantity:
    """A number as it was written, with all it can mean.

    ``values`` has more than one member where the writing is ambiguous: 1.299 may be thousands.
    They have the sign of the number.
    ``step`` is half of the last digit's weight, 0 where the number has a single digit.
    """

    text: str
    values: tuple[float, ...]
    step: float
    unit: str | None

    @property
    def dimension(self) -> str | None:
        """What the unit measures; None without a unit."""
        return _UNITS[self.unit][0] if self.unit else None


class KnownNumbers:
    """The numbers that an answer may state, sorted, so that each is found without a walk.

    A number stems from a source that has the same value in its unit or in another of the same
    dimension, perhaps rounded. A number without a sign may be that of a negative source: -5 % is
    "5 % less". A ratio may be percent on either side.
    """

    def __init__(self, sources: Iterable[Quantity]) -> None:
        self._written: set[tuple[str, str | None]] = set()
        values: defaultdict[str, set[float]] = defaultdict(set)
        for source in sources:
            self._written.add((source.text, source.unit))
            for value in source.values:
                values[_ANY].add(value)
                if source.unit is None:
                    values[_BARE].add(value)
                    continue
                dimension, size = _UNITS[source.unit]
                values[dimension].add(value * size)
                if dimension == "ratio":
                    values[_RATIO].add(value)
        self._signed = {kind: sorted(found) for kind, found in values.items()}
        self._unsigned = {kind: sorted(map(abs, found)) for kind, found in values.items()}

    def has(self, number: Quantity) -> bool:
        """Return whether the number stems from one of the sources."""
        if (number.text, number.unit) in self._written:
            return True
        return any(self._has_value(value, number) for value in number.values)

    def _has_value(self, value: float, number: Quantity) -> bool:
        step = number.step
        if number.unit is None:
            return self._near(_ANY, value, step) or self._near(_RATIO, value, step, 100)
        dimension, size = _UNITS[number.unit]
        if self._near(_BARE, value, step) or self._near(dimension, value, step, size):
            return True
        return dimension == "ratio" and self._near(_BARE, value, step, 0.01)

    def _near(self, kind: str, value: float, step: float, size: float = 1.0) -> bool:
        """Return whether the nearest of the sources' values, divided by ``size``, is near
        enough."""
        listed = (self._signed if value < 0 else self._unsigned).get(kind, [])
        place = bisect_left(listed, value * size)
        return any(
            _near(value, each / size, step) for each in listed[max(place - 1, 0) : place + 1]
        )


def quantities(text: str) -> Iterator[Quantity]:
    """Yield every number in a text; numerals of a list and digits inside identifiers are none."""
    for match in _NUMBER.finditer(_in_ascii_digits(_LIST_MARKER.sub("", text))):
        unit = (match["unit"] or "").lower().replace(" ", "_")
        if unit not in _UNITS:
            attached = bool(unit) and not match.string[match.end("digits")].isspace()
            if attached and _tells_no_amount(match, unit):
                continue
            unit = ""
        before = match.string[max(match.start() - _BEFORE, 0) : match.start()]
        yield _quantity(match["digits"], unit or None, negative=bool(_MINUS.search(before)))


def only_quantity(text: str) -> Quantity | None:
    """Return the one number of a text, None where it has none, several or one beyond a double."""
    found = list(islice(quantities(text), 2))
    return found[0] if len(found) == 1 and found[0].values else None


def one_meaning(values: Iterable[float], written: str, *, portuguese: bool) -> int | float:
    """Return the value that a number has in a language, of all that its writing can mean.

    18,420 are thousands in English, a fraction in Portuguese.
    """
    value = max(values) if ("." if portuguese else ",") in written else min(values)
    return int(value) if float(value).is_integer() else value


def _in_ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    digits = _FOREIGN_DIGIT.sub(lambda match: str(unicodedata.digit(match.group())), text)
    return digits.translate(_FOREIGN_MARKS)


def _tells_no_amount(match: re.Match[str], letters: str) -> bool:
    """Return whether the letters behind digits make an identifier of them; ``7pods`` is a
    number."""
    return bool(_CLASSES.fullmatch(letters) or _MORE.match(match.string, match.end()))


def _quantity(written: str, unit: str | None, *, negative: bool) -> Quantity:
    if written.isdecimal():  # as most are, in a third of the time
        whole = float(written)
        values = (-whole if negative else whole,) if isfinite(whole) else ()
        return Quantity("-" * negative + written, values, 0.0, unit)
    fraction = _FRACTIONS.get(written[-1])
    digits = written if fraction is None else written[:-1].rstrip() or "0"
    meant, decimals = _values(digits)
    # Only a number of two digits or more can be a rounded one; "3" is not 3.4.
    significant = len(re.sub("[.,]", "", digits).lstrip("0"))
    step = 0.5 * 10.0**-decimals if significant > 1 and decimals else 0.0
    sign = -1 if negative else 1
    # What is beyond a double has no value, and is only the same as written.
    signed = tuple(sign * (value + (fraction or 0.0)) for value in meant if isfinite(value))
    return Quantity("-" * negative + written, signed, step, unit)


def _values(digits: str) -> tuple[set[float], int]:
    """Return all that digits with points and commas can mean, and how many decimals they may
    have."""
    values: set[float] = set()
    decimals = 0
    separators = [c for c in digits if c in ".,"]
    last = max(digits.rfind("."), digits.rfind(","))
    if not separators:
        values.add(float(digits))
    elif len(set(separators)) == 2 and separators.count(digits[last]) == 1:
        decimals = len(digits) - last - 1
        values.add(float(re.sub("[.,]", "", digits[:last]) + "." + digits[last + 1 :]))
    elif len(separators) == 1:
        decimals = len(digits) - last - 1
        values.add(float(f"{digits[:last]}.{digits[last + 1 :]}"))
    if _THOUSANDS.fullmatch(digits):
        values.add(float(re.sub("[.,]", "", digits)))
    return values, decimals


def _near(mine: float, theirs: float, step: float) -> bool:
    return isclose(mine, theirs, rel_tol=1e-6, abs_tol=1e-9) or abs(mine - theirs) <= step * 1.0001


def quantities_of(value: Any, name: str = "") -> Iterator[Quantity]:
    """Yield every number in a JSON value; the last word of a key such as ``p95_ms`` is a unit.

    :param name: the key of the value itself.
    """
    for path, each in walk(value):
        if (key := key_of(path)) is not None:
            yield from quantities(key)
        if isinstance(each, str):
            yield from quantities(each)
        elif isinstance(each, (int, float)) and not isinstance(each, bool):
            for unit in _units_of(name_of(path) or name):
                yield Quantity(text=repr(each), values=_as_double(each), step=0.0, unit=unit)


def _as_double(value: int | float) -> tuple[float, ...]:
    try:
        return (float(value),)
    except OverflowError:
        return ()


def _units_of(key: str) -> list[str | None]:
    """Return the units that a key may mean; ``cpu_min`` may be minutes, or a minimum of
    anything."""
    words = re.split(r"[_\W]|(?<=[a-z])(?=[A-Z])", key)
    last = words[-1].lower()
    if last not in _UNITS:
        return [None]
    if last == "min" or len(key) == 1:
        return [last, None]
    return [last]


def ungrounded_numbers(answer: Iterable[Quantity], known: KnownNumbers) -> list[str]:
    """Return the numbers of the answer that stem from no source, as they were written."""
    found = [
        quantity.text + ("%" if quantity.unit == "%" else "")
        for quantity in answer
        if not known.has(quantity)
    ]
    return list(dict.fromkeys(found))
