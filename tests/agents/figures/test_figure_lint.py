"""Rules for figures: each catches the figure that breaks it and lets a good one pass."""

from collections.abc import Callable
from typing import Any

import pytest

from agents.figures.lint import lint_figure
from agents.figures.style import house_style, new_axes


def _good(axes: Any) -> None:
    axes.plot([0, 1, 2], [1, 2, 3], label="treatment")
    axes.plot([0, 1, 2], [1, 1, 1], label="control")
    axes.set_xlabel("step")
    axes.set_ylabel("loss (nats)")
    axes.legend()


def _lint(*steps: Callable[[Any], object]) -> tuple[str, ...]:
    with house_style():
        figure, axes = new_axes(3.3, 2.2)
        for step in steps:
            step(axes)
        return lint_figure(figure)


def test_a_good_figure_is_clean() -> None:
    assert _lint(_good) == ()


def _crowd(axes: Any) -> None:
    axes.set_xticks([0, 0.1, 0.2], ["first", "second", "third"])


def _stray(axes: Any) -> None:
    axes.text(5, 2, "far out", clip_on=False).set_in_layout(False)


def _drop(axes: Any) -> None:
    axes.lines[0].remove()


def _call(name: str, *args: Any, **options: Any) -> Callable[[Any], None]:
    def act(axes: Any) -> None:
        getattr(axes, name)(*args, **options)

    return act


def _unname(axes: Any) -> None:
    axes.get_legend().remove()


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (_call("set_xlabel", ""), "x axis without a label"),
        (_call("set_ylabel", " "), "y axis without a label"),
        (_unname, "2 labelled series without a legend"),
        (_drop, "legend for a single series"),
        (_call("set_xlabel", "tiny", fontsize=5), "text 'tiny' is 5 pt"),
        (_stray, "text 'far out' is cut off"),
        (_crowd, "'first' and 'second' overlap"),
    ],
)
def test_each_rule_catches_its_breach(spoil: Callable[[Any], None], complaint: str) -> None:
    assert complaint in _lint(_good, spoil)


def test_axes_without_data_are_found() -> None:
    assert "axes without data" in _lint(_call("set_xlabel", "x"), _call("set_ylabel", "y"))


def test_nothing_but_missing_values_is_no_data() -> None:
    nan = float("nan")
    assert "axes without data" in _lint(_call("plot", [0, 1], [nan, nan]))


def test_names_of_categories_need_no_axis_label() -> None:
    def name(axes: Any) -> None:
        axes.set_yticks([1, 3], ["low", "high"])
        axes.set_ylabel("")

    assert _lint(_good, name) == ()
