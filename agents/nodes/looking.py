"""A model's look at the figures of a study: what it sees in them goes to the writer, what it finds amiss to the check.

The rules of figures/lint.py look at every figure, and alone where no model sees images.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from agents.errors import BudgetExceeded, CannotSee, ReplyRejected
from agents.events import Degraded
from agents.figures.picture import render_png
from agents.files import write_json
from agents.llm.team import is_offline
from agents.nodes.remembering import remembering
from agents.schema import Figure
from agents.services import Services
from agents.tasks import FigureLook, LookAtFigure


def look_at_figures(figures: Sequence[Figure], study: str, services: Services) -> tuple[Figure, ...]:
    """Return the figures with what a model saw in them; what is amiss goes to figures/looks.json, by label."""
    out = services.study_folder(study)
    looks = {} if is_offline(services.settings, "figures") else _looks(figures, out, study, services)
    write_json(out / "figures" / "looks.json", {label: look.faults for label, look in looks.items() if look.faults})
    return tuple(
        figure.model_copy(update={"seen": looks[figure.label].seen}) if figure.label in looks else figure
        for figure in figures
    )


def _looks(figures: Sequence[Figure], out: Path, study: str, services: Services) -> dict[str, FigureLook]:
    """The looks that came about; the first that cannot be had ends them, which is announced."""
    looks: dict[str, FigureLook] = {}
    for figure in figures:
        png = (out / figure.path).with_suffix(".png")
        render_png(out / figure.path, png)
        task = LookAtFigure(label=figure.label, caption=figure.caption, template=services.template_of(study), png=png)
        try:
            looks[figure.label] = remembering(services).ask(task)
        except (CannotSee, ReplyRejected, BudgetExceeded) as error:
            consequence = f"{error}; figures are checked by rules alone"
            services.events.emit(
                Degraded(at=time.time(), study=study, what="no model looks at the figures", consequence=consequence)
            )
            break
    return looks
