"""Who wins the search, and which arms are planned, shared and found again."""

from collections import Counter
from pathlib import Path

import pytest

from agents.errors import UserError
from agents.experiments.arms import (
    Planned,
    arm_configs,
    arm_experiments,
    choose_winner,
    claimed_metric,
    plan_ablation,
    plan_confirmation,
)
from agents.files import sha256_text
from agents.schema import Config, Experiment, Registration, Template
from agents.slots import fill_slots
from tests.agents.experiments.study_records import (
    BASELINE,
    CODE,
    WINNER,
    make_node,
    make_plan,
    make_template,
    write_template,
)

METRIC = make_template().metric


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return write_template(tmp_path)


def plan_all(plan: Registration, winner: Experiment, template: Template, code: str = CODE) -> list[Planned]:
    return [
        *plan_confirmation(plan, winner, code, template, "tester"),
        *plan_ablation(plan, winner, code, template, "tester"),
    ]


def count_arms(planned: list[Planned]) -> dict[str, int]:
    return dict(Counter(experiment.arm for experiment, _ in planned))


class TestWinner:
    def test_is_the_best_with_a_factor_set(self) -> None:
        nodes = [make_node(0, score=9.0), make_node(1, {"rate": 0.3}, 5.0), make_node(2, {"width": 16}, 6.0)]
        assert choose_winner(make_plan(), nodes, METRIC) == nodes[2]

    def test_of_a_joint_claim_has_every_factor_set_if_any_node_has(self) -> None:
        plan = make_plan().model_copy(update={"is_joint": True})
        nodes = [make_node(1, {"rate": 0.3}, 9.0), make_node(2, {"rate": 0.3, "width": 16}, 6.0)]
        assert choose_winner(plan, nodes, METRIC) == nodes[1]
        assert choose_winner(plan, nodes[:1], METRIC) == nodes[0]

    def test_is_not_a_node_with_companions_alone(self) -> None:
        nodes = [make_node(0, score=1.0), make_node(1, {"depth": 3}, 9.0)]
        assert choose_winner(make_plan(), nodes, METRIC) is None

    def test_may_score_an_integer_or_below_zero(self) -> None:
        nodes = [make_node(1, {"rate": 0.3}, -4), make_node(2, {"rate": 0.3}, -3)]
        assert choose_winner(make_plan(), nodes, METRIC) == nodes[1]

    def test_of_a_tie_is_the_first_in_whatever_order(self) -> None:
        nodes = [make_node(2, {"rate": 0.3}, 5.0), make_node(1, {"rate": 0.3}, 5.0)]
        assert choose_winner(make_plan(), nodes, METRIC) == nodes[1]

    def test_has_the_lowest_value_of_a_metric_to_minimise(self) -> None:
        nodes = [make_node(1, {"rate": 0.3}, 5.0), make_node(2, {"rate": 0.3}, 4.0)]
        metric = METRIC.model_copy(update={"direction": "minimize"})
        assert choose_winner(make_plan(), nodes, metric) == nodes[1]

    def test_is_absent_when_every_node_failed(self) -> None:
        assert choose_winner(make_plan(), [make_node(0), make_node(1, {"rate": 0.3})], METRIC) is None


def test_a_claim_about_an_unmeasured_metric_is_refused() -> None:
    plan = make_plan()
    hypothesis = plan.idea.hypothesis.model_copy(update={"metric": "beauty"})
    plan = plan.model_copy(update={"idea": plan.idea.model_copy(update={"hypothesis": hypothesis})})
    with pytest.raises(UserError, match="beauty"):
        claimed_metric(plan, make_template())


def test_arms_are_reverted_from_the_winner() -> None:
    configs = arm_configs(make_plan(), make_node(1, WINNER, 1.0), None)
    assert configs["control"] == BASELINE | {"depth": 3}
    assert configs["baseline"] == BASELINE
    assert configs["without_depth"] == WINNER | {"depth": 2}
    assert list(configs) == ["treatment", "control", "baseline", "without_rate", "without_width", "without_depth"]


class TestPlan:
    def test_runs_every_arm_on_every_seed_one_seed_after_another(self, template: Template) -> None:
        plan = make_plan(seeds=(1001, 1002))
        planned = plan_confirmation(plan, make_node(1, WINNER, 1.0), CODE, template, "tester")
        assert [(e.id, e.seed, e.arm) for e, _ in planned] == [
            ("s1-0004", 1001, "treatment"), ("s1-0005", 1001, "control"), ("s1-0006", 1001, "baseline"),
            ("s1-0007", 1002, "treatment"), ("s1-0008", 1002, "control"), ("s1-0009", 1002, "baseline"),
        ]  # fmt: skip
        assert {(e.stage, e.split, e.researcher) for e, _ in planned} == {("confirm", "confirm", "tester")}

    def test_numbers_the_ablation_on_from_the_confirmation_without_gap(self, template: Template) -> None:
        configs: list[Config] = [{"rate": 0.3}, {"rate": 0.3, "width": 16}, WINNER]
        for config in configs:
            planned = plan_all(make_plan(), make_node(1, config, 1.0), template)
            assert [e.index for e, _ in planned] == list(range(4, 4 + len(planned)))

    def test_leaves_out_the_baseline_where_the_control_equals_it(self, template: Template) -> None:
        planned = plan_all(make_plan(), make_node(1, {"rate": 0.3, "width": 16}, 1.0), template)
        assert count_arms(planned) == {"treatment": 10, "control": 10, "without_rate": 10, "without_width": 10}

    def test_leaves_out_the_ablation_of_a_single_factor(self, template: Template) -> None:
        planned = plan_all(make_plan(), make_node(1, {"rate": 0.3, "depth": 3}, 1.0), template)
        assert count_arms(planned) == {"treatment": 10, "control": 10, "baseline": 10, "without_depth": 10}

    def test_needs_two_arms_for_one_changed_knob(self, template: Template) -> None:
        planned = plan_all(make_plan(), make_node(1, {"rate": 0.3}, 1.0), template)
        assert count_arms(planned) == {"treatment": 10, "control": 10}

    def test_puts_each_arms_choice_into_the_code_and_hashes_it(self, template: Template) -> None:
        plan = make_plan(factors=("head",), companions=())
        winner = make_node(1, {"head": "double"}, 1.0)
        code = fill_slots(template, CODE, winner.config)
        planned = plan_all(plan, winner, template, code)
        texts = {experiment.arm: text for experiment, text in planned}
        assert "return 2 * x" in texts["treatment"] and texts["control"] == CODE
        assert all(experiment.code_sha256 == sha256_text(text) for experiment, text in planned)

    def test_keeps_the_baseline_apart_from_a_control_with_rewritten_code(self, template: Template) -> None:
        rewritten = CODE.replace("forward", "forwards")
        planned = plan_all(make_plan(), make_node(1, {"rate": 0.3}, 1.0), template, rewritten)
        texts = {experiment.arm: text for experiment, text in planned}
        assert texts["control"] == rewritten and texts["baseline"] == CODE

    def test_is_the_same_every_time(self, template: Template) -> None:
        winner = make_node(1, WINNER, 1.0)
        assert plan_all(make_plan(), winner, template) == plan_all(make_plan(), winner, template)


class TestArmExperiments:
    @pytest.mark.parametrize("config", [{"rate": 0.3}, {"rate": 0.3, "depth": 3}, {"rate": 0.3, "width": 16}, WINNER])
    def test_every_arm_has_experiments_of_its_configuration(self, template: Template, config: Config) -> None:
        plan, winner = make_plan(), make_node(1, config, 1.0)
        experiments = [experiment for experiment, _ in plan_all(plan, winner, template)]
        arms = arm_experiments(plan, winner, experiments[::-1])
        configs = arm_configs(plan, winner, None)
        assert list(arms) == list(configs)
        for name, runs in arms.items():
            assert [run.seed for run in runs] == list(plan.confirm_seeds)
            assert all(run.config == configs[name] for run in runs)

    def test_an_ablation_shares_the_control_and_not_the_baseline_with_other_code(self, template: Template) -> None:
        plan, winner = make_plan(), make_node(1, {"rate": 0.3}, 1.0)
        planned = plan_all(plan, winner, template, CODE.replace("forward", "forwards"))
        arms = arm_experiments(plan, winner, [experiment for experiment, _ in planned])
        assert {run.arm for run in arms["without_rate"]} == {"control"}
        assert {run.arm for run in arms["baseline"]} == {"baseline"}

    def test_an_arm_that_has_not_run_yet_is_empty(self, template: Template) -> None:
        plan, winner = make_plan(), make_node(1, WINNER, 1.0)
        confirmed = [e for e, _ in plan_confirmation(plan, winner, CODE, template, "tester")]
        assert arm_experiments(plan, winner, confirmed)["without_rate"] == []


class TestCodeSlots:
    """Each piece in which the winner differs from the baseline is reverted alone, code like any other."""

    HEADED = {**WINNER, "head": "double"}

    def planned(self, template: Template, factors: tuple[str, ...]) -> dict[str, tuple[Experiment, str]]:
        winner = make_node(1, self.HEADED, 5.0)
        code = fill_slots(template, CODE, self.HEADED) + "# the winner's own line\n"
        return {run.arm: (run, text) for run, text in plan_all(make_plan(factors), winner, template, code)}

    def test_are_reverted_alone_and_leave_the_rest_of_the_code(self, template: Template) -> None:
        run, text = self.planned(template, ("head", "rate"))["without_head"]
        assert run.config == {**self.HEADED, "head": "plain"}
        assert "return x\n" in text and "2 * x" not in text
        assert text.endswith("# the winner's own line\n") and run.code_sha256 == sha256_text(text)

    def test_stay_where_another_piece_is_reverted(self, template: Template) -> None:
        arms = self.planned(template, ("head", "rate"))
        for name in ("without_rate", "without_width", "without_depth"):
            run, text = arms[name]
            assert run.config["head"] == "double" and "return 2 * x" in text

    def test_are_an_arm_for_every_changed_piece_and_no_other(self, template: Template) -> None:
        arms = self.planned(template, ("head", "rate"))
        names = {f"without_{name}" for name in ("rate", "width", "depth", "head")}
        assert {name for name in arms if name.startswith("without_")} == names

    def test_as_factors_are_reverted_in_the_control(self, template: Template) -> None:
        run, text = self.planned(template, ("head",))["control"]
        assert run.config == WINNER and "2 * x" not in text
