"""What the default policy does with what it has seen; that it finds more than others is measured in bench/search."""

import random
from collections import Counter
from collections.abc import Mapping

import pytest

from agents.schema import Choice
from agents.search.experience import Experience
from agents.search.lift import choose_by_lift
from agents.search.portfolio import Portfolio
from agents.search.sums import Sums
from agents.search.tree import SearchTree, Trial
from agents.search.view import SearchView
from tests.agents.search.trees import tree_of, trial

DEFAULT = Portfolio()
NO_COSTS: Mapping[str, float] = {}


def choices(tree: SearchTree, policy: Portfolio = DEFAULT, count: int = 400, index: int = 60) -> list[Choice]:
    return [policy.ask(SearchView(tree, index, 200, seed)) for seed in range(count)]


def arms(tree: SearchTree, policy: Portfolio = DEFAULT, index: int = 60) -> Counter[str]:
    return Counter(choice.arm for choice in choices(tree, policy, index=index))


def three_ideas() -> SearchTree:
    """Ideas 0, 1, 2 with one edit each; idea 2 leads."""
    drafts = [trial(number, 0.2 + 0.1 * number) for number in range(3)]
    return tree_of([*drafts, *(trial(3 + number, 0.3 + 0.1 * number, number) for number in range(3))])


def test_fresh_drafts_never_cease() -> None:
    counted = arms(three_ideas(), Portfolio(draft_share=0.4, repeat_share=0))
    assert 120 <= counted["drafts"] <= 200
    assert set(counted) == {"drafts", "best", "rivals", "ab_mcts", "evolution"}


def test_rivals_are_the_leaders_of_ideas_the_first_half_the_time() -> None:
    policy = Portfolio(draft_share=0, best=1e-9, rivals=1, ab_mcts=0, evolution=0, repeat_share=0)
    parents = Counter(choice.parent for choice in choices(three_ideas(), policy, 2000))
    assert set(parents) == {"5", "4", "3"}
    assert 900 <= parents["5"] <= 1100 and 400 <= parents["4"] <= 600 and 400 <= parents["3"] <= 600


def test_a_winner_of_one_measurement_is_measured_again_before_it_is_built_upon() -> None:
    tree = three_ideas()
    assert {(choice.parent, choice.patch) for choice in choices(tree, count=20)} == {("5", "repeat")}
    tree.tell(trial(6, 0.52, 5, "repeat"))
    tree.tell(trial(7, 0.48, 5, "repeat"))
    assert "repeats" not in arms(tree)


def test_large_noise_asks_for_more_measurements_of_the_winner() -> None:
    quiet, loud = three_ideas(), three_ideas()
    for tree, spread in ((quiet, 0.001), (loud, 0.2)):
        tree.tell(trial(6, 0.5 + spread, 5, "repeat"))
        tree.tell(trial(7, 0.5 - spread, 5, "repeat"))
    assert arms(quiet)["repeats"] == 0 and arms(loud)["repeats"] == 400


def test_repeats_have_a_share_that_they_do_not_exceed() -> None:
    tree = three_ideas()
    for number in range(6, 12):
        tree.tell(trial(number, random.Random(number).random(), 5, "repeat"))
    patient = Portfolio(most_measurements=20)
    assert arms(tree, patient, index=40)["repeats"] == 0 and arms(tree, patient, index=80)["repeats"] == 400


def test_an_arm_that_raised_the_best_is_drawn_more_often() -> None:
    tree = tree_of([trial(0, 0.1)])
    for number in range(1, 21):
        arm = ("rivals", "best")[number % 2]
        tree.tell(Trial(str(number), "0", 0.1 + 0.02 * number if arm == "rivals" else 0.1, arm=arm))
    counted = arms(tree, Portfolio(draft_share=0, repeat_share=0))
    fixed = arms(tree, Portfolio(draft_share=0, exploration=1, repeat_share=0))
    assert counted["rivals"] > 1.3 * fixed["rivals"] and counted["best"] < 0.8 * fixed["best"]
    assert min(counted.values()) > 5, "an arm that earned nothing keeps its share of exploration"


def test_a_dear_arm_must_raise_more() -> None:
    experience = Experience()
    for _ in range(20):
        experience.note_yield("cheap", 1.0, 0.1)
        experience.note_yield("dear", 10.0, 0.1)
    assert experience.rate_of("cheap", 5) > 3 * experience.rate_of("dear", 5)
    assert experience.rate_of("dear", 5) < experience.rate_of("never tried", 5) < experience.rate_of("cheap", 5)


def test_what_paid_long_ago_fades() -> None:
    experience = Experience()
    experience.note_yield("early", 1.0, 1.0)
    for _ in range(300):
        experience.note_yield("late", 1.0, 0.01)
    assert experience.rate_of("early", 5) < 0.02 < 0.1 * 1.0, "it raised a hundred times as much, three hundred ago"


def test_noise_is_the_deviation_of_repeats_from_their_means() -> None:
    experience, rng, means = Experience(), random.Random(3), [0.1, 5.0, -2.0]
    for mean in means:
        measured = Sums()
        measured.note(rng.gauss(mean, 0.3))
        for _ in range(400):
            gain = rng.gauss(mean, 0.3)
            experience.note_repeat(gain, measured)
            measured.note(gain)
    assert experience.noise_sd == pytest.approx(0.3, rel=0.05)


def models_chosen(tree: SearchTree, models: tuple[str, ...], exponent: float = 0.0) -> Counter[str]:
    views = [SearchView(tree, 60, 200, seed, models) for seed in range(400)]
    return Counter(choose_by_lift(view, view.rng(), exponent) for view in views)


def lifted(lifts: dict[str, float | None], rounds: int = 12, cost: Mapping[str, float] = NO_COSTS) -> SearchTree:
    """Each model edits nodes of very different worth, and adds its own lift to them; None fails."""
    tree = tree_of([trial(0, 0.1), trial(1, 0.9)])
    for number in range(rounds):
        for place, (model, lift) in enumerate(lifts.items()):
            base = (number + place) % 2
            value = None if lift is None else (0.1, 0.9)[base] + lift + 0.01 * (number % 3)
            tree.tell(Trial(f"{model}{number}", str(base), value, model=model, cost=cost.get(model, 1.0)))
    return tree


def test_a_model_is_judged_by_what_it_adds_not_by_what_it_was_given() -> None:
    tree = tree_of([trial(0, 0.1), trial(1, 0.9)])
    for number in range(12):
        tree.tell(Trial(f"lucky{number}", "1", 0.9 - 0.05, model="lucky"))
        tree.tell(Trial(f"able{number}", "0", 0.1 + 0.05, model="able"))
    assert models_chosen(tree, ("lucky", "able"))["able"] > 380


def test_failures_count_against_a_model() -> None:
    assert models_chosen(lifted({"fails": None, "works": 0.0}), ("fails", "works"))["works"] > 380


def test_a_price_counts_as_much_as_its_exponent_says() -> None:
    tree = lifted({"dear": 0.05, "cheap": 0.04}, cost={"dear": 10.0, "cheap": 1.0})
    assert models_chosen(tree, ("dear", "cheap"))["dear"] > 200
    assert models_chosen(tree, ("dear", "cheap"), 1.0)["cheap"] > 380


def test_a_new_model_is_tried_and_a_removed_one_is_not() -> None:
    counted = models_chosen(lifted({"old": 0.02, "gone": 0.05}), ("old", "new"))
    assert counted["new"] > 40 and "gone" not in counted
