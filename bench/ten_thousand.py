"""A run of 10,000 experiments: what journal operations take, how much memory the driver needs, how fast it resumes.

    python -m bench.ten_thousand --experiments 10000 [--url postgresql://USER@HOST/DB]

Everything is real (graph, lanes, journal, checkpoints, events, evidence, paper without TeX) but the experiments: they
are done in the driver's own process, so that the house is measured and not the start of programs. The driver is killed
(SIGKILL) when half of the search is done, then resumed. Shown are the figures of the second session.
"""

import argparse
import functools
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag
from typing import Any

from agents.errors import Interrupted
from agents.events import Event, ExperimentStarted, StageFinished
from agents.experiments.seal import SEALED, hash_artefacts
from agents.run import resume_run, start_run
from agents.sandbox.process import ProcessSandbox
from agents.schema import Command, Completion
from agents.settings import resolve_settings
from agents.store.event_log import read_events
from agents.store.journal import SqlJournal

ROOT = Path(__file__).parents[1]
TOY = ROOT / "tests" / "toy_template"
OPERATIONS = ("claim", "hold", "record", "finish", "get", "experiments", "registration")
_OK = Completion(status="ok", exit_code=0, wall_s=0.001)


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
    times = _time_operations()
    memory: dict[str, float] = {}

    def watch(event: Event) -> None:
        if isinstance(event, StageFinished):
            memory[event.node] = _peak_memory_mb()

    if folder := _run_folder(home):
        resume_run(folder, watch)
    else:
        start_run(_settings(home, experiments, lanes, url), watch)
    figures = {"times": times, "memory": memory | {"end": _peak_memory_mb()}}
    (home / "figures.json").write_text(json.dumps(figures))


def _settings(home: Path, experiments: int, lanes: int, url: str) -> Any:
    flags = {
        "topic": "Does boost raise the toy score?", "template": str(TOY), "generations": 1, "ideas": 1,
        "search.experiments": experiments, "sandbox.backend": "bench.ten_thousand:InlineSandbox",
        "sandbox.slots": lanes, "workspace": home / "workspace", "papers": home / "papers",
        "paper.is_typeset": False, "store.url": url,
    }  # fmt: skip
    return resolve_settings(flags, project_file=home / "none.toml")


def _time_operations() -> dict[str, list[float]]:
    """Wrap the journal's operations; the lists fill up with milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in OPERATIONS}
    for name, kept in times.items():
        setattr(SqlJournal, name, _timed(getattr(SqlJournal, name), kept))
    return times


def _timed(operation: Callable[..., Any], kept: list[float]) -> Callable[..., Any]:
    @functools.wraps(operation)
    def call(*given: Any, **named: Any) -> Any:
        begun = time.perf_counter()
        try:
            return operation(*given, **named)
        finally:
            kept.append((time.perf_counter() - begun) * 1000)

    return call


def _peak_memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _run_folder(home: Path) -> Path | None:
    return next((home / "workspace").glob("2*"), None)


def _session(home: Path, args: argparse.Namespace) -> subprocess.Popen[bytes]:
    given = ["--experiments", str(args.experiments), "--lanes", str(args.lanes), "--url", args.url]
    command = [sys.executable, "-m", "bench.ten_thousand", "--drive", str(home), *given]
    return subprocess.Popen(command, cwd=ROOT)


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
    session, begun = _session(home, args), time.time()
    while session.poll() is None and _count_finished(home) < args.experiments / 2:
        time.sleep(0.5)
    if session.poll() is not None:
        raise SystemExit("the first session ended before it could be killed")
    session.kill()
    session.wait()
    print(f"killed after {_count_finished(home)} experiments, {time.time() - begun:.0f} s", flush=True)


def _resume(home: Path, args: argparse.Namespace) -> None:
    begun = time.time()
    session = _session(home, args)
    print(f"resumed: first new experiment after {_wait_for_start(home, begun) - begun:.1f} s", flush=True)
    if session.wait():
        raise SystemExit("the resumed session failed")
    print(f"resumed session: {time.time() - begun:.0f} s to the end of the run")


def _report(home: Path) -> None:
    figures = json.loads((home / "figures.json").read_text())
    print(f"{'operation':<14}{'calls':>8}{'p50 ms':>10}{'p99 ms':>10}{'max ms':>10}")
    for name, times in figures["times"].items():
        if len(times) > 1:
            cuts = statistics.quantiles(times, n=100)
            print(f"{name:<14}{len(times):>8}{cuts[49]:>10.2f}{cuts[98]:>10.2f}{max(times):>10.1f}")
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
    parser.add_argument("--url", default="", help="a PostgreSQL database; without it SQLite files")
    parser.add_argument("--drive", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.drive:
        drive(args.drive, args.experiments, args.lanes, args.url)
        return
    with tempfile.TemporaryDirectory() as home:
        _run_and_kill(Path(home), args)
        _resume(Path(home), args)
        _report(Path(home))


if __name__ == "__main__":
    main()
