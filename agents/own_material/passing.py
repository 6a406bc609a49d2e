"""How programs of a run get at a person's own data and code: what they are told of it, what they may read of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from agents.errors import UserError
from agents.files import evaluator_files
from agents.own_material.code import REPO_FOLDER, find_changed_repo
from agents.own_material.data import find_changed_data
from agents.schema import Template
from agents.settings import Settings


class Passed(NamedTuple):
    """Words for a program's command line, and the paths that it may read for them."""

    words: tuple[str, ...] = ()
    readable: tuple[Path, ...] = ()


def for_programs(folder: Path, settings: Settings) -> Passed:
    """`--data PATH` for each path in the order given, and `--repo PATH`, the run's copy of the code.

    Experiments and evaluators get the same.
    """
    words = [word for path in settings.data for word in ("--data", str(path))]
    if settings.repo is None:
        return Passed(tuple(words), settings.data)
    copy = (folder / REPO_FOLDER).absolute()
    return Passed((*words, "--repo", str(copy)), (*settings.data, copy))


def hide_places(text: str, folder: Path, settings: Settings) -> str:
    """A program's words with its data and code called by their names, not by where they lie on this machine."""
    names = {str(path): path.name for path in settings.data}
    names[str((folder / REPO_FOLDER).absolute())] = "repo"
    for place in sorted(names, key=len, reverse=True):
        text = text.replace(place, names[place])
    return text


def find_change(folder: Path, settings: Settings, *, is_thorough: bool = False) -> str:
    """Say in one line what of the data and code is not what the run started with, "" if all is.

    Of data, sizes and times are compared, and contents where those differ; `is_thorough` hashes everything.
    """
    return find_changed_data(folder, settings.data, is_thorough=is_thorough) or find_changed_repo(folder)


def require_unchanged(folder: Path, settings: Settings) -> None:
    """Raise UserError if data or code are not what the run started with."""
    if change := find_change(folder, settings):
        raise UserError(f"{change}; restore it and resume the run, or start a new run with what is there now")


def require_taken(template: Template, settings: Settings) -> None:
    """Raise UserError if the programs of a template do not know the arguments that they would be given."""
    programs = {"experiment.py": [template.path / "experiment.py"], "evaluate.py": evaluator_files(template.path)}
    for word, value in (("--data", settings.data), ("--repo", settings.repo)):
        for program, files in programs.items():
            if value:
                _require_word(template, word, program, files)


def _require_word(template: Template, word: str, program: str, files: Sequence[Path]) -> None:
    text = "".join(path.read_text(encoding="utf-8", errors="replace") for path in files if path.is_file())
    if word not in text and "parse_known_args" not in text:
        raise UserError(
            f"the template {template.name} takes no {word}: its {program} has no such argument; add it there "
            "(docs/your-own-material.md), or do without"
        )
