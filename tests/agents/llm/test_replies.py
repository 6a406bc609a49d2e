"""Replies as models really write them: fences, chatter, LaTeX, code, wrong types."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.llm.replies import MalformedReply, block_fields, describe_form, json_schema, parse_reply
from agents.schema import Novelty, Record
from agents.tasks import Change, NoveltyOpinion, Section

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


@pytest.mark.parametrize(
    "text",
    [
        f"<think>Perhaps {{\"idea\": \"b\"}}?</think>\n{RAW}",
        f"Perhaps {{\"idea\": \"b\"}}?\n</think>\n\n{RAW}",
        RAW[:-1] + ",}",
        RAW.replace('"k"', '"k" // the nearest\n/* no more */'),
        json.dumps({"reply": json.loads(RAW)}),
        json.dumps({"name": "reply", "arguments": json.loads(RAW)}),
        json.dumps({"tool": {"arguments": RAW}}),
        json.dumps([json.loads(RAW)]),
        json.dumps(RAW),
        f"```json\n{RAW[:-1]},}}\n```",
        f"The reply is {RAW[:-1]},}} as asked.",
        f"```json\n{RAW}",
        f"Here it is: ```json\n{RAW}\n```",
        f"First a draft:\n```json\n{RAW.replace('done', 'tried')}\n```\nBetter:\n```json\n{RAW}\n```",
        f"Wrong: {RAW.replace('known', 'perhaps')} Right: {RAW}",
        f"- the reply\n\n  ```json\n  {RAW}\n  ```",
    ],
    ids=[
        "thoughts", "thoughts without their opening", "comma too many", "comments", "wrapped", "tool call",
        "tool call in a wrapper", "only item", "string", "fenced, comma too many", "in prose, comma too many",
        "fence left open", "fence behind words", "second thoughts", "one of two fits", "in a list",
    ],
)  # fmt: skip
def test_json_is_mended_where_one_can_tell_what_is_meant(text: str) -> None:
    assert parse_reply(text, Novelty) == NOVELTY


def test_backslashes_of_latex_in_a_string_are_kept() -> None:
    text = r'{"idea": "a", "verdict": "known", "reason": "By \cite{k}, \alpha is \"old\"."}'
    assert parse_reply(text, Novelty).reason == r'By \cite{k}, \alpha is "old".'


def test_url_in_a_mended_string_is_kept() -> None:
    text = '{"idea": "a", "verdict": "known", "reason": "see https://x.org/a",}'
    assert parse_reply(text, Novelty).reason == "see https://x.org/a"


class Program(Record):
    """A program in files, as research without a template asks for."""

    summary: str
    experiment: str
    evaluator: str
    data_module: str = ""


class Loose(Record):
    """A reply whose every field may be left out."""

    note: str = ""


@pytest.mark.parametrize(
    "heads",
    [
        ("````experiment", "````evaluator"),
        ("```python experiment.py", "```python evaluate.py"),
        ("```experiment.py", "```evaluate.py"),
        ("```python:experiment.py", '```python title="evaluate.py"'),
        ("**experiment.py**\n```python", "### `evaluate.py`\n\n```python"),
        ("```python experiment.py", "```python"),
    ],
    ids=["by name", "by file", "file alone", "attributes", "by heading", "what is left"],
)
def test_files_of_a_program_are_told_apart(heads: tuple[str, str]) -> None:
    parts = [(heads[0], "print(1)\n"), (heads[1], "print(2)\n")]
    blocks = [
        f"{head}\n{body}{head.splitlines()[-1][: head.splitlines()[-1].rfind('`') + 1]}\n" for head, body in parts
    ]
    text = '```json\n{"summary": "s"}\n```\n' + "\n".join(blocks)
    assert parse_reply(text, Program) == Program(summary="s", experiment="print(1)\n", evaluator="print(2)\n")


def test_file_named_in_the_first_line_is_found() -> None:
    text = '{"summary": "s"}\n```python\n# evaluate.py\nprint(2)\n```\n```python\n# experiment.py\nprint(1)\n```'
    assert parse_reply(text, Program).evaluator == "# evaluate.py\nprint(2)\n"


def test_files_that_nothing_tells_apart_are_a_misfit() -> None:
    with pytest.raises(MalformedReply, match="experiment: Field required; evaluator: Field required"):
        parse_reply('{"summary": "s"}\n```python\n1\n```\n```python\n2\n```', Program)


def test_block_that_nobody_asked_for_fills_no_optional_field() -> None:
    text = '{"summary": "s"}\n````experiment\n1\n````\n````evaluator\n2\n````\nRun it:\n```bash\nls\n```'
    assert parse_reply(text, Program).data_module == ""
    assert (
        "data_module`: its whole text, as it is, in a block opened by ````data_module, closed by ````. It may be"
        in (describe_form(Program))
    )


def test_only_block_counts_whatever_its_label() -> None:
    assert parse_reply("```plaintext\nNo effect.\n```", Section).text == "No effect.\n"
    fields = '{"summary": "s", "config": {}}'
    assert parse_reply(f"```\n{fields}\n```\n```\nx = {{}}\n```", Change).code == "x = {}\n"


def test_chatter_is_no_reply_even_where_nothing_is_required() -> None:
    with pytest.raises(MalformedReply, match="nothing of the form"):
        parse_reply("I would rather not.", Loose)


RUNAWAY_S = 20.0
"""What takes a tenth of this here would take hours if a pattern tried every way to read it."""
HOSTILE = [
    '{"a":', "[", "{", '{"', '\\"', '"', "/*", "/* */", "//", ", ", ",\n", "```\n", "````code\n", "~~~", "`", "<think>",
    "</think>", '{"idea": "a", ', '[{"a":[', "{}", '{"a": 1}', "1" * 50, "\\", "\n", " ", "#", "a.b ",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_hundred_thousand_tokens_of_anything_are_read_without_trying_every_way(piece: str) -> None:
    text, start = piece * (400_000 // len(piece)), time.process_time()
    with pytest.raises(MalformedReply):
        parse_reply("```json\n" + text, Change)
    assert time.process_time() - start < RUNAWAY_S


def test_long_reply_is_read_without_trying_every_way() -> None:
    code, start = "x = {'a': [1, 2]}  # \"quoted\"\n" * 13_000, time.process_time()
    text = f'<think>{code}</think>```json\n{{"summary": "s", "config": {{}}}}\n```\n````code\n{code}````'
    assert parse_reply(text, Change).code == code
    assert time.process_time() - start < RUNAWAY_S


@given(st.lists(st.sampled_from([*HOSTILE, RAW, "x", "\ud800"]), max_size=60).map("".join))
def test_any_mixture_is_a_record_or_a_misfit(text: str) -> None:
    for reply in (Novelty, Change, Program):
        try:
            assert isinstance(parse_reply(text, reply), reply)
        except MalformedReply as error:
            assert str(error)


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


def test_fields_that_nobody_asked_for_are_passed_over_at_any_depth() -> None:
    point = {"aspect": "data", "idea": "a", "nearest": "b", "is_same": True, "confidence": 1}
    given = {"verdict": "known", "reason": "r", "idea": "x", "comparison": [point]}
    opinion = parse_reply(json.dumps(given), NoveltyOpinion)
    assert (opinion.verdict, opinion.comparison[0].aspect) == ("known", "data")
    with pytest.raises(MalformedReply, match="reason"):
        parse_reply(json.dumps({"verdict": "known", "idea": "x"}), NoveltyOpinion)
