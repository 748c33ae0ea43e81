"""A network between the function and Redis that is slow and breaks."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress


class Proxy:
    """Passes connections on to a Unix socket, and hangs up on all of them while it is ``down``."""

    def __init__(self, path: str, delay: float) -> None:
        self._target = path
        self._delay = delay
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.down = False
        threading.Thread(target=self._accept, daemon=True).start()

    def flap(self, seconds: float, until: threading.Event) -> None:
        """Be up and down in turns."""
        while not until.wait(seconds):
            self.down = not self.down
            if self.down:
                self.hang_up()

    def hang_up(self) -> None:
        """Break every connection."""
        for connection in list(self._open):
            _shut(connection)

    def close(self) -> None:
        """Stop accepting, and hang up."""
        _shut(self._listening)
        self._listening.close()
        self.hang_up()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                if self.down:
                    client.close()
                    continue
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._target)
                self._open |= {client, server}
                for pair in ((client, server, 0.0), (server, client, self._delay)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, delay: float) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                time.sleep(delay)
                sink.sendall(data)
        for connection in (source, sink):
            _shut(connection)
        self._open.discard(source)
        source.close()


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
