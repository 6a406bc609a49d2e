"""Which node of the graph is at work, on which study: what a model call is recorded under. Each thread has its own."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Whereabouts(NamedTuple):
    """A node of the graph by name, and the study it works on, "" if none."""

    node: str = ""
    study: str = ""


NOWHERE = Whereabouts()
_here: ContextVar[Whereabouts] = ContextVar("whereabouts", default=NOWHERE)


def whereabouts() -> Whereabouts:
    """Where the calling thread is."""
    return _here.get()


@contextmanager
def being_at(node: str, study: str = "") -> Generator[None]:
    """Be at a node while a block runs."""
    token = _here.set(Whereabouts(node, study))
    try:
        yield
    finally:
        _here.reset(token)
