"""The peer: a func-python CloudEvents function that sends the event back as it came.

Served by the real middleware of the ``func-python`` package as the func CLI's scaffolding does:
``new`` gives the instance, ``handle`` finds the event in the scope and sends an event.
"""

from __future__ import annotations

from typing import Any

from func_python.cloudevent import serve


class EchoFunction:
    """Answers an event with itself."""

    async def handle(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one event; the middleware calls this."""
        await send(scope["event"])


def new() -> EchoFunction:
    """Return the name that the middleware asks for."""
    return EchoFunction()


if __name__ == "__main__":
    serve(new)
