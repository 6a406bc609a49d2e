"""A fit finds what was planted and nothing where there is nothing, writes its files, and refuses what is too little."""

from pathlib import Path

import numpy as np
import pytest

from reviewer.calibration import CalibrationStore
from reviewer.data import ReviewedPaper
from reviewer.errors import ReviewerError
from reviewer.estimate.fitting import measure_sample, measure_samples
from reviewer.estimate.model import FORM, SEVERAL, Model, load_fitted
from tests.reviewer.estimate.corpus import CONFIGURATIONS, Corpus, Fitted, fit_corpus, make_corpus

FILES = {"model.json", "trees.npz", "calibrations.json", "baselines.json"}

pytestmark = pytest.mark.slow


class TestWherePapersDiffer:
    def test_the_text_tells_them_apart_out_of_fold(self, fitted: Fitted) -> None:
        figures = fitted.fit.figures["none"]
        assert figures["auc"] > 0.72 and figures["spearman"] > 0.5 and figures["balanced_accuracy"] > 0.65
        assert figures["brier"] < 0.2

    @pytest.mark.parametrize("name", [*CONFIGURATIONS, SEVERAL])
    def test_a_panel_beside_the_text_tells_more(self, fitted: Fitted, name: str) -> None:
        text, fused = fitted.fit.figures["none"], fitted.fit.figures[name]
        assert fused["auc"] > text["auc"] and fused["spearman"] > text["spearman"] and fused["brier"] < text["brier"]

    def test_two_panels_tell_more_than_the_average_one(self, fitted: Fitted) -> None:
        alone = np.mean([fitted.fit.figures[name]["auc"] for name in CONFIGURATIONS])
        assert fitted.fit.figures[SEVERAL]["auc"] > alone

    def test_probabilities_are_about_as_often_right_as_they_say(self, fitted: Fitted) -> None:
        for figures in fitted.fit.figures.values():
            assert figures["ece"] < 0.12 and 0.6 < figures["slope"] < 1.6


class TestWhereDiceDecided:
    def test_nothing_is_found_so_nothing_leaks_into_the_folds(self, by_chance: Fitted) -> None:
        """Weights of the blend did: fitted to all papers, they flattered each."""
        figures = by_chance.fit.figures["none"]
        assert 0.38 < figures["auc"] < 0.62 and abs(figures["spearman"]) < 0.2

    def test_a_panel_with_few_scores_is_not_fused(self, by_chance: Fitted) -> None:
        assert set(by_chance.fit.figures) == {"none"}

    def test_words_come_of_abstracts_alone_where_there_are_many(self, by_chance: Fitted) -> None:
        assert by_chance.fit.abstracts == 1000
        model = Model.model_validate_json((by_chance.folder / "model.json").read_bytes())
        assert max(model.abstract.words, key=lambda word: model.abstract.words[word][1]) in {"gem", "is"}
        assert "gem" not in model.wording.words


class TestFiles:
    def test_are_these_and_can_be_read(self, fitted: Fitted) -> None:
        assert {path.name for path in fitted.folder.iterdir()} == FILES
        model = load_fitted(fitted.folder).model
        assert model.form == FORM and set(model.panels) == set(CONFIGURATIONS)
        assert set(model.blends) == {"text", SEVERAL, *CONFIGURATIONS}

    def test_tell_what_was_fitted_on(self, fitted: Fitted) -> None:
        made = CalibrationStore(fitted.folder / "calibrations.json").all()
        assert [one.key.model for one in made] == ["none", *CONFIGURATIONS, SEVERAL]
        for one in made:
            assert one.label == "calibrated on 260 papers of Made-Up Meeting"
            assert one.training.base_rate == np.mean([row.accept == 1 for row in fitted.corpus.rows])

    def test_same_papers_and_seed_give_the_same_files(self, by_chance: Fitted, tmp_path: Path) -> None:
        again = fit_corpus(by_chance.corpus, tmp_path)
        assert again.fit == by_chance.fit
        for name in FILES - {"trees.npz"}:
            assert (again.folder / name).read_bytes() == (by_chance.folder / name).read_bytes(), name
        ours, theirs = load_fitted(again.folder).trees, load_fitted(by_chance.folder).trees
        assert all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True))

    def test_what_goes_on_is_told(self, fitted: Fitted) -> None:
        assert fitted.told[0] == "measuring 260 papers" and "out of fold (5 folds)" in fitted.told[1]
        assert all("\n" not in line for line in fitted.told)


def refused(corpus: Corpus, folder: Path) -> str:
    with pytest.raises(ReviewerError) as caught:
        fit_corpus(corpus, folder)
    assert "\n" not in str(caught.value) and not (folder / "fitted").exists()
    return str(caught.value)


def changed(**fields: object) -> list[ReviewedPaper]:
    return [row.model_copy(update=fields) for row in make_corpus(200).rows]


class TestTooLittle:
    def test_few_papers_are_refused_in_a_line(self, tmp_path: Path) -> None:
        said = refused(make_corpus(40), tmp_path)
        assert said.startswith("40 papers with text, decision and ratings; a fit needs 200")

    @pytest.mark.parametrize("fields", [{"body": " "}, {"accept": None}, {"ratings": ()}])
    def test_papers_without_text_decision_or_ratings_do_not_count(self, tmp_path: Path, fields: dict[str, str]) -> None:
        assert refused(Corpus(changed(**fields), []), tmp_path).startswith("0 papers")

    def test_papers_of_one_fate_are_refused(self, tmp_path: Path) -> None:
        assert "accepted and rejected" in refused(Corpus(changed(accept=1), []), tmp_path)


def test_a_paper_is_measured_in_another_process_as_in_this() -> None:
    papers = make_corpus(3).rows
    assert measure_samples(papers, 2) == [measure_sample(paper) for paper in papers]
