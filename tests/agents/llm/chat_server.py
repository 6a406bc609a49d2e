"""A real HTTP server on loopback that speaks the OpenAI chat-completions protocol from a script, and misbehaves on
demand."""

import json
import threading
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

Chooser = Callable[[dict[str, Any]], "Reply"]


class Reply(NamedTuple):
    """One scripted answer. `hang_s` waits before it; `drip_s` sends a blank for so long before the body.

    `body` replaces the whole body, `sent_share` is what of it is sent before the connection is cut. `arguments` are
    those of a tool call in place of text; `retry_after` is sent as a header.
    """

    text: str | None = ""
    status: int = 200
    finish: str = "stop"
    hang_s: float = 0.0
    drip_s: float = 0.0
    retry_after: str = ""
    body: str | None = None
    sent_share: float = 1.0
    refusal: str = ""
    arguments: str = ""
    has_usage: bool = True


class ChatServer(ThreadingHTTPServer):
    """Answers from `script`, whose last reply is given for ever, or as a function says; `requests` keeps what came.

    Whatever parameter is named in `refuses` is answered with a 400 that names it.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, script: Sequence[Reply] | Chooser, refuses: Collection[str] = ()) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.refuses = refuses
        self.requests: list[dict[str, Any]] = []
        self.over = threading.Event()
        self.lock = threading.Lock()
        self._scripted = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def next_reply(self, request: dict[str, Any]) -> Reply:
        with self.lock:
            self.requests.append(request)
            refused = [name for name in self.refuses if name in request]
            if refused:
                return Reply(f"Unsupported parameter: '{refused[0]}' is not supported with this model.", status=400)
            if callable(self.script):
                return self.script(request)
            self._scripted += 1
            return self.script[min(self._scripted, len(self.script)) - 1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, ChatServer)
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = self.server.next_reply(request)
        self.server.over.wait(reply.hang_s)
        body = _body(reply, request).encode()
        blanks = int(reply.drip_s / 0.1)
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) + blanks))
        if reply.retry_after:
            self.send_header("Retry-After", reply.retry_after)
        self.end_headers()
        for _ in range(blanks):
            self.wfile.write(b" ")
            self.wfile.flush()
            self.server.over.wait(0.1)
        self.wfile.write(body[: int(len(body) * reply.sent_share)])

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output clean."""


@contextmanager
def serve(*script: Reply, choose: Chooser | None = None, refuses: Collection[str] = ()) -> Generator[ChatServer]:
    """Run a server for the length of a test."""
    server = ChatServer(choose or script, refuses)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()


def _body(reply: Reply, request: dict[str, Any]) -> str:
    if reply.body is not None:
        return reply.body
    return json.dumps(_completion(reply, request) if reply.status == 200 else _error(reply))


def _completion(reply: Reply, request: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.refusal:
        message |= {"content": None, "refusal": reply.refusal}
    if reply.arguments:
        call = {"name": "reply", "arguments": reply.arguments}
        message |= {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": call}]}
    choice = {"index": 0, "finish_reason": reply.finish, "message": message}
    answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "test", "choices": [choice]}
    return answer | ({"usage": _usage(reply, request)} if reply.has_usage else {})


def _usage(reply: Reply, request: dict[str, Any]) -> dict[str, int]:
    """A hundred tokens in and twenty out; a long reply takes more, but never more than was allowed."""
    long = len(reply.text or "") // 4 if len(reply.text or "") > 4000 else 20
    written = min(long, request.get("max_tokens", request.get("max_completion_tokens", long)))
    return {"prompt_tokens": 100, "completion_tokens": written, "total_tokens": 100 + written}


def _error(reply: Reply) -> dict[str, Any]:
    return {"error": {"message": reply.text or "scripted failure", "type": "scripted", "code": str(reply.status)}}
