"""The run folder's JSON artefacts, typed. A person may edit them; what cannot be read is one line naming the file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from agents.errors import UserError
from agents.files import sha256_text, write_atomic, write_json
from agents.free_tasks import PilotRun
from agents.schema import Evidence, Experiment, Figure, Idea, Novelty, Problem, Record, Source, Survey
from agents.services import Services

R = TypeVar("R", bound=Record)
ANALYSIS, DESIGN, GIVEN_UP = "analysis.json", "design.json", "given_up.json"
SURVEY = "survey.json"


class StudyCard(Record):
    """Which idea a study is about, in which generation, which studies were finished then, which were chosen with it."""

    study: str
    idea: Idea
    generation: int
    done: tuple[str, ...]
    beside: tuple[str, ...] = ()


class Design(Record):
    """What a study without a template was designed to be: its idea in full, and what a second look at its evaluator
    found to mend before it was frozen, what the baseline gave before. The template itself is in the run folder's
    template/<study>."""

    idea: Idea
    objections: tuple[str, ...] = ()
    pilot: tuple[PilotRun, ...] = ()


class GivenUp(Record):
    """Why an idea was given up before its study was registered."""

    idea: str
    reason: str


def read_records(path: Path, kind: type[R]) -> tuple[R, ...]:
    """Read a list of records; raises UserError when the file is missing or was edited into something else."""
    try:
        return tuple(kind.model_validate(item) for item in json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise UserError(
            f"cannot use {path}: {_first_line(error)}; mend it, or resume --from the node that writes it"
        ) from error


def read_record(path: Path, kind: type[R]) -> R:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise UserError(
            f"cannot use {path}: {_first_line(error)}; mend it, or resume --from the node that writes it"
        ) from error


def write_records(path: Path, records: Sequence[Record]) -> None:
    write_json(path, [record.model_dump(mode="json") for record in records])


def write_record(path: Path, record: Record) -> None:
    write_json(path, record.model_dump(mode="json"))


def read_sources(services: Services) -> tuple[Source, ...]:
    return read_records(services.folder / "sources.json", Source)


def read_survey(services: Services) -> Survey | None:
    """Who answered the run's first search; None where none was made, or by an older version."""
    path = services.folder / SURVEY
    return read_record(path, Survey) if path.exists() else None


def read_ideas(services: Services) -> tuple[Idea, ...]:
    return read_records(services.folder / "ideas.json", Idea)


def read_novelty(services: Services) -> dict[str, Novelty]:
    return {verdict.idea: verdict for verdict in read_records(services.folder / "novelty.json", Novelty)}


def novelty_of(services: Services, idea: Idea) -> Novelty:
    """The verdict on an idea; unknown for one that a person added after the ideas were judged."""
    unasked = Novelty(idea=idea.id, verdict="unknown", reason="nobody compared this idea with the literature")
    return read_novelty(services).get(idea.id, unasked)


def read_evidence(services: Services, study: str) -> Evidence:
    return read_record(services.study_folder(study) / "evidence.json", Evidence)


def read_figures(services: Services, study: str) -> tuple[Figure, ...]:
    return read_records(services.study_folder(study) / "figures.json", Figure)


def read_problems(services: Services, study: str) -> tuple[Problem, ...]:
    path = services.study_folder(study) / "problems.json"
    return read_records(path, Problem) if path.exists() else ()


def read_card(folder: Path, study: str) -> StudyCard:
    """Read a study's card; `folder` is the run's."""
    return read_record(folder / "papers" / study / "study.json", StudyCard)


def idea_of(services: Services, study: str) -> Idea:
    """The idea of a study as it was designed, or as it was chosen where the run has a template."""
    path = services.study_folder(study) / DESIGN
    return read_record(path, Design).idea if path.exists() else read_card(services.folder, study).idea


def given_up(services: Services) -> tuple[GivenUp, ...]:
    """The ideas of the run that were given up, with the reasons."""
    return tuple(read_record(path, GivenUp) for path in sorted(services.folder.glob(f"papers/*/{GIVEN_UP}")))


def keep_code(services: Services, code: str) -> str:
    """Store a text of experiment.py under its own hash; return the hash."""
    digest = sha256_text(code)
    path = services.folder / "code" / f"{digest}.py"
    if not path.exists():
        write_atomic(path, code)
    return digest


def read_code(services: Services, experiment: Experiment) -> str:
    return (services.folder / "code" / f"{experiment.code_sha256}.py").read_text(encoding="utf-8")


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error).splitlines()[0]
