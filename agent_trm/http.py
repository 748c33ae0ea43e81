"""HTTP clients behind the proxy that the environment names for their server."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx


def client_for(
    url: str,
    transport: httpx.AsyncBaseTransport | None = None,
    *,
    base_url: str = "",
    headers: Mapping[str, str] | None = None,
) -> httpx.AsyncClient:
    """Return a client for one server.

    httpx reads every entry of ``NO_PROXY`` as a URL and raises for an IPv6 range, and it wants a
    package for a SOCKS proxy even where the server is excepted from it.

    No connection is kept open: it would belong to one event loop, and agents run one after another.

    :param transport: replaces the network, proxies included.
    :raises ValueError: the proxy of this server cannot be used.
    """
    server = urlsplit(url)
    proxies = getproxies() if transport is None and not proxy_bypass(server.netloc) else {}
    proxy = proxies.get(server.scheme) or proxies.get("all")
    try:
        return httpx.AsyncClient(
            base_url=base_url,
            headers=headers,
            transport=transport,
            proxy=proxy,
            limits=httpx.Limits(max_keepalive_connections=0),
            verify=httpx.create_ssl_context(),
            trust_env=False,
        )
    except (ImportError, httpx.InvalidURL, ValueError) as error:
        if proxy is None:
            raise
        raise ValueError(f"the proxy for {server.scheme}:// cannot be used: {error}") from None
