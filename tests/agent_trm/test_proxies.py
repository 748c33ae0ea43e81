"""The client behind the proxies that container tools put into the environment."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

MAKE = """
from agent_trm.http import client_for
print(sorted(str(key.pattern) for key in client_for({url!r})._mounts))
"""


def mounts(url: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Make a client in a process whose environment has nothing but these variables."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd(), **variables}
    return subprocess.run(
        [sys.executable, "-c", MAKE.format(url=url)],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("variables", "proxied"),
    [
        ({}, False),
        ({"NO_PROXY": "localhost,fd07:b51a:cc66:f0::/64"}, False),
        ({"NO_PROXY": "fd07::/64", "HTTP_PROXY": "http://127.0.0.1:9"}, True),
        ({"NO_PROXY": "trm.agents", "HTTP_PROXY": "http://127.0.0.1:9"}, False),
        ({"NO_PROXY": "trm.agents", "ALL_PROXY": "socks5://127.0.0.1:9"}, False),
    ],
)
def test_the_proxy_of_the_environment(variables: dict[str, str], proxied: bool) -> None:
    made = mounts("http://trm.agents:80", **variables)
    assert made.returncode == 0, made.stderr
    assert made.stdout.strip() == ("['all://']" if proxied else "[]")


def test_a_proxy_that_cannot_be_used_is_said() -> None:
    made = mounts("http://trm.agents", ALL_PROXY="socks5://127.0.0.1:9")
    assert made.returncode == 1
    assert made.stderr.splitlines()[-1].startswith("ValueError: the proxy for http:// cannot be")
