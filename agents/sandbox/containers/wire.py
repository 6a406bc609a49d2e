"""The wire to a command in a container: the engine's one socket, taken apart into the streams of a launcher."""

import contextlib
import os
import re
import socket
import struct
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from io import BufferedReader

from agents.sandbox.containers.engine import Engine, explain, is_gone

_HEAD = struct.Struct(">BxxxL")
_REPORT = 2
_PIECE_BYTES = 64 * 1024
_KILLED = re.compile(rb"^killed (\d+)$", re.M)
_END_S, _REMOVAL_S = 5.0, 60.0


class DockerWire:
    """The streams of a container that is about to start; closing them has it removed by `pool`."""

    def __init__(self, engine: Engine, container: str, stream: socket.socket, pool: ThreadPoolExecutor) -> None:
        self._engine, self._container, self._stream, self._pool = engine, container, stream, pool
        self.output, self._into_output = os.pipe()
        self.report, self._into_report = os.pipe()
        for ours in (self.output, self.report):
            os.set_blocking(ours, False)
        self._said = b""
        self._destruction: Future[bool] | None = None
        self._is_closed = False
        self._relaying = threading.Thread(target=self._relay, name=f"container {container[:12]}", daemon=True)
        self._relaying.start()

    @property
    def lacked_memory(self) -> bool:
        """Whether the kernel killed a process for want of memory; known once the wire is closed."""
        counted = _KILLED.findall(self._said)
        return any(int(count) for count in counted) or bool(self._destruction and self._destruction.result(_REMOVAL_S))

    def hang_up(self) -> None:
        """Close the standard input of the container, which its launcher takes for the end."""
        with contextlib.suppress(OSError):
            self._stream.shutdown(socket.SHUT_WR)

    def destroy(self) -> None:
        """Kill the container, in another thread: the engine waits meanwhile for its output to be read."""
        if self._destruction is None:
            self._destruction = self._pool.submit(_destroy, self._engine, self._container)

    def close(self) -> None:
        """Wait until nothing runs in the container any more; raises ServiceError if it cannot be brought to its end."""
        if self._is_closed:
            return
        self._is_closed = True
        self.hang_up()
        os.close(self.output)
        os.close(self.report)
        self._relaying.join(_END_S)
        if self._relaying.is_alive():
            self.destroy()
        if self._destruction is None:
            self._pool.submit(remove_container, self._engine, self._container)
        else:
            self._destruction.result(_REMOVAL_S)
            self._relaying.join(_END_S)

    def _relay(self) -> None:
        """Copy frames into the pipes until the container ends; what nobody reads any more is thrown away."""
        try:
            with contextlib.suppress(OSError), self._stream, self._stream.makefile("rb") as frames:
                self._copy(frames)
        finally:
            os.close(self._into_output)
            os.close(self._into_report)

    def _copy(self, frames: BufferedReader) -> None:
        while len(head := frames.read(_HEAD.size)) == _HEAD.size:
            kind, left = _HEAD.unpack(head)
            while left and (piece := frames.read(min(left, _PIECE_BYTES))):
                left -= len(piece)
                if kind == _REPORT:
                    self._said = (self._said + piece)[-_PIECE_BYTES:]
                _write(self._into_report if kind == _REPORT else self._into_output, piece)


def remove_container(engine: Engine, container: str) -> None:
    """Kill a container if it still runs, and remove it; raises ServiceError if the engine does not do that."""
    with explain(f"container {container[:12]} could not be removed"):
        try:
            engine.api.remove_container(container, force=True, v=True)
        except Exception as error:
            if not is_gone(error):
                raise


def _destroy(engine: Engine, container: str) -> bool:
    """Remove a container; whether its first process was killed for want of memory."""
    with explain(f"container {container[:12]} is lost"):
        state = engine.api.inspect_container(container)["State"]
    remove_container(engine, container)
    return bool(state["OOMKilled"])


def _write(pipe: int, content: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):
        while content:
            content = content[os.write(pipe, content) :]
