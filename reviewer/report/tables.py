"""A report's figures as rows of words, for Markdown and for a terminal alike."""

from collections.abc import Mapping

from reviewer.report.figures import CalibrationError, Figures, Measured
from reviewer.report.summary import Cohort, GroupReport

BASELINE_WORDS: Mapping[str, str] = {"length": "length-only", "tfidf": "TF-IDF", "constant": "constant"}
NONE = "–"
_METRICS = (
    ("auc", "AUC"),
    ("balanced_accuracy", "balanced accuracy"),
    ("f1", "F1"),
    ("brier", "Brier"),
    ("brier_skill", "Brier skill over prevalence"),
    ("ece", "ECE, 15 bins of equal width"),
    ("ece_equal_mass", "ECE, 15 bins of equal mass"),
    ("slope", "calibration slope"),
    ("intercept", "calibration intercept"),
    ("spearman", "Spearman with the human mean"),
    ("spearman_rejected", "Spearman, rejected papers alone"),
)
_DIFFERENCES = (
    ("auc", "AUC"),
    ("balanced_accuracy", "balanced accuracy"),
    ("brier", "Brier (lower by)"),
    ("spearman", "Spearman"),
    ("spearman_rejected", "Spearman, rejected"),
)


def figure_columns(cohort: Cohort) -> list[str]:
    """Headings: a figure and its interval for each group, a figure for each baseline."""
    first = [word for group in cohort.groups for word in (_reviewer(group, cohort), "interval")]
    return ["metric", *first, *(BASELINE_WORDS.get(name, name) for name in cohort.baselines)]


def figure_rows(cohort: Cohort) -> list[list[str]]:
    """A row of words for each metric; under each calibration error, that of a perfect model."""
    return [row for field, title in _METRICS for row in _rows(cohort, field, title)]


def _rows(cohort: Cohort, field: str, title: str) -> list[list[str]]:
    groups = [_measured(group.figures, field) for group in cohort.groups]
    baselines = [show(_measured(figures, field)) for figures in cohort.baselines.values()]
    cells = [cell for one in groups for cell in (show(one), show_interval(one))]
    rows = [[title, *cells, *baselines]]
    if field.startswith("ece"):
        floors = [_floor(group.figures, field) for group in cohort.groups]
        others = [_floor(figures, field)[0] for figures in cohort.baselines.values()]
        rows.append(["  of a perfect model: mean, 95 %", *(cell for pair in floors for cell in pair), *others])
    return rows


def difference_rows(group: GroupReport) -> list[list[str]]:
    """How much better than each baseline, paired, with the interval."""
    found = list(group.differences.values())
    return [[title, *(_show_both(getattr(each, field)) for each in found)] for field, title in _DIFFERENCES]


def show(one: Measured) -> str:
    return NONE if one.value is None else f"{one.value:.3f}"


def show_interval(one: Measured) -> str:
    return NONE if one.low is None or one.high is None else f"[{one.low:.3f}, {one.high:.3f}]"


def _show_both(one: Measured) -> str:
    return NONE if one.value is None else f"{show(one)} {show_interval(one)}"


def missing_reasons(cohort: Cohort) -> list[str]:
    """Why figures of the groups are missing, once each."""
    found = (
        f"{group.name}, {title}: {one.why_not}"
        for group in cohort.groups
        for field, title in _METRICS
        if (one := _measured(group.figures, field)).why_not
    )
    return list(dict.fromkeys(found))


def _reviewer(group: GroupReport, cohort: Cohort) -> str:
    return f"reviewer, {group.name}" if len(cohort.groups) > 1 else "reviewer"


def _measured(figures: Figures, field: str) -> Measured:
    found: Measured | CalibrationError = getattr(figures, field)
    return found.error if isinstance(found, CalibrationError) else found


def _floor(figures: Figures, field: str) -> tuple[str, str]:
    found: CalibrationError = getattr(figures, field)
    if found.floor_mean is None or found.floor_p95 is None:
        return NONE, NONE
    word = "within" if found.is_within_floor else "above"
    return f"{found.floor_mean:.3f}", f"{found.floor_p95:.3f}, {word}"
