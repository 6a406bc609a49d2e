"""One sandbox of each kind for the whole session, and the attacks of the session tried in it side by side."""

import os
from collections.abc import Iterator

import pytest

from agents.services import Sandbox
from tests.abuse.attack import Attack
from tests.abuse.backends import NAMES, Unavailable, is_required, make_sandbox
from tests.abuse.bare import Bare
from tests.abuse.trial import Bait, Batch
from tests.agents.sandbox.engine import NO_ENGINE, why_no_engine


def _param(name: str) -> object:
    """A container for each of hundreds of programs takes minutes."""
    return pytest.param(name, marks=pytest.mark.heavy) if name == "docker" else name


@pytest.fixture(scope="session")
def bait(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What must be there before any sandbox is: a key in our environment, a descriptor that can be inherited."""
    laid = Bait(tmp_path_factory.mktemp("bait"))
    yield
    laid.close()


@pytest.fixture(scope="session", params=[_param(name) for name in NAMES])
def sandbox(request: pytest.FixtureRequest, bait: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox that is known to run; skips with the reason, or fails if it is required."""
    name: str = request.param
    with pytest.MonkeyPatch.context() as patch:
        if name == "docker" and os.environ["DOCKER_HOST"] == NO_ENGINE and why_no_engine() is None:
            patch.setenv("DOCKER_HOST", request.getfixturevalue("docker_engine"))
        try:
            made = make_sandbox(name, tmp_path_factory.mktemp(name))
        except Unavailable as reason:
            if is_required(name):
                pytest.fail(str(reason))
            pytest.skip(str(reason))
        yield made
        made.close()


@pytest.fixture(scope="session")
def batch(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[Batch]:
    """All attacks that this session asks of this sandbox, under way."""
    made = Batch(sandbox, _wanted(request.session, "attack", sandbox.name))
    yield made
    made.close()


@pytest.fixture(scope="session")
def bare_batch(request: pytest.FixtureRequest, bait: None) -> Iterator[Batch]:
    made = Batch(Bare(), _wanted(request.session, "bare_attack", None), patience_s=0.2)
    yield made
    made.close()


def _wanted(session: pytest.Session, argument: str, backend: str | None) -> list[Attack]:
    """The attacks of this session's tests, so that -k tries only what it names."""
    items = [item for item in session.items if isinstance(item, pytest.Function) and hasattr(item, "callspec")]
    found = [item.callspec.params.get(argument) for item in items if item.callspec.params.get("sandbox") == backend]
    return [attack for attack in found if isinstance(attack, Attack)]
