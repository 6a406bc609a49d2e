"""Answers kept on disk, so that a node that runs again from its top pays for none of its questions twice."""

from pathlib import Path
from typing import TypeVar

from agents.files import sha256_text
from agents.nodes.artefacts import read_record, write_record
from agents.schema import Record, Task
from agents.services import Model, Services

R = TypeVar("R", bound=Record)


class Remembering:
    """A model whose answers are kept in `folder`, one file for each task; the same task is answered from there."""

    def __init__(self, model: Model, folder: Path) -> None:
        self._model = model
        self._folder = folder

    @property
    def name(self) -> str:
        return self._model.name

    def ask(self, task: Task[R]) -> R:
        """Return the kept answer to this very task, or ask and keep it. Raises what the model raises."""
        digest = sha256_text(f"{self.name}\n{task.model_dump_json()}")[:16]
        path = self._folder / f"{type(task).__name__}-{digest}.json"
        if path.exists():
            return read_record(path, task.reply)
        reply = self._model.ask(task)
        write_record(path, reply)
        return reply


def remembering(services: Services) -> Remembering:
    """The run's researcher, remembering in the run folder."""
    return Remembering(services.model, services.folder / "answers")
