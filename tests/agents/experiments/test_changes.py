"""What a proposal may be: an idea that the template can test, a node that keeps to the registered plan."""

import pytest

from agents.experiments.changes import check_change, check_idea
from agents.schema import Config, Knob, Registration, Template
from templates import load_template
from tests.agents.scripted import DOSE, PAIR, TOY, make_idea


@pytest.fixture(scope="module")
def template() -> Template:
    """The toy with a knob more that is a switch."""
    toy = load_template(TOY)
    return toy.model_copy(
        update={"knobs": (*toy.knobs, Knob(name="warm", label="warm", default=False, values=(False, True)))}
    )


def check(template: Template, changes: Config, index: int = 1, factors: tuple[str, ...] = ("boost",)) -> str:
    plan = Registration(
        study="s1", idea=make_idea("mine", factors, 0.5), template=template.name, evaluator_sha256="e" * 64,
        baseline=template.baseline, search_experiments=4, search_seed=0, confirm_seeds=(1, 2),
    )  # fmt: skip
    return check_change(plan, template, {**template.baseline, **changes}, index)


@pytest.mark.parametrize("value", [0.25, 1.0, 1, 0.3, 0.99])
def test_a_level_or_a_number_between_the_levels_keeps_to_the_plan(template: Template, value: float) -> None:
    assert check(template, {"boost": value}) == ""


@pytest.mark.parametrize("value", [1.01, -0.1, True, "0.5", "high", float("nan"), float("inf"), 10**400, -(10**400)])
def test_any_other_value_breaks_it(template: Template, value: float | str) -> None:
    assert check(template, {"boost": value}).startswith("boost=")


@pytest.mark.parametrize(("value", "is_fine"), [(True, True), (1, False), (0.5, False), ("yes", False)])
def test_a_switch_takes_its_own_values_alone(template: Template, value: float | str, is_fine: bool) -> None:
    assert (check(template, {"warm": value}, factors=("warm",)) == "") is is_fine


def test_words_are_levels_or_nothing(template: Template) -> None:
    assert check(template, {"fault": "hang"}, factors=("fault",)) == ""
    assert "not one of its levels" in check(template, {"fault": "explode"}, factors=("fault",))


def test_the_baseline_changes_nothing_and_any_other_node_a_factor(template: Template) -> None:
    assert check(template, {}, index=0) == ""
    assert check(template, {}, index=1) == "no factor of the hypothesis is away from its default"


def test_a_knob_outside_the_hypothesis_is_named(template: Template) -> None:
    assert check(template, {"boost": 0.5, "placebo": 2}) == "knobs ['placebo'] are not part of the registered search"


def test_unknown_knobs_are_named(template: Template) -> None:
    assert "'bosst'" in check(template, {"boost": 0.5, "bosst": 1})


def test_ideas_about_knobs_and_metrics_of_the_template_can_be_tested(template: Template) -> None:
    assert (check_idea(template, DOSE), check_idea(template, PAIR)) == ("", "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"factors": ("boots",)}, "'boots' is no knob of toy_template; known: boost, placebo, fault, warm"),
        ({"companions": ("haste",)}, "'haste' is no knob"),
        ({"metric": "fame"}, "does not measure 'fame'; known: score, noise"),
        ({"direction": "minimize"}, "has score to maximize, not to minimize"),
    ],
)
def test_other_ideas_are_told_what_there_is(template: Template, change: dict[str, object], words: str) -> None:
    hypothesis = DOSE.hypothesis.model_copy(update=change)
    assert words in check_idea(template, DOSE.model_copy(update={"hypothesis": hypothesis}))
