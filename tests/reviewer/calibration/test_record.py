"""A whole calibration: what it says of a paper, and that saying it loads nothing heavy."""

import math
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reviewer.calibration import Calibration, CalibrationKey, Estimate, shift_prior
from reviewer.calibration.fitting import describe_training, fit_calibration
from reviewer.calibration.fitting.calibration import HumanScores
from reviewer.errors import ReviewerError
from tests.reviewer.calibration.samples import KEY, STRANGE, USUAL, calibration, papers

GOOD = {"text": 7.0, "llm": 8.0}
BAD = {"text": 3.5, "llm": 4.0}


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Calibration:
    return calibration(tmp_path_factory.mktemp("data") / "papers.jsonl")


def say(fitted: Calibration, inputs: dict[str, float], **more: Any) -> Estimate:
    found = fitted.estimate(inputs, **more)
    assert found is not None
    return found


def test_a_better_paper_is_likelier_accepted(fitted: Calibration) -> None:
    good, bad = say(fitted, GOOD), say(fitted, BAD)
    assert bad.probability < 0.3 < 0.7 < good.probability
    assert good.inputs == ("text", "llm")


@pytest.mark.parametrize("inputs", [GOOD, BAD, {"text": 5.0}, {"llm": 6.0}])
def test_the_interval_spans_the_probability_and_its_pair(fitted: Calibration, inputs: dict[str, float]) -> None:
    found = say(fitted, inputs)
    pair = fitted.pairs["+".join(found.inputs)].pair(found.probability)
    assert found.probability_interval == pytest.approx((min(*pair, found.probability), max(*pair, found.probability)))


def test_without_any_fitted_input_it_says_nothing(fitted: Calibration) -> None:
    assert fitted.estimate({"length": 5.0}, expected=5.0) is None


def test_the_expected_score_comes_with_its_interval(fitted: Calibration) -> None:
    found = say(fitted, GOOD, expected=6.0)
    assert found.expected_score == 6
    assert found.expected_interval is not None
    assert found.expected_interval[1] - 6 == pytest.approx(1.645, abs=0.3)  # its error is a standard normal one
    assert say(fitted, GOOD).expected_interval is None
    assert say(fitted, GOOD, expected=12.0).expected_score == 10


def test_an_unlike_paper_opens_both_intervals_and_does_not_move_the_probability(fitted: Calibration) -> None:
    usual, strange = (say(fitted, BAD, expected=4.0, features=features) for features in (USUAL, STRANGE))
    assert (usual.is_extrapolated, strange.is_extrapolated) == (False, True)
    assert strange.probability == usual.probability
    for inner, outer in (
        (usual.probability_interval, strange.probability_interval),
        (usual.expected_interval, strange.expected_interval),
    ):
        assert inner and outer and outer[0] < inner[0] and inner[1] < outer[1]


def test_a_venue_that_accepts_fewer_lowers_everything(fitted: Calibration) -> None:
    here, there = say(fitted, GOOD), say(fitted, GOOD, target_rate=0.1)
    assert there.probability == shift_prior(here.probability, fitted.training.base_rate, 0.1) < here.probability
    assert here.probability_interval and there.probability_interval
    assert there.probability_interval[0] < here.probability_interval[0]


def test_the_label_says_what_it_was_fitted_on(fitted: Calibration) -> None:
    assert fitted.label == "calibrated on 300 papers of made-up papers"
    assert fitted.training.packages.keys() == {"numpy", "scikit-learn", "scipy", "venn-abers", "crepes"}


def test_it_comes_back_from_json_as_it_was(fitted: Calibration) -> None:
    again = Calibration.model_validate_json(fitted.model_dump_json())
    assert again == fitted
    assert again.estimate(GOOD, 6.0, STRANGE) == fitted.estimate(GOOD, 6.0, STRANGE)


def test_its_probabilities_are_calibrated_on_new_papers(fitted: Calibration) -> None:
    new = papers(4000, seed=5)
    said = np.array([say(fitted, {"text": text}).probability for text in new.text.tolist()])
    for low, high in ((0, 0.3), (0.3, 0.6), (0.6, 1)):
        part = (low <= said) & (said < high)
        assert new.labels[part].mean() == pytest.approx(said[part].mean(), abs=0.08)


@pytest.mark.parametrize(
    ("inputs", "more", "complaint"),
    [
        ({"text": math.nan}, {}, "text is nan"),
        (GOOD, {"expected": math.inf}, "expected score is inf"),
        (GOOD, {"target_rate": 0.0}, "target acceptance rate"),
        (GOOD, {"features": {}}, "are missing: words"),
    ],
)
def test_numbers_that_are_none_are_refused(fitted: Calibration, inputs: Any, more: Any, complaint: str) -> None:
    with pytest.raises(ReviewerError, match=complaint):
        fitted.estimate(inputs, **more)


def test_pairs_of_inputs_that_nothing_maps_are_refused(fitted: Calibration) -> None:
    with pytest.raises(ValueError, match="no map takes"):
        Calibration.model_validate(fitted.model_dump() | {"pairs": {"length": fitted.pairs["text"].model_dump()}})


@pytest.mark.parametrize("change", [{"model": ""}, {"prompt_sha256": "abc"}, {"form": ""}])
def test_a_key_names_model_prompt_and_form(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="CalibrationKey"):
        CalibrationKey.model_validate(KEY.model_dump() | change)


def test_papers_without_a_human_score_are_left_out_of_the_interval(fitted: Calibration) -> None:
    found = papers(300)
    human = np.where(np.arange(300) < 100, np.nan, found.human)
    part = fit_calibration(
        KEY, fitted.training, {"text": found.text}, found.labels, human=HumanScores(found.text, human)
    )
    assert part.score is not None
    assert part.score.n == 200
    assert part.extrapolation is None


def test_an_input_of_few_papers_has_its_pair_too(fitted: Calibration) -> None:
    found = papers(300)
    ranks = np.where(found.labels == 1, np.cumsum(found.labels), np.cumsum(1 - found.labels))
    few = np.where(ranks <= 20, found.text, np.nan)
    part = fit_calibration(KEY, fitted.training, {"text": found.text, "few": few}, found.labels)
    assert part.pairs.keys() == {"text+few", "text", "few"}


def test_a_missing_file_or_an_infinite_figure_is_refused(tmp_path: Path) -> None:
    found = papers(100)
    with pytest.raises(ReviewerError, match=r"none\.jsonl: cannot be read"):
        describe_training(tmp_path / "none.jsonl", found.labels, {}, fitted_on=date(2026, 11, 29))
    (tmp_path / "some.jsonl").write_text("{}")
    with pytest.raises(ReviewerError, match="not finite: auc"):
        describe_training(tmp_path / "some.jsonl", found.labels, {"auc": math.nan}, fitted_on=date(2026, 11, 29))


def test_an_estimate_loads_no_heavy_package(fitted: Calibration, tmp_path: Path) -> None:
    (tmp_path / "fitted.json").write_text(fitted.model_dump_json())
    program = (
        "import sys; from pathlib import Path; import reviewer; from reviewer.calibration import Calibration;"
        "found = Calibration.model_validate_json(Path(sys.argv[1]).read_text());"
        f"assert found.estimate({GOOD}, 6.0, {USUAL}) is not None;"
        "heavy = {'numpy', 'scipy', 'sklearn', 'pandas', 'venn_abers', 'crepes'} & sys.modules.keys();"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "fitted.json")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
