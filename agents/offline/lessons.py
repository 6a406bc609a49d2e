"""What the finished nodes of a study suggest: which levels do well, which fail. Guides the search, proves nothing."""

from collections.abc import Sequence
from statistics import fmean

from agents.schema import Experiment, KnobValue, Metric, measured_values


class Lessons:
    """Main effects and failure rates by level, shrunk towards no effect while there are few nodes.

    A node that was measured again counts once, with the mean of its measurements.
    """

    def __init__(self, nodes: Sequence[Experiment], metric: Metric, log_tail: str = "") -> None:
        self._nodes = [node for node in nodes if not node.is_repeat]
        self._metric = metric
        self._log = log_tail.lower()
        measured = measured_values(nodes, metric.name)
        self._scored = [node for node in self._nodes if node.id in measured]
        self._values = [fmean(measured[node.id]) for node in self._scored]
        self._mean = fmean(self._values) if self._values else 0.0
        self._levels: dict[str, dict[KnobValue, list[float]]] = {}

    def gain(self, knob: str, value: KnobValue) -> float:
        """Shrunk mean gain, over the mean of all nodes, of those with this level; 0 for a level that nobody tried."""
        gains = [self._metric.gain(result, self._mean) for result in self._results(knob).get(value, ())]
        return sum(gains) / (len(gains) + 1)

    def _results(self, knob: str) -> dict[KnobValue, list[float]]:
        """What the successful nodes scored, by the knob's level."""
        if knob not in self._levels:
            levels = self._levels[knob] = {}
            for node, result in zip(self._scored, self._values, strict=True):
                levels.setdefault(node.config[knob], []).append(result)
        return self._levels[knob]

    def blame(self, knob: str, value: KnobValue) -> float:
        """How much more often nodes with this level failed than the others; a knob that the log names weighs more."""
        with_it = [self._has_failed(node) for node in self._nodes if node.config[knob] == value]
        without = [self._has_failed(node) for node in self._nodes if node.config[knob] != value]
        named = 0.25 * (knob.lower() in self._log or knob.replace("_", " ").lower() in self._log)
        return _rate(with_it) - _rate(without) + named

    def best(self) -> Experiment | None:
        """The successful node with the best metric, the earliest of equals."""
        if not self._values:
            return None
        best = max(self._values) if self._metric.direction == "maximize" else min(self._values)
        return self._scored[self._values.index(best)]

    def _has_failed(self, node: Experiment) -> bool:
        return node.outcome is not None and not node.outcome.is_ok


def _rate(failures: Sequence[bool]) -> float:
    """Share of failures after Laplace's rule of succession."""
    return (sum(failures) + 1) / (len(failures) + 2)
