"""`status`, `list`, `show`: what run folders say, without touching graph or model."""

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from agents.cli.console import say, say_json, say_table
from agents.cli.report import resume_command
from agents.cli.text import clean, clean_lines, cost_words, duration, number, verdict_of_review
from agents.cli.trees.study import read_studies
from agents.cli.trees.words import baseline_lines, expected_json
from agents.errors import NaturalistError, UserError
from agents.schema import Experiment, kind_of
from agents.settings import load_settings, resolve_settings
from agents.store.journal import SqlJournal
from agents.store.place import find_place
from agents.store.runs import PaperSummary, RunSummary, find_run, list_runs, read_run

_TAIL_LINES = 40
_TAIL_BYTES = 64_000


def workspace_of(given: Path | None) -> Path:
    """The workspace given on the command line, else the project's."""
    return resolve_settings({"topic": "-", "workspace": given}).workspace


def show_status(workspace: Path, run: str, *, as_json: bool) -> None:
    """Say how one run stands."""
    summary = read_run(find_run(workspace, run))
    if as_json:
        say_json(summary.model_dump(mode="json"))
        return
    for name, value in _status_rows(summary):
        say(f"{name:<12}{clean(value)}")


def show_list(workspace: Path, *, as_json: bool) -> None:
    """List the runs of a workspace, oldest first; one that cannot be read says why."""
    runs = [_read_or_reason(folder) for folder in list_runs(workspace)]
    if as_json:
        say_json([run.model_dump(mode="json") if isinstance(run, RunSummary) else run for run in runs])
    elif not runs:
        say(f"no runs in {workspace}; start one with: naturalist run TOPIC")
    else:
        columns = ("run", "state", "generation", "experiments", "best", "papers", "time")
        say_table(columns, [_list_row(run) for run in runs], "run")


def show_run(workspace: Path, run: str, *, as_json: bool) -> None:
    """Show every experiment of a run, and its papers."""
    folder = find_run(workspace, run)
    summary, experiments, studies = read_run(folder), read_experiments(folder), read_studies(folder)
    if as_json:
        listed = [experiment.model_dump(mode="json") for experiment in experiments]
        expected = {tree.study: expected_json(tree.expected) for tree in studies}
        say_json({"run": summary.model_dump(mode="json"), "experiments": listed, "expected": expected})
        return
    for name, value in _status_rows(summary):
        say(f"{name:<12}{clean(value)}")
    for line in baseline_lines(studies):
        say(line)
    say()
    columns = ("experiment", "stage", "kind", "change", "status", summary.metric or "value", "seed")
    say_table(columns, _experiment_rows(experiments, summary.metric), "change")


def show_experiment(workspace: Path, run: str, experiment: str, *, as_json: bool) -> None:
    """Show one experiment: its configuration, its outcome, the end of its log, where its files are."""
    folder = find_run(workspace, run)
    found = _find_experiment(folder, experiment)
    place = folder / "experiments" / found.id
    log = read_tail(place / "stdout.txt")
    if as_json:
        say_json({**found.model_dump(mode="json"), "folder": place, "log_tail": log})
        return
    for name, value in _experiment_facts(found, place):
        say(f"{name:<12}{clean(value)}")
    say(f"\nend of {place / 'stdout.txt'}:\n{log}" if log else "\nno log")


def read_experiments(folder: Path) -> list[Experiment]:
    place = find_place(folder, load_settings(folder / "settings.toml").store.url)
    if not place.exists:
        return []
    with closing(SqlJournal(*place)) as journal:
        return journal.experiments()


def read_tail(path: Path) -> str:
    """The last lines of a log that an experiment wrote, made harmless for a terminal."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            content = file.read(_TAIL_BYTES).decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(clean_lines(content).rstrip().split("\n")[-_TAIL_LINES:])


def _find_experiment(folder: Path, name: str) -> Experiment:
    experiments = read_experiments(folder)
    found = next((experiment for experiment in experiments if experiment.id == name), None)
    if found is None:
        known = f"{experiments[0].id} to {experiments[-1].id}" if experiments else "none yet"
        raise UserError(f"run {folder.name} has no experiment {name!r}; it has {known}")
    return found


def _read_or_reason(folder: Path) -> RunSummary | dict[str, str]:
    try:
        return read_run(folder)
    except NaturalistError as error:
        return {"name": folder.name, "error": str(error)}


def _status_rows(summary: RunSummary) -> list[tuple[str, str]]:
    done = [
        f"{stage} {part.done} of {'?' if part.planned is None else part.planned}"
        for stage, part in summary.experiments.items()
        if part.done or part.planned
    ]
    rows = [
        ("run", summary.name),
        ("state", _state(summary)),
        ("topic", summary.topic),
        ("template", summary.template or "none; each study has its own"),
        ("researcher", summary.researcher),
        ("generation", f"{summary.generation} of {summary.generations}"),
        ("experiments", f"{', '.join(done) or 'none yet'}; {summary.failed} failed"),
        ("best", f"{summary.metric} {number(summary.best)}" if summary.metric else "-"),
        *((f"paper {paper.study}", _paper(paper)) for paper in summary.papers),
        ("started", _moment(summary.started)),
        ("time", duration(summary.elapsed_s)),
        ("cost", cost_words(summary.cost_usd, summary.unpriced)),
        ("folder", str(summary.folder)),
    ]
    return rows if summary.state in ("running", "finished") else [*rows, ("to go on", _next(summary))]


def _state(summary: RunSummary) -> str:
    if summary.state == "running":
        return f"running (pid {summary.pid})"
    return f"waiting for approval of the {summary.waiting_for}" if summary.state == "waiting" else summary.state


def _next(summary: RunSummary) -> str:
    command = resume_command(summary.folder)
    return f"{command} --yes (or --no)" if summary.state == "waiting" else command


def _paper(paper: PaperSummary) -> str:
    review = ""
    if paper.overall is not None:
        said = verdict_of_review(paper.overall, paper.decision or "", paper.calibration or "", paper.probability)
        review = f", {said}"
    place = f", {paper.folder}" if paper.folder else ""
    return f"{paper.title}: {paper.verdict or 'no verdict'}{review}{place}"


def _moment(at: float | None) -> str:
    return "-" if at is None else datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _list_row(run: RunSummary | dict[str, str]) -> tuple[str, ...]:
    if isinstance(run, dict):
        return (run["name"], f"unreadable: {run['error']}", "", "", "", "", "")
    done = sum(part.done for part in run.experiments.values())
    return (
        run.name,
        run.state,
        f"{run.generation} of {run.generations}",
        f"{done}, {run.failed} failed" if run.failed else str(done),
        number(run.best),
        str(len(run.papers)),
        duration(run.elapsed_s),
    )


def _experiment_rows(experiments: list[Experiment], metric: str | None) -> list[tuple[str, ...]]:
    by_id = {experiment.id: experiment for experiment in experiments}
    return [
        (
            each.id,
            each.phase or each.stage,
            each.arm or kind_of(by_id.get(each.parent or ""), each.patch),
            each.change,
            each.outcome.status if each.outcome else "open",
            number(each.value(metric) if metric else None),
            str(each.seed),
        )
        for each in experiments
    ]


def _stage(experiment: Experiment) -> str:
    phase = f" ({experiment.phase})" if experiment.phase else ""
    return f"{experiment.stage}{phase}{f', arm {experiment.arm}' if experiment.arm else ''}, split {experiment.split}"


def _experiment_facts(experiment: Experiment, place: Path) -> list[tuple[str, str]]:
    outcome = experiment.outcome
    facts: list[tuple[str, Any]] = [
        ("experiment", experiment.id),
        ("stage", _stage(experiment)),
        ("parent", experiment.parent or "-"),
        ("change", experiment.change),
        ("seed", experiment.seed),
        ("config", ", ".join(f"{name}={value}" for name, value in experiment.config.items())),
        ("status", outcome.status if outcome else "open"),
    ]
    if outcome:
        facts += [
            ("detail", outcome.detail or "-"),
            ("metrics", ", ".join(f"{name}={value:.6g}" for name, value in outcome.metrics.items()) or "-"),
            ("time", duration(outcome.wall_s)),
            ("memory", f"{outcome.peak_memory_mb:.0f} MB at most"),
        ]
    return [
        (name, str(value)) for name, value in [*facts, ("folder", place), ("code", place / "code" / "experiment.py")]
    ]
