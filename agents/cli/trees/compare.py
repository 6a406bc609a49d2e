"""`naturalist compare`: best so far of several runs, by experiments, by the time these took, and by what they cost."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.cli.console import say, say_json, say_table
from agents.cli.text import clean, dollars, duration, number
from agents.cli.trees.chart import DASHES, Panel, Series, draw_key, draw_panel
from agents.cli.trees.curve import Point, best_so_far, milestones, value_at
from agents.cli.trees.look import MODEL_COLOURS
from agents.cli.trees.show import write_drawing
from agents.cli.trees.study import StudyTree, read_study
from agents.errors import UserError
from agents.figures.style import capital, with_unit
from agents.store.runs import find_run

_LOG_FROM = 50
_WIDTH, _HEIGHT = 460.0, 300.0
_COLOURS = MODEL_COLOURS[1:]


def show_comparison(
    workspace: Path, runs: Sequence[str], study: str | None, *, svg: Path | None, as_json: bool
) -> None:
    """Compare the same study of each run, the first if none is named. Raises UserError where metrics differ."""
    trees = read_trees(workspace, runs, study)
    names = name_apart(trees)
    curves = [best_so_far(tree) for tree in trees]
    if svg:
        write_drawing(svg, draw_comparison(trees, names, curves))
    if as_json:
        say_json({"metric": trees[0].metric.name, "runs": _json(trees, names, curves), "written": svg})
        return
    for line in head_lines(trees, names, curves):
        say(line)
    say()
    rows = table_rows(curves)
    say_table(("experiments", *names), rows)
    if svg:
        say(f"\n{svg.absolute()}")


def read_trees(workspace: Path, runs: Sequence[str], study: str | None) -> list[StudyTree]:
    if len(runs) < 2:
        raise UserError("compare needs two runs at least, for example: naturalist compare RUN RUN")
    trees = [read_study(find_run(workspace, run), study, newest=False) for run in runs]
    first = trees[0].metric
    for tree in trees[1:]:
        if (tree.metric.name, tree.metric.direction) != (first.name, first.direction):
            raise UserError(
                f"runs of different metrics cannot be compared: {trees[0].folder.name} {trees[0].study} has "
                f"{first.name} ({first.direction}), {tree.folder.name} {tree.study} has {tree.metric.name} "
                f"({tree.metric.direction}); name runs, or by --study a study, of one metric"
            )
    return trees


def name_apart(trees: Sequence[StudyTree]) -> list[str]:
    """Short names that differ: the beginnings of the runs' names as far as needed, a number where they are the same."""
    wholes = [f"{tree.folder.name}" for tree in trees]
    length = next(
        (
            size
            for size in range(15, max(map(len, wholes)))
            if len({each[:size] for each in wholes}) == len(set(wholes))
        ),
        max(map(len, wholes)),
    )
    short = [each[:length].rstrip("-") for each in wholes]
    return [name if short.count(name) == 1 else f"{name} ({place})" for place, name in enumerate(short, start=1)]


def head_lines(trees: Sequence[StudyTree], names: Sequence[str], curves: Sequence[Sequence[Point]]) -> list[str]:
    """One line on the metric and one for each run: what it is about, how much it tried and what that took."""
    metric = trees[0].metric
    better = "higher" if metric.direction == "maximize" else "lower"
    lines = [clean(f"best so far, {with_unit(metric.label, metric.unit)} on the search split; {better} is better")]
    for tree, name, curve in zip(trees, names, curves, strict=True):
        spent = (
            f"{duration(curve[-1].seconds)} of experiments, {dollars(curve[-1].usd)}" if curve else "nothing finished"
        )
        lines.append(clean(f"{name}: {tree.study} {tree.title}; {len(curve)} experiments, {spent}"))
    return lines


def table_rows(curves: Sequence[Sequence[Point]]) -> list[tuple[str, ...]]:
    """Best so far at 1, 2, 5, 10 and so on; a dash where a run made fewer experiments, or none that succeeded."""
    longest = max(map(len, curves))
    return [(str(mark), *(number(value_at(curve, mark)) for curve in curves)) for mark in milestones(longest)]


def draw_comparison(trees: Sequence[StudyTree], names: Sequence[str], curves: Sequence[Sequence[Point]]) -> str:
    """An SVG file: a panel by experiments, one by time, and one by cost where anything cost something."""
    panels = [_panel(kind, trees[0], names, curves) for kind in ("made", "seconds", "usd")]
    shown = panels if any(curve and curve[-1].usd > 0 for curve in curves) else panels[:2]
    width, height = _WIDTH * len(shown), _HEIGHT + 16 * len(names) + 12
    drawn = "".join(
        f'<g transform="translate({_WIDTH * place:g} 0)">\n{draw_panel(panel, _WIDTH, _HEIGHT)}</g>\n'
        for place, panel in enumerate(shown)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="Helvetica, Arial, sans-serif" role="img">\n'
        f'<title>Best so far</title>\n<rect width="100%" height="100%" fill="#ffffff"/>\n{drawn}'
        f'<g transform="translate(0 {_HEIGHT:g})">\n{draw_key(shown[0].series)}</g>\n</svg>\n'
    )


def _panel(kind: str, tree: StudyTree, names: Sequence[str], curves: Sequence[Sequence[Point]]) -> Panel:
    series = [
        Series(name, _points(curve, kind), _COLOURS[place % len(_COLOURS)], DASHES[place % len(DASHES)])
        for place, (name, curve) in enumerate(zip(names, curves, strict=True))
    ]
    label = {"made": "experiments", "seconds": "time of experiments (s)", "usd": "cost (US dollars)"}[kind]
    is_log = kind == "made" and max(map(len, curves)) > _LOG_FROM
    return Panel(label, capital(with_unit(tree.metric.label, tree.metric.unit)), series, is_log)


def _points(curve: Sequence[Point], kind: str) -> list[tuple[float, float]]:
    return [(float(getattr(point, kind)), point.best) for point in curve if point.best is not None]


def _json(trees: Sequence[StudyTree], names: Sequence[str], curves: Sequence[Sequence[Point]]) -> list[dict[str, Any]]:
    return [
        {
            "run": tree.folder.name,
            "name": name,
            "study": tree.study,
            "experiments": len(curve),
            "best_at": {str(mark): value_at(curve, mark) for mark in milestones(len(curve))},
            "curve": [point._asdict() for point in curve],
        }
        for tree, name, curve in zip(trees, names, curves, strict=True)
    ]
