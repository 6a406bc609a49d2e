"""The control's own tuning: which companions are tried, what is measured again, which are taken, what follows."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from agents.experiments.arms import Control, choose_winner, plan_ablation, plan_confirmation
from agents.experiments.control import FINALISTS, REPEATS, Tuning, most_control_runs
from agents.experiments.evidence import Hardware, weigh_evidence
from agents.paper.verify import compare_evidence
from agents.schema import Evidence, Experiment, Knob, KnobValue, Registration, Template
from tests.agents.experiments.study_records import BASELINE, CODE, finish, make_node, make_plan, write_template

DEPTHS = (1, 2, 3, 5, 8)
Score = Callable[[Experiment], float | None]


@pytest.fixture
def template(tmp_path: Path) -> Template:
    """The toy, with a companion of five levels."""
    toy = write_template(tmp_path)
    depth = Knob(name="depth", label="depth", default=2, values=DEPTHS, unit="layers")
    return toy.model_copy(update={"knobs": tuple(depth if knob.name == "depth" else knob for knob in toy.knobs)})


def node(index: int, depth: KnobValue, score: float | None, rate: float = 0.3) -> Experiment:
    return make_node(index, {"rate": rate, "depth": depth}, score)


SEARCH = [
    make_node(0, score=4.0), node(1, 3, 7.0), node(2, 5, 9.0), node(3, 8, 6.0), node(4, 1, None), node(5, 3, 8.0),
]  # fmt: skip


def plan_of(tries: int) -> Registration:
    return make_plan(("rate",), ("depth",), seeds=(11, 12, 13), search_experiments=len(SEARCH), control_tries=tries)


def tuning(template: Template, tries: int, *runs: Experiment, nodes: list[Experiment] = SEARCH) -> Tuning:
    plan = plan_of(tries)
    winner = choose_winner(plan, nodes, template.metric)
    assert winner is not None
    return Tuning(plan, template, template.metric, winner, [*nodes, *runs])


def depths(tuning: Tuning) -> list[KnobValue]:
    return [config["depth"] for config in tuning.configs]


def run_out(template: Template, tries: int, score: Score) -> list[Experiment]:
    """The tuning, batch after batch."""
    runs: list[Experiment] = []
    while planned := tuning(template, tries, *runs).plan_next(CODE, "tester"):
        runs += finish(planned, score)
    return runs


def by_depth(scores: Mapping[KnobValue, float | None]) -> Score:
    return lambda run: scores[run.config["depth"]]


class TestSettings:
    def test_are_the_winners_then_the_defaults_then_the_best_of_the_search(self, template: Template) -> None:
        assert depths(tuning(template, 9)) == [5, 2, 3, 8]

    def test_have_every_factor_at_its_default_and_all_else_as_the_winner(self, template: Template) -> None:
        assert tuning(template, 9).configs == [{**BASELINE, "depth": depth} for depth in (5, 2, 3, 8)]

    def test_are_no_more_than_registered(self, template: Template) -> None:
        assert depths(tuning(template, 3)) == [5, 2, 3]
        assert depths(tuning(template, 0)) == []

    def test_that_failed_in_the_search_or_had_no_factor_set_are_not_tried(self, template: Template) -> None:
        nodes = [*SEARCH[:3], node(3, 8, 9.5, rate=0.1), node(4, 1, None)]
        assert depths(tuning(template, 9, nodes=nodes)) == [5, 2, 3]

    def test_are_none_where_there_is_no_choice(self, template: Template) -> None:
        assert depths(tuning(template, 9, nodes=[make_node(0, score=4.0), node(1, 2, 7.0)])) == []

    def test_near_one_level_do_not_crowd_out_another_level(self, template: Template) -> None:
        """A long search ends in many near twins of the winner's setting, which would say nothing new."""
        nodes = [make_node(0, score=4.0), node(1, 5, 9.0), node(2, 5.2, 8.9), node(3, 4.9, 8.8), node(4, 8, 5.0)]
        assert depths(tuning(template, 3, nodes=nodes)) == [5, 2, 8]
        assert depths(tuning(template, 4, nodes=nodes)) == [5, 2, 8, 5.2]


class TestExperiments:
    def test_number_on_from_the_search_on_its_seed_and_split(self, template: Template) -> None:
        planned = [run for run, _ in tuning(template, 3).plan_next(CODE, "tester")]
        assert [run.id for run in planned] == ["s1-0006", "s1-0007", "s1-0008"]
        assert {(run.stage, run.arm, run.split, run.seed, run.parent) for run in planned} == {
            ("control", "control", "search", 0, "s1-0002")
        }

    def test_measure_the_best_two_again_on_seeds_that_both_share(self, template: Template) -> None:
        runs = run_out(template, 4, by_depth({5: 6.0, 2: 4.0, 3: 7.0, 8: 1.0}))
        assert [run.index for run in runs] == list(range(6, 6 + most_control_runs(4)))
        again = runs[4:]
        assert len(again) == FINALISTS * REPEATS and [run.config["depth"] for run in again] == [5, 3, 5, 3]
        assert len({run.seed for run in again}) == REPEATS and again[0].seed == again[1].seed != 0

    def test_that_ended_are_not_planned_again(self, template: Template) -> None:
        first = tuning(template, 3).plan_next(CODE, "tester")
        ended = finish(first[:1], by_depth({5: 6.0}))
        left = tuning(template, 3, *ended, first[1][0]).plan_next(CODE, "tester")
        assert [run.index for run, _ in left] == [7, 8]

    def test_number_the_confirmation_on_from_the_tuning(self, template: Template) -> None:
        plan, winner = plan_of(4), SEARCH[2]
        control = Control({**BASELINE, "depth": 3}, tries=8)
        planned = plan_confirmation(plan, winner, CODE, template, "tester", control)
        assert planned[0][0].index == len(SEARCH) + 8
        assert {run.arm for run, _ in planned} == {"treatment", "control", "baseline"}
        assert all(run.config["depth"] == 3 for run, _ in planned if run.arm == "control")


class TestChoice:
    def test_is_the_best_whatever_the_winner_has(self, template: Template) -> None:
        runs = run_out(template, 4, by_depth({5: 6.0, 2: 4.0, 3: 7.0, 8: 1.0}))
        assert tuning(template, 4, *runs).choose() == Control({**BASELINE, "depth": 3}, tries=8)

    def test_of_equals_is_the_winners_own(self, template: Template) -> None:
        runs = run_out(template, 4, lambda _: 5.0)
        assert tuning(template, 4, *runs).choose() == Control({**BASELINE, "depth": 5}, tries=8)

    def test_is_not_what_was_lucky_once(self, template: Template) -> None:
        """Against a control that is good by luck alone, a treatment that does nothing looks good."""
        runs = run_out(template, 4, lambda run: {3: 9.0, 5: 8.0}.get(int(run.config["depth"]), 1.0) if not run.seed else
                       {3: 2.0, 5: 7.0}[int(run.config["depth"])])  # fmt: skip
        control = tuning(template, 4, *runs).choose()
        assert control is not None and control.config["depth"] == 5

    def test_is_the_one_that_ran_where_the_others_failed(self, template: Template) -> None:
        runs = run_out(template, 4, by_depth({5: None, 2: None, 3: 1.0, 8: None}))
        assert len(runs) == 4
        assert tuning(template, 4, *runs).choose() == Control({**BASELINE, "depth": 3}, tries=4)

    def test_is_the_winners_where_all_failed_or_nothing_was_to_be_tried(self, template: Template) -> None:
        own = {**BASELINE, "depth": 5}
        assert tuning(template, 4, *run_out(template, 4, lambda _: None)).choose() == Control(own, tries=4)
        assert tuning(template, 0).choose() == Control(own, tries=0)

    def test_is_open_until_all_that_was_to_be_tried_has_ended(self, template: Template) -> None:
        runs = run_out(template, 4, lambda _: 5.0)
        assert tuning(template, 4, *runs[:-1]).choose() is None
        assert tuning(template, 4).choose() is None


def effect_of(run: Experiment) -> float:
    """The factor does nothing but move the companion's best from three to five layers."""
    best = 5 if run.config["rate"] != 0.1 else 3
    return 9.0 - abs(float(run.config["depth"]) - best) + run.seed % 3 / 100


def study(template: Template, tries: int) -> tuple[Registration, list[Experiment]]:
    plan, winner, runs = plan_of(tries), SEARCH[2], [*SEARCH, *run_out(template, tries, effect_of)]
    control = tuning(template, tries, *runs[len(SEARCH) :]).choose()
    for make in (plan_confirmation, plan_ablation):
        runs += finish(make(plan, winner, CODE, template, "tester", control), effect_of)
    return plan, runs


def weigh(template: Template, plan: Registration, runs: list[Experiment]) -> Evidence:
    return weigh_evidence(plan, template, runs, Hardware(cpus=1, memory_gb=1.0))


class TestEvidence:
    def test_of_a_factor_that_only_moves_the_companion_is_a_gain_over_an_untuned_control_alone(
        self, template: Template
    ) -> None:
        untuned, tuned = (weigh(template, *study(template, tries)) for tries in (0, 4))
        assert untuned["effect.primary"].value == pytest.approx(2.0)
        assert tuned["effect.primary"].value == pytest.approx(0.0, abs=1e-9)
        assert tuned.verdict.label == "refuted"

    def test_says_how_the_control_was_tuned(self, template: Template) -> None:
        evidence = weigh(template, *study(template, 4))
        assert {key: evidence[f"control.{key}"].value for key in ("runs", "tried", "failed", "moved")} == {
            "runs": 8, "tried": 4, "failed": 0, "moved": 1,
        }  # fmt: skip
        assert evidence["control.best"].n == 1 + REPEATS and evidence["control.best"].split == "search"
        assert (evidence["setting.control.depth"].value, evidence["setting.treatment.depth"].value) == (3, 5)
        assert evidence["cost.experiments"].value == len(SEARCH) + 8 + 5 * 3
        assert evidence["confirm.failed"].value == 0 and evidence["search.nodes"].value == len(SEARCH)

    def test_names_the_companion_that_the_tuned_control_chose(self, template: Template) -> None:
        def score(run: Experiment) -> float:
            return (
                5.0 + (run.config["head"] == "double") * (1 if run.config["rate"] != 0.1 else -1) + run.seed % 3 / 100
            )

        plan = make_plan(("rate",), ("head",), seeds=(11, 12, 13), search_experiments=3, control_tries=4)
        doubled = make_node(1, {"rate": 0.3, "head": "double"}, 6.0)
        runs = [make_node(0, score=5.0), doubled, make_node(2, {"rate": 0.3}, 5.0)]
        while planned := Tuning(plan, template, template.metric, doubled, runs).plan_next(CODE, "tester"):
            runs += finish(planned, score)
        control = Tuning(plan, template, template.metric, doubled, runs).choose()
        runs += finish(plan_confirmation(plan, doubled, CODE, template, "tester", control), score)
        terms = weigh(template, plan, runs).terms
        assert (terms["setting.treatment.head"].text, terms["setting.control.head"].text) == ("double", "plain")

    def test_keeps_the_gain_at_the_winners_own_companions_as_an_ablation(self, template: Template) -> None:
        evidence = weigh(template, *study(template, 4))
        assert evidence["ablation.rate"].value == pytest.approx(2.0)

    def test_of_a_plan_without_tuning_has_no_such_entries(self, template: Template) -> None:
        assert not [key for key in weigh(template, *study(template, 0)).quantities if key.startswith("control.")]

    @pytest.mark.parametrize(("tries", "is_told"), [(0, True), (4, False)])
    def test_tells_no_interaction_where_the_arms_differ_in_more_than_the_factors(
        self, template: Template, tries: int, is_told: bool
    ) -> None:
        plan = make_plan(seeds=(11, 12, 13), search_experiments=3, control_tries=tries)
        both = {"rate": 0.3, "width": 16}
        runs = [make_node(0, score=4.0), make_node(1, both | {"depth": 5}, 9.0), make_node(2, both | {"depth": 3}, 8.0)]
        while planned := Tuning(plan, template, template.metric, runs[1], runs).plan_next(CODE, "tester"):
            runs += finish(planned, effect_of)
        control = Tuning(plan, template, template.metric, runs[1], runs).choose()
        for make in (plan_confirmation, plan_ablation):
            runs += finish(make(plan, runs[1], CODE, template, "tester", control), effect_of)
        assert ("interaction.rate.width" in weigh(template, plan, runs).quantities) == is_told


class TestTampering:
    def problems(self, template: Template, change: Callable[[Experiment], Experiment | None]) -> list[str]:
        plan, runs = study(template, 4)
        changed = [new for run in runs if (new := change(run))]
        found = compare_evidence(weigh(template, plan, runs), weigh(template, plan, changed))
        return [problem.detail for problem in found]

    def test_none_is_no_problem(self, template: Template) -> None:
        assert self.problems(template, lambda run: run) == []

    def test_a_setting_left_out_of_the_tuning_is_found(self, template: Template) -> None:
        found = self.problems(template, lambda run: None if run.index == 8 else run)
        assert any(detail.startswith("effect.primary:") and detail.endswith("recomputed none") for detail in found)

    def test_a_control_with_other_companions_than_the_tuning_chose_is_found(self, template: Template) -> None:
        def put_back(run: Experiment) -> Experiment:
            is_compared = run.arm == "control" and run.stage == "confirm"
            return run.model_copy(update={"config": {**run.config, "depth": 5}}) if is_compared else run

        assert any(detail.startswith("effect.primary:") for detail in self.problems(template, put_back))

    def test_a_tuning_with_a_worse_measurement_than_was_made_is_found(self, template: Template) -> None:
        def worsen(run: Experiment) -> Experiment:
            is_best = run.stage == "control" and run.config["depth"] == 3
            return finish([(run, "")], lambda _: 0.0)[0] if is_best else run

        assert any(detail.startswith("setting.control.depth:") for detail in self.problems(template, worsen))
