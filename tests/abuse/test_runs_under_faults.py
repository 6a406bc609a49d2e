"""Whole runs while their model's service fails in every way it can: a thousand faults, and each run ends in a paper."""

import random
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agents.errors import NaturalistError
from agents.run import resume_run
from agents.store.calls import total_paid
from agents.store.place import find_place
from tests.abuse.test_model_faults import FAULTS, RARE
from tests.agents.llm.chat_server import Reply, serve
from tests.e2e.scripted_server import study_the_toy
from tests.e2e.test_free_road import FREE
from tests.e2e.test_model_road import run_with_model, texts
from tests.e2e.toy import experiments_of, ignore, logged

pytestmark = pytest.mark.heavy
BUDGET_USD = 2.0
FATAL = ("bad key", "forbidden", "no such model", "no credit")
"""A service that says these is not asked again in a session; the run stops and is resumed."""
PATIENT = ("rate limit with a pause", "rate limit until a date")
"""A run waits a minute when it is told to; test_model_faults.py has these."""
ANY = {name: reply for name, reply in {**FAULTS, **RARE}.items() if name not in PATIENT}
WITHIN_A_RUN = sorted(set(ANY) - set(FATAL))
SETTINGS: Mapping[str, Any] = {
    "models.timeout_s": 0.6, "models.tries": 6, "models.prices": {"openai/scripted": (1.0, 4.0)},
    "budget.usd": BUDGET_USD, "literature": ("template",),
}  # fmt: skip


class Storm:
    """A service that fails with a chance of `share`, and now and then for good; else it does its work."""

    def __init__(self, seed: int, share: float) -> None:
        self._draw = random.Random(seed)
        self._share = share
        self.given: Counter[str] = Counter()

    def __call__(self, request: dict[str, Any]) -> Reply:
        if self._draw.random() >= self._share:
            return study_the_toy(request)
        kinds = sorted(ANY) if self._draw.random() < 0.01 else WITHIN_A_RUN
        name = self._draw.choice(kinds if self._draw.random() < 0.1 else sorted(set(kinds) - set(RARE)))
        self.given[name] += 1
        return ANY[name]


def run_through(home: Path, storm: Storm, flags: Mapping[str, Any]) -> tuple[Path, int]:
    """Start a run and resume it as often as it stops; returns its folder and how often it had to be resumed."""
    with serve(choose=storm) as server:
        try:
            return run_with_model(home, server.url, **SETTINGS, **flags), 0
        except NaturalistError as error:
            assert "\n" not in str(error)
        (folder,) = (path for path in (home / "workspace").iterdir() if path.name[0].isdigit())
        said = Counter[str]()
        for times in range(1, 40):
            try:
                resume_run(folder, ignore)
                return folder, times
            except NaturalistError as error:
                assert "\n" not in str(error)
                said[str(error)] += 1
    raise AssertionError(f"the run never came to its end: {said}")


def test_a_thousand_faults_crash_no_run_lose_no_idea_and_pass_no_budget(tmp_path: Path) -> None:
    faults: Counter[str] = Counter()
    resumed = runs = 0
    while faults.total() < 1000:
        storm = Storm(seed=runs, share=0.6)
        flags: Mapping[str, Any] = FREE if runs % 2 else {}
        folder, times = run_through(tmp_path / str(runs), storm, flags)
        runs, resumed, faults = runs + 1, resumed + times, faults + storm.given
        assert total_paid(find_place(folder, "", "calls")).usd <= BUDGET_USD
        assert all(experiment.outcome for experiment in experiments_of(folder)), "a node is left in limbo"
        given_up = [event for event in logged(folder, "degraded") if "given up" in event.what]
        assert given_up or len(texts(folder)) == 10
        assert logged(folder, "run_finished")
    assert set(faults) >= set(WITHIN_A_RUN), "a fault that never came proves nothing"
    (tmp_path / "figures.txt").write_text(f"{faults.total()} faults in {runs} runs, resumed {resumed} times: {faults}")
