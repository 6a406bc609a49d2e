"""Real templates under the bench: what is read from a whole run."""

import math
from pathlib import Path

import pytest

from agents.schema import Metric
from bench.search.real import RealCourse, best_gains, run_real

TOY = Path(__file__).parents[1] / "toy_template"


def test_gains_count_from_the_first_value_and_never_fall() -> None:
    loss = Metric(name="loss", label="loss", direction="minimize")
    assert best_gains(loss, [None, 2.0, 3.0, None, 0.5]) == [-math.inf, 0.0, 0.0, 0.0, 1.5]


def test_nothing_is_gained_where_nothing_works() -> None:
    assert best_gains(Metric(name="x", label="x", direction="maximize"), [None]) == [-math.inf]


def test_a_search_that_ended_sooner_counts_with_its_end() -> None:
    """An idea with few settings once broke the table."""
    course = RealCourse([0.0, 0.5, 0.7], None, "inconclusive")
    assert [course.after(count) for count in (1, 2, 3, 12)] == [0.0, 0.5, 0.7, 0.7]


@pytest.mark.slow
def test_a_whole_run_gives_its_search_and_its_verdict(tmp_path: Path) -> None:
    course = run_real(tmp_path, str(TOY), "greedy_drafts[drafts=2]", seed=1, budget=4)
    assert len(course.best) == 4 and course.best == sorted(course.best)
    assert course.confirmed is not None and course.verdict in ("supported", "refuted", "inconclusive")
