"""How good the reviewer must be, as the project set itself: lines that are met, missed, or cannot be told."""

from collections.abc import Iterator, Mapping

from reviewer.report.figures import Difference, Figures, Measured
from reviewer.report.predictions import FUSED, TEXT_ONLY
from reviewer.schema import Record

_TEXT_ONLY_LEAST = (
    ("auc", "AUC", 0.70),
    ("spearman", "Spearman", 0.42),
    ("spearman_rejected", "Spearman, rejected", 0.38),
)
_FUSED_LEAST = (("auc", "AUC", 0.75), ("spearman", "Spearman", 0.47))
_BRIER_MOST = 0.21
_ABOVE_LENGTH = (
    ("auc", "AUC"), ("brier", "Brier"), ("spearman", "Spearman"), ("spearman_rejected", "Spearman, rejected"),
)  # fmt: skip


class Criterion(Record):
    """What is asked, what was found, and whether that is enough; None where it was not measured."""

    asked: str
    found: str
    is_met: bool | None


def judge(group: str, figures: Figures, differences: Mapping[str, Difference]) -> tuple[Criterion, ...]:
    """The criteria of a group by its name; none for a group that the project asks nothing of."""
    if group == TEXT_ONLY:
        return tuple(_judge_text_only(figures, differences))
    if group == FUSED:
        return tuple(_at_least(figures, *line) for line in _FUSED_LEAST)
    return ()


def _judge_text_only(figures: Figures, differences: Mapping[str, Difference]) -> Iterator[Criterion]:
    yield from (_at_least(figures, *line) for line in _TEXT_ONLY_LEAST)
    value, ece = figures.brier.value, figures.ece
    is_low = None if value is None else value <= _BRIER_MOST
    yield Criterion(asked=f"Brier at most {_BRIER_MOST}", found=_found(figures.brier), is_met=is_low)
    floor = "" if ece.floor_p95 is None else f" against {ece.floor_p95:.3f}"
    yield Criterion(asked="ECE within the noise floor", found=_found(ece.error) + floor, is_met=ece.is_within_floor)
    if length := differences.get("length"):
        yield from (_above(getattr(length, field), title) for field, title in _ABOVE_LENGTH)


def _at_least(figures: Figures, field: str, title: str, least: float) -> Criterion:
    one: Measured = getattr(figures, field)
    is_met = None if one.value is None else one.value >= least
    return Criterion(asked=f"{title} at least {least:.2f}", found=_found(one), is_met=is_met)


def _above(one: Measured, title: str) -> Criterion:
    found = one.why_not or "" if one.low is None else f"better by {one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"
    is_met = None if one.low is None else one.is_above_zero
    return Criterion(asked=f"{title} above length only by more than the interval", found=found, is_met=is_met)


def _found(one: Measured) -> str:
    return one.why_not or "" if one.value is None else f"{one.value:.3f}"
