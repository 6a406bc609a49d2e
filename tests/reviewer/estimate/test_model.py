"""A fitted reviewer read from its folder: what it says with and without panels, and what it refuses to be read from."""

import json
import shutil
from pathlib import Path

import pytest

from reviewer.calibration import CalibrationStore
from reviewer.errors import ReviewerError
from reviewer.estimate.features import NAMES
from reviewer.estimate.model import SHIPPED, Judgement, load_fitted, save_fitted
from reviewer.reading.row import read_row
from reviewer.screening import screen
from reviewer.text import blind
from tests.reviewer.estimate.corpus import Fitted

A, B = "panel/a", "panel/b"

pytestmark = pytest.mark.slow


def measured(fitted: Fitted, place: int = 0) -> dict[str, float]:
    row = fitted.corpus.rows[place].model_dump()
    return load_fitted(fitted.folder).measure(screen(blind(read_row(row))))


def judged(fitted: Fitted, opinions: dict[str, float] | None = None, rate: float | None = None) -> Judgement:
    return load_fitted(fitted.folder).judge(measured(fitted), opinions, rate)


@pytest.fixture
def copy(fitted: Fitted, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fitted.folder, tmp_path / "copy"))


class TestText:
    def test_is_measured_by_features_and_four_scores(self, fitted: Fitted) -> None:
        assert set(measured(fitted)) == {*NAMES, "trees", "abstract", "wording", "rigour"}

    def test_alone_gives_probability_and_score_with_intervals(self, fitted: Fitted) -> None:
        found = judged(fitted)
        estimate = found.estimate
        assert not found.is_fused and found.label == "calibrated on 260 papers of Made-Up Meeting"
        assert set(found.parts) == {"text", "trees", "abstract", "wording", "rigour"}
        assert estimate.probability_interval and estimate.expected_interval and estimate.expected_score is not None
        assert 0 < estimate.probability_interval[0] <= estimate.probability <= estimate.probability_interval[1] < 1
        assert estimate.expected_interval[0] <= estimate.expected_score <= estimate.expected_interval[1]

    def test_better_papers_are_judged_better(self, fitted: Fitted) -> None:
        reviewer = load_fitted(fitted.folder)
        rows = fitted.corpus.rows
        order = sorted(range(len(rows)), key=lambda place: rows[place].human_score or 0)
        low, high = (
            [reviewer.judge(measured(fitted, place)).estimate.probability for place in places]
            for places in (order[:8], order[-8:])
        )
        assert sum(high) / 8 > sum(low) / 8 + 0.3

    def test_unlike_all_fitted_on_is_told_and_moves_no_probability(self, fitted: Fitted) -> None:
        reviewer, usual = load_fitted(fitted.folder), measured(fitted)
        odd = usual | {"equations": 500.0, "figures": 90.0, "word_letters": 30.0, "digits": 0.9}
        one, other = reviewer.judge(usual).estimate, reviewer.judge(odd).estimate
        assert other.is_extrapolated and other.probability == one.probability
        assert one.probability_interval and other.probability_interval
        assert other.probability_interval[1] - other.probability_interval[0] >= (
            one.probability_interval[1] - one.probability_interval[0]
        )


class TestPanels:
    def test_one_that_is_known_has_a_say(self, fitted: Fitted) -> None:
        low, high = judged(fitted, {A: 3.0}), judged(fitted, {A: 9.0})
        assert low.is_fused and high.is_fused and "panel" in low.parts
        assert low.estimate.probability < judged(fitted).estimate.probability < high.estimate.probability
        assert (low.estimate.expected_score or 0) < (high.estimate.expected_score or 0)

    def test_several_have_a_say_by_the_mean_of_what_each_means(self, fitted: Fitted) -> None:
        scales = load_fitted(fitted.folder).model.panels
        both = judged(fitted, {A: scales[A].mean + scales[A].deviation, B: scales[B].mean - scales[B].deviation})
        assert both.is_fused and both.parts["panel"] == pytest.approx(0)
        assert judged(fitted, {A: 8, B: 8}) == judged(fitted, {B: 8, A: 8})
        assert judged(fitted, {A: 8, B: 8}).estimate.probability > judged(fitted, {A: 4, B: 4}).estimate.probability

    @pytest.mark.parametrize("opinions", [None, {}, {"panel/unknown": 10.0}])
    def test_none_that_is_known_leaves_the_text_alone(self, fitted: Fitted, opinions: dict[str, float] | None) -> None:
        assert judged(fitted, opinions) == judged(fitted)

    def test_one_that_is_unknown_takes_nothing_from_one_that_is(self, fitted: Fitted) -> None:
        assert judged(fitted, {"panel/unknown": 1.0, A: 7.0}) == judged(fitted, {A: 7.0})

    def test_several_that_were_never_calibrated_together_do_not_silence_the_first(
        self, fitted: Fitted, copy: Path
    ) -> None:
        store = CalibrationStore(fitted.folder / "calibrations.json")
        (copy / "calibrations.json").unlink()
        for calibration in store.all()[:3]:
            CalibrationStore(copy / "calibrations.json").put(calibration)
        found = load_fitted(copy).judge(measured(fitted), {B: 9.0, A: 7.0})
        assert found == judged(fitted, {A: 7.0})


class TestAcceptanceRate:
    def test_moves_the_probability_its_way_and_no_score(self, fitted: Fitted) -> None:
        made = [judged(fitted, None, rate).estimate for rate in (0.1, 0.3, 0.6)]
        assert made[0].probability < made[1].probability < made[2].probability
        assert len({one.expected_score for one in made}) == 1
        for one in made:
            assert one.probability_interval
            assert one.probability_interval[0] <= one.probability <= one.probability_interval[1]

    def test_of_the_papers_fitted_on_moves_nothing(self, fitted: Fitted) -> None:
        rate = load_fitted(fitted.folder).calibrations["text"].training.base_rate
        assert judged(fitted, None, rate).estimate.probability == pytest.approx(judged(fitted).estimate.probability)


class TestFolder:
    def test_saved_again_it_says_the_same(self, fitted: Fitted, tmp_path: Path) -> None:
        one = load_fitted(fitted.folder)
        save_fitted(tmp_path, one.model, one.trees, list(one.calibrations.values()))
        other = load_fitted(tmp_path)
        assert other.measure(screen(read_row({"body": "1 Introduction\nSome text."}))) == one.measure(
            screen(read_row({"body": "1 Introduction\nSome text."}))
        )
        assert other.judge(measured(fitted), {A: 6, B: 7}) == judged(fitted, {A: 6, B: 7})

    def test_fitted_anew_is_read_anew(self, fitted: Fitted, tmp_path: Path) -> None:
        one = load_fitted(fitted.folder)
        save_fitted(tmp_path, one.model, one.trees, list(one.calibrations.values()))
        assert load_fitted(tmp_path).model.panels
        text = [one.calibrations["text"]]
        save_fitted(tmp_path, one.model.model_copy(update={"panels": {}}), one.trees, text)
        again = load_fitted(tmp_path)
        assert not again.model.panels and set(again.calibrations) == {"text"}

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("model.json", "no fitted reviewer in"),
            ("trees.npz", "cannot read the trees"),
            ("calibrations.json", "no calibration of the text alone"),
        ],
    )
    def test_without_a_file_it_is_refused_in_a_line(self, copy: Path, name: str, said: str) -> None:
        (copy / name).unlink()
        assert said in refused(copy)

    @pytest.mark.parametrize("name", ["model.json", "trees.npz", "calibrations.json"])
    def test_with_a_damaged_file_it_is_refused_in_a_line(self, copy: Path, name: str) -> None:
        (copy / name).write_bytes((copy / name).read_bytes()[:-100])
        refused(copy)

    def test_of_another_form_it_is_refused(self, copy: Path) -> None:
        model = json.loads((copy / "model.json").read_text()) | {"form": "naturalist text 0"}
        (copy / "model.json").write_text(json.dumps(model))
        assert "was fitted for 'naturalist text 0'" in refused(copy) and "fit it anew" in refused(copy)

    def test_that_is_not_there_is_refused_and_says_how_to_make_one(self, tmp_path: Path) -> None:
        assert "naturalist reviewer fit" in refused(tmp_path / "none")

    def test_that_is_shipped_can_be_read(self) -> None:
        shipped = load_fitted()
        assert shipped.folder == SHIPPED
        assert shipped.judge(shipped.measure(screen(read_row({"title": "x"})))).estimate.probability < 0.5


def refused(folder: Path) -> str:
    with pytest.raises(ReviewerError) as caught:
        load_fitted(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)
