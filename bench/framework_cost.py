"""What Naturalist itself takes per model call, beside the model's service and the experiments.

Run by itself on a quiet machine: `python -m bench.framework_cost [--asks 100] [--experiments 12]`; prints JSON. The
service is a server on loopback that answers at once from a script; its own time is taken off. A run has parts that do
not grow with its calls (figures, imports), so a run three times as long tells what one call more takes. `free_run` goes
without a template, `fresh_process` counts a process from its start on, with all that it imports. Processor time, that
of experiments not counted, holds on a busy machine too. `wall` takes off what experiment.py itself ran; `beside` all
the time in which an experiment was under way, with the start of its sandbox and its evaluator.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Any, TypedDict

from agents.llm.model import LiteLlmModel
from agents.llm.recording import RecordedEndpoint, Recording, ReplayedModel
from agents.review_models import CallMemory
from agents.run import start_run
from agents.schema import ModelCall
from agents.store.calls import CallLog
from agents.store.database import sqlite_url
from agents.tasks import JudgeNovelty
from tests.agents.llm.chat_server import Reply, serve
from tests.agents.scripted import DOSE
from tests.e2e.scripted_server import study_the_toy
from tests.e2e.toy import experiments_of, ignore, toy_settings

GOAL_MS = 50.0
FREE: Mapping[str, Any] = {"template": None, "free.is_on": True, "ideas": 1, "confirm.seeds": 3}


class Timed:
    """Answers as another function does and adds up how long it takes."""

    def __init__(self, answer: Callable[[dict[str, Any]], Reply]) -> None:
        self._answer = answer
        self._lock = Lock()
        self.total_s = 0.0

    def __call__(self, request: dict[str, Any]) -> Reply:
        begun = time.perf_counter()
        reply = self._answer(request)
        with self._lock:
            self.total_s += time.perf_counter() - begun
        return reply


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--asks", type=int, default=100)
    parser.add_argument("--experiments", type=int, default=12)
    parser.add_argument("--fresh", metavar="URL", help="one run with the service there, for fresh_process")
    given = parser.parse_args()
    if given.fresh:
        print(json.dumps(run_once(given.fresh, given.experiments)))
        return
    asks = measure_asks(given.asks)
    measure_run(2)  # loads what is loaded once
    short, long = measure_run(given.experiments), measure_run(3 * given.experiments)
    free, fresh = measure_run(given.experiments, is_free=True), measure_fresh(given.experiments)
    more = {
        name: round((long[f"{name}_s"] - short[f"{name}_s"]) / (long["calls"] - short["calls"]) * 1000, 1)
        for name in ("wall", "beside", "processor")
    }
    runs = {"short_run": short, "long_run": long, "free_run": free, "fresh_process": fresh}
    print(json.dumps({**asks, **runs, "ms_per_call_more": more, "goal_ms": GOAL_MS}, indent=1))


def measure_asks(count: int) -> dict[str, float]:
    """Medians over questions asked one after another: through LiteLLM and HTTP, and of our own part of it alone."""
    task = JudgeNovelty(idea=DOSE, sources=(), earlier=())
    kept = _Calls()
    with serve(choose=study_the_toy) as server:
        through = _time(LiteLlmModel("openai/scripted", kept, 1.0, server.url).ask, task, count)
    endpoint = RecordedEndpoint("openai/scripted", 16_384, {}, Recording(kept.calls))
    own = _time(ReplayedModel(LiteLlmModel("openai/scripted", CallMemory(), 1.0, endpoint=endpoint)).ask, task, count)
    return {"ask_ms": round(through, 2), "ask_own_part_ms": round(own, 3)}


class Ran(TypedDict):
    """A run as it went: its calls and experiments, the seconds that those ran and that any was under way, the processor
    seconds of the process."""

    calls: int
    experiments: int
    experiments_s: float
    under_way_s: float
    processor_s: float


def measure_run(experiments: int, *, is_free: bool = False) -> dict[str, float]:
    """A whole run, one lane and one slot: its time without that of service and experiments."""
    service = Timed(study_the_toy)
    with serve(choose=service) as server:
        begun, begun_cpu = time.perf_counter(), time.process_time()
        ran = run_once(server.url, experiments, is_free=is_free)
        total_s = time.perf_counter() - begun
    ran["processor_s"] -= begun_cpu + service.total_s  # the service is in this process
    return _figures(ran, total_s - service.total_s)


def measure_fresh(experiments: int) -> dict[str, float]:
    """A run in a process of its own, from its start to its end."""
    service = Timed(study_the_toy)
    with serve(choose=service) as server:
        command = [sys.executable, "-m", "bench.framework_cost", "--fresh", server.url]
        begun = time.perf_counter()
        said = subprocess.run([*command, "--experiments", str(experiments)], capture_output=True, text=True, check=True)
        total_s = time.perf_counter() - begun
    return _figures(json.loads(said.stdout), total_s - service.total_s)


def run_once(url: str, experiments: int, *, is_free: bool = False) -> Ran:
    """Drive a run of the toy template, or one without a template, with the service at `url`."""
    flags = {"search.experiments": experiments, "search.lanes": 1, "search.lag": 1, "sandbox.slots": 1}
    model = {"model": "openai/scripted", "sandbox.backend": "process", "sandbox.is_weak_allowed": True}
    free: Mapping[str, Any] = FREE if is_free else {}
    with tempfile.TemporaryDirectory(prefix="naturalist-bench-") as home:
        settings = toy_settings(Path(home), api_base=url, **{**free, **flags, **model})
        folder = start_run(settings, ignore).folder
        processor_s = time.process_time()
        done = experiments_of(folder)
        under_way_s = _under_way((folder / "events.jsonl").read_text().splitlines())
        with closing(CallLog(sqlite_url(folder / "calls.db"))) as log:
            calls = len(log.calls())
    experiments_s = sum(each.outcome.wall_s for each in done if each.outcome)
    return Ran(
        calls=calls, experiments=len(done), experiments_s=experiments_s, under_way_s=under_way_s,
        processor_s=processor_s,
    )  # fmt: skip


def _under_way(lines: Iterable[str]) -> float:
    """Seconds in which at least one experiment was reported as started and not yet as finished."""
    begun, open_since, total_s = set[str](), 0.0, 0.0
    for event in map(json.loads, lines):
        if event["event"] == "experiment_started":
            open_since = open_since if begun else event["at"]
            begun.add(event["experiment"])
        elif event["event"] == "experiment_finished" and event["experiment"] in begun:
            begun.remove(event["experiment"])
            total_s += 0.0 if begun else event["at"] - open_since
    return total_s


def _figures(ran: Ran, total_s: float) -> dict[str, float]:
    found = {
        "wall": total_s - ran["experiments_s"],
        "beside": total_s - ran["under_way_s"],
        "processor": ran["processor_s"],
    }
    per_call = {f"{name}_ms_per_call": round(1000 * value / ran["calls"], 1) for name, value in found.items()}
    seconds = {f"{name}_s": round(value, 3) for name, value in found.items()}
    counts = {"calls": ran["calls"], "experiments": ran["experiments"], "experiments_s": round(ran["experiments_s"], 2)}
    return {**counts, **seconds, **per_call}


class _Calls(CallMemory):
    """Keeps calls to read them again."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[ModelCall] = []

    def settle(self, reservation: str, call: ModelCall) -> None:
        super().settle(reservation, call)
        self.calls.append(call)


def _time(ask: Callable[[JudgeNovelty], Any], task: JudgeNovelty, count: int) -> float:
    """Median milliseconds; the first question loads what is loaded once, and is not counted."""
    ask(task)
    times: list[float] = []
    for _ in range(count):
        begun = time.perf_counter()
        ask(task)
        times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)


if __name__ == "__main__":
    main()
