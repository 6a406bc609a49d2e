"""Each operator plants what it names, in that and nothing else, the same way each time."""

import pickle
import re
from collections import Counter
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.errors import ReviewerError
from reviewer.stress.operator import Planted, chance
from reviewer.stress.operators import OPERATORS, choose_operators
from reviewer.stress.whispers import WAYS
from tests.reviewer.stress.papers import rows

ROWS = rows()
NAMES = sorted(OPERATORS)
ALLOWED = {
    "number": {"abstract", "body"}, "shuffled_references": {"refs"}, "dropped_references": {"refs"},
    "doubled_references": {"refs"}, "abstract": {"abstract"}, "truncated": {"body"}, "pasted_body": {"appendix"},
    "proofs": {"body", "appendix"}, "overclaim": {"abstract", "body"}, **{f"inject_{way}": {"body"} for way in WAYS},
}  # fmt: skip
PROSE = {"abstract", "body", "appendix"}


def plant(name: str, row: dict[str, Any] = ROWS[0]) -> Planted:
    planted = OPERATORS[name].plant(row, ROWS[1:3])
    assert planted is not None
    return planted


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text))


@pytest.mark.parametrize("name", NAMES)
def test_changes_only_what_it_names_and_says_so(name: str) -> None:
    planted = plant(name)
    differ = {field for field in planted.row if planted.row[field] != ROWS[0][field]}
    assert planted.row.keys() == ROWS[0].keys()
    assert differ and differ <= ALLOWED.get(name, PROSE)
    assert planted.note


@pytest.mark.parametrize("name", NAMES)
def test_same_row_gives_the_same_copy_and_stays_as_it_was(name: str) -> None:
    row = deepcopy(ROWS[2])
    assert plant(name, row) == plant(name, row)
    assert row == ROWS[2]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_change_gives_none(name: str) -> None:
    assert OPERATORS[name].plant({"id": "empty"}) is None


@pytest.mark.parametrize("name", NAMES)
def test_operators_travel_to_other_processes(name: str) -> None:
    assert pickle.loads(pickle.dumps(OPERATORS[name])).plant(ROWS[0], ROWS[1:3]) == plant(name)  # noqa: S301


@given(body=st.text(alphabet=st.sampled_from("aA .\n1245|±%_*[]()≤□:"), max_size=400), name=st.sampled_from(NAMES))
def test_no_text_breaks_an_operator(body: str, name: str) -> None:
    row = {"id": "odd", "abstract": body[:80], "body": body, "refs": body, "appendix": "A PROOFS\n\nProof. " + body}
    planted = OPERATORS[name].plant(row, ROWS[:1])
    assert planted is None or planted == OPERATORS[name].plant(row, ROWS[:1])


def test_chance_depends_on_paper_and_operator() -> None:
    draws = {chance(paper, name).random() for paper in ("a", "b") for name in ("x", "y")}
    assert len(draws) == 4 and chance("a", "x").random() in draws


def test_ablations_go_with_their_section_and_no_further() -> None:
    body = plant("ablations").row["body"]
    assert "ablation" not in body.lower() and "Each component" not in body
    assert "4.2 LONGER TRAINING" in body


def test_baselines_go_from_text_and_table_but_not_from_related_work() -> None:
    body = plant("baselines").row["body"]
    assert "Baseline of Falk" not in body and "Restarts 66" not in body and "outperforms" not in body
    assert "Ours 71.03" in body and "compared with restarts by Falk" in body


def test_number_changes_once_in_the_text_and_not_in_the_table() -> None:
    for row in ROWS:
        planted = plant("number", row)
        old, new = re.findall(r"\d+\.\d+", planted.note)
        before, after = (one["abstract"] + one["body"] for one in (row, planted.row))
        assert after.count(old) == before.count(old) - 1 and after.count(new) == before.count(new) + 1
        assert [line for line in after.splitlines() if "±" in line] == [
            line for line in before.splitlines() if "±" in line
        ]
        assert 0.02 < abs(float(new) / float(old) - 1) < 0.3


def test_number_applies_only_where_text_and_table_share_one() -> None:
    row = ROWS[0] | {"body": "We reach an accuracy of 71.03 on the first set.\n\nOurs 99.12 88.34\n"}
    assert OPERATORS["number"].plant(row) is None


def test_variance_goes_and_the_means_stay() -> None:
    planted = plant("variance").row
    text = planted["abstract"] + planted["body"] + planted["appendix"]
    assert "±" not in text and "seeds are" in text and "random seeds" not in text and "standard deviation" not in text
    assert "Ours 71.03 74.58\n" in planted["body"]


def test_limitations_go_but_those_of_others_stay() -> None:
    row = ROWS[0] | {"body": ROWS[0]["body"] + "\nA limitation of existing methods is their cost in memory.\n"}
    body = plant("limitations", row).row["body"]
    assert "LIMITATIONS" not in body and "future work" not in body and "6 CONCLUSION" in body
    assert "limitation of existing methods" in body


def test_experiments_are_cut_up_to_what_closes_the_paper() -> None:
    body = plant("truncated").row["body"]
    assert "4 EXPERIMENTS" in body and "LONGER TRAINING" not in body
    assert "5 LIMITATIONS" in body and "6 CONCLUSION" in body


def test_abstract_is_a_donors_and_never_the_papers_own() -> None:
    assert plant("abstract").row["abstract"] in {row["abstract"] for row in ROWS[1:3]}
    assert OPERATORS["abstract"].plant(ROWS[0], [ROWS[0]]) is None


def test_overclaim_removes_hedges_and_boasts_in_abstract_and_ends() -> None:
    planted = plant("overclaim").row
    assert " may " not in planted["abstract"] and " prove " in planted["abstract"]
    assert len(planted["abstract"]) > len(ROWS[0]["abstract"]) + 60
    assert "±" in planted["body"] and "Table 1 lists" in planted["body"]


def test_proof_loses_its_steps_and_its_inequalities_turn() -> None:
    body = plant("proofs").row["body"]
    assert "e ≥ b" in body and "cross term" not in body and "Theorem 1. The estimator is consistent." in body
    assert "4 EXPERIMENTS" in body


def test_dropped_references_keep_three_of_ten() -> None:
    kept = plant("dropped_references").row["refs"].strip().split("\n\n")
    assert len(kept) == 2 and all(entry in ROWS[0]["refs"] for entry in kept)


def test_shuffled_references_keep_titles_in_place_and_deal_authors_and_years() -> None:
    before, after = (text.strip().split("\n\n") for text in (ROWS[0]["refs"], plant("shuffled_references").row["refs"]))
    old, new = ([re.match(r"(.*?)\. (A study.*?), (\d{4})", entry) for entry in one] for one in (before, after))
    rows_of = [[match.groups() for match in one if match] for one in (old, new)]
    for column in (0, 2):
        dealt = [[entry[column] for entry in one] for one in rows_of]
        assert sorted(dealt[0]) == sorted(dealt[1])
        assert all(a != b for a, b in zip(*dealt, strict=True))
    assert [title for _, title, _ in rows_of[0]] == [title for _, title, _ in rows_of[1]]


@pytest.mark.parametrize("form", ["numbered", "lines"])
def test_references_are_read_in_their_other_forms(form: str) -> None:
    entries = ROWS[0]["refs"].strip().split("\n\n")
    numbered = [f"[{place}] {entry}" for place, entry in enumerate(entries, start=1)]
    text = "\n".join(numbered if form == "numbered" else entries * 3)
    row = ROWS[0] | {"refs": text}
    count = len(text.splitlines())
    assert len(plant("dropped_references", row).row["refs"].splitlines()) == round(0.3 * count)
    assert len(plant("doubled_references", row).row["refs"].splitlines()) == 2 * count


def test_doubled_references_are_numbered_on() -> None:
    entries = ROWS[0]["refs"].strip().split("\n\n")
    text = "\n".join(f"[{place}] {entry}" for place, entry in enumerate(entries, start=1))
    doubled = plant("doubled_references", ROWS[0] | {"refs": text}).row["refs"]
    assert doubled.startswith(text)
    assert re.findall(r"^\[(\d+)\]", doubled, re.M) == [str(number) for number in range(1, 17)]


@pytest.mark.parametrize("way", sorted(WAYS))
def test_instruction_is_put_in_and_nothing_taken_out(way: str) -> None:
    planted = plant(f"inject_{way}")
    assert not words(ROWS[0]["body"]) - words(planted.row["body"])
    assert len(planted.row["body"]) > len(ROWS[0]["body"]) + 20


def test_every_way_has_its_mark() -> None:
    made = {way: WAYS[way](chance("a", way)) for way in WAYS}
    assert "\u200b" in made["zero_width"] and "base64" in made["base64"]
    assert all(len(word) == 1 for word in made["spaced"].split())
    assert len(set(made.values())) == len(WAYS)


def test_pasted_body_is_whole_and_last() -> None:
    assert plant("pasted_body").row["appendix"] == f"{ROWS[0]['appendix']}\n\n{ROWS[0]['body']}"


def test_shuffled_sentences_are_the_same_sentences() -> None:
    body = plant("shuffled_sentences").row["body"]
    assert words(body) == words(ROWS[0]["body"]) and body != ROWS[0]["body"]
    headings = r"^\d(?:\.\d)? [A-Z ]+$"
    assert re.findall(headings, body, re.M) == re.findall(headings, ROWS[0]["body"], re.M)


def test_reflow_keeps_every_letter() -> None:
    for row in ROWS:
        planted = plant("reflow", row).row
        for field in PROSE:
            assert re.sub(r"[-\s]", "", planted[field]) == re.sub(r"[-\s]", "", row[field])


def test_reflow_leaves_lists_and_captions_alone() -> None:
    block = "- we show that the first of these holds here\n- we show that the second of these holds as well"
    caption = (
        "A line of text above a caption that stands below it\nFigure 2: A drawing of the things that were measured."
    )
    made = plant("reflow", ROWS[0] | {"body": f"{ROWS[0]['body']}\n{block}\n\n{caption}"}).row["body"]
    assert block in made and caption in made


def test_synonyms_keep_numbers_headings_and_claims() -> None:
    body = plant("synonyms").row["body"]
    assert re.findall(r"\d+", body) == re.findall(r"\d+", ROWS[0]["body"])
    assert "4.1 ABLATION STUDY" in body and "may be" in body and "outperforms" in body


def test_a_noun_is_not_taken_for_a_verb() -> None:
    row = ROWS[0] | {"body": "The use of memory is low and we use it well in all of the runs that follow.\n" * 30}
    body = plant("synonyms", row).row["body"]
    assert body.count("The use of memory") == 30 and "we utilise it" in body


def test_renumbering_is_consistent() -> None:
    planted = plant("renumber")
    by = int(planted.note.split()[-1])
    body = planted.row["body"]
    assert f"{1 + by} INTRODUCTION" in body and f"{4 + by}.1 ABLATION STUDY" in body
    assert f"As Section {3 + by} explains" in body and f"Equation {1 + by} from" in body and f"z ({1 + by})" in body
    assert body.count(f"Table {1 + by}") == 2 and "Table 1 " not in body
    assert "71.03 ± 0.3" in body


def test_both_ends_of_a_range_are_renumbered() -> None:
    said = (
        "See Tables 2 and 3, Table 4 - 7, Section 2.1, Eq. (3) and equation 4 of the 5 runs with 12 % of _Table 2, § 3."
    )
    planted = plant("renumber", ROWS[0] | {"body": said})
    by = int(planted.note.split()[-1])
    raised = [int(each) for each in re.findall(r"\d+", planted.row["body"])]
    assert raised == [2 + by, 3 + by, 4 + by, 7 + by, 2 + by, 1, 3 + by, 4 + by, 5, 12, 2 + by, 3 + by]


def test_operators_are_chosen_by_name_or_group() -> None:
    assert [each.name for each in choose_operators(["proofs"])] == ["proofs"]
    assert {each.group for each in choose_operators(["gaming", "benign"])} == {"gaming", "benign"}
    assert len(choose_operators()) == len(OPERATORS)
    with pytest.raises(ReviewerError, match="unknown operator 'nonsense'; there are abl"):
        choose_operators(["nonsense"])


def test_there_are_twelve_flaws_with_injection_as_one_and_three_of_gaming_and_benign() -> None:
    groups = Counter(each.group for each in OPERATORS.values())
    assert groups == {"flaw": 11, "injection": 8, "gaming": 3, "benign": 3}
