"""What the later steps of a run import, loaded while the driver only waits for its first experiments."""

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from importlib import import_module
from threading import Event as Flag
from threading import Thread

from agents.events import Event

MODULES = (
    "scipy.stats", "matplotlib.figure", "matplotlib.backends.backend_pdf", "fontTools.subset", "reviewer",
)  # fmt: skip
"""For the verdict, the figures and the review, in the order of their use."""


@contextmanager
def loading_ahead(modules: tuple[str, ...] = MODULES) -> Generator[Callable[[Event], None]]:
    """A listener that begins to load `modules` with the first experiment; at the end no other one is begun."""
    is_left, threads = Flag(), list[Thread]()

    def load() -> None:
        for name in modules:
            if is_left.is_set():
                return
            with suppress(ImportError):  # the step that needs it says so
                import_module(name)

    def hear(event: Event) -> None:
        if event.event == "experiment_started" and not threads:
            threads.append(Thread(target=load, name="loading-ahead"))
            threads[0].start()

    try:
        yield hear
    finally:
        is_left.set()
        for thread in threads:
            thread.join()
