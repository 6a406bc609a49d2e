"""The process sandbox with the kernel's filters: what programs cannot do there, and what they still can."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.sandbox.inside import landlock, seccomp
from agents.sandbox.process import ProcessSandbox
from agents.schema import Completion
from tests.agents.sandbox.programs import python, run
from tests.agents.sandbox.unfenced import UnfencedSandbox

VERSION, OBSTACLE = landlock.find_version(), seccomp.find_obstacle()
pytestmark = pytest.mark.skipif(
    VERSION < 6 or OBSTACLE != "", reason=f"needs Landlock 6 and seccomp; here: Landlock {VERSION} {OBSTACLE}"
)
ATTEMPT = """
import errno, os
def attempt(action):
    try: action()
    except OSError as error: return errno.errorcode[error.errno]
    return 'done'
"""


@pytest.fixture
def sandbox() -> Iterator[ProcessSandbox]:
    made = ProcessSandbox()
    yield made
    made.close()


def test_all_that_is_promised_was_tried(sandbox: ProcessSandbox) -> None:
    assert not [phrase for phrase in sandbox.guarantees if "NOT" in phrase]
    assert "network: cut off" in sandbox.guarantees


def test_without_a_fence_it_promises_little() -> None:
    unfenced = UnfencedSandbox()
    try:
        told = [phrase.split(":")[0] for phrase in unfenced.guarantees if "NOT" in phrase]
    finally:
        unfenced.close()
    assert told.count("files outside the working folder") == 2
    assert {"network", "the user's other processes", "sockets of this machine"} <= set(told)


@pytest.mark.parametrize("is_warm", [False, True], ids=["cold", "warm"])
def test_the_fence_stands_around_cold_and_warm_programs(sandbox: ProcessSandbox, tmp_path: Path, is_warm: bool) -> None:
    """A warm program starts no new one: what a start would take away must be taken from the running process."""
    (tmp_path / "secret").write_text("secret")
    code = f"""{ATTEMPT}
import socket
print(attempt(lambda: open({str(tmp_path / "secret")!r}).read()), attempt(lambda: socket.socket()))
print(attempt(lambda: os.kill(os.getppid(), 0)), attempt(lambda: open('mine', 'w').close()))
status = dict(line.split(':', 1) for line in open('/proc/self/status').read().splitlines())
print([int(status[name], 16) & ~2 for name in ('CapEff', 'CapPrm', 'NoNewPrivs')], status['Seccomp'].strip())
"""
    command = python(tmp_path, "")
    program = command.workdir / "program.py"
    program.write_text(code)
    argv, warm = (sys.executable, str(program)), ("json",) if is_warm else ()
    completion, printed = run(sandbox, command.model_copy(update={"argv": argv, "warm": warm}))
    assert completion.status == "ok", printed
    assert printed.splitlines() == ["EACCES EPERM", "EPERM done", "[0, 0, 1] 2"]


def test_attributes_of_files_outside_stay_as_they_are(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("x")
    outside.chmod(0o640)
    before = outside.stat()
    code = f"""{ATTEMPT}
path = {str(outside)!r}
for action in (
    lambda: os.chmod(path, 0o777), lambda: os.utime(path, (1, 1)), lambda: os.utime(path), lambda: os.chown(path, 7, 7),
    lambda: os.setxattr(path, 'user.x', b'x'), lambda: os.truncate(path, 0),
): print(attempt(action))
"""
    completion, printed = run(sandbox, python(tmp_path, code))
    assert completion.status == "ok"
    assert printed.split() == ["done", "done", "EPERM", "done", "ENOTSUP", "EACCES"]
    after = outside.stat()
    assert (after.st_mode, after.st_mtime, after.st_uid, after.st_size) == (
        before.st_mode, before.st_mtime, before.st_uid, 1,
    )  # fmt: skip


def test_files_can_be_made_copied_and_moved_in_the_own_folder(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    code = """
import pathlib, shutil, tempfile
here = pathlib.Path()
(here / 'new').touch()
(here / 'new').touch()
(here / 'new').chmod(0o600)
(here / 'a').mkdir()
shutil.copy('new', 'a/copy'); shutil.copy2('new', 'a/copy2'); shutil.copytree('a', 'b')
with tempfile.NamedTemporaryFile(delete=False) as file: file.write(b'x')
shutil.move(file.name, 'moved')
shutil.make_archive('packed', 'tar', 'a'); shutil.unpack_archive('packed.tar', 'unpacked', filter='data')
print(sorted(str(path) for path in here.rglob('*') if path.is_file()))
shutil.rmtree('b')
"""
    completion, printed = run(sandbox, python(tmp_path, code))
    assert completion.status == "ok", printed
    made = ["a/copy", "a/copy2", "b/copy", "b/copy2", "moved", "new", "packed.tar", "unpacked/copy", "unpacked/copy2"]
    assert printed.strip() == str(made)


def test_programs_and_threads_can_be_started_and_talked_to(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    code = """
import asyncio, multiprocessing, socket, subprocess, sys, threading
print(subprocess.run([sys.executable, '-c', 'print(6 * 7)'], capture_output=True, text=True).stdout.strip())
print(subprocess.run('echo shell', shell=True, capture_output=True, text=True).stdout.strip())
ours, theirs = multiprocessing.Pipe()
child = multiprocessing.get_context('fork').Process(target=theirs.send, args=('from a child',))
child.start(); print(ours.recv()); child.join()
asyncio.run(asyncio.sleep(0)); print('slept')
"""
    completion, printed = run(sandbox, python(tmp_path, code))
    assert completion.status == "ok", printed
    assert printed.splitlines() == ["42", "shell", "from a child", "slept"]


def test_a_lock_between_processes_is_a_crash_that_says_why(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    completion = run(sandbox, python(tmp_path, "import multiprocessing\nmultiprocessing.Lock()"))[0]
    assert completion.status == "crash"
    assert completion.detail == "PermissionError: [Errno 13] Permission denied"


def test_memory_without_a_path_is_refused(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    code = """
import ctypes, os
c = ctypes.CDLL(None, use_errno=True)
for made in (c.shmget(0, 4096, 0o1600), c.semget(0, 1, 0o1600), c.msgget(0, 0o1600)): print(made, ctypes.get_errno())
os.close(os.memfd_create('allowed'))
"""
    completion, printed = run(sandbox, python(tmp_path, code))
    assert completion.status == "ok", printed
    assert printed.splitlines() == ["-1 1"] * 3


def run_slowly(sandbox: ProcessSandbox, tmp_path: Path, code: str) -> tuple[Completion, str]:
    return run(sandbox, python(tmp_path, code, wall_s=120.0, memory_mb=3000))


@pytest.mark.slow
def test_torch_and_numpy_train_and_save(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    code = """
import numpy, torch
model = torch.nn.Linear(4, 1)
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    optimizer.zero_grad(); model(torch.ones(8, 4)).sum().backward(); optimizer.step()
torch.save(model.state_dict(), 'model.pt'); torch.load('model.pt', weights_only=True)
numpy.save('a.npy', numpy.ones(3)); numpy.savez_compressed('b.npz', x=numpy.load('a.npy'))
print('trained')
"""
    completion, printed = run_slowly(sandbox, tmp_path, code)
    assert (completion.status, printed) == ("ok", "trained\n")


@pytest.mark.slow
def test_matplotlib_draws(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    draw = "plt.plot([1, 2]); plt.title('$x^2$'); plt.savefig('a.pdf'); plt.savefig('a.png')"
    code = f"import matplotlib.pyplot as plt\n{draw}"
    completion, printed = run_slowly(sandbox, tmp_path, code)
    assert completion.status == "ok", printed
    assert (tmp_path / "work" / "a.pdf").stat().st_size > 1000


@pytest.mark.slow
def test_data_loader_workers_are_a_crash_and_not_a_hang(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    code = """
from torch.utils.data import DataLoader
for batch in DataLoader(list(range(8)), num_workers=1): print(batch)
"""
    completion, printed = run_slowly(sandbox, tmp_path, code)
    assert completion.status == "crash", printed
    assert "Permission denied" in completion.detail
