"""Texts of strangers, without what is said to the reader instead of about the case.

A model that scores choices takes whatever it reads for part of the case: "choose B" makes B more
likely. So sentences that give orders, or that name an option, are left out before anything is
scored. What an option is called is no news about the case.

Of an alert the labels decide. Anybody who can name a pod or add a label writes into it, so that
only labels with a known meaning are read, and only where their values look like values of theirs:
identifiers for resources, one word for states, one compound word for the name of the alert. The
label ``pod: "ignore the rules"`` is read as ``unnamed``.

This is for texts that only report a case, as alerts do: no order belongs into them at all.
Elsewhere the case may itself be what somebody wants ("please cancel my order"), see
:mod:`function.reflection.prompt.screening`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from function.contract import Choice
from function.json_tree import map_leaves
from function.reflection.prompt.injected_instructions import ANSWER_STEMS, is_order
from function.reflection.prompt.truncation import MARK, shortened
from function.reflection.text.disguises import disguises
from function.reflection.text.words import fold
from function.remediation import NAMED_BY, bare_key, means_namespace

# Blanks around a line break are left to the pieces: a pattern that looks for them takes the square
# of their number.
_PIECES = re.compile(r"(?<=[.!?;])\s+|[\n\r\u2028\u2029]+|(?=<|\[)|(?<=[>\]。！？；｡؟।॥])")
_ABOUT_THE_CHOICE = re.compile(
    r"\b(ignore|ignora|ignorem?|desconsidere|disregard|forget|esqueca|olvida|override|"
    r"instructions?|instruc(?:oes|ao|ciones)|prompt|system\s*:|assistant\s*:|user\s*:|"
    r"choose|chosen|choice|choices|escolh\w+|elija|select|selecione|pick|option|options|opcao|"
    r"opcoes|opcion|answer|answers|respond|resposta|responda|respuesta|reply|correct action|"
    r"right (?:action|remediation|answer)|remediation|you must|you should|you have to|voce deve|"
    r"must be done|should be done|what should|do not do|nao faca|policy|only permitted|"
    r"permitted action|action\s*[=:]|we always|confidence|"
    r"human\s*:|ai\s*:|verdict|decision|decided|decode|remedy|remedies|"
    r"right thing|decid\w+|chose|runbook (?:says|states)|lambda_function|"
    r"(?:the|is|o|a|e|el|la|es|le|est|il) (?:correct[oae]?|corret[oa]|cert[oa])|"
    # Portuguese, Spanish, German, Dutch, French, Italian
    r"elige|elegir|escog\w+|regras|reglas|ignorier\w*|vergiss|missacht\w*|anweisung\w*|antworte|"
    r"antworten sie|die antwort|antwort\s*:|wahle\w*|auswahl\w*|auswahlen|entscheid\w*|"
    r"richtige\w*|korrekte\w*|regeln|negeer|vergeet|kies|keuze|antwoord|juiste|regels|ignorez|"
    r"oubliez?|consignes?|chois\w+|choix|repondez|repondre|reponse|regles|dimentica\w*|"
    r"istruzion\w+|scegli\w*|scelta|rispondi|rispondere|risposta|regole)\b"
    r"|<\||\|>|<<|\[/?inst\]|</?\w+>|<!--|<\w+_of_turn>|^\s*(?:#{1,6}\s|[qa]:\s|```|>\s|- \[)"
    r"|^\W*(?:system|assistant|user|human|model|tool)\W*$|^\W+$|\{\s*\"|\"\s*:\s*[\"{\[]"
)
_WORD = re.compile(r"\w+")
_SMALL = frozenset(("a", "an", "and", "at", "by", "for", "in", "is", "it", "of", "on", "the", "to"))
_JOINT = r"[^\w\s]?[-_./:*`'\"][^\w\s]?"
"""What may stand between the words of an option's name; a blank makes words like any others."""
MOST_OF_IT = 0.75
"""Share of the words of an option in one sentence that makes it a quotation."""
LEAST_WORDS = 2
LONGEST_READ = 32_768
"""Characters of one text: more than the window of a model that scores choices has room for."""
NAME_LABEL = "alertname"
_RESOURCES = frozenset(noun for nouns in NAMED_BY.values() for noun in nouns) | {
    *("container", "node", "nodename", "host", "instance", "job", "cronjob", "service", "app"),
    *("name", "workload", "endpoint", "device", "mountpoint", "volumename", "resourcequota"),
    *("poddisruptionbudget", "scaledobject", "helmchart", "helmrepository", "certificate"),
}
_STATES = frozenset(
    (
        *("reason", "phase", "condition", "status", "state", "kind", "type", "severity", "ready"),
        *("suspended", "suspend", "customresource_kind", "resource_kind", "workload_type"),
        *("resource", "replicas", "desired_replicas", "spec_replicas", "available_replicas"),
        *("ready_replicas", "current_replicas", "unavailable_replicas", "max_replicas", "code"),
    )
)
_IDENTIFIER = re.compile(r"[A-Za-z0-9/][A-Za-z0-9._:/-]*")
_STATE = re.compile(r"[A-Za-z][A-Za-z]{0,39}|[0-9]{1,6}|[a-z]+\.[a-z]+")
_ALERT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_:-]{2,99}")
_HUMP = re.compile(r"[a-z0-9][A-Z]|[A-Za-z0-9][_:-][A-Za-z0-9]|[A-Z][A-Z][a-z]")
LONGEST_VALUE = 253
UNREADABLE = "unnamed"
"""Stands for the name of a resource that is not a name."""


def without_orders(context: dict[str, Any], choices: Sequence[Choice]) -> dict[str, Any]:
    """Return the context without sentences that give orders or name an option."""
    quoted = Quoted(choices)
    cleaned: dict[str, Any] = map_leaves(context, partial(_cleaned, quoted=quoted))
    return cleaned


def question_without_orders(question: str, choices: Sequence[Choice]) -> str:
    """Return a question without such sentences behind its first; it is itself one that asks.

    Where the sender writes all of the case into the question, a stranger's text is in it.
    """
    quoted = Quoted(choices)
    first, *rest = pieces_of(question) or [""]
    return " ".join(
        [first, *(text for text in rest if not (quoted.ordered(text) or quoted.is_name(text)))]
    )


class Quoted:
    """Recognises orders and the options in a text."""

    def __init__(self, choices: Sequence[Choice] = ()) -> None:
        # A name of one plain word, such as "restart", is a word like any other.
        named = [words for choice in choices if len(words := _WORD.findall(fold(choice.name))) > 1]
        self._names = [re.compile(_JOINT.join(map(re.escape, words))) for words in named]
        self._all_names = [_WORD.findall(fold(choice.name)) for choice in choices]
        described = [_words(choice.description or "") for choice in choices]
        self._described = [words for words in described if len(words) >= LEAST_WORDS]

    def is_name(self, sentence: str) -> bool:
        """Return whether a sentence is nothing but the name of an option."""
        return any(_WORD.findall(fold(text)) in self._all_names for text in disguises(sentence))

    def ordered(self, sentence: str) -> bool:
        """Return whether a sentence, in whatever disguise, gives an order or quotes an option."""
        return any(map(self._is_ordered, disguises(sentence)))

    def _is_ordered(self, sentence: str) -> bool:
        folded = fold(sentence)
        if _ABOUT_THE_CHOICE.search(folded) or any(map(folded.__contains__, ANSWER_STEMS)):
            return True
        if any(name.search(folded) for name in self._names):
            return True
        if is_order(folded):
            return True
        words = _words(sentence)
        return any(len(option & words) >= MOST_OF_IT * len(option) for option in self._described)


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(fold(text)) if word not in _SMALL}


def _cleaned(value: Any, quoted: Quoted) -> Any:
    """Return a leaf of the context without the sentences that would overrule the request."""
    if not isinstance(value, str):
        return value
    value = shortened(value, LONGEST_READ)
    pieces = pieces_of(value)
    kept = [piece for piece in pieces if not quoted.ordered(piece)]
    if len(kept) == len(pieces):
        return value
    return " ".join(kept) if kept else MARK.strip()


def pieces_of(text: str) -> list[str]:
    """Return the sentences, lines and marked-up parts of a text, without what is blank."""
    return [stripped for piece in _PIECES.split(text) if (stripped := piece.strip())]


_NO_CHOICE = Quoted()


def known_labels(labels: Mapping[str, Any]) -> dict[str, Any]:
    """Return the labels with a known meaning, less values that no such label has."""
    found: dict[str, Any] = {}
    for key, value in labels.items():
        if isinstance(value, str) and (shown := _shown(key, value)) is not None:
            found[key] = shown
    return found


def _shown(key: str, value: str) -> str | None:
    if key == NAME_LABEL:
        return _alert_name(value)
    if key in _STATES:
        return value if _STATE.fullmatch(value) else None
    if bare_key(key) in _RESOURCES or means_namespace(key):
        return value if _is_identifier(value) else UNREADABLE
    return None


def _alert_name(value: str) -> str | None:
    """Return the name of the alert, or what stands before anything added to it."""
    first, _, rest = value.strip().partition(" ")
    is_name = _ALERT_NAME.fullmatch(first) is not None
    if is_name and (not rest or _HUMP.search(first)):
        return first
    return None


def _is_identifier(value: str) -> bool:
    if len(value) > LONGEST_VALUE or not _IDENTIFIER.fullmatch(value):
        return False
    return not _NO_CHOICE.ordered(re.sub(r"[-._:/]+", " ", value))
