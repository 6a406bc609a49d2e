"""Rules that hold for every test: nothing reaches beyond this machine, no key is visible, golden files are compared."""

import ipaddress
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.agents.sandbox.engine import docker_engine as docker_engine
from tests.postgres import postgres as postgres

GOLDEN = Path(__file__).resolve().parent / "golden"
GROUPS = {
    "docker": {"docker_engine", "docker"},
    "postgresql": {"postgres", "postgresql"},
    "ray": {"cluster", "ray"},
}
"""Fixtures and parameters by which a test is known to need a server of that kind."""


def pytest_xdist_auto_num_workers() -> int:
    """Tests wait more than they work: twice as many workers as processors, but not more than memory has room for."""
    return min(8, 2 * (os.cpu_count() or 1))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write what tests produce into tests/golden")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a file under tests/golden, or write that file under --update-golden."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"no golden file {path}; make it by pytest --update-golden and read it"
        assert text == path.read_text(encoding="utf-8"), (
            f"differs from {path}; if that is meant: pytest --update-golden"
        )

    return check


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide every key of a model service, and point LiteLLM's default at nothing."""
    for name in [name for name in os.environ if name.endswith(("_API_KEY", "_API_TOKEN")) or name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the machine's own Docker engine, so that tests do the same on every machine; DOCKER_HOST names one to use."""
    if "DOCKER_HOST" not in os.environ:
        monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")


def _refuse_outside(event: str, arguments: tuple[Any, ...]) -> None:
    """Let no test of this process reach a paid model or any other host: only loopback and local sockets are open."""
    if event != "socket.connect":
        return
    match arguments[1]:
        case (str(host), *_) if not _is_loopback(host):
            raise RuntimeError(f"a test tried to connect to {host}; use a server on loopback or a fake")
        case _:
            pass


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


sys.addaudithook(_refuse_outside)


@pytest.hookimpl(tryfirst=True)  # pytest-xdist must see the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without TeX, tests that need it are skipped and say so; tests that share a server go to one worker."""
    has_tex = shutil.which("latexmk") is not None
    for item in items:
        if not has_tex and item.get_closest_marker("tex"):
            item.add_marker(pytest.mark.skip(reason="TeX is not installed; make setup installs it where it may"))
        if group := _group(item):
            item.add_marker(pytest.mark.xdist_group(group))


def _group(item: pytest.Item) -> str:
    """Which tests must meet in one process, because a fixture of theirs is dear or is one whole for all of them."""
    assert isinstance(item, pytest.Function)
    params: dict[str, Any] = item.callspec.params if hasattr(item, "callspec") else {}
    names = {*item.fixturenames, *(value for value in params.values() if isinstance(value, str))}
    shared = [group for group, needed in GROUPS.items() if names & needed]
    if "bait" in names and not shared:
        shared = [f"abuse-{params.get('sandbox', 'bare')}"]
    return shared[0] if shared else ""
