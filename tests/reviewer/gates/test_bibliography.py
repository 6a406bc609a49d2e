"""Entries and citations, in the forms that people and PDF extraction give them."""

import pytest

from reviewer.reading.bibliography import distinct, hinted_years, is_match, read_citations, read_entries


def cited(text: str) -> list[tuple[str, str]]:
    return [(one.surname, one.year) for one in read_citations([("Method", text)])]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("as shown (Moss et al., 2019)", [("moss", "2019")]),
        ("Lake & Rivers (2015) show", [("lake", "2015")]),
        ("Lake and Rivers [2015] show", [("lake", "2015")]),
        ("(see e.g. Hill, 2018a; 2019)", [("hill", "2018a"), ("hill", "2019")]),
        ("(Hill, 2018a,b)", [("hill", "2018a"), ("hill", "2018b")]),
        ("(van den Oord et al., 2016)", [("oord", "2016")]),
        ("(Sch\u00a8olkopf et al., 2001)", [("scholkopf", "2001")]),
        ("(Costa-juss`a et al., 2022)", [("costa-jussa", "2022")]),
        ("(Moss et al., 2019; Stone & Clay, 2020)", [("moss", "2019"), ("stone", "2020")]),
        ("as in ICML 2018 and in May 2019", []),
    ],
)
def test_citation_is_read(text: str, found: list[tuple[str, str]]) -> None:
    assert cited(text) == found


def test_citations_by_number_are_read_with_ranges() -> None:
    numbers = [one.number for one in read_citations([("Method", "as in [3, 5-7]")])]
    assert numbers == [3, 5, 6, 7]


@pytest.mark.parametrize(
    "entry",
    [
        "Aäron van den Oord, Ada Hill. Pixels. In ICML, 2016.",
        "van den Oord, A. (2016). Pixels. ICML, pp. 1-9.",
        "A. v. d. Oord and A. Hill. Pixels. arXiv:1601.06759, 2016b.",
    ],
)
def test_entry_answers_its_citation_whatever_the_style(entry: str) -> None:
    citation = read_citations([("Method", "(van den Oord et al., 2016)")])[0]
    assert is_match(citation, read_entries([entry])[0])


def test_entry_of_another_year_or_author_does_not_answer() -> None:
    citation = read_citations([("Method", "(Hill, 2017)")])[0]
    entries = read_entries(
        ["Ada Hill. Rain over mountains. Weather, 2018.", "Bo Dale. Rain in valleys. Weather, 2017."]
    )
    assert not any(is_match(citation, entry) for entry in entries)


def test_piece_that_a_page_break_parted_is_joined() -> None:
    entries = read_entries(
        ["Ada Hill. Drift models for", "rain over mountains. Weather, 2017.", "Bo Dale. Snow. Weather, 2018."]
    )
    assert [entry.year for entry in entries] == ["2017", "2018"]


def test_works_that_run_on_are_parted() -> None:
    one = (
        "Ada Hill and Bo Dale. Drift models for rain over mountains and valleys of the north. Journal of Weather, {}. "
    )
    other = "Cy Moor and Di Fell. Snow models for roofs and roads in the towns of the south. Journal of Weather, {}. "
    text = "".join(part.format(year) for year in (2011, 2013, 2015) for part in (one, other)).strip()
    assert [entry.year for entry in read_entries([text])] == ["2011", "2011", "2013", "2013", "2015", "2015"]


def test_many_authors_are_read_in_no_time() -> None:
    """A list of two hundred names with dots once took minutes: names could be parted in many ways."""
    text = ", ".join(["J. R. R. Author-Name"] * 200) + " without an end 2018"
    assert len(read_entries([text])) == 1


def test_year_is_told_from_preprint_and_volume() -> None:
    preprint, volume = read_entries(
        [
            "Ada Hill. Rain. arXiv preprint arXiv:1903.01234, 2019.",
            "Bo Dale. In Advances in Neural Information Processing Systems 30, 2017.",
        ]
    )
    assert hinted_years(preprint) == (2019,) and hinted_years(volume) == (2017,)


def test_copies_of_entries_are_dropped_and_like_ones_kept() -> None:
    first = "Ada Hill and Bo Dale. Drift models for rain over northern mountains. Journal of Weather, 2017."
    sequel = "Ada Hill and Bo Dale. Clutter maps of radar between southern valleys. Journal of Weather, 2018."
    assert distinct([first, sequel, first.replace("2017", "2017a")]) == (first, sequel)
