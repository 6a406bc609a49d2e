"""One paper under every operator: judged untouched, then with each flaw, as text and as PDF."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from reviewer.stress.operator import Group, Operator, Row, chance

PDF_PREFIX = "pdf_"


class Judged(NamedTuple):
    """What a judge says: the score after its gates, P(accept) if it gives one, and flags as "gate: what (place)"."""

    final: float
    probability: float | None = None
    flags: tuple[str, ...] = ()

    @property
    def gates(self) -> frozenset[str]:
        return frozenset(flag.partition(":")[0].strip() for flag in self.flags)


Judge: TypeAlias = Callable[[Row | Path], Judged]
"""Judges a data-set row or a PDF. For several processes it must be picklable: a function of a module."""


class Trial(NamedTuple):
    """A paper before and after an operator."""

    paper: str
    operator: str
    group: Group
    before: Judged
    after: Judged
    note: str

    @property
    def change(self) -> float:
        return self.after.final - self.before.final

    @property
    def probability_change(self) -> float | None:
        before, after = self.before.probability, self.after.probability
        return None if before is None or after is None else after - before

    @property
    def new_gates(self) -> frozenset[str]:
        """Gates that flag it now and did not before."""
        return self.after.gates - self.before.gates


class Task(NamedTuple):
    """What a process needs to put one paper on trial."""

    row: Row
    donors: tuple[Row, ...]
    operators: tuple[Operator, ...]
    pdf_ways: tuple[str, ...]
    judge: Judge


class PaperTrials(NamedTuple):
    paper: str
    untouched: Judged
    trials: tuple[Trial, ...]


def try_paper(task: Task) -> PaperTrials:
    """Judge the paper untouched and after each operator that applies."""
    paper, before = str(task.row["id"]), task.judge(task.row)
    trials = list[Trial]()
    for operator in task.operators:
        if planted := operator.plant(task.row, task.donors):
            after = task.judge(planted.row)
            trials.append(Trial(paper, operator.name, operator.group, before, after, planted.note))
    return PaperTrials(paper, before, (*trials, *_try_pdfs(task, paper)))


def _try_pdfs(task: Task, paper: str) -> Sequence[Trial]:
    """Whispers in PDFs, held against the same paper as a PDF without one."""
    if not task.pdf_ways:
        return ()
    from reviewer.stress.pdfs import make_whisper, write_pdf

    trials = list[Trial]()
    with tempfile.TemporaryDirectory(prefix="stress-") as folder:
        path = Path(folder) / "paper.pdf"
        before = task.judge(write_pdf(path, task.row))
        for way in task.pdf_ways:
            name = PDF_PREFIX + way
            whisper = make_whisper(way, chance(paper, name))
            after = task.judge(write_pdf(path, task.row, whisper))
            note = f"instruction in a PDF ({way}): {whisper.text[:80]!r}"
            trials.append(Trial(paper, name, "injection", before, after, note))
    return trials
