"""The docker sandbox against a real engine: what only containers promise."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from threading import Event as Flag
from typing import Any

import psutil
import pytest

from agents.errors import Interrupted, ServiceError
from agents.sandbox.containers.config import ROOM_USER
from agents.sandbox.containers.engine import Engine
from agents.sandbox.docker import DockerSandbox
from tests.agents.sandbox.programs import IGNORE_SIGNALS, SLEEP, python, run, wait_until

DRIVER = """
import sys
from pathlib import Path
from threading import Event
from agents.sandbox.docker import DockerSandbox
from tests.agents.sandbox.programs import python
DockerSandbox(client_url=sys.argv[1]).run(python(Path(sys.argv[2]), sys.argv[3], wall_s=60), Event())
"""


def containers(url: str, *, running_only: bool = False) -> list[dict[str, Any]]:
    engine = Engine(url)
    try:
        return engine.api.containers(all=not running_only)
    finally:
        engine.close()


def test_runs_as_nobody_else_without_capabilities(sandbox: DockerSandbox, tmp_path: Path) -> None:
    look = (
        "import os\nprint(os.getuid(), os.getgid(), os.getgroups())\n"
        "names = ('CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp:')\n"
        "print([line.split()[1] for line in open('/proc/self/status') if line.startswith(names)])"
    )
    printed = run(sandbox, python(tmp_path, look))[1].splitlines()
    assert printed[0].startswith(f"{ROOM_USER} {ROOM_USER}")
    assert printed[1] == str(["0" * 16, "0" * 16, "1", "2"])


def test_the_working_folder_alone_can_be_written(sandbox: DockerSandbox, tmp_path: Path) -> None:
    extra = tmp_path / "inputs"
    extra.mkdir()
    (extra / "data").write_text("to read")
    code = f"""
import os
for folder in ('/', '/usr', '/etc', '/opt/naturalist', '/root', '/var', {str(extra)!r}):
    try:
        open(os.path.join(folder, 'new'), 'w')
    except OSError:
        continue
    print('wrote in', folder)
print(open({str(extra / "data")!r}).read())
open('mine', 'w').write('kept')
"""
    completion, printed = run(sandbox, python(tmp_path, code).model_copy(update={"readable": (extra,)}))
    assert (completion.status, printed) == ("ok", "to read\n")
    assert (tmp_path / "work" / "mine").read_text() == "kept"


def test_other_files_of_the_machine_are_not_there(sandbox: DockerSandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    places = (str(tmp_path / "secret"), str(Path.home() / ".ssh"), "/etc/shadow", "/var/run/docker.sock")
    printed = run(sandbox, python(tmp_path, f"import os\nprint([p for p in {places} if os.path.exists(p)])"))[1]
    assert printed == "[]\n"


def test_the_network_is_a_loopback_of_its_own(sandbox: DockerSandbox, tmp_path: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        code = f"""
import os, socket
print(os.listdir('/sys/class/net'))
with socket.socket() as own, socket.socket() as line:
    own.bind(('127.0.0.1', 0)); own.listen(); line.connect(own.getsockname())
try:
    socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 2)
except OSError as error:
    print(type(error).__name__)
"""
        assert run(sandbox, python(tmp_path, code))[1] == "['lo']\nConnectionRefusedError\n"


def test_a_child_that_is_out_of_memory_is_told_as_oom(sandbox: DockerSandbox, tmp_path: Path) -> None:
    """Only the child is killed, and its parent fails with an exit code that says nothing of memory."""
    spread = (
        "import os, sys\nif (child := os.fork()) == 0:\n kept = []\n"
        " while True: kept.append(bytearray(b'x') * 1_000_000)\n"
        "sys.exit('a worker died' if os.waitpid(child, 0)[1] else 0)"
    )
    completion = run(sandbox, python(tmp_path, spread, memory_mb=200))[0]
    assert (completion.status, completion.exit_code) == ("oom", 1)
    assert completion.detail == "went over its memory limit of 200 MB"


def test_memory_is_held_over_all_processes(sandbox: DockerSandbox, tmp_path: Path) -> None:
    """No process alone is over the limit; the first one that is killed fails the program."""
    spread = """
import os, sys, time
for _ in range(8):
    if os.fork() == 0:
        kept = bytearray(b'x') * 60_000_000
        time.sleep(30)
        os._exit(0)
sys.exit(os.wait()[1] and 1)
"""
    assert run(sandbox, python(tmp_path, spread, memory_mb=250))[0].status == "oom"


def test_files_in_memory_count_as_memory(sandbox: DockerSandbox, tmp_path: Path) -> None:
    fill = "with open('/dev/shm/big', 'wb') as file:\n while True: file.write(bytes(1_000_000))"
    assert run(sandbox, python(tmp_path, fill, memory_mb=100, disk_mb=500))[0].status == "oom"


def test_processes_are_counted(sandbox: DockerSandbox, tmp_path: Path) -> None:
    bomb = (
        "import os, time\nmade = 0\ntry:\n while True:\n  if os.fork() == 0: time.sleep(60)\n  made += 1\n"
        "except BlockingIOError: print(made)"
    )
    completion, printed = run(sandbox, python(tmp_path, bomb))
    assert completion.status == "ok"
    assert 400 < int(printed) < 512


def test_temporary_files_count_as_disk(sandbox: DockerSandbox, tmp_path: Path) -> None:
    fill = "import tempfile\nwhile True:\n with tempfile.NamedTemporaryFile(delete=False) as f: f.write(bytes(500_000))"
    completion = run(sandbox, python(tmp_path, fill, disk_mb=8))[0]
    assert completion.status == "disk"
    assert "No space left" in completion.detail


def test_its_supervisor_cannot_be_killed_from_inside(sandbox: DockerSandbox, tmp_path: Path) -> None:
    code = "import os\nos.kill(1, 9)\nprint('still here')"
    assert run(sandbox, python(tmp_path, code))[1] == "still here\n"


def test_labels_say_whose_it_is(sandbox: DockerSandbox, docker_engine: str, tmp_path: Path) -> None:
    stop, seen = Flag(), list[dict[str, Any]]()

    def drive() -> None:
        with contextlib.suppress(Interrupted):
            sandbox.run(python(tmp_path, SLEEP, wall_s=60), stop)

    running = threading.Thread(target=drive)
    running.start()
    assert wait_until(lambda: bool(seen.extend(containers(docker_engine, running_only=True)) or seen))
    stop.set()
    running.join()
    labels = seen[0]["Labels"]
    assert labels["naturalist.workdir"] == str(tmp_path / "work")
    assert labels["naturalist.driver"].startswith(f"{os.getpid()}:")
    assert float(labels["naturalist.expires"]) > time.time() + 60


def test_nothing_is_left_when_it_closes(sandbox: DockerSandbox, docker_engine: str, tmp_path: Path) -> None:
    for code in ("pass", "raise SystemExit(1)"):
        run(sandbox, python(tmp_path, code))
    with pytest.raises(ServiceError):
        run(sandbox, python(tmp_path, "").model_copy(update={"argv": ("/nowhere",)}))
    sandbox.close()
    assert containers(docker_engine) == []


def test_runs_leak_neither_descriptors_nor_threads(docker_engine: str, tmp_path: Path) -> None:
    def use() -> tuple[int, int]:
        sandbox = DockerSandbox(client_url=docker_engine)
        for code in ("pass", "raise SystemExit(1)", "import os; os.kill(os.getpid(), 9)"):
            run(sandbox, python(tmp_path, code))
        sandbox.close()
        return psutil.Process().num_fds(), threading.active_count()

    assert use() == use()


def test_a_killed_driver_leaves_nothing_running(docker_engine: str, tmp_path: Path) -> None:
    argv = [sys.executable, "-c", DRIVER, docker_engine, str(tmp_path), IGNORE_SIGNALS + SLEEP]
    driver = subprocess.Popen(argv, cwd=Path(__file__).parents[4])
    assert wait_until(lambda: len(containers(docker_engine, running_only=True)) == 1, 30)
    driver.kill()
    driver.wait()
    assert wait_until(lambda: containers(docker_engine, running_only=True) == [])
    assert len(containers(docker_engine)) == 1
    DockerSandbox(client_url=docker_engine).close()
    assert containers(docker_engine) == []


def test_containers_of_others_are_left_alone(docker_engine: str, sandbox: DockerSandbox, tmp_path: Path) -> None:
    engine = Engine(docker_engine)
    image = engine.api.images("naturalist-host", quiet=True)[0]
    other = engine.api.create_container(image, ["/usr/bin/true"], labels={"naturalist.driver": "1:1.0:1:/x"})["Id"]
    DockerSandbox(client_url=docker_engine).close()
    assert [each["Id"] for each in engine.api.containers(all=True)] == [other]
    engine.api.remove_container(other)
    engine.close()


def test_many_at_once_do_not_disturb_each_other(sandbox: DockerSandbox, tmp_path: Path) -> None:
    ended: dict[int, str] = {}

    def one(number: int) -> None:
        ended[number] = run(sandbox, python(tmp_path / str(number), f"print({number})"))[1]

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == {number: f"{number}\n" for number in range(6)}


def test_a_gpu_without_the_toolkit_is_told(sandbox: DockerSandbox, tmp_path: Path) -> None:
    command = python(tmp_path, "pass").model_copy(update={"env": {"CUDA_VISIBLE_DEVICES": "0"}})
    with pytest.raises(ServiceError, match="NVIDIA container toolkit"):
        run(sandbox, command)


def test_an_unknown_image_is_told(docker_engine: str) -> None:
    with pytest.raises(ServiceError, match="no image nobody/made:this"):
        DockerSandbox("nobody/made:this", docker_engine)


@pytest.mark.heavy
def test_a_network_trains_with_loader_workers(sandbox: DockerSandbox, tmp_path: Path) -> None:
    code = """
import torch
from torch.utils.data import DataLoader, TensorDataset
if __name__ == '__main__':
    torch.manual_seed(0)
    inputs = torch.randn(256, 8)
    model = torch.nn.Linear(8, 1)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(3):
        for x, in DataLoader(TensorDataset(inputs), 64, num_workers=2):
            loss = (model(x) - x.sum(1, keepdim=True)).pow(2).mean()
            optimizer.zero_grad(); loss.backward(); optimizer.step()
    print(loss.item() < 20)
"""
    completion, printed = run(sandbox, python(tmp_path, code, wall_s=120))
    assert (completion.status, printed) == ("ok", "True\n")
