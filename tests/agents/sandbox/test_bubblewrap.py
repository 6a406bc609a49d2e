"""The bubblewrap sandbox: who a command is, what it sees, and that an ordinary user gets the same."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.errors import ServiceError
from agents.sandbox.bubblewrap import ROOM_USER, BubblewrapSandbox
from agents.sandbox.probe import probe_sandbox
from agents.schema import Command
from tests.agents.sandbox.programs import python, run

ROOT = Path(__file__).parents[3]
NOBODY = 65534
SYSTEM_PYTHON = Path(f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}")
AS_NOBODY = """
import sys
from pathlib import Path
from agents.sandbox.bubblewrap import BubblewrapSandbox
from agents.sandbox.probe import probe_sandbox
sandbox = BubblewrapSandbox()
print(probe_sandbox(sandbox).model_dump_json())
sandbox.close()
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[BubblewrapSandbox]:
    try:
        made = BubblewrapSandbox()
        probe_sandbox(made)
    except ServiceError as error:
        pytest.skip(f"bubblewrap does not work here: {error}")
    yield made
    made.close()


def printed(sandbox: BubblewrapSandbox, folder: Path, code: str, **changes: object) -> str:
    completion, text = run(sandbox, python(folder, code).model_copy(update=changes))
    assert completion.status == "ok", text
    return text.strip()


def test_a_program_that_tries_gets_nothing(sandbox: BubblewrapSandbox) -> None:
    assert probe_sandbox(sandbox).open == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs commands as another user")
def test_roots_commands_run_as_nobody_else_does(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    code = "import os\nopen('made', 'w').close()\nprint(os.getresuid(), os.getresgid(), os.getgroups())"
    assert printed(sandbox, tmp_path, code) == f"{(ROOM_USER,) * 3} {(ROOM_USER,) * 3} []"
    assert (tmp_path / "work" / "made").stat().st_uid == ROOM_USER


def test_no_capability_no_new_privileges_and_a_filter(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    lines = printed(sandbox, tmp_path, "print(open('/proc/self/status').read())").splitlines()
    status = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    assert all(int(status[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"))
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


def test_only_what_is_needed_can_be_seen(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    code = "import os\nprint(*sorted(os.listdir('/')), *sorted(os.listdir('/etc')))"
    seen = printed(sandbox, tmp_path, code).split()
    assert {"boot", "home", "media", "opt", "run", "srv", "var", "shadow", "ssh", "ssl", "sudoers"}.isdisjoint(seen)


def test_only_its_own_processes_can_be_seen(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    code = "import os\nprint(sum(name.isdigit() for name in os.listdir('/proc')))"
    assert int(printed(sandbox, tmp_path, code)) <= 4


def test_readable_paths_are_shown_and_cannot_be_changed(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    given, hidden = tmp_path / "given.txt", tmp_path / "hidden.txt"
    for path in (given, hidden):
        path.write_text("text")
        path.chmod(0o666)
    code = f"""
import os
print(open({str(given)!r}).read(), os.path.exists({str(hidden)!r}))
try:
    open({str(given)!r}, 'w')
except OSError as error:
    print(error.strerror)
"""
    assert printed(sandbox, tmp_path, code, readable=(given,)).split("\n") == ["text False", "Read-only file system"]


def test_temporary_folders_have_a_limit(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    code = """
for place in ('/tmp/big', '/dev/shm/big'):
    try:
        with open(place, 'wb') as file:
            for _ in range(200): file.write(bytes(1 << 20))
        print('no limit')
    except OSError as error:
        print(error.strerror)
"""
    completion, text = run(sandbox, python(tmp_path, code, disk_mb=16, memory_mb=256))
    assert completion.status == "ok", text
    assert set(text.split("\n")) <= {"No space left on device", "File too large", ""}


def test_a_loopback_server_works_inside(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    code = """
import socket
with socket.create_server(('127.0.0.1', 0)) as server, socket.create_connection(server.getsockname()) as client:
    server.accept()[0].sendall(b'hello')
    print(client.recv(5).decode())
"""
    assert printed(sandbox, tmp_path, code) == "hello"


def test_gpu_devices_are_shown_only_to_a_slot_that_has_one(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    def mounts(command: Command) -> list[str]:
        return sandbox.room_of(command, tmp_path)

    command = python(tmp_path, "")
    assert "/sys/module" not in mounts(command)
    assert "/sys/module" in mounts(command.model_copy(update={"env": {"CUDA_VISIBLE_DEVICES": "0"}}))


def test_a_room_that_cannot_be_built_is_the_sandboxes_failure(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    command = python(tmp_path, "pass").model_copy(update={"readable": (tmp_path / "not-there",)})
    with pytest.raises(ServiceError, match="not-there"):
        run(sandbox, command)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user")
def test_an_ordinary_user_gets_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    if not SYSTEM_PYTHON.exists():
        pytest.skip(f"there is no {SYSTEM_PYTHON}, and the interpreter of root may be hidden from others")
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{packages}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    readable = subprocess.run(["/usr/bin/cat", __file__], user=NOBODY, capture_output=True, check=False)
    if readable.returncode:
        pytest.skip("this checkout cannot be read by another user")
    done = subprocess.run(
        [str(SYSTEM_PYTHON), "-c", AS_NOBODY],
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"open": []}
