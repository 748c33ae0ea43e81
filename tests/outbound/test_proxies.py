"""Which proxy a server is reached through, and what a wrong variable says."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from function.errors import ConfigurationError
from function.outbound.proxies import client_for, proxy_for

PROXIES = {"HTTP_PROXY": "http://proxy:3128", "HTTPS_PROXY": "secure:3129"}
AS_CONTAINERS_HAVE_IT = "localhost,127.0.0.1,fd07:b51a:cc66:f0::/64,10.0.0.0/8,.svc,ollama:11434"


@pytest.mark.parametrize(
    ("environ", "url", "proxy"),
    [
        ({}, "http://a/", None),
        (PROXIES, "http://a/", ("HTTP_PROXY", "http://proxy:3128")),
        (PROXIES, "https://a/", ("HTTPS_PROXY", "http://secure:3129")),
        ({"ALL_PROXY": "socks5://s:1"}, "https://a/", ("ALL_PROXY", "socks5://s:1")),
        ({**PROXIES, "http_proxy": "http://low:1"}, "http://a/", ("http_proxy", "http://low:1")),
        ({**PROXIES, "http_proxy": ""}, "http://a/", None),
    ],
)
def test_the_variable_that_counts(
    environ: dict[str, str], url: str, proxy: tuple[str, str] | None
) -> None:
    assert proxy_for(url, environ) == proxy


@pytest.mark.parametrize(
    ("excepted", "url", "direct"),
    [
        (AS_CONTAINERS_HAVE_IT, "http://127.0.0.1:9/", True),
        (AS_CONTAINERS_HAVE_IT, "http://[fd07:b51a:cc66:f0::9]:80/", True),
        (AS_CONTAINERS_HAVE_IT, "http://[fd07:b51a:cc66:f1::9]/", False),
        (AS_CONTAINERS_HAVE_IT, "http://10.1.2.3/", True),
        (AS_CONTAINERS_HAVE_IT, "http://11.1.2.3/", False),
        (AS_CONTAINERS_HAVE_IT, "http://vllm.ai.svc/", True),
        (AS_CONTAINERS_HAVE_IT, "http://ollama:11434/", True),
        (AS_CONTAINERS_HAVE_IT, "http://ollama:80/", False),
        ("*", "http://a/", True),
        ("[::1]", "http://[::1]:8/", True),
        ("::1 b", "http://b/", True),
        ("example.com", "http://www.Example.com/", True),
        ("*.example.com", "http://www.example.com/", True),
        ("example.com", "http://wwwexample.com/", False),
        ("a/b/c,::/999,[,:,10.0.0.0/99,,http://", "http://a/", False),
    ],
)
def test_servers_that_need_no_proxy(excepted: str, url: str, direct: bool) -> None:
    found = proxy_for(url, {"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": excepted})
    assert (found is None) == direct


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("socks5://user:secret@127.0.0.1:9", "SOCKS"),
        ("http://user:secret@[::/", "must be"),
        ("ftp://secret", "must be"),
        ("http://host:secret/", "must be"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(address: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^ALL_PROXY .*{said}") as failure:
        client_for("http://a/", environ={"ALL_PROXY": address})
    assert "secret" not in str(failure.value) and "\n" not in str(failure.value)
    client_for("http://a/", environ={"ALL_PROXY": address, "NO_PROXY": "a"}).close()


def test_a_request_goes_through_the_proxy() -> None:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        environ = {"HTTP_PROXY": f"http://127.0.0.1:{server.server_port}", "NO_PROXY": "fd00::/8"}
        with client_for("http://far/", environ=environ) as client:
            assert client.get("http://far/away").status_code == 204
        server.shutdown()
    assert asked == ["http://far/away"]
