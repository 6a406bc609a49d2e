"""Loading ahead: begun by the first experiment, left off at the end, and no error of its own."""

import sys
from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path
from threading import Event as Flag

import pytest

from agents.ahead import MODULES, loading_ahead
from agents.events import Event, ExperimentStarted, StageStarted

STARTED = ExperimentStarted(
    at=0.0, study="s1", experiment="s1-0000", stage="search", kind="draft", parent=None, arm="", change="", seed=1
)
OTHER: Event = StageStarted(at=0.0, study=None, node="publish")


@pytest.fixture
def late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    """A module that nobody has imported."""
    (tmp_path / "imported_late.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "imported_late"
    sys.modules.pop("imported_late", None)


def test_the_first_experiment_begins_it_and_nothing_else_does(late: str) -> None:
    with loading_ahead((late,)) as hear:
        hear(OTHER)
    assert late not in sys.modules
    with loading_ahead((late,)) as hear:
        hear(STARTED)
        hear(STARTED)
        _await(late)
    assert late in sys.modules


def test_a_module_that_is_missing_is_left_to_who_needs_it(late: str) -> None:
    with loading_ahead(("nowhere.at_all", late)) as hear:
        hear(STARTED)
        _await(late)


@pytest.mark.parametrize("name", MODULES)
def test_all_that_is_loaded_exists(name: str) -> None:
    assert find_spec(name)


def _await(module: str) -> None:
    while module not in sys.modules:
        Flag().wait(0.005)
