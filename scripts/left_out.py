"""A pytest plug-in that says at the end which marked tests a run left out, so that none is forgotten in silence."""

from collections import Counter
from collections.abc import Sequence

import pytest

MARKERS = ("heavy", "slow", "tex")


class LeftOut:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self.counts.update(_first_marker(item) for item in items)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for marker, count in sorted(self.counts.items()):
            terminalreporter.write_line(f"left out: {count} marked {marker}; `make test-all` runs them")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(LeftOut(), "left-out")


def _first_marker(item: pytest.Item) -> str:
    return next((marker for marker in MARKERS if item.get_closest_marker(marker)), "by choice")
