"""`naturalist reviewer stress`: the planted-flaw bench in the terminal."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agents.cli.console import say, say_json, say_table
from agents.errors import UserError

if TYPE_CHECKING:
    from reviewer.stress.report import StressReport


def stress(
    data: Path | None,
    *,
    papers: int | None = None,
    pdfs: int = 0,
    split: str | None = None,
    operators: str | None = None,
    out: Path | None = None,
    as_json: bool = False,
    workers: int = 2,
) -> int:
    """Run the bench on rows of `data` and show what moved; 1 when a criterion is not met.

    Raises UserError without data, or for data and operators that are not there.
    """
    from reviewer.data import read_rows
    from reviewer.errors import ReviewerError
    from reviewer.stress.bench import run_stress
    from reviewer.stress.judge import judge_paper
    from reviewer.stress.operators import choose_operators

    if data is None:
        raise UserError("the bench needs papers to plant flaws in; give a file of reviewed papers (docs/reviewer.md)")
    try:
        chosen = choose_operators([name.strip() for name in operators.split(",")] if operators else ())
        rows = [row.model_dump() for row in read_rows(data) if split in (None, row.part) and row.body.strip()]
        tell = None if as_json else _tell
        report = run_stress(rows, judge_paper, operators=chosen, limit=papers, pdfs=pdfs, workers=workers, tell=tell)
    except ReviewerError as error:
        raise UserError(str(error)) from error
    if out:
        _write(report, out)
    if as_json:
        say_json({"ok": report.is_passed, **report.model_dump(mode="json")})
    else:
        _show(report, out)
    return int(not report.is_passed)


def _tell(done: int, total: int) -> None:
    """A line that overwrites itself, where someone watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} of {total} papers" + "\n" * (done == total))
        sys.stderr.flush()


def _write(report: "StressReport", out: Path) -> None:
    from reviewer.stress.markdown import to_markdown

    out.mkdir(parents=True, exist_ok=True)
    (out / "stress.json").write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
    (out / "stress.md").write_text(to_markdown(report), encoding="utf-8")


def _show(report: "StressReport", out: Path | None) -> None:
    from reviewer.stress import markdown as tables

    say_table(tables.EFFECT_COLUMNS, tables.effect_cells(report))
    say()
    if report.gates:
        say_table(tables.GATE_COLUMNS, tables.gate_cells(report), "in its ways")
        say()
    say_table(tables.CRITERION_COLUMNS, tables.criterion_cells(report))
    failed = sum(criterion.is_met is False for criterion in report.criteria)
    say()
    say(f"{report.papers} papers, {failed} of {len(report.criteria)} criteria not met")
    if out:
        say(f"report  {out / 'stress.md'}")
