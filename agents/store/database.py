"""One SQL database behind journal, archive and call log: a SQLite file tuned for lanes, or any SQLAlchemy URL."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from agents.errors import ServiceError
from agents.schema import Record

R = TypeVar("R", bound=Record)
BUSY_TIMEOUT_MS = 30_000


def sqlite_url(path: Path) -> str:
    """The SQLAlchemy URL of a SQLite file."""
    return f"sqlite:///{path}"


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


class Database:
    """Opens `url` and makes the missing ones of `tables`. Safe to share between threads; raises ServiceError alone."""

    def __init__(self, url: str, tables: MetaData) -> None:
        self._url = url
        with self._translated():
            self._engine = create_engine(url)
            if self._engine.dialect.name == "sqlite":
                _tune_sqlite(self._engine)
            # SQLite: taking the write lock at once makes read-then-write transactions atomic between lanes
            self._writer = self._engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        self._create_missing(tables)

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """A transaction that sees one state of the database and blocks nobody."""
        with self._translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """A transaction that is the only writer; committed at the end, rolled back by an exception."""
        with self._translated(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose()

    def _create_missing(self, tables: MetaData) -> None:
        with self.reading() as connection:
            is_complete = set(tables.tables) <= set(inspect(connection).get_table_names())
        if not is_complete:
            with self.writing() as connection:
                tables.create_all(connection)

    @contextmanager
    def _translated(self) -> Generator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            reason = error.orig if isinstance(error, DBAPIError) else error
            hidden = re.sub(r":[^:@/]*@", ":***@", self._url)
            raise ServiceError(f"database {hidden}: {reason}; check the file and the disk, then resume") from error


def _tune_sqlite(engine: Engine) -> None:
    event.listen(engine, "connect", _configure_connection)
    event.listen(engine, "begin", _begin)


def _configure_connection(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own; _begin does
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
