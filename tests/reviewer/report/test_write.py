import json
from pathlib import Path

import pytest

from reviewer.errors import ReviewerError
from reviewer.report.predictions import FUSED, TEXT_ONLY, Prediction, Provenance
from reviewer.report.summary import Report
from reviewer.report.write import make_report
from tests.reviewer.report.papers import make_papers, make_scores, predict_by_words

META = Provenance(
    source="papers.jsonl.xz", data_sha256="ab" * 32, key="forest-1", training={"auc": 0.71}, level=0.9, without_text=4
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "deep" / "report"
    papers = make_papers(70)
    found = predict_by_words(papers, {one.id: [one] for one in make_scores(papers)}, None)
    flat = {paper.id: 0.5 for paper in papers}
    make_report(found, {"length": flat, "tfidf": flat, "constant": flat}, META, folder)
    return folder


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    return (folder / "report.md").read_text(encoding="utf-8")


class TestFiles:
    def test_json_holds_everything(self, folder: Path) -> None:
        report = Report.model_validate_json((folder / "report.json").read_text(encoding="utf-8"))
        assert report.provenance == META
        assert [cohort.n for cohort in report.cohorts] == [70, 35]

    def test_predictions_are_kept(self, folder: Path) -> None:
        lines = (folder / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
        assert {Prediction.model_validate_json(line).group for line in lines} == {TEXT_ONLY, FUSED}
        assert len(lines) == 105

    def test_every_figure_is_there_as_vectors_and_as_pixels(self, folder: Path) -> None:
        names = {path.stem for path in folder.glob("*.png")}
        assert names == {
            "baselines", "roc", "reliability-text-only", "scores-text-only",
            "baselines-2", "roc-2", "reliability-text-only-2", "scores-text-only-2",
            "reliability-fused-with-llm-scores-2", "scores-fused-with-llm-scores-2",
        }  # fmt: skip
        for name in names:
            assert "<svg" in (folder / f"{name}.svg").read_text(encoding="utf-8")
        assert not list(folder.glob(".*"))

    def test_nothing_is_cut_off_at_an_edge(self, folder: Path) -> None:
        """A label was, when the layout was made for another resolution than the file's."""
        from matplotlib.image import imread

        for path in folder.glob("*.png"):
            pixels = imread(path)[..., :3]
            for edge in (pixels[:3], pixels[-3:], pixels[:, :3], pixels[:, -3:]):
                assert edge.min() == 1.0, path.name

    @pytest.mark.slow
    def test_again_gives_the_same_figures(self, tmp_path: Path) -> None:
        papers = make_papers(40)
        for name in ("one", "two"):
            make_report(predict_by_words(papers, {}, None), {}, META, tmp_path / name)
        for path in (tmp_path / "one").iterdir():
            assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name

    def test_a_folder_that_cannot_be_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(ReviewerError, match="cannot write the report to"):
            make_report(predict_by_words(make_papers(40), {}, None), {}, META, tmp_path / "file")

    def test_reviewers_without_scores_or_intervals_are_reported_too(self, tmp_path: Path) -> None:
        bare = [
            Prediction(id=paper.id, group="a panel", label=paper.accept or 0, probability=0.3 + 0.005 * index)
            for index, paper in enumerate(make_papers(40))
        ]
        make_report(bare, {}, META, tmp_path)
        assert not (tmp_path / "scores-a-panel.png").exists()
        text = (tmp_path / "report.md").read_text(encoding="utf-8")
        assert "Spearman with the human mean: 30 papers are needed, there are 0" in text
        assert "conformal" not in text and "Venn-Abers" not in text
        json.loads((tmp_path / "report.json").read_text(), parse_constant=pytest.fail)

    @pytest.mark.parametrize("n", [1, 31])
    def test_papers_that_nothing_can_be_told_of_are_reported_all_the_same(self, n: int, tmp_path: Path) -> None:
        papers = [paper.model_copy(update={"accept": 0}) for paper in make_papers(n)]
        flat = {paper.id: 0.5 for paper in papers}
        make_report(predict_by_words(papers, {}, None), {"length": flat}, META, tmp_path)
        text = (tmp_path / "report.md").read_text(encoding="utf-8")
        assert "| AUC | – | – | – |" in text
        assert "| AUC | – |\n" in text
        assert "text only, AUC: " in text


class TestMarkdown:
    def test_says_what_was_judged_and_on_what(self, text: str) -> None:
        assert f"- data: papers.jsonl.xz, sha256 `{'ab' * 32}`" in text
        assert "- reviewer: `forest-1`" in text
        assert "- its figures when fitted: auc 0.71" in text
        assert "- no full text: 4; not in the figures" in text
        assert "## Text only: 70 papers" in text
        assert "## Text only and fused with LLM scores: 35 papers" in text

    def test_warns_of_training_papers(self, text: str) -> None:
        assert "24 are of the training split" in text

    def test_has_the_table_of_figures(self, text: str) -> None:
        assert "| metric | reviewer | interval | length-only | TF-IDF | constant |" in text
        assert "| AUC | 0." in text

    def test_tables_have_as_many_cells_in_every_row(self, text: str) -> None:
        blocks = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
        assert len(blocks) == 5
        for block in blocks:
            assert len({line.count("|") for line in block}) == 1

    def test_tells_criteria_and_intervals(self, text: str) -> None:
        assert "- AUC at least 0.70: " in text
        assert "- AUC at least 0.75: " in text
        assert "promised 90%; mean width 3.40" in text
        assert "Venn-Abers: ends 0." in text

    def test_shows_pictures_that_are_there(self, text: str, folder: Path) -> None:
        shown = [line.split("(")[1].rstrip(")") for line in text.splitlines() if line.startswith("![")]
        assert len(shown) == 10
        assert all((folder / name).is_file() for name in shown)
