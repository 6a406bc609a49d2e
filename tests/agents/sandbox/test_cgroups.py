"""Control groups: real ones where this machine lets us make some, and trees of plain files for how others look."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from agents.sandbox.cgroup_homes import find_home, find_scope_command, find_scope_home, open_unified, read_groups
from agents.sandbox.cgroups import Group, GroupHome, Kept, read_members
from tests.agents.sandbox.programs import wait_until

HOME = find_home()
MEMORY = Path("/sys/fs/cgroup/memory")
REASON = "this process may make no such group here"
NOT_JOINED = 77
JOIN = """
import os, sys
for path in sys.argv[1:]:
    with open(path, 'w') as file: file.write('0')
"""


def needs(kept: Kept) -> pytest.MarkDecorator:
    return pytest.mark.skipif(HOME is None or kept not in HOME.folders, reason=REASON)


@pytest.fixture
def home() -> GroupHome:
    assert HOME is not None
    return HOME


@pytest.fixture
def group(home: GroupHome) -> Iterator[Group]:
    made = home.make("test", memory_mb=100, processes=20, cpus=0.5)
    yield made
    made.remove()
    assert not any(folder.exists() for folder in made.folders.values())


@pytest.fixture
def memory_home() -> Iterator[GroupHome]:
    """A place that a user names, as docker has one: at the top of version 1's tree, outside our own group."""
    place = MEMORY / f"naturalist-test-{os.getpid()}"
    try:
        place.mkdir()
    except OSError:
        pytest.skip("only root can make a group for memory, and only where version 1 has it")
    try:
        found = find_home(f"/{place.name}")
        assert found is not None
        yield found
    finally:
        place.rmdir()


def start(group: Group, code: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", JOIN + textwrap.dedent(code), *group.join_files]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)


@needs("pids")
def test_a_fork_bomb_meets_its_limit(group: Group) -> None:
    bomb = """
    import time
    for number in range(60):
        try:
            if os.fork() == 0: time.sleep(30)
        except OSError as error:
            print(number, error.errno, flush=True)
            time.sleep(30)
    """
    with start(group, bomb) as program:
        assert program.stdout and program.stdout.readline() == "19 11\n"
        group.kill()
    assert program.returncode == -signal.SIGKILL


@needs("pids")
def test_a_group_is_killed_whole_and_removed(home: GroupHome) -> None:
    made = home.make("whole", memory_mb=100, processes=20, cpus=1)
    with start(made, "import time\nif os.fork() == 0: os.setsid()\nprint('up', flush=True)\ntime.sleep(60)") as program:
        assert program.stdout and [program.stdout.readline() for _ in range(2)] == ["up\n"] * 2
        members = read_members(made.folders["pids"])
        assert len(members) == 2
        made.remove()
        made.remove()
    assert program.returncode == -signal.SIGKILL
    assert not any(folder.exists() for folder in made.folders.values())
    assert wait_until(lambda: not any(psutil.pid_exists(pid) for pid in members))


@needs("cpu")
def test_cpu_time_is_rationed(group: Group) -> None:
    spin = """
    import time
    end, used = time.monotonic() + 1, time.process_time()
    while time.monotonic() < end: pass
    print(time.process_time() - used)
    """
    assert float(start(group, spin).communicate(timeout=60)[0]) < 0.8


@needs("pids")
def test_groups_of_dead_drivers_are_swept_with_what_runs_there(home: GroupHome, group: Group) -> None:
    # A sandbox that starts beside us sweeps too: where it came before the stray had joined, there was no stray.
    ends = (_sweep_a_stray(home) for _ in range(10))
    assert next(end for end in ends if end != NOT_JOINED) == -signal.SIGKILL
    assert all(folder.exists() for folder in group.folders.values())  # this driver lives


def _sweep_a_stray(home: GroupHome) -> int:
    """Leave a group with a process in it, sweep, and return how the process ended."""
    make = "from agents.sandbox.cgroup_homes import find_home\nprint(find_home().make('left', 50, 9, 1).join_files[0])"
    root = Path(__file__).parents[3]
    made = subprocess.run([sys.executable, "-c", make], stdout=subprocess.PIPE, text=True, cwd=root, check=True)
    left = Path(made.stdout.strip()).parent
    argv = [sys.executable, "-c", f"try: exec({JOIN!r})\nexcept OSError: raise SystemExit({NOT_JOINED})\ninput()"]
    with subprocess.Popen([*argv, str(left / "cgroup.procs")], stdin=subprocess.PIPE) as stray:
        assert wait_until(lambda: stray.pid in read_members(left) or stray.poll() is not None)
        home.sweep()
        assert wait_until(lambda: not left.exists())
    return stray.returncode


def test_memory_is_kept_to_its_limit_and_the_kill_is_told(memory_home: GroupHome) -> None:
    made = memory_home.make("hog", memory_mb=60, processes=20, cpus=1)
    try:
        with start(made, "kept = []\nwhile True: kept.append(bytearray(b'x') * 1_000_000)") as hog:
            assert hog.wait(60) == -signal.SIGKILL
        assert made.was_oom
        assert 50 < made.peak_mb <= 61
    finally:
        made.remove()


def test_memory_is_summed_over_children_and_shared_files(memory_home: GroupHome) -> None:
    made = memory_home.make("spread", memory_mb=60, processes=20, cpus=1)
    spread = """
    import time
    for _ in range(8):
        if os.fork() == 0:
            held = os.memfd_create('x')
            for _ in range(20): os.write(held, bytes(1_000_000))
            break
    time.sleep(60)
    """
    try:
        with start(made, spread) as program:
            assert wait_until(lambda: made.was_oom, 30)
            made.kill()
        assert program.returncode == -signal.SIGKILL
    finally:
        made.remove()


def test_within_its_limit_nothing_is_killed(memory_home: GroupHome) -> None:
    made = memory_home.make("modest", memory_mb=100, processes=20, cpus=1)
    try:
        with start(made, "x = bytearray(b'x') * 30_000_000\nprint('well')") as program:
            assert program.communicate(timeout=60)[0] == "well\n"
        assert not made.was_oom
        assert 28 < made.peak_mb < 100
    finally:
        made.remove()


def fake_unified(folder: Path, group: str, members: str = "", marks: bool = True) -> tuple[Path, Path]:
    """A /proc and a tree of version 2 made of files, with this process in `group`."""
    proc, tree = folder / "proc", folder / "tree"
    place = tree / group.lstrip("/")
    place.mkdir(parents=True)
    (place / "cgroup.controllers").write_text("cpuset cpu io memory pids")
    (place / "cgroup.subtree_control").write_text("")
    (place / "cgroup.procs").write_text(members)
    if marks:
        (place / "cgroup.type").write_text("domain")
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "cgroup").write_text(f"0::{group}\n")
    (proc / "self" / "mountinfo").write_text(
        f"35 25 0:30 / {tree} rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n24 1 8:1 / / rw - ext4 /dev/vda rw\n"
    )
    return proc, place


def test_a_container_is_its_own_home(tmp_path: Path) -> None:
    proc, place = fake_unified(tmp_path, "/", members=str(os.getpid()))
    (place / "naturalist-driver").mkdir()
    home = find_home(proc=proc)
    assert home == GroupHome(2, dict.fromkeys(("memory", "pids", "cpu"), place))
    assert (place / "cgroup.subtree_control").read_text() == "+memory +pids +cpu"
    assert (place / "naturalist-driver" / "cgroup.procs").read_text() == str(os.getpid())


def test_a_group_that_systemd_made_for_a_session_is_left_alone(tmp_path: Path) -> None:
    proc, place = fake_unified(tmp_path, "/user.slice/session-1.scope", members=str(os.getpid()))
    assert find_home(proc=proc) is None
    assert (place / "cgroup.subtree_control").read_text() == ""


def test_a_group_that_the_user_names_is_used(tmp_path: Path) -> None:
    proc, place = fake_unified(tmp_path, "/work")
    home = find_home("/work", proc=proc)
    assert home is not None and home.folders["memory"] == place


def test_a_group_that_others_are_in_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        _, place = fake_unified(tmp_path, "/", members=f"{os.getpid()}\n{stranger.pid}")
        assert open_unified(place, {os.getpid()}) is None
        assert (place / "cgroup.subtree_control").read_text() == ""
    finally:
        stranger.communicate(b"\n")


def test_a_group_outside_of_what_is_mounted_is_not_looked_for(tmp_path: Path) -> None:
    proc, _ = fake_unified(tmp_path, "/work")
    (proc / "self" / "cgroup").write_text("0::/../../elsewhere\n")
    assert find_home(proc=proc) is None


def test_limits_of_version_two_are_written_as_the_kernel_reads_them(tmp_path: Path) -> None:
    """Into plain files: a new folder has none of those that the kernel would make, so they are set up beforehand."""
    made = Group(2, dict.fromkeys(("memory", "pids", "cpu"), tmp_path))
    (tmp_path / "memory.peak").write_text(str(70 * 2**20))
    (tmp_path / "memory.events").write_text("low 0\nhigh 0\nmax 9\noom 1\noom_kill 2\noom_group_kill 1\n")
    assert (made.peak_mb, made.was_oom) == (70, True)
    assert made.join_files == [str(tmp_path / "cgroup.procs")]
    made.kill()
    assert (tmp_path / "cgroup.kill").read_text() == "1"
    home = GroupHome(2, dict.fromkeys(("memory", "pids", "cpu"), tmp_path))
    group = home.make("x", memory_mb=64, processes=7, cpus=1.5)
    settings = {path.name: path.read_text() for path in group.folders["pids"].iterdir()}
    assert settings == {"memory.max": str(64 * 2**20), "pids.max": "7", "cpu.max": "150000 100000"}


def test_groups_are_read_by_what_they_limit(tmp_path: Path) -> None:
    (tmp_path / "cgroup").write_text("5:cpu,cpuacct:/a\n4:memory:/b:c\n1:name=systemd:/d\n0::/e\n")
    assert read_groups(tmp_path) == {"cpu": "/a", "cpuacct": "/a", "memory": "/b:c", "name=systemd": "/d", "": "/e"}


def write_systemd_run(folder: Path, body: str) -> None:
    (folder / "systemd-run").write_text(f"#!/bin/sh\n{body}\n")
    (folder / "systemd-run").chmod(0o755)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def test_systemd_is_asked_for_a_delegated_scope(tools: Path) -> None:
    """A stand-in that notes what it is asked and runs the rest, as systemd-run --scope does in the same process."""
    write_systemd_run(
        tools, 'echo "$@" >> "$(dirname "$0")/asked"\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"'
    )
    command = find_scope_command()
    manager = "" if os.geteuid() == 0 else "--user "
    assert (tools / "asked").read_text() == f"{manager}--scope --quiet --collect -p Delegate=yes -- true\n"
    environment = {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": "/run/user/1000", "DBUS_SESSION_BUS_ADDRESS": "x"}
    launcher = [*command, sys.executable, "-c", "import os; print(sorted(os.environ), os.getpid())"]
    started = subprocess.Popen(launcher, env=environment, stdout=subprocess.PIPE, text=True)
    printed = started.communicate(timeout=30)[0]
    assert "XDG_RUNTIME_DIR" not in printed and "DBUS" not in printed
    assert printed.endswith(f" {started.pid}\n")


def test_without_a_systemd_that_answers_there_is_no_scope(tools: Path) -> None:
    write_systemd_run(tools, 'echo "Failed to connect to bus: No medium found" >&2\nexit 1')
    assert find_scope_command() == ()


def test_the_launchers_scope_becomes_the_home(tmp_path: Path) -> None:
    proc, place = fake_unified(tmp_path, "/user.slice/naturalist.scope", members="77")
    (proc / "77").mkdir()
    (proc / "77" / "cgroup").write_text("0::/user.slice/naturalist.scope\n")
    (proc / "self" / "cgroup").write_text("0::/user.slice/session-1.scope\n")
    (place / "naturalist-driver").mkdir()
    home = find_scope_home(77, timeout_s=5, proc=proc)
    assert home is not None and set(home.folders) == {"memory", "pids", "cpu"}
    assert (place / "naturalist-driver" / "cgroup.procs").read_text() == "77"


def test_a_launcher_that_stays_where_we_are_has_no_scope(tmp_path: Path) -> None:
    proc, _ = fake_unified(tmp_path, "/session-1.scope")
    (proc / "77").mkdir()
    (proc / "77" / "cgroup").write_text("0::/session-1.scope\n")
    assert find_scope_home(77, timeout_s=0.2, proc=proc) is None
