"""Looks at figures: what a model saw reaches the writer, its complaints the check; without sight the rules stay."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.errors import CannotSee
from agents.nodes.artefacts import read_figures, read_problems
from agents.schema import Record
from agents.services import Services
from agents.tasks import FigureLook, LookAtFigure, WriteSection
from tests.agents.scripted import drive, emitted, scripted_services
from tests.fakes import ScriptedModel


def run_with(folder: Path, look: Any) -> Services:
    services = scripted_services(folder, flags={"model": "openai/any", "generations": 1})
    assert isinstance(services.model, ScriptedModel)
    seeing = replace(services, model=ScriptedModel({**services.model.replies, "LookAtFigure": look}))
    drive(seeing)
    return seeing


def asked(services: Services, kind: type[Record]) -> list[Any]:
    assert isinstance(services.model, ScriptedModel)
    return [task for task in services.model.asked if isinstance(task, kind)]


def test_what_a_model_sees_reaches_the_writer_and_its_complaints_the_check(tmp_path: Path) -> None:
    services = run_with(tmp_path, FigureLook(seen="The line rises.", faults=("The legend hides a line.",)))
    figures = read_figures(services, "s1")
    assert figures and all(figure.seen == "The line rises." for figure in figures)
    looks = asked(services, LookAtFigure)
    assert [task.label for task in looks] == [figure.label for figure in figures]
    assert all(task.images[0].read_bytes().startswith(b"\x89PNG") for task in looks)
    assert asked(services, WriteSection)[0].figures == figures
    problems = [each for each in read_problems(services, "s1") if each.rule == "figure-look"]
    assert len(problems) == len(figures) and "legend" in problems[0].detail
    assert (services.study_folder("s1") / "review.json").exists(), "an ugly figure does not stop a paper"


def test_without_sight_the_rules_look_alone_and_the_run_says_so_once(tmp_path: Path) -> None:
    def refuse(_: LookAtFigure) -> FigureLook:
        raise CannotSee("model openai/any does not see images")

    services = run_with(tmp_path, refuse)
    told = [event for event in emitted(services, "degraded") if "figures" in event.what]
    assert len(told) == 1 and "rules alone" in told[0].consequence
    assert len(asked(services, LookAtFigure)) == 1
    assert all(figure.seen == "" for figure in read_figures(services, "s1"))
