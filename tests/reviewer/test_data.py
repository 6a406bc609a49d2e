"""Reviewed papers as files: read in the documented form, compressed or not, and what is wrong told with its line."""

import gzip
import json
import lzma
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from reviewer.data import ReviewedPaper, read_llm_scores, read_rows, split_of
from reviewer.errors import ReviewerError

PAPER: dict[str, Any] = {
    "id": "p1", "title": "Of Moths", "abstract": "We count moths.", "body": "1 Introduction\nMoths.", "refs": "",
    "appendix": "", "accept": 1, "ratings": [6.0, 8], "mean_score": 7.0, "split": "train", "venue": "MOTH2022",
    "year": 2022, "raw": {"chars": 9},
}  # fmt: skip
SCORES: dict[str, Any] = {
    "id": "p1", "config": "m_1", "overall": 6.0, "soundness": 3.0, "presentation": 3.0, "contribution": 2.0,
    "confidence": 4.0, "originality": 3.0, "quality": 3.0, "clarity": 3.0, "significance": 2.0, "decision": "Accept",
    "n_strengths": 4,
}  # fmt: skip


def write(path: Path, *rows: Any) -> Path:
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows).encode()
    packed = {".xz": lzma.compress, ".gz": gzip.compress}.get(path.suffix, bytes)(text)
    path.write_bytes(packed)
    return path


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.xz", "jsonl.gz"])
def test_papers_are_read_in_order_and_unknown_fields_left(ending: str, tmp_path: Path) -> None:
    found = read_rows(write(tmp_path / f"papers.{ending}", PAPER, "", PAPER | {"id": "p2", "accept": None}))
    assert [(paper.id, paper.accept) for paper in found] == [("p1", 1), ("p2", None)]
    assert found[0].ratings == (6.0, 8.0)
    assert (found[0].venue, found[0].year, found[0].body) == ("MOTH2022", 2022, "1 Introduction\nMoths.")


def test_texts_mean_and_split_may_be_absent(tmp_path: Path) -> None:
    short = {name: PAPER[name] for name in ("id", "title", "abstract", "accept", "ratings")}
    paper = read_rows(write(tmp_path / "p.jsonl", short))[0]
    assert (paper.body, paper.refs, paper.appendix) == ("", "", "")
    assert paper.human_score == 7
    assert paper.part == split_of("p1")


def test_the_mean_and_the_split_that_a_row_names_are_kept() -> None:
    paper = ReviewedPaper(id="p1", title="", abstract="", accept=0, ratings=(1.0,), mean_score=6.5, split="test")
    assert (paper.human_score, paper.part) == (6.5, "test")
    assert paper.model_copy(update={"ratings": (), "mean_score": None}).human_score is None


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("{", "EOF"),
        ("[1]", "object"),
        ({"id": "p2"}, "title: Field required"),
        (PAPER | {"id": "p2", "title": 3}, "title: .*string"),
        (PAPER | {"id": "p2", "accept": 2}, "accept: "),
        (PAPER | {"id": "p2", "accept": "1"}, "accept: "),
        (PAPER | {"id": "p2", "ratings": "6"}, "ratings: "),
        (PAPER | {"id": "p2", "ratings": [6, "8"]}, "ratings.1: "),
        (PAPER | {"id": "p2", "mean_score": float("nan")}, "mean_score: "),
        (PAPER | {"id": "p2", "split": "dev"}, "split: "),
        (PAPER | {"id": ""}, "id: "),
        (PAPER, "id p1 comes twice"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_with_its_place(row: Any, complaint: str, tmp_path: Path) -> None:
    path = write(tmp_path / "papers.jsonl.xz", PAPER, "", row)
    with pytest.raises(ReviewerError, match=rf"papers\.jsonl\.xz:3: .*{complaint}") as raised:
        read_rows(path)
    assert "\n" not in str(raised.value)


def test_no_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReviewerError, match="no rows"):
        read_rows(write(tmp_path / "papers.jsonl", "", ""))


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("none.jsonl", None, "cannot be read"),
        ("papers.csv", b"", r"ends in \.jsonl"),
        ("papers.jsonl.xz", b"{}", "cannot be read"),
        ("papers.jsonl.gz", b"{}", "cannot be read"),
        ("papers.jsonl.xz", lzma.compress(json.dumps(PAPER).encode())[:-20], "cannot be read"),
        ("papers.jsonl.gz", gzip.compress(json.dumps(PAPER).encode())[:-9], "cannot be read"),
        ("papers.jsonl", b'{"id": "\xff"}', ":1: "),
    ],
)
def test_a_file_that_cannot_be_read_is_told(name: str, content: bytes | None, complaint: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ReviewerError, match=complaint) as raised:
        read_rows(tmp_path / name)
    assert "\n" not in str(raised.value)


def test_scores_of_a_paper_come_once_for_each_configuration(tmp_path: Path) -> None:
    found = read_llm_scores(write(tmp_path / "s.jsonl", SCORES, SCORES | {"config": "m_2", "overall": 3.0}))
    assert [(row.id, row.config, row.overall) for row in found] == [("p1", "m_1", 6.0), ("p1", "m_2", 3.0)]
    with pytest.raises(ReviewerError, match=r"s\.jsonl:2: id p1 \(m_1\) comes twice"):
        read_llm_scores(write(tmp_path / "s.jsonl", SCORES, SCORES))


def test_splits_are_those_of_the_published_data() -> None:
    assert split_of("-29uFS4FiDZ") == "calibration"
    assert split_of("xZ6H7wydGl") == "train"


def test_splits_are_about_60_20_20() -> None:
    shares = Counter(split_of(f"paper {at}") for at in range(10_000))
    assert shares["train"] == pytest.approx(6000, abs=200)
    assert shares["calibration"] == pytest.approx(2000, abs=160)
    assert shares["test"] == pytest.approx(2000, abs=160)
