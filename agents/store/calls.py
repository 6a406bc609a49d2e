"""Every call to a model: what was asked by hash, what came back, what it cost."""

from datetime import UTC, datetime

from pydantic import Field
from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text, func, insert, select

from agents.schema import Finite, Record
from agents.store.database import Database

TABLES = MetaData()
_calls = Table(
    "calls",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("task", String(64), nullable=False),
    Column("role", String(64), nullable=False),
    Column("study", String(64), nullable=True),
    Column("experiment", String(128), nullable=True),
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


class Call(Record):
    """One call to a model. `reply` is JSON; `at` is when it ended, in ISO 8601."""

    task: str
    role: str = ""
    study: str | None = None
    experiment: str | None = None
    model: str
    prompt_sha256: str
    reply: str
    tokens_in: int = Field(default=0, ge=0)
    tokens_out: int = Field(default=0, ge=0)
    cost_usd: Finite = Field(default=0.0, ge=0)
    wall_s: Finite = Field(default=0.0, ge=0)
    at: str = Field(default_factory=_now)


class CallLog:
    """Model calls at a SQLAlchemy URL, in the order they ended."""

    def __init__(self, url: str) -> None:
        self._database = Database(url, TABLES)

    def close(self) -> None:
        self._database.close()

    def add(self, call: Call) -> None:
        with self._database.writing() as connection:
            connection.execute(insert(_calls).values(call.model_dump()))

    def total_usd(self) -> float:
        """What all calls cost together, in US dollars; a budget survives a restart by it."""
        with self._database.reading() as connection:
            return float(connection.scalar(select(func.sum(_calls.c.cost_usd))) or 0.0)

    def calls(self) -> list[Call]:
        columns = [_calls.c[name] for name in Call.model_fields]
        with self._database.reading() as connection:
            rows = connection.execute(select(*columns).order_by(_calls.c.id)).mappings().all()
        return [Call.model_validate(dict(row)) for row in rows]
