"""Search policies on real templates: whole runs of the built-in researcher, in the sandbox, judged on fresh seeds.

    python -m bench.search.real --policies best_first,greedy_drafts --templates digits_classifier --seeds 3 --budget 12

Prints the best of the search's own metric after so many experiments, and the gain of the winner over its control on
fresh seeds and another split. Only the second is free of the search's luck. A run takes minutes.
"""

import argparse
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import accumulate, product
from pathlib import Path
from typing import NamedTuple

from agents.errors import UserError
from agents.events import Event
from agents.nodes.artefacts import read_record
from agents.run import start_run
from agents.schema import Evidence, Metric
from agents.settings import Settings, resolve_settings
from agents.store.journal import SqlJournal
from agents.store.place import find_place
from bench.search.policies import read_form, split_names
from templates import find_template

_WORST = float("-inf")


class RealCourse(NamedTuple):
    """Best gain over the baseline node, as the search saw it, after each experiment; and the confirmed gain."""

    best: list[float]
    confirmed: float | None
    verdict: str

    def after(self, experiments: int) -> float:
        """The best after so many; a search ends sooner where its idea has fewer settings, and its end counts then."""
        return self.best[min(experiments, len(self.best)) - 1]


def run_real(home: Path, template: str, policy: str, seed: int, budget: int) -> RealCourse:
    """One study of a template's first choice of idea, without a typeset paper."""
    settings = _settings(home, template, policy, seed, budget)
    result = start_run(settings, _ignore)
    evidence = read_record(result.folder / "papers" / "s1" / "evidence.json", Evidence)
    with closing(SqlJournal(*find_place(result.folder, settings.store.url))) as journal:
        nodes = sorted(journal.experiments("s1", "search"), key=lambda node: node.index)
    metric = find_template(template).metric
    gains = best_gains(metric, [node.value(metric.name) for node in nodes])
    effect = evidence.quantities.get("effect.primary")
    return RealCourse(gains, effect.value if effect else None, evidence.verdict.label)


def best_gains(metric: Metric, values: Sequence[float | None]) -> list[float]:
    """Best gain so far over the first value that there is; minus infinity before it."""
    baseline = next((value for value in values if value is not None), 0.0)
    return list(accumulate((_WORST if value is None else metric.gain(value, baseline) for value in values), max))


def real_lines(templates: Sequence[str], policies: Sequence[str], seeds: int, budget: int) -> Iterator[str]:
    """One line per run, then means per template and policy."""
    counts = sorted({max(1, budget // 4), max(1, budget // 2), budget})
    for template, policy in product(templates, policies):
        metric, courses = find_template(template).metric, list[RealCourse]()
        for seed in range(seeds):
            with tempfile.TemporaryDirectory() as home:
                courses.append(run_real(Path(home), template, policy, seed, budget))
            yield f"{template} {policy} seed {seed}: {_shown(courses[-1:], counts)}, {courses[-1].verdict}"
        yield f"{template} {policy} mean of {seeds}: {_shown(courses, counts)} ({metric.label}, gain)"


def _shown(courses: Sequence[RealCourse], counts: Sequence[int]) -> str:
    searched = [f"{count}: {statistics.fmean(each.after(count) for each in courses):+.4g}" for count in counts]
    confirmed = [each.confirmed for each in courses if each.confirmed is not None]
    return f"{', '.join(searched)}; confirmed {statistics.fmean(confirmed):+.4g}" if confirmed else ", ".join(searched)


def _settings(home: Path, template: str, policy: str, seed: int, budget: int) -> Settings:
    name, options = read_form(policy)
    return resolve_settings(
        {
            "topic": "What helps?",
            "template": template,
            "seed": seed,
            "generations": 1,
            "search.policy": name,
            "search.options": options,
            "search.experiments": budget,
            "workspace": home / "workspace",
            "papers": home / "papers",
            "paper.is_typeset": False,
        },
        project_file=home / "none.toml",
    )


def _ignore(_: Event) -> None:
    """Everything is read from the run's folder."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policies", default="best_first,greedy_drafts,repeated")
    parser.add_argument("--templates", default="digits_classifier")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--budget", type=int, default=12, help="experiments of the search, the baseline included")
    args = parser.parse_args()
    try:
        for line in real_lines(split_names(args.templates), split_names(args.policies), args.seeds, args.budget):
            print(line, flush=True)
    except UserError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
