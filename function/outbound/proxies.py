"""HTTP clients behind the proxy that the environment names for their server.

httpx reads ``NO_PROXY`` as a list of URLs and raises for what is none, such as the IPv6 ranges that
container tools put there, and it needs a package for SOCKS proxies even where ``NO_PROXY`` excepts
the server. Each client here talks to one server, so its proxy is chosen once, before httpx sees it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address, ip_network
from ssl import SSLContext
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from function.errors import ConfigurationError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)


class Proxy(NamedTuple):
    """A proxy and the variable that names it; its address may hold a password."""

    variable: str
    url: str


def proxy_for(url: str, environ: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for a server, or None if it is reached directly.

    As for curl, lower-case variables come first, and ``ALL_PROXY`` is for what has none of its own.
    """
    server = urlsplit(url)
    for name in (f"{server.scheme}_proxy", "all_proxy"):
        variable = name if name in environ else name.upper()
        if not (address := environ.get(variable, "").strip()):
            continue
        excepted = environ.get("no_proxy", environ.get("NO_PROXY", ""))
        port = server.port or _DEFAULT_PORTS.get(server.scheme)
        if any(_matches(it, server.hostname or "", port) for it in re.split(r"[\s,]+", excepted)):
            return None
        return Proxy(variable, address if "://" in address else f"http://{address}")
    return None


def client_for(
    url: str,
    *,
    base_url: str = "",
    headers: Mapping[str, str] | None = None,
    limits: httpx.Limits = _LIMITS,
    verify: SSLContext | None = None,
    transport: httpx.BaseTransport | None = None,
    environ: Mapping[str, str] = os.environ,
) -> httpx.Client:
    """Return a client for one server that follows no redirects.

    :param url: the server, for the choice of its proxy.
    :param verify: trusted certificates; without any the usual ones, ``SSL_CERT_FILE`` included.
    :param transport: replaces the network, proxies included.
    :raises ConfigurationError: the proxy of this server cannot be used; names its variable.
    """
    proxy = proxy_for(url, environ) if transport is None else None
    if proxy is not None and (" " in proxy.url or not proxy.url.isprintable()):
        raise ConfigurationError(f"{proxy.variable} must be a URL without blanks")
    if verify is None and transport is None:  # else unused, and it takes 30 ms
        verify = httpx.create_ssl_context()
    try:
        return httpx.Client(
            base_url=base_url,
            headers=headers,
            limits=limits,
            verify=verify or True,
            transport=transport,
            proxy=proxy.url if proxy else None,
            follow_redirects=False,
            trust_env=False,
        )
    except ImportError:
        if proxy is None:
            raise
        raise ConfigurationError(
            f"{proxy.variable} names a SOCKS proxy, which takes `pip install httpx[socks]`"
        ) from None
    except (ValueError, httpx.InvalidURL):
        if proxy is None:
            raise
        raise ConfigurationError(f"{proxy.variable} must be an http, https or socks5 URL") from None


def _matches(entry: str, host: str, port: int | None) -> bool:
    """Return whether an entry of ``NO_PROXY`` excepts a server; one that cannot be read excepts
    none."""
    entry = entry.rpartition("://")[2].lower()
    if entry == "*":
        return True
    with suppress(ValueError):
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    name, _, wanted = entry.rpartition(":")
    if name and wanted.isdecimal():
        if int(wanted) != port:
            return False
        entry = name
    entry = entry.strip("[]").removeprefix("*").removeprefix(".")
    return bool(entry) and (host == entry or host.endswith(f".{entry}"))
