"""Replies as models really write them: fences, chatter, LaTeX, code, wrong types."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.llm.replies import MalformedReply, block_fields, describe_form, json_schema, parse_reply
from agents.schema import Novelty
from agents.tasks import Change, Section

NOVELTY = Novelty(idea="a", verdict="known", nearest="k", reason="It {was} done.")
RAW = NOVELTY.model_dump_json()


@pytest.mark.parametrize(
    "text",
    [
        RAW,
        f"```json\n{RAW}\n```",
        f"Sure! Here it is:\n\n```json\n{RAW}\n```\nAnything else?",
        f"```\n{RAW}\n```",
        f"I think {{so}}: {RAW} and that is it {{",
        f'First {{"thought": 1}} then {RAW}',
    ],
    ids=["bare", "fenced", "chatter", "unlabelled", "in running text", "after another object"],
)
def test_json_is_found_however_it_is_wrapped(text: str) -> None:
    assert parse_reply(text, Novelty) == NOVELTY


def test_latex_comes_through_its_block_untouched() -> None:
    latex = "The gain was \\evi{effect.primary}.\n\\textbf{No} \\beta, \\frac{a}{b} & 100\\% of ``it''.\n"
    assert parse_reply(f"````text\n{latex}````", Section).text == latex
    assert parse_reply(f"Here:\n```latex\n{latex}```\n", Section).text == latex


def test_code_with_fences_inside_comes_through() -> None:
    code = '"""Doc.\n\n```python\nx = 1\n```\n"""\nprint("\\n")\n'
    fields = json.dumps({"summary": "s", "config": {"width": 16, "dropout": 0.5, "activation": "tanh"}})
    change = parse_reply(f"```json\n{fields}\n```\n\n````code\n{code}````\n", Change)
    assert change == Change(summary="s", config={"width": 16, "dropout": 0.5, "activation": "tanh"}, code=code)


def test_long_field_inside_the_json_is_accepted_too() -> None:
    assert parse_reply(json.dumps({"text": "a\nb"}), Section).text == "a\nb"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "idea: Field required"),
        ("I cannot do that.", "Field required"),
        ('{"idea": "a", "verdict": "maybe", "reason": "r"}', "verdict: Input should be 'novel', 'known' or 'unknown'"),
        ('{"idea": "a", "verdict": "novel", "reason": "r", "mood": 1}', "mood: Extra inputs are not permitted"),
        ('["idea"]', "Field required"),
    ],
)
def test_misfit_says_what_is_wrong(text: str, complaint: str) -> None:
    with pytest.raises(MalformedReply, match=complaint):
        parse_reply(text, Novelty)


@given(st.text())
def test_any_text_is_a_record_or_a_misfit(text: str) -> None:
    with pytest.raises(MalformedReply):
        parse_reply(text + "{", Novelty)


def test_deep_nesting_is_a_misfit_not_a_crash() -> None:
    with pytest.raises(MalformedReply):
        parse_reply('{"a":' * 2000, Novelty)


def test_form_asks_for_blocks_instead_of_long_json_strings() -> None:
    assert block_fields(Change) == ("code", "edits")
    assert "code" not in json_schema(Change)["properties"]
    assert "````code" in describe_form(Change)
    assert "```json" not in describe_form(Section)
    assert "```json" in describe_form(Novelty)
