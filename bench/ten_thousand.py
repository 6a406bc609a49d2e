"""A run of 10,000 experiments: what journal operations take, how much memory the driver needs, how fast it resumes.

    python -m bench.ten_thousand [--experiments 10000] [--seconds 0.1] [--url postgresql://USER@HOST/DB]

Everything is real (command line, graph, lanes, journal, checkpoints, events, evidence, paper without TeX) but the
experiments: they are done in the driver's own process, so that the house is measured and not the start of programs.
Each waits for `--seconds` as a driver waits for a program. The driver is killed (SIGKILL) when half of the search is
done, then resumed. Shown are the figures of the second session; "raw commit" is one row written to a SQLite file of its
own in the same process, now and then in between, which tells the machine's part.
"""

import argparse
import contextlib
import functools
import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag
from threading import Lock
from typing import Any, NamedTuple

from agents.cli import session
from agents.errors import Interrupted
from agents.events import Event, ExperimentFinished, ExperimentStarted, StageFinished
from agents.experiments.seal import SEALED, hash_artefacts
from agents.sandbox.process import ProcessSandbox
from agents.schema import Command, Completion
from agents.store.event_log import EventLog, read_events
from agents.store.journal import SqlJournal

ROOT = Path(__file__).parents[1]
TOY = ROOT / "tests" / "toy_template"
OPERATIONS = ("claim", "hold", "record", "finish", "get", "experiments", "registration")
SECONDS = "NATURALIST_BENCH_SECONDS"
_RAW_EVERY = 20
_OK = Completion(status="ok", exit_code=0, wall_s=0.001)


class Taken(NamedTuple):
    """What a call took, in milliseconds: by the clock, and of the processor."""

    wall_ms: float
    cpu_ms: float


class InlineSandbox:
    """Does what the toy template's experiment.py and evaluate.py do, without starting a program; starts any other."""

    name = "inline"
    guarantees = ("nothing at all",)

    def __init__(self) -> None:
        self._process = ProcessSandbox()

    def run(self, command: Command, stop: Flag) -> Completion:
        if stop.is_set():
            raise Interrupted("the run was asked to stop")
        given = dict(zip(command.argv, command.argv[1:], strict=False))
        if "--config" in given:
            if stop.wait(float(os.environ.get(SECONDS, "0"))):
                raise Interrupted("the run was asked to stop")
            _experiment(Path(given["--out"]), Path(given["--config"]), given["--seed"])
        elif "--artefacts" in given:
            _evaluate(Path(given["--out"]), Path(given["--artefacts"]), f"{given['--split']}/{given['--seed']}")
        else:
            return self._process.run(command, stop)
        return _OK

    def close(self) -> None:
        self._process.close()


def _experiment(out: Path, config: Path, seed: str) -> None:
    knobs = json.loads(config.read_text())
    noise = random.Random(f"{seed}/{knobs}").gauss(0, 0.02)
    (out / "result.json").write_text(json.dumps({"boost": knobs["boost"], "noise": noise}))
    (out / "curve.csv").write_text("x,y\n0,0\n1,1\n")


def _evaluate(out: Path, artefacts: Path, seed: str) -> None:
    result = json.loads((artefacts / "result.json").read_text())
    score = 1 + result["boost"] + result["noise"] + random.Random(seed).gauss(0, 0.02)
    (out / SEALED).write_text(json.dumps(hash_artefacts(artefacts)))
    (out / "metrics.json").write_text(json.dumps({"score": score, "noise": abs(result["noise"])}))


def drive(home: Path, experiments: int, lanes: int, url: str) -> None:
    """Start the run of `home` or go on with it, and leave figures.json there."""
    times = _time_operations(home / "raw.db")
    memory = _watch_memory()
    begun = time.process_time()
    with (home / "output.txt").open("a") as output, contextlib.redirect_stdout(output):
        if folder := _run_folder(home):
            code = session.resume(
                folder, start_at=None, study=None, is_alone=False, approve=None, as_json=False, engine=None
            )
        else:
            code = session.start(_flags(home, experiments, lanes, url), as_json=False, engine=None)
    figures = {"times": times, "memory": memory | {"end": _peak_memory_mb()}, "cpu_s": time.process_time() - begun}
    (home / "figures.json").write_text(json.dumps(figures))
    sys.exit(code)


def _flags(home: Path, experiments: int, lanes: int, url: str) -> dict[str, Any]:
    return {
        "topic": "Does boost raise the toy score?", "template": str(TOY), "generations": 1, "ideas": 1,
        "search.experiments": experiments, "sandbox.backend": "bench.ten_thousand:InlineSandbox",
        "sandbox.slots": lanes, "workspace": home / "workspace", "papers": home / "papers",
        "paper.is_typeset": False, "store.url": url,
    }  # fmt: skip


def _time_operations(raw: Path) -> dict[str, list[Taken]]:
    """Wrap the journal's operations; the lists fill up. After some of them comes a raw commit."""
    times: dict[str, list[Taken]] = {name: [] for name in (*OPERATIONS, "raw commit")}
    for name in OPERATIONS:
        setattr(SqlJournal, name, _timed(getattr(SqlJournal, name), times[name]))
    commit = _timed(_raw_commit(raw), times["raw commit"])
    finish = SqlJournal.finish

    def finish_and_commit(*given: Any, **named: Any) -> None:
        finish(*given, **named)
        if len(times["finish"]) % _RAW_EVERY == 0:
            commit()

    SqlJournal.finish = finish_and_commit
    return times


def _raw_commit(path: Path) -> Callable[[], None]:
    """One row as long as an experiment's, committed by the driver's own module with the journal's settings."""
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL"):
        connection.execute(statement)
    connection.execute("CREATE TABLE IF NOT EXISTS raw (document TEXT)")
    lock = Lock()

    def commit() -> None:
        with lock:
            connection.execute("INSERT INTO raw VALUES (?)", ("x" * 700,))

    return commit


def _timed(operation: Callable[..., Any], kept: list[Taken]) -> Callable[..., Any]:
    @functools.wraps(operation)
    def call(*given: Any, **named: Any) -> Any:
        begun, worked = time.perf_counter(), time.thread_time()
        try:
            return operation(*given, **named)
        finally:
            kept.append(Taken((time.perf_counter() - begun) * 1000, (time.thread_time() - worked) * 1000))

    return call


def _watch_memory() -> dict[str, float]:
    """The peak by the end of each stage; and a line for each thousand experiments, to see what slows down."""
    memory: dict[str, float] = {}
    emit, finished = EventLog.emit, 0

    def watch(self: EventLog, event: Event) -> None:
        nonlocal finished
        emit(self, event)
        if isinstance(event, StageFinished):
            memory[event.node] = _peak_memory_mb()
        finished += isinstance(event, ExperimentFinished)
        if isinstance(event, ExperimentFinished) and finished % 1000 == 0:
            line = f"{finished} finished, {time.process_time():.0f} s of processor, {_peak_memory_mb():.0f} MB"
            print(line, file=sys.stderr, flush=True)

    EventLog.emit = watch
    return memory


def _peak_memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _run_folder(home: Path) -> Path | None:
    return next((home / "workspace").glob("2*"), None)


def _begin(home: Path, args: argparse.Namespace) -> subprocess.Popen[bytes]:
    given = ["--experiments", str(args.experiments), "--lanes", str(args.lanes), "--url", args.url]
    command = [sys.executable, "-m", "bench.ten_thousand", "--drive", str(home), *given]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, SECONDS: str(args.seconds)})


def _count_finished(home: Path) -> int:
    folder = _run_folder(home)
    log = folder / "events.jsonl" if folder else None
    return log.read_bytes().count(b'"event":"experiment_finished"') if log and log.exists() else 0


def _wait_for_start(home: Path, killed_at: float) -> float:
    """When the resumed session started its first experiment."""
    folder = _run_folder(home)
    assert folder is not None
    while True:
        with (folder / "events.jsonl").open("rb") as log:
            log.seek(max(0, (folder / "events.jsonl").stat().st_size - 20_000))
            tail = log.read().splitlines()[1:]
        (home / "tail.jsonl").write_bytes(b"\n".join(tail))
        starts = [event.at for event in read_events(home / "tail.jsonl") if isinstance(event, ExperimentStarted)]
        if starts and max(starts) > killed_at:
            return min(at for at in starts if at > killed_at)
        time.sleep(0.02)


def _run_and_kill(home: Path, args: argparse.Namespace) -> None:
    driver, begun = _begin(home, args), time.time()
    while driver.poll() is None and _count_finished(home) < args.experiments / 2:
        time.sleep(0.5)
    if driver.poll() is not None:
        raise SystemExit("the first session ended before it could be killed")
    driver.kill()
    driver.wait()
    print(f"killed after {_count_finished(home)} experiments, {time.time() - begun:.0f} s", flush=True)


def _resume(home: Path, args: argparse.Namespace) -> None:
    begun = time.time()
    driver = _begin(home, args)
    print(f"resumed: first new experiment after {_wait_for_start(home, begun) - begun:.1f} s", flush=True)
    if driver.wait():
        raise SystemExit("the resumed session failed")
    print(f"resumed session: {time.time() - begun:.0f} s to the end of the run")


def _line(name: str, times: list[Taken], raw_ms: float) -> str:
    """Median and 99th percentile by the clock and of the processor; the median over that of a raw commit."""
    if len(times) < 2:
        return f"{name:<14}{len(times):>8}"
    wall, cpu = (statistics.quantiles(column, n=100) for column in zip(*times, strict=True))
    most = max(taken.wall_ms for taken in times)
    shown = f"{wall[49]:>9.2f}{wall[98]:>9.2f}{most:>9.1f}{cpu[49]:>9.2f}{cpu[98]:>9.2f}{wall[49] / raw_ms:>8.1f}"
    return f"{name:<14}{len(times):>8}{shown}"


def _report(home: Path) -> None:
    figures = json.loads((home / "figures.json").read_text())
    print(
        f"{'operation':<14}{'calls':>8}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}{'cpu p50':>9}{'cpu p99':>9}{'ratio':>8}"
    )
    raw = statistics.median(wall for wall, _ in figures["times"]["raw commit"])
    for name, times in figures["times"].items():
        print(_line(name, [Taken(*taken) for taken in times], raw))
    print(f"processor time of the driver: {figures['cpu_s']:.0f} s")
    print("peak memory of the driver, MB:", ", ".join(f"{at} {mb:.0f}" for at, mb in figures["memory"].items()))
    folder = _run_folder(home)
    assert folder is not None
    for path in (*sorted(folder.glob("*.db")), folder / "events.jsonl", *folder.glob("papers/s1/*.*")):
        if path.stat().st_size > 100_000:
            print(f"{path.relative_to(folder)}: {path.stat().st_size / 1e6:.1f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiments", type=int, default=10_000)
    parser.add_argument("--lanes", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=0.1, help="what an experiment takes")
    parser.add_argument("--home", type=Path, help="an empty folder to leave the run in")
    parser.add_argument("--url", default="", help="a PostgreSQL database; without it SQLite files")
    parser.add_argument("--drive", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.drive:
        drive(args.drive, args.experiments, args.lanes, args.url)
        return
    with tempfile.TemporaryDirectory() as scratch:
        home = args.home or Path(scratch)
        _run_and_kill(home, args)
        _resume(home, args)
        _report(home)


if __name__ == "__main__":
    main()
