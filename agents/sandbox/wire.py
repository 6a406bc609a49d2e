"""The three streams between the driver and the launcher of one command, wherever that runs."""

import contextlib
import os
from typing import Protocol


class Wire(Protocol):
    """`output` and `report` are descriptors to read: what the command prints, and the launcher's lines."""

    @property
    def output(self) -> int: ...

    @property
    def report(self) -> int: ...

    def hang_up(self) -> None:
        """Ask the launcher to end the command; safe to repeat."""
        ...

    def destroy(self) -> None:
        """End launcher and command without asking; safe when they are gone."""
        ...

    def close(self) -> None:
        """Give the descriptors back; safe to repeat."""
        ...


class Pipes:
    """Three pipes: our ends of them, and the launcher's, which are ours to close once it has them."""

    def __init__(self) -> None:
        (theirs_control, self._control), (self.output, theirs_output), (self.report, theirs_report) = (
            os.pipe() for _ in range(3)
        )
        self.theirs = [theirs_control, theirs_output, theirs_report]
        for ours in (self.output, self.report):
            os.set_blocking(ours, False)
        self._is_closed = self._has_hung_up = False

    def give_away(self) -> None:
        """Close the launcher's ends here."""
        while self.theirs:
            os.close(self.theirs.pop())

    def hang_up(self) -> None:
        if not self._has_hung_up:
            self._has_hung_up = True
            os.close(self._control)

    def close(self) -> None:
        self.give_away()
        self.hang_up()
        if not self._is_closed:
            self._is_closed = True
            for ours in (self.output, self.report):
                with contextlib.suppress(OSError):
                    os.close(ours)
