"""Prompts of the panel, by jinja2 (StrictUndefined). Text that others wrote is fenced by a mark made from it."""

import hashlib
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reviewer.errors import ReviewerError
from reviewer.panel.form import Form
from reviewer.panel.rubric import Rubric

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).resolve().parent / "prompts"


class Prompts:
    """The prompts for one rubric."""

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric

    @cached_property
    def system(self) -> str:
        return self._render("system.md")

    @cached_property
    def sha256(self) -> str:
        """Hash of all prompts with nothing filled in: another wording needs another calibration."""
        said = (
            self.system,
            self.review("", ()),
            self.reflect("", (), "", 1),
            self.merge("", 2),
            self.repair("", "", ""),
        )
        return hashlib.sha256("\0".join(said).encode()).hexdigest()

    def review(self, paper: str, notes: Sequence[str], persona: str = "") -> str:
        """Ask for a filled form."""
        return self._render("review.md", paper=paper, notes=notes, persona=persona)

    def reflect(self, paper: str, notes: Sequence[str], form: str, round_number: int, persona: str = "") -> str:
        """Ask to look at one's own form once more."""
        values: dict[str, Any] = {"paper": paper, "notes": notes, "persona": persona}
        return self._render("reflect.md", form=form, round_number=round_number, **values)

    def merge(self, forms: str, reviewers: int) -> str:
        """Ask for a meta-review."""
        return self._render("merge.md", forms=forms, reviewers=reviewers)

    def repair(self, prompt: str, reply: str, problem: str) -> str:
        """Ask once more, with what was wrong."""
        return self._render("repair.md", prompt=prompt, reply=reply, problem=problem)

    def _render(self, name: str, **values: Any) -> str:
        fields = {"rubric": self.rubric, "asked": self._asked, "fence": fence, "scores": score_ranges()}
        return _environment().get_template(name).render(fields | values)

    @cached_property
    def _asked(self) -> str:
        """The rubric's own text, which may be the user's."""
        from jinja2 import TemplateError

        try:
            return _environment().from_string(self.rubric.text).render(rubric=self.rubric)
        except TemplateError as error:
            raise ReviewerError(f"the rubric for {self.rubric.venue} cannot be rendered: {error}") from error


@cache
def _environment() -> "Environment":
    """Jinja2's sandbox, since a rubric may come from anywhere; a name that is not there is an error, never a blank."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(
        loader=FileSystemLoader(FOLDER), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        autoescape=False, keep_trailing_newline=True,
    )  # fmt: skip


def fence(text: str, name: str) -> str:
    """Put text between two lines with a mark that is made from the text, and so cannot stand in it."""
    mark = hashlib.sha256(f"{name}\0{text}".encode()).hexdigest()[:16]
    while mark in text:
        mark = hashlib.sha256(mark.encode()).hexdigest()[:16]
    return f"===== {name} {mark} begins =====\n{text}\n===== {name} {mark} ends ====="


@cache
def score_ranges() -> list[tuple[str, int, int]]:
    """Each score of the form with its least and most, as the form checks them."""
    properties = Form.model_json_schema()["properties"]
    bounds = ((name, entry.get("minimum"), entry.get("maximum")) for name, entry in properties.items())
    return [(name, int(least), int(most)) for name, least, most in bounds if least is not None]
