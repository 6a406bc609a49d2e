import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents.errors import ServiceError
from agents.sandbox.breach import Breach
from agents.sandbox.inside.processes import below
from agents.sandbox.supervised import Exit
from agents.sandbox.verdict import judge_end
from agents.sandbox.watch import ProcessTable, folder_mb, measure
from tests.agents.sandbox.programs import wait_until


def test_descendants_are_found_at_any_depth() -> None:
    assert below(1, {0: [1], 1: [2, 5], 2: [3], 3: [4], 9: [6]}) == [2, 5, 3, 4]


def test_a_process_without_children_has_none() -> None:
    assert below(4, {0: [1], 1: [4]}) == []


def test_the_table_sees_children_of_this_process() -> None:
    table = ProcessTable(fresh_s=0.0)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert wait_until(lambda: child.pid in table.below(os.getpid()))
    finally:
        child.communicate(b"\n")
    assert wait_until(lambda: child.pid not in table.below(os.getpid()))


def test_memory_of_this_process_is_plausible() -> None:
    assert 1 < measure([os.getpid()], 10_000).mb < 10_000


def test_a_process_that_is_gone_uses_none() -> None:
    assert measure([2**22 + 1], 10).mb == 0


def test_folders_add_up_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out" / "deep").mkdir(parents=True)
    (tmp_path / "out" / "deep" / "file").write_bytes(bytes(3 * 1024 * 1024))
    (tmp_path / "large").write_bytes(bytes(50 * 1024 * 1024))
    (tmp_path / "out" / "link").symlink_to(tmp_path / "large")
    (tmp_path / "out" / "circle").symlink_to(tmp_path / "out")
    assert folder_mb([tmp_path / "out"]) == pytest.approx(3, abs=0.2)


def test_a_file_of_holes_counts_in_full(tmp_path: Path) -> None:
    with (tmp_path / "holes").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    assert folder_mb([tmp_path]) >= 100


def test_empty_files_count_something(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / str(number)).touch()
    assert folder_mb([tmp_path]) >= 100 * 512 / 1024 / 1024


def test_a_missing_folder_is_empty(tmp_path: Path) -> None:
    assert folder_mb([tmp_path / "nowhere"]) == 0


def ended(code: int) -> Exit:
    return Exit(code, 1.0, 1.0)


def test_success_has_nothing_to_say(tmp_path: Path) -> None:
    assert judge_end(ended(0), b"MemoryError", tmp_path) is None


@pytest.mark.parametrize(
    "line",
    [
        b"MemoryError",
        b"numpy._core._exceptions._ArrayMemoryError: Unable to allocate 8.00 GiB for an array",
        b"torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
        b"terminate called after throwing an instance of 'std::bad_alloc'",
        b"RuntimeError: [enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes",
    ],
)
def test_running_out_of_memory_is_recognised(line: bytes, tmp_path: Path) -> None:
    assert judge_end(ended(1), line, tmp_path) == Breach("oom", line.decode())


def test_an_unknown_signal_is_numbered(tmp_path: Path) -> None:
    assert judge_end(ended(-40), b"", tmp_path) == Breach("crash", "killed by signal 40")


def test_lack_of_space_is_the_programs_while_the_disk_has_room(tmp_path: Path) -> None:
    line = b"OSError: [Errno 28] No space left on device"
    assert judge_end(ended(1), line, tmp_path) == Breach("crash", line.decode())


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="/proc is a file system without a free block")
def test_a_full_disk_is_not_the_programs_fault() -> None:
    full = Path("/proc")  # a file system that has no free block
    with pytest.raises(ServiceError, match="free some"):
        judge_end(ended(1), b"OSError: [Errno 28] No space left on device", full)
