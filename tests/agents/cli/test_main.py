"""The command line from outside: what it prints, with which exit code, and what it does not load."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agents.cli.main import app
from agents.errors import BudgetExceeded, Interrupted, ServiceError, UserError
from agents.settings import Settings, dump_settings
from agents.store.database import sqlite_url
from agents.store.event_log import EventLog
from agents.store.journal import SqlJournal
from tests.agents.cli.scenes import RUN, FakeEngine, beginning, ending, gate, run_started
from tests.agents.store.samples import make_experiment, make_outcome, make_plan


class Shell:
    """Runs commands in a folder of their own, as a pipe would see them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = folder / "workspace"

    def __call__(self, *arguments: str, engine: FakeEngine | None = None) -> "Shell":
        result = CliRunner().invoke(app, list(arguments), obj=engine)
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr
        return self

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path)


@pytest.fixture
def stored_run(shell: Shell) -> Path:
    """A run folder as a killed process leaves it."""
    folder = shell.workspace / RUN
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text(dump_settings(Settings(topic="Does smoothing help?")))
    log = EventLog(folder / "events.jsonl")
    for event in beginning():
        log.emit(event)
    log.close()
    journal = SqlJournal(sqlite_url(folder / "journal.db"))
    journal.register(make_plan(search_experiments=8))
    journal.record(make_experiment(0, outcome=make_outcome(0.9)))
    journal.record(make_experiment(1, parent="s1-0000", outcome=make_outcome(0.95), change="wider"))
    journal.record(make_experiment(2, parent="s1-0001", outcome=make_outcome(None, "crash", "exit code 1")))
    journal.record(make_experiment(3, parent="s1-0001"))
    journal.close()
    place = folder / "experiments" / "s1-0002"
    place.mkdir(parents=True)
    (place / "stdout.txt").write_text("epoch 1\repoch 2\n\x1b]0;owned\x07\x1b[31mTraceback: boom\x1b[0m\n")
    return folder


class TestRun:
    def test_a_run_ends_with_its_papers_times_and_places(self, shell: Shell) -> None:
        shell("run", "Does smoothing help?", engine=FakeEngine([*beginning(), *ending(shell.folder / "papers")]))
        assert (shell.code, shell.err) == (0, "")
        tail = shell.out[shell.out.index("\n\n") :]
        for words in (
            "Smoothing may help  [best]",
            "verdict   inconclusive",
            "5.2 of 10 by form and evidence; reject (P(accept): uncalibrated)",
            str(shell.folder / "papers" / f"{RUN}-s1" / "review.json"),
            f"run folder  workspace/{RUN}",
            "time        32 s",
            "cost        $0.00",
            "warnings    1\n  weak sandbox (process): experiments share this machine",
        ):
            assert words in tail
        assert "to go on" not in tail

    def test_the_report_names_the_pdf_where_there_is_one(self, shell: Shell) -> None:
        folder = shell.folder / "papers" / f"{RUN}-s1"
        folder.mkdir(parents=True)
        events = [*beginning(), *ending(shell.folder / "papers")]
        assert str(folder / "paper.tex") in shell("run", "x", engine=FakeEngine(events)).out
        (folder / "paper.pdf").write_bytes(b"%PDF")
        assert str(folder / "paper.pdf") in shell("run", "x", engine=FakeEngine(events)).out

    def test_a_pipe_gets_one_plain_line_per_event(self, shell: Shell) -> None:
        shell("run", "Does smoothing help?", engine=FakeEngine(beginning()))
        lines = shell.out.split("\n\n")[0].splitlines()
        assert len(lines) == len(beginning())
        assert "experiment s1-0002 finished: crash" in shell.out
        assert all(line.isprintable() for line in lines)

    def test_json_is_the_events_and_then_a_result(self, shell: Shell) -> None:
        shell("run", "x", "--json", engine=FakeEngine([*beginning(), *ending(shell.folder)]))
        *events, result = [json.loads(line) for line in shell.out.splitlines()]
        assert [event["event"] for event in events[:2]] == ["run_started", "degraded"]
        assert (result["result"], result["run"], result["elapsed_s"]) == ("finished", RUN, 32.0)
        assert result["papers"][0]["verdict"] == "inconclusive"
        assert result["resume"] is None

    def test_flags_become_settings(self, shell: Shell) -> None:
        engine = FakeEngine([])
        shell(
            "run", "A topic", "--template", "digits", "--model", "some/model", "--experiments", "9",
            "--ideas", "4", "--follow-ups", "0", "--generations", "3", "--seed", "5", "--policy", "random",
            "--lanes", "2", "--slots", "1", "--budget", "1.5", "--sandbox", "process", "--confirm-seeds", "6",
            "--approve", "idea", "--approve", "paper", "--workspace", "w", "--papers", "p", "--no-pdf", engine=engine,
        )  # fmt: skip
        found = engine.settings
        assert found is not None
        assert (found.topic, found.template, found.model, found.seed) == ("A topic", "digits", "some/model", 5)
        assert (found.search.experiments, found.search.policy, found.search.lanes) == (9, "random", 2)
        assert (found.generations, found.ideas, found.follow_ups) == (3, 4, 0)
        assert found.gates == ("idea", "paper")
        assert (found.sandbox.slots, found.sandbox.backend, found.confirm.seeds) == (1, "process", 6)
        assert (found.budget.usd, found.paper.is_typeset) == (1.5, False)
        assert (found.workspace, found.papers) == (Path("w"), Path("p"))

    def test_without_flags_the_defaults_stand(self, shell: Shell) -> None:
        engine = FakeEngine([])
        shell("run", "A topic", engine=engine)
        assert engine.settings == Settings(topic="A topic")

    def test_a_gate_says_how_to_answer_it(self, shell: Shell) -> None:
        shell("run", "x", engine=FakeEngine([*beginning(), gate()]))
        assert shell.code == 0
        assert f"waiting for your approval of the paper: s1\nto approve  naturalist resume {RUN} --yes" in shell.out
        shell("run", "x", "--json", engine=FakeEngine([*beginning(), gate()]))
        result = json.loads(shell.out.splitlines()[-1])
        assert (result["result"], result["waiting_for"]) == ("waiting", "paper")


class TestFailures:
    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (UserError("no template fits"), 2),
            (ServiceError("the disk is full"), 1),
            (BudgetExceeded("usd", 10.0, 10.0), 1),
            (Interrupted("stopped; everything is kept"), 130),
        ],
    )
    def test_a_deliberate_error_is_one_line_with_its_exit_code(self, shell: Shell, error: Exception, code: int) -> None:
        shell("run", "x", engine=FakeEngine([], error))
        assert (shell.code, shell.out, shell.err) == (code, "", f"naturalist: {error}\n")

    def test_an_interrupted_run_says_how_to_go_on(self, shell: Shell) -> None:
        shell("run", "x", engine=FakeEngine(beginning(), Interrupted("stopped")))
        assert shell.code == 130
        assert shell.out.endswith(f"to go on    naturalist resume {RUN}\n")

    def test_a_run_elsewhere_is_resumed_by_its_path(self, shell: Shell) -> None:
        shell("run", "x", "--workspace", "my runs", engine=FakeEngine(beginning(), KeyboardInterrupt()))
        assert shell.code == 130
        assert shell.out.endswith(f"to go on    naturalist resume 'my runs/{RUN}'\n")

    def test_a_bug_is_one_line_and_leaves_its_traceback_in_the_run_folder(self, shell: Shell) -> None:
        shell("run", "x", engine=FakeEngine(beginning(), ZeroDivisionError("by\nzero")))
        place = shell.workspace / RUN / "traceback.txt"
        assert shell.code == 1
        assert shell.err.startswith("naturalist: ZeroDivisionError: by zero (this is a bug; its traceback is in ")
        assert shell.err.count("\n") == 1
        assert "test_main" not in shell.out
        assert "ZeroDivisionError" in place.read_text()

    def test_a_bug_before_there_is_a_run_leaves_its_traceback_in_a_temporary_file(self, shell: Shell) -> None:
        shell("run", "x", engine=FakeEngine([], ZeroDivisionError("zero")))
        place = Path(shell.err.rpartition(" in ")[2].strip().rstrip(")"))
        assert "ZeroDivisionError" in place.read_text()
        place.unlink()

    def test_a_failure_in_json_is_a_result_as_well(self, shell: Shell) -> None:
        shell("run", "x", "--json", engine=FakeEngine([], UserError("no template fits")))
        assert (shell.code, shell.json["result"], shell.json["error"]) == (2, "failed", "no template fits")

    @pytest.mark.parametrize(
        "arguments",
        [
            ("run",),
            ("nonsense",),
            ("run", "x", "--seed", "many"),
            ("run", "x", "--experiments", "1"),
            ("run", "x", "--approve", "everything"),
            ("status", "absent"),
            ("resume", "absent"),
            ("verify", "absent"),
        ],
    )
    def test_a_mistake_of_the_user_exits_2_without_a_traceback(self, shell: Shell, arguments: tuple[str, ...]) -> None:
        shell(*arguments, engine=FakeEngine([]))
        assert shell.code == 2
        assert shell.err.strip()
        assert "Traceback" not in shell.err + shell.out

    def test_a_broken_project_file_is_named(self, shell: Shell) -> None:
        (shell.folder / "naturalist.toml").write_text("seed = [")
        assert shell("run", "x", engine=FakeEngine([])).code == 2
        assert "naturalist.toml" in shell.err


class TestResume:
    def test_options_reach_the_engine(self, shell: Shell, stored_run: Path) -> None:
        engine = FakeEngine([])
        shell("resume", "latest", "--from", "write_paper", "--study", "s1", "--only", "--no", engine=engine)
        assert shell.code == 0
        assert engine.resumed == {"start_at": "write_paper", "study": "s1", "is_alone": True, "approve": False}

    def test_without_options_it_just_goes_on(self, shell: Shell, stored_run: Path) -> None:
        engine = FakeEngine([])
        shell("resume", stored_run.name[:12], engine=engine)
        assert engine.resumed == {"start_at": None, "study": None, "is_alone": False, "approve": None}

    def test_only_without_from_is_refused(self, shell: Shell, stored_run: Path) -> None:
        assert shell("resume", "latest", "--only", engine=FakeEngine([])).code == 2

    def test_what_happened_before_counts_in_the_end(self, shell: Shell, stored_run: Path) -> None:
        later = [event.model_copy(update={"at": event.at + 980}) for event in ending(shell.folder)]
        events = [run_started(1000, is_resumed=True), *later]
        shell("resume", "latest", "--json", engine=FakeEngine(events))
        result = json.loads(shell.out.splitlines()[-1])
        assert (result["result"], result["warnings"][0]["what"]) == ("finished", "weak sandbox (process)")
        assert result["elapsed_s"] == 16 + 12

    def test_the_report_sets_the_search_beside_the_cheap_baselines(self, shell: Shell, stored_run: Path) -> None:
        shell("resume", "latest", engine=FakeEngine([run_started(1000, is_resumed=True)]))
        assert (
            "baselines   s1: the search found 0.95 in 3 experiments; what simpler searches of that length" in shell.out
        )
        assert "kept if it is better: not enough to tell (estimate from 2 edits)" in shell.out

    def test_a_journal_that_cannot_be_read_does_not_end_the_report(self, shell: Shell, stored_run: Path) -> None:
        for path in stored_run.glob("journal.db*"):
            path.unlink()
        (stored_run / "journal.db").write_text("no database at all, and long enough to be looked at as one" * 99)
        shell("resume", "latest", engine=FakeEngine([run_started(1000, is_resumed=True)]))
        assert "run folder" in shell.out
        assert "baselines" not in shell.out

    def test_an_error_before_the_run_goes_on_is_one_line_alone(self, shell: Shell, stored_run: Path) -> None:
        shell("resume", "latest", engine=FakeEngine([], UserError("run x is already running (pid 7)")))
        assert (shell.code, shell.out) == (2, "")


class TestInspection:
    def test_status_says_how_a_run_stands(self, shell: Shell, stored_run: Path) -> None:
        shell("status")
        assert shell.code == 0
        for words in ("stopped", "Does smoothing help?", "search 3 of 8; 1 failed", "accuracy 0.95", "16 s"):
            assert words in shell.out
        assert f"naturalist resume {RUN}" in shell.out

    def test_list_shows_runs_and_says_what_cannot_be_read(self, shell: Shell, stored_run: Path) -> None:
        (shell.workspace / "broken").mkdir()
        (shell.workspace / "broken" / "settings.toml").write_text("seed = [")
        shell("list")
        assert shell.code == 0
        assert RUN in shell.out
        assert "unreadable: cannot read settings" in shell.out

    def test_list_of_nothing_says_how_to_start(self, shell: Shell) -> None:
        assert "naturalist run TOPIC" in shell("list").out

    def test_show_lists_every_experiment(self, shell: Shell, stored_run: Path) -> None:
        rows = [line.split() for line in shell("show", "latest").out.splitlines() if line.startswith("s1-")]
        assert [row[0] for row in rows] == ["s1-0000", "s1-0001", "s1-0002", "s1-0003"]
        assert rows[1][1:] == ["search", "improve", "wider", "ok", "0.95", "7"]
        assert [row[4] for row in rows] == ["ok", "ok", "crash", "open"]

    def test_show_of_an_experiment_has_config_outcome_and_a_harmless_log(self, shell: Shell, stored_run: Path) -> None:
        shell("show", "latest", "s1-0002")
        assert "smoothing=0.1, width=32, is_wide=False, optimiser=adam" in shell.out
        assert "exit code 1" in shell.out
        assert shell.out.endswith("epoch 2\nTraceback: boom\n")
        assert "\x1b" not in shell.out

    def test_show_of_an_unknown_experiment_says_what_there_is(self, shell: Shell, stored_run: Path) -> None:
        shell("show", "latest", "s9-0000")
        assert (shell.code, "s1-0000 to s1-0003" in shell.err) == (2, True)

    @pytest.mark.parametrize(
        "arguments",
        [
            ("status",),
            ("list",),
            ("show", "latest"),
            ("show", "latest", "s1-0002"),
            ("tree", "latest"),
            ("compare", "latest", "latest"),
            ("templates",),
            ("doctor",),
        ],
    )
    def test_json_is_one_document(self, shell: Shell, stored_run: Path, arguments: tuple[str, ...]) -> None:
        assert shell(*arguments, "--json").json
        assert shell.out.count("\n") == 1

    def test_templates_and_doctor_speak_plainly_too(self, shell: Shell) -> None:
        assert "digits_classifier" in shell("templates").out
        assert "Python" in shell("doctor").out


class TestStart:
    """What a process loads and how long it takes to say hello."""

    def test_help_loads_nothing_heavy(self) -> None:
        heavy = {"pydantic", "rich", "sqlalchemy", "numpy", "torch", "langgraph", "litellm", "matplotlib"}
        assert not heavy & _loaded_by("--help")

    def test_status_and_show_load_no_graph_and_no_model(self, shell: Shell, stored_run: Path) -> None:
        for arguments in (
            ("status",),
            ("show", "latest"),
            ("tree", "--html", "tree.html"),
            ("compare", "latest", "latest"),
        ):
            assert not {"langgraph", "litellm", "torch", "numpy", "matplotlib"} & _loaded_by(*arguments)

    def test_help_answers_at_once(self) -> None:
        assert min(_cpu_s("--help") for _ in range(3)) < 1.0

    def test_version_and_the_entry_point(self) -> None:
        done = subprocess.run(_command("--version"), capture_output=True, text=True, check=True)
        assert done.stdout.startswith("naturalist 0.")

    def test_a_reader_that_goes_away_is_no_bug(self, shell: Shell, stored_run: Path) -> None:
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(_command("list"), stdout=write, stderr=subprocess.PIPE, text=True, check=False)
        os.close(write)
        assert done.stderr == ""


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from agents.cli.main import main; main()", *arguments]


def _cpu_s(*arguments: str) -> float:
    """Seconds of processor time, which other programs on the machine do not stretch as they do the clock's."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(_command(*arguments), capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _loaded_by(*arguments: str) -> set[str]:
    code = "import atexit, sys\natexit.register(lambda: sys.stderr.write(' '.join(sys.modules)))\n"
    code += "from agents.cli.main import main\nmain()"
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stderr.split()}
