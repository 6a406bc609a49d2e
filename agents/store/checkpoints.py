"""LangGraph's checkpoints: a file of the run folder, or the shared PostgreSQL. Nothing but the newest is ever read.

So older ones are swept away as a thread goes on: a lane takes four steps an experiment, and a search of thousands would
leave hundreds of megabytes behind.
"""

import logging
import sqlite3
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from langgraph.checkpoint.sqlite import SqliteSaver
from sqlalchemy import make_url

from agents.errors import ServiceError
from agents.store.database import CONNECTION, explain
from agents.store.place import Place

SWEEP_EVERY = 25
"""Steps of a thread between two sweeps."""
_SETUP = "SELECT pg_try_advisory_lock(hashtextextended('naturalist/checkpoints', 0)) AS taken"
_SETUP_PAUSE_S = 0.1


@contextmanager
def open_checkpoints(folder: Path, place: Place) -> Generator[Any]:
    """Open the checkpointer of a run; raises ServiceError when the shared database cannot be used."""
    if place.is_shared:
        with _open_postgres(place.url) as saver:
            yield saver
        return
    with closing(sqlite3.connect(folder / "checkpoints.db", check_same_thread=False)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        yield SweptSqlite(connection)


class SweptSqlite(SqliteSaver):
    """Keeps the newest checkpoints of each thread and namespace."""

    def put(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        saved = super().put(config, checkpoint, metadata, new_versions)
        if metadata.get("step", 0) % SWEEP_EVERY == 0:
            self._sweep(dict(saved.get("configurable", {})))
        return saved

    def _sweep(self, newest: dict[str, Any]) -> None:
        older = "WHERE thread_id = :thread_id AND checkpoint_ns = :checkpoint_ns AND checkpoint_id < :checkpoint_id"
        with self.cursor() as cursor:
            for table in ("checkpoints", "writes"):
                cursor.execute(f"DELETE FROM {table} {older}", newest)


@contextmanager
def _open_postgres(url: str) -> Generator[Any]:
    from psycopg import Error
    from psycopg.rows import dict_row
    from psycopg_pool import ConnectionPool

    from agents.store.checkpoints_postgres import SweptPostgres

    logging.getLogger("psycopg.pool").addHandler(logging.NullHandler())  # what it reports is raised as well
    options = {"autocommit": True, "row_factory": dict_row, "prepare_threshold": 0}
    pool: ConnectionPool[Any] = ConnectionPool(
        kwargs=_connect_arguments(url) | options, min_size=1, max_size=2, timeout=10, open=False,
        check=ConnectionPool.check_connection,
    )  # fmt: skip
    try:
        with pool:
            saver = SweptPostgres(pool)
            _set_up(saver, pool)
            yield saver
    except Error as error:
        raise ServiceError(explain(url, error)) from error


def _connect_arguments(url: str) -> dict[str, Any]:
    parsed = make_url(url)
    _, found = parsed.get_dialect()().create_connect_args(parsed)
    return CONNECTION | {name: value for name, value in found.items() if name != "context"}


def _set_up(saver: Any, pool: Any) -> None:
    """Make the tables, one process at a time. It must not queue for the lock: setup builds indexes concurrently, which
    waits for every open statement, that of the one in the queue included."""
    with pool.connection() as connection:
        while not connection.execute(_SETUP).fetchone()["taken"]:
            time.sleep(_SETUP_PAUSE_S)
        try:
            saver.setup()
        finally:
            connection.execute(_SETUP.replace("try_advisory_lock", "advisory_unlock"))
