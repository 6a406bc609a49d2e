import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.sandbox.inside.landlock import find_version
from tests.agents.sandbox.inside.fenced import NOBODY, USERS, run_child

VERSION = find_version()
FENCED = pytest.mark.skipif(VERSION == 0, reason="this kernel has no Landlock")
BOTH = pytest.mark.parametrize("user", USERS)


@pytest.fixture
def ground() -> Iterator[Path]:
    """A folder that any user can pass and use, with a part to read, a part to write, and a secret beside them."""
    with tempfile.TemporaryDirectory(prefix="naturalist-test-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        for name in ("given", "work", "other"):
            (folder / name).mkdir()
            (folder / name).chmod(0o777)
            (folder / name / "file").write_text(name)
            (folder / name / "file").chmod(0o666)
        yield folder


def restrict_then(ground: Path, user: int | None, code: str) -> list[str]:
    begin = f"""
import pathlib, signal, socket, subprocess
from agents.sandbox.inside import landlock, processes
ground = pathlib.Path({str(ground)!r})
processes.prctl(38, 1)
assert landlock.restrict([str(ground / 'given'), '/nowhere'], [str(ground / 'work')]) == {VERSION}
"""
    return run_child(begin + code, user)


@FENCED
@BOTH
def test_what_is_given_can_be_read_and_the_rest_cannot(ground: Path, user: int | None) -> None:
    code = """
print((ground / 'given' / 'file').read_text(), (ground / 'work' / 'file').read_text())
for path in (ground / 'other' / 'file', pathlib.Path('/etc/shadow'), pathlib.Path('/etc/hostname')):
    print(attempt(path.read_text))
print(attempt(lambda: list((ground / 'other').iterdir())), attempt(lambda: list(pathlib.Path('/root').iterdir())))
"""
    assert restrict_then(ground, user, code) == ["given work", *["EACCES"] * 3, "EACCES EACCES"]


@FENCED
@BOTH
def test_only_the_working_folder_can_be_written(ground: Path, user: int | None) -> None:
    code = """
def tries(folder):
    for action in (
        lambda: (folder / 'new').write_text('x'), lambda: (folder / 'deep').mkdir(), lambda: os.mkfifo(folder / 'pipe'),
        lambda: (folder / 'link').symlink_to('/etc'), lambda: os.truncate(folder / 'file', 0),
        lambda: (folder / 'file').rename(folder / 'renamed'), lambda: (folder / 'deep').rmdir(),
    ): yield attempt(action)
print(*tries(ground / 'work'))
print(*tries(ground / 'given'))
print(*tries(ground / 'other'))
"""
    printed = restrict_then(ground, user, code)
    assert printed[0] == " ".join(["done"] * 7)
    assert all(set(line.split()) <= {"EACCES", "ENOENT"} for line in printed[1:])
    assert (ground / "given" / "file").read_text() == "given"
    assert sorted(path.name for path in (ground / "other").iterdir()) == ["file"]


@FENCED
@BOTH
def test_no_way_round_leads_outside(ground: Path, user: int | None) -> None:
    """Links of both kinds, dots, and the roots that /proc shows."""
    (ground / "work" / "soft").symlink_to(ground / "other" / "file")
    code = """
work = ground / 'work'
dots, roots = work / '..' / 'other' / 'file', (f'/proc/self/root{ground}/other/file', '/proc/1/root/etc/shadow')
for path in (work / 'soft', dots, *roots):
    print(attempt(lambda: open(path).close()))
print(attempt(lambda: os.link(ground / 'given' / 'file', work / 'hard')))
print(attempt(lambda: os.rename(ground / 'given' / 'file', work / 'taken')))
os.chdir(ground / 'other')
print(attempt(lambda: open('file').close()))
"""
    printed = restrict_then(ground, user, code)
    assert set(printed) <= {"EACCES", "EPERM", "EXDEV"}
    assert len(printed) == 7


@FENCED
@BOTH
def test_programs_of_the_system_run_and_those_of_others_do_not(ground: Path, user: int | None) -> None:
    for name in ("work", "other"):
        (ground / name / "program").write_text("#!/bin/sh\necho ran\n")
        (ground / name / "program").chmod(0o755)
    code = """
print(subprocess.run([ground / 'work' / 'program'], capture_output=True, text=True).stdout.strip())
print(attempt(lambda: subprocess.run([ground / 'other' / 'program'])))
"""
    assert restrict_then(ground, user, code) == ["ran", "EACCES"]


@FENCED
@BOTH
def test_only_plain_devices_are_open(ground: Path, user: int | None) -> None:
    code = """
for name in ('null', 'zero', 'full', 'random', 'urandom'):
    open(f'/dev/{name}', 'r+b', buffering=0).close()
print(len(open('/dev/urandom', 'rb').read(8)), attempt(lambda: open('/dev/null', 'w').write('x')))
print([attempt(lambda: open(path).close()) for path in ('/dev/tty', '/dev/ptmx', '/dev/kmsg') if os.path.exists(path)])
print(attempt(lambda: open('/dev/shm/naturalist-test', 'w')))
"""
    printed = restrict_then(ground, user, code)
    assert printed[0] == "8 done"
    assert "done" not in printed[1]
    assert printed[2] == "EACCES"


@FENCED
@BOTH
def test_of_other_processes_not_even_the_command_line_can_be_read(ground: Path, user: int | None) -> None:
    code = f"""
for name in ('cmdline', 'environ', 'status', 'maps', 'mem'):
    print(attempt(lambda: open('/proc/{os.getpid()}/' + name).close()))
print(open('/proc/self/stat').read().split()[0] == str(os.getpid()), len(os.listdir('/proc/self/fd')) > 2)
print('MemTotal' in open('/proc/meminfo').read())
"""
    printed = restrict_then(ground, user, code)
    assert printed == ["EACCES"] * 5 + ["True True", "True"]


@pytest.mark.skipif(VERSION < 4, reason=f"Landlock {VERSION} knows no TCP")
@BOTH
def test_no_tcp_port_can_be_taken_or_reached(ground: Path, user: int | None) -> None:
    code = """
with socket.socket() as line: print(attempt(lambda: line.bind(('127.0.0.1', 0))))
with socket.socket() as line: print(attempt(lambda: line.connect(('127.0.0.1', 9))))
"""
    assert restrict_then(ground, user, code) == ["EACCES", "EACCES"]


@pytest.mark.skipif(VERSION < 6, reason=f"Landlock {VERSION} lets signals pass")
@BOTH
def test_signals_reach_only_what_is_inside(ground: Path, user: int | None) -> None:
    code = """
child = subprocess.Popen(['/bin/sleep', '20'])
print(attempt(lambda: os.kill(os.getppid(), 0)))
print(attempt(lambda: os.kill(-1, 0)))
child.kill()
print(child.wait())
"""
    printed = restrict_then(ground, user, code)
    assert printed[0] == "EPERM"
    assert printed[1] in ("done", "EPERM")  # to all that it may reach: its child
    assert printed[2] == "-9"


@FENCED
def test_a_warm_process_gets_rid_of_nothing_by_forking(ground: Path) -> None:
    code = """
if os.fork() == 0:
    print(attempt(lambda: (ground / 'other' / 'file').read_text()), flush=True)
    os._exit(0)
os.wait()
"""
    assert restrict_then(ground, None, code) == ["EACCES"]


@FENCED
@pytest.mark.skipif(os.geteuid() != 0, reason="root may restrict itself without it; here an ordinary user is wanted")
def test_without_no_new_privileges_it_is_an_error(ground: Path) -> None:
    code = "from agents.sandbox.inside import landlock\nprint(attempt(lambda: landlock.restrict([], [])))"
    assert run_child(code, NOBODY) == ["EPERM"]
