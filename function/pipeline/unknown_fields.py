"""Fields that the contract does not have: facts, misspelled fields, a sender's bookkeeping, and the
records of event sources, whose message is data and no question.

What a field is follows from its name's words and its value, never from the product that sent it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from pydantic import ValidationError
from pydantic.alias_generators import to_snake

from function.contract import InferenceRequest, with_alert
from function.errors import FieldError, InvalidRequest
from function.pipeline.prompt_parts import CONTRACT_FIELDS, Intake, listed
from function.profiles.profile import Profile
from function.remediation import chooses_remediation
from function.trm.alert_triage.alert import LONGEST_VALUE

_TEXTS = ("message", "request", "problem")
"""Names of a question that records have for their text as well."""
_MARKS = frozenset(
    ("level", "log_level", "severity", "severity_text", "priority", "logger", "log_logger")
    + ("reason", "status", "status_code", "state")
)
"""Fields that class a record, by their names in snake case."""
_REFERENCES = ("involvedObject", "regarding")
"""What an event of Kubernetes, and of controllers that write such events, calls its object."""
_ASKS = re.compile(
    r"\?|\b(?:please|por favor)\b|^\W*(?:what|which|who|whose|where|when|why|how|qual|quais|quem"
    r"|onde|quando|quant[oa]s?|como|(?:is|are|does|do|did|can|could|would|will)"
    r"(?= (?:the|there|it|you|we|i|my|this|any|all)\b))\s"
    r"|^\W*(?!\w+(?:ed|ing)\b)\w+(?:-me)? (?:the|this|that|these|those|all|me|us|an?|my|our|how"
    r"|what|which|why|who|where|when|if|whether|os?|as?|uma?|se|qua(?:l|is|ndo)|quem|onde|como)\s",
    re.I,
)
"""What makes a text a question or an order: its mark, its first word, a verb with its object."""
_ENVELOPE = re.compile(
    r"(?:x_)?(?:request|session|trace|span|correlation|causation|message|msg|event|conversation|thread|run"
    r"|user|client|chat|channel|tenant|delivery|idempotency|transaction|parent|update)s?_?"
    r"(?:id|uuid|guid|key)|(?:sent|emitted|received|published|produced|enqueued|ingested)_?(?:at|on)"
    r"|@?timestamp|ts|trace_?(?:parent|state)|spec_?version|user(?:_?name)?|channel|tenant|source"
    r"|sender|locale|lang|platform|debug|verbose|dry_run|retry|retries|attempts?|stream|raw|echo"
    r"|(?:app|client|sdk|schema)_version|n|best_of|min_p|top_[pk]|(?:top_)?logprobs|keep_alive"
    r"|num_predict|max_new_tokens|(?:presence|frequency|repeat|repetition)_penalty"
)
"""Names of what a sender keeps of a request: who sent it, through what, when; and of settings that
other model servers take."""
_WEAK = re.compile(
    r"app|application|client|version|env|environment|mode|priority|type|format|style"
)
"""Names of what says nothing alone: without another fact a question is not about it."""
_ID_NAME = re.compile(r"(?:.+_)?(?:id|uuid|guid)")
_OPAQUE = re.compile(
    r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}|(?=\w*\d)[0-9A-HJKMNP-TV-Z]{26}"
)
"""A UUID or a ULID."""
_ASKS_WHEN = re.compile(
    r"\b(?:when|time|date|day|hour|old|ago|long|since|today|now|last|quando|hora|data|dia|hoje)\b",
    re.I,
)
_SAID_WORD = re.compile(r"[^\W_]+")
MOST_COMPARED = 50
LONGEST_COMPARED = 40
"""Fields, and characters of their names, that are compared with those of the contract."""
ALIKE = 0.85
"""Likeness, 0 to 1, from which a name of several words is taken for a misspelled one."""


def read_record(found: Intake, profile: Profile | None) -> None:
    """Make an alert of a warning event, and a fact of the message of any other record.

    :raises InvalidRequest: data are a record, and neither they nor a profile ask anything.
    """
    data = found.data
    if data.get("strict") is True:
        return
    if any(data.get(name) for name in ("prompt", "question", "query", "messages", "puzzle")):
        return _message_is_a_fact(found)
    stands = profile is not None and profile.question is not None
    names = [choice.name for choice in profile.choices] if profile is not None else []
    remedies = not stands or (bool(names) and chooses_remediation(names))
    alert = _alert_of_event(data) if remedies and not data.get("alert") else None
    if alert is not None and data.get("task") in (None, "alert_triage"):
        kept = CONTRACT_FIELDS.difference(_TEXTS)
        found.data = {name: value for name, value in data.items() if name in kept}
        found.data["alert"] = alert
        found.notes.append("the event reports a fault: taken as an alert")
        return
    name = next((one for one in _TEXTS if isinstance(data.get(one), str) and data[one]), None)
    marks = [key for key, value in data.items() if _is_mark(key, value)]
    if name is None or not marks or _ASKS.search(data[name]) is not None:
        return
    rest = {key: value for key, value in data.items() if key != name}
    if stands or with_alert(rest).get("alert"):
        found.data = {**rest, "context": _with_facts({name: data[name]}, rest)}
        return
    problem = (
        f"the question is missing: {name} was not taken for it, as the data are a record "
        f"({listed(marks)}); "
        'send {"prompt": "...", "context": {...}} with the record as the '
        "context, or name an agent whose profile asks a question"
    )
    raise InvalidRequest([FieldError("prompt", problem)])


def _message_is_a_fact(found: Intake) -> None:
    """Move a message into the context where something else asks."""
    data = found.data
    told = {name: data[name] for name in _TEXTS if isinstance(data.get(name), str)}
    if isinstance(data.get("context", {}), dict) and told:
        for name in told:
            del data[name]
        data["context"] = _with_facts(told, data)


def _with_facts(facts: dict[str, Any], data: Mapping[str, Any]) -> Any:
    context = data.get("context", {})
    return {**facts, **context} if isinstance(context, dict) else context


def _is_mark(name: str, value: object) -> bool:
    snake = re.sub(r"\W+", "_", to_snake(name)).strip("_").lower()
    if name in _REFERENCES:
        return isinstance(value, dict)
    return snake in _MARKS and isinstance(value, str | int) and value != ""


def _alert_of_event(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the alert that a warning event is: its reason is the name, its object the labels."""
    if data.get("type") != "Warning" and data.get("severity") != "error":
        return None
    reason = data.get("reason")
    thing = next((data[name] for name in _REFERENCES if isinstance(data.get(name), dict)), None)
    if not isinstance(reason, str) or not reason or thing is None:
        return None
    kind, name = thing.get("kind"), thing.get("name")
    if not (isinstance(kind, str) and kind and isinstance(name, str)):
        return None
    labels = {"alertname": reason, kind.lower(): name}
    if isinstance(namespace := thing.get("namespace"), str) and namespace:
        labels["namespace"] = namespace
    told = next((data[key] for key in ("message", "note") if isinstance(data.get(key), str)), "")
    return {"labels": labels, "annotations": {"description": told[:LONGEST_VALUE]}}


def place_unknown_fields(found: Intake, profile: Profile | None) -> None:
    """Move fields that the contract does not have into the context.

    Without a profile the misspelled ones and those of the sender's bookkeeping are left out; where
    nothing is asked, all are.

    :raises InvalidRequest: the request is strict and has such fields.
    """
    data = found.data
    unknown = [name for name in data if name not in CONTRACT_FIELDS]
    if data.get("strict") is True:
        raise InvalidRequest(
            [FieldError(name[:64], "is not a known field") for name in unknown[:40]]
        )
    context = data.get("context", {})
    if not isinstance(context, dict):
        return
    if profile is None:
        unknown = _of_interest(found, unknown)
    moved = {name: data.pop(name) for name in unknown}
    if moved:
        data["context"] = {**moved, **context}
        found.notes.append(f"taken as context: {listed(unknown)}")


def _of_interest(found: Intake, unknown: list[str]) -> list[str]:
    """Return the fields that are facts; the reasons why others are not become notes."""
    data = found.data
    asked = data.get("prompt") or _last_message(data.get("messages"))
    if not isinstance(asked, str):
        if unknown:
            found.notes.append(f"unknown fields were ignored: {listed(unknown)}")
        return []
    short = (name for name in unknown[:MOST_COMPARED] if len(name) <= LONGEST_COMPARED)
    meant = {name: field for name in short if (field := _meant(name, data[name]))}
    if meant:
        shown = [f"{name[:40]} (is it meant to be {field}?)" for name, field in meant.items()]
        found.notes.append(f"unknown fields were ignored: {', '.join(shown[:10])}")
    rest = [name for name in unknown if name not in meant]
    kept = [name for name in rest if not _is_bookkeeping(name, data[name], asked)]
    if all(_is_weak(name, data[name], asked) for name in kept):
        kept = []
    if left := [name for name in rest if name not in kept]:
        found.notes.append(f"not taken as context, being the sender's own: {listed(left)}")
    return kept


def _last_message(messages: object) -> object:
    last = messages[-1] if isinstance(messages, list) and messages else None
    return last.get("content") if isinstance(last, dict) else None


def _is_bookkeeping(name: str, value: object, asked: str) -> bool:
    """Return whether a field is for its sender alone, and not asked for either."""
    snake = to_snake(name).lower().replace("-", "_")
    if isinstance(value, dict | list):
        return False
    of_envelope = _ENVELOPE.fullmatch(snake) is not None
    if not of_envelope and not (
        _ID_NAME.fullmatch(snake) and isinstance(value, str) and _OPAQUE.fullmatch(value)
    ):
        return False
    if _is_named(snake, asked):
        return False
    is_time = "timestamp" in snake or snake == "ts" or snake.endswith(("at", "on"))
    return not (is_time and _ASKS_WHEN.search(asked))


def _is_weak(name: str, value: object, asked: str) -> bool:
    snake = to_snake(name).lower()
    is_flat = not isinstance(value, dict | list) and _WEAK.fullmatch(snake) is not None
    return is_flat and not _is_named(snake, asked)


def _is_named(snake: str, asked: str) -> bool:
    """Return whether a question has a word of a name, which is in snake case."""
    said = {word.lower() for word in _SAID_WORD.findall(asked)}
    return not said.isdisjoint(_SAID_WORD.findall(snake.replace("_", " ")))


def _meant(name: str, value: object) -> str | None:
    """Return the field of the contract that a name misspells, None where it is a word of its own.

    A value that the field could not have is none of its. A name of one word is a slip only with a
    letter left out, doubled or swapped inside it: *mode*, *agents* and *content* are other words.
    """
    plain = _plain(name)
    for field in sorted(CONTRACT_FIELDS):
        known = _plain(field)
        if "_" in to_snake(field):
            close = known == plain or (
                not plain.startswith(known)
                and abs(len(plain) - len(known)) <= 2
                and SequenceMatcher(None, plain, known).ratio() >= ALIKE
            )
        else:
            close = known == plain or _is_slip(plain, known)
        if close and _could_be(field, value):
            return to_snake(field)
    return None


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def _is_slip(plain: str, known: str) -> bool:
    if len(known) < 4 or plain[:1] != known[:1]:
        return False
    places = range(1, len(known) - 1)
    return (
        any(known[:place] + known[place + 1 :] == plain for place in places)
        or any(known[:place] + known[place] + known[place:] == plain for place in places)
        or any(
            known[:place] + known[place + 1] + known[place] + known[place + 2 :] == plain
            for place in places
        )
    )


def _could_be(field: str, value: object) -> bool:
    data = {field: value} if field in ("prompt", "question", "message") else {"prompt": "x"}
    if field in ("request", "query", "problem"):
        return isinstance(value, str)
    try:
        InferenceRequest.model_validate({**data, field: value})
    except ValidationError:
        return False
    return True
