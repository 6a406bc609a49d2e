"""What every sandbox must do, whatever its level. A new adapter is listed in SANDBOXES and is tested by that."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Event as Flag
from threading import Timer
from time import monotonic

import pytest

from agents.errors import Interrupted, ServiceError
from agents.registry import find_adapter
from agents.sandbox import SANDBOXES
from agents.services import Sandbox
from tests.abuse.backends import Unavailable, is_required, make_sandbox
from tests.agents.sandbox.programs import DAEMON, IGNORE_SIGNALS, SLEEP, is_running, python, run, wait_until


@pytest.fixture(scope="module", params=sorted(SANDBOXES))
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Sandbox]:
    """How a sandbox is made, known to work here; skips with the reason, or fails if it is required."""
    name: str = request.param
    options = {"client_url": request.getfixturevalue("docker_engine")} if name == "docker" else {}
    try:
        make_sandbox(name, tmp_path_factory.mktemp("probe"), **options).close()
    except Unavailable as reason:
        if is_required(name):
            pytest.fail(str(reason))
        pytest.skip(str(reason))
    return partial(find_adapter("sandbox", name, SANDBOXES), **options)


@pytest.fixture
def sandbox(make: Callable[[], Sandbox]) -> Iterator[Sandbox]:
    made = make()
    yield made
    made.close()


class TestEverySandbox:
    def test_says_what_it_guarantees(self, sandbox: Sandbox) -> None:
        assert sandbox.name in SANDBOXES
        assert sandbox.guarantees
        assert all(phrase == phrase.strip() and "\n" not in phrase for phrase in sandbox.guarantees)

    def test_runs_to_the_end(self, sandbox: Sandbox, tmp_path: Path) -> None:
        code = "import sys\nprint('to out')\nprint('to err', file=sys.stderr)\nopen('made', 'w').write('x')"
        completion, printed = run(sandbox, python(tmp_path, code))
        assert (completion.status, completion.exit_code, completion.detail) == ("ok", 0, "")
        assert printed.split("\n") == ["to out", "to err", ""]
        assert (tmp_path / "work" / "made").read_text() == "x"
        assert 0 < completion.wall_s < 20
        assert completion.peak_memory_mb > 1

    def test_keeps_an_unterminated_last_line(self, sandbox: Sandbox, tmp_path: Path) -> None:
        assert run(sandbox, python(tmp_path, "print('one')\nprint('two', end='')"))[1] == "one\ntwo"

    def test_reports_a_crash_by_its_error(self, sandbox: Sandbox, tmp_path: Path) -> None:
        completion, printed = run(sandbox, python(tmp_path, "raise ValueError('learning rate must be positive')"))
        assert (completion.status, completion.exit_code) == ("crash", 1)
        assert completion.detail == "ValueError: learning rate must be positive"
        assert "Traceback" in printed

    def test_reports_a_silent_exit_code(self, sandbox: Sandbox, tmp_path: Path) -> None:
        completion, printed = run(sandbox, python(tmp_path, "raise SystemExit(3)"))
        assert (completion.status, completion.exit_code, printed) == ("crash", 3, "")
        assert completion.detail == "exit code 3 and no output"

    def test_stops_at_the_time_limit_even_if_signals_are_ignored(self, sandbox: Sandbox, tmp_path: Path) -> None:
        started = monotonic()
        completion, printed = run(sandbox, python(tmp_path, IGNORE_SIGNALS + "print('began')\n" + SLEEP, wall_s=2))
        assert completion.status == "timeout"
        assert completion.detail == "stopped at its time limit of 2 s"
        assert printed == "began\n"
        assert 2 <= completion.wall_s < 8
        assert monotonic() - started < 12

    def test_reports_memory_as_oom(self, sandbox: Sandbox, tmp_path: Path) -> None:
        hog = "kept = []\nwhile True: kept.append(bytearray(b'x') * 1_000_000)"
        assert run(sandbox, python(tmp_path, hog, memory_mb=200))[0].status == "oom"

    def test_reports_one_leap_over_the_memory_limit_as_oom(self, sandbox: Sandbox, tmp_path: Path) -> None:
        completion = run(sandbox, python(tmp_path, "bytearray(b'x') * 20_000_000_000", memory_mb=200))[0]
        assert completion.status == "oom"

    def test_reports_one_large_file_as_disk(self, sandbox: Sandbox, tmp_path: Path) -> None:
        fill = "with open('big', 'wb') as file:\n while True: file.write(bytes(1_000_000))"
        completion = run(sandbox, python(tmp_path, fill, disk_mb=8))[0]
        assert completion.status == "disk"
        assert (tmp_path / "work" / "big").stat().st_size < 100_000_000

    def test_reports_many_files_as_disk(self, sandbox: Sandbox, tmp_path: Path) -> None:
        fill = "n = 0\nwhile True:\n n += 1\n with open(str(n), 'wb') as file: file.write(bytes(500_000))"
        assert run(sandbox, python(tmp_path, fill, disk_mb=8))[0].status == "disk"

    def test_shows_nothing_of_the_environment(
        self, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "planted-key")
        code = "import os\nprint(sorted(os.environ))\nassert 'planted-key' not in str(os.environ)"
        completion, printed = run(sandbox, python(tmp_path, code))
        assert completion.status == "ok", printed
        assert "OPENAI_API_KEY" not in printed

    def test_gives_the_environment_of_the_command(self, sandbox: Sandbox, tmp_path: Path) -> None:
        code = (
            "import os\nprint(os.environ['OMP_NUM_THREADS'], os.environ['CUDA_VISIBLE_DEVICES'], os.environ['GIVEN'])"
        )
        command = python(tmp_path, code).model_copy(update={"env": {"GIVEN": "so", "OMP_NUM_THREADS": "3"}})
        assert run(sandbox, command)[1] == "3  so\n"

    def test_has_a_home_of_its_own_that_is_gone_afterwards(self, sandbox: Sandbox, tmp_path: Path) -> None:
        code = "import os, tempfile\nopen(os.path.expanduser('~/x'), 'w').close()\nprint(tempfile.mkdtemp())"
        printed = run(sandbox, python(tmp_path, code))[1].strip()
        assert printed and not Path(printed).exists()
        assert list((tmp_path / "work").iterdir()) == []

    def test_gives_no_input(self, sandbox: Sandbox, tmp_path: Path) -> None:
        assert run(sandbox, python(tmp_path, "import sys\nprint(repr(sys.stdin.read()))"))[1] == "''\n"

    def test_a_daemon_does_not_survive(self, sandbox: Sandbox, tmp_path: Path) -> None:
        completion = run(sandbox, python(tmp_path, DAEMON))[0]
        assert completion.status == "ok"
        assert wait_until(lambda: not is_running(tmp_path / "work" / "daemon.pid"))

    def test_a_flood_of_output_is_capped_and_not_the_programs_end(self, sandbox: Sandbox, tmp_path: Path) -> None:
        flood = "line = 'x' * 99\nfor _ in range(100): print('\\n'.join([line] * 2000))\nprint('the end', end='')"
        completion, printed = run(sandbox, python(tmp_path, flood, output_mb=1))
        assert completion.status == "ok"
        assert printed.startswith("xxxxx") and printed.endswith("the end")
        assert " bytes left out ..." in printed
        assert len(printed) < 1_100_000

    def test_stop_ends_it_soon_and_raises(self, sandbox: Sandbox, tmp_path: Path) -> None:
        stop = Flag()
        Timer(0.7, stop.set).start()
        started = monotonic()
        with pytest.raises(Interrupted):
            sandbox.run(python(tmp_path, IGNORE_SIGNALS + SLEEP), stop)
        assert monotonic() - started < 5

    def test_does_not_start_once_stopped(self, sandbox: Sandbox, tmp_path: Path) -> None:
        stop = Flag()
        stop.set()
        with pytest.raises(Interrupted):
            sandbox.run(python(tmp_path, "open('started', 'w')"), stop)
        assert not (tmp_path / "work" / "started").exists()

    def test_a_missing_interpreter_is_the_sandboxes_failure(self, sandbox: Sandbox, tmp_path: Path) -> None:
        command = python(tmp_path, "pass").model_copy(update={"argv": (str(tmp_path / "no-python"), "-V")})
        with pytest.raises(ServiceError, match="no-python"):
            run(sandbox, command)

    def test_a_program_without_permission_is_the_sandboxes_failure(self, sandbox: Sandbox, tmp_path: Path) -> None:
        (tmp_path / "plain").write_text("#!/bin/sh\n")
        with pytest.raises(ServiceError, match="plain"):
            run(sandbox, python(tmp_path, "pass").model_copy(update={"argv": (str(tmp_path / "plain"),)}))

    def test_a_missing_working_folder_is_the_sandboxes_failure(self, sandbox: Sandbox, tmp_path: Path) -> None:
        command = python(tmp_path, "pass").model_copy(update={"workdir": tmp_path / "nowhere"})
        with pytest.raises(ServiceError, match="nowhere"):
            run(sandbox, command)

    def test_finds_the_packages_of_this_environment(self, sandbox: Sandbox, tmp_path: Path) -> None:
        completion, printed = run(sandbox, python(tmp_path, "import psutil, sys\nprint(sys.executable)"))
        assert completion.status == "ok"
        assert printed.strip() == sys.executable
