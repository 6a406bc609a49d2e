"""Policies by text, sweeps and what is printed of them."""

from collections import Counter

import numpy as np
import pytest

from agents.errors import UserError
from agents.search.best_first import BestFirst
from agents.search.greedy_drafts import GreedyDrafts
from bench.search.grounds import FIVE
from bench.search.loop import Course, Setup, run_search
from bench.search.null import claims_confirmed, claims_made, null_lines
from bench.search.policies import make_policy, split_names
from bench.search.sweep import Sweep, run_sweep
from bench.search.tables import all_tables, by_ground, by_price, chosen, differences, lanes


def course(*values: float, price: float = 1.0) -> Course:
    count = len(values)
    return Course(
        best=np.arange(count),
        values=np.array(values),
        spent=np.cumsum([price] * count),
        ask_s=np.full(count, 0.001),
        tell_s=np.full(count, 0.001),
        work_s=80.0,
        makespan_s=20.0,
        depth=2,
        chosen=Counter({"draft": 1, "weak": count, "edit": count - 1}),
    )


TWO = Sweep(
    ("hill", "trap"),
    {
        "brave": [[course(0.1, 0.9), course(0.3, 0.7)], [course(0.2, 0.2), course(0.4, 0.4)]],
        "careful": [[course(0.1, 0.5), course(0.3, 0.5)], [course(0.2, 0.6), course(0.4, 0.4)]],
    },
)


class TestPolicies:
    def test_are_made_by_name_with_options(self) -> None:
        assert make_policy("best_first") == BestFirst()
        assert make_policy("greedy_drafts[draft_share=.2,drafts=4]") == GreedyDrafts(draft_share=0.2, drafts=4)

    def test_are_split_outside_of_brackets(self) -> None:
        assert split_names("a, b[x=1,y=2],c,") == ["a", "b[x=1,y=2]", "c"]

    @pytest.mark.parametrize("text", ["nobody", "best_first[drafts]", "best_first[drafts=3", ""])
    def test_that_cannot_be_read_are_named(self, text: str) -> None:
        with pytest.raises(UserError):
            make_policy(text)


class TestSweep:
    def test_runs_each_policy_on_each_ground_and_seed(self) -> None:
        sweep = run_sweep(["repeated", "best_first"], FIVE[:2], range(3), Setup(12), jobs=1)
        alone = run_search(BestFirst(), FIVE[1], 2, Setup(12))
        assert sweep.grounds == ("unimodal", "lottery") and sweep.policies == ["repeated", "best_first"]
        assert sweep.courses["best_first"][1][2].values.tolist() == alone.values.tolist()

    def test_gives_the_same_on_several_processes(self) -> None:
        one, two = (run_sweep(["best_first"], FIVE[:2], range(2), Setup(12), jobs) for jobs in (1, 2))
        assert np.array_equal(one.after("best_first", 12), two.after("best_first", 12))

    def test_counts_what_was_recommended_when_the_money_was_gone(self) -> None:
        sweep = Sweep(("hill",), {"dear": [[course(0.1, 0.5, 0.8, price=10)]]})
        assert [sweep.for_price("dear", price)[0, 0] for price in (9, 10, 25, 30, 99)] == [0.0, 0.1, 0.5, 0.8, 0.8]


class TestTables:
    def test_show_means_errors_and_the_worst_regret(self) -> None:
        _, _, brave, careful = by_ground(TWO, 2)
        assert brave.split() == ["brave", "0.800", "(0.100)", "0.300", "(0.100)", "0.550", "(0.000)", "0.200"]
        assert careful.split() == ["careful", "0.500", "(0.000)", "0.500", "(0.100)", "0.500", "(0.050)", "0.300"]

    def test_pair_differences_by_seed(self) -> None:
        *_, row = differences(TWO, [1, 2], "careful")
        assert row.split() == ["brave", "+0.000", "(0.000)", "+0.050", "(0.050)"]

    def test_mark_searches_that_ended_before_the_money_was_gone(self) -> None:
        *_, row = by_price(Sweep(("hill",), {"dear": [[course(0.1, 0.5, 0.8, price=100)]]}))
        assert row.split()[1::2] == ["0.000", "0.100", "0.500", "0.800", "0.800"]
        assert row.split()[2::2] == ["(0.000)", "(0.000)", "(0.000)", "(0.000)+", "(0.000)+"]

    def test_count_what_was_chosen(self) -> None:
        _, brave, _ = chosen(TWO)
        assert brave.split(maxsplit=1) == ["brave", "weak 100, draft 50, edit 50"]

    def test_tell_what_lanes_gain_and_lose(self) -> None:
        *_, row = lanes(TWO, Sweep(TWO.grounds, {"brave": TWO.courses["careful"]} | TWO.courses), 8, 2)
        assert row.split() == ["careful", "4.00", "+0.000", "(0.000)", "0.500", "(0.050)"]

    def test_say_everything_once(self) -> None:
        lines = list(all_tables(TWO, 2, "careful"))
        heads = [line.strip().split(":")[0] for line in lines if line.startswith("\n")]
        assert len(heads) == len(set(heads)) == 6


class TestNull:
    def test_claims_about_as_many_improvements_as_records_in_noise(self) -> None:
        """In 100 trials of pure noise 4.2 new bests are expected after the first, with variance 3.6."""
        made = [claims_made(seed, 100, 0.03) for seed in range(40)]
        assert np.mean(made) == pytest.approx(4.19, abs=3 * np.sqrt(3.55 / 40))

    def test_confirms_next_to_none(self) -> None:
        assert claims_confirmed(60, 0, 0.03) <= 0.1 * 60
        assert next(iter(null_lines(1, 10, 0.03))) == "pure noise, 10 trials, 1 searches by keep/discard"
