"""The report as files: report.md for people, report.json for programs, predictions.jsonl, and the figures."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from reviewer.errors import ReviewerError
from reviewer.report import draw
from reviewer.report.predictions import Prediction, Provenance
from reviewer.report.reliability import Coverage, Share
from reviewer.report.style import GROUP_COLOURS
from reviewer.report.summary import Cohort, GroupReport, Report, gather, of_cohort, split_cohorts, summarise
from reviewer.report.tables import (
    BASELINE_WORDS,
    NONE,
    difference_rows,
    figure_columns,
    figure_rows,
    missing_reasons,
)

BaselinePredictions = Mapping[str, Mapping[str, float]]
"""P(accept) by name of the baseline and id of the paper."""


def make_report(
    predictions: Sequence[Prediction], baselines_predictions: BaselinePredictions, meta: Provenance, out_dir: Path
) -> Report:
    """Judge predictions of any groups, and write what was found into `out_dir`, which is made if it is not there.

    Raises ReviewerError where nothing is to be judged or the folder cannot be written.
    """
    report = summarise(predictions, baselines_predictions, meta)
    groups = gather(predictions)
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        plots = [
            _draw_cohort(cohort, of_cohort(ids, groups), ids, baselines_predictions, out_dir, _suffix(place))
            for place, (cohort, ids) in enumerate(zip(report.cohorts, split_cohorts(groups), strict=True))
        ]
        _write(out_dir / "report.md", "\n".join(write_markdown(report, plots)) + "\n")
        _write(out_dir / "report.json", report.model_dump_json(indent=1) + "\n")
        _write(out_dir / "predictions.jsonl", "".join(one.model_dump_json() + "\n" for one in predictions))
    except OSError as error:
        raise ReviewerError(f"cannot write the report to {out_dir}: {error.strerror or error}") from error
    return report


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _suffix(place: int) -> str:
    return "" if place == 0 else f"-{place + 1}"


def _draw_cohort(
    cohort: Cohort,
    groups: Mapping[str, list[Prediction]],
    ids: Sequence[str],
    baselines: BaselinePredictions,
    folder: Path,
    suffix: str,
) -> list[str]:
    """Draw every figure of a set of papers; the names of the PNGs that came of it."""
    labels = np.array([one.label for one in next(iter(groups.values()))], dtype=np.float64)
    found = {group.name: group.figures for group in cohort.groups}
    curves = [
        draw.Curve(name, labels, np.array([one.probability for one in papers]), found[name].auc)
        for name, papers in groups.items()
    ]
    others = [
        draw.Curve(name, labels, np.array([baselines[name][id] for id in ids]), figures.auc)
        for name, figures in cohort.baselines.items()
    ]
    names = [draw.draw_beside_baselines(found, cohort.baselines, folder, f"baselines{suffix}")]
    names.append(draw.draw_roc(curves, others, folder, f"roc{suffix}"))
    for group, colour in zip(cohort.groups, GROUP_COLOURS * len(cohort.groups), strict=False):
        end = f"{re.sub(r'[^a-z0-9]+', '-', group.name.lower()).strip('-')}{suffix}"
        title = f"{_capital(group.name)}, {cohort.n:,} papers"
        names.append(draw.draw_reliability(group.reliability, title, folder, f"reliability-{end}", colour))
        names.append(draw.draw_scores(groups[group.name], title, folder, f"scores-{end}", colour))
    return [name for name in names if name]


def write_markdown(report: Report, plots: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of report.md; `plots` are names of pictures by set of papers."""
    yield from ("# The reviewer held against people's decisions", "")
    yield from _tell_provenance(report.provenance)
    for cohort, names in zip(report.cohorts, plots, strict=True):
        yield from _tell_cohort(cohort, names, report.provenance.level)
    yield from _EXPLAINED


def _tell_provenance(meta: Provenance) -> Iterator[str]:
    yield f"- data: {meta.source}, sha256 `{meta.data_sha256}`"
    if meta.key:
        yield f"- reviewer: `{meta.key}`"
    if meta.training:
        yield "- its figures when fitted: " + ", ".join(f"{name} {value:.4g}" for name, value in meta.training.items())
    if meta.acceptance_rate is not None:
        yield f"- moved to an acceptance rate of {meta.acceptance_rate:g}, baselines too"
    if meta.without_text:
        yield f"- no full text: {meta.without_text}; not in the figures"
    if meta.withdrawn:
        yield f"- withdrawn, so without a decision: {meta.withdrawn}; not in the figures"


def _tell_cohort(cohort: Cohort, plots: Sequence[str], level: float | None) -> Iterator[str]:
    names = " and ".join(group.name for group in cohort.groups)
    yield from ("", f"## {_capital(names)}: {cohort.n:,} papers", "")
    splits = ", ".join(f"{name or 'of no split'} {n}" for name, n in sorted(cohort.splits.items()))
    yield f"Papers: {cohort.n} ({splits}), of them accepted: {cohort.n_accepted}."
    if n := cohort.splits.get("train"):
        yield f"{n} are of the training split: a reviewer that was fitted on them looks better here than it is."
    yield from ("", *_table(figure_columns(cohort), figure_rows(cohort)))
    yield from _list("Not measured:", missing_reasons(cohort))
    for group in cohort.groups:
        yield from _tell_group(group, level)
    for name in plots:
        yield from ("", f"![{name.removesuffix('.png')}]({name})")


def _tell_group(group: GroupReport, level: float | None) -> Iterator[str]:
    if group.differences:
        columns = ["better than", *(BASELINE_WORDS.get(name, name) for name in group.differences)]
        yield from ("", f"### {_capital(group.name)}", "", *_table(columns, difference_rows(group)))
    words = {True: "met", False: "**missed**", None: "not measured"}
    yield from _list("Asked:", [f"{one.asked}: {words[one.is_met]} ({one.found})" for one in group.criteria])
    yield from _list("Intervals:", list(tell_coverage(group.coverage, level)))
    yield f"\nCalled accepted from P(accept) = {group.figures.threshold:.3g}."


def tell_coverage(coverage: Coverage, level: float | None) -> Iterator[str]:
    """How often intervals held, in words; nothing of intervals that were not given."""
    if coverage.score.n and coverage.score_width is not None:
        promise = "" if level is None else f", promised {level:.0%}"
        width = f"mean width {coverage.score_width:.2f}"
        yield f"conformal: holds the human mean in {_share(coverage.score)}{promise}; {width}"
    if coverage.pair_low is not None and coverage.pair_high is not None:
        yield (
            f"Venn-Abers: ends {coverage.pair_low:.3f} and {coverage.pair_high:.3f} on average, mean width "
            f"{coverage.pair_high - coverage.pair_low:.3f}; accepted {_share(coverage.accepted)}"
        )
    yield f"extrapolated: {_share(coverage.extrapolated)}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _share(one: Share) -> str:
    if one.share is None or one.low is None or one.high is None:
        return NONE
    return f"{one.share:.1%} [{one.low:.1%}, {one.high:.1%}]"


def _list(head: str, lines: Sequence[str]) -> list[str]:
    return ["", head, "", *(f"- {line}" for line in lines)] if lines else []


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    rules = ["---", *["---:"] * (len(columns) - 1)]
    return [f"| {' | '.join(row)} |" for row in (columns, rules, *rows)]


_EXPLAINED = (
    "",
    "## How to read this",
    "",
    "Intervals are 95 % percentile intervals over 2,000 resamples of papers; differences are on the same resamples,",
    "and above zero is better. A perfect model's calibration error is not zero: labels were drawn from the",
    "probabilities 1,000 times, and an error up to the 95th percentile of those is within the noise. Where accepted",
    "papers are read in their final form and rejected ones as submitted, that helps any reader of both; among rejected",
    "papers alone it cannot. Length-only sees the number of characters, TF-IDF the words of title and abstract,",
    "constant nothing; their Spearman is that of their probability.",
)
