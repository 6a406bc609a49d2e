"""Every operation of the journal at 100, 1,000 and 10,000 experiments, in SQLite and in PostgreSQL.

    python -m bench.journal [--sizes 100 1000 10000] [--repeats 300]

One thread, one study; PostgreSQL is Debian's, started for this on loopback. The ratio is the median over that at the
smallest size of the same run and database: an operation that does not slow down stays near 1.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from agents.schema import Experiment, Outcome
from agents.store.journal import SqlJournal
from agents.store.place import Place, check_store, sqlite_url
from tests.agents.store.samples import make_experiment, make_outcome, make_plan
from tests.postgres import lacking, running_server

_OUTCOME: Outcome = make_outcome(0.5)
_FAR = 10**9


def fill(journal: SqlJournal, count: int) -> None:
    """Put that many finished search experiments into the journal, claimed as lanes would."""
    journal.register(make_plan())
    for _ in range(count):
        _advance(journal)


def _advance(journal: SqlJournal) -> Experiment:
    index = journal.claim("s1", 0, _FAR)
    experiment = make_experiment(index or 0)
    journal.record(experiment)
    journal.finish(experiment.id, _OUTCOME)
    return experiment


def time_operations(place: Place, repeats: int) -> dict[str, list[float]]:
    """Milliseconds of each operation, `repeats` times, by a new process's eyes; it adds as many experiments."""
    times: dict[str, list[float]] = {}

    def timed(name: str, operation: Callable[[], object]) -> None:
        begun = time.perf_counter()
        operation()
        times.setdefault(name, []).append((time.perf_counter() - begun) * 1000)

    journal = SqlJournal(*place)
    timed("first experiments()", journal.experiments)
    for _ in range(repeats):
        timed("claim", lambda: journal.claim("s1", 0, _FAR))
        experiment = make_experiment(journal.claim("s1", 0, _FAR) or 0)
        timed("hold", lambda of=experiment: journal.hold("s1", of.index, 0))
        timed("record", lambda of=experiment: journal.record(of))
        timed("get, open", lambda of=experiment: journal.get(of.id))
        timed("finish", lambda of=experiment: journal.finish(of.id, _OUTCOME))
        timed("experiments(study, stage)", lambda: journal.experiments("s1", "search"))
        timed("get, finished", lambda of=experiment: journal.get(of.id))
    journal.close()
    return times


@contextmanager
def places() -> Generator[dict[str, Callable[[], Place]]]:
    """How to make an empty place in each database that this machine has."""
    with tempfile.TemporaryDirectory() as folder:
        made: dict[str, Callable[[], Place]] = {"sqlite": lambda: Place(sqlite_url(Path(folder, f"{uuid4().hex}.db")))}
        if reason := lacking():
            print(f"no figures for PostgreSQL: {reason}")
            yield made
            return
        with running_server() as server:
            url = check_store(server.make_database())
            yield made | {"postgresql": lambda: Place(url, uuid4().hex)}


def report(database: str, size: int, times: dict[str, list[float]], baseline: dict[str, list[float]]) -> None:
    for name, taken in times.items():
        median = statistics.median(taken)
        p99 = statistics.quantiles(taken, n=100)[98] if len(taken) > 1 else taken[0]
        ratio = median / statistics.median(baseline[name])
        print(f"{database:<12}{size:>7}  {name:<27}{median:>9.2f}{p99:>9.2f}{ratio:>8.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--repeats", type=int, default=300)
    args = parser.parse_args()
    print(f"{'database':<12}{'rows':>7}  {'operation':<27}{'p50 ms':>9}{'p99 ms':>9}{'ratio':>8}")
    with places() as makers:
        for database, make in makers.items():
            baseline: dict[str, list[float]] = {}
            for size in sorted(args.sizes):
                place = make()
                journal = SqlJournal(*place)
                fill(journal, size)
                journal.close()
                times = time_operations(place, args.repeats)
                baseline = baseline or times
                report(database, size, times, baseline)


if __name__ == "__main__":
    main()
