"""How many settings a control may be tried with, as the plan registers it, and what a graph makes of it."""

from pathlib import Path

import pytest

from agents.nodes.ideas import choose_idea, propose_ideas, survey_literature
from agents.nodes.novelty import judge_novelty
from agents.nodes.study import register_plan
from agents.services import Services
from agents.tasks import Change, ProposeChange
from tests.agents.scripted import DOSE, drive, emitted, propose_dose, scripted_services


def prepare(folder: Path, companions: tuple[str, ...], tries: int, is_moving: bool = False) -> Services:
    """A scripted run of one idea; with `is_moving` its search sets the placebo too."""

    def propose(task: ProposeChange) -> Change:
        change = propose_dose(task)
        return change.model_copy(update={"config": {**change.config, "placebo": task.index}}) if is_moving else change

    hypothesis = DOSE.hypothesis.model_copy(update={"companions": companions})
    idea = DOSE.model_copy(update={"hypothesis": hypothesis})
    flags = {"generations": 1, "confirm.control_tries": tries}
    return scripted_services(folder, ideas=(idea,), propose=propose, flags=flags)


@pytest.mark.parametrize(
    ("companions", "tries", "registered"),
    [((), 6, 0), (("placebo",), 0, 0), (("placebo",), 9, 9), (("fault",), 9, 6), (("fault",), 2, 2)],
    ids=["no companions", "switched off", "numbers have no bound", "words have", "no more than allowed"],
)
def test_a_plan_registers_as_many_tries_as_settings_and_companions_allow(
    companions: tuple[str, ...], tries: int, registered: int, tmp_path: Path
) -> None:
    services = prepare(tmp_path, companions, tries)
    for node in (survey_literature, propose_ideas, judge_novelty, choose_idea):
        node({}, services)
    register_plan({"study": "s1"}, services)
    plan = services.journal.registration("s1")
    assert plan is not None and plan.control_tries == registered


def test_nothing_is_tried_where_the_search_never_moved_a_companion(tmp_path: Path) -> None:
    services = prepare(tmp_path, ("placebo",), 6)
    drive(services)
    assert services.journal.experiments("s1", "control") == []
    assert [each.index for each in services.journal.experiments("s1")] == list(range(10))


def test_the_confirmation_compares_what_the_tuning_chose(tmp_path: Path) -> None:
    services = prepare(tmp_path, ("placebo",), 6, is_moving=True)
    drive(services)
    tuning = services.journal.experiments("s1", "control")
    assert [each.config["placebo"] for each in tuning[:4]] == [2, 0, 1, 3] and len(tuning) == 8
    confirmed = services.journal.experiments("s1", "confirm")
    assert confirmed[0].index == tuning[-1].index + 1
    finalists = {each.config["placebo"] for each in tuning[4:]}
    assert {each.config["placebo"] for each in confirmed if each.arm == "control"} <= finalists
    assert [event.total for event in emitted(services, "experiments_planned") if event.stage == "control"] == [4, 8]
