"""Prompts: prompts/<task_name>.md rendered from a task's fields. A field that is missing is an error, never a blank."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.llm.replies import describe_form
from agents.llm.scrubbing import Scrubber
from agents.schema import Task

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).resolve().parents[1] / "prompts"


def task_name(task: Task[Any]) -> str:
    """ProposeIdeas -> propose_ideas."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(task).__name__).lower()


def render_prompt(task: Task[Any], folder: Path = FOLDER, *, scrubber: Scrubber | None = None) -> str:
    """Return the prompt of a task: its fields by name, its properties by `task`; `form` says in which form to reply."""
    values = {**_fields(task), "task": task, "form": describe_form(task.reply)}
    return render_text(f"{task_name(task)}.md", values, folder, scrubber=scrubber)


def render_text(
    name: str, values: Mapping[str, Any], folder: Path = FOLDER, *, scrubber: Scrubber | None = None
) -> str:
    """Render a file of `folder` with jinja2; StrictUndefined, `data(text, name)` fences what others wrote.

    What the scrubber knows (by default the keys and folders of this machine) is taken out of the whole text.
    """
    text = _environment(folder).get_template(name, globals={"data": fence_data}).render(values)
    return (scrubber or Scrubber.of_host()).scrub(text)


@cache
def _environment(folder: Path) -> "Environment":
    """Templates are compiled once."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folder), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        autoescape=False, keep_trailing_newline=True,
    )  # fmt: skip


def fence_data(text: object, name: str) -> str:
    """Put text that others wrote between <data> marks that it cannot close itself."""
    inner = re.sub(r"<(/?)(data)", r"<\1 \2", str(text), flags=re.IGNORECASE).strip("\n")
    return f'<data name="{name}">\n{inner}\n</data>'


def _fields(task: Task[Any]) -> dict[str, Any]:
    return {name: getattr(task, name) for name in type(task).model_fields}
