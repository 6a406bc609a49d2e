"""The reviewer: the NeurIPS form from what can be measured of a paper and its evidence. Independent of agents."""

from pathlib import Path

from reviewer.calibration import Calibrator, Uncalibrated
from reviewer.errors import ReviewerError
from reviewer.evidence.ledger import Ledger, read_ledger
from reviewer.form.features import measure
from reviewer.form.reasons import give_reasons
from reviewer.form.scores import ACCEPT_FROM, Scores, score
from reviewer.gates import raise_flags
from reviewer.gates.flag import Flag, cap
from reviewer.schema import Paper, Review
from reviewer.screening import screen
from reviewer.text import blind

__all__ = ["Calibrator", "Review", "ReviewerError", "Uncalibrated", "read_paper", "review_paper", "review_read"]
__version__ = "0.1.0"


def review_paper(
    pdf: Path | None,
    tex: Path | None = None,
    evidence: Path | None = None,
    calibrator: Calibrator | None = None,
) -> Review:
    """Review a paper from its LaTeX source if given, else from its PDF, with its evidence.json if there is one.

    With both, text comes from the source and hidden text is sought in the PDF too. The same files give the same review.
    Raises ReviewerError, one line, for anything that cannot be read.
    """
    ledger = read_ledger(evidence) if evidence else None
    return review_read(read_paper(pdf, tex, ledger), ledger, calibrator)


def review_read(paper: Paper, ledger: Ledger | None = None, calibrator: Calibrator | None = None) -> Review:
    """Review a paper that is read already, by `reviewer.reading.files.read_file` for one."""
    screened = screen(blind(paper))
    findings = measure(screened, ledger)
    flags = raise_flags(screened, ledger)
    scores = cap(score(findings.features), flags)
    calibrated = calibrator or Uncalibrated()
    probability = calibrated.probability(findings.features, scores.overall)
    return Review(
        **give_reasons(screened.paper, findings, ledger)._asdict(),
        **scores._asdict(),
        decision="accept" if _is_accepted(scores, flags, probability) else "reject",
        calibration=calibrated.label,
        probability=probability,
        flags=tuple(flag.text for flag in flags),
        reviewer=f"naturalist form reviewer {__version__}",
        features=findings.features,
    )


def read_paper(pdf: Path | None, tex: Path | None = None, ledger: Ledger | None = None) -> Paper:
    """Read a paper from LaTeX or PDF; names of authors are left out."""
    from reviewer.reading.latex import read_latex
    from reviewer.reading.pdf import read_pdf

    if tex is None and pdf is None:
        raise ReviewerError("nothing to review: give a PDF or a LaTeX source")
    if tex is None:
        return read_pdf(pdf) if pdf else Paper(title="", sections=())
    paper = read_latex(tex, ledger)
    return paper.model_copy(update={"hidden": paper.hidden + read_pdf(pdf).hidden}) if pdf else paper


def _is_accepted(scores: Scores, flags: tuple[Flag, ...], probability: float | None) -> bool:
    """A calibrated probability decides by one half, else the overall score; a flag that caps below the line rejects."""
    if any(flag.overall < ACCEPT_FROM for flag in flags):
        return False
    return probability >= 0.5 if probability is not None else scores.overall >= ACCEPT_FROM
