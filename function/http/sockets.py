"""Where a server listens."""

from __future__ import annotations

import socket

from function.errors import ConfigurationError


def address_to_listen_on(host: str, port: int, variable: str = "PORT") -> str:
    """Return the address as gunicorn writes it, after a look whether it can be had.

    gunicorn would try for five seconds and log each failure.

    :param variable: the setting that holds the port, for the error.
    :raises ConfigurationError: it is not an address of this machine, or it is in use.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, UnicodeError) as error:
        place = f"HOST {host if host.isprintable() else ascii(host)}, {variable} {port}"
        problem = error.strerror if isinstance(error, OSError) else "not a host name"
        raise ConfigurationError(f"wrong setting: {place}: {problem}") from None
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
