"""Templates whose experiments never succeed: every failure is a recorded outcome, and the paper says that none won."""

from pathlib import Path

import pytest

from agents.schema import Experiment, Status
from tests.e2e.toy import command_line, copy_template, experiments_of, logged, start

pytestmark = pytest.mark.slow
FAULT = 'fault = config["fault"]'


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("crash", "crash", "ValueError: the toy was told to crash"),
        ("hang", "timeout", "stopped at its time limit of 0.5 s"),
        ("nothing", "no_metrics", "evaluate.py: "),
        ("nan", "no_metrics", "NaN"),
    ],
)
def test_an_experiment_that_never_succeeds_ends_in_a_paper_without_a_winner(
    tmp_path: Path, fault: str, status: Status, words: str
) -> None:
    template = copy_template(tmp_path, {FAULT: f"fault = {fault!r}"}, timeout_s=0.5 if fault == "hang" else 10.0)
    result = start(tmp_path, template=str(template))
    found = experiments_of(result.folder)
    assert [outcome_of(each) for each in found] == [status] * 3
    assert all(each.outcome and words in each.outcome.detail for each in found)
    assert [event.verdict for event in logged(result.folder, "verdict_reached")] == ["inconclusive"]
    assert len(result.papers) == 1


def test_an_endless_log_is_cut_and_harms_nothing(tmp_path: Path) -> None:
    template = copy_template(tmp_path, {FAULT: 'fault = "none" if args.seed else "flood"'}, timeout_s=60.0)
    result = start(tmp_path, template=str(template), **{"search.experiments": 2})
    logs = [result.folder / "experiments" / name / "stdout.txt" for name in ("s1-0000", "s1-0001")]
    assert all(1_000_000 < path.stat().st_size < 5_000_000 for path in logs)
    assert {outcome_of(each) for each in experiments_of(result.folder)} == {"ok"}


def test_the_command_line_exits_0_when_no_experiment_succeeded(tmp_path: Path) -> None:
    template = copy_template(tmp_path, {FAULT: 'fault = "crash"'})
    done = command_line(
        tmp_path, "run", "Does boost help?", "--template", str(template), "--no-pdf", "--experiments", "2",
        "--generations", "1",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "verdict   inconclusive" in done.stdout


def outcome_of(experiment: Experiment) -> Status | None:
    return experiment.outcome.status if experiment.outcome else None
