"""One process drives a run in a shared database, whatever machine it is on: an advisory lock held by a connection.

It ends with the process or its machine. The file lock (run_lock.py) sees only those who share the run folder.
"""

import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from threading import Event as Flag
from threading import Thread
from typing import NamedTuple

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from agents.errors import ServiceError, UserError
from agents.store.database import database_errors, open_engine
from agents.store.place import Place

CHECK_EVERY_S = 5.0
_TAKE = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_HOLDER = text(
    "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted "
    "AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = hashtextextended(:name, 0)"
)
# a machine that vanished is noticed by the server within two minutes, not after its two hours
_SESSION = "-c tcp_keepalives_idle=60 -c tcp_keepalives_interval=15 -c tcp_keepalives_count=4"


class Driver(NamedTuple):
    """The process that drives a run."""

    host: str
    pid: int


@contextmanager
def hold_run(place: Place, name: str, stop: Flag) -> Generator[None]:
    """Hold a run of a shared database; raises UserError when another process does. Files need no such lock.

    If the lock is lost on the way, and cannot be had again, `stop` is set and the end raises ServiceError: another
    process may be driving by then.
    """
    if not place.is_shared:
        yield
        return
    hold = _Hold(place, name, stop)
    hold.take()
    watch = Thread(target=hold.watch, name="driver-lock", daemon=True)
    watch.start()
    try:
        yield
    finally:
        hold.is_left.set()
        watch.join()
        hold.release()
        if hold.loss:
            raise ServiceError(hold.loss)


def find_driver(place: Place) -> Driver | None:
    """Who drives the run, by the shared database; None for nobody, and for a run in files."""
    if not place.is_shared:
        return None
    engine = open_engine(place.url)
    try:
        with database_errors(place.url), engine.connect() as connection:
            return _holder(connection, place)
    finally:
        engine.dispose()


class _Hold:
    """The lock, and the connection that it lives by."""

    def __init__(self, place: Place, name: str, stop: Flag) -> None:
        self.is_left = Flag()
        self.loss = ""
        self._place = place
        self._name = name
        self._stop = stop
        said = f"naturalist {os.getpid()} {socket.gethostname()}"[:63]
        self._engine = open_engine(place.url, application_name=said, options=_SESSION)

    def take(self) -> None:
        with database_errors(self._place.url):
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if self._connection.scalar(_TAKE, {"name": _lock_name(self._place)}):
                return
            holder = _holder(self._connection, self._place)
        self.release()
        who = f"host {holder.host}, pid {holder.pid}" if holder else "which just ended"
        raise UserError(f"run {self._name} is being driven by another process ({who}); wait for it or stop it first")

    def release(self) -> None:
        with database_errors(self._place.url):
            self._connection.close()
            self._engine.dispose()

    def watch(self) -> None:
        """Keep the connection alive; take the lock anew when it broke."""
        while not self.is_left.wait(CHECK_EVERY_S):
            try:
                self._connection.execute(text("SELECT 1"))
            except SQLAlchemyError:
                self._retake()

    def _retake(self) -> None:
        try:
            self.release()
            self.take()
        except (ServiceError, UserError) as error:
            self.loss = str(error)
            self.is_left.set()
            self._stop.set()


def _holder(connection: Connection, place: Place) -> Driver | None:
    said = connection.scalar(_HOLDER, {"name": _lock_name(place)})
    if said is None:
        return None
    _, pid, host = (*said.split(" ", 2), "", "")[:3]
    return Driver(host, int(pid) if pid.isdigit() else 0)


def _lock_name(place: Place) -> str:
    return f"naturalist/driver/{place.run}"
