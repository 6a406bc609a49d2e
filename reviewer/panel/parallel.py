"""Work on several things at once, in threads that do not keep a program alive which was told to stop."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

X = TypeVar("X")
Y = TypeVar("Y")


def work_side_by_side(work: Callable[[X], Y], items: Sequence[X], at_once: int) -> list[Y]:
    """Return work(item) for each item, in order. The first error, by order, is raised when its turn comes."""
    futures: list[Future[Y]] = [Future() for _ in items]
    queue: SimpleQueue[tuple[X, Future[Y]]] = SimpleQueue()
    for pair in zip(items, futures, strict=True):
        queue.put(pair)
    for _ in range(min(at_once, len(items))):
        Thread(target=_drain, args=(work, queue), name="panel", daemon=True).start()
    return [future.result() for future in futures]


def _drain(work: Callable[[X], Y], queue: "SimpleQueue[tuple[X, Future[Y]]]") -> None:
    while True:
        try:
            item, future = queue.get_nowait()
        except Empty:
            return
        try:
            future.set_result(work(item))
        except BaseException as error:  # handed over to the caller's thread whatever it is
            future.set_exception(error)
