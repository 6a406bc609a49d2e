"""This process as the driver of a Ray cluster: one that is there, or one of our own on this machine."""

import contextlib
import os
import re
import signal
import time
from collections.abc import Generator, Mapping
from importlib import import_module
from threading import Event as Flag
from threading import Thread
from typing import Any

from agents.errors import ServiceError, UserError
from agents.executors.ray_demand import Amounts
from agents.executors.slots import count_cpus

NEEDED_EXTRA = "the Ray executor needs Ray: pip install 'naturalist[ray]'"
LOST_S = 20.0
"""A head that does not answer for so long is lost. Ray itself would end this process after 60 s."""
_LOOK_S = 2.0
_PATIENCE = "RAY_gcs_server_port_wait_time_s"
"""Attempts to reach a head, of half a minute each; Ray would make twenty."""
_KEPT = re.compile(r"^(PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|LD_LIBRARY_PATH|VIRTUAL_ENV|PYTHON\w+|CUDA_\w+|RAY_\w+)$")


class RayConnection:
    """Open until `close`, which ends the cluster if it was started here; looks at the cluster every other second."""

    def __init__(self, address: str, name: str) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        try:
            self.ray: Any = import_module("ray")
        except ImportError as error:
            raise UserError(NEEDED_EXTRA) from error
        self._connect(address or os.environ.get("RAY_ADDRESS", ""), name)
        self._is_closed = Flag()
        self._look()
        Thread(target=self._keep_looking, name="ray nodes", daemon=True).start()

    @property
    def nodes(self) -> tuple[Amounts, ...]:
        """What each node that is alive has in all, as of a moment ago."""
        return self._nodes

    def check(self) -> None:
        """Raise ServiceError if the cluster's head has not answered for a while."""
        if time.monotonic() - self._seen > LOST_S:
            raise ServiceError("the head of the Ray cluster no longer answers; start it again, then resume the run")

    def close(self) -> None:
        """Leave the cluster; safe to repeat."""
        self._is_closed.set()
        with _same_signals():
            self.ray.shutdown()

    def _keep_looking(self) -> None:
        while not self._is_closed.wait(_LOOK_S):
            try:
                self._look()  # hangs while the head is away
            except Exception:
                continue

    def _look(self) -> None:
        self._nodes = tuple(node["Resources"] for node in self.ray.nodes() if node["Alive"])
        self._seen = time.monotonic()

    def _connect(self, address: str, name: str) -> None:
        if address.startswith("ray://"):
            raise UserError(f"{address} is no address of a Ray node; run Naturalist on a node, with address auto")
        patience = {_PATIENCE: "1"} if address else {}
        given: dict[str, Any] = {"namespace": name, "log_to_driver": False, "logging_level": "ERROR"}
        if not address:
            given |= {"num_cpus": count_cpus(), "include_dashboard": False}
        try:
            with _same_signals(), _bare_environment(patience):
                self.ray.init(address or "local", **given)
        except (OSError, RuntimeError, ValueError) as error:  # ConnectionError is an OSError
            reason = str(error).strip().partition("\n")[0]
            raise ServiceError(f"cannot reach a Ray cluster at {address or 'this machine'}: {reason}") from error


@contextlib.contextmanager
def _same_signals() -> Generator[None]:
    """Keep this process's own handling of SIGTERM, which Ray replaces."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):  # not the main thread, so Ray could not replace it either
            signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _bare_environment(extra: Mapping[str, str]) -> Generator[None]:
    """Hide this process's variables but for a few: an experiment could read them from those that Ray starts."""
    before = dict(os.environ)
    _set_environment({name: value for name, value in before.items() if _KEPT.match(name)} | {**extra})
    try:
        yield
    finally:
        made = {name: value for name, value in os.environ.items() if name not in extra}
        _set_environment(before | made)


def _set_environment(wanted: Mapping[str, str]) -> None:
    for name in set(os.environ) - set(wanted):
        del os.environ[name]
    os.environ.update(wanted)
