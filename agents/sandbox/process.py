"""The process sandbox: an ordinary process with limits. The weakest level; works on every Linux and macOS machine.

It bounds time, memory, disk and output, ends everything that a command started, and shows it nothing of the driver's
environment. It does NOT keep a program from reading or writing the user's other files, from the network, or from
signalling the user's other processes: for code that is not trusted take a stronger level.
"""

from pathlib import Path

from agents.sandbox.inside.fence import FenceRequest
from agents.sandbox.local import LocalSandbox
from agents.schema import Command


class ProcessSandbox(LocalSandbox):
    """Fences a command in by the kernel's own filters, as far as it has them."""

    name = "process"
    guarantees = (
        "wall-clock limit on the whole process tree: enforced",
        "nothing left running, daemons included: enforced",
        "environment and memory of Naturalist itself unreadable: enforced on Linux",
        "size of the output and of each file: enforced",
        "memory, and disk of the working folder: polled, can be overshot for a moment",
        "files outside the working folder: NOT protected",
        "network: NOT cut off",
        "the user's other processes: NOT protected from signals",
    )

    def _fence(self, command: Command, scratch: Path) -> FenceRequest:
        return {
            "kind": "filters",
            "readable": [str(path.absolute()) for path in command.readable],
            "writable": [str(command.workdir.absolute()), str(scratch)],
        }
