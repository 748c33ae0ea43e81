"""Models served by Ollama over its chat API (https://docs.ollama.com/api/chat)."""

from __future__ import annotations

import json
import re
from typing import Any

from function.backends.base import Abilities, Tokens, plain_messages
from function.backends.hosted.base import Draft, HostedModel, Unreadable, Wish, count_of
from function.backends.hosted.client import INTERNET, Network, Remote
from function.backends.hosted.refusals import read_refusal
from function.errors import FunctionError, ModelRefused, ModelUnavailable, PromptTooLong

_NUMBER = re.compile(r"-?\d+")
_API_PATH = re.compile(r"/(?:v1|api)(?:/(?:chat(?:/completions)?|generate|show|tags|models))?/?$")
_WORD = re.compile(r"[^\W_]+")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]+")


class OllamaModel(HostedModel):
    """One model on one Ollama server.

    :param url: the server, such as ``http://ollama:11434``; ``/v1`` or ``/api`` behind it is cut.
    :param window: tokens of prompt plus answer asked for; a model with less gets less.
    :param keep_alive: how long the server keeps the model in memory after an answer.
    :raises ModelUnavailable: the server does not answer, or does not have the model.
    """

    backend = "ollama"
    # Ollama returns log-probabilities since 0.12.11; an older one ignores the option.
    abilities = Abilities(json_schema=True, log_probabilities=True, hosted=True, streams=True)
    path = "/api/chat"
    optional = ("format", "think", "logprobs")
    remembered = ("think", "logprobs")
    schema_field = "format"

    def __init__(
        self,
        url: str,
        name: str,
        *,
        window: int,
        keep_alive: str = "5m",
        network: Network = INTERNET,
    ) -> None:
        remote = Remote("Ollama", server_of(url), network=network)
        # Ollama takes a text for a duration with a unit, and only a number for seconds.
        self._keep_alive = int(keep_alive) if _NUMBER.fullmatch(keep_alive) else keep_alive
        try:
            shown = remote.ask("POST", "/api/show", {"model": name})
        except (ModelUnavailable, ModelRefused) as error:
            remote.close()
            raise _start_error(error, name) from None
        super().__init__(remote, name, min(window, _longest(shown) or window))
        abilities = shown.get("capabilities") if isinstance(shown, dict) else None
        self._abilities = abilities if isinstance(abilities, list) else []

    def body(self, wish: Wish) -> dict[str, Any]:
        """See https://docs.ollama.com/api/chat."""
        options: dict[str, Any] = {
            "temperature": wish.temperature,
            "num_predict": wish.max_tokens,
            "num_ctx": self.window,  # Ollama cuts longer prompts without a word
        }
        if wish.seed is not None:
            options["seed"] = wish.seed
        body: dict[str, Any] = {
            "model": self.name,
            "messages": plain_messages(wish.turns),
            "stream": True,
            "keep_alive": self._keep_alive,
            "logprobs": True,
            "options": options,
        }
        if "thinking" in self._abilities:
            # gpt-oss always thinks; it can only be asked to do it shortly.
            body["think"] = "low" if "gpt-oss" in self.name else False
        if wish.schema is not None:
            body["format"] = wish.schema
        return body

    def check(self, wish: Wish, draft: Draft) -> None:
        """Ollama cuts a conversation that is longer than ``num_ctx`` and does not say so.

        A single long turn is cut to the window, and of several the first ones are left out.
        """
        read = draft.tokens.prompt
        least = sum(_least_tokens(turn.content) for turn in wish.turns)
        # Servers from before there were capabilities do not count what they had cached.
        left_out = self._abilities and 0 < read < min(least, least * 9 // 10)
        if read + 1 >= self.window or left_out:
            raise PromptTooLong(
                f"Ollama read only {read} tokens of the conversation; its window is {self.window}"
            )

    def take(self, line: str, draft: Draft) -> None:
        """Read one JSON object a line; the last is ``done`` and has the counts."""
        if not line.strip():
            return
        try:
            part = json.loads(line)
        except json.JSONDecodeError:
            if draft.signs:
                raise
            draft.rest.append(line)  # one answer over several lines, from what does not stream
            return
        self._take_part(part, draft)

    def take_whole(self, text: str, draft: Draft) -> None:
        """Read one answer that was written over several lines."""
        self._take_part(json.loads(text), draft)

    def _take_part(self, part: dict[str, Any], draft: Draft) -> None:
        draft.signs += 1
        if part.get("error"):
            # It comes with status 200 when the answer has begun.
            error = ModelUnavailable("Ollama gave up its answer", cause="ServerError")
            error.detail = read_refusal(200, json.dumps(part)).detail
            raise error
        if "message" not in part and "done" not in part:
            raise Unreadable("no field message")
        said = part.get("message") or {}
        draft.say(said.get("content"))
        draft.thoughts |= bool(said.get("thinking"))
        draft.log(part.get("logprobs"))
        if part.get("done"):
            draft.tokens = Tokens(
                count_of(part.get("prompt_eval_count")), count_of(part.get("eval_count"))
            )
            draft.finish = "length" if part.get("done_reason") == "length" else "stop"
            draft.complete = True


def server_of(url: str) -> str:
    """Return the address of the server in one that goes on with the path of an API."""
    return _API_PATH.sub("", url)


def _start_error(error: FunctionError, name: str) -> FunctionError:
    if not isinstance(error, ModelUnavailable):
        return error
    known: ModelUnavailable | None = None
    if error.cause == "status 404" and "model" in error.detail:
        known = ModelUnavailable(f"Ollama does not have the model {name}", cause="NoSuchModel")
    elif error.cause in ("status 404", "status 405", "WrongAnswer"):
        known = ModelUnavailable("no Ollama answers at OLLAMA_URL", cause=error.cause)
    if known is not None:
        known.detail = error.detail
    return known or error


def _least_tokens(text: str) -> int:
    """Return a number of tokens that a text has at least: one a word, and one for three characters
    of a script that is written without spaces."""
    return max(len(_WORD.findall(text)), sum(map(len, _WIDE.findall(text))) // 3)


def _longest(shown: Any) -> int | None:
    """Return the model's own limit: ``model_info`` has it under the name of its architecture."""
    details = shown.get("model_info") if isinstance(shown, dict) else None
    lengths = [
        value
        for name, value in (details if isinstance(details, dict) else {}).items()
        if name.endswith(".context_length") and isinstance(value, int)
    ]
    return lengths[0] if lengths else None
