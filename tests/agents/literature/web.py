"""A local server that speaks like the literature services, and misbehaves on demand."""

import json
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit


class Asked(NamedTuple):
    """A request: its path, its parameters, and its headers in lower case."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """An answer; `drips` sends the body a byte at a time until the server closes, `hangs` sends nothing at all."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    hangs: bool = False
    drips: bool = False
    length: int | None = None


def as_json(value: Any, status: int = 200) -> Reply:
    return Reply(json.dumps(value).encode(), status, {"content-type": "application/json"})


class Web(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answer: Callable[[Asked], Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.asked: list[Asked] = []
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up on a hanging answer is what the tests are about."""


@contextmanager
def serve(answer: Callable[[Asked], Reply] | Reply) -> Generator[Web]:
    """Answer requests by a function, or all alike."""
    web = Web(answer if callable(answer) else lambda _: answer)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        web.closing.set()
        web.shutdown()
        thread.join()
        web.server_close()


class _Handler(BaseHTTPRequestHandler):
    @property
    def _web(self) -> Web:
        assert isinstance(self.server, Web)
        return self.server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        params = {name: values[0] for name, values in parse_qs(parts.query).items()}
        asked = Asked(parts.path, params, {name.lower(): value for name, value in self.headers.items()})
        self._web.asked.append(asked)
        reply = self._web.answer(asked)
        if reply.hangs:
            self._web.closing.wait(30)
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body) if reply.length is None else reply.length))
        self.end_headers()
        if reply.drips:
            self._drip(reply.body)
        else:
            self.wfile.write(reply.body)

    def _drip(self, body: bytes) -> None:
        for place in range(len(body)):
            if self._web.closing.wait(0.05):
                return
            self.wfile.write(body[place : place + 1])
            self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Tests read `asked`."""
