"""The process sandbox as it is on a kernel without filters, to see what the harness itself keeps and notices."""

from pathlib import Path

from agents.sandbox.inside.fence import FenceRequest
from agents.sandbox.process import ProcessSandbox
from agents.schema import Command


class UnfencedSandbox(ProcessSandbox):
    """Limits, supervision and a clean environment, but no fence."""

    def _fence(self, command: Command, scratch: Path) -> FenceRequest:
        return {"kind": "none"}
