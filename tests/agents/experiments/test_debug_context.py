"""What is told of a failure: where it was, in the program's own terms, and nothing of this machine."""

from pathlib import Path

import pytest

from agents.experiments.debug_context import MOST_TRACE_LINES, describe_failure, end_of_log, hide_paths
from agents.experiments.running import run_experiment
from agents.schema import Outcome
from tests.agents.experiments.laboratory import code, make_experiment, make_services, write_template

CODE = "\n".join(f"line_{number} = {number}" for number in range(1, 31)) + "\n"
CRASH = Outcome(status="crash", detail="ValueError: no such rate")
LOG = """epoch 1
Traceback (most recent call last):
  File "/home/anna/workspace/run 7/experiments/s1-0003/code/experiment.py", line 20, in <module>
    main()
  File "/home/anna/workspace/run 7/experiments/s1-0003/code/experiment.py", line 12, in main
    data.read()
  File "/home/anna/.venv/lib/python3.11/site-packages/torch/nn/functional.py", line 99, in relu
    raise ValueError("no such rate")
ValueError: no such rate
"""


def test_a_crash_is_told_by_its_traceback_and_the_code_near_it() -> None:
    told = describe_failure(CRASH, LOG, CODE)
    assert told.startswith("crash: ValueError: no such rate\n\nTraceback (most recent call last):\n")
    assert 'File "experiment.py", line 12, in main' in told
    assert 'File "torch/nn/functional.py", line 99' in told
    assert "epoch 1" not in told
    near = told.split("experiment.py near line 12:\n")[1].splitlines()
    assert near == [f"{'>' if n == 12 else ' '}{n:4d} line_{n} = {n}" for n in range(4, 21)]


def test_no_path_of_this_machine_is_left() -> None:
    assert "/home" not in describe_failure(CRASH, LOG, CODE)
    assert "anna" not in describe_failure(CRASH, LOG, CODE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cannot open '/tmp/run/artefacts/search.npy'", "cannot open 'search.npy'"),
        ('File "/usr/lib/python3.11/json/decoder.py", line 3', 'File "json/decoder.py", line 3'),
        ("/a/b/c.py:12: UserWarning: slow", "c.py:12: UserWarning: slow"),
        ("1 / 2 and a/b, see https://x.org/a/b", "1 / 2 and a/b, see https://x.org/a/b"),
        ("loss 3/4, 12/24/36", "loss 3/4, 12/24/36"),
    ],
)
def test_paths_are_cut_and_other_slashes_kept(text: str, expected: str) -> None:
    assert hide_paths(text) == expected


def test_the_last_of_several_tracebacks_counts() -> None:
    log = LOG + "\nDuring handling of the above exception, another exception occurred:\n\n" + LOG.replace("12", "25")
    told = describe_failure(CRASH, log, CODE)
    assert told.count("Traceback") == 1
    assert "near line 25" in told


def test_a_line_at_the_programs_edge_has_fewer_around_it() -> None:
    told = describe_failure(CRASH, LOG.replace("line 12", "line 1"), CODE)
    assert told.split("near line 1:\n")[1].splitlines()[0] == ">   1 line_1 = 1"
    assert describe_failure(CRASH, LOG.replace("line 12", "line 99"), CODE).endswith("near line 99:\n")


def test_a_syntax_error_has_no_traceback_and_is_found() -> None:
    log = '  File "/x/y/experiment.py", line 3\n    line_3 = = 3\n             ^\nSyntaxError: invalid syntax\n'
    told = describe_failure(CRASH, log, CODE)
    assert "SyntaxError: invalid syntax" in told
    assert ">   3 line_3 = 3" in told


def test_a_deep_traceback_is_cut_to_its_end() -> None:
    frames = '  File "/x/y/experiment.py", line 5, in f\n    f()\n' * 500
    told = describe_failure(CRASH, f"Traceback (most recent call last):\n{frames}RecursionError: too deep\n", CODE)
    trace = told.split("\n\n")[1].splitlines()
    assert len(trace) == MOST_TRACE_LINES
    assert trace[0] == "Traceback (most recent call last):" and trace[-1] == "RecursionError: too deep"


@pytest.mark.parametrize("status", ["timeout", "oom", "no_metrics", "disk"])
def test_what_was_ended_from_outside_is_told_by_its_end(status: str) -> None:
    """A traceback that the program caught earlier is not why it was ended: no code is shown for it."""
    outcome = Outcome.model_validate({"status": status, "detail": "more than 60 s in /srv/run/7"})
    told = describe_failure(outcome, LOG + "epoch 2\n", CODE)
    assert told.startswith(f"{status}: more than 60 s in 7\n\n")
    assert told.endswith("epoch 2")
    assert "near line" not in told


def test_a_run_that_said_nothing_still_says_how_it_ended() -> None:
    assert describe_failure(Outcome(status="timeout"), "", CODE) == "timeout: no reason given"


def test_a_long_log_is_cut_to_its_end() -> None:
    log = "".join(f"step {number} {'x' * 500}\n" for number in range(1000))
    assert len(end_of_log(log)) <= 4000
    assert end_of_log("a\nb\n\n") == "a\nb"


def test_a_program_that_really_failed_is_told_in_its_own_terms(tmp_path: Path) -> None:
    services = make_services(tmp_path / "run", write_template(tmp_path / "tiny"))
    program = code("def train(rate):\n    return 1 / (rate - rate)\n\ntrain(config['rate'])\n")
    outcome = run_experiment(services, make_experiment(), program)
    services.executor.close()
    log = (services.experiment_folder("s1-0001") / "stdout.txt").read_text()
    told = describe_failure(outcome, log, program)
    assert str(tmp_path) in log and str(tmp_path) not in told
    assert 'File "experiment.py", line 5, in train' in told and "ZeroDivisionError" in told
    assert ">   5     return 1 / (rate - rate)" in told
