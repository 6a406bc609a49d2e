"""A change comes as a whole program or as edits of the one to start from, and never half of either."""

import pytest

from agents.edits import CLOSE, MIDDLE, OPEN, parse_edits
from agents.free_tasks import Evaluator
from agents.llm.prompts import render_prompt
from agents.schema import Outcome
from agents.tasks import Change
from tests.agents.llm.task_samples import EVALUATOR, PROPOSE_CHANGE, WRITE_EVALUATOR

TASK = PROPOSE_CHANGE.model_copy(update={"code": "rate = 0.1\nsteps = 3\n"})
EDITS = f"{OPEN}\nrate = 0.1\n{MIDDLE}\nrate = 0.2\n{CLOSE}\n"


def test_edits_become_the_whole_program() -> None:
    change = TASK.check(Change(summary="s", config={}, edits=EDITS))
    assert change == Change(summary="s", config={}, code="rate = 0.2\nsteps = 3\n")


def test_edits_in_the_wrong_block_are_edits_all_the_same() -> None:
    change = TASK.check(Change(summary="s", config={}, code=EDITS))
    assert change.code == "rate = 0.2\nsteps = 3\n"


def test_a_whole_program_is_left_as_it_is() -> None:
    change = Change(summary="s", config={}, code="x = 1\n")
    assert TASK.check(change) == change


def test_edits_that_do_not_fit_say_so() -> None:
    with pytest.raises(ValueError, match="edit 1: its SEARCH is nowhere"):
        TASK.check(Change(summary="s", config={}, edits=EDITS.replace("0.1", "0.3")))


def test_a_change_has_one_form() -> None:
    with pytest.raises(ValueError, match="not both"):
        Change(summary="s", config={}, code="x = 1\n", edits=EDITS)


@pytest.mark.parametrize("code", ["", " \n"])
def test_where_only_settings_change_the_program_stays_as_it_is(code: str) -> None:
    assert TASK.check(Change(summary="s", config={}, code=code)).code == TASK.code


def test_an_evaluator_that_is_left_out_of_a_mend_stays_as_it_was() -> None:
    mend = WRITE_EVALUATOR.check(Evaluator(evaluator="import numpy\n"))
    assert mend == Evaluator(data_module=EVALUATOR.data_module, evaluator="import numpy\n")
    first = WRITE_EVALUATOR.model_copy(update={"previous": None})
    with pytest.raises(ValueError, match="data_module"):
        first.check(Evaluator(evaluator="import numpy\n"))


def test_the_program_of_a_study_without_a_template_may_be_rewritten_and_its_data_may_not() -> None:
    said = "data.py and evaluate.py stay as\n  they are"
    assert said not in render_prompt(TASK)
    written = TASK.template.model_copy(update={"written_by": "openai/some-model"})
    assert said in render_prompt(TASK.model_copy(update={"template": written}))


def test_the_prompt_shows_edits_in_the_form_that_is_read() -> None:
    shown = render_prompt(TASK).split("## What to send")[1].split("## Form of the reply")[0]
    (edit,) = parse_edits(shown)
    assert edit.replace == ("the lines to put there",)


def test_what_was_noted_of_a_parent_that_ran_is_told() -> None:
    parent = TASK.nodes[0]
    noted = parent.model_copy(update={"outcome": Outcome(status="ok", detail="static check: line 3: unpickles")})
    prompt = render_prompt(TASK.model_copy(update={"kind": "improve", "parent": noted, "log_tail": "epoch 9"}))
    assert "static check: line 3: unpickles" in prompt and "epoch 9" in prompt
    assert "noted of the parent's run" not in render_prompt(TASK.model_copy(update={"parent": parent}))
