"""What cannot be read is refused in one line that names the file and says what to do; damage never does worse."""

import functools
import random
import tempfile
import threading
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer import ReviewerError
from reviewer.reading.pdf import read_pdf
from reviewer.schema import Paper
from tests.reviewer.example_paper import TITLE, plain_text
from tests.reviewer.pdf_files import blank, draw
from tests.reviewer.reading.crafted import ORDER, Craft, beside, craft, drawn, in_signs, shown

FIXTURES = Path(__file__).parent / "fixtures"


def refused(path: Path) -> str:
    with pytest.raises(ReviewerError) as caught:
        read_pdf(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    return str(caught.value)


def encrypted(path: Path, user: str, owner: str, algorithm: str = "RC4-128") -> Path:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(draw(path, plain_text())))
    writer.encrypt(user, owner, algorithm=algorithm)
    writer.write(path)
    return path


def test_no_pdf_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.pdf"
    for content in (b"hello", b"<!DOCTYPE html><html></html>", bytes(range(256)) * 40):
        path.write_bytes(content)
        assert refused(path) == f"{path} is not a PDF"


def test_word_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.docx"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("word/document.xml", "<w:document/>")
    assert "is not a PDF" in refused(path)


def test_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.pdf"
    path.touch()
    assert refused(path) == f"{path} is empty; expected a PDF"


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "p.pdf")


def test_folder_is_refused(tmp_path: Path) -> None:
    assert "cannot read" in refused(tmp_path)


def test_pdf_with_a_password_is_refused(tmp_path: Path) -> None:
    path = encrypted(tmp_path / "p.pdf", "secret", "owner")
    assert refused(path) == f"{path} is encrypted; give a PDF without a password"


def test_pdf_that_only_its_owner_may_change_is_read(tmp_path: Path) -> None:
    assert read_pdf(encrypted(tmp_path / "p.pdf", "", "owner")).title == TITLE


def test_pdf_of_five_hundred_pages_is_refused(tmp_path: Path) -> None:
    assert "has 500 pages; a paper of 1 to 100 pages is expected" in refused(blank(tmp_path / "p.pdf", 500))


def test_empty_pages_are_refused(tmp_path: Path) -> None:
    assert "has no text to review" in refused(blank(tmp_path / "p.pdf", 2))


def test_scanned_pages_are_refused(tmp_path: Path) -> None:
    picture = "q 595 0 0 842 0 0 cm BI /W 2 /H 2 /BPC 8 /CS /G ID \x10\xf0\xf0\x10 EI Q"
    assert "(scanned pages?)" in refused(craft(tmp_path / "p.pdf", Craft(text="x", after=picture)))


@pytest.mark.parametrize("size", [9, 40, 400, 1500])
def test_pdf_cut_off_early_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "p.pdf"
    path.write_bytes(draw(tmp_path / "whole.pdf", plain_text()).read_bytes()[:size])
    assert "give" in refused(path) or "again" in refused(path)


def test_pdf_with_a_filter_that_nobody_knows_is_read_or_refused(tmp_path: Path) -> None:
    """Found by changing bytes at random: another reader raised NotImplementedError here."""
    path = draw(tmp_path / "p.pdf", plain_text())
    path.write_bytes(path.read_bytes().replace(b"<< /Length", b"<< /Filter /Odd /Length"))
    assert is_read_or_refused(path)


@pytest.mark.parametrize("place", ["1e38 0 0 1e38 50 50 Tm", "1e-38 0 0 1e-38 50 50 Tm", "1 0 0 1 1e38 -1e38 Tm"])
@pytest.mark.parametrize("page", ["", "/MediaBox [0 0 1e38 1e38]", "/MediaBox [9 9 9 9]", "/CropBox [1e9 1e9 2e9 2e9]"])
def test_places_out_of_all_bounds_do_no_worse_than_a_refusal(tmp_path: Path, place: str, page: str) -> None:
    added = Craft(after=shown("far away", at=place), page=page)
    assert is_read_or_refused(craft(tmp_path / "p.pdf", added))


def is_read_or_refused(path: Path) -> bool:
    try:
        return bool(read_pdf(path).sections)
    except ReviewerError as error:
        return "\n" not in str(error)


@functools.cache
def whole_files() -> tuple[bytes, ...]:
    ways = {**drawn(ORDER), **beside(ORDER), **in_signs(ORDER)}
    with tempfile.TemporaryDirectory() as folder:
        crafted = [craft(Path(folder) / "p.pdf", way).read_bytes() for way in ways.values()]
    return (*crafted, *(path.read_bytes() for path in sorted(FIXTURES.glob("*.pdf"))))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), count=st.sampled_from([1, 5, 40, 400]), cut=st.booleans())
def test_bytes_changed_at_random_do_no_worse_than_a_refusal(tmp_path: Path, seed: int, count: int, cut: bool) -> None:
    rng = random.Random(seed)
    content = bytearray(rng.choice(whole_files()))
    for _ in range(count):
        content[rng.randrange(len(content))] = rng.randrange(256)
    if cut:
        start = rng.randrange(len(content))
        del content[start : start + rng.randrange(2000)]
    path = tmp_path / "changed.pdf"
    path.write_bytes(content)
    assert is_read_or_refused(path)


def test_threads_read_one_after_the_other(tmp_path: Path) -> None:
    path = FIXTURES / "latex-two-column.pdf"
    read: list[Paper] = []
    threads = [threading.Thread(target=lambda: read.append(read_pdf(path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == 4 and all(paper == read[0] for paper in read)
