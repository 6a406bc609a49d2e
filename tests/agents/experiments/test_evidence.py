"""The ledger of a study: its keys, its numbers, what a failed experiment does to it, and its recomputation."""

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.errors import UserError
from agents.experiments.arms import plan_ablation, plan_confirmation
from agents.experiments.evidence import Hardware, differences, weigh_evidence
from agents.schema import Config, Direction, Evidence, Experiment, Metric, Template
from tests.agents.experiments.study_records import CODE, WINNER, finish, make_node, make_plan, write_template

MACHINE = Hardware(cpus=2, memory_gb=7.7, gpus=0)
COUNTS = ("nodes", "ok", "failed", "worse", "drafts", "improves", "debugs")
WINNERS: tuple[Config, ...] = ({"rate": 0.3}, {"rate": 0.3, "depth": 3}, {"rate": 0.3, "width": 16}, WINNER)
Score = Callable[[Experiment], float | None]


def noise(seed: int, arm: str) -> float:
    return random.Random(f"{seed}{arm}").gauss(0, 0.1)


def good_score(experiment: Experiment) -> float:
    """Each factor alone gains 1, both together 3 more, depth 0.25."""
    config = experiment.config
    rate, width, depth = config["rate"] == 0.3, config["width"] == 16, config["depth"] == 3
    return 5 + rate + width + 3 * (rate and width) + 0.25 * depth + noise(experiment.seed, experiment.arm)


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return write_template(tmp_path)


def run_study(
    template: Template, score: Score, config: Config = WINNER, direction: Direction = "maximize"
) -> list[Experiment]:
    """A search of four nodes whose winner has `config`, its confirmation and its ablation."""
    sign = 1 if direction == "maximize" else -1
    nodes = [
        make_node(0, score=5.0),
        make_node(1, config, 5.0 + sign),
        make_node(2, {"rate": 0.3}, parent=1),
        make_node(3, {"width": 16}, 5.0, parent=2),
    ]
    plan = make_plan(direction=direction)
    planned = [
        *plan_confirmation(plan, nodes[1], CODE, template, "tester"),
        *plan_ablation(plan, nodes[1], CODE, template, "tester"),
    ]
    return [*nodes, *finish(planned, score)]


def weigh(template: Template, experiments: list[Experiment], direction: Direction = "maximize") -> Evidence:
    return weigh_evidence(make_plan(direction=direction), template, experiments, MACHINE)


class TestLedger:
    def test_has_every_key_of_the_contract(self, template: Template) -> None:
        evidence = weigh(template, run_study(template, good_score))
        arms = ["treatment", "control", "baseline", "without_rate", "without_width", "without_depth"]
        expected = {
            *(f"search.{x}" for x in [*COUNTS, "best", "baseline"]),
            *("confirm.seeds", "confirm.failed", "effect.primary", "effect.baseline", "interaction.rate.width"),
            *(f"effect.primary.{x}" for x in ("dz", "p", "p_adjusted")),
            *(f"arm.{arm}.{x}" for arm in arms for x in ("mean", "sd", "loss.mean")),
            *(f"ablation.{knob}" for knob in ("rate", "width", "depth")),
            *(f"rule.{x}" for x in ("alpha", "level", "comparisons", "smallest_effect")),
            *(f"setting.{arm}.{knob}" for arm in ("treatment", "control") for knob in ("rate", "width", "depth")),
            *("fact.toys", "cost.usd", "cost.experiments", "cost.experiment_s"),
            *(f"hardware.{x}" for x in ("cpus", "memory_gb", "gpus")),
        }
        assert {key for key in evidence.quantities if not key.startswith("exp.")} == expected

    def test_tells_levels_defaults_and_choices_in_words(self, template: Template) -> None:
        evidence = weigh(template, run_study(template, good_score))
        assert {key: term.text for key, term in evidence.terms.items()} == {
            "metric.label": "score", "metric.unit": "pt",
            "levels.rate": "0.1 and 0.3", "default.rate": "0.1", "levels.width": "8 and 16", "default.width": "8",
            "levels.depth": "2 and 3 layers", "default.depth": "2 layers", "default.head": "plain",
            "setting.treatment.head": "plain", "setting.control.head": "plain",
        }  # fmt: skip
        assert not evidence.terms.keys() & evidence.quantities.keys()

    def test_tells_switches_units_and_numbers_as_the_paper_prints_them(self, template: Template) -> None:
        """A switch is off or on, a unit stands once, a small number has no exponent."""
        rate, width, depth, head = template.knobs
        knobs = (
            rate.model_copy(update={"values": (0.1, 1e-05), "unit": "s"}),
            width.model_copy(update={"values": (False, True), "unit": "none"}),
            depth.model_copy(update={"values": (2, 20000)}), head,
        )  # fmt: skip
        evidence = weigh(template.model_copy(update={"knobs": knobs}), [make_node(0, score=5.0)])
        texts = {key: evidence.terms[f"levels.{key}"].text for key in ("rate", "width", "depth")}
        assert texts == {"rate": "0.1 and 0.00001 s", "width": "off and on", "depth": "2 and 20,000 layers"}
        assert "setting.treatment.head" not in evidence.terms

    def test_lists_every_experiment_failed_ones_without_metric(self, template: Template) -> None:
        experiments = run_study(template, good_score)
        evidence = weigh(template, experiments)
        for experiment in experiments:
            assert evidence[f"exp.{experiment.id}.seed"].value == experiment.seed
            assert evidence[f"exp.{experiment.id}.rate"].value == experiment.config["rate"]
        assert evidence["exp.s1-0001.score"].value == 6.0
        assert "exp.s1-0002.score" not in evidence.quantities
        assert evidence["exp.s1-0004.score"].files == {"predictions.csv": "a" * 64}

    def test_counts_the_search(self, template: Template) -> None:
        evidence = weigh(template, run_study(template, good_score))
        shown = {name: evidence[f"search.{name}"].value for name in COUNTS}
        assert shown == {"nodes": 4, "ok": 3, "failed": 1, "worse": 1, "drafts": 1, "improves": 1, "debugs": 1}
        assert evidence["search.failed"].experiments == ("s1-0002",)

    def test_measures_what_was_planted(self, template: Template) -> None:
        evidence = weigh(template, run_study(template, good_score))
        for key, planted in [("effect.primary", 5), ("effect.baseline", 5.25), ("ablation.depth", 0.25)]:
            entry = evidence[key]
            assert entry.value == pytest.approx(planted, abs=0.15) and entry.n == 10 and entry.level == 95
            assert entry.low is not None and entry.high is not None and entry.low < entry.value < entry.high
        assert evidence["interaction.rate.width"].value == pytest.approx(3, abs=0.25)
        assert evidence["rule.comparisons"].value == 3
        assert evidence["effect.primary.p_adjusted"].shown == "<0.0001"
        assert evidence.verdict.label == "supported"

    def test_prints_settings_with_the_decimals_they_have(self, template: Template) -> None:
        evidence = weigh(template, run_study(template, good_score))
        assert evidence["setting.treatment.rate"].shown == "0.3"
        assert evidence["setting.treatment.depth"].shown == "3"
        assert evidence["rule.alpha"].shown == "0.05"
        assert "setting.treatment.head" not in evidence.quantities

    def test_gains_of_a_percentage_are_percentage_points_and_levels_stay_per_cent(self, template: Template) -> None:
        in_percent = template.metric.model_copy(update={"unit": "%"})
        metered = template.model_copy(update={"metric": in_percent})
        evidence = weigh(metered, run_study(metered, good_score))
        gains = ("effect.primary", "effect.baseline", "ablation.depth", "interaction.rate.width", "arm.control.sd")
        assert {evidence[key].unit for key in (*gains, "rule.smallest_effect")} == {"percentage points"}
        assert {evidence[key].unit for key in ("arm.treatment.mean", "search.best", "exp.s1-0001.score")} == {"%"}
        assert weigh(template, run_study(template, good_score))["rule.smallest_effect"].unit == "pt"

    def test_has_no_digit_in_a_label(self, template: Template) -> None:
        evidence = weigh(template, run_study(template, good_score))
        assert not [entry.label for entry in evidence.quantities.values() if re.search(r"\d", entry.label)]

    def test_refuses_a_knob_called_like_a_metric(self, template: Template) -> None:
        clash = template.model_copy(update={"secondary": (Metric(name="rate", label="rate", direction="minimize"),)})
        nodes = [make_node(0, score=5.0)]
        outcome = nodes[0].outcome
        assert outcome is not None
        nodes = [nodes[0].model_copy(update={"outcome": outcome.model_copy(update={"metrics": {"rate": 1.0}})})]
        with pytest.raises(UserError, match="rate"):
            weigh(clash, nodes)


class TestSharedArms:
    def test_have_entries_of_their_own(self, template: Template) -> None:
        evidence = weigh(template, run_study(template, good_score, config={"rate": 0.3}))
        assert evidence["arm.baseline.mean"].experiments == evidence["arm.control.mean"].experiments
        assert evidence["arm.baseline.mean"].value == evidence["arm.control.mean"].value
        assert evidence["ablation.rate"].value == evidence["effect.primary"].value
        assert not [key for key in evidence.quantities if key.startswith("interaction")]


class TestDirection:
    def test_gains_are_positive_when_better_either_way(self, tmp_path: Path) -> None:
        up = write_template(tmp_path / "up")
        down = write_template(tmp_path / "down", "minimize")
        rising = weigh(up, run_study(up, good_score))
        falling = weigh(down, run_study(down, lambda run: -good_score(run), direction="minimize"), direction="minimize")
        for key in ("effect.primary", "effect.baseline", "ablation.depth", "effect.primary.p"):
            assert falling[key].value == pytest.approx(rising[key].value)
        assert falling.verdict == rising.verdict
        assert falling["arm.treatment.mean"].value < 0


class TestNull:
    def test_a_knob_that_does_nothing_at_all_is_refuted(self, template: Template) -> None:
        evidence = weigh(template, run_study(template, lambda run: 5 + noise(run.seed, "")))
        assert evidence.verdict.label == "refuted"
        assert evidence["effect.primary"].shown == "0.00" and evidence["effect.primary.p"].value == 1
        assert "effect.primary.dz" not in evidence.quantities


class TestFailures:
    def test_a_pair_with_a_failed_member_is_left_out_and_counted(self, template: Template) -> None:
        def score(run: Experiment) -> float | None:
            return None if (run.seed, run.arm) in {(1001, "treatment"), (1002, "control")} else good_score(run)

        evidence = weigh(template, run_study(template, score))
        assert evidence["effect.primary"].n == 8 and evidence["confirm.failed"].value == 2
        assert evidence["arm.treatment.mean"].n == 9 and evidence["effect.baseline"].n == 9
        assert evidence["confirm.seeds"].value == 10

    def test_two_complete_pairs_are_too_few_for_a_verdict(self, template: Template) -> None:
        evidence = weigh(template, run_study(template, lambda run: good_score(run) if run.seed < 1003 else None))
        assert evidence["effect.primary"].n == 2
        assert evidence.verdict.label == "inconclusive" and "few" in evidence.verdict.reason

    def test_a_treatment_that_always_crashes_is_inconclusive(self, template: Template) -> None:
        evidence = weigh(template, run_study(template, lambda run: None if run.arm == "treatment" else good_score(run)))
        assert evidence.verdict.label == "inconclusive"
        assert "effect.primary" not in evidence.quantities and "arm.control.mean" in evidence.quantities

    @pytest.mark.parametrize("baseline", [None, 5.0], ids=["all failed", "only the baseline worked"])
    def test_a_search_without_winner_has_its_ledger_too(self, template: Template, baseline: float | None) -> None:
        evidence = weigh(template, [make_node(0, score=baseline), make_node(1, WINNER), make_node(2, WINNER)])
        assert evidence.verdict.label == "inconclusive"
        groups = {key.split(".")[0] for key in evidence.quantities}
        assert groups == {"search", "rule", "fact", "exp", "cost", "hardware"}
        assert "search.best" not in evidence.quantities

    def test_a_baseline_that_failed_leaves_nothing_to_be_worse_than(self, template: Template) -> None:
        evidence = weigh(template, [make_node(0), make_node(1, WINNER, 4.0)])
        assert "search.worse" not in evidence.quantities and "search.baseline" not in evidence.quantities


@given(st.integers(0, 2**16), st.floats(0, 1), st.sampled_from(WINNERS))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_fails_the_ledger_stands_and_the_verdict_follows_from_it(
    template: Template, seed: int, failing: float, config: Config
) -> None:
    rng = random.Random(seed)
    experiments = run_study(template, lambda _: None if rng.random() < failing else rng.choice([4, 5.0, 5.5]), config)
    evidence = weigh(template, experiments)
    for entry in evidence.quantities.values():
        assert entry.low is None or entry.high is None or entry.low <= entry.value <= entry.high
        assert set(entry.experiments) <= {experiment.id for experiment in experiments}
    if evidence.verdict.label == "supported":
        effect, alpha = evidence["effect.primary"], evidence["rule.alpha"].value
        assert effect.low is not None and effect.low > 0 and effect.value >= evidence["rule.smallest_effect"].value
        assert evidence["effect.primary.p_adjusted"].value < alpha
    assert differences(evidence, weigh(template, experiments[::-1])) == []


class TestRecomputation:
    def test_gives_the_same_ledger_in_the_same_order_whatever_the_order_of_experiments(
        self, template: Template
    ) -> None:
        experiments = run_study(template, good_score)
        claimed, again = weigh(template, experiments), weigh(template, experiments[::-1])
        assert differences(claimed, again) == [] and list(claimed.quantities) == list(again.quantities)

    def test_survives_the_round_through_json(self, template: Template) -> None:
        claimed = weigh(template, run_study(template, good_score))
        assert differences(Evidence.model_validate_json(claimed.model_dump_json()), claimed) == []

    def test_names_changed_words(self, template: Template) -> None:
        evidence = weigh(template, run_study(template, good_score))
        said = evidence.terms["default.head"].model_copy(update={"text": "double"})
        other = evidence.model_copy(update={"terms": evidence.terms | {"default.head": said}})
        assert differences(other, evidence) == ["default.head: claimed 'double', recomputed 'plain'"]

    def test_names_a_changed_number_a_missing_entry_and_a_changed_verdict(self, template: Template) -> None:
        evidence = weigh(template, run_study(template, good_score))
        entries = dict(evidence.quantities)
        entries["effect.primary"] = entries["effect.primary"].model_copy(update={"value": 9.0})
        del entries["search.failed"]
        verdict = evidence.verdict.model_copy(update={"label": "refuted"})
        claimed = evidence.model_copy(update={"quantities": entries, "verdict": verdict})
        found = differences(claimed, evidence)
        assert len(found) == 3
        assert found[0].startswith("verdict: claimed")
        assert found[1].startswith("effect.primary.value: claimed 9.0, recomputed ")
        assert found[2] == "search.failed: claimed nothing, recomputed 1.0"

    def test_of_one_changed_experiment_moves_what_rests_on_it(self, template: Template) -> None:
        experiments = run_study(template, good_score)
        forged = finish([(experiments[4], CODE)], lambda _: 99.0)[0]
        found = differences(weigh(template, experiments), weigh(template, [*experiments[:4], forged, *experiments[5:]]))
        assert {"effect.primary.value", "arm.treatment.mean.value"} <= {line.split(":")[0] for line in found}


def without_noise(experiment: Experiment) -> float:
    return round(good_score(experiment) - noise(experiment.seed, experiment.arm), 6)


def control_alone_stands_still(experiment: Experiment) -> float:
    return 5.0 if experiment.arm == "control" else good_score(experiment)


def test_an_arm_that_no_seed_moved_is_told_in_the_ledger(template: Template) -> None:
    experiments = run_study(template, control_alone_stands_still)
    plan = make_plan().model_copy(update={"needs_spread": True})
    evidence = weigh_evidence(plan, template, experiments, MACHINE)
    entry = evidence["confirm.seeds_alike.control"]
    assert entry.value == 10 and len(entry.experiments) == 10 and not re.search(r"\d", entry.label)
    assert "confirm.seeds_alike.treatment" not in evidence.quantities
    assert "the control the same value" in evidence.stillness and evidence.verdict.label == "supported"


def test_seeds_that_moved_neither_arm_settle_nothing_under_a_plan_that_says_so(template: Template) -> None:
    experiments = run_study(template, without_noise)
    plan = make_plan().model_copy(update={"needs_spread": True})
    evidence = weigh_evidence(plan, template, experiments, MACHINE)
    assert evidence.verdict.label == "inconclusive" and "one measurement" in evidence.stillness


def test_a_winner_with_a_part_of_a_joint_claim_settles_nothing(template: Template) -> None:
    plan = make_plan().model_copy(update={"is_joint": True})
    evidence = weigh_evidence(plan, template, run_study(template, good_score, {"rate": 0.3}), MACHINE)
    assert evidence.verdict.label == "inconclusive" and "another claim" in evidence.verdict.reason


def test_evidence_of_an_older_plan_stays_as_it_was(template: Template) -> None:
    evidence = weigh(template, run_study(template, without_noise))
    assert evidence.verdict.label == "supported" and evidence.stillness == ""
    assert not [key for key in evidence.quantities if key.startswith("confirm.seeds_alike")]
