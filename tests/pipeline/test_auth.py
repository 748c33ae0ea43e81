"""Who may send: nobody learns more from a refusal than that it is one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from function.errors import ConfigurationError, SenderRefused, SenderUnknown
from function.pipeline.auth import BearerAuth
from function.settings import load_settings
from tests.conftest import Running
from tests.pipeline.test_endpoint import ASKED, BINARY, header, is_one_short_line

TOKEN = "a-token-of-the-homelab"
NEXT = "the-token-of-next-month"


@pytest.mark.parametrize(
    "value",
    [
        f"Bearer {TOKEN}",
        f"bearer {NEXT}",
        f"  BEARER   {TOKEN} ",
    ],
)
def test_one_who_knows_a_token_is_admitted(value: str) -> None:
    BearerAuth([TOKEN, NEXT]).admit([("Authorization", value)])


def test_without_tokens_everybody_is_admitted() -> None:
    BearerAuth([]).admit([])


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN])
def test_one_without_a_token_is_unknown(value: str | None) -> None:
    headers = [] if value is None else [("authorization", value)]
    with pytest.raises(SenderUnknown):
        BearerAuth([TOKEN]).admit(headers)


def test_two_headers_are_none() -> None:
    with pytest.raises(SenderUnknown):
        BearerAuth([TOKEN]).admit([("authorization", f"Bearer {TOKEN}")] * 2)


@pytest.mark.parametrize(
    "token", ["x", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "t\xf6ken", "\udcff"]
)
def test_one_with_a_wrong_token_is_refused(token: str) -> None:
    with pytest.raises(SenderRefused) as refusal:
        BearerAuth([TOKEN]).admit([("Authorization", f"Bearer {token}")])
    assert TOKEN not in str(refusal.value) and token not in str(refusal.value).split()


def test_the_status_says_which(run: Callable[..., Running]) -> None:
    running = run(TRM_BEARER_TOKENS=f"{TOKEN}, {NEXT}")
    exchange = running.service.exchange
    unknown = exchange.answer(BINARY, ASKED)
    assert unknown.status == 401
    assert header(unknown, "www-authenticate") == "Bearer"
    refused = exchange.answer([*BINARY, ("authorization", "Bearer wrong")], ASKED)
    assert refused.status == 403
    assert is_one_short_line(refused)
    assert exchange.answer([*BINARY, ("authorization", f"Bearer {NEXT}")], ASKED).status == 200
    assert TOKEN not in running.stream.getvalue() and "wrong" not in running.stream.getvalue()


@pytest.mark.parametrize("tokens", ["short", f"{TOKEN},short", "sixteen letters\x07 and a bell"])
def test_a_token_that_is_easily_guessed_stops_the_start(tokens: str) -> None:
    with pytest.raises(ConfigurationError) as problem:
        load_settings({"TRM_BEARER_TOKENS": tokens})
    assert "at least 16" in str(problem.value)
    assert "short" not in str(problem.value)


def test_settings_never_show_a_token() -> None:
    settings = load_settings({"TRM_BEARER_TOKENS": TOKEN})
    assert TOKEN not in repr(settings) and TOKEN not in settings.model_dump_json()
