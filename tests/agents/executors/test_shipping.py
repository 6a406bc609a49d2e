"""A job goes to another machine and its results come back: by content hash, with nothing followed or trusted."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag
from typing import Any

import pytest

from agents.errors import Interrupted, ServiceError, UserError
from agents.executors.admission import Placement
from agents.executors.node_store import KEPT_S, NodeStore
from agents.executors.on_node import SandboxRecipe, empty_workdirs, run_here, run_parcel
from agents.executors.parcels import Left, Return
from agents.executors.receiving import Unpacked
from agents.executors.shipping import MOST_SHIPPED_BYTES, Blobs, deliver, pack_job, share_job
from agents.experiments.running import judge_experiment, prepare_experiment
from agents.experiments.seal import UnfitArtefacts, hash_artefacts
from agents.given_folder import fill_given
from agents.schema import Command, Completion, Job, Limits, Outcome
from tests.agents.experiments.laboratory import EVALUATOR, code, make_experiment, make_services, write_template

PLACE = Placement(1, 256)
PROCESS = SandboxRecipe(target="agents.sandbox.process:ProcessSandbox")
OK = Completion(status="ok", exit_code=0, wall_s=0.0)
LIMITS = Limits(wall_s=20, memory_mb=256, disk_mb=1)


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    (tmp_path / "driver").mkdir()
    return tmp_path / "driver"


@pytest.fixture
def node(tmp_path: Path) -> Path:
    (tmp_path / "node").mkdir()
    return tmp_path / "node"


def program(driver: Path, text: str, *words: str, **changes: Any) -> Command:
    """A command of the driver that runs `text`, which may write in "out" and read "code"."""
    (driver / "out").mkdir(exist_ok=True)
    (driver / "code").mkdir(exist_ok=True)
    (driver / "code" / "main.py").write_text(text)
    return Command(
        argv=(sys.executable, str(driver / "code" / "main.py"), *words), workdir=driver / "out",
        readable=(driver / "code",), limits=LIMITS, stdout=driver / "stdout.txt",
    ).model_copy(update=changes)  # fmt: skip


def make_link(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def make_job(*commands: Command) -> Job:
    return Job(id="s1-0001", commands=commands)


class BareSandbox:
    """Holds nothing back, so that every misdeed gets as far as the checks."""

    name = "bare"
    guarantees = ("nothing",)

    def run(self, command: Command, stop: Flag) -> Completion:
        with command.stdout.open("wb") as output:
            code = subprocess.run(command.argv, cwd=command.workdir, stdout=output, stderr=output).returncode
        return Completion(status="crash" if code else "ok", exit_code=code, wall_s=0.0)

    def close(self) -> None:
        """Nothing is kept."""


def run_on(node: Path, job: Job) -> Return:
    """What a node does with a job, without a network."""
    unpacked = unpack(node, job)
    return unpacked.collect(run_here(unpacked.job, BareSandbox(), Flag()))


def unpack(node: Path, job: Job) -> Unpacked:
    parcel, blobs = pack_job(job)
    return Unpacked(parcel, node, blobs.__getitem__)


class TestPacking:
    def test_equal_contents_are_shipped_once(self, driver: Path) -> None:
        command = program(driver, "same")
        (driver / "code" / "twin.py").write_text("same")
        parcel, blobs = pack_job(make_job(command))
        assert list(blobs.values()) == [b"same"]
        assert [item.path for root in parcel.roots for item in root.items] == ["", "main.py", "twin.py", ""]

    def test_a_folder_inside_another_is_shipped_with_it(self, driver: Path) -> None:
        command = program(driver, "x", readable=(driver / "code", driver))
        parcel, _ = pack_job(make_job(command))
        assert [root.path for root in parcel.roots] == [str(driver)]

    @pytest.mark.parametrize("make", [make_link, os.mkfifo])
    def test_what_is_no_plain_file_is_refused(self, driver: Path, make: Callable[[Path], None]) -> None:
        command = program(driver, "x")
        make(driver / "code" / "odd")
        with pytest.raises(UserError, match=r"odd is a link or a device"):
            pack_job(make_job(command))

    def test_what_is_too_much_for_the_drivers_memory_is_refused_unread(self, driver: Path) -> None:
        (driver / "data").mkdir()
        with (driver / "data" / "sparse").open("wb") as file:
            file.truncate(MOST_SHIPPED_BYTES + 1)
        command = program(driver, "x", readable=(driver / "code", driver / "data"))
        with pytest.raises(UserError, match=r"reads 512 MB, too much to ship .* storage that all of them share"):
            pack_job(make_job(command))

    def test_a_missing_file_is_named(self, driver: Path) -> None:
        with pytest.raises(UserError, match=r"cannot ship .*gone"):
            pack_job(make_job(program(driver, "x", readable=(driver / "gone",))))

    def test_bytecode_stays_at_home(self, driver: Path) -> None:
        command = program(driver, "x")
        (driver / "code" / "__pycache__").mkdir()
        (driver / "code" / "__pycache__" / "main.pyc").write_bytes(b"\0")
        assert list(pack_job(make_job(command))[1].values()) == [b"x"]


class TestUnpacking:
    def test_paths_in_arguments_and_environment_become_the_nodes(self, driver: Path, node: Path) -> None:
        out, text = str(driver / "out"), str(driver / "code" / "main.py")
        command = program(
            driver, "x", out, f"{out}put", f"--out={out}", "out", f"{out}/../out/deep", env={"DATA": text}
        )
        moved = unpack(node, make_job(command)).job.commands[0]
        here = str(moved.workdir)
        assert here.startswith(str(node))
        assert moved.argv[2:] == (here, f"{out}put", f"--out={out}", "out", f"{here}/deep")
        assert Path(moved.env["DATA"]).read_text() == "x"
        assert all(path.is_relative_to(node) for path in (moved.workdir, moved.stdout, *moved.readable))

    def test_the_drivers_interpreter_becomes_the_nodes(self, driver: Path, node: Path) -> None:
        parcel, blobs = pack_job(make_job(program(driver, "x").model_copy(update={"argv": ("/far/python", "-V")})))
        there = Unpacked(parcel._replace(python="/far/python"), node, blobs.__getitem__)
        assert there.job.commands[0].argv == (sys.executable, "-V")

    def test_modes_and_initial_contents_of_workdirs_are_kept(self, driver: Path, node: Path) -> None:
        command = program(driver, "x")
        (driver / "out" / "start.txt").write_text("given")
        (driver / "code" / "main.py").chmod(0o444)
        (driver / "code").chmod(0o555)
        moved = unpack(node, make_job(command)).job.commands[0]
        assert (moved.workdir / "start.txt").read_text() == "given"
        assert [path.stat().st_mode & 0o777 for path in (moved.readable[0], Path(moved.argv[1]))] == [0o555, 0o444]

    def test_a_later_command_sees_what_an_earlier_one_wrote(self, driver: Path, node: Path) -> None:
        (driver / "second").mkdir()
        write = "import sys, pathlib; pathlib.Path(sys.argv[1], 'n').write_text('7')"
        first = program(driver, write, str(driver / "out"))
        (driver / "read.py").write_text("import sys; print(open(sys.argv[1] + '/n').read())")
        second = Command(
            argv=(sys.executable, str(driver / "read.py"), str(driver / "out")), workdir=driver / "second",
            readable=(driver / "read.py", driver / "out"), limits=LIMITS, stdout=driver / "second.txt",
        )  # fmt: skip
        job = make_job(first, second)
        returned = run_on(node, job)
        assert [completion.status for completion in returned.completions] == ["ok", "ok"]
        deliver(returned, job)
        assert (driver / "second.txt").read_text() == "7\n"
        assert (driver / "out" / "n").read_text() == "7"


class TestComingHome:
    def test_files_folders_and_modes_arrive(self, driver: Path, node: Path) -> None:
        text = "import pathlib, os; p = pathlib.Path('a/b'); p.mkdir(parents=True); (p / 'c').write_bytes(b'\\0\\1'); "
        job = make_job(program(driver, text + "os.chmod('a/b/c', 0o444); os.chmod('a/b', 0o555); print('said')"))
        deliver(run_on(node, job), job)
        assert (driver / "out" / "a" / "b" / "c").read_bytes() == b"\0\1"
        assert (driver / "out" / "a" / "b" / "c").stat().st_mode & 0o777 == 0o444
        assert (driver / "out" / "a" / "b").stat().st_mode & 0o777 == 0o555
        assert (driver / "stdout.txt").read_text() == "said\n"

    def test_delivering_twice_changes_nothing(self, driver: Path, node: Path) -> None:
        job = make_job(program(driver, "open('x', 'w').write('1')"))
        returned = run_on(node, job)
        deliver(returned, job)
        deliver(returned, job)
        assert [path.name for path in (driver / "out").iterdir()] == ["x"]
        assert sorted(path.name for path in driver.iterdir()) == ["code", "out", "stdout.txt"]

    @pytest.mark.parametrize(
        "odd",
        [
            "os.symlink('/etc/passwd', 'x')",
            "os.symlink('/etc', 'x')",
            "os.mkfifo('x')",
            "open('y', 'w').close(); os.link('y', 'x')",
            "import socket; socket.socket(socket.AF_UNIX).bind('x')",
            "open(b'\\xff', 'w').close()",
            "os.rmdir(os.getcwd()); os.symlink('/etc', os.getcwd_kept)",
        ],
    )
    def test_an_odd_thing_arrives_as_one_that_leads_nowhere(self, driver: Path, node: Path, odd: str) -> None:
        job = make_job(program(driver, "import os; os.getcwd_kept = os.getcwd(); open('good', 'w').close(); " + odd))
        if "rmdir" in odd:
            job = make_job(program(driver, "import os; os.getcwd_kept = os.getcwd(); " + odd))
        returned = run_on(node, job)
        assert returned.completions[0].status == "ok", returned.outputs
        deliver(returned, job)
        links = [path for path in (driver / "out").iterdir() if path.is_symlink()]
        assert links
        assert not any(path.exists() for path in links)
        with pytest.raises(UnfitArtefacts):
            hash_artefacts(driver / "out")

    def test_a_tree_too_deep_for_the_driver_arrives_as_an_odd_thing(self, driver: Path, node: Path) -> None:
        job = make_job(program(driver, "import os\nfor _ in range(600):\n os.mkdir('dd'); os.chdir('dd')"))
        deliver(run_on(node, job), job)
        with pytest.raises(UnfitArtefacts):
            hash_artefacts(driver / "out")

    def test_a_program_cannot_take_the_name_of_a_mark(self, driver: Path, node: Path) -> None:
        text = "import sys, os; open('main.py changed during the experiment', 'w').close(); f = sys.argv[0]; "
        job = make_job(program(driver, text + "os.chmod(f, 0o600); open(f, 'a').write('#')"))
        deliver(run_on(node, job), job)
        with pytest.raises(UnfitArtefacts, match=r"main\.py changed during the experiment \d"):
            hash_artefacts(driver / "out")

    def test_no_more_content_comes_home_than_the_disk_limit(self, driver: Path, node: Path) -> None:
        text = "[open(f'f{n}', 'wb').write(b'x' * 400_000) for n in range(4)]"
        job = make_job(program(driver, text))
        returned = run_on(node, job)
        assert sum(len(thing.content) for thing in returned.workdirs[0] if thing.kind == "file") <= 2**20

    def test_nothing_is_written_outside_the_workdir(self, driver: Path) -> None:
        job = make_job(program(driver, "x"))
        for path in ("../evil", "/evil", "a/../../evil"):
            returned = Return((OK,), (None,), ((Left("", "folder", 0o755, b""), Left(path, "file", 0o644, b"x")),))
            with pytest.raises(ServiceError, match="outside its folder"):
                deliver(returned, job)
        assert sorted(path.name for path in driver.iterdir()) == ["code", "out"]

    def test_a_job_that_could_not_be_run_raises(self, driver: Path) -> None:
        with pytest.raises(ServiceError, match="no sandbox") as caught:
            deliver(Return(failure="no sandbox", is_retryable=True), make_job(program(driver, "x")))
        assert caught.value.retryable


class TestRunningOnANode:
    def test_stops_at_the_first_command_that_is_not_ok(self, driver: Path, node: Path) -> None:
        (driver / "third").mkdir()
        good = program(driver, "import sys; sys.exit(int(sys.argv[1]))", "0")
        bad = good.model_copy(update={"argv": (*good.argv[:2], "3"), "stdout": driver / "bad.txt"})
        returned = run_on(node, make_job(good, bad, good))
        assert [completion.exit_code for completion in returned.completions] == [0, 3]
        assert len(returned.outputs) == 2

    def test_another_version_of_naturalist_is_told(self, driver: Path) -> None:
        parcel, blobs = pack_job(make_job(program(driver, "x")))
        returned = run_parcel(parcel._replace(version="0.0.0"), blobs.__getitem__, PROCESS, PLACE, Flag())
        assert "install the same version on both" in returned.failure

    def test_a_sandbox_that_cannot_be_had_is_told(self, driver: Path) -> None:
        parcel, blobs = pack_job(make_job(program(driver, "x")))
        recipe = SandboxRecipe(target="agents.sandbox.nowhere:Sandbox")
        assert "cannot load sandbox" in run_parcel(parcel, blobs.__getitem__, recipe, PLACE, Flag()).failure

    def test_a_stop_is_no_result(self, driver: Path) -> None:
        stop = Flag()
        stop.set()
        parcel, blobs = pack_job(make_job(program(driver, "x")))
        with pytest.raises(Interrupted):
            run_parcel(parcel, blobs.__getitem__, PROCESS, PLACE, stop)

    def test_shared_storage_is_used_as_it_is(self, driver: Path) -> None:
        job = make_job(program(driver, "import os; open('x', 'w').write(os.environ['OMP_NUM_THREADS'])"))
        (driver / "out" / "of a lost attempt").write_text("")
        returned = run_parcel(share_job(job), Blobs().__getitem__, PROCESS, Placement(3, 256), Flag())
        deliver(returned, job)
        assert [(path.name, path.read_text()) for path in (driver / "out").iterdir()] == [("x", "3")]

    def test_workdirs_are_emptied_also_when_sealed(self, driver: Path) -> None:
        job = make_job(program(driver, "x"))
        (driver / "out" / "deep").mkdir()
        (driver / "out" / "deep" / "file").touch()
        (driver / "out" / "deep").chmod(0o555)
        empty_workdirs(job)
        assert list((driver / "out").iterdir()) == []


class TestNodeStore:
    def test_a_content_is_fetched_once(self, node: Path) -> None:
        asked: list[str] = []

        def fetch(digest: str) -> bytes:
            asked.append(digest)
            return b"hello"

        digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        assert [NodeStore(node).read(digest, fetch) for _ in range(3)] == [b"hello"] * 3
        assert asked == [digest]

    def test_a_content_that_was_changed_on_disk_is_fetched_again(self, node: Path) -> None:
        digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        store = NodeStore(node)
        store.read(digest, lambda _: b"hello")
        (node / "blobs" / digest).chmod(0o600)
        (node / "blobs" / digest).write_bytes(b"evil")
        assert store.read(digest, lambda _: b"hello") == b"hello"

    def test_a_content_that_arrives_damaged_is_not_used(self, node: Path) -> None:
        with pytest.raises(ServiceError, match="damaged"):
            NodeStore(node).read("0" * 64, lambda _: b"hello")

    def test_leftovers_of_killed_jobs_go_and_running_jobs_stay(self, node: Path) -> None:
        NodeStore(node)
        left = node / "jobs" / "left"
        (left / "0").mkdir(parents=True)
        with NodeStore(node).job_folder() as running:
            NodeStore(node)
            assert running.is_dir()
            assert not left.exists()
        assert not running.exists()

    def test_old_contents_go(self, node: Path) -> None:
        store = NodeStore(node)
        digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        store.read(digest, lambda _: b"hello")
        long_ago = (node / "blobs" / digest).stat().st_mtime - KEPT_S - 60
        os.utime(node / "blobs" / digest, (long_ago, long_ago))
        NodeStore(node)
        assert list((node / "blobs").iterdir()) == []

    def test_a_folder_that_others_may_write_is_not_used(self, node: Path) -> None:
        node.chmod(0o777)
        with pytest.raises(ServiceError, match="nobody else may write"):
            NodeStore(node)


class TestAnExperimentElsewhere:
    """The checks of a local experiment hold for one that ran on a node."""

    def outcome(self, tmp_path: Path, node: Path, text: str, *data: Path) -> Outcome:
        template = write_template(tmp_path / "template", EVALUATOR.replace("'--seed')", "'--seed', '--data')"))
        services = make_services(tmp_path / "run", template)
        services = dataclasses.replace(services, settings=services.settings.model_copy(update={"data": data}))
        fill_given(services.folder, services.settings)
        prepared = prepare_experiment(services, make_experiment(), text, template.resources)
        returned = run_on(node, prepared.job)
        deliver(returned, prepared.job)
        return judge_experiment(template, prepared, returned.completions)

    def test_an_honest_one_is_ok(self, tmp_path: Path, node: Path) -> None:
        outcome = self.outcome(tmp_path, node, code("(out / 'result.json').write_text(json.dumps({'score': 3}))"))
        assert (outcome.status, outcome.metrics["score"]) == ("ok", 3.0), outcome.detail

    def test_it_reads_the_users_data_where_the_node_has_it(self, tmp_path: Path, node: Path) -> None:
        (data := tmp_path / "mine").mkdir()
        (data / "a.txt").write_text("4")
        text = """
        assert not _a['--data'].startswith(PLACE), _a['--data']
        score = float(open(_a['--data'] + '/a.txt').read())
        (out / 'result.json').write_text(json.dumps({'score': score}))
        """
        outcome = self.outcome(tmp_path, node, code(text.replace("PLACE", repr(str(data)))), data)
        assert (outcome.status, outcome.metrics["score"]) == ("ok", 4.0), outcome.detail

    @pytest.mark.parametrize(
        "deed",
        [
            "os.symlink('/etc/passwd', out / 'more')",
            "os.link(out / 'result.json', out / 'more')",
            "os.mkfifo(out / 'more')",
            "f = pathlib.Path(sys.argv[0]); f.chmod(0o600); f.write_text('')",
            "pathlib.Path(_a['--config']).write_text('{}')",
            "(pathlib.Path(sys.argv[0]).parent / 'new.py').write_text('')",
            "[p.write_text('') for p in out.parent.parent.glob('*/template/evaluate.py')]",
        ],
    )
    def test_one_that_tampers_is_tampered(self, tmp_path: Path, node: Path, deed: str) -> None:
        honest = "(out / 'result.json').write_text(json.dumps({'score': 3}))\n"
        outcome = self.outcome(tmp_path, node, code(honest + deed))
        assert (outcome.status, outcome.metrics) == ("tampered", {}), outcome.detail

    def test_what_it_does_to_the_evaluator_stays_on_the_node(self, tmp_path: Path, node: Path) -> None:
        deed = "[p.write_text('') for p in out.parent.parent.glob('*/template/evaluate.py')]"
        self.outcome(tmp_path, node, code(deed))
        assert "metrics.json" in (tmp_path / "template" / "evaluate.py").read_text()
