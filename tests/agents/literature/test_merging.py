"""Answers of several sources as one list, each publication once."""

from agents.literature.merging import merge_answers
from agents.literature.publication import Publication, make_source
from agents.schema import Source


def told(origin: str, key: str = "", **fields: object) -> Source:
    made = make_source(Publication.model_validate({"title": "Deep Nets", "year": 2015} | fields), origin, key)
    assert made
    return made


def test_one_doi_is_one_publication_and_the_richer_record_stays() -> None:
    bare = told("crossref", doi="10.1000/x")
    rich = told("openalex", title="Deep Nets: A Study", doi="10.1000/X", abstract="We study.", venue="JMLR")
    [kept] = merge_answers([[bare], [rich]])
    assert (kept.origin, kept.abstract) == ("openalex", "We study.")


def test_a_preprint_and_its_printed_version_are_one() -> None:
    preprint = told(
        "arxiv", year=2014, url="https://arxiv.org/abs/1412.6980", abstract="We study.", authors=("Ann Bee",)
    )
    printed = told("crossref", doi="10.1000/x", venue="ICLR", authors=("Bee, Ann",))
    [kept] = merge_answers([[preprint], [printed]])
    assert kept.origin == "arxiv"
    [kept] = merge_answers([[preprint.model_copy(update={"abstract": ""})], [printed]])
    assert kept.origin == "crossref"


def test_one_title_by_others_or_long_after_is_another_publication() -> None:
    first = told("a", authors=("Ann Bee",))
    others = [told("b", authors=("Cy Dee",), year=2016), told("b", authors=("Ann Bee",), year=2020)]
    assert merge_answers([[first], others]) == [first, *others]


def test_what_the_template_or_the_user_has_keeps_its_key_and_gains_an_abstract() -> None:
    own = told("library", "mine")
    rich = told("semantic_scholar", abstract="We study.", venue="JMLR", doi="10.1000/x")
    for answers in ([[own], [rich]], [[rich], [own]]):
        [kept] = merge_answers(answers)
        assert (kept.key, kept.abstract, kept.bibtex) == ("mine", "We study.", own.bibtex)


def test_the_place_of_the_first_is_kept() -> None:
    a, b, c = (told("x", title=f"Paper {name}") for name in "ABC")
    found = merge_answers([[a, b], [c, a.model_copy(update={"abstract": "We study."})]])
    assert [source.title for source in found] == ["Paper A", "Paper C", "Paper B"]
    assert found[0].abstract


def test_different_publications_under_one_key_are_not_both_cited() -> None:
    one, two = told("library", "smith2020", title="One"), told("template", "smith2020", title="Two")
    assert merge_answers([[one], [two]]) == [one]
