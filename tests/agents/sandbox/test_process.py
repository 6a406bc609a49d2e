"""Abuse of the process sandbox: what its level promises holds against programs that try."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event as Flag

import psutil
import pytest

from agents.errors import ServiceError
from agents.sandbox.process import ProcessSandbox
from agents.schema import Completion
from tests.agents.sandbox.programs import (
    DAEMON,
    IGNORE_SIGNALS,
    NOTE_PID,
    SLEEP,
    has_pid,
    is_running,
    python,
    run,
    wait_until,
)  # fmt: skip
from tests.agents.sandbox.unfenced import UnfencedSandbox

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans to their supervisor")
DRIVER = """
import sys
from pathlib import Path
from threading import Event
from agents.sandbox.process import ProcessSandbox
from tests.agents.sandbox.programs import python
command = python(Path(sys.argv[1]), Path(sys.argv[2]).read_text(), wall_s=60)
print(ProcessSandbox().run(command, Event()).model_dump_json(), flush=True)
"""


@pytest.fixture
def sandbox() -> ProcessSandbox:
    return ProcessSandbox()


@pytest.fixture
def unfenced() -> Iterator[UnfencedSandbox]:
    """The fence keeps signals from the supervisor; without one it must do without."""
    made = UnfencedSandbox()
    yield made
    made.close()


def start_driver(folder: Path, code: str) -> subprocess.Popen[str]:
    """Another process that runs `code` in a sandbox, with a key in its environment from the start."""
    (folder / "program.py").write_text(code)
    environment = {**os.environ, "OPENAI_API_KEY": "planted-key"}
    argv = [sys.executable, "-c", DRIVER, str(folder), str(folder / "program.py")]
    root = str(Path(__file__).parents[3])
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environment, cwd=root)


def kill_driver(driver: subprocess.Popen[str]) -> None:
    driver.kill()
    driver.communicate()


def descriptors() -> int:
    return psutil.Process().num_fds()


def test_a_killed_driver_leaves_no_experiment_running(tmp_path: Path) -> None:
    """`kill -9` of the run, then a resume: the old experiments must not go on beside the new ones."""
    driver = start_driver(tmp_path, IGNORE_SIGNALS + DAEMON + NOTE_PID + "note('main.pid')\n" + SLEEP)
    pids = [tmp_path / "work" / name for name in ("main.pid", "daemon.pid")]
    assert wait_until(lambda: all(has_pid(pid) for pid in pids), 30)
    kill_driver(driver)
    assert wait_until(lambda: not any(is_running(pid) for pid in pids))


def test_a_killed_driver_leaves_no_temporary_folder(tmp_path: Path) -> None:
    code = "import os\nwith open('t', 'w') as f: f.write(os.environ['TMPDIR'])\nos.rename('t', 'scratch')\n" + SLEEP
    driver = start_driver(tmp_path, code)
    assert wait_until(lambda: (tmp_path / "work" / "scratch").exists(), 30)
    scratch = Path((tmp_path / "work" / "scratch").read_text())
    assert scratch.is_dir()
    kill_driver(driver)
    assert wait_until(lambda: not scratch.exists())


@ON_LINUX
def test_keys_cannot_be_read_from_any_process_or_its_memory(tmp_path: Path) -> None:
    """The keys stand in /proc/<driver>/environ, which any process of the same user may normally read."""
    look = """
import os, glob
found = []
for path in glob.glob('/proc/[0-9]*/environ'):
    try: found += [path] if b'planted-' + b'key' in open(path, 'rb').read() else []
    except OSError: pass
print('found', found)
parent = os.getppid()
driver = int(os.environ['NATURALIST_RUN_ID'].split(':')[0])
for pid in (parent, driver):
    for name in ('mem', 'fd/0'):
        try: os.close(os.open(f'/proc/{pid}/{name}', os.O_RDWR))
        except PermissionError: print('refused')
"""
    output = start_driver(tmp_path, look).communicate(timeout=60)[0]
    assert Completion.model_validate_json(output).status == "ok"
    assert (tmp_path / "out.txt").read_text().split("\n") == ["found []", *["refused"] * 4, ""]


@ON_LINUX
def test_a_program_cannot_forge_its_own_success(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    forge = "import os\ntry: open(f'/proc/{os.getppid()}/fd/2', 'wb').write(b'exit 0 0.1 1\\n')\nfinally: os._exit(9)"
    completion = run(sandbox, python(tmp_path, forge))[0]
    assert (completion.status, completion.exit_code) == ("crash", 9)


@ON_LINUX
def test_a_program_that_kills_its_supervisor_fails_and_leaves_nothing(
    unfenced: UnfencedSandbox, tmp_path: Path
) -> None:
    child = f"{NOTE_PID}{IGNORE_SIGNALS}if os.fork() == 0:\n os.setsid()\n note('child.pid')\n while True: pass\n"
    attack = "import time\nwhile not os.path.exists('child.pid'): time.sleep(0.01)\nos.kill(os.getppid(), 9)\n" + SLEEP
    completion = run(unfenced, python(tmp_path, child + attack))[0]
    assert completion.status == "crash"
    assert "supervised" in completion.detail
    assert wait_until(lambda: not is_running(tmp_path / "work" / "child.pid"))


@ON_LINUX
@pytest.mark.slow
def test_a_program_that_freezes_its_supervisor_still_meets_its_limit(unfenced: UnfencedSandbox, tmp_path: Path) -> None:
    freeze = f"{NOTE_PID}note('main.pid')\nimport signal\nos.kill(os.getppid(), signal.SIGSTOP)\n"
    completion = run(unfenced, python(tmp_path, freeze + SLEEP, wall_s=0.5))[0]
    assert completion.status == "timeout"
    assert wait_until(lambda: not is_running(tmp_path / "work" / "main.pid"))


def test_grandchildren_die_with_the_time_limit(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    """Only one process id was killed, grandchildren lived on."""
    completion = run(sandbox, python(tmp_path, IGNORE_SIGNALS + DAEMON + SLEEP, wall_s=2))[0]
    assert completion.status == "timeout"
    assert wait_until(lambda: not is_running(tmp_path / "work" / "daemon.pid"))


def test_a_grandchild_that_holds_the_output_does_not_hang_the_run(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    started = time.monotonic()
    hold = "import os, time\nif os.fork() == 0:\n os.setsid()\n time.sleep(1000)\nprint('left')"
    completion, printed = run(sandbox, python(tmp_path, hold))
    assert (completion.status, printed) == ("ok", "left\n")
    assert time.monotonic() - started < 5


@ON_LINUX
def test_memory_is_summed_over_children(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    spread = "import os, time\nfor _ in range(8):\n if os.fork() == 0:\n  x = bytearray(b'x') * 60_000_000\n  break\n"
    completion = run(sandbox, python(tmp_path, spread + SLEEP, memory_mb=250))[0]
    assert completion.status == "oom"
    assert "250 MB" in completion.detail


@ON_LINUX
def test_memory_shared_with_children_is_counted_once(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    shared = "import os, time\nx = bytearray(b'x') * 150_000_000\nfor _ in range(6):\n if os.fork() == 0: break\n"
    assert run(sandbox, python(tmp_path, shared + "time.sleep(0.5)", memory_mb=300))[0].status == "ok"


def test_a_fork_bomb_is_defused(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    bomb = "import os, time\nwhile True:\n try: os.fork() or time.sleep(20)\n except OSError: pass"
    completion = run(sandbox, python(tmp_path, bomb))[0]
    assert completion.status in ("crash", "oom")
    assert completion.wall_s < 15


def test_a_cut_off_write_is_told_as_disk(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    """Even one that ends well because the program swallowed the error."""
    swallow = "try:\n open('big', 'wb').write(bytes(50_000_000))\nexcept OSError: pass"
    assert run(sandbox, python(tmp_path, swallow, disk_mb=8))[0].status == "disk"


def test_temporary_files_count_as_disk(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    fill = "import tempfile\nwhile True:\n with tempfile.NamedTemporaryFile(delete=False) as f: f.write(bytes(500_000))"
    assert run(sandbox, python(tmp_path, fill, disk_mb=8))[0].status == "disk"


def test_a_signal_is_named(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    completion = run(sandbox, python(tmp_path, "import os\nprint('epoch one')\nos.kill(os.getpid(), 11)"))[0]
    assert completion.exit_code == -signal.SIGSEGV
    assert completion.detail == "killed by SIGSEGV after printing: epoch one"


def test_escapes_do_not_reach_the_detail(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    completion = run(sandbox, python(tmp_path, r"raise SystemExit('\x1b[31mred\x1b[0m \x1b]0;title\x07alert\x07')"))[0]
    assert completion.detail == "red alert"


def test_privileges_cannot_be_gained(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    look = "print([line for line in open('/proc/self/status') if line.startswith(('NoNewPrivs', 'CapEff'))])"
    printed = run(sandbox, python(tmp_path, look))[1]
    assert "NoNewPrivs:\\t1" in printed
    assert "CapEff:\\t0000000000000000" in printed or "CapEff:\\t0000000000000002" in printed


def test_limits_cannot_be_raised(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    lift = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)"
    assert run(sandbox, python(tmp_path, lift))[0].status == "crash"


def test_files_are_private(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    run(sandbox, python(tmp_path, "open('mine', 'w').close()"))
    assert (tmp_path / "work" / "mine").stat().st_mode & 0o077 == 0


def test_nothing_is_inherited_but_the_streams(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        printed = run(sandbox, python(tmp_path, "import os\nprint(sorted(os.listdir('/dev/fd'))[:4])"))[1]
    assert printed == "['0', '1', '2', '3']\n"  # 3 is the listing itself


def test_many_at_once_do_not_disturb_each_other(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    ended: dict[int, str] = {}

    def one(number: int) -> None:
        ended[number] = run(sandbox, python(tmp_path / str(number), f"print({number})"))[1]

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == {number: f"{number}\n" for number in range(8)}


def test_runs_leak_no_descriptors_and_no_children(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    others = psutil.Process().children()
    run(sandbox, python(tmp_path, "pass"))
    before = descriptors()
    for code in ("pass", "raise SystemExit(1)", "import os; os.kill(os.getppid(), 9)"):
        run(sandbox, python(tmp_path, code))
    with pytest.raises(ServiceError):
        run(sandbox, python(tmp_path, "").model_copy(update={"argv": ("/nowhere",)}))
    assert descriptors() == before
    sandbox.close()
    assert psutil.Process().children() == others


def test_unwritable_output_is_the_sandboxes_failure(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="/dev/full"):
        chatter = "import time\nwhile True: print('x'); time.sleep(0.01)"
        sandbox.run(python(tmp_path, chatter).model_copy(update={"stdout": Path("/dev/full")}), Flag())


@pytest.mark.slow
def test_a_log_of_a_gigabyte_takes_seconds_and_no_disk(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    flood = "import sys\nblock = b'x' * 999_999 + b'\\n'\nfor _ in range(1000): sys.stdout.buffer.write(block)"
    completion, printed = run(sandbox, python(tmp_path, flood, wall_s=120, output_mb=4))
    assert completion.status == "ok"
    assert len(printed) < 4.1 * 1024 * 1024
    assert "\n... 995805696 bytes left out ...\n" in printed
