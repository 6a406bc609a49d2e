"""The reviewer that a run is given: the reviewer package's review of a draft, as the pipeline's own record."""

from pathlib import Path

from agents.compose import CalibratedReviewer
from agents.schema import Draft, Review
from reviewer import review_paper
from tests.reviewer.example_paper import TITLE, Example


def draft(folder: Path) -> Draft:
    tex, evidence = Example().write(folder)
    return Draft(study="s1", title=TITLE, folder=folder, tex=tex, pdf=None, evidence=evidence)


def test_a_draft_is_reviewed_by_form_and_evidence_beside_a_calibrated_estimate(tmp_path: Path) -> None:
    made = CalibratedReviewer().review(draft(tmp_path))
    assert type(made) is Review
    assert made.overall == made.features["form_overall"] and made.decision == "accept"
    assert made.probability is not None and made.probability_interval and made.expected_interval
    assert made.calibration.startswith("calibrated on ")


def test_nothing_of_the_review_is_lost_on_the_way(tmp_path: Path) -> None:
    found = draft(tmp_path)
    ours = CalibratedReviewer().review(found)
    assert ours.model_dump() == review_paper(found.pdf, found.tex, found.evidence).model_dump()
