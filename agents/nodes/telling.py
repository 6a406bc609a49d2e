"""Tell that a part of a stage is done, so that a stage of minutes is not silent."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from agents.events import StepFinished
from agents.services import Services


@contextmanager
def told_step(
    services: Services, node: str, step: str, *, study: str | None = None, done: int = 0, total: int = 0
) -> Generator[None]:
    """Tell of the step in the body once it is done, as the `done`-th of `total`; one that fails is not told."""
    begun = time.time()
    yield
    now = time.time()
    services.events.emit(
        StepFinished(at=now, study=study, node=node, step=step, done=done, total=total, wall_s=now - begun)
    )
