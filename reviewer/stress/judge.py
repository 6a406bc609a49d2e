"""The judge that the bench asks unless told otherwise: this reviewer, as anyone would ask it."""

from pathlib import Path

from reviewer import review_read
from reviewer.reading.pdf import read_pdf
from reviewer.reading.row import read_row
from reviewer.stress.operator import Row
from reviewer.stress.trials import Judged


def judge_paper(paper: Row | Path) -> Judged:
    """Judge a data-set row or a PDF: the overall score after the gates' caps, P(accept) of the text, and the flags."""
    review = review_read(read_pdf(paper) if isinstance(paper, Path) else read_row(paper))
    return Judged(review.overall, review.probability, review.flags)
