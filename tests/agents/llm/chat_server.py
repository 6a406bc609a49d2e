"""A real HTTP server on loopback that speaks the OpenAI chat-completions protocol from a script of replies."""

import json
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Reply(NamedTuple):
    """One scripted answer. `hang_s` waits before it; `drip_s` sends a blank for so long before the body."""

    text: str = ""
    status: int = 200
    finish: str = "stop"
    hang_s: float = 0.0
    drip_s: float = 0.0


class ChatServer(ThreadingHTTPServer):
    """Answers from `script`; its last reply is given for ever. `requests` keeps what was asked."""

    daemon_threads = True

    def __init__(self, script: Sequence[Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = list(script)
        self.requests: list[dict[str, Any]] = []
        self.over = threading.Event()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def next_reply(self, request: dict[str, Any]) -> Reply:
        with self.lock:
            self.requests.append(request)
            return self.script[min(len(self.requests), len(self.script)) - 1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, ChatServer)
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = self.server.next_reply(request)
        self.server.over.wait(reply.hang_s)
        body = json.dumps(_completion(reply) if reply.status == 200 else _error(reply)).encode()
        blanks = int(reply.drip_s / 0.1)
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) + blanks))
        self.end_headers()
        for _ in range(blanks):
            self.wfile.write(b" ")
            self.wfile.flush()
            self.server.over.wait(0.1)
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output clean."""


@contextmanager
def serve(*script: Reply) -> Generator[ChatServer]:
    """Run a server for the length of a test."""
    server = ChatServer(script)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()


def _completion(reply: Reply) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": reply.finish, "message": {"role": "assistant", "content": reply.text}}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    return {"id": "1", "object": "chat.completion", "created": 1, "model": "test", "choices": [choice], "usage": usage}


def _error(reply: Reply) -> dict[str, Any]:
    return {"error": {"message": reply.text or "scripted failure", "type": "scripted", "code": str(reply.status)}}
