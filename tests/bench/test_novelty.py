"""Known techniques in disguise, with the recorded answers of a judge: the search and the rules do their part."""

import pytest

from agents.ideas.embedding import find_embedding
from agents.literature.cascade import normalised_title
from agents.schema import Source
from agents.tasks import NoveltyOpinion
from bench.novelty import Library, read_cases, read_replies, read_verdicts, search_case

DISGUISES, ODD, LIBRARY = read_cases()
REPLIES = read_replies()
EMBEDS = [None] if find_embedding() is None else [None, find_embedding()]


def test_the_cases_are_as_many_as_was_asked_for() -> None:
    assert len(DISGUISES) >= 20
    assert len(ODD) >= 10
    assert len(LIBRARY.sources) >= len(DISGUISES) + 100


def test_no_disguise_says_its_name() -> None:
    for case in DISGUISES:
        told = f"{case.idea.title} {case.idea.hypothesis.statement} {case.idea.plan}".lower()
        assert case.technique not in told


@pytest.mark.parametrize("embed", EMBEDS, ids=lambda embed: "by both" if embed else "by words")
def test_queries_in_the_fields_terms_bring_the_paper_before_the_judge(embed: object) -> None:
    model = find_embedding() if embed else None
    shown = [(case, search_case(case, REPLIES[case.idea.id][0], LIBRARY, model)[1]) for case in DISGUISES]
    found = sum(_is_among(case.titles, hits) for case, hits in shown)
    assert found >= 0.95 * len(DISGUISES)


@pytest.mark.parametrize("embed", EMBEDS, ids=lambda embed: "by both" if embed else "by words")
def test_nine_tenths_are_flagged_and_no_odd_idea_is(embed: object) -> None:
    model = find_embedding() if embed else None
    flagged = [each for each in read_verdicts(DISGUISES, REPLIES, LIBRARY, model) if each.novelty.verdict == "known"]
    assert sum(each.is_named for each in flagged) >= 0.9 * len(DISGUISES)
    assert not [each for each in read_verdicts(ODD, REPLIES, LIBRARY, model) if each.novelty.verdict == "known"]


def test_a_technique_whose_paper_no_source_has_is_known_from_memory_and_said_to_be() -> None:
    """The judge names it; the harness keeps the name apart from what is cited."""
    case = DISGUISES[0]
    plan = REPLIES[case.idea.id][0]
    opinion = NoveltyOpinion(verdict="known", nearest=None, reason="It is well known.", recalled=plan.recalled)
    poor = Library([source for source in LIBRARY.sources if not _is_among(case.titles, [source])])
    (reading,) = read_verdicts([case], {case.idea.id: (plan, opinion)}, poor, None)
    assert (reading.novelty.verdict, reading.novelty.nearest, reading.is_named) == ("known", None, True)
    assert reading.novelty.recalled == plan.recalled


def _is_among(titles: frozenset[str], hits: list[Source]) -> bool:
    return any(normalised_title(hit.title) in titles for hit in hits)
