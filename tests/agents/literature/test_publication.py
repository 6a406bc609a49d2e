"""Records cleaned, and the BibTeX made from them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.literature.bibtex import parse_bibtex
from agents.literature.clean import clean_abstract, clean_text
from agents.literature.latex_text import latex_text, plain_text
from agents.literature.publication import Publication, clean_address, find_doi, make_source

PRINTED = st.text(
    st.one_of(st.characters(min_codepoint=0x20, max_codepoint=0x7E), st.sampled_from("éßøłÅŽñ–—“”…αλ×")), max_size=40
)
"""What TeX's usual fonts have."""


def make(**fields: object) -> Publication:
    return Publication.model_validate({"title": "A Title of It", "year": 2020} | fields)


@given(PRINTED | st.text("-–—`'“”?’ \\{}$~", max_size=12))
def test_latex_of_any_text_prints_it_back(text: str) -> None:
    shown = clean_text(text, 400)
    assert plain_text(latex_text(shown)) == shown


@given(st.text(max_size=60))
def test_latex_of_any_text_is_balanced_ascii_or_latin_and_holds_no_other_command(text: str) -> None:
    latex = latex_text(text)
    depth = 0
    for sign in latex:
        depth += (sign == "{") - (sign == "}")
        assert depth >= 0
    assert depth == 0
    assert all(sign.isascii() or "\u00c0" <= sign <= "\u017f" for sign in latex)
    known = r"text[a-z]+|ldots|ensuremath|alpha|beta|gamma|epsilon|lambda|mu|sigma|times|ell"
    assert not re.search(rf"\\(?!(?:{known})\b)[A-Za-z]", latex)
    assert not re.search(r"(?<!\\)[%#&$_^~]", latex)


@given(
    title=st.text(max_size=80), authors=st.lists(st.text(max_size=30), max_size=4), venue=st.text(max_size=40),
    url=st.text(max_size=40), doi=st.text(max_size=30), pages=st.text("0-9–-abc{}%", max_size=8),
)  # fmt: skip
def test_any_record_is_left_out_or_read_back_by_our_own_reader(
    title: str, authors: list[str], venue: str, url: str, doi: str, pages: str
) -> None:
    found = make(title=title, authors=authors, venue=venue, url=f"https://{url}", doi=doi, kind="article", pages=pages)
    source = make_source(found, "t")
    if source is None:
        assert not re.search(r"\w", clean_text(title, 400))
        return
    [read] = parse_bibtex(source.bibtex, "x", "t")
    assert (read.key, read.year, read.url) == (source.key, 2020, source.url)
    assert source.bibtex.count("\n@") == 0


@given(PRINTED.filter(lambda text: re.search(r"[a-z]", clean_text(text, 400)) is not None))
def test_title_author_and_venue_match_the_record(text: str) -> None:
    source = make_source(make(title=f"On {text}", authors=(f"Ann {text}", "Bo Ek"), venue=text, kind="article"), "t")
    assert source
    [read] = parse_bibtex(source.bibtex, "x", "t")
    assert (read.title, read.venue, read.authors[-1]) == (source.title, source.venue, "Bo Ek")
    assert len(read.authors) == len(source.authors)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Knuth, Donald E.", "Donald E. Knuth"),
        ("Sammy Davis, Jr.", "Sammy Davis, Jr."),
        ("Barnes and Noble", "Barnes and Noble"),
        ("Ministry of Health, Labour and Welfare", "Ministry of Health, Labour and Welfare"),
        ("ATLAS  Collaboration", "ATLAS Collaboration"),
        ("and", ""),
    ],
)
def test_names_stay_whole(name: str, shown: str) -> None:
    source = make_source(make(authors=(name,)), "t")
    assert source
    [read] = parse_bibtex(source.bibtex, "x", "t")
    assert read.authors == source.authors == ((shown,) if shown else ())


def test_a_thousand_authors_are_and_others() -> None:
    source = make_source(make(authors=tuple(f"Ann Bee{place}" for place in range(1000))), "t")
    assert source and len(source.authors) == 50 and "Bee49 and others}" in source.bibtex


def test_a_key_is_readable_stable_and_unlike_that_of_another_year() -> None:
    first = make_source(make(title="When Does It <i>Help</i>?", authors=("Müller, Rafael",)), "a")
    again = make_source(make(title="When does it help", authors=("R. Müller",), venue="Elsewhere"), "b")
    other = make_source(make(title="When does it help", authors=("R. Müller",), year=2021), "b")
    assert first and again and other
    assert first.key == again.key != other.key
    assert re.fullmatch(r"muller2020help-[a-z2-7]{6}", first.key)


def test_titles_in_other_scripts_still_have_different_keys() -> None:
    one, two = make_source(make(title="深度学习"), "t"), make_source(make(title="强化学习"), "t")
    assert one and two and one.key != two.key
    assert one.title == "深度学习"
    assert "title = {{?}}" in one.bibtex


@pytest.mark.parametrize("year", [0, 999, 2999, -5])
def test_a_year_that_cannot_be_is_no_year(year: int) -> None:
    assert make_source(make(year=year), "t") is None


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("<jats:title>Abstract</jats:title><jats:p>We <jats:italic>x</jats:italic> it.</jats:p>", "We x it."),
        ("&lt;p&gt;5 &amp;lt; 6&lt;/p&gt;", "5 < 6"),
        ("Abstract: Short.", "Short."),
        ("a < b and c > d", "a < b and c > d"),
        ("<script>alert('x')</script>Text<!-- hidden -->", "Text"),
        ("zero\u200bwidth \u202eand\x07 bell", "zerowidth and bell"),
        (r"An $\mathcal{O}(n)$ bound for Erd\H{o}s", "An O(n) bound for Erdős"),
        ("costs $5 or $10", "costs $5 or $10"),
        ("Abstraction is fun.", "Abstraction is fun."),
    ],
)
def test_markup_becomes_plain_text(sent: str, shown: str) -> None:
    assert clean_abstract(sent) == shown


@pytest.mark.parametrize("evil", ["<script><s ", "<!--", "<a ", "&amp;", "\\a{", "$", "<", "`'?-"])
def test_no_text_takes_long_to_clean(evil: str) -> None:
    """Unclosed tags took a minute: each looked for its end through all the rest."""
    assert len(clean_text(evil * 50_000, 4000)) <= 4000


def test_a_text_is_cut_at_its_limit() -> None:
    assert clean_text("word " * 100, 20) == "word word word word…"


@pytest.mark.parametrize(
    ("text", "is_address", "doi"),
    [
        ("https://doi.org/10.1000/ABC.1", True, "10.1000/ABC.1"),
        ("10.1000/abc%}{", False, "10.1000/abc"),
        ("http://arxiv.org/abs/1706.03762v5", True, "10.48550/arXiv.1706.03762"),
        ("https://arxiv.org/pdf/hep-th/9901001.pdf", True, "10.48550/arXiv.hep-th/9901001"),
        ("https://example.org/10.1000/abc", True, ""),
        ("none", False, ""),
    ],
)
def test_dois_are_found(text: str, is_address: bool, doi: str) -> None:
    assert find_doi(text, is_address=is_address) == doi


def test_an_address_that_could_be_anything_else_is_dropped() -> None:
    assert clean_address("javascript:alert(1)") == clean_address("https://x y/") == clean_address("file:///etc") == ""
    assert clean_address("https://a.org/x y}\\{") == "https://a.org/x%20y%7D%5C%7B"
