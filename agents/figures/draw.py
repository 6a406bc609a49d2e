"""Every figure of a study that its data allow, as clean vector PDFs beside the paper."""

from collections.abc import Sequence
from pathlib import Path

from agents.figures.curves import draw_curves
from agents.figures.data import judged_by
from agents.figures.drawing import Drawing
from agents.figures.effects import draw_ablation, draw_dose, draw_forest, draw_pairs
from agents.figures.lint import lint_figure
from agents.figures.style import house_style, save_pdf
from agents.figures.tree import draw_tree
from agents.files import write_json
from agents.schema import Evidence, Experiment, Figure, Template


def draw_figures(
    evidence: Evidence, template: Template, experiments: Sequence[Experiment], experiments_folder: Path, out: Path
) -> tuple[Figure, ...]:
    """Draw what the data allow into out/figures and return the records, in order of appearance.

    Without a winner that is the search tree alone. What lint_figure finds goes to out/figures/lint.json, a JSON object
    of label -> list of lines, which check_paper reads.
    """
    with house_style():
        drawings = _drawings(evidence, judged_by(evidence, template), experiments, experiments_folder)
        problems = {item.record.label: list(lint_figure(item.canvas)) for item in drawings}
        for item in drawings:
            save_pdf(item.canvas, out / item.record.path)
    _drop_stale(out / "figures", drawings)
    write_json(out / "figures" / "lint.json", {label: found for label, found in problems.items() if found})
    return tuple(item.record for item in drawings)


def _drawings(evidence: Evidence, template: Template, experiments: Sequence[Experiment], folder: Path) -> list[Drawing]:
    has_winner = "effect.primary" in evidence.quantities
    made = [draw_tree(evidence, template, experiments)]
    if has_winner:
        made += [
            draw_dose(evidence, template, experiments),
            draw_curves(evidence, template, experiments, folder),
            draw_forest(evidence, template, experiments),
            draw_ablation(evidence, template, experiments) or draw_pairs(evidence, template, experiments),
        ]
    return [item for item in made if item]


def _drop_stale(folder: Path, drawings: Sequence[Drawing]) -> None:
    """Remove PDFs of an earlier drawing that are not figures of this study any more."""
    kept = {Path(item.record.path).name for item in drawings}
    for path in folder.glob("*.pdf"):
        if path.name not in kept:
            path.unlink()
