import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from agents.sandbox.environment import MARKER
from agents.sandbox.strays import Marker, kill_marked, new_marker, parse_marker, reap_strays
from tests.agents.sandbox.programs import wait_until

DEAD_DRIVER = 4_000_000_000 % 2**22


def start_sleeper(marker: Marker | str) -> subprocess.Popen[bytes]:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env={MARKER: str(marker)})
    assert wait_until(lambda: psutil.Process(sleeper.pid).environ().get(MARKER) == str(marker))
    return sleeper


def left_by_dead_driver(workdir: Path) -> Marker:
    return Marker(driver=DEAD_DRIVER, started=1.0, number=1, workdir=workdir)


def end(*sleepers: subprocess.Popen[bytes]) -> None:
    for sleeper in sleepers:
        sleeper.kill()
        sleeper.wait()


def test_marker_survives_being_written(tmp_path: Path) -> None:
    marker = new_marker(tmp_path / "a:b")
    assert parse_marker(str(marker)) == marker
    assert marker.driver == os.getpid()


def test_markers_differ(tmp_path: Path) -> None:
    assert new_marker(tmp_path) != new_marker(tmp_path)


@pytest.mark.parametrize("text", ["", "no marker", "1:2", "a:b:c:d"])
def test_what_is_no_marker_is_none(text: str) -> None:
    assert parse_marker(text) is None


def test_strays_of_a_dead_driver_of_this_run_are_killed(tmp_path: Path) -> None:
    sleeper = start_sleeper(left_by_dead_driver(tmp_path / "run" / "experiments" / "s1-0003" / "artefacts"))
    assert reap_strays(tmp_path / "run") == 1
    assert sleeper.wait(5) == -9
    assert reap_strays(tmp_path / "run") == 0


def test_strays_of_another_run_are_left_alone(tmp_path: Path) -> None:
    other = start_sleeper(left_by_dead_driver(tmp_path / "run-2" / "experiments"))
    try:
        assert reap_strays(tmp_path / "run") == 0
        assert other.poll() is None
    finally:
        end(other)


def test_what_a_living_driver_runs_is_left_alone(tmp_path: Path) -> None:
    own = start_sleeper(new_marker(tmp_path / "run"))
    try:
        assert reap_strays(tmp_path / "run") == 0
        assert own.poll() is None
    finally:
        end(own)


def test_a_reused_process_id_does_not_pass_for_the_driver(tmp_path: Path) -> None:
    sleeper = start_sleeper(Marker(os.getpid(), psutil.Process().create_time() - 3600, 1, tmp_path))
    assert reap_strays(tmp_path) == 1
    assert sleeper.wait(5) == -9


def test_a_command_line_that_names_the_run_is_no_reason(tmp_path: Path) -> None:
    """A clean-up ended every process whose command line contained "python"."""
    argv = [sys.executable, "-c", "import time; time.sleep(60)", str(tmp_path), MARKER]
    bystander = subprocess.Popen(argv)
    try:
        assert reap_strays(tmp_path) == 0
        assert bystander.poll() is None
    finally:
        end(bystander)


def test_one_command_is_killed_and_its_neighbour_is_not(tmp_path: Path) -> None:
    mine, neighbours = new_marker(tmp_path), new_marker(tmp_path)
    first, second = start_sleeper(mine), start_sleeper(neighbours)
    try:
        assert kill_marked(mine) == 1
        assert first.wait(5) == -9
        assert second.poll() is None
    finally:
        end(first, second)
