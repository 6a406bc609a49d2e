"""Programs in an interpreter that has their modules already: they must not notice, nor leave anything to the next."""

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from agents.sandbox.process import ProcessSandbox
from agents.schema import Command
from tests.agents.sandbox.programs import python, run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a grown interpreter is forked on Linux only")
WARM = ("numpy", "json")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[ProcessSandbox]:
    made = ProcessSandbox()
    yield made
    made.close()


def program(
    folder: Path, code: str, *arguments: str, warm: tuple[str, ...] = WARM, flags: tuple[str, ...] = ()
) -> Command:
    path = folder / "program.py"
    path.write_text(code)
    argv = (sys.executable, *flags, str(path), *arguments)
    return python(folder, "").model_copy(update={"argv": argv, "warm": warm, "readable": (path,)})


def test_modules_are_there_before_the_program_runs(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    code = "import sys\nprint('numpy' in sys.modules, 'agents' in sys.modules)"
    assert run(sandbox, program(tmp_path, code))[1] == "True False\n"
    assert run(sandbox, program(tmp_path, code, warm=()))[1] == "False False\n"


@pytest.mark.parametrize("flags", [(), ("-P",)])
def test_a_program_sees_what_a_cold_one_sees(sandbox: ProcessSandbox, tmp_path: Path, flags: tuple[str, ...]) -> None:
    code = """
import os, signal, sys
print(sys.argv[1:], __name__, __file__, os.getcwd(), sys.executable, sys.orig_argv)
print(sorted(os.environ), os.environ['HOME'] != '', hash('x'), sys.stdin.read())
print([signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE)])
print(sys.path[0] == os.path.dirname(__file__), os.listdir('/proc/self/fd'))
"""
    warm = run(sandbox, program(tmp_path, code, "a", "b c", flags=flags))[1]
    cold = run(sandbox, program(tmp_path, code, "a", "b c", flags=flags, warm=()))[1]
    assert warm == cold


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [("raise SystemExit(3)", 3), ("import sys; sys.exit('no')", 1), ("pass", 0), ("import os; os._exit(7)", 7)],
)
def test_exit_codes_are_those_of_a_cold_one(sandbox: ProcessSandbox, tmp_path: Path, code: str, exit_code: int) -> None:
    warm, cold = (run(sandbox, program(tmp_path, code, warm=modules)) for modules in (WARM, ()))
    assert warm[0].exit_code == cold[0].exit_code == exit_code
    assert warm[1] == cold[1]


def test_a_traceback_is_that_of_a_cold_one(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    code = "def fail():\n    raise ValueError('rate')\nfail()\n"
    warm, cold = (run(sandbox, program(tmp_path, code, warm=modules)) for modules in (WARM, ()))
    assert warm[1] == cold[1]
    assert warm[0].detail == cold[0].detail == "ValueError: rate"


def test_what_asked_to_be_called_at_the_end_is_called(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    code = """
import atexit, threading, time
atexit.register(print, 'at exit')
threading.Thread(target=lambda: (time.sleep(0.2), print('thread'))).start()
print('main', end=' ')
"""
    assert run(sandbox, program(tmp_path, code))[1] == "main thread\nat exit\n"


def test_nothing_is_left_for_the_next_program(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    spoil = (
        "import numpy, os, sys\nnumpy.random.seed = print\nsys.modules['spoiled'] = sys\nos.environ['SPOILED'] = 'x'"
    )
    look = "import numpy, os, sys\nprint(numpy.random.seed is print, 'spoiled' in sys.modules, 'SPOILED' in os.environ)"
    run(sandbox, program(tmp_path, spoil))
    assert run(sandbox, program(tmp_path, look))[1] == "False False False\n"


@pytest.mark.parametrize("draw", ["import random\nprint(random.random())", "import numpy\nprint(numpy.random.rand())"])
def test_programs_that_set_no_seed_draw_different_numbers(sandbox: ProcessSandbox, tmp_path: Path, draw: str) -> None:
    assert len({run(sandbox, program(tmp_path, draw))[1] for _ in range(3)}) == 3


def test_programs_that_set_a_seed_draw_what_a_cold_one_draws(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    draw = "import numpy, random\nrandom.seed(3)\nnumpy.random.seed(3)\nprint(random.random(), numpy.random.rand())"
    warm, cold = (run(sandbox, program(tmp_path, draw, warm=modules))[1] for modules in (WARM, ()))
    assert warm == cold


def test_a_module_that_cannot_be_imported_is_the_programs_own_trouble(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    completion, _ = run(sandbox, program(tmp_path, "import no_such_module", warm=("no_such_module",)))
    assert completion.detail == "ModuleNotFoundError: No module named 'no_such_module'"


def test_child_processes_and_pools_work(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    code = """
import subprocess, sys
print(subprocess.run([sys.executable, '-c', 'print(6 * 7)'], capture_output=True, text=True).stdout.strip())
"""
    assert run(sandbox, program(tmp_path, code))[1] == "42\n"


def test_a_launcher_that_was_killed_is_replaced(tmp_path: Path) -> None:
    """Only that of this sandbox is killed: a worker of pytest has launchers, servers and trackers that others need."""
    others = {child.pid for child in psutil.Process().children()}
    with closing(ProcessSandbox()) as sandbox:
        run(sandbox, program(tmp_path, "pass"))
        launchers = [child for child in psutil.Process().children() if child.pid not in others]
        assert launchers and all("serve" in child.cmdline() for child in launchers)
        for launcher in launchers:
            launcher.kill()
            launcher.wait()
        assert run(sandbox, program(tmp_path, "print('again')"))[1] == "again\n"
