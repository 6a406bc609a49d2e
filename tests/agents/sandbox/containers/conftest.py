"""A sandbox on the private engine, for these tests."""

from collections.abc import Iterator

import pytest

from agents.sandbox.docker import DockerSandbox


@pytest.fixture
def sandbox(docker_engine: str) -> Iterator[DockerSandbox]:
    made = DockerSandbox(client_url=docker_engine)
    yield made
    made.close()
