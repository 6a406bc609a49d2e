"""What the finished nodes of a study suggest: which levels do well, which fail. Guides the search, proves nothing."""

from collections.abc import Sequence
from statistics import fmean

from agents.schema import Experiment, KnobValue, Metric


class Lessons:
    """Main effects and failure rates by level, shrunk towards no effect while there are few nodes."""

    def __init__(self, nodes: Sequence[Experiment], metric: Metric, log_tail: str = "") -> None:
        self._nodes = nodes
        self._metric = metric
        self._log = log_tail.lower()
        values = [value for node in nodes if (value := node.value(metric.name)) is not None]
        self._mean = fmean(values) if values else 0.0

    def gain(self, knob: str, value: KnobValue) -> float:
        """Shrunk mean gain, over the mean of all nodes, of those with this level; 0 for a level that nobody tried."""
        gains = [
            self._metric.gain(result, self._mean)
            for node in self._nodes
            if node.config[knob] == value and (result := node.value(self._metric.name)) is not None
        ]
        return sum(gains) / (len(gains) + 1)

    def blame(self, knob: str, value: KnobValue) -> float:
        """How much more often nodes with this level failed than the others; a knob that the log names weighs more."""
        with_it = [self._has_failed(node) for node in self._nodes if node.config[knob] == value]
        without = [self._has_failed(node) for node in self._nodes if node.config[knob] != value]
        named = 0.25 * (knob.lower() in self._log or knob.replace("_", " ").lower() in self._log)
        return _rate(with_it) - _rate(without) + named

    def best(self) -> Experiment | None:
        """The successful node with the best metric, the earliest of equals."""
        scored = [node for node in self._nodes if node.value(self._metric.name) is not None]
        return max(scored, key=lambda node: self._metric.gain(node.value(self._metric.name) or 0.0, 0.0), default=None)

    def _has_failed(self, node: Experiment) -> bool:
        return node.outcome is not None and not node.outcome.is_ok


def _rate(failures: Sequence[bool]) -> float:
    """Share of failures after Laplace's rule of succession."""
    return (sum(failures) + 1) / (len(failures) + 2)
