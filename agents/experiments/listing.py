"""Which experiments of a study its ledger and its paper list one by one: all of them, or of a long search a few.

Counts and means rest on all experiments whatever is listed, and experiments.json beside the paper holds them all.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from agents.experiments.findings import Findings
from agents.schema import Experiment, KnobValue

MOST_LISTED = 300
"""Studies up to this size list every experiment."""
BEST, WORST, FAILED = 40, 20, 20


def listed_experiments(study: Findings) -> list[Experiment]:
    """All experiments in order; of a large study those of confirmation and ablation, and the search in outline.

    The outline is the baseline, the way to the winner, the best and the worst of the successful nodes, the first failed
    ones, and the first node, and the first successful one, at each level that the template names and at either end of
    what was tried; each with the repeats that measured it again.
    """
    if len(study.experiments) <= MOST_LISTED:
        return study.experiments
    kept = {node.id for node in _outline(study)}
    kept |= {run.id for run in study.repeats if run.parent in kept}
    return [run for run in study.experiments if run.stage != "search" or run.id in kept]


def _outline(study: Findings) -> Iterator[Experiment]:
    yield from study.nodes[:1]
    yield from _way_to_the_winner(study)
    scored = [(node.value(study.metric.name), node) for node in study.nodes]
    gains = [(study.metric.gain(value, 0.0), node.index, node) for value, node in scored if value is not None]
    ranked = [node for *_, node in sorted(gains, key=lambda gain: gain[:2])]
    yield from (*ranked[:WORST], *ranked[-BEST:])
    yield from islice((node for node in study.nodes if node.outcome and not node.outcome.is_ok), FAILED)
    for name in study.plan.searched:
        yield from _first_at_levels(study, name, study.nodes)
        yield from _first_at_levels(study, name, [node for node in study.nodes if node.outcome and node.outcome.is_ok])


def _way_to_the_winner(study: Findings) -> Iterator[Experiment]:
    """The winner and what it was built on, the nearest first; of a long way that many."""
    by_id = {node.id: node for node in study.nodes}
    node = study.winner
    for _ in range(BEST):
        if node is None:
            return
        yield node
        node = by_id.get(node.parent or "")


def _first_at_levels(study: Findings, name: str, nodes: Sequence[Experiment]) -> Iterator[Experiment]:
    first: dict[KnobValue, Experiment] = {}
    for node in nodes:
        first.setdefault(node.config.get(name, ""), node)
    knob = study.template.knob(name)
    named = [value for value in (*knob.values, knob.default) if value in first]
    yield from (first[value] for value in (*named, *_ends(tuple(first))))


def _ends(values: Sequence[KnobValue]) -> tuple[KnobValue, ...]:
    """The lowest and the highest number among the values."""
    numbers = [value for value in values if isinstance(value, int | float)]
    return (min(numbers), max(numbers)) if numbers else ()
