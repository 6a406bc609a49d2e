"""What a person handed in beside the question: whether a run can use it, and its copy in the run's folder."""

from pathlib import Path

from agents.errors import UserError
from agents.files import write_json
from agents.ideas.given import read_given_ideas
from agents.own_material import IDEAS_FILE
from agents.own_material.code import copy_repo, measure_repo
from agents.own_material.data import describe_data, write_data_notes
from agents.own_material.passing import require_taken
from agents.own_material.walk import list_files
from agents.schema import Template
from agents.settings import Settings


def needs_freedom(settings: Settings) -> str:
    """Name what was given that a run can only use without a template, unless it is told which; "" for nothing."""
    given = {"--ideas FILE": settings.ideas_file, "--data": settings.data, "--repo": settings.repo}
    return " and ".join(name for name, value in given.items() if value)


def check_given(settings: Settings, template: Template | None) -> None:
    """Raise UserError, before anything is spent, for what is missing, unreadable, too large or does not go together."""
    if settings.ideas_file is not None:
        read_given_ideas(settings.ideas_file)
    for path in settings.data:
        _check_place(path.resolve(), settings)
        list_files(path.resolve())
    if settings.repo is not None:
        measure_repo(settings.repo.resolve())
    if template is not None:
        require_taken(template, settings)


def fill_given(folder: Path, settings: Settings) -> None:
    """Write what was given into the run's folder, which is not in its place yet: ideas, notes of the data, the code."""
    if settings.ideas_file is not None:
        ideas = read_given_ideas(settings.ideas_file)
        write_json(folder / IDEAS_FILE, [idea.model_dump(mode="json") for idea in ideas])
    if settings.data:
        write_data_notes(folder, [describe_data(path) for path in settings.data])
    if settings.repo is not None:
        copy_repo(settings.repo, folder)


def _check_place(path: Path, settings: Settings) -> None:
    """Data that holds the runs themselves would never stay as it was."""
    for place in (settings.workspace.resolve(), settings.papers.resolve()):
        if place.is_relative_to(path):
            raise UserError(f"--data {path} holds {place}, where runs write; give the data a folder of its own")
