"""What a person reads when a run ends: papers with their verdicts, where everything is, time, cost, what to do next."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.cli.run_view import RunView, StudyView
from agents.cli.text import clean, cost_words, duration, verdict_of_review
from agents.cli.trees.study import StudyTree
from agents.cli.trees.words import baseline_lines, expected_json
from agents.spending import Paid


def resume_command(folder: Path) -> str:
    """The exact command that goes on with a run, from the current directory."""
    is_default = folder.parent.resolve() == Path("workspace").resolve()
    return shlex.join(["naturalist", "resume", folder.name if is_default else str(folder)])


def report_lines(view: RunView, folder: Path, cost: Paid, studies: Sequence[StudyTree] = ()) -> list[str]:
    """The report as plain lines; paths are whole, so that they can be copied. `studies` are set beside baselines."""
    lines = [""]
    for place, study in enumerate(view.published, start=1):
        lines.extend(_paper_lines(study, is_best=place == 1))
    lines += baseline_lines(studies)
    lines.append(f"run folder  {folder}")
    lines.append(f"time        {duration(view.elapsed_s(view.latest))}")
    lines.append(f"cost        {cost_words(*cost)}")
    if view.warnings:
        lines.append(f"warnings    {len(view.warnings)}")
        lines += [f"  {clean(f'{each.what}: {each.consequence}')}" for each in view.warnings]
    return [*lines, *_next_lines(view, folder)]


def report_json(view: RunView, folder: Path | None, cost: Paid, studies: Sequence[StudyTree] = ()) -> dict[str, Any]:
    """The same as one JSON object; the caller adds how it ended."""
    return {
        "run": view.run or None,
        "folder": folder,
        "papers": [_paper_json(study) for study in view.published],
        "expected": {tree.study: expected_json(tree.expected) for tree in studies},
        "waiting_for": view.gate.gate if view.gate else None,
        "elapsed_s": round(view.elapsed_s(view.latest), 3),
        "cost_usd": cost.usd,
        "unpriced_calls": cost.unpriced,
        "warnings": [each._asdict() for each in view.warnings],
        "resume": None if folder is None or view.is_finished else resume_command(folder),
    }


def _paper_lines(study: StudyView, *, is_best: bool) -> list[str]:
    paper = study.paper
    if paper is None or paper.folder is None:
        return []
    folder = Path(paper.folder)
    review = "-"
    if paper.overall is not None:
        review = verdict_of_review(paper.overall, paper.decision, paper.calibration, paper.probability)
    return [
        clean(paper.title) + ("  [best]" if is_best else ""),
        f"  verdict   {clean(study.verdict)}",
        f"  review    {clean(review)}",
        f"  paper     {_paper_file(folder)}",
        f"  review    {folder / 'review.json'}",
        "",
    ]


def _paper_json(study: StudyView) -> dict[str, Any]:
    paper = study.paper
    if paper is None or paper.folder is None:
        raise ValueError(f"{study.name} has no published paper")
    folder = Path(paper.folder)
    return {
        "study": study.name,
        "title": paper.title,
        "verdict": study.verdict,
        "overall": paper.overall,
        "decision": paper.decision,
        "calibration": paper.calibration,
        "probability": paper.probability,
        "folder": folder,
        "paper": _paper_file(folder),
        "review": folder / "review.json",
    }


def _paper_file(folder: Path) -> Path:
    """The PDF, or the LaTeX where the run was told to typeset nothing."""
    return folder / ("paper.pdf" if (folder / "paper.pdf").exists() else "paper.tex")


def _next_lines(view: RunView, folder: Path) -> list[str]:
    command = resume_command(folder)
    if view.gate:
        return ["", f"waiting for your approval of the {view.gate.gate}: {clean(view.gate.what)}",
                f"to approve  {command} --yes", f"to refuse   {command} --no"]  # fmt: skip
    return [] if view.is_finished else ["", f"to go on    {command}"]
