"""Title and abstract claim no more than the verdict."""

from pathlib import Path

import pytest

from agents.paper.claims import check_claims, overclaim
from tests.agents.paper.planted import make_study


@pytest.mark.parametrize(
    "sentence",
    [
        "Label Smoothing Improves Small Networks",
        "Dropout outperforms the baseline on every seed.",
        "Smoothing helps.",
        "We show that the error is reduced by smoothing.",
        "A larger batch lowers the loss.",
        "It boosts accuracy.",
    ],
)
def test_an_outright_claim_is_found(sentence: str) -> None:
    assert overclaim(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Does Label Smoothing Help Small Networks?",
        "We ask whether dropout lowers the error.",
        "Smoothing does not improve the error.",
        "The hypothesis that it helps is refuted.",
        "No evidence that dropout helps",
        "The mean paired gain over the control is small.",
        "The winner, with gradient boosting and a boost of ten, has a mean paired gain.",
    ],
)
def test_questions_hypotheses_and_denials_are_no_claims(sentence: str) -> None:
    assert overclaim(sentence) is None


@pytest.mark.parametrize(("verdict", "rules"), [("supported", []), ("inconclusive", ["claim"]), ("refuted", ["claim"])])
def test_a_null_result_is_not_sold_as_a_gain(tmp_path: Path, verdict: str, rules: list[str]) -> None:
    """Claims of reduction were printed where every recorded run rose."""
    evidence = make_study(tmp_path, nodes=4, verdict=verdict).evidence
    abstract = f"We find what we find. The hypothesis is {verdict}."
    found = check_claims({"title": "Smoothing improves networks", "abstract": abstract}, evidence)
    assert [problem.rule for problem in found] == rules


def test_an_abstract_that_hides_the_verdict_is_found(tmp_path: Path) -> None:
    evidence = make_study(tmp_path, nodes=4, verdict="refuted").evidence
    found = list(check_claims({"title": "A Study", "abstract": "We ran many experiments."}, evidence))
    assert [(problem.rule, problem.section) for problem in found] == [("verdict", "abstract")]
