"""The engine's stream taken apart, with a socket pair in the engine's place."""

import os
import socket
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from agents.sandbox.containers.wire import DockerWire


class RecordingEngine:
    """Knows one container, and what was done with it."""

    def __init__(self, *, was_killed: bool = False) -> None:
        self.api = self
        self.removed: list[str] = []
        self._was_killed = was_killed

    def inspect_container(self, container: str) -> dict[str, Any]:
        return {"State": {"OOMKilled": self._was_killed}}

    def remove_container(self, container: str, **_: bool) -> None:
        self.removed.append(container)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


def connect(engine: Any, pool: ThreadPoolExecutor) -> tuple[DockerWire, socket.socket]:
    ours, theirs = socket.socketpair()
    return DockerWire(engine, "c" * 64, ours, pool), theirs


def frame(kind: int, content: bytes) -> bytes:
    return struct.pack(">BxxxL", kind, len(content)) + content


def read_all(descriptor: int) -> bytes:
    os.set_blocking(descriptor, True)
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read()


def test_output_and_report_come_apart(pool: ThreadPoolExecutor) -> None:
    wire, engine = connect(RecordingEngine(), pool)
    engine.sendall(frame(1, b"one ") + frame(2, b"start 7\n") + frame(1, b"two"))
    engine.close()
    assert (read_all(wire.output), read_all(wire.report)) == (b"one two", b"start 7\n")
    wire.close()


def test_frames_in_pieces_are_put_together(pool: ThreadPoolExecutor) -> None:
    wire, engine = connect(RecordingEngine(), pool)
    for byte in frame(1, b"slow"):
        engine.sendall(bytes([byte]))
    engine.close()
    assert read_all(wire.output) == b"slow"
    wire.close()


def test_hanging_up_ends_the_standard_input(pool: ThreadPoolExecutor) -> None:
    wire, engine = connect(RecordingEngine(), pool)
    wire.hang_up()
    wire.hang_up()
    assert engine.recv(1) == b""
    engine.close()
    wire.close()


def test_kills_in_the_last_report_are_known(pool: ThreadPoolExecutor) -> None:
    wire, engine = connect(RecordingEngine(), pool)
    engine.sendall(frame(2, b"exit 1 0.5 100\nkilled 2\n"))
    engine.close()
    wire.close()
    assert wire.lacked_memory


def test_a_first_process_that_was_killed_is_known(pool: ThreadPoolExecutor) -> None:
    wire, engine = connect(RecordingEngine(was_killed=True), pool)
    wire.destroy()
    engine.close()
    wire.close()
    assert wire.lacked_memory


def test_closing_removes_the_container_once(pool: ThreadPoolExecutor) -> None:
    recording = RecordingEngine()
    wire, engine = connect(recording, pool)
    engine.close()
    wire.close()
    wire.close()
    pool.shutdown()
    assert recording.removed == ["c" * 64]
    assert not wire.lacked_memory


def test_output_that_nobody_reads_does_not_hold_up_the_end(pool: ThreadPoolExecutor) -> None:
    wire, engine = connect(RecordingEngine(), pool)
    flood = threading.Thread(target=lambda: (engine.sendall(frame(1, bytes(4_000_000))), engine.close()))
    flood.start()
    wire.close()
    flood.join(20)
    assert not flood.is_alive()
