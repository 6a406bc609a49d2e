"""Every call to a model: what was asked by hash, what came back, what it cost."""

from datetime import UTC, datetime

from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text, func, insert, select

from agents.schema import ModelCall
from agents.store.database import Database

TABLES = MetaData()
_calls = Table(
    "calls",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("task", String(64), nullable=False),
    Column("role", String(64), nullable=False),
    Column("model", String(256), nullable=False),
    Column("prompt_sha256", String(64), nullable=False),
    Column("reply", Text, nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("cost_usd", Float, nullable=False),
    Column("wall_s", Float, nullable=False),
    Column("at", String(32), nullable=False),
)


def _now() -> str:
    return datetime.now(UTC).isoformat()


class CallLog:
    """Model calls at a SQLAlchemy URL, in the order they ended."""

    def __init__(self, url: str) -> None:
        self._database = Database(url, TABLES)

    def close(self) -> None:
        self._database.close()

    def add(self, call: ModelCall) -> None:
        with self._database.writing() as connection:
            connection.execute(insert(_calls).values(at=_now(), **call.model_dump()))

    def total_usd(self) -> float:
        """What all calls cost together, in US dollars; a budget survives a restart by it."""
        with self._database.reading() as connection:
            return float(connection.scalar(select(func.sum(_calls.c.cost_usd))) or 0.0)

    def calls(self) -> list[ModelCall]:
        columns = [_calls.c[name] for name in ModelCall.model_fields]
        with self._database.reading() as connection:
            rows = connection.execute(select(*columns).order_by(_calls.c.id)).mappings().all()
        return [ModelCall.model_validate(dict(row)) for row in rows]
