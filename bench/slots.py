"""Do slots ever idle? Busy fraction of the execution slots while experiments of very different lengths run.

    python -m bench.slots --jobs 48 --lanes 16 --slots 2 --scale 1.0

The experiments are those of tests/toy_template, slowed down: each sleeps 0.5 to 20 s (log-uniform, drawn from its id;
times `--scale`), and imports numpy as every real one does. They run twice: as a batch, as in a confirmation, and as a
whole run from its topic to its paper, where the lanes of the graph search. Executor, sandbox, journal, events are real.

Busy is the experiments' own time over slots times the time from the first start to the last end, as the run's events
tell it: starting interpreters, evaluating, judging and book-keeping count as idle, and so does the end, where one slot
has nothing left to do. The second figure leaves the end out: it stops when the last experiment starts.
"""

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from threading import Event as Flag
from typing import NamedTuple

from agents.compose import compose_services
from agents.events import Event, ExperimentFinished, ExperimentStarted
from agents.experiments.arms import Planned
from agents.experiments.batch import run_batch
from agents.files import sha256_text
from agents.run import start_run
from agents.schema import Experiment, Template, experiment_id
from agents.settings import Settings, resolve_settings
from agents.slots import experiment_source
from templates import load_template

TOY = Path(__file__).parents[1] / "tests" / "toy_template"
SHORTEST_S, LONGEST_S = 0.5, 20.0
SLEEP = """
length = random.Random(args.out.parent.name)
time.sleep({scale} * {low} * ({high} / {low}) ** length.random())
rng = random.Random("""


class Busy(NamedTuple):
    """How busy the slots were: from first start to last end, and only until the last experiment started."""

    experiments: int
    mean_s: float
    makespan_s: float
    whole: float
    until_last_start: float


class Times:
    """Keeps when experiments of one stage began and ended, from the events of a run."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.begun: list[float] = []
        self.spans: list[tuple[float, float]] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, ExperimentStarted) and event.stage == self.stage:
            self.begun.append(event.at)
        if isinstance(event, ExperimentFinished) and event.stage == self.stage:
            self.spans.append((event.at - event.wall_s, event.at))

    def measure(self, slots: int) -> Busy:
        lengths = [end - start for start, end in self.spans]
        begin, end, last = min(self.begun), max(end for _, end in self.spans), max(start for start, _ in self.spans)
        early = sum(min(end, last) - start for start, end in self.spans)
        return Busy(
            experiments=len(lengths),
            mean_s=statistics.fmean(lengths),
            makespan_s=end - begin,
            whole=sum(lengths) / (slots * (end - begin)),
            until_last_start=early / (slots * (last - begin)),
        )


def slow_template(home: Path, scale: float) -> Template:
    """A copy of the toy template whose experiments sleep for a while that their id decides."""
    folder = Path(shutil.copytree(TOY, home / "slow"))
    program, settings = folder / "experiment.py", folder / "template.toml"
    for path in (program, folder / "evaluate.py"):
        path.write_text(path.read_text().replace("import argparse\n", "import argparse\nimport numpy\n", 1))
    slow = SLEEP.format(scale=scale, low=SHORTEST_S, high=LONGEST_S)
    program.write_text(program.read_text().replace("\nrng = random.Random(", slow, 1))
    settings.write_text(settings.read_text().replace("timeout_s = 10.0", "timeout_s = 120.0"))
    return load_template(folder)


def make_settings(home: Path, args: argparse.Namespace) -> Settings:
    return resolve_settings(
        {
            "topic": "Does boost raise the toy score?",
            "template": str(home / "slow"),
            "generations": 1,
            "ideas": 1,
            "search.experiments": args.jobs,
            "search.lanes": args.lanes,
            "search.lag": args.lag or 2 * args.lanes,
            "confirm.seeds": 3,
            "sandbox.backend": "process",
            "sandbox.slots": args.slots,
            "sandbox.gpus": [],
            "workspace": home / "workspace",
            "papers": home / "papers",
            "paper.is_typeset": False,
        },
        project_file=home / "none.toml",
    )


def plan_batch(template: Template, count: int) -> Sequence[Planned]:
    code = experiment_source(template)
    made = (
        Experiment(
            id=experiment_id("s1", index), study="s1", index=index, stage="confirm", change="none",
            config=template.baseline, code_sha256=sha256_text(code), seed=index, split="confirm", researcher="nobody",
        )
        for index in range(count)
    )  # fmt: skip
    return [(experiment, code) for experiment in made]


def time_batch(home: Path, template: Template, args: argparse.Namespace) -> Busy:
    folder, times = home / "batch", Times("confirm")
    folder.mkdir()
    with compose_services(folder, make_settings(home, args), template, Flag(), times) as services:
        run_batch(services, plan_batch(template, args.jobs))
    return times.measure(args.slots)


def time_run(home: Path, args: argparse.Namespace) -> Busy:
    times = Times("search")
    start_run(make_settings(home, args), times)
    return times.measure(args.slots)


def show(name: str, busy: Busy) -> None:
    counted = f"{busy.experiments} experiments of {busy.mean_s:.2f} s on average in {busy.makespan_s:.1f} s"
    print(f"{name}: {counted}: {busy.whole:.1%} busy, {busy.until_last_start:.1%} until the last started", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=48)
    parser.add_argument("--lanes", type=int, default=16)
    parser.add_argument("--lag", type=int, default=0, help="0 takes twice the lanes")
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the length of every experiment")
    parser.add_argument("--only", choices=["batch", "lanes"])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        template = slow_template(home, args.scale)
        if args.only != "lanes":
            show("batch", time_batch(home, template, args))
        if args.only != "batch":
            show(f"{args.lanes} lanes of the graph", time_run(home, args))


if __name__ == "__main__":
    main()
