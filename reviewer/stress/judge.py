"""The judge that the bench asks unless told otherwise: this reviewer. The one place that knows how it scores."""

from pathlib import Path

from reviewer.stress.operator import Row
from reviewer.stress.trials import Judged


def judge_paper(paper: Row | Path) -> Judged:
    """Judge a data-set row or a PDF as `review_paper` does: the score after the gates' caps, and their flags."""
    from reviewer.form.features import measure
    from reviewer.form.scores import score
    from reviewer.gates.flag import cap, raise_flags
    from reviewer.reading.pdf import read_pdf
    from reviewer.reading.row import read_row
    from reviewer.screening import screen
    from reviewer.text import blind

    read = read_pdf(paper) if isinstance(paper, Path) else read_row(paper)
    findings = measure(screen(blind(read)), None)
    flags = raise_flags(findings)
    return Judged(cap(score(findings.features), flags).overall, None, tuple(flag.text for flag in flags))
