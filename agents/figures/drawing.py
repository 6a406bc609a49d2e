"""A figure on its way into a paper: the drawing, and what the paper says of it."""

from typing import TYPE_CHECKING, NamedTuple

from agents.latex.escape import escape_latex
from agents.schema import Figure, Template

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


class Drawing(NamedTuple):
    """`name` is the file's stem and the label's end; `caption` is LaTeX without digits."""

    name: str
    canvas: "Canvas"
    caption: str
    keys: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()
    is_wide: bool = False

    @property
    def record(self) -> Figure:
        return Figure(
            label=f"fig:{self.name.replace('_', '-')}",
            path=f"figures/{self.name}.pdf",
            caption=self.caption,
            keys=self.keys,
            experiments=self.experiments,
            wide=self.is_wide,
        )


def knob_label(template: Template, name: str) -> str:
    """What a reader calls a knob."""
    return next((knob.label for knob in template.knobs if knob.name == name), name.replace("_", " "))


def in_caption(text: str) -> str:
    """Words of a template inside a LaTeX caption."""
    return escape_latex(text)


def better_word(template: Template) -> str:
    return "higher" if template.metric.direction == "maximize" else "lower"
