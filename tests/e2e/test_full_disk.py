"""A disk that fills up while a run is under way: one line, nothing lost, and `resume` ends it once there is room."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.errors import ServiceError
from agents.events import Event
from agents.run import resume_run, start_run
from agents.store.runs import read_run
from tests.e2e.toy import experiments_of, ignore, logged, toy_settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0, reason="mounting a small disk takes root on Linux"
    ),
]


@pytest.fixture
def disk() -> Iterator[Path]:
    """A disk of a few hundred MB: a run is not started on a smaller one.

    Not below tmp_path: what a killed test leaves mounted there, pytest could never sweep, and it fails at that.
    """
    with tempfile.TemporaryDirectory(prefix="naturalist-disk-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        mount = ["mount", "-t", "tmpfs", "-o", "size=240m", "tmpfs", folder]
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("this machine lets nobody mount a disk")
        try:
            yield place
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


class Ballast:
    """Fills the disk when the given event comes for the given time."""

    def __init__(self, disk: Path, kind: str, nth: int) -> None:
        self.path = disk / "ballast"
        self.kind = kind
        self.left = nth

    def __call__(self, event: Event) -> None:
        self.left -= event.event == self.kind
        if self.left == 0 and event.event == self.kind:
            with self.path.open("wb", buffering=0) as file:
                while free := os.statvfs(self.path.parent).f_bavail * os.statvfs(self.path.parent).f_frsize:
                    file.write(bytes(min(free, 2**20)))


@pytest.mark.parametrize(
    ("kind", "nth"),
    [("experiment_finished", 3), ("paper_reviewed", 1)],
)
def test_a_full_disk_is_one_line_and_the_run_goes_on_when_there_is_room(disk: Path, kind: str, nth: int) -> None:
    ballast = Ballast(disk, kind, nth)
    with pytest.raises(ServiceError, match=r"full|space") as caught:
        start_run(toy_settings(disk, **{"confirm.seeds": 4}), ballast)
    assert "\n" not in str(caught.value)
    folder = next((disk / "workspace").glob("2*"))
    with pytest.raises(ServiceError, match="disk"):
        resume_run(folder, ignore)
    done = [each for each in experiments_of(folder) if each.outcome]
    assert all(each.outcome and each.outcome.is_ok for each in done)
    ballast.path.unlink()
    assert len(resume_run(folder, ignore).papers) == 1
    finished = {each.id: each for each in experiments_of(folder)}
    assert [finished[each.id] for each in done] == done
    assert all(each.outcome and each.outcome.is_ok for each in experiments_of(folder))
    assert read_run(folder).state == "finished"
    assert logged(folder, "run_finished")
