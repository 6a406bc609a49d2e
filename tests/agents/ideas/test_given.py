"""Ideas of a person: the JSON of both versions of the AI Scientist, in the spellings that models give it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.errors import UserError
from agents.ideas.given import read_given_ideas
from agents.schema import GivenIdea

SEVEN = {
    "Name": "small_is_hard",
    "Title": "Why Small Networks Fail",
    "Short Hypothesis": "Width matters more than depth.",
    "Related Work": "Others looked at depth.",
    "Abstract": "We look at width.",
    "Experiments": ["Vary width.", {"Description": "Vary depth", "Metric": "accuracy"}],
    "Risk Factors and Limitations": "- one data set\n- small models",
}
FIRST_VERSION = {
    "Name": "adaptive_block",
    "Title": "Adaptive Blocks",
    "Experiment": "Change the block size while training.",
    "Interestingness": 6,
    "Feasibility": 4,
    "Novelty": 4,
    "novel": True,
}


def read(folder: Path, value: Any) -> tuple[GivenIdea, ...]:
    path = folder / "ideas.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return read_given_ideas(path)


def test_seven_fields_are_read_as_they_are(tmp_path: Path) -> None:
    assert read(tmp_path, [SEVEN]) == (
        GivenIdea(
            name="small-is-hard",
            title="Why Small Networks Fail",
            hypothesis="Width matters more than depth.",
            related_work="Others looked at depth.",
            abstract="We look at width.",
            experiments=("Vary width.", "Description: Vary depth; Metric: accuracy"),
            risks=("one data set", "small models"),
        ),
    )


def test_the_first_version_claims_what_its_title_says(tmp_path: Path) -> None:
    (idea,) = read(tmp_path, [FIRST_VERSION])
    assert (idea.name, idea.hypothesis) == ("adaptive-block", "Adaptive Blocks")
    assert idea.experiments == ("Change the block size while training.",)


@pytest.mark.parametrize("written", [SEVEN, {"ideas": [SEVEN]}])
def test_one_idea_and_a_named_list_are_as_good_as_a_list(tmp_path: Path, written: Any) -> None:
    assert read(tmp_path, written) == read(tmp_path, [SEVEN])


def test_field_names_may_be_spelt_in_any_way(tmp_path: Path) -> None:
    spelt = {re.sub(" ", "_", key).lower(): value for key, value in SEVEN.items()}
    assert read(tmp_path, [spelt]) == read(tmp_path, [SEVEN])


def test_a_name_that_came_before_gets_a_number(tmp_path: Path) -> None:
    names = ["a b", "A_B", "a-b-2", "", "\u4e2d\u6587"]
    ideas = read(tmp_path, [{"Name": name, "Title": "\u6587", "Abstract": "x"} for name in names])
    assert [idea.name for idea in ideas] == ["a-b", "a-b-2", "a-b-2-2", "idea-4", "idea-5"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "is empty"),
        ("[", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ([], "holds no ideas"),
        (3, "holds no ideas"),
        ([SEVEN, "text"], "idea 2: expected an object"),
        ([{"Name": "", "Abstract": "x"}], "idea 1: the field Title is missing"),
        ([{"Title": "t"}], "idea 1: the field Short Hypothesis is missing"),
        ([{**SEVEN, "Title": ["a"]}], "the field Title must be text, not a list"),
        ([{**SEVEN, "Abstract": True}], "the field Abstract must be text, not true or false"),
        ([{**SEVEN, "Experiments": [["a"]]}], "the field Experiments must be text or a list of texts"),
        ([{**SEVEN, "Abstract": "x" * 20_001}], "the field Abstract has 20001 characters"),
        ([SEVEN] * 101, "holds 101 ideas"),
    ],
)
def test_what_is_no_idea_is_one_line_naming_entry_and_field(tmp_path: Path, value: Any, said: str) -> None:
    with pytest.raises(UserError, match=re.escape(said)) as caught:
        read(tmp_path, value)
    assert "\n" not in str(caught.value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
ENTRIES = st.dictionaries(st.sampled_from([*SEVEN, "Experiment", "x"]), VALUES, max_size=8) | VALUES


@settings(max_examples=100, deadline=None)
@given(st.lists(ENTRIES, max_size=4) | ENTRIES)
def test_any_json_is_ideas_or_one_line(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    try:
        ideas = read(tmp_path_factory.getbasetemp(), value)
    except UserError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert len({idea.name for idea in ideas}) == len(ideas)
        for idea in ideas:
            assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,60}", idea.name)
            assert idea.title and idea.hypothesis
            idea.model_dump_json().encode()
