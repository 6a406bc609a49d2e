"""Answers that were tried before are asked for again, before anything runs."""

from collections.abc import Callable, Sequence
from pathlib import Path

from agents.nodes.artefacts import keep_code
from agents.nodes.code_checks import find_faults
from agents.nodes.proposing import ask_for_new
from agents.schema import Config, Experiment, Outcome, experiment_id
from agents.services import Services
from agents.slots import experiment_source, fill_slots
from agents.tasks import Change, ProposeChange
from templates import load_template
from tests.agents.scripted import DOSE, drive, scripted_services
from tests.fakes import ScriptedModel

DOUBLE: Config = {"boost": 1.0}
PROGRAM = """
import argparse
parser = argparse.ArgumentParser()
for option in ("--out", "--seed", "--config"):
    parser.add_argument(option)
print(vars(parser.parse_args()))
"""


class Asked:
    """A researcher that gives these answers one after another, the last one for ever; keeps what it was asked."""

    def __init__(self, answers: Sequence[Change]) -> None:
        self.tasks: list[ProposeChange] = []
        self._answers = answers
        self.model = ScriptedModel({"ProposeChange": self._answer})

    def _answer(self, task: ProposeChange) -> Change:
        self.tasks.append(task)
        return self._answers[min(len(self.tasks), len(self._answers)) - 1]


def change(summary: str, code: str = "x = 1\n", **config: float) -> Change:
    return Change(summary=summary, config={**DOUBLE, **config}, code=PROGRAM + code)


def allow(_: Config) -> str:
    return ""


def ask(
    folder: Path, *answers: Change, known: Sequence[Change] = (), check: Callable[[Config], str] = allow
) -> tuple[Change, list[ProposeChange]]:
    services, asked = scripted_services(folder), Asked(answers)
    nodes = tuple(record(services, index, each) for index, each in enumerate(known))
    task = ProposeChange(
        template=services.template_of("s1"), idea=DOSE, searched=("boost",), kind="draft", parent=None,
        code=experiment_source(services.template_of("s1")), log_tail="", nodes=nodes, index=len(nodes), seed=0,
    )  # fmt: skip
    return ask_for_new(task, asked.model, services, check)[0], asked.tasks


def record(services: Services, index: int, change: Change) -> Experiment:
    return Experiment(
        id=experiment_id("s1", index), study="s1", index=index, stage="search", change=change.summary,
        config=change.config, code_sha256=keep_code(services, change.code), seed=0, split="search",
        researcher="scripted", outcome=Outcome(status="ok"),
    )  # fmt: skip


def test_what_is_new_is_taken_at_once(tmp_path: Path) -> None:
    known = [change("other code", "x = 2\n"), change("other dose", boost=2.0)]
    answer, tasks = ask(tmp_path, change("new"), known=known)
    assert answer == change("new") and len(tasks) == 1


def test_a_twin_is_refused_and_the_reason_told(tmp_path: Path) -> None:
    disguised, new = change("disguised", "x = 1  # better\n"), change("new", "x = 3\n")
    answer, tasks = ask(tmp_path, disguised, new, known=[change("old")])
    assert answer == new
    assert [task.rejected for task in tasks] == [(), ("s1-0000 once more: disguised",)]


def test_the_third_twin_is_taken_and_called_a_repeat(tmp_path: Path) -> None:
    answer, tasks = ask(tmp_path, change("a"), change("b"), change("c"), change("d"), known=[change("old")])
    assert answer.summary == "repeat: c"
    assert len(tasks) == 3 and len(tasks[-1].rejected) == 2


def test_code_that_a_static_check_refuses_is_asked_for_again_with_the_reason(tmp_path: Path) -> None:
    new = change("new")
    answer, tasks = ask(tmp_path, change("online", "import socket\n"), new)
    assert answer == new
    ((), (reason,)) = [task.rejected for task in tasks]
    assert reason.startswith("static check: line 7: uses the network (socket)")
    assert reason.endswith("it was to be: online")


def test_checks_and_twins_share_the_rejections(tmp_path: Path) -> None:
    online = change("online", "import socket\n")
    answer, tasks = ask(tmp_path, change("again"), online, online, known=[change("old")])
    assert answer == online and len(tasks) == 3
    assert [reason.split(":")[0] for reason in tasks[-1].rejected] == ["s1-0000 once more", "static check"]


def test_a_warning_alone_keeps_nothing_from_running(tmp_path: Path) -> None:
    answer, tasks = ask(tmp_path, change("pickled", "import pickle\npickle.load(f)\n"))
    assert answer.summary == "pickled" and len(tasks) == 1


def test_the_templates_own_code_is_not_checked(tmp_path: Path) -> None:
    """The toy's own program sleeps where it is told to, and holds no fault that a researcher could mend."""
    services = scripted_services(tmp_path)
    template = services.template_of("s1")
    code = experiment_source(template)
    assert find_faults(code, template.baseline, template, services) == ()
    assert find_faults(code + "import socket\n", template.baseline, template, services) != ()


def test_slots_are_filled_as_the_configuration_says_whatever_was_written_there(tmp_path: Path) -> None:
    """The confirmation would measure the template's snippet, and not what the search had measured."""
    services = scripted_services(tmp_path)
    template = load_template(Path("templates/digits_classifier"))
    config = template.baseline | {"activation": "tanh"}
    written = experiment_source(template).replace("functional.relu(inputs)", "inputs * 2").replace("0.9)", "0.8)")
    asked = Asked([Change(summary="new", config=config, code=written)])
    task = ProposeChange(
        template=template, idea=DOSE, searched=("activation",), kind="draft", parent=None,
        code=experiment_source(template), log_tail="", nodes=(), index=0, seed=0,
    )  # fmt: skip
    answer, _ = ask_for_new(task, asked.model, services, allow)
    assert answer.code == fill_slots(template, written, config) != written
    assert "inputs * 2" not in answer.code and "0.8)" in answer.code


def test_an_image_of_ones_own_may_hold_other_packages(tmp_path: Path) -> None:
    code = PROGRAM + "import no_such_package\n"
    here = scripted_services(tmp_path)
    elsewhere = scripted_services(tmp_path, flags={"sandbox.image": "mine:latest"})
    template = here.template_of("s1")
    assert [fault.rule for fault in find_faults(code, {}, template, here)] == ["missing-package"]
    assert find_faults(code, {}, template, elsewhere) == ()


def test_what_says_itself_that_it_is_a_repeat_is_not_asked_for_again(tmp_path: Path) -> None:
    answer, tasks = ask(tmp_path, change("repeat: nothing is left"), known=[change("old")])
    assert answer.summary == "repeat: nothing is left" and len(tasks) == 1


def test_the_journal_of_a_search_says_what_was_repeated(tmp_path: Path) -> None:
    """This researcher has a single idea."""
    asked: list[ProposeChange] = []

    def propose(task: ProposeChange) -> Change:
        asked.append(task)
        return Change(summary="twice", config=task.template.baseline | {"boost": 1.0}, code=task.code)

    services = scripted_services(tmp_path, propose=propose, flags={"generations": 1, "search.experiments": 4})
    drive(services)
    nodes = services.journal.experiments("s1", "search")
    assert [node.change for node in nodes] == ["baseline", "twice", "repeat: twice", "repeat: twice"]
    assert len(asked) == 1 + 3 + 3


def test_settings_that_the_study_does_not_allow_go_back_before_anything_runs(tmp_path: Path) -> None:
    asked = [change("at the default", boost=0.0), change("away", boost=2.0)]
    answer, tasks = ask(tmp_path, *asked, check=lambda config: "" if config["boost"] else "no factor is away")
    assert answer.summary == "away"
    assert [task.rejected for task in tasks] == [(), ("no factor is away; it was to be: at the default",)]
