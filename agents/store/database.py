"""One SQL database behind journal, archive and call log: a SQLite file tuned for lanes, or a shared PostgreSQL."""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import Column, Connection, Engine, MetaData, Table, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.schema import CreateColumn

from agents.errors import ServiceError
from agents.schema import Record
from agents.store.place import sqlite_url as sqlite_url

R = TypeVar("R", bound=Record)
BUSY_TIMEOUT_MS = 30_000
CONNECTION = {
    "connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}  # fmt: skip
"""Seconds, but the last is milliseconds: a server that no longer answers is an error and not a wait without end."""
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def study_order(study: str) -> tuple[int, str]:
    """Sort key of study names: s1, s1b, s2, s10; a name without a number comes first."""
    number = re.search(r"\d+", study)
    return (int(number[0]) if number else -1, study)


def parse_document(kind: type[R], document: str) -> R:
    """Read a stored record; raises ServiceError for one that this version does not know."""
    try:
        return kind.model_validate_json(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise ServiceError(
            f"a stored {kind.__name__} cannot be read ({'.'.join(map(str, first['loc']))}: {first['msg']}); "
            "another version of Naturalist may have written it: use that one for this run"
        ) from error


def open_engine(url: str, **session: str) -> Engine:
    """An engine for a file or a server; a server's connection that broke while idle is replaced when it is needed.

    `session` holds further connection parameters of PostgreSQL.
    """
    if make_url(url).get_backend_name() != "postgresql":
        return create_engine(url)
    return create_engine(url, pool_pre_ping=True, connect_args=CONNECTION | session)


@contextmanager
def database_errors(url: str) -> Generator[None]:
    """Turn whatever SQLAlchemy raises into a ServiceError of one line without a password."""
    try:
        yield
    except SQLAlchemyError as error:
        raise ServiceError(explain(url, error.orig if isinstance(error, DBAPIError) else error)) from error


def explain(url: str, reason: object) -> str:
    """One line that says which database failed, why, and what to do."""
    hidden = re.sub(r":[^:@/]*@", ":***@", url)
    remedy = "the file and the disk" if url.startswith("sqlite") else "the server and store.url"
    return f"database {hidden}: {' '.join(str(reason).split())}; check {remedy}, then resume"


class Database:
    """Opens `url`, makes the missing ones of `tables` and their missing columns. Threads may share it.

    `run` names the run whose rows are written; transactions that write for one run come one after another. Raises
    ServiceError alone.
    """

    def __init__(self, url: str, tables: MetaData, run: str = "") -> None:
        self._url = url
        self._turn = Lock()
        with self._translated():
            self._engine = open_engine(url)
            _heed_begin(self._engine)
            self._writer = self._engine.execution_options(writes=f"naturalist/run/{run}")
        self._complete(tables)

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """A connection to read from, which blocks nobody; one statement sees one state of the database."""
        with self._translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """A transaction that is the run's only writer; committed at the end, rolled back by an exception.

        Threads queue here, not in the database: SQLite has no queue, it sleeps and looks again.
        """
        with self._turn, self._translated(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose()

    def _complete(self, tables: MetaData) -> None:
        with self.reading() as connection:
            is_complete = not list(_missing(connection, tables))
        if not is_complete:
            maker = self._engine.execution_options(writes="naturalist/tables")
            with self._translated(), maker.begin() as connection:
                _create_missing(connection, tables)

    @contextmanager
    def _translated(self) -> Generator[None]:
        with database_errors(self._url):
            yield


def _missing(connection: Connection, tables: MetaData) -> Iterator[tuple[Table, Column[Any]]]:
    known = set(inspect(connection).get_table_names())
    for table in tables.sorted_tables:
        found = inspect(connection).get_columns(table.name) if table.name in known else []
        columns = {each["name"] for each in found}
        yield from ((table, column) for column in table.columns if column.name not in columns)


def _create_missing(connection: Connection, tables: MetaData) -> None:
    """New tables whole; to those of an earlier version the columns that they lack, which all have defaults."""
    tables.create_all(connection)
    for table, column in list(_missing(connection, tables)):
        described = CreateColumn(column).compile(dialect=connection.dialect)
        connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {described}"))
    for index in (index for table in tables.sorted_tables for index in table.indexes):
        index.create(connection, checkfirst=True)


def _heed_begin(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgres)


def _configure_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own; _begin_sqlite does
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # taking the write lock at once makes read-then-write transactions atomic; a lone statement needs none
    if "writes" in connection.get_execution_options():
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_postgres(connection: Connection) -> None:
    if name := connection.get_execution_options().get("writes"):
        connection.execute(_LOCK, {"name": name})
