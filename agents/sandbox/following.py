"""Following a supervised command to its end or to a limit, and saying how it went."""

from threading import Event as Flag

from agents.errors import Interrupted
from agents.sandbox.breach import Breach, Watch
from agents.sandbox.supervised import Supervised
from agents.schema import Completion

POLL_S = 0.1


def follow(running: Supervised, watch: Watch, stop: Flag) -> Breach | None:
    """Listen until the command ends, or goes over a limit; raises Interrupted when `stop` is set."""
    while not running.is_over:
        running.listen(POLL_S)
        raise_if_set(stop)
        if not running.is_over and (breach := watch.find_breach()):
            return breach
    return None


def complete(running: Supervised, peak_mb: float, breach: Breach | None, sandbox: str) -> Completion:
    """How the command ended in this sandbox; `peak_mb` is what was measured besides its largest process."""
    ended = running.exit
    return Completion(
        status=breach.status if breach else "ok",
        detail=breach.detail if breach else "",
        exit_code=ended.code if ended else None,
        wall_s=ended.wall_s if ended else running.age_s,
        peak_memory_mb=max(peak_mb, ended.peak_mb if ended else 0.0),
        sandbox=sandbox,
    )


def raise_if_set(stop: Flag) -> None:
    if stop.is_set():
        raise Interrupted("the run was asked to stop")
