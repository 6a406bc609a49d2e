"""What conftest.py promises every test."""

import os
import socket

import pytest


def test_connection_to_another_host_is_refused() -> None:
    with socket.socket() as outside, pytest.raises(RuntimeError, match=r"tried to connect to 192\.0\.2\.1"):
        outside.connect(("192.0.2.1", 443))


def test_connection_to_loopback_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()[:2]) as client:
        assert client.getpeername() == server.getsockname()


def test_keys_are_hidden() -> None:
    assert not [name for name in os.environ if name.endswith("_API_KEY")]
