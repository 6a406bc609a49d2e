"""Each gate on a small paper: silent on the honest one, raised by the flaw it is there for, with a quotation."""

import random

import pytest

from reviewer.gates import GATES, raise_flags
from reviewer.gates.flag import CAPS
from reviewer.gates.measures import measure_all
from reviewer.reading.outline import read_lines
from reviewer.schema import Paper
from reviewer.screening import screen
from reviewer.text import split_sentences
from tests.reviewer.gates.papers import ABSTRACT, BIBLIOGRAPHY, EXPERIMENTS, INTRODUCTION, names, paper, screened

FIELDS = ("rain", "snow", "wind", "hail", "frost", "cloud", "storm", "mist", "drought", "flood", "thunder", "breeze")
AUTHORS = ("Abel", "Bond", "Cole", "Dunn", "Ebert", "Ford", "Grant", "Hunt", "Irwin", "Jones", "Knox", "Lane")
YEARS = tuple(str(year) for year in range(2003, 2015))


def listed(years: tuple[str, ...] = YEARS, kept: int = 12) -> Paper:
    """A paper that cites twelve works, and a list of them, with the years given, as far as `kept`."""
    text = " ".join(
        f"Models of {field} go back to {name} & Wood ({year})."
        for field, name, year in zip(FIELDS, AUTHORS, YEARS, strict=True)
    )
    works = [
        f"Ann {name} and Una Wood. Models of {field} over {field} lands. Journal of {field}, {year}."
        for field, name, year in zip(FIELDS, AUTHORS, years, strict=True)
    ]
    return paper(Related_Work=text).model_copy(update={"bibliography": tuple(works[:kept])})


def raised(one: Paper) -> list[str]:
    return names(*raise_flags(screen(one)))


def story() -> str:
    """Twelve topics of eight sentences each that share words with their neighbours only."""
    rng = random.Random(1)

    def coin(number: int) -> str:
        head = "".join(rng.choice(letters) for letters in ("bdfgklmnprstvz", "aeiou", "bdfgklmnprstvz", "aeiou"))
        return f"{head}x{chr(97 + number % 26)}"

    made = list[str]()
    word = "alpha"
    for number in range(156):
        following = coin(number)
        made.append(f"Then the {word} object meets another {following} object of {following} kind near {word} places.")
        word = following
    return " ".join(made)


def test_honest_papers_raise_no_flag() -> None:
    assert raised(paper()) == [] and raised(listed()) == [] and raised(paper(Method=story())) == []


def test_every_gate_has_its_caps_under_its_name() -> None:
    assert set(GATES) == set(CAPS)


def test_citations_without_entries_are_flagged() -> None:
    assert raised(listed(kept=4)) == ["references dangling"]


def test_shuffled_years_are_flagged() -> None:
    assert raised(listed(years=YEARS[5:] + YEARS[:5])) == ["references shuffled"]


def test_years_that_preprint_numbers_deny_are_flagged() -> None:
    works = tuple(
        f"Ann {name}. On the {field}. arXiv preprint arXiv:1803.0123{n}, {2010 + n}."
        for n, (name, field) in enumerate(zip(AUTHORS[:6], FIELDS[:6], strict=True))
    )
    assert "references shuffled" in raised(paper().model_copy(update={"bibliography": works}))


def test_copied_references_are_flagged_and_not_counted() -> None:
    one = listed()
    doubled = one.model_copy(update={"bibliography": one.bibliography * 2, "references": 24})
    assert raised(doubled) == ["references duplicated"]
    assert screen(doubled).paper.references == 12 and screen(doubled).paper.bibliography == one.bibliography


def test_list_that_nobody_cites_is_flagged() -> None:
    more = tuple(
        f"Zed {name}son. Views of {field} from {field} hills. Journal of {field} views, 1999."
        for name in AUTHORS
        for field in FIELDS
    )
    one = listed()
    assert "references uncited" in raised(one.model_copy(update={"bibliography": (*one.bibliography, *more)}))


def test_abstract_of_another_paper_is_flagged() -> None:
    other = (
        "Transformers translate between languages, yet attention grows quadratically with tokens. We prune attention "
        "heads by their gradient and quantise embeddings, so that decoding on phones becomes feasible. Perplexity and "
        "human preference "
        "stay on par for English, German and Finnish corpora, while memory shrinks fourfold."
    )
    assert raised(paper(Abstract=other)) == ["abstract"]


def test_body_said_twice_is_padding_and_earns_nothing() -> None:
    doubled = screened(Appendix=f"{INTRODUCTION} {EXPERIMENTS}")
    assert names(*raise_flags(doubled)) == ["padding"]
    assert doubled.paper == screened().paper


def test_body_said_twice_with_slight_changes_is_padding() -> None:
    changed = INTRODUCTION.replace("coarse", "rough").replace("finer", "sharper").replace("poor", "weak")
    assert "padding" in raised(paper(Appendix=f"{changed} {EXPERIMENTS.replace('strongest', 'worst')}"))


def test_shuffled_sentences_are_flagged() -> None:
    sentences = split_sentences(story())
    random.Random(2).shuffle(sentences)
    assert raised(paper(Method=" ".join(sentences))) == ["sentence order"]


def test_gain_that_is_no_difference_is_flagged_and_true_ones_are_not() -> None:
    text = "The score rises from 71.2 to 74.5, an improvement of {}."
    assert raised(paper(Results=text.format("5.3"))) == ["numbers"]
    assert all(raised(paper(Results=text.format(gain))) == [] for gain in ("3.3", "3.3 points", "4.6%"))


def test_claims_without_reserve_are_flagged_in_the_extreme_only() -> None:
    loud = " ".join(
        f"On {field}, where {name} once built {field} maps, the filter beats all {field} models."
        for field, name in zip(FIELDS, AUTHORS, strict=True)
    )
    assert "overclaim" in raised(paper(Results=loud))
    assert raised(paper(Results=loud.split(".")[0] + ".")) == []


def test_better_than_nothing_in_particular_is_flagged() -> None:
    text = "The filter outperforms. It is state of the art in rain. It surpasses in snow. We like it."
    bare = paper(Abstract="We estimate rainfall.", Introduction=text, Experiments="It rains. The error is small.")
    assert "comparison" in raised(bare)


def test_statements_whose_proofs_are_phrases_are_flagged() -> None:
    argument = (
        "Let x be a root of f{} and take the sum over all terms of the series in x and its bound by c" + " + x" * 20
    )
    phrase = "It is clear that the claim holds"
    theory, proofs = ("", "")
    for n, name in enumerate(AUTHORS[:4], start=1):
        theory += f"Theorem {n}. The filter of {name} converges. Proof. {phrase}. □ "
        proofs += f"Theorem {n}. The filter of {name} converges. Proof. {argument.replace('{}', name)}. □ "
    assert "proofs" in raised(paper(Theory=theory)) and "proofs" not in raised(paper(Theory=proofs))


def test_tables_that_are_not_there_are_flagged() -> None:
    text = "Table 4 lists errors. Table 5 lists costs. Figure 7 shows rain."
    assert "floats" in raised(paper(Results=text))
    captions = "Table 4: Errors of all. Table 5: Costs of all. Figure 7: Rain over time. Table 1: Errors."
    assert raised(paper(Results=f"{text} {captions}")) == []


def test_experiments_that_break_off_are_flagged() -> None:
    assert "experiments" in raised(paper(Experiments="We now compare, as Table 1 shows, the filter with the"))


def test_flags_quote_the_paper_and_name_the_place() -> None:
    (found,) = raise_flags(screen(listed(kept=4)))
    assert "Moss et al., 2019" in found.text and "(Introduction)" in found.text


# --- soft measures -------------------------------------------------


def test_measures_are_bounded_and_pure() -> None:
    made = measure_all(screened())
    assert made == measure_all(screened()) and all(value >= 0 for value in made.values())
    shares = {
        name: value for name, value in made.items() if name.endswith(("_agree", "_share", "_there", "_fits", "_dated"))
    }
    assert all(value <= 1 for value in shares.values()) and len(shares) >= 6


@pytest.mark.parametrize(
    ("measure", "before", "after"),
    [
        ("numbers_agree", "error of 3.57", "error of 2.57"),
        ("references_agree", "Stone and Clay, 2020", "Brook and Clay, 2020"),
        ("variance_sentences", "Each error is the mean over five seeds. ", ""),
        (
            "baseline_sentences",
            "We compare the filter with a drift baseline on three valleys",
            "We run on three valleys",
        ),
        ("ablation_sentences", "Without the terrain map", "Without the terrain module"),
    ],
)
def test_flaw_moves_its_measure(measure: str, before: str, after: str) -> None:
    assert before in EXPERIMENTS
    honest, flawed = measure_all(screened()), measure_all(screened(Experiments=EXPERIMENTS.replace(before, after)))
    assert honest[measure] > flawed[measure] if measure != "ablation_sentences" else honest[measure] < flawed[measure]


def test_overclaiming_raises_the_bad_measures() -> None:
    loud = EXPERIMENTS.replace("There the", "It outperforms all methods by a large margin and will do so. There the")
    honest, flawed = measure_all(screened()), measure_all(screened(Experiments=loud))
    assert (
        flawed["bad_strong_share"] > honest["bad_strong_share"] and flawed["bad_will_share"] > honest["bad_will_share"]
    )


def test_paper_read_from_lines_passes_the_gates() -> None:
    lines = [
        "Abstract",
        ABSTRACT,
        "1 Introduction",
        INTRODUCTION,
        "2 Experiments",
        EXPERIMENTS,
        "Table 1: Errors in three valleys.",
    ]
    made = read_lines(
        [*lines, "References", *(line for entry in BIBLIOGRAPHY for line in (entry, ""))], "Rain in valleys"
    )
    assert raised(made) == []
    assert measure_all(screen(made))["references_agree"] == 1.0
