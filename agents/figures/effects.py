"""Effects with their intervals: the forest of registered comparisons and ablations, paired seeds, dose and response."""

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from agents.figures.data import Point, arm_experiments, best_node, dose_lines, dose_points, paired_values, search_nodes
from agents.figures.drawing import Drawing, better_word, in_caption, knob_label
from agents.figures.style import (
    BLACK,
    BLUE,
    COLUMN_IN,
    GREY,
    SKY,
    VERMILLION,
    new_axes,
    with_unit,
    wrapped,
)
from agents.schema import Evidence, Experiment, Knob, Quantity, Template, is_finite

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NAME_WIDTH = 22
"""Characters in a line of a row's name."""


class _Row(NamedTuple):
    """A comparison as it is drawn: its name, the arm that the treatment is set against, the gain."""

    name: str
    arm: str
    gain: Quantity


def draw_forest(evidence: Evidence, template: Template, experiments: Sequence[Experiment]) -> Drawing | None:
    """Draw the treatment's gains over control and baseline, with every seed's own difference, zero and the smallest
    effect that matters; None without a primary effect. Ablations are here only where they have no figure of their own.
    """
    primary = evidence.quantities.get("effect.primary")
    if primary is None:
        return None
    rows = [_Row("treatment over control", "control", primary)]
    baseline = evidence.quantities.get("effect.baseline")
    if baseline and baseline.experiments != primary.experiments:
        rows.append(_Row("treatment over baseline", "baseline", baseline))
    ablations = _ablation_rows(evidence, template)
    if len(ablations) == 1:
        rows += [ablations[0]._replace(name=f"due to {ablations[0].name}")]
    return _draw_rows("effects", evidence, template, experiments, rows, _forest_caption(evidence, template, rows))


def draw_ablation(evidence: Evidence, template: Template, experiments: Sequence[Experiment]) -> Drawing | None:
    """Draw what each changed setting of the winner adds, with every seed's own difference; None below two settings."""
    rows = _ablation_rows(evidence, template)
    if len(rows) < 2:
        return None
    return _draw_rows("ablation", evidence, template, experiments, rows, _ablation_caption(rows))


def _draw_rows(
    name: str,
    evidence: Evidence,
    template: Template,
    experiments: Sequence[Experiment],
    rows: Sequence[_Row],
    caption: str,
) -> Drawing:
    names = [wrapped(row.name, _NAME_WIDTH) for row in rows]
    figure, axes = new_axes(COLUMN_IN, 0.85 + _rows_in(names))
    for place, row in enumerate(rows):
        gains = _seed_gains(evidence, template, experiments, row.arm)
        offsets = [place + 0.2 * (index % 3 - 1) for index in range(len(gains))]
        axes.plot(gains, offsets, ".", color=SKY, markersize=2.5, zorder=2)
        _draw_interval(axes, place, row.gain, BLUE if row.arm == "control" else BLACK)
    _draw_references(axes, evidence.quantities.get("rule.smallest_effect"))
    _name_rows(axes, names, template)
    gains = [row.gain for row in rows]
    return Drawing(name, figure, caption, tuple(gain.key for gain in gains), _runs(gains))


def draw_pairs(evidence: Evidence, template: Template, experiments: Sequence[Experiment]) -> Drawing | None:
    """Draw each fresh seed's step from control to treatment; None without pairs."""
    control_runs = arm_experiments(evidence, "control", experiments)
    treatment_runs = arm_experiments(evidence, "treatment", experiments)
    metric = template.metric
    pairs = paired_values(control_runs, treatment_runs, metric.name)
    if not pairs:
        return None
    figure, axes = new_axes(COLUMN_IN, 2.1)
    for control, treatment in pairs:
        is_better = metric.gain(treatment, control) > 0
        axes.plot(
            (0, 1), (control, treatment), "o", linestyle="-" if is_better else "--",
            color=BLUE if is_better else VERMILLION, markersize=2.5, linewidth=0.8, alpha=0.8,
        )  # fmt: skip
    axes.plot(
        (0, 1), [fmean(side) for side in zip(*pairs, strict=True)], "D-", color=BLACK, markersize=4, linewidth=1.6
    )
    axes.set_xticks((0, 1), ("control", "treatment"))
    axes.set_xlim(-0.35, 1.35)
    axes.set_ylabel(wrapped(with_unit(metric.label, metric.unit), 36))
    seeds = r"\ev{confirm.seeds} " if "confirm.seeds" in evidence.quantities else ""
    caption = (
        f"Every fresh seed's {in_caption(metric.label)} on the confirmation split under control and treatment, joined "
        f"by a line: solid where the treatment is better, dashed where it is not. Black diamonds are the means "
        f"over the "
        f"{seeds}seeds; {better_word(template)} is better."
    )
    keys = tuple(key for key in ("effect.primary", "confirm.seeds") if key in evidence.quantities)
    return Drawing("pairs", figure, caption, keys, tuple(item.id for item in (*control_runs, *treatment_runs)))


def draw_dose(evidence: Evidence, template: Template, experiments: Sequence[Experiment]) -> Drawing | None:
    """Draw the metric over the levels of the idea's first factor that was tried at three or more; None without one."""
    nodes, metric = search_nodes(experiments), template.metric
    for name in evidence.registration.idea.hypothesis.factors:
        points = dose_points(name, metric.name, nodes)
        if len({x for x, _ in points}) < 3:
            continue
        knob = template.knob(name)
        figure, axes = new_axes(COLUMN_IN, 2.0)
        lines = dose_lines(name, metric.name, nodes)
        _draw_dose(axes, knob, points, lines)
        best = best_node(evidence, template, nodes)
        if best and (value := best.value(metric.name)) is not None:
            axes.plot(float(best.config[name]), value, "o", markersize=8, markerfacecolor="none",
                      markeredgecolor=VERMILLION, markeredgewidth=1.4, label="winner")  # fmt: skip
        axes.set_xlabel(wrapped(with_unit(knob.label, knob.unit), 52))
        axes.set_ylabel(wrapped(with_unit(metric.label, metric.unit), 34))
        axes.legend()
        return Drawing("dose", figure, _dose_caption(template, knob, bool(lines)), (), tuple(node.id for node in nodes))
    return None


def _draw_dose(axes: "Axes", knob: Knob, points: Sequence[Point], lines: Sequence[Sequence[Point]]) -> None:
    levels = sorted({x for x, _ in points})
    axes.plot(*zip(*points, strict=True), "o", color=BLUE, markersize=3.5, alpha=0.7, label="search node")
    for place, line in enumerate(lines):
        label = "otherwise alike" if place == 0 else "_nolegend_"
        axes.plot(*zip(*line, strict=True), "-", color=GREY, linewidth=0.8, zorder=1, label=label)
    if is_finite(knob.default):
        axes.axvline(float(knob.default), color=BLACK, linestyle=":", linewidth=0.9, label="default")
    if levels[0] > 0 and levels[-1] / levels[0] >= 50:
        axes.set_xscale("log")


def _ablation_rows(evidence: Evidence, template: Template) -> list[_Row]:
    """Ablations that are comparisons of their own; where one factor changed, reverting it is the control again."""
    primary = evidence.quantities.get("effect.primary")
    found = [(key[9:], item) for key, item in evidence.quantities.items() if key.startswith("ablation.")]
    return [
        _Row(knob_label(template, name), f"without_{name}", item)
        for name, item in found
        if primary is None or set(item.experiments) != set(primary.experiments)
    ]


def _draw_interval(axes: "Axes", place: int, item: Quantity, colour: str) -> None:
    if item.low is not None and item.high is not None:
        axes.plot((item.low, item.high), (place, place), "-", color=colour, linewidth=1.4, zorder=3)
    axes.plot(item.value, place, "o", color=colour, markersize=4.5, zorder=4)


def _draw_references(axes: "Axes", smallest: Quantity | None) -> None:
    axes.axvline(0.0, color=BLACK, linewidth=0.7, label="no effect")
    if smallest and smallest.value:
        axes.axvline(smallest.value, color=VERMILLION, linestyle="--", linewidth=1.0, label="smallest that matters")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)


def _rows_in(names: list[str]) -> float:
    """Height that rows with these names need: every row is as high as the tallest name."""
    return len(names) * max(0.3, 0.08 + 0.13 * max(name.count("\n") + 1 for name in names))


def _name_rows(axes: "Axes", names: list[str], template: Template) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.08)
    axes.locator_params(axis="x", nbins=5)
    axes.set_xlabel(wrapped(with_unit(f"improvement of {template.metric.label}", template.metric.gain_unit), 40))


def _seed_gains(evidence: Evidence, template: Template, experiments: Sequence[Experiment], arm: str) -> list[float]:
    with_knob = arm_experiments(evidence, "treatment", experiments)
    without = arm_experiments(evidence, arm, experiments)
    return [template.metric.gain(a, b) for a, b in paired_values(with_knob, without, template.metric.name)]


def _forest_caption(evidence: Evidence, template: Template, rows: Sequence[_Row]) -> str:
    level = r"\ev{rule.level} " if "rule.level" in evidence.quantities else ""
    due = "What is due to a setting is the gain over the winner with that setting at its default. "
    due = due if any(row.arm.startswith("without_") for row in rows) else ""
    return (
        f"Paired gains in {in_caption(template.metric.label)} on the confirmation split with {level}intervals over "
        rf"\evn{{effect.primary}} fresh seeds; small dots are single seeds. {due}Right of the solid line is better; "
        "the registered rule asks for more than the dashed one."
    )


def _ablation_caption(rows: Sequence[_Row]) -> str:
    return (
        "Ablation: what the winner gains from each changed setting, against itself with that setting at its default: "
        rf"means over \evn{{{rows[0].gain.key}}} fresh seeds with their intervals; small dots are single seeds."
    )


def _dose_caption(template: Template, knob: Knob, has_lines: bool) -> str:
    joined = "a line joins those that are alike in all else" if has_lines else "none of them differ in it alone"
    return (
        f"{in_caption(template.metric.label[:1].upper() + template.metric.label[1:])} on the search split over "
        f"{in_caption(knob.label)}, for every successful node; other settings vary between nodes, and {joined}. "
        f"{better_word(template).capitalize()} is better."
    )


def _runs(items: Iterable[Quantity]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(run for item in items for run in item.experiments))
