"""The BibTeX reader: what it reads, and how it refuses."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import UserError
from agents.literature.bibtex import parse_bibtex, parse_entries, read_bibtex, split_authors
from agents.literature.latex_text import plain_text

ENTRY = """@inproceedings{szegedy2016rethinking,
  author    = {Szegedy, Christian and Vanhoucke, Vincent and {Google Brain and Friends}},
  title     = {Rethinking the {I}nception Architecture},
  booktitle = "Proceedings of {CVPR}",
  year      = 2016,
  month     = jun,
  abstract  = {Label smoothing helps \\& costs 3\\% nothing.},
  doi       = {10.1109/CVPR.2016.308}
}"""


def test_an_entry_keeps_its_own_text_and_shows_unicode() -> None:
    [source] = parse_bibtex("A comment.\n" + ENTRY + "\ntrailing words", "a.bib", "template")
    assert source.bibtex == ENTRY
    assert source.title == "Rethinking the Inception Architecture"
    assert source.authors == ("Christian Szegedy", "Vincent Vanhoucke", "Google Brain and Friends")
    assert (source.year, source.venue, source.origin) == (2016, "Proceedings of CVPR", "template")
    assert source.abstract == "Label smoothing helps & costs 3% nothing."
    assert source.url == "https://doi.org/10.1109/CVPR.2016.308"


def test_strings_and_concatenation_are_resolved() -> None:
    text = '@string{nips = "Advances in " # {NIPS}}\n@book(k, title={T}, year="1999", journal=nips # { 12})'
    [source] = parse_bibtex(text, "a.bib", "template")
    assert source.venue == "Advances in NIPS 12"


def test_an_entry_may_end_with_a_comma_and_a_comment_is_skipped() -> None:
    text = "@comment{ @book{x, title={No}} is parsed by BibTeX too\n"
    with pytest.raises(UserError, match="line 1: entry 'x'"):
        parse_bibtex(text, "a.bib", "t")
    assert [s.key for s in parse_bibtex("@comment{old}\n@misc{a, title={T}, year={2001},}", "a.bib", "t")] == ["a"]


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"Poincar{\'e} and G{\"o}del", "Poincaré and Gödel"),
        (r"Erd\H{o}s, Ho\v{r}ava, \c{C}a\u{g}la", "Erdős, Hořava, Çağla"),
        (r"na{\"\i}ve \O rsted stra{\ss}e", "naïve Ørsted straße"),
        (r"{\L}ukasz \'{\i}ndice", "Łukasz índice"),
        (r"pages 1--2~of $n$ \emph{things}", "pages 1–2 of n things"),
        (r"50\% of R\&D", "50% of R&D"),
    ],
)
def test_latex_becomes_unicode(latex: str, shown: str) -> None:
    assert plain_text(latex) == shown


def test_authors_split_on_and_outside_braces_only() -> None:
    names = split_authors("Knuth, Donald E. and\n  {Barnes and Noble} and van der Berg, Jr., Jan and others")
    assert names == ("Donald E. Knuth", "Barnes and Noble", "Jan van der Berg Jr.")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n\n@article{a, title={T}, year={2000}", 3),
        ("@article{a, title={T, year={2000}}\n", 1),
        ("@article{a title={T}, year={2000}}", 1),
        ("\n@article{a, title={T} year={2000}}", 2),
        ("@article{a, title=unquoted words, year={2000}}", 1),
        ("@article{a, title={T}}", 1),
        ("@article{a, title={T}, year={2000}}\n@article{a, title={U}, year={2001}}", 2),
    ],
)
def test_a_broken_entry_names_file_and_line(text: str, line: int) -> None:
    with pytest.raises(UserError, match=rf"refs\.bib, line {line}: "):
        parse_bibtex(text, "refs.bib", "t")


def test_an_unreadable_file_is_the_users_problem(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read bibliography"):
        read_bibtex(tmp_path / "none.bib", "t")
    (tmp_path / "latin.bib").write_bytes(b"@book{a, title={\xe9}}")
    with pytest.raises(UserError, match="cannot read bibliography"):
        read_bibtex(tmp_path / "latin.bib", "t")


_WORD = st.text("abcdefgéß &", min_size=1, max_size=12).filter(str.strip)


@given(title=_WORD, keys=st.lists(st.from_regex(r"[a-z][a-z0-9:_-]{0,8}", fullmatch=True), unique=True, max_size=4))
def test_what_is_written_is_read_back(title: str, keys: list[str]) -> None:
    entries = [f"@misc{{{key}, title = {{{{{title}}}}}, author={{Ann Bee}}, year = {{1990}}}}" for key in keys]
    sources = parse_bibtex("\n\n".join(entries), "a.bib", "t")
    assert [source.key for source in sources] == keys
    assert [source.bibtex for source in sources] == entries
    assert all(source.title == " ".join(title.split()) for source in sources)


@given(st.text('@{}",=#ab1 \n\\', max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        parse_bibtex(text, "a.bib", "t")
    except UserError as error:
        assert "\n" not in str(error)


@given(st.text('@{}",=#ab1 \n\\', max_size=60))
def test_a_good_entry_is_read_whatever_stands_before_it(text: str) -> None:
    told: list[str] = []
    entries = parse_entries(f"{text}\n@misc{{good, title={{T}}, year=2000}}", "a.bib", told.append)
    assert (entries[-1:] and entries[-1].key == "good") or told
    assert all("\n" not in line for line in told)


def test_only_the_broken_entry_is_skipped() -> None:
    told: list[str] = []
    text = "@misc{a, title={T}}\n@misc{b, title={never closed}\n@misc{c, title=undefined}\n@misc{d, title={T}}"
    assert [entry.key for entry in parse_entries(text, "a.bib", told.append)] == ["a", "d"]
    assert [line.split(":")[0] for line in told] == ["a.bib, line 2", "a.bib, line 3"]
