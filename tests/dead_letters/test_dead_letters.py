"""The dead letter sink: nothing that it accepted is lost, and nobody's words are in its log."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from function.dead_letters.letter import Letter, reason_of
from function.dead_letters.store import COUNTER, LetterStore
from function.events.codec import Mode, decode, encode
from tests.adapters import ROOT, clean_environment, reserved_port
from tests.broker.processes import dead_letters
from tests.dead_letters.desks import EVENT, REFUSAL, SENT, Desk, Headers, accept


def test_a_letter_is_kept_listed_and_shown(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.keep() == 202
    shown = desk.send("GET", "/1")
    assert decode(shown.headers, shown.body).get_attributes() == EVENT.get_attributes()
    assert json.loads(shown.body)["data"] == EVENT.get_data()
    (line,) = desk.logged
    assert (line["event"], line["id"], line["number"]) == ("trm_dead_letter", "lost-1", 1)


def test_the_list_tells_reason_and_time_in_columns(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for event_id in ("1", "a-much-longer-id"):
        headers = [(n, event_id if n == "ce-id" else v) for n, v in SENT.headers]
        desk.keep(headers)
    text = desk.send("GET").body.decode().splitlines()
    assert len(text) == 3
    for row in text[1:]:
        assert row.endswith(REFUSAL)
        assert "2026-11-29 18:58:12" in row and "429" in row and "agent-bruno" in row
    for heading in ("arrived", "type", "id ", "destination", "reason"):
        place = text[0].index(heading)
        assert all(row[place - 1] == " " and row[place] != " " for row in text[1:]), heading


@pytest.mark.parametrize(
    "written, reason",
    [
        (base64.b64encode(b"loading\n").decode(), "loading\n"),
        (base64.b64encode("zu groß".encode()).decode(), "zu groß"),
        (base64.b64encode(("ü" * 600).encode()).decode()[:1024], "ü" * 384),
        ("header 'ce-subject' has a % that", "header 'ce-subject' has a % that"),
        ("test", "test"),
        ("none", "none"),
        ("<html>502</html>", "<html>502</html>"),
        (base64.b64encode(b"\x00\x01\x02").decode(), "AAEC"),
        ("", ""),
    ],
)
def test_error_data_is_read_as_base64_or_as_text(written: str, reason: str) -> None:
    assert reason_of(written) == reason


def test_neither_log_nor_list_holds_data(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.keep()
    assert "91234" not in desk.stream.getvalue()
    assert b"91234" not in desk.send("GET").body


def test_a_row_is_one_printable_line_however_an_attribute_looks(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.keep([("ce-id", "x" * 50_000), ("ce-type", "a%0Ab%1B[31m"), ("ce-source", "%u\xc3\xbc")])
    (row,) = desk.rows
    assert row.isprintable() and len(row) < 1_000
    assert all(len(line) < 1_000 for line in desk.stream.getvalue().splitlines())


REFUSED = [
    ("ce-specversion", "1.0"),
    ("ce-id", "odd"),
    ("ce-source", "/c"),
    ("ce-type", "io.homelab.trm.inference.requested"),
    ("content-type", "application/json"),
    ("ce-knativeerrorcode", "400"),
]
ODD: list[tuple[Headers, bytes]] = [
    ([*REFUSED, ("ce-subject", "disk 95% full")], b"{}"),
    ([*REFUSED, ("ce-subject", '"loki" is down')], b"{}"),
    ([*REFUSED, ("ce-knativeerrordata", "header 'ce-subject' has a % that two")], b"{}"),
    ([*REFUSED, ("ce-subject", "%FF%FE")], b"{}"),
    ([*REFUSED, ("ce-subject", "K\xc3\xbcche")], b"{}"),
    ([*REFUSED, ("ce-time", "yesterday")], b"{}"),
    ([*REFUSED, ("ce-subject", "tab\there")], b"{}"),
    ([*REFUSED, ("ce-specversion", "0.3")], b"{}"),
    (REFUSED[:1], b"{}"),
    (REFUSED, b"\xff\xfe no JSON"),
    (REFUSED, b""),
    ([("content-type", "text/plain")], b"no event at all"),
    ([], b"\x00\x01"),
    ([("content-type", "application/cloudevents+json")], b"{torn"),
    ([("content-type", "application/cloudevents+json")], b"[1]"),
    ([("content-type", "application/cloudevents+json")], b"[" * 100_000),
    ([("content-type", "application/cloudevents-batch+json")], b"[]"),
]


@pytest.mark.parametrize("headers, body", ODD)
def test_anything_is_kept_and_given_back_in_the_same_bytes(
    tmp_path: Path, headers: Headers, body: bytes
) -> None:
    desk = Desk(tmp_path, accept)
    assert desk.keep(headers, body) == 202
    (row,) = desk.rows
    assert row.startswith("1 ")
    assert desk.send("GET", "/1").status == 200
    assert desk.send("POST", "/1/resend").status == 202
    (request,) = desk.posted
    wanted = {n: v.encode("latin-1") for n, v in headers if not n.startswith("ce-knativeerror")}
    sent = {name.decode().lower(): value for name, value in request.headers.raw}
    assert {name: sent.get(name) for name in wanted} == wanted
    assert not any(name.startswith("ce-knativeerror") for name in sent)
    assert request.content == body


def test_an_empty_message_is_no_letter(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.keep([("content-type", "text/plain")], b"") == 400
    assert desk.rows == []


def test_a_structured_letter_goes_back_without_what_knative_added(tmp_path: Path) -> None:
    desk = Desk(tmp_path, accept)
    message = encode(EVENT, Mode.STRUCTURED)
    desk.keep(message.headers, message.body)
    assert desk.rows[0].endswith(REFUSAL)
    assert desk.send("POST", "/1/resend").status == 202
    envelope = json.loads(desk.posted[0].content)
    assert not any(name.startswith("knativeerror") for name in envelope)
    assert envelope["data"] == EVENT.get_data() and envelope["id"] == "lost-1"


def test_numbers_go_on_after_a_restart_and_are_never_used_again(tmp_path: Path) -> None:
    letter = Letter.received(SENT.headers, SENT.body)
    assert [LetterStore(tmp_path).add(letter).number for _ in range(2)] == [1, 2]
    store = LetterStore(tmp_path)
    store.remove(1)
    store.remove(2)
    assert LetterStore(tmp_path).add(letter).number == 3
    store.remove(3)
    (tmp_path / COUNTER).write_text("torn")
    assert LetterStore(tmp_path).add(letter).number >= 1
    (tmp_path / "00000099.json").write_text("{}")
    assert LetterStore(tmp_path).add(letter).number == 100


def test_the_oldest_goes_when_there_are_too_many_and_the_log_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path, kept=3)
    for _ in range(5):
        desk.keep()
    assert LetterStore(tmp_path).numbers() == [5, 4, 3]
    dropped = [x["number"] for x in desk.logged if x["event"] == "trm_dead_letter_dropped"]
    assert dropped == [1, 2]


def test_letters_of_an_earlier_release_are_read(tmp_path: Path) -> None:
    desk = Desk(tmp_path, accept)
    (tmp_path / "00000007.json").write_bytes(encode(EVENT, Mode.STRUCTURED).body)
    assert desk.rows[0].startswith("7 ") and "lost-1" in desk.rows[0]
    assert desk.send("POST", "/7/resend").status == 202
    assert desk.rows == [] and json.loads(desk.posted[0].content)["id"] == "lost-1"


@pytest.mark.parametrize("leads_to", ["a pipe", "/dev/zero", "/etc/hostname", "nothing"])
def test_what_is_no_regular_file_is_not_read(tmp_path: Path, leads_to: str) -> None:
    desk = Desk(tmp_path, accept)
    desk.keep()
    path = tmp_path / "00000005.http"
    if leads_to == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(leads_to)
    listed = desk.send("GET")
    assert listed.status == 200 and b"lost-1" in listed.body
    assert desk.send("GET", "/5").status == 404
    assert desk.send("POST", "/5/resend").status in (404, 409)
    assert desk.keep() == 202


@pytest.mark.parametrize(
    "name, content",
    [
        ("00000005.json", b'{"specversion": "1.0", "id": "to'),
        ("00000005.json", b""),
        ("00000005.json", b"\x00" * 100),
        ("00000005.http", b"ce-id: 1\r\nconte"),
        ("00000005.http", b"ce-id: 1\r\ncontent-length: 9\r\n\r\nshort"),
        ("00000005.http", b""),
        ("00000005.http", None),
        ("notes.json", b"{}"),
        ("notes.txt", b"mine"),
        ("5.json", b"{}"),
        ("99999999999999999999.json", b"{}"),
        ("draft.json", b"{}"),
        ("00000005.json.bak", b"{}"),
        ("lost+found", None),
    ],
)
def test_a_torn_or_foreign_file_breaks_nothing(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    desk = Desk(tmp_path, accept)
    desk.keep()
    if content is None:
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_bytes(content)
    listed = desk.send("GET")
    assert listed.status == 200 and b"lost-1" in listed.body
    assert desk.keep() == 202
    if name in ("00000005.json", "00000005.http"):
        assert any("unreadable" in row for row in desk.rows)
        assert desk.send("POST", "/5/resend").status == 409
        assert desk.send("GET", "/5").status in (200, 404)
    assert desk.send("POST", "/1/resend").status == 202
    assert desk.send("POST", "/resend").status == 202
    assert desk.service.resender is not None
    desk.service.resender.join()
    assert len(desk.posted) == 2


def test_a_full_volume_is_said_and_takes_no_old_letter(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.keep()
    for _ in range(2):
        (tmp_path / "draft").symlink_to("/dev/full")
        answer = desk.send("POST", "/", SENT.headers, SENT.body)
        assert answer.status == 507 and answer.body.count(b"\n") == 1 and b"full" in answer.body
    lost = [line for line in desk.logged if line["event"] == "trm_dead_letter_refused"]
    assert [line["reason"] for line in lost] == ["ENOSPC"] * 2
    assert {line["id"] for line in lost} == {"lost-1"}
    assert len(desk.rows) == 1
    assert desk.keep() == 202, "there is room again"


def test_a_volume_that_fails_is_a_503(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "letters")
    (tmp_path / "letters").rmdir()
    answer = desk.send("POST", "/", SENT.headers, SENT.body)
    assert answer.status == 503 and b"ENOENT" in answer.body
    assert desk.send("GET").status == 503


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/1"),
        ("POST", "/1/resend"),
        ("DELETE", "/1"),
        ("GET", "/x"),
        ("PUT", "/"),
        ("GET", "/" + "9" * 300),
        ("GET", "/" + "9" * 5_000),
        ("POST", "/" + "9" * 300 + "/resend"),
        ("DELETE", "/" + "9" * 300),
        ("GET", "/0"),
        ("GET", "/-1"),
        ("GET", "/1.5"),
        ("GET", "/\u0661"),
        ("GET", "/\u00b2"),
        ("GET", "/../../etc/passwd"),
        ("GET", "/1/resend"),
        ("GET", "/%2e%2e"),
        ("GET", "/\x00"),
        ("PATCH", "/resend"),
        ("OPTIONS", "/1"),
        ("", ""),
    ],
)
def test_unknown_places_are_404(tmp_path: Path, method: str, path: str) -> None:
    answer = Desk(tmp_path, accept).send(method, path)
    assert answer.status == 404 and answer.body.count(b"\n") == 1


def test_a_letter_can_be_thrown_away(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.keep()
    assert desk.send("DELETE", "/1").status == 204
    assert desk.rows == []


def run_until_it_ends(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    with reserved_port() as port:
        given = {"HOST": "127.0.0.1", "PORT": str(port), **environment}
        return subprocess.run(
            [sys.executable, "-m", "function", "dead-letters", str(folder)],
            cwd=ROOT,
            env=clean_environment() | given,
            capture_output=True,
            text=True,
            timeout=60,
        )


def test_a_start_that_cannot_work_says_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ends = [
        run_until_it_ends(tmp_path / "file"),
        run_until_it_ends(Path("/proc/nowhere")),
        run_until_it_ends(tmp_path / "a", K_SINK="http://a b/"),
        run_until_it_ends(tmp_path / "a", K_SINK="http://a/", K_CA_CERTS="none"),
        run_until_it_ends(tmp_path / "a", TRM_DEAD_LETTERS_TOKENS="short"),
        run_until_it_ends(tmp_path / "a", TRM_DEAD_LETTERS_TOKENS=","),
    ]
    for end in ends:
        assert end.returncode == 2 and end.stderr.count("\n") == 1, end.stderr
        assert end.stdout == ""


def test_letters_outlive_the_process(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    with dead_letters(folder) as url:
        # In chunks, as some brokers send.
        parts = iter([SENT.body[:5], SENT.body[5:]])
        assert httpx.post(url, headers=dict(SENT.headers), content=parts).status_code == 202
    with dead_letters(folder) as url:
        assert "lost-1" in httpx.get(url).text


def test_the_server_answers_odd_requests_with_one_line(tmp_path: Path) -> None:
    with dead_letters(tmp_path / "letters") as url, httpx.Client(base_url=url) as client:
        for path, status in (
            ("/" + "9" * 300, 404),
            ("/" + "9" * 3_000, 404),
            ("/" + "9" * 9_000, 414),
            ("/%00", 404),
            ("/%ff%fe", 404),
            ("//1//resend", 404),
            ("/?x=" + "1" * 300, 200),
        ):
            answer = client.get(path)
            assert answer.status_code == status, path[:20]
            assert answer.text.count("\n") == 1 and "<" not in answer.text, path[:20]
        assert client.head("/").status_code == 200
        assert client.get("/1", headers={f"x-{n}": "1" for n in range(1_100)}).status_code == 431
        long = dict(SENT.headers) | {"ce-subject": "x" * 60_000}
        assert client.post("/", headers=long, content=SENT.body).status_code == 202
        # What the function refuses with 413 becomes a dead letter and has to fit here.
        large = b'{"prompt": "' + b"x" * 1_500_000 + b'"}'
        assert client.post("/", headers=dict(SENT.headers), content=large).status_code == 202
        huge = client.post("/", headers=dict(SENT.headers), content=b"x" * 5_000_000)
        assert huge.status_code == 413
        assert len(httpx.get(url).text.splitlines()) == 3


BYTES = st.binary(max_size=60)
HEADER = st.tuples(
    st.sampled_from(
        ["ce-id", "ce-type", "ce-knativeerrordata", "ce-knativearrivaltime", "content-type", "host"]
    ),
    st.one_of(
        BYTES.map(lambda value: value.decode("latin-1")),
        st.sampled_from(["application/cloudevents+json", "application/json", "%", "%FF", "9" * 30]),
    ),
)
BODY = st.one_of(
    BYTES,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.dictionaries(
            st.sampled_from(["id", "type", "data", "knativeerrordata", "knativearrivaltime"]), inner
        ),
    ).map(lambda value: json.dumps(value).encode()),
    st.just(b'{"id": "\\ud800", "type": "\\u0000", "knativeerrorcode": 1e999}'),
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, accept, kept=1)


@settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(HEADER, max_size=5), BODY, st.text(max_size=12))
def test_whatever_comes_is_answered(desk: Desk, headers: Headers, body: bytes, path: str) -> None:
    assert desk.keep(headers, body) in (202, 400)
    assert desk.send("GET").status == 200
    assert desk.send("GET", f"/{path}").status in (200, 400, 404)
    for number in LetterStore(desk.folder).numbers():
        assert desk.send("GET", f"/{number}").status == 200
        assert desk.send("POST", f"/{number}/resend").status == 202
