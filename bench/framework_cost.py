"""What Naturalist itself takes per model call, beside the model's service and the experiments.

Run by itself on a quiet machine: `python -m bench.framework_cost [--asks 100] [--experiments 12]`; prints JSON. The
service is a server on loopback that answers at once from a script; its own time is taken off. A run has parts that do
not grow with its calls (figures, imports), so a run three times as long tells what one call more takes. Processor time,
that of experiments not counted, holds on a busy machine too.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Any

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
    given = parser.parse_args()
    asks = measure_asks(given.asks)
    measure_run(2)  # loads what is loaded once
    short, long = measure_run(given.experiments), measure_run(3 * given.experiments)
    more = {
        name: round((long[f"{name}_s"] - short[f"{name}_s"]) / (long["calls"] - short["calls"]) * 1000, 1)
        for name in ("wall", "processor")
    }
    result = {**asks, "short_run": short, "long_run": long, "ms_per_call_more": more, "goal_ms": GOAL_MS}
    print(json.dumps(result, indent=1))


def measure_asks(count: int) -> dict[str, float]:
    """Medians over questions asked one after another: through LiteLLM and HTTP, and of our own part of it alone."""
    task = JudgeNovelty(idea=DOSE, sources=(), earlier=())
    kept = _Calls()
    with serve(choose=study_the_toy) as server:
        through = _time(LiteLlmModel("openai/scripted", kept, 1.0, server.url).ask, task, count)
    endpoint = RecordedEndpoint("openai/scripted", 16_384, {}, Recording(kept.calls))
    own = _time(ReplayedModel(LiteLlmModel("openai/scripted", CallMemory(), 1.0, endpoint=endpoint)).ask, task, count)
    return {"ask_ms": round(through, 2), "ask_own_part_ms": round(own, 3)}


def measure_run(experiments: int) -> dict[str, float]:
    """A whole run of the toy template, one lane and one slot: its time without that of service and experiments."""
    flags = {"search.experiments": experiments, "search.lanes": 1, "search.lag": 1, "sandbox.slots": 1}
    model = {"model": "openai/scripted", "sandbox.backend": "process", "sandbox.is_weak_allowed": True}
    service = Timed(study_the_toy)
    with tempfile.TemporaryDirectory(prefix="naturalist-bench-") as home, serve(choose=service) as server:
        settings = toy_settings(Path(home), api_base=server.url, **{**flags, **model})
        begun, begun_cpu = time.perf_counter(), time.process_time()
        folder = start_run(settings, ignore).folder
        total_s, processor_s = time.perf_counter() - begun, time.process_time() - begun_cpu
        done = experiments_of(folder)
        with closing(CallLog(sqlite_url(folder / "calls.db"))) as log:
            calls = len(log.calls())
    experiment_s = sum(each.outcome.wall_s for each in done if each.outcome)
    found = {"wall": total_s - service.total_s - experiment_s, "processor": processor_s - service.total_s}
    per_call = {f"{name}_ms_per_call": round(1000 * value / calls, 1) for name, value in found.items()}
    seconds = {f"{name}_s": round(value, 3) for name, value in found.items()}
    return {"calls": calls, "experiments": len(done), "experiments_s": round(experiment_s, 2), **seconds, **per_call}


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
