"""As much of the Hugging Face hub's protocol as listing and fetching files need."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class HubServer:
    """Serves ``repositories`` (files by name, by ``owner/name``) and notes what was ``fetched``."""

    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.fetched: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.answer(with_body=False)

            def do_GET(self) -> None:
                self.answer(with_body=True)

            def answer(self, with_body: bool) -> None:
                path = self.path.partition("?")[0].strip("/").split("/")
                if path[:2] == ["api", "models"]:
                    name = "/".join(path[2:4])
                    listing = hub.listing(name, path[4] if len(path) > 4 else "")
                    return self.send(listing, with_body)
                body = hub.repositories.get("/".join(path[:2]), {}).get("/".join(path[4:]))
                if with_body:
                    hub.fetched.append("/".join(path[4:]))
                self.send(body, with_body)

            def send(self, body: bytes | None, with_body: bool) -> None:
                self.send_response(404 if body is None else 200)
                if body is None:
                    self.send_header("X-Error-Code", "RepoNotFound")
                body = body or b""
                self.send_header("ETag", f'"{hashlib.sha1(body).hexdigest()}"')
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if with_body:
                    self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def listing(self, name: str, kind: str) -> bytes | None:
        """Return what the API says about a repository, None for one that is not there."""
        files = self.repositories.get(name)
        if files is None:
            return None
        if kind == "tree":
            rows = [
                {"type": "file", "path": file, "size": len(body), "oid": file}
                for file, body in files.items()
            ]
            return json.dumps(rows).encode()
        siblings = [{"rfilename": file} for file in files]
        return json.dumps({"id": name, "sha": COMMIT, "siblings": siblings}).encode()

    def close(self) -> None:
        """Stop; may be called twice."""
        if self.thread.is_alive():
            self.server.shutdown()
            self.thread.join()
            self.server.server_close()
