"""The choice of the next idea: prior, reviews, follow-ups, curiosity; and what it never does."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.ideas.choose import choose_idea, similarity
from agents.schema import ArchiveEntry, Hypothesis, Idea, IdeaScores, Novelty, Review, Verdict

Label = Literal["supported", "refuted", "inconclusive"]


def make_idea(*factors: str, fit: float = 0.5, companions: tuple[str, ...] = (), id: str = "", niche: str = "") -> Idea:
    name = id or "-".join(factors)
    return Idea(
        id=name, title=f"On {name}", template="toy", plan="", niche=niche or factors[0],
        scores=IdeaScores(interest=0.5, feasibility=0.5, fit=fit),
        hypothesis=Hypothesis(
            statement="", metric="score", direction="maximize", smallest_effect=0, factors=factors,
            companions=companions,
        ),
    )  # fmt: skip


def studied(
    idea: Idea, overall: float = 5.5, label: Label = "inconclusive", soundness: float = 3, confidence: float = 4
) -> ArchiveEntry:
    review = Review(
        summary="", strengths=(), weaknesses=(), questions=(), limitations=(), soundness=soundness,
        presentation=2, contribution=2, overall=overall, confidence=confidence, decision="reject", calibration="none",
        reviewer="tester",
    )  # fmt: skip
    return ArchiveEntry(study="s1", idea=idea, verdict=Verdict(label=label, reason=""), review=review)


def first_choice(ideas: list[Idea], *archive: ArchiveEntry, novelty: dict[str, Novelty] | None = None) -> str:
    return choose_idea(ideas, archive, novelty or {}, 1)[0].idea.id


def known(idea: Idea) -> dict[str, Novelty]:
    return {idea.id: Novelty(idea=idea.id, verdict="known", reason="seen")}


class TestPrior:
    def test_fit_to_the_topic_decides_before_anything_was_studied(self) -> None:
        assert first_choice([make_idea("rate", fit=0.2), make_idea("width", fit=0.9)]) == "width"

    def test_ties_go_to_the_earlier_idea(self) -> None:
        assert first_choice([make_idea("rate"), make_idea("width")]) == "rate"


class TestReviews:
    """The second generation: label smoothing was studied; is it worth going on, or time for something else?"""

    DONE = make_idea("smoothing")
    SAME_NICHE = make_idea("smoothing", companions=("width",), id="smoothing-beside-width", fit=0.6)
    OTHER = make_idea("dropout", fit=0.5)

    def test_the_review_alone_changes_the_choice(self) -> None:
        ideas = [self.SAME_NICHE, self.OTHER]
        assert first_choice(ideas, studied(self.DONE, overall=8)) == self.SAME_NICHE.id
        assert first_choice(ideas, studied(self.DONE, overall=2)) == self.OTHER.id

    def test_the_reason_names_the_study_whose_review_changed_the_choice(self) -> None:
        choice = choose_idea([self.SAME_NICHE, self.OTHER], [studied(self.DONE, overall=1)], {}, 1)[0]
        assert "the review of s1 put it before" in choice.reason and self.SAME_NICHE.title in choice.reason
        choice = choose_idea([self.SAME_NICHE, self.OTHER], [studied(self.DONE, overall=9)], {}, 1)[0]
        assert "the review of s1, a related study with the verdict inconclusive, raised its score" in choice.reason

    def test_a_reviewer_who_is_not_confident_moves_less(self) -> None:
        ideas = [self.SAME_NICHE, self.OTHER]
        assert first_choice(ideas, studied(self.DONE, overall=4.4, confidence=5)) == self.OTHER.id
        assert first_choice(ideas, studied(self.DONE, overall=4.4, confidence=1)) == self.SAME_NICHE.id

    @given(st.floats(1, 10), st.floats(1, 10))
    def test_a_better_review_never_lowers_a_related_idea(self, first: float, second: float) -> None:
        low, high = sorted((first, second))
        scores = [
            choose_idea([self.SAME_NICHE], [studied(self.DONE, overall=overall)], {}, 1)[0].score
            for overall in (low, high)
        ]
        assert scores[0] <= scores[1]

    def test_a_poor_fit_is_not_bought_by_a_good_review(self) -> None:
        ideas = [make_idea("smoothing", "width", fit=0.1), make_idea("dropout", fit=0.95)]
        assert first_choice(ideas, studied(self.DONE, overall=9, label="supported")) == "dropout"


class TestFollowUps:
    DONE = make_idea("rate")

    def test_a_supported_effect_invites_its_combination(self) -> None:
        ideas = [make_idea("width"), make_idea("rate", "width", id="both")]
        assert first_choice(ideas, studied(self.DONE, 7, "supported")) == "both"

    def test_a_refuted_effect_speaks_against_its_factor(self) -> None:
        ideas = [make_idea("rate", "width", id="both"), make_idea("depth")]
        assert first_choice(ideas, studied(self.DONE, 6.5, "inconclusive")) == "both"
        assert first_choice(ideas, studied(self.DONE, 6.5, "refuted")) == "depth"

    def test_but_not_against_an_idea_that_was_thought_of_because_of_it(self) -> None:
        blind = make_idea("rate", "width", fit=0.5)
        seeing = blind.model_copy(update={"parents": (self.DONE.id,)})
        scores = [choose_idea([idea], [studied(self.DONE, 5.5, "refuted")], {}, 1)[0].score for idea in (blind, seeing)]
        assert scores[1] > scores[0]

    def test_an_unsound_study_says_less_by_its_verdict(self) -> None:
        ideas = [make_idea("rate", "width", id="both")]
        sound, unsound = (studied(self.DONE, 5.5, "supported", soundness=value) for value in (4, 1))
        assert choose_idea(ideas, [sound], {}, 1)[0].score > choose_idea(ideas, [unsound], {}, 1)[0].score


def test_without_a_template_two_ideas_may_name_one_factor_and_ask_two_questions() -> None:
    done, child = (make_idea("rate", id=name).model_copy(update={"template": None}) for name in ("done", "child"))
    assert first_choice([done, child], studied(done)) == "child"


class TestNever:
    def test_an_archived_idea_nor_the_same_question_by_another_name(self) -> None:
        done = make_idea("rate", "width", fit=1.0)
        twin = make_idea("width", "rate", fit=1.0, id="twin")
        assert first_choice([done, twin, make_idea("depth", fit=0.1)], studied(done, 10, "supported")) == "depth"
        assert choose_idea([done, twin], [studied(done)], {}, 1) == ()

    def test_a_known_idea_before_one_that_is_not(self) -> None:
        best = make_idea("rate", fit=1.0)
        assert first_choice([best, make_idea("depth", fit=0.1)], novelty=known(best)) == "depth"
        assert first_choice([best], novelty=known(best)) == "rate"
        assert "known already" in choose_idea([best], [], known(best), 1)[0].reason

    def test_the_more_speaks_for_its_being_known_the_later(self) -> None:
        ideas = [make_idea(name) for name in ("known", "suspected", "recalled", "open")]
        novelty = known(ideas[0]) | {
            "suspected": Novelty(idea="suspected", verdict="unknown", reason="", recalled="SWA", is_suspected=True),
            "recalled": Novelty(idea="recalled", verdict="unknown", reason="", recalled="SWA"),
        }
        chosen = choose_idea(ideas, [], novelty, 4)
        assert [choice.idea.id for choice in chosen] == ["open", "recalled", "suspected", "known"]
        assert ["nothing newer is left" in choice.reason for choice in chosen] == [False, True, True, True]

    def test_more_than_there_are(self) -> None:
        assert choose_idea([], [], {}, 3) == ()
        assert len(choose_idea([make_idea("rate")], [], {}, 3)) == 1


def test_studies_side_by_side_are_of_different_niches_when_they_promise_alike() -> None:
    ideas = [make_idea("rate"), make_idea("rate", companions=("width",), id="near"), make_idea("depth", id="far")]
    assert [choice.idea.id for choice in choose_idea(ideas, [], {}, 2)] == ["rate", "far"]


def test_an_untouched_niche_is_preferred_when_reviews_are_neutral() -> None:
    ideas = [make_idea("rate", companions=("width",), id="near"), make_idea("depth", id="far")]
    assert first_choice(ideas, studied(make_idea("rate"), 5.5)) == "far"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (make_idea("rate"), 1.0),
        (make_idea("rate", "width"), 0.6),
        (make_idea("width", "rate"), 0.5),
        (make_idea("depth", niche="rate"), 0.6),
        (make_idea("depth"), 0.1),
        (make_idea("rate").model_copy(update={"template": "other"}), 0.1),
    ],
)
def test_similarity_follows_factors_and_niche(other: Idea, expected: float) -> None:
    assert similarity(make_idea("rate"), other) == pytest.approx(expected)
    assert similarity(other, make_idea("rate")) == pytest.approx(expected)
