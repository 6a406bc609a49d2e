"""What the harness lets stand of a judge's opinion: never more than the search bears out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.ideas.searching import Searched
from agents.ideas.verdict import settle_novelty
from agents.schema import Novelty
from agents.tasks import NoveltyOpinion
from tests.agents.ideas.records import make_idea, make_source, points

IDEA, EARLIER = make_idea("mine"), make_idea("before")
HITS = [make_source("a"), make_source("b")]
WIDE = Searched(queries=("dropout",), sources=tuple(HITS), answered=("template", "openalex"))
OWN = WIDE.model_copy(update={"answered": ("template",)})
NOBODY = Searched(queries=("dropout",))
NOVEL = NoveltyOpinion(verdict="novel", nearest="a", reason="It differs.", comparison=points(True, False))
KNOWN = NoveltyOpinion(verdict="known", nearest="b", reason="It is that.", comparison=points(True, True))


def settle(opinion: NoveltyOpinion, found: Searched = WIDE, **changes: Any) -> Novelty:
    hits = HITS if found.sources else []
    return settle_novelty(IDEA, opinion.model_copy(update=changes), found, hits, (EARLIER,))


def test_novel_stands_where_others_answered_and_the_nearest_was_compared() -> None:
    verdict = settle(NOVEL)
    assert (verdict.verdict, verdict.nearest, verdict.reason) == ("novel", "a", "It differs.")
    assert (verdict.queries, verdict.hits, verdict.comparison) == (("dropout",), ("a", "b"), points(True, False))


@pytest.mark.parametrize(
    ("found", "changes", "why"),
    [
        (NOBODY, {}, "No literature source answered"),
        (OWN, {}, "Only a template's bibliography"),
        (WIDE, {"nearest": "before"}, "none that the search returned"),
        (WIDE, {"nearest": None}, "none that the search returned"),
        (WIDE, {"nearest": "made-up"}, "none that the search returned"),
        (WIDE, {"comparison": ()}, "not compared"),
        (WIDE, {"comparison": points(False)}, "not compared"),
        (WIDE, {"comparison": points(True, True)}, "no point in which the idea differs"),
        (WIDE, {"recalled": "dropout"}, "recalled that no source confirmed"),
    ],
)
def test_novel_falls_to_unknown_and_says_why(found: Searched, changes: dict[str, Any], why: str) -> None:
    verdict = settle(NOVEL, found, **changes)
    assert verdict.verdict == "unknown"
    assert why in verdict.reason
    assert not any(char.isdigit() for char in verdict.reason)  # page one prints it


def test_known_needs_a_hit_an_earlier_idea_or_a_technique_by_name() -> None:
    assert settle(KNOWN).verdict == "known"
    assert settle(KNOWN, nearest="before").nearest == "before"
    recalled = settle(KNOWN, nearest=None, recalled="dropout")
    assert (recalled.verdict, recalled.nearest, recalled.recalled) == ("known", None, "dropout")
    assert settle(KNOWN, nearest="made-up").verdict == settle(KNOWN, nearest=None).verdict == "unknown"
    assert settle(KNOWN, nearest="made-up", recalled="dropout").nearest is None


def test_a_recalled_name_that_a_source_confirms_is_recalled_no_more() -> None:
    assert settle(KNOWN, recalled="dropout").recalled == ""
    assert settle(KNOWN, nearest="before", recalled="dropout").recalled == "dropout"


def test_with_no_answer_nothing_is_known_either() -> None:
    assert settle(KNOWN, NOBODY, recalled="dropout").verdict == "unknown"


opinions = st.builds(
    NoveltyOpinion,
    verdict=st.sampled_from(["novel", "known", "unknown"]),
    nearest=st.sampled_from([None, "a", "b", "before", "made-up", "mine"]),
    reason=st.text(max_size=5),
    comparison=st.lists(st.booleans(), max_size=5).map(lambda same: points(*same)),
    recalled=st.sampled_from(["", " ", "dropout"]),
)


@given(opinions, st.sampled_from([WIDE, OWN, NOBODY]))
def test_no_opinion_gets_past_the_rules(opinion: NoveltyOpinion, found: Searched) -> None:
    verdict = settle(opinion, found)
    assert verdict.nearest in (None, "a", "b", "before")
    assert set(verdict.hits) <= {"a", "b"}
    if verdict.verdict == "novel":
        assert found.reached and verdict.nearest and not verdict.recalled
        assert any(not point.is_same for point in verdict.comparison)
    if verdict.verdict == "known":
        assert found.answered and (verdict.nearest or verdict.recalled)
