"""Answers kept on disk, so that a node that runs again from its top pays for none of its questions twice."""

from pathlib import Path
from typing import TypeVar

from agents.files import sha256_text
from agents.nodes.artefacts import read_record, write_record
from agents.schema import Record, Task
from agents.services import Model

R = TypeVar("R", bound=Record)


def ask_once(task: Task[R], model: Model, folder: Path) -> R:
    """Return what `folder` holds as the answer to this very task, or ask and keep it. Raises what the model raises."""
    digest = sha256_text(f"{model.name}\n{task.model_dump_json()}")[:16]
    path = folder / f"{type(task).__name__}-{digest}.json"
    if path.exists():
        return read_record(path, task.reply)
    reply = model.ask(task)
    write_record(path, reply)
    return reply
