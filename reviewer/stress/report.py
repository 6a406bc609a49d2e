"""The records of a stress report: what each operator did, how each gate did, and which criteria are met."""

from reviewer.schema import Record
from reviewer.stress.operator import Group


class Effect(Record):
    """What one operator did to the papers that it applies to. Changes are after minus before.

    `lowered` is the share of pairs whose final score fell by more than a tolerance of 1e-6, `raised` of those that rose
    by more than 0.01; `flagged` is the share with a gate that the untouched paper did not raise. The interval is a 95 %
    bootstrap of the median; `median_size` is the median of the absolute change.
    Figures of the probability are absolute changes, None where the judge gives no probability.
    """

    operator: str
    group: Group
    applicable: int
    lowered: float
    raised: float
    flagged: float
    median_change: float
    median_interval: tuple[float, float]
    median_size: float
    largest_change: float
    largest_rise: float
    mean_probability_change: float | None = None
    largest_probability_change: float | None = None


class GateFigures(Record):
    """How one gate did: `false_rate` on untouched papers, `true_rate` on papers flawed in its `ways`.

    `precision` is true flags over all flags with one flawed paper to each untouched one; None for a gate without ways.
    """

    gate: str
    ways: tuple[str, ...]
    true_rate: float
    false_rate: float
    precision: float | None


class Criterion(Record):
    """What was asked and what came; `is_met` is None where nothing could be measured."""

    name: str
    wanted: str
    found: str
    is_met: bool | None


class StressReport(Record):
    """All figures of a run of the bench; the same rows and judge give the same report."""

    papers: int
    pdfs: int
    effects: tuple[Effect, ...]
    gates: tuple[GateFigures, ...]
    false_flag_rate: float
    criteria: tuple[Criterion, ...]

    @property
    def is_passed(self) -> bool:
        """No criterion failed; those that could not be measured do not count."""
        return all(criterion.is_met is not False for criterion in self.criteria)
