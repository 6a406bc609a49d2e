"""The reviewer that a run is given: the reviewer package's review of a draft, as the pipeline's own record."""

import json
from pathlib import Path

from agents.compose import CalibratedReviewer
from agents.llm.model import LiteLlmModel, Patience
from agents.review_models import CallMemory
from agents.schema import Draft, Review
from reviewer import review_paper
from tests.agents.llm.chat_server import Reply, serve
from tests.reviewer.example_paper import TITLE, Example
from tests.reviewer.panel.seats import filled


def draft(folder: Path) -> Draft:
    tex, evidence = Example().write(folder)
    return Draft(study="s1", title=TITLE, folder=folder, tex=tex, pdf=None, evidence=evidence)


def test_a_draft_is_reviewed_by_form_and_evidence_beside_a_calibrated_estimate(tmp_path: Path) -> None:
    made = CalibratedReviewer().review(draft(tmp_path))
    assert type(made) is Review
    assert made.overall == made.features["form_overall"]
    assert made.probability is not None and made.probability_interval and made.expected_interval
    assert made.probability < 0.5 and made.decision == "reject", "one's own form is no reason to believe oneself"
    assert made.calibration.startswith("calibrated on ")


def test_nothing_of_the_review_is_lost_on_the_way(tmp_path: Path) -> None:
    found = draft(tmp_path)
    ours = CalibratedReviewer().review(found)
    assert ours.model_dump() == review_paper(found.pdf, found.tex, found.evidence).model_dump()


def panel_of(url: str) -> LiteLlmModel:
    return LiteLlmModel("openai/reviewer", CallMemory(), 1.0, url, patience=Patience(tries=1))


def test_a_panel_reviews_beside_and_its_remarks_are_added(tmp_path: Path) -> None:
    found = draft(tmp_path)
    alone = CalibratedReviewer().review(found)
    with serve(Reply(json.dumps(filled()))) as server:
        reviewer = CalibratedReviewer((panel_of(server.url),), writers=("openai/writer",))
        beside = reviewer.review(found)
    assert "a panel of openai/reviewer" in reviewer.name and "panel of 3" in beside.reviewer
    assert beside.weaknesses[: len(alone.weaknesses)] == alone.weaknesses
    assert len(beside.weaknesses) > len(alone.weaknesses)
    assert (beside.overall, beside.decision) == (alone.overall, alone.decision)
    assert beside.features["panel_overall"] == 5 and (found.folder / "panel.json").exists()


def test_a_panel_that_fails_leaves_the_built_in_review(tmp_path: Path) -> None:
    found, told = draft(tmp_path), list[str]()
    with serve(Reply("down", status=400)) as server:
        reviewer = CalibratedReviewer((panel_of(server.url),), (), lambda what, consequence: told.append(what))
        assert reviewer.review(found) == CalibratedReviewer().review(found)
    (line,) = told
    assert line.startswith("the panel gave no review: no reviewer gave a review")
