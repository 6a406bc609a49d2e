"""The user's own publications: BibTeX, CSL JSON, PDFs and folders of them."""

import json
from pathlib import Path

import pytest

from agents.literature import pdf_folder
from agents.literature.library import Library
from agents.literature.pdf_folder import read_pdfs
from tests.reviewer.pdf_files import draw

BIB = """
@string{jmlr = {Journal of Machine Learning Research}}
@article{drop, title={Dropout prevents overfitting}, year=2014, author={Srivastava, N. and others}, journal=jmlr,
  pages={1929--1958}, doi={10.5555/2627435.2670313}}
@article{broken, title={Never closed, year=2014,
@misc{yearless, title={No year}}
@misc{evil, title={}\\input{/etc/passwd}}, year=2020}
@inproceedings{ls, title={When does {Label} smoothing help?}, date={2019-12-01}, booktitle={NeurIPS},
  abstract={Smoothed labels improve calibration.}}
"""
CSL = [
    {
        "id": "http://zotero.org/users/1/items/ABC",
        "type": "article-journal",
        "title": "Entropy regularization of overconfident networks",
        "container-title": "Journal of Confidence",
        "author": [{"family": "Pereyra", "given": "Gabriel"}, {"literal": "The Confidence Group"}],
        "issued": {"date-parts": [["2017", 1]]},
        "page": "1-9",
        "volume": 3,
    },
    {"id": "x", "type": "book"},
    7,
]
PAPER = """Ann Bee and Cy Dee
Proceedings of the Workshop on Confidence, 2018
Abstract
We measure how confident small networks are, and find that they are far too confi-
dent on handwritten digits, whatever the optimiser and whatever the size of the batch.
1 Introduction
Networks are confident.
doi 10.1000/conf.1"""


class Told(dict[str, str]):
    def __call__(self, what: str, consequence: str) -> None:
        self[what] = consequence


def pdf(
    folder: Path, name: str = "paper.pdf", title: str = "How confident are small networks?", text: str = PAPER
) -> Path:
    return draw(folder / name, text, title, "/F 18 Tf 0 g")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "shelf"
    (folder / "deeper").mkdir(parents=True)
    (folder / "mine.bib").write_text(BIB, encoding="utf-8")
    (folder / "zotero.json").write_text(json.dumps(CSL), encoding="utf-8")
    pdf(folder / "deeper")
    (folder / "notes.txt").write_text("no publication")
    return folder


def test_all_kinds_of_files_in_a_folder_are_found_by_words(shelf: Path, tmp_path: Path) -> None:
    library = Library([shelf], tmp_path / "cache", Told())
    assert [source.key for source in library.search("dropout", 5)] == ["drop"]
    [entropy] = library.search("entropy regularisation", 5)
    assert entropy.authors == ("Gabriel Pereyra", "The Confidence Group")
    assert "volume = {3}" in entropy.bibtex and "pages = {1--9}" in entropy.bibtex
    [confident, *_] = library.search("how confident are networks", 5)
    assert (confident.title, confident.year) == ("How confident are small networks?", 2018)
    assert confident.abstract.startswith(
        "We measure how confident small networks are, and find that they are far too conf"
    )
    assert "confident on handwritten" in confident.abstract and "Introduction" not in confident.abstract
    assert confident.url == "https://doi.org/10.1000/conf.1"
    assert all(source.origin == "library" for source in library.search("networks labels", 9))
    assert library.search("zebra fish", 5) == []


def test_an_entry_is_written_anew_so_that_it_needs_nothing_of_its_file(shelf: Path, tmp_path: Path) -> None:
    [drop] = Library([shelf / "mine.bib"], tmp_path, Told()).search("dropout", 5)
    assert "journal = {Journal of Machine Learning Research}" in drop.bibtex
    assert "pages = {1929--1958}" in drop.bibtex


def test_what_cannot_be_read_is_left_out_and_told_once_per_file(shelf: Path, tmp_path: Path) -> None:
    told = Told()
    library = Library([shelf], tmp_path / "cache", told)
    assert not told
    found = library.search("label smoothing dropout", 9)
    assert {source.key for source in found} == {"drop", "ls"}
    assert told.keys() == {"library mine.bib", "library zotero.json"}
    assert told["library mine.bib"].startswith("left out: mine.bib, line 5: broken entry")
    assert "and 2 more of its entries" in told["library mine.bib"]
    told.clear()
    library.search("label", 9)
    assert not told


@pytest.mark.parametrize("content", [b"", b"\xe9 latin", b"{}", b"[", b"[" * 100_000, b'{"a": "' + b"x" * 99])
@pytest.mark.parametrize("name", ["a.bib", "a.json", "a.pdf"])
def test_any_file_is_read_or_told_of(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert Library([tmp_path / name], tmp_path / "cache", Told()).search("label", 5) == []


def test_latin_letters_of_an_old_file_are_read(tmp_path: Path) -> None:
    (tmp_path / "old.bib").write_bytes("@book{a, title={Für Elise}, year=1999}".encode("latin-1"))
    [found] = Library([tmp_path / "old.bib"], tmp_path, Told()).search("Elise", 5)
    assert found.title == "Für Elise"


def test_a_path_that_is_gone_when_a_run_goes_on_is_told_of(shelf: Path, tmp_path: Path) -> None:
    told = Told()
    library = Library([tmp_path / "none.bib", shelf / "zotero.json"], tmp_path, told)
    assert len(library.search("entropy", 5)) == 1
    assert told["library none.bib"] == "left out: it is not there any more"


def test_a_pdf_is_read_again_only_when_it_changed(tmp_path: Path) -> None:
    paper, cache, failures = pdf(tmp_path), tmp_path / "cache", Told()
    first = read_pdfs([paper], cache, lambda path, reason: failures(path.name, reason))
    assert read_pdfs([paper], cache, lambda path, reason: failures(path.name, reason), seconds=0) == first
    pdf(tmp_path, title="How sure are large networks?")
    again = read_pdfs([paper], cache, lambda path, reason: failures(path.name, reason))
    assert again[paper].title == "How sure are large networks?"
    assert not failures


def test_the_name_of_a_pdf_may_be_anything(tmp_path: Path) -> None:
    paper = pdf(tmp_path, "-- größe 深\n;$(touch x).pdf")
    assert list(read_pdfs([paper], tmp_path, lambda path, reason: pytest.fail(reason))) == [paper]


def test_without_time_a_pdf_waits_for_the_next_run(tmp_path: Path) -> None:
    failures = Told()
    assert read_pdfs([pdf(tmp_path)], tmp_path, lambda path, reason: failures(path.name, reason), seconds=0) == {}
    assert "read the next time" in failures["paper.pdf"]


def test_a_wrecked_index_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "library.json").write_text("{")
    assert len(read_pdfs([pdf(tmp_path)], tmp_path, lambda path, reason: pytest.fail(f"{path}: {reason}"))) == 1


@pytest.mark.parametrize("ending", ["os.abort()", "time.sleep(60)", "os._exit(0)", "print('{}')"])
def test_a_pdf_that_ends_its_reader_costs_itself_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    paths = [pdf(tmp_path, f"{number}.pdf") for number in range(4)]
    reader = tmp_path / "reader.py"
    found = json.dumps({"title": "A fine title", "year": 2020})
    reader.write_text(
        "import os, signal, sys, time\nsignal.alarm(1)\n"
        "for path in sys.argv[1:]:\n"
        f"    if path.endswith('2.pdf'): {ending}\n"
        f"    else: print({found!r}, flush=True)\n"
    )
    monkeypatch.setattr(pdf_folder, "_READER", reader)
    failures = Told()
    read = read_pdfs(paths, tmp_path / "cache", lambda path, reason: failures(path.name, reason))
    assert [path.name for path in read] == ["0.pdf", "1.pdf", "3.pdf"]
    assert failures.keys() == {"2.pdf"}
    assert ("too long" in failures["2.pdf"]) == ("sleep" in ending)


@pytest.mark.parametrize(
    ("title", "text", "reason"),
    [
        ("", "Nothing", "no title"),
        ("A title without a year", "Some text of no date", "no year"),
    ],
)
def test_a_pdf_that_does_not_say_what_it_is_is_left_out(tmp_path: Path, title: str, text: str, reason: str) -> None:
    failures = Told()
    read_pdfs([pdf(tmp_path, title=title, text=text)], tmp_path, lambda path, why: failures(path.name, why))
    assert reason in failures["paper.pdf"]
