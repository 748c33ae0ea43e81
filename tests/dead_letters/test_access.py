"""Who may read, resend and delete letters."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dead_letters.desks import SENT, TOKEN, Desk, accept

PRIVATE = [
    ("GET", "/"),
    ("GET", "/1"),
    ("POST", "/1/resend"),
    ("POST", "/resend"),
    ("DELETE", "/1"),
]


@pytest.mark.parametrize("method, path", PRIVATE)
def test_a_token_is_asked_of_everybody_but_the_broker(
    tmp_path: Path, method: str, path: str
) -> None:
    desk = Desk(tmp_path, accept, [TOKEN])
    assert desk.keep() == 202
    assert desk.send("GET", "/health/liveness").status == 200
    unknown = desk.send(method, path)
    assert unknown.status == 401 and dict(unknown.headers)["www-authenticate"] == "Bearer"
    wrong = [("authorization", "Bearer of-somebody-else")]
    assert desk.send(method, path, wrong).status == 403
    right = [("Authorization", f"Bearer {TOKEN}")]
    assert desk.send(method, path, right).status in (200, 202, 204)


@pytest.mark.parametrize(
    "header",
    [
        ("origin", "http://evil.example"),
        ("Origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ],
)
def test_a_web_page_cannot_resend_delete_or_write(tmp_path: Path, header: tuple[str, str]) -> None:
    desk = Desk(tmp_path, accept)
    desk.keep()
    for method, path in (("POST", "/1/resend"), ("POST", "/resend"), ("DELETE", "/1")):
        assert desk.send(method, path, [header]).status == 403
    assert desk.keep([*SENT.headers, header]) == 403
    assert len(desk.rows) == 1 and desk.posted == []


@pytest.mark.parametrize(
    "host, near",
    [
        ("localhost:8080", True),
        ("127.0.0.1", True),
        ("[::1]:8080", True),
        ("dead-letters", True),
        ("dead-letters.agents.svc", True),
        ("dead-letters.agents.svc.cluster.local:80", True),
        ("evil.example:8080", False),
        ("localhost.evil.example", False),
        ("svc.evil.example", False),
        ("x.svc.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
    ],
)
def test_a_page_cannot_read_by_dns_rebinding(tmp_path: Path, host: str, near: bool) -> None:
    desk = Desk(tmp_path, accept)
    desk.keep([*SENT.headers, ("host", "anything.example")])
    assert desk.send("GET", "/1", [("host", host)]).status == (200 if near else 403)
    guarded = Desk(tmp_path, accept, [TOKEN])
    headers = [("host", host), ("authorization", f"Bearer {TOKEN}")]
    assert guarded.send("GET", "/1", headers).status == 200
