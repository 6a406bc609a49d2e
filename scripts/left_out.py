"""A pytest plug-in that says at the end which marked tests a run left out, so that none is forgotten in silence.

With pytest-xdist every worker chooses among all tests for itself, so each knows the whole count and any may tell it.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

MARKERS = ("heavy", "slow", "tex")


class LeftOut:
    def __init__(self, told: dict[str, Any] | None) -> None:
        self.counts: Counter[str] = Counter()
        self.told = told

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self.counts.update(_first_marker(item) for item in items)
        if self.told is not None:
            self.told["left_out"] = dict(self.counts)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.counts |= Counter(getattr(node, "workeroutput", {}).get("left_out", {}))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for marker, count in sorted(self.counts.items()):
            terminalreporter.write_line(f"left out: {count} marked {marker}; `make test-all` runs them")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(LeftOut(getattr(config, "workeroutput", None)), "left-out")


def _first_marker(item: pytest.Item) -> str:
    return next((marker for marker in MARKERS if item.get_closest_marker(marker)), "by choice")
