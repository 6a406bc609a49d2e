"""Every call to a model: what was asked by hash, what came back, what it cost."""

from contextlib import closing
from datetime import UTC, datetime

from sqlalchemy import Column, Float, Index, Integer, MetaData, String, Table, Text, func, insert, select

from agents.schema import ModelCall
from agents.store.database import Database
from agents.store.place import Place

TABLES = MetaData()
_calls = Table(
    "calls",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("run", String(64), nullable=False, server_default=""),
    Column("task", String(64), nullable=False),
    Column("role", String(64), nullable=False),
    Column("step", String(16), nullable=False, server_default="answer"),
    Column("study", String(64), nullable=False, server_default=""),
    Column("node", String(64), nullable=False, server_default=""),
    Column("subject", String(128), nullable=False, server_default=""),
    Column("prompt", Text, nullable=False, server_default=""),
    Column("model", String(256), nullable=False),
    Column("prompt_sha256", String(64), nullable=False),
    Column("reply", Text, nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("cost_usd", Float, nullable=False),
    Column("wall_s", Float, nullable=False),
    Column("at", String(32), nullable=False),
    Index("calls_of_run", "run"),
)


def total_cost_usd(place: Place) -> float:
    """What the model calls of a run cost together, in US dollars; 0 where none was ever made."""
    if not place.exists:
        return 0.0
    with closing(CallLog(*place)) as calls:
        return calls.total_usd()


def _now() -> str:
    return datetime.now(UTC).isoformat()


class CallLog:
    """A run's model calls in a database, in the order they ended; `run` is its name there (see Place)."""

    def __init__(self, url: str, run: str = "") -> None:
        self._database = Database(url, TABLES, run)
        self._run = run

    def close(self) -> None:
        self._database.close()

    def add(self, call: ModelCall) -> None:
        with self._database.writing() as connection:
            connection.execute(insert(_calls).values(run=self._run, at=_now(), **call.model_dump()))

    def total_usd(self) -> float:
        """What all calls cost together, in US dollars; a budget survives a restart by it."""
        with self._database.reading() as connection:
            total = select(func.sum(_calls.c.cost_usd)).where(_calls.c.run == self._run)
            return float(connection.scalar(total) or 0.0)

    def calls(self) -> list[ModelCall]:
        columns = [_calls.c[name] for name in ModelCall.model_fields]
        with self._database.reading() as connection:
            mine = select(*columns).where(_calls.c.run == self._run).order_by(_calls.c.id)
            rows = connection.execute(mine).mappings().all()
        return [ModelCall.model_validate(dict(row)) for row in rows]
