"""Why a server refused a request: read from its answer, sorted, and shortened for the log.

A status alone says little: 400 is a wrong field at one server, an empty wallet at the second and a
filter's decision at the third. What decides is the error's own type, code and sentence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

from function.backends.thoughts import OnlyThoughts
from function.errors import FunctionError, ModelRefused, ModelUnavailable, PromptTooLong

Kind = Literal["credit", "operator", "withheld", "thoughts", "output", "long", "other"]

LASTING_SECONDS = 60
"""Advice where an operator has to act: a wrong key, an unknown model, a redirect."""
LONGEST_ADVICE_SECONDS = 300
"""Also the advice where money has to be paid first."""
LONGEST_SENTENCE = 200
ECHO = 12
"""Characters of a request that are taken for a quotation where a server repeats them."""
REFUSED = frozenset((400, 413, 422))
PASSING = frozenset((408, 409, 425, 429))

OUTPUT_FIELDS = ("max_tokens", "max_completion_tokens")
_OUTPUT = re.compile(
    r"max_(?:completion_|new_|output_)?tokens|num_predict|output tokens|in the completion"
)
_TOO_LARGE = re.compile(
    r"too (?:large|high|big)|exceed|at most|less than|must be <|<=|>|maximum|in the completion"
)
UNKNOWN = re.compile(
    r"unsupported|not supported|unknown|unrecogni[sz]ed|not permitted|instead|unexpected"
)
_CREDIT = re.compile(
    r"insufficient[ _](?:quota|credit|balance|funds)|credit balance|out of credits|prepaid"
    r"|(?:usage|spend|spending|billing hard|billing_hard)[ _](?:limit|cap)|current quota"
    r"|budget[ _](?:has been )?exceeded|exceeded (?:your )?(?:monthly|budget)|included credits"
    r"|payment required|billing_not_active|check your plan and billing"
)
_OPERATOR = re.compile(
    r"no models? (?:is |are )?(?:currently )?loaded|model (?:is )?not loaded|failed to load model"
    r"|model (?:loading|load) (?:was |is )?(?:cancel|abort|fail|stop)|loading (?:was )?cancel"
    r"|model_(?:not_supported|not_found|decommissioned)|by any provider|no (?:allowed )?providers?"
    r"|no endpoints found|no healthy deployment|decommissioned|model not found|unknown model"
    r"|invalid model|model[^.]{0,80} (?:does not exist|not found)"
    r"|api[ _]key|authentication|(?:organization|account)[^.]{0,40} (?:disabled|not active|suspend)"
    r"|account_deactivated|(?:location|country|region)[^.]{0,40} not supported"
)
_WITHHELD = re.compile(
    r"content[ _](?:filter|management|policy|exists risk)|responsible ?ai|data_inspection"
    r"|moderation|inappropriate content|safety (?:system|filter|setting)"
)
_TOO_LONG = re.compile(
    r"context[ _](?:length|size|window)|maximum context|too long|too many (?:input )?tokens"
    r"|max_model_len|reduce the length|`inputs`|input length|prompt length|exceed_context"
)
_SCHEMA = re.compile(r"grammar|schema|response_format|structured|guided|guidance|regex|gbnf")
_SYSTEM = re.compile(r"system (?:role|message|prompt|instruction)|developer instr|must alternate")
_SECRET = re.compile(
    r"(?:\b(?:sk|pk|hf|gsk|xai|nvapi|r8|key|token)[-_][\w*.-]{4,}|\bAIza[\w-]{8,}"
    r"|(?i:\bbearer)\s+\S+|://[^\s/@]+@|\b[A-Za-z0-9_-]{32,})"
)


@dataclass(frozen=True)
class Refusal:
    """A server's error: its status, and what it said with the request's own words left out."""

    status: int
    named: str
    """Type and code, as ``type/code``."""
    sentence: str

    @property
    def kind(self) -> Kind:
        """What the refusal is about."""
        text = self.text
        if _CREDIT.search(text) or self.status == 402:
            return "credit"
        if "output limit was reached" in text:
            return "thoughts"  # a model that thinks had no room for more
        if self.status in REFUSED:
            if _WITHHELD.search(text):
                return "withheld"
            if _OUTPUT.search(text) and _TOO_LARGE.search(text) and not UNKNOWN.search(text):
                return "output"
            if self.status == 413 or _TOO_LONG.search(text):
                return "long"
            if _OPERATOR.search(text):
                return "operator"
        return "other"

    @property
    def text(self) -> str:
        """All of it in lower case, to search in."""
        return f"{self.named} {self.sentence}".lower()

    @property
    def of_schema(self) -> bool:
        """Whether it is about the form that the answer was to have."""
        return bool(_SCHEMA.search(self.text))

    @property
    def of_system(self) -> bool:
        """Whether the template of the model takes no system turn."""
        return self.status in REFUSED and bool(_SYSTEM.search(self.text))

    @property
    def of_every_answer(self) -> bool:
        """Whether an output limit is the model's own, however short the prompt is."""
        own = re.search(r"(?:output|completion) tokens|supports at most", self.text)
        return bool(own) and not re.search(r"context|input|prompt|messages", self.text)

    @property
    def detail(self) -> str:
        """One line for the log, short, with keys masked."""
        sentence = _SECRET.sub("***", " ".join(self.sentence.split()))
        if len(sentence) > LONGEST_SENTENCE:
            sentence = f"{sentence[:LONGEST_SENTENCE]}..."
        named = _SECRET.sub("***", self.named[:80])
        return ": ".join(filter(None, [f"status {self.status}", named, sentence]))


def read_refusal(status: int, body: str, quoted: Iterable[str] = ()) -> Refusal:
    """Read the error in a server's answer.

    :param quoted: texts of the request; what the server repeats of them is left out, because it
        would be logged, and because words of a prompt must not decide what an error is about.
    """
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        page = body.lstrip()[:1] == "<"
        return Refusal(status, "", "" if page else _without_quotes(body[:2_000], quoted))
    named, sentence = _parts(parsed)
    return Refusal(status, named, _without_quotes(sentence[:2_000], quoted))


def fault_of(title: str, refusal: Refusal, advised: float = 0.0) -> FunctionError:
    """Return the error for a refusal; the server's own words are only in its ``detail``.

    :param advised: seconds that the server asks to wait.
    """
    error = _fault(title, refusal, advised)
    error.detail = refusal.detail
    return error


def _fault(title: str, refusal: Refusal, advised: float) -> FunctionError:
    status, kind = refusal.status, refusal.kind
    if kind == "credit":
        message = f"{title} answered {status}: no credit left"
        cause = f"status {status}" if status == 402 else "NoCredit"
        wait = LASTING_SECONDS if status == 402 else LONGEST_ADVICE_SECONDS
        return ModelUnavailable(message, wait, cause)
    if kind == "operator":
        message = f"{title} answered {status}: its model or key cannot be used"
        return ModelUnavailable(message, LASTING_SECONDS, "NotServed")
    if kind == "thoughts":
        return OnlyThoughts(f"{title} spent max_tokens on thoughts; it needs more")
    if kind == "withheld":
        return ModelRefused(f"{title} withheld its answer")
    if kind in ("long", "output"):
        return PromptTooLong(f"the conversation is too long for {title}")
    if status in REFUSED:
        return ModelRefused(f"{title} refused the request with status {status}")
    lasting = status < 500 and status not in PASSING
    wait = LASTING_SECONDS if lasting else min(ceil(advised), LONGEST_ADVICE_SECONDS)
    return ModelUnavailable(f"{title} answered {status}", max(wait, 1), f"status {status}")


def _parts(parsed: Any) -> tuple[str, str]:
    """Return type and code, and the sentence, of an error in any of the forms servers use."""
    if isinstance(parsed, list) and parsed:
        parsed = parsed[0]
    if not isinstance(parsed, dict):
        return "", str(parsed) if isinstance(parsed, str) else ""
    error = parsed.get("error", parsed)
    if isinstance(error, str):
        return "", error
    if not isinstance(error, dict):
        return "", ""
    fields = [error.get(name) for name in ("type", "code", "status", "param")]
    named = "/".join(str(it) for it in fields if isinstance(it, str | int) and it != "")
    metadata = error.get("metadata")
    said = [error.get("message"), metadata.get("raw") if isinstance(metadata, dict) else None]
    detail = error.get("detail")
    said += [_problem(it) for it in detail] if isinstance(detail, list) else [detail]
    return named, "; ".join(it for it in said if isinstance(it, str) and it)


def _problem(item: Any) -> str | None:
    """Return one of FastAPI's validation errors without the input that it repeats."""
    if not isinstance(item, dict):
        return None
    place = item.get("loc")
    name = str(place[-1]) if isinstance(place, list) and place else ""
    return f"{name}: {item.get('msg')}"


def _without_quotes(sentence: str, texts: Iterable[str]) -> str:
    """Return the sentence with every stretch that stands in one of the texts left out."""
    known = "\n".join(texts)
    kept: list[str] = []
    place = 0
    while place < len(sentence):
        end = place + ECHO
        if end > len(sentence) or sentence[place:end] not in known:
            kept.append(sentence[place])
            place += 1
            continue
        while end < len(sentence) and sentence[end - ECHO + 1 : end + 1] in known:
            end += 1
        kept.append("[...]")
        place = end
    return "".join(kept)
