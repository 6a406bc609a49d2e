"""Predictions to a Report: every set of papers that a group was asked about, judged by each group that knows it."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from reviewer.errors import ReviewerError
from reviewer.report.criteria import Criterion, judge
from reviewer.report.figures import Difference, Figures
from reviewer.report.metrics import compare, evaluate
from reviewer.report.predictions import Prediction, Provenance
from reviewer.report.reliability import Bin, Coverage, bin_reliability, measure_coverage
from reviewer.schema import Record


class GroupReport(Record):
    """One group on one set of papers; `differences` by baseline. `criteria` stand with the group's whole set alone."""

    name: str
    figures: Figures
    differences: dict[str, Difference]
    reliability: tuple[Bin, ...]
    coverage: Coverage
    criteria: tuple[Criterion, ...] = ()


class Cohort(Record):
    """A set of `n` papers, by split, with every group that said something of all of them, and the baselines on it."""

    n: int
    n_accepted: int
    splits: dict[str, int]
    groups: tuple[GroupReport, ...]
    baselines: dict[str, Figures]


class Report(Record):
    provenance: Provenance
    cohorts: tuple[Cohort, ...]


Group = dict[str, Prediction]
"""One group's predictions by id of the paper."""


def summarise(
    predictions: Sequence[Prediction], baselines: Mapping[str, Mapping[str, float]], provenance: Provenance
) -> Report:
    """Judge predictions and baselines (name -> id -> P(accept)); the largest set of papers comes first.

    A group that was asked about few papers is set beside the others on those papers. Raises ReviewerError where there
    is nothing to judge, or a baseline lacks a paper.
    """
    if not predictions:
        raise ReviewerError("no paper to report on: each needs a body and a decision")
    groups = gather(predictions)
    _require_all({one.id for one in predictions}, baselines)
    return Report(
        provenance=provenance,
        cohorts=tuple(_judge_cohort(ids, groups, baselines, provenance) for ids in split_cohorts(groups)),
    )


def gather(predictions: Sequence[Prediction]) -> dict[str, Group]:
    """Predictions by group and id, in order; ReviewerError for a paper that comes twice in one."""
    groups: dict[str, Group] = {}
    for one in predictions:
        group = groups.setdefault(one.group, {})
        if one.id in group:
            raise ReviewerError(f"paper {one.id} was predicted twice by {one.group!r}; give each paper once")
        group[one.id] = one
    return groups


def split_cohorts(groups: Mapping[str, Group]) -> list[tuple[str, ...]]:
    """The distinct sets of papers, each in its first group's order, the largest first."""
    found = {frozenset(group): tuple(group) for group in groups.values()}
    return sorted(found.values(), key=len, reverse=True)


def of_cohort(ids: Sequence[str], groups: Mapping[str, Group]) -> dict[str, list[Prediction]]:
    """The groups that know all of the papers, cut to them."""
    return {name: [group[id] for id in ids] for name, group in groups.items() if all(id in group for id in ids)}


def _require_all(ids: set[str], baselines: Mapping[str, Mapping[str, float]]) -> None:
    for name, known in baselines.items():
        if missing := sorted(ids - known.keys()):
            raise ReviewerError(f"the baseline {name} has no prediction for {missing[0]} and {len(missing) - 1} others")


def _judge_cohort(
    ids: tuple[str, ...],
    groups: Mapping[str, Group],
    baselines: Mapping[str, Mapping[str, float]],
    provenance: Provenance,
) -> Cohort:
    present = of_cohort(ids, groups)
    papers = next(iter(present.values()))
    labels, human = np.array([p.label for p in papers]), np.array([p.human_mean for p in papers], dtype=np.float64)
    known = {name: np.array([values[id] for id in ids]) for name, values in baselines.items()}
    limit = provenance.baseline_threshold
    return Cohort(
        n=len(ids),
        n_accepted=int(labels.sum()),
        splits=dict(Counter(one.split for one in papers)),
        groups=tuple(
            _judge_group(name, found, known, provenance, is_whole=len(groups[name]) == len(ids))
            for name, found in present.items()
        ),
        baselines={name: evaluate(labels, p, human, threshold=limit) for name, p in known.items()},
    )


def _judge_group(
    name: str,
    found: Sequence[Prediction],
    baselines: Mapping[str, np.ndarray[tuple[int], np.dtype[np.float64]]],
    provenance: Provenance,
    *,
    is_whole: bool,
) -> GroupReport:
    labels = np.array([one.label for one in found], dtype=np.float64)
    ours = np.array([one.probability for one in found])
    human = np.array([one.human_mean for one in found], dtype=np.float64)
    has_scores = any(one.expected is not None for one in found)
    expected = np.array([one.expected for one in found], dtype=np.float64) if has_scores else None
    threshold = provenance.thresholds.get(name, 0.5)
    figures = evaluate(labels, ours, human, expected, threshold)
    differences = {
        each: compare(labels, ours, theirs, human, expected, threshold, provenance.baseline_threshold)
        for each, theirs in baselines.items()
    }
    return GroupReport(
        name=name,
        figures=figures,
        differences=differences,
        reliability=bin_reliability(labels, ours),
        coverage=measure_coverage(found),
        criteria=judge(name, figures, differences) if is_whole else (),
    )
