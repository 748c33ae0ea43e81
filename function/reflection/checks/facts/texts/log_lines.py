"""What a log says to a question: the time, the file or the step of one line, or how many there are.

*When did the disk fail?* is answered by the time of the only line that has all words of the
question, or of the first or last of those that have them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from function.reflection.checks.facts.expected import Expected, says_value
from function.reflection.checks.facts.question import FUNCTION_WORDS, WHEN, Question, telling
from function.reflection.checks.facts.vocabulary import (
    WORD,
    Said,
    are_forms,
    mean_the_same,
    word_set,
)
from function.reflection.text.words import fold

_TIME = re.compile(
    r"\W{0,2}(?P<stamp>(?:\d{4}-\d{2}-\d{2}[T ]|[A-Z][a-z]{2} {1,2}\d{1,2} )?"
    r"(?P<clock>\d{1,2}:\d{2}(?::\d{2})?)"
    r"(?:[.,]\d+)?Z?)\b[\])]?\s*[-:]?\s*(?P<said>\S.*)"
)
_LEVEL = re.compile(r"\b(error|warn|warning|info|debug|fatal|critical|erro|aviso)(?:s|es)?\b")
_LEVEL_OF = {"warning": "warn", "erro": "error", "aviso": "warn"}
_WHEN = re.compile(rf"\b{WHEN}\b")
_FIRST = re.compile(r"\b(?:first|primeir[oa])\b")
_LAST = re.compile(r"\b(?:last|latest|most recent|ultim[oa])\b")
_COMPARES = re.compile(
    r"\b(?:and|or|not|before|after|since|until|between|average|per|each|than|ou|nao|antes|depois|"
    r"desde|ate|entre|media|por|cada|how long|quanto tempo)\b"
)
_SAYING = word_set(
    "happen happened occur occurred appear appeared line lines entry entries log event time there "
    "aconteceu ocorreu linha linhas registro evento hora horas que foi was were did do does logged "
    "first last latest most recent primeiro primeira ultimo ultima"
)
_DURATION = re.compile(r"(?<![\w.])(\d+(?:[.,]\d+)?) ?(ms|s|sec|secs|seconds?|min|minutes?)\b")
_SLOWEST = re.compile(r"\b(?:slowest|longest|mais (?:lent[oa]|demorad[oa]|long[oa]))\b")
_FASTEST = re.compile(r"\b(?:fastest|quickest|shortest|mais (?:rapid[oa]|curt[oa]))\b")
_HOW_LONG = re.compile(
    r"\b(?:how (?:long|much time|many (?:ms|seconds|minutes))|quanto tempo|quantos segundos)\b"
)
_FAILS = re.compile(
    r"\b(?:err(?:or|o)s?|fail\w*|fatal|critical|exception|panic|crash\w*|den(?:ied|y)|refused|rejected|"
    r"unreachable|timeout|timed out|cannot|could not|couldn|unable|not (?:found|be)|missing|"
    r"stop(?:ped)?|falh\w*|negad\w*|recusad\w*|rejeitad\w*|interromp\w*|esgotad\w*|par(?:ou|ad[oa])|nao)\b"
)
"""Words, in questions and in lines, of what did not go well."""
_ASKED = re.compile(
    r"\b(?:which|what|em que|em qual|de que|de qual|qual(?: e| foi)?(?: o| a)?|que)\s+"
    r"([^\W\d_]{2,})"
)
_MORE = re.compile(
    r"\b(?:and|or|most|least|average|each|every|both|all|total|e|ou|cada|media|todos|todas|mais|menos)\b"
)
_TIMES = re.compile(r"\b(?:how many times|how often|quantas vezes)\b")
_TRIES = re.compile(r"\b(?:how many|quant[oa]s) ([^\W\d_]{3,})\b.*\b(?:before|antes)\b")
_STAMP = re.compile(
    r"^\W{0,2}(?:\d{4}-\d\d-\d\d[t ]?|[a-z]{3} {1,2}\d{1,2} (?=\d))?"
    r"(?:\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?z?)?[\])]?\s*",
    re.I,
)
_PLACE = re.compile(r"^\W{0,2}(?:\d+(?:/\d+)?|[a-z]+ \d+/\d+)[\])]?[:.]?\s+", re.I)
_STEPS = re.compile(
    r"(?:tests?|steps?|stages?|jobs?|tasks?|checks?|phases?|testes?|etapas?|passos?|tarefas?|fases?)"
)
MOST_NAMED = 4
"""Words of the name of a step."""
_ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_FILE = re.compile(r"(?<![\w.])[\w./-]*\w\.[a-z]\w{0,4}(?![\w.])", re.I)
_CODE = re.compile(r"(?<![\w./-])[a-z]\w*(?:-\w+)+(?![\w-])|(?<![\w./-])[a-z]+\d+(?![\w-])", re.I)
_KINDS: tuple[tuple[frozenset[str], re.Pattern[str]], ...] = (
    (frozenset(("address", "ip", "endereco")), _ADDRESS),
    (frozenset(("file", "arquivo", "ficheiro")), _FILE),
    (word_set(
        "host server node machine device pod servidor maquina no dispositivo equipamento sensor "
        "service servico job"
    ), _CODE),
)  # fmt: skip
"""Nouns of what a line has in a form of its own."""
_VERBS = word_set(
    "tried try log logged happened happen went go got made make sent appear appeared line lines "
    "tentou tentaram registro aconteceu vez vezes times often many first last"
)


def is_stamped(lines: Sequence[str]) -> bool:
    """Return whether each of the lines begins with a time."""
    return all(map(_TIME.match, lines))


def expected_of_log(question: Question, lines: Sequence[str]) -> Expected | None:
    """Return the demand for what the lines of a log decide, None where they leave it open."""
    stamped = [found for line in lines if (found := _TIME.match(line)) is not None]
    demand = _of_stamped(question, stamped) if len(stamped) == len(lines) else None
    if demand is not None:
        return demand
    if (tries := _tries(question, lines)) is not None:
        return tries
    if _TIMES.search(question.folded) and stamped:
        return _times(question, lines)
    if _SLOWEST.search(question.folded) or _FASTEST.search(question.folded):
        return _extreme(question, lines)
    asked = _ASKED.search(question.folded)
    if asked is None or asked[1] in FUNCTION_WORDS or _MORE.search(question.folded[asked.end() :]):
        return None
    return _value_asked(question, asked[1], lines) or _failure(question, asked[1], lines)


def _of_stamped(question: Question, lines: Sequence[re.Match[str]]) -> Expected | None:
    """Return the demand for the time of a line, or the number of those with one level."""
    folded = question.folded
    if _COMPARES.search(folded):
        return None
    if re.search(r"\b(?:how many|quant[oa]s)\b", folded):
        return _counted(question, lines)
    if not _WHEN.search(folded):
        return None
    words = [word for word in question.content_words() if word not in _SAYING]
    if not words:
        return None
    having = [line for line in lines if all(map(Said([line["said"]]).has, words))]
    if _FIRST.search(folded) or _LAST.search(folded):
        having = having[:1] if _FIRST.search(folded) else having[-1:]
    if len(having) != 1:
        return None
    line = having[0]
    stamp, clock, said = line["stamp"], line["clock"], line["said"]
    reason = f"the log says {stamp} {said}; the answer must say {clock}"
    return Expected.of("asked_line", reason, f"{clock}: {said}", clock)


def _counted(question: Question, lines: Sequence[re.Match[str]]) -> Expected | None:
    """Return the demand to say how many lines have a level."""
    levels = [_LEVEL_OF.get(found[1], found[1]) for found in _LEVEL.finditer(question.folded)]
    others = set(question.content_words()) - _SAYING - FUNCTION_WORDS
    others = {word for word in others if not _LEVEL.fullmatch(word)}
    if len(levels) != 1 or others:
        return None
    known = [_LEVEL.match(fold(line["said"]).lstrip("[(")) for line in lines]
    if not all(known):
        return None
    given = [_LEVEL_OF.get(found[1], found[1]) for found in known if found is not None]
    count = given.count(levels[0])
    return _demand_count(count, f"the log has {count} lines of {levels[0]}")


def _extreme(question: Question, lines: Sequence[str]) -> Expected | None:
    """Return the demand for the longest or the shortest of the times that lines took."""
    found = [(line, spans[0]) for line in lines if len(spans := _durations(line)) == 1]
    if len(found) < 2 or len({span[2] for _, span in found}) != 1:
        return None
    pick: Callable[..., float] = max if _SLOWEST.search(question.folded) else min
    extreme = pick(span[1] for _, span in found)
    best = [(line, span) for line, span in found if span[1] == extreme]
    if len(best) != 1:
        return None
    line, (text, _, _) = best[0]
    rest = _STAMP.sub("", line).replace(text, "").strip(" -:,;|")
    if _HOW_LONG.search(question.folded):
        others = [span[0] for _, span in found if span[0] != text]
        return _demand(text, others, f"{text} ({rest})." if rest else f"{text}.", line)
    others = [_STAMP.sub("", one).replace(span[0], "").strip(" -:,;|") for one, span in found]
    return _demand(rest, [one for one in others if one != rest], f"{rest} ({text}).", line)


def _durations(line: str) -> list[tuple[str, float, str]]:
    plain = _STAMP.sub("", line)
    return [
        (found[0], float(found[1].replace(",", ".")), "ms" if found[2] == "ms" else found[2][0])
        for found in _DURATION.finditer(plain)
    ]


def _times(question: Question, lines: Sequence[str]) -> Expected | None:
    """Return the demand for the number of lines that have each word of the question."""
    words = [word for word in question.content_words() if word not in _VERBS]
    if not words:
        return None
    count = sum(all(map(Said([line]).has_form, words)) for line in lines)
    if not count:
        return None
    return _demand_count(count, f"{count} lines of the log say it")


def _tries(question: Question, lines: Sequence[str]) -> Expected | None:
    """Return the demand for how many of numbered tries went before the one that went otherwise."""
    asked = _TRIES.search(question.folded)
    if asked is None:
        return None
    numbered = [
        match
        for line in lines
        for match in re.finditer(r"([^\W\d_]{3,}) ?#?(\d+)\W+(.*)", fold(_STAMP.sub("", line)))
        if are_forms(match[1], asked[1])
    ]
    outcomes = [match[3] for match in numbered]
    numbers = [int(match[2]) for match in numbered]
    if len(numbers) < 2 or numbers != list(range(1, len(lines) + 1)):
        return None
    if len(set(outcomes[:-1])) != 1 or outcomes[-1] == outcomes[0]:
        return None
    before = len(numbers) - 1

    def is_met(text: str) -> bool:
        # The one that went otherwise may be counted as well.
        return says_value(text, before) or says_value(text, before + 1)

    reason = f"{before} went before the one that went otherwise; the answer must say {before}"
    return Expected("asked_count", reason, is_met, f"{before}.", (str(before),))


def _value_asked(question: Question, noun: str, lines: Sequence[str]) -> Expected | None:
    """Return the demand for what the one line that is asked about has of the noun."""
    values = {line: found for line in lines if len(found := _values(noun, line)) == 1}
    meant = _meant(question, noun, list(values))
    said = {values[line][0] for line in meant}
    if len(said) != 1:
        return None
    value = said.pop()
    others = {found[0] for found in values.values()} - {value}
    line = _STAMP.sub("", meant[0]).strip()
    return _demand(value, sorted(others), f"{value} ({line}).", line)


def _failure(question: Question, noun: str, lines: Sequence[str]) -> Expected | None:
    """Return the demand for the one step, test or the like that failed, with what is said of it."""
    if not _STEPS.fullmatch(noun) or not _FAILS.search(question.folded):
        return None
    plain = [_STAMP.sub("", _PLACE.sub("", line)).strip() for line in lines]
    found = [(line, match) for line in plain if (match := _FAILS.search(fold(line)))]
    if len(found) != 1 or len(found) == len(plain) or len(fold(found[0][0])) != len(found[0][0]):
        return None
    line, match = found[0]
    name = line[: match.start()].strip(" -:,;|")
    words = set(_meaningful(question)) - set(WORD.findall(fold(noun)))
    if not name or len(name.split()) > MOST_NAMED or not all(map(Said([line]).has_form, words)):
        return None
    names = [one.split()[0].strip(":,;") for one in plain if one and one != line]
    told = telling(line[match.end() :])
    demand = _demand(name, names, f"{line.strip(' .')}.", line)

    def is_met(text: str) -> bool:
        return demand.is_met(text) and (not told or any(map(Said([text]).has_form, told)))

    return demand._replace(is_met=is_met) if told else demand


def _meaningful(question: Question) -> list[str]:
    """Return the words of a question that say more than that something failed."""
    words = question.content_words()
    return [word for word in words if word not in _VERBS and not _FAILS.fullmatch(word)]


def _meant(question: Question, noun: str, lines: Sequence[str]) -> list[str]:
    """Return the lines that a question is about: those that failed, or that share its words."""
    words = [word for word in _meaningful(question) if not are_forms(word, noun)]
    shared = {line: sum(map(Said([line]).has_form, words)) for line in lines}
    if _FAILS.search(question.folded):
        failed = [line for line in lines if _FAILS.search(fold(line))]
        most = max((shared[line] for line in failed), default=0)
        is_plain = 0 < len(failed) < len(lines)
        return [line for line in failed if shared[line] == most] if is_plain else []
    most = max(shared.values(), default=0)
    best = [line for line in lines if shared[line] == most]
    return best if most and len(best) == 1 else []


def _values(noun: str, line: str) -> list[str]:
    """Return what a line has of a noun: the value of its key, what stands behind it, its kind."""
    plain = _STAMP.sub("", line)
    keyed = [
        match[2]
        for match in re.finditer(r"([^\W\d_]+)=\"?([^\s\",;]+)", plain)
        if _is_alike(fold(match[1]), noun)
    ]
    if keyed:
        return keyed
    kinds = [
        pattern for nouns, pattern in _KINDS if noun in nouns or noun.removesuffix("s") in nouns
    ]
    if kinds:
        return list(dict.fromkeys(kinds[0].findall(plain)))
    behind = [
        match[2]
        for match in re.finditer(r"([^\W\d_]+)[ #:]+([\w./-]*\d[\w./-]*)", plain)
        if _is_alike(fold(match[1]), noun)
    ]
    return [each.strip(".") for each in behind]


def _is_alike(word: str, noun: str) -> bool:
    return are_forms(word, noun) or mean_the_same(word, noun)


def _demand(value: str, others: Sequence[str], stated: str, line: str) -> Expected:
    short = fold(value).rpartition("/")[2]

    def is_met(text: str) -> bool:
        folded = fold(text)
        place = folded.find(short)
        if place < 0 and any(map(str.isdigit, short)) and _DURATION.fullmatch(value):
            return says_value(text, value)
        before = [fold(other).rpartition("/")[2] for other in others]
        return place >= 0 and not any(0 <= folded.find(other) < place for other in before)

    reason = f"the log says {line}; the answer must say {value}"
    return Expected("asked_line", reason, is_met, stated, (value,))


def _demand_count(count: int, reason: str) -> Expected:
    return Expected.of("asked_count", f"{reason}; the answer must say {count}", f"{count}.", count)
