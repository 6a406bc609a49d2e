"""What a writer is told of the control: tuned on its own, or with the winner's companions."""

from pathlib import Path

import pytest

from agents.llm.prompts import render_prompt
from tests.agents.offline.studies import Plant, make_idea, make_study, make_task, make_template


@pytest.mark.parametrize(("tries", "told"), [(6, "control.tried settings of them"), (0, "no tuning of its own")])
def test_the_writer_of_the_method_is_told_how_the_control_came_by_its_companions(
    tries: int, told: str, tmp_path: Path
) -> None:
    template = make_template(tmp_path)
    idea = make_idea(template, ("width",), ("learning_rate",))
    prompt = render_prompt(make_task(make_study(template, idea, Plant(control_tries=tries, shift=0.2)), "method"))
    assert told in str(prompt) and ("| control.tried |" in str(prompt)) == bool(tries)
