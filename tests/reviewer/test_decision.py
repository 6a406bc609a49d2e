"""What has a say in a decision, and which of it is against."""

import pytest

from reviewer.decision import Measure, find_measures, find_objections


@pytest.mark.parametrize(
    ("overall", "probability", "has_evidence", "against"),
    [
        (6.2, 0.61, True, ()),
        (6.2, 0.03, True, ("P(accept)",)),
        (5.9, 0.61, True, ("form and evidence",)),
        (5.9, 0.03, True, ("form and evidence", "P(accept)")),
        (5.9, None, True, ("form and evidence",)),
        (5.9, None, False, ("form",)),
        (4.8, 0.5, False, ()),  # the expected score of a paper is not its form's
        (4.8, 0.49, False, ("P(accept)",)),
    ],
)
def test_every_measure_that_has_a_say_can_object(
    overall: float, probability: float | None, has_evidence: bool, against: tuple[Measure, ...]
) -> None:
    assert find_objections(overall, probability, has_evidence=has_evidence) == against
    assert set(against) <= set(find_measures(probability, has_evidence=has_evidence))
