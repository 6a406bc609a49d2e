"""Rules that hold for every test: nothing reaches beyond this machine, no key is visible, golden files are compared."""

import ipaddress
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.agents.sandbox.engine import NO_ENGINE
from tests.agents.sandbox.engine import docker_engine as docker_engine
from tests.postgres import postgres as postgres
from tests.workers import ByServer, count_workers

GOLDEN = Path(__file__).resolve().parent / "golden"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    return count_workers()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByServer:
    return ByServer(config, log)


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


def pytest_configure() -> None:
    """Hide the keys of model services and the machine's own Docker engine; DOCKER_HOST names one to use all the same.

    Once and not for each test: many threads of a test may read the environment, which must not change under them.
    """
    for name in [name for name in os.environ if name.endswith(("_API_KEY", "_API_TOKEN")) or name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.setdefault("DOCKER_HOST", NO_ENGINE)
    os.environ["OPENAI_BASE_URL"] = "http://127.0.0.1:9"
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.fsync = _leave_to_the_kernel


def _leave_to_the_kernel(_: object) -> None:
    """Nobody pulls the plug on a test, and what was written outlives a kill. A run flushes hundreds of small files."""


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without TeX, tests that need it are skipped and say so."""
    if shutil.which("latexmk") is None:
        for item in items:
            if item.get_closest_marker("tex"):
                item.add_marker(pytest.mark.skip(reason="TeX is not installed; make setup installs it where it may"))
