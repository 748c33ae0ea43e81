"""MCP: the function as tools, by the official SDK over streamable HTTP.

Each request is answered by itself, in JSON and without a session, so that replicas share nothing.
It runs in an event loop of its own in the thread that the server gives it: the tools wait for
models, and nothing else waits for this loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, MutableMapping
from typing import TYPE_CHECKING, Any

from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import CallToolResult, ListToolsResult, TextContent, Tool, ToolAnnotations

import function
from function.contract import InferenceResponse
from function.errors import FieldError, FunctionError, InvalidRequest
from function.events.message import HttpResponse, message_of
from function.events.types import schemas
from function.http.api.base import (
    Call,
    Problem,
    Route,
    WrongCall,
    json_answer,
    problem_of,
    require_json,
)
from function.http.api.mcp_tools import tools

if TYPE_CHECKING:
    from function.service import Service

PATH = "/mcp"
_SERVER_ERROR = -32_000
"""First of the JSON-RPC codes that are left to servers."""
_INSTRUCTIONS = (
    "Answers come from small models and are checked: use an answer only if every one of its "
    "`checks` passed, and weigh it by its `confidence`."
)


class Mcp:
    """Answers MCP clients with the handler of events."""

    def __init__(self, service: Service) -> None:
        self._exchange = service.exchange
        self._answer = service.handler.answer_plain
        self._specs = {spec.name: spec for spec in tools()}
        completed = {k: v for k, v in schemas()["completed"].items() if k != "$id"}
        self._tools = [
            Tool(
                name=spec.name,
                title=spec.title,
                description=spec.description,
                input_schema=dict(spec.input_schema),
                output_schema=completed,
                annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
            )
            for spec in self._specs.values()
        ]
        self._server: Server[Any] = Server(
            "trm",
            title="TRM function",
            version=function.__version__,
            instructions=_INSTRUCTIONS,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )

    @property
    def routes(self) -> Iterable[Route]:
        """Every route."""
        return [Route("POST", PATH, self._post)]

    def refuse(self, problem: Problem) -> HttpResponse:
        """Write an error of JSON-RPC that belongs to no request in particular."""
        error = {"code": _SERVER_ERROR, "message": problem.message, "data": {"code": problem.code}}
        body = {"jsonrpc": "2.0", "id": None, "error": error}
        return json_answer(body, problem.status, problem.headers)

    def _post(self, call: Call) -> HttpResponse:
        require_json(call)
        if any(name.lower() == "origin" for name, _ in call.headers):
            # Demanded by the protocol: a page must not reach a server of its reader's network.
            raise WrongCall(403, "pages may not call tools: no Origin is allowed", "forbidden")
        return asyncio.run(self._serve(call))

    async def _serve(self, call: Call) -> HttpResponse:
        """Have the SDK answer one request (ASGI 3.0)."""
        sessions = StreamableHTTPSessionManager(
            self._server,
            json_response=True,
            stateless=True,
            max_request_body_size=self._exchange.max_body_bytes,
        )
        unread = [call.body]
        status, headers, parts = 500, [], []

        async def receive() -> dict[str, Any]:
            if unread:
                return {"type": "http.request", "body": unread.pop(), "more_body": False}
            await asyncio.Event().wait()  # the client counts as connected until the answer is sent
            raise AssertionError("never set")

        async def send(message: MutableMapping[str, Any]) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], message.get("headers", [])
            else:
                parts.append(message.get("body", b""))

        async with sessions.run():
            await sessions.handle_request(_scope_of(call), receive, send)
        lines = [
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers
        ]
        kept = [line for line in lines if line[0] != "content-length"]
        return HttpResponse(status, message_of(kept, b"".join(parts)))

    async def _list(self, context: Any, params: Any) -> ListToolsResult:
        return ListToolsResult(tools=self._tools)

    async def _call(self, context: Any, params: Any) -> CallToolResult:
        """Run a tool; an error of the status table becomes a tool error with its status."""
        try:
            spec = self._specs.get(params.name)
            if spec is None:
                raise InvalidRequest([FieldError("name", f"no tool is named {params.name[:63]!r}")])
            return _result(self._answer(spec.request(params.arguments or {})))
        except FunctionError as error:
            self._exchange.note_refusal(error)
            return _failed(problem_of(error))
        except Exception as error:
            self._exchange.note_bug(error)
            return _failed(problem_of(FunctionError("internal error")))


def _scope_of(call: Call) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in call.headers
        ],
        "client": None,
        "server": None,
    }


def _result(response: InferenceResponse) -> CallToolResult:
    """Return an answer: its text for models, with the checks that failed, and all of the reply."""
    texts = [response.answer]
    if failed := [check for check in response.checks if not check.passed]:
        reasons = "; ".join(f"{check.name}: {check.reason}" for check in failed)
        texts.append(f"{len(failed)} of {len(response.checks)} checks failed: {reasons}")
    return CallToolResult(
        content=[TextContent(text=text) for text in texts],
        structured_content=response.model_dump(mode="json"),
    )


def _failed(problem: Problem) -> CallToolResult:
    wait = dict(problem.headers).get("retry-after")
    error = {
        "status": problem.status,
        "code": problem.code,
        "message": problem.message,
        "field": problem.field,
        "retry_after": None if wait is None else int(wait),
    }
    text = f"{problem.code} ({problem.status}): {problem.message}"
    return CallToolResult(
        content=[TextContent(text=text)], structured_content={"error": error}, is_error=True
    )
