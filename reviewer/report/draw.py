"""The report's figures: reliability, ROC, human mean against expected score, and figures beside the baselines'."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from reviewer.report.figures import Figures, Measured
from reviewer.report.predictions import Prediction
from reviewer.report.reliability import Bin
from reviewer.report.statistics import Floats
from reviewer.report.style import BASELINE_STYLES, BLUE, GREY, GROUP_COLOURS, INK, calm_style, new_figure, save_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BASELINE_TITLES = {"length": "length only", "tfidf": "TF-IDF", "constant": "constant"}
_SIDE_BY_SIDE = (
    ("auc", "AUC"),
    ("balanced_accuracy", "Balanced accuracy"),
    ("brier", "Brier (lower is better)"),
    ("spearman", "Spearman, all"),
    ("spearman_rejected", "Spearman, rejected"),
)


class Curve(NamedTuple):
    """One line of a ROC: a name of a group or of a baseline, its labels and scores, its AUC."""

    name: str
    labels: Floats
    scores: Floats
    area: Measured


def draw_reliability(bins: Sequence[Bin], title: str, folder: Path, name: str, colour: str = BLUE) -> str:
    """Accepted share by probability with Wilson bars, and the histogram of probabilities below."""
    with calm_style():
        figure = new_figure(3.6, 4.5)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3.4, 1))
        upper.plot((0, 1), (0, 1), color=GREY, linestyle="--", linewidth=0.8, zorder=1)
        _draw_shares(upper, [one for one in bins if one.mean_probability is not None], colour)
        upper.set(xlim=(0, 1), ylim=(0, 1), ylabel="Share accepted", title=title)
        upper.tick_params(axis="x", length=0)
        edges = [one.low for one in bins]
        lower.bar(edges, [one.accepted.n for one in bins], width=1 / len(bins), align="edge", color=colour, alpha=0.35)
        lower.set(xlabel="P(accept)", ylabel="Papers")
        return save_figure(figure, folder, name)


def _draw_shares(axes: "Axes", bins: Sequence[Bin], colour: str) -> None:
    x = [one.mean_probability or 0.0 for one in bins]
    y = [one.accepted.share or 0.0 for one in bins]
    below = [value - (one.accepted.low or 0.0) for value, one in zip(y, bins, strict=True)]
    above = [(one.accepted.high or 0.0) - value for value, one in zip(y, bins, strict=True)]
    axes.errorbar(
        x, y, yerr=(np.maximum(below, 0), np.maximum(above, 0)), color=colour, fmt="o", markersize=4.5,
        elinewidth=0.9, capsize=2, zorder=3, clip_on=False,
    )  # fmt: skip


def draw_roc(groups: Sequence[Curve], baselines: Sequence[Curve], folder: Path, name: str) -> str:
    """The ROC of every group in colour, those of the baselines in grey."""
    with calm_style():
        figure = new_figure(4.0, 4.0)
        axes = figure.add_subplot()
        for curve in baselines:
            colour, dashes = BASELINE_STYLES[curve.name]
            _draw_curve(axes, curve, BASELINE_TITLES[curve.name], color=colour, linestyle=dashes, linewidth=1.1)
        for curve, colour in zip(groups, _colours(groups), strict=True):
            _draw_curve(axes, curve, curve.name, color=colour, zorder=3)
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="Rejected papers called accepted", ylabel="Accepted papers found")
        axes.set_aspect("equal")
        handles, titles = axes.get_legend_handles_labels()
        order = sorted(range(len(titles)), key=lambda index: handles[index].get_zorder(), reverse=True)
        axes.legend(
            [handles[index] for index in order], [titles[index] for index in order],
            loc="lower right", title="AUC", alignment="left", title_fontsize=7.5,
        )  # fmt: skip
        return save_figure(figure, folder, name)


def _draw_curve(axes: "Axes", curve: Curve, title: str, **look: Any) -> None:
    from sklearn import metrics

    if curve.area.value is None:
        return
    library: Any = metrics
    wrong, right, _ = library.roc_curve(curve.labels, curve.scores)
    axes.plot(wrong, right, label=f"{curve.area.value:.3f}  {title}", **look)


def draw_scores(predictions: Sequence[Prediction], title: str, folder: Path, name: str, colour: str = BLUE) -> str:
    """Human mean against expected score, a point a paper, with the conformal band; no figure without such scores."""
    known = sorted((p for p in predictions if p.expected is not None and p.human_mean is not None), key=_expected)
    if not known:
        return ""
    with calm_style():
        figure = new_figure(4.0, 3.6)
        axes = figure.add_subplot()
        _draw_band(axes, known, colour)
        for label, marker, face, word in ((0, "o", "none", "rejected"), (1, "o", colour, "accepted")):
            papers = [one for one in known if one.label == label]
            axes.scatter(
                list(map(_expected, papers)), [one.human_mean or 0.0 for one in papers], s=11, marker=marker,
                facecolors=face, edgecolors=colour, linewidths=0.7, alpha=0.75, label=word,
            )  # fmt: skip
        ends = _expected(known[0]), _expected(known[-1])
        axes.plot(ends, ends, color=INK, linewidth=0.8, linestyle="--", label="human = expected")
        axes.set(xlabel="Expected human score", ylabel="Mean human score", title=title)
        figure.legend(loc="outside lower center", ncols=2)
        return save_figure(figure, folder, name)


def _draw_band(axes: "Axes", known: Sequence[Prediction], colour: str) -> None:
    """The conformal interval along the expected score; widths differ from paper to paper, so neighbours' median."""
    ends = [(_expected(p), p.e_low, p.e_high) for p in known if p.e_low is not None and p.e_high is not None]
    if not ends:
        return
    middle, low, high = np.array(ends, dtype=np.float64).T
    axes.fill_between(
        middle, middle - _smooth(middle - low), middle + _smooth(high - middle),
        color=colour, alpha=0.12, linewidth=0, label="conformal interval",
    )  # fmt: skip


def _smooth(widths: Floats) -> Floats:
    from scipy import ndimage

    library: Any = ndimage
    return library.median_filter(widths, size=25, mode="nearest")


def _expected(prediction: Prediction) -> float:
    return prediction.expected or 0.0


def draw_beside_baselines(
    groups: Mapping[str, Figures], baselines: Mapping[str, Figures], folder: Path, name: str
) -> str:
    """Figures with their intervals, a row for each group and baseline."""
    names = [*groups, *(BASELINE_TITLES[each] for each in baselines)]
    colours = [*_colours(list(groups)), *(BASELINE_STYLES[each][0] for each in baselines)]
    with calm_style():
        figure = new_figure(9.2, 0.75 + 0.28 * len(names))
        panels = figure.subplots(1, len(_SIDE_BY_SIDE), sharey=True)
        for axes, (field, title) in zip(panels, _SIDE_BY_SIDE, strict=True):
            found: list[Measured] = [getattr(each, field) for each in (*groups.values(), *baselines.values())]
            for place, (one, colour) in enumerate(zip(found, colours, strict=True)):
                _draw_interval(axes, place, one, colour)
            axes.set_title(title)
            axes.margins(x=0.12)
            axes.tick_params(axis="y", length=0)
            axes.spines["left"].set_visible(False)
            axes.grid(axis="x", color="#E4E4E4", linewidth=0.6)
            axes.set_axisbelow(True)
        panels[0].set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.5, -0.5))
        return save_figure(figure, folder, name)


def _draw_interval(axes: "Axes", place: int, one: Measured, colour: str) -> None:
    if one.value is None:
        return
    if one.low is not None and one.high is not None:
        axes.plot((one.low, one.high), (place, place), color=colour, linewidth=2.2, solid_capstyle="butt", alpha=0.55)
    axes.plot(one.value, place, marker="o", markersize=4.5, color=colour)


def _colours(groups: Sequence[object]) -> list[str]:
    return [GROUP_COLOURS[index % len(GROUP_COLOURS)] for index in range(len(groups))]
