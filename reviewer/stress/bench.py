"""The bench: plants flaws in papers, asks a judge before and after, and reports what moved."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from reviewer.errors import ReviewerError
from reviewer.stress.criteria import judge_criteria
from reviewer.stress.figures import measure_effect, measure_gates, share
from reviewer.stress.operator import Operator, Row, chance
from reviewer.stress.operators import OPERATORS
from reviewer.stress.report import StressReport
from reviewer.stress.trials import Judge, PaperTrials, Task, Trial, try_paper

_DONORS = 3


def run_stress(
    rows: Sequence[Row],
    judge: Judge,
    *,
    operators: Sequence[Operator] = tuple(OPERATORS.values()),
    limit: int | None = None,
    pdfs: int = 0,
    workers: int = 2,
    tell: Callable[[int, int], None] | None = None,
    aims: Mapping[str, Sequence[str]] | None = None,
) -> StressReport:
    """Judge the first `limit` rows before and after each operator, the first `pdfs` of them as PDFs with whispers too.

    Abstracts are lent by the other rows. `tell` is told (papers done, papers in all); `aims` are the operators that a
    gate is meant for, by gate. Raises ReviewerError where there is no row.
    """
    return summarise(list(try_papers(rows, judge, operators, limit, pdfs, workers, tell)), pdfs, aims)


def try_papers(
    rows: Sequence[Row],
    judge: Judge,
    operators: Sequence[Operator],
    limit: int | None,
    pdfs: int,
    workers: int,
    tell: Callable[[int, int], None] | None,
) -> Iterator[PaperTrials]:
    """The trials of each paper, in the order of the rows."""
    chosen = rows[:limit]
    if not chosen:
        raise ReviewerError("no papers to plant flaws in; give data with one row at least")
    tasks = [_task(place, rows, judge, operators, pdfs) for place in range(len(chosen))]
    for done, trials in enumerate(_here(tasks) if workers == 1 else _beside(tasks, workers), start=1):
        if tell:
            tell(done, len(chosen))
        yield trials


def summarise(
    papers: Sequence[PaperTrials], pdfs: int = 0, aims: Mapping[str, Sequence[str]] | None = None
) -> StressReport:
    """Figures and criteria of trials."""
    trials = [trial for paper in papers for trial in paper.trials]
    untouched = [paper.untouched for paper in papers]
    effects = tuple(measure_effect(group) for group in _by_operator(trials).values())
    false_flags = share(bool(judged.flags) for judged in untouched)
    return StressReport(
        papers=len(papers),
        pdfs=min(pdfs, len(papers)),
        effects=effects,
        gates=measure_gates(untouched, trials, aims),
        false_flag_rate=false_flags,
        criteria=judge_criteria(effects, false_flags),
    )


def _task(place: int, rows: Sequence[Row], judge: Judge, operators: Sequence[Operator], pdfs: int) -> Task:
    from reviewer.stress.pdfs import PDF_WAYS

    row = rows[place]
    others = [other for other in range(len(rows)) if rows[other]["id"] != row["id"]]
    lent = chance(str(row["id"]), "donors").sample(others, min(_DONORS, len(others)))
    donors = tuple({"id": rows[other]["id"], "abstract": rows[other].get("abstract")} for other in lent)
    return Task(row, donors, tuple(operators), tuple(PDF_WAYS) if place < pdfs else (), judge)


def _here(tasks: Sequence[Task]) -> Iterator[PaperTrials]:
    return map(try_paper, tasks)


def _beside(tasks: Sequence[Task], workers: int) -> Iterator[PaperTrials]:
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(try_paper, tasks)


def _by_operator(trials: Sequence[Trial]) -> dict[str, list[Trial]]:
    """Trials by operator, in the order of the registry and then of the ways in PDFs."""
    found = dict[str, list[Trial]]()
    for trial in trials:
        found.setdefault(trial.operator, []).append(trial)
    order = {name: place for place, name in enumerate(OPERATORS)}
    return dict(sorted(found.items(), key=lambda item: (order.get(item[0], len(order)), item[0])))
