"""Every call to a model: what was asked, what came back, what it cost; and what is set aside for those under way."""

import json
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    true,
)

from agents.schema import ModelCall
from agents.settings import BudgetSettings
from agents.spending import Bill, Paid, Spent, check_limits
from agents.store.database import Database, parse_document
from agents.store.place import Place

KILLED = json.dumps({"error": "the run was killed during this call"})
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
    Column("is_priced", Boolean, nullable=False, server_default=true()),
    Index("calls_of_run", "run"),
    Index("calls_spent", "run", "id", "cost_usd", "tokens_in", "tokens_out", "is_priced"),
    Index("calls_of_subject", "run", "study", "subject"),
)
"""A sum over `calls_spent` touches that index alone: in the table the numbers lie behind long texts."""
_reservations = Table(
    "reservations",
    TABLES,
    Column("name", String(32), primary_key=True),
    Column("run", String(64), nullable=False, server_default=""),
    Column("session", String(32), nullable=False),
    Column("usd", Float, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Index("reservations_of_run", "run"),
)
_BILL = ("node", "role", "model", "study", "subject", "tokens_in", "tokens_out", "cost_usd", "wall_s", "is_priced")


def total_paid(place: Place) -> Paid:
    """What the model calls of a run cost, and how many of them have a price that nobody knows."""
    if not place.exists:
        return Paid()
    with closing(CallLog(*place)) as calls:
        return calls.total_paid()


def _now() -> str:
    return datetime.now(UTC).isoformat()


class CallLog:
    """A run's model calls in a database, in the order they ended; `run` is its name there (see Place).

    Each instance is a session, which holds what it reserves. Threads may share it.
    """

    def __init__(self, url: str, run: str = "") -> None:
        self._database = Database(url, TABLES, run)
        self._run = run
        self._session = uuid4().hex
        self._summed, self._spent = 0, Spent()

    def close(self) -> None:
        self._database.close()

    def reserve(self, worst: ModelCall, limits: BudgetSettings) -> str:
        """Set aside what a call may take at most; BudgetExceeded unless it fits (agents/llm/calls.py)."""
        name, most = uuid4().hex, Spent.on(worst)
        row = {"name": name, "run": self._run, "session": self._session, "document": worst.model_dump_json()}
        with self._database.writing() as connection:
            settled, open_ = self._settle_up(connection), self._set_aside(connection)
            check_limits(limits, Spent(settled.usd + open_.usd, settled.tokens + open_.tokens), most)
            connection.execute(insert(_reservations).values(usd=most.usd, tokens=most.tokens, **row))
        return name

    def settle(self, reservation: str, call: ModelCall) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(_reservations).where(_reservations.c.name == reservation))
            self._insert(connection, call)

    def write_off(self) -> list[ModelCall]:
        """Turn what dead sessions had set aside into calls at their worst case, for they may be billed; return those.

        Only the driver of a run may do so: whoever else has set something aside is dead then.
        """
        with self._database.writing() as connection:
            dead = (_reservations.c.run == self._run) & (_reservations.c.session != self._session)
            documents = connection.scalars(select(_reservations.c.document).where(dead)).all()
            lost = [parse_document(ModelCall, each).model_copy(update={"reply": KILLED}) for each in documents]
            for call in lost:
                self._insert(connection, call)
            connection.execute(delete(_reservations).where(dead))
        return lost

    def add(self, call: ModelCall) -> None:
        with self._database.writing() as connection:
            self._insert(connection, call)

    def total_usd(self) -> float:
        """What all calls cost together, in US dollars; a budget survives a restart by it."""
        with self._database.reading() as connection:
            return self._settled(connection).usd

    def total_paid(self) -> Paid:
        with self._database.reading() as connection:
            has_tokens = _calls.c.tokens_in + _calls.c.tokens_out > 0
            unpriced = (_calls.c.run == self._run) & has_tokens & _calls.c.is_priced.is_(False)
            count = connection.scalar(select(func.count()).select_from(_calls).where(unpriced))
            return Paid(self._settled(connection).usd, count or 0)

    def set_aside(self) -> Spent:
        """What is reserved for calls under way."""
        with self._database.reading() as connection:
            return self._set_aside(connection)

    def calls(self) -> list[ModelCall]:
        columns = [_calls.c[name] for name in ModelCall.model_fields]
        with self._database.reading() as connection:
            mine = select(*columns).where(_calls.c.run == self._run).order_by(_calls.c.id)
            rows = connection.execute(mine).mappings().all()
        return [ModelCall.model_validate(dict(row)) for row in rows]

    def bills(self, study: str | None = None, subject: str | None = None) -> list[Bill]:
        """The calls without their texts, in the order they ended; of one study ("" for none), of one subject."""
        mine = select(*(_calls.c[name] for name in _BILL), func.substr(_calls.c.reply, 1, 9).label("begin"))
        for wanted in self._only(study=study, subject=subject):
            mine = mine.where(wanted)
        with self._database.reading() as connection:
            rows = connection.execute(mine.order_by(_calls.c.id)).mappings().all()
        return [_bill(dict(row)) for row in rows]

    def _only(self, **wanted: str | None) -> list[ColumnElement[bool]]:
        chosen = [_calls.c[name] == value for name, value in wanted.items() if value is not None]
        return [_calls.c.run == self._run, *chosen]

    def _insert(self, connection: Connection, call: ModelCall) -> None:
        connection.execute(insert(_calls).values(run=self._run, at=_now(), **call.model_dump()))

    def _settle_up(self, connection: Connection) -> Spent:
        """What all calls took: what is known, and those since. A run's writers take turns, so ids come in order."""
        last = connection.scalar(select(func.max(_calls.c.id)).where(_calls.c.run == self._run)) or 0
        new = self._settled(connection, self._summed)
        self._summed, self._spent = last, Spent(self._spent.usd + new.usd, self._spent.tokens + new.tokens)
        return self._spent

    def _settled(self, connection: Connection, after: int = 0) -> Spent:
        tokens = func.sum(_calls.c.tokens_in) + func.sum(_calls.c.tokens_out)
        mine = (_calls.c.run == self._run) & (_calls.c.id > after)
        return _spent(connection, func.sum(_calls.c.cost_usd), tokens, mine)

    def _set_aside(self, connection: Connection) -> Spent:
        usd, tokens = func.sum(_reservations.c.usd), func.sum(_reservations.c.tokens)
        return _spent(connection, usd, tokens, _reservations.c.run == self._run)


def _spent(connection: Connection, usd: Any, tokens: Any, where: ColumnElement[bool]) -> Spent:
    found = connection.execute(select(usd, tokens).where(where)).one()
    return Spent(float(found[0] or 0.0), int(found[1] or 0))


def _bill(row: Mapping[str, Any]) -> Bill:
    """A reply is JSON: a text begins with a quote, an error is an object of that one key."""
    found = dict(row)
    return Bill(is_failed=found.pop("begin").startswith('{"error"'), **found)
