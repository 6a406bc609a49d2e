"""The journal: registered plans, experiments and who works on which, in SQL. Experiments are stored whole, as JSON."""

from functools import lru_cache
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from agents.errors import UserError
from agents.schema import Experiment, Outcome, Registration, Stage
from agents.store.database import Database, parse_document, study_order

TABLES = MetaData()
_registrations = Table(
    "registrations",
    TABLES,
    Column("study", String(64), primary_key=True),
    Column("document", Text, nullable=False),
)
_experiments = Table(
    "experiments",
    TABLES,
    Column("id", String(128), primary_key=True),
    Column("study", String(64), nullable=False),
    Column("index", Integer, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("status", String(16), nullable=True),
    Column("document", Text, nullable=False),
    Index("experiments_by_study", "study", "index"),
)
_claims = Table(
    "claims",
    TABLES,
    Column("study", String(64), primary_key=True),
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("lane", Integer, nullable=False),
    Column("owner", String(32), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Index("claims_by_state", "study", "is_open"),
)


class SqlJournal:
    """A run's journal at a SQLAlchemy URL. Lanes of one process share one instance.

    Each instance is an owner of claims; what an earlier owner claimed and did not finish is an orphan. So one process
    at a time drives a run (see RunLock), while any number may read.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url, TABLES)
        self._owner = uuid4().hex

    def close(self) -> None:
        self._database.close()

    def register(self, plan: Registration) -> None:
        with self._database.writing() as connection:
            known = _find_plan(connection, plan.study)
            if known is None:
                connection.execute(insert(_registrations).values(study=plan.study, document=plan.model_dump_json()))
        if known is not None and known != plan:
            changed = ", ".join(name for name in type(plan).model_fields if getattr(known, name) != getattr(plan, name))
            raise UserError(
                f"study {plan.study} is registered with another plan (different: {changed}); start a new run for it"
            )

    def registration(self, study: str) -> Registration | None:
        with self._database.reading() as connection:
            return _find_plan(connection, study)

    def claim(self, study: str, lane: int, total: int) -> int | None:
        with self._database.writing() as connection:
            _lock_study(connection, study)
            index = self._find_own(connection, study, lane, total)
            if index is None:
                index = self._take_orphan(connection, study, lane, total)
            return self._take_new(connection, study, lane, total) if index is None else index

    def hold(self, study: str, index: int, lane: int) -> bool:
        with self._database.writing() as connection:
            _lock_study(connection, study)
            same = (_claims.c.study == study, _claims.c.index == index)
            holder = connection.execute(select(_claims.c.owner, _claims.c.lane).where(*same)).one()
            if holder.owner == self._owner:
                return holder.lane == lane
            connection.execute(update(_claims).where(*same).values(lane=lane, owner=self._owner))
            return True

    def record(self, experiment: Experiment) -> None:
        with self._database.writing() as connection:
            known = _find_experiment(connection, experiment.id)
            if known is not None and known.outcome is not None:
                return
            connection.execute(delete(_experiments).where(_experiments.c.id == experiment.id))
            connection.execute(insert(_experiments).values(_row(experiment)))
            _close_claim(connection, experiment)

    def finish(self, experiment: str, outcome: Outcome) -> None:
        with self._database.writing() as connection:
            known = _find_experiment(connection, experiment)
            if known is None:
                raise LookupError(f"experiment {experiment} must be recorded before it is finished")
            if known.outcome is None:
                finished = known.model_copy(update={"outcome": outcome})
                same = _experiments.c.id == experiment
                connection.execute(update(_experiments).where(same).values(_row(finished)))
                _close_claim(connection, finished)

    def get(self, experiment: str) -> Experiment | None:
        with self._database.reading() as connection:
            return _find_experiment(connection, experiment)

    def experiments(self, study: str | None = None, stage: Stage | None = None) -> list[Experiment]:
        query = select(_experiments.c.document)
        if study is not None:
            query = query.where(_experiments.c.study == study)
        if stage is not None:
            query = query.where(_experiments.c.stage == stage)
        with self._database.reading() as connection:
            found = [_parse_experiment(document) for document in connection.scalars(query)]
        return sorted(found, key=lambda experiment: (study_order(experiment.study), experiment.index))

    def _find_own(self, connection: Connection, study: str, lane: int, total: int) -> int | None:
        own = _open_claims(study, total).where(_claims.c.owner == self._owner, _claims.c.lane == lane)
        return connection.scalar(own)

    def _take_orphan(self, connection: Connection, study: str, lane: int, total: int) -> int | None:
        """Take over the lowest orphan: a lane waits for earlier nodes, so none of them may be left for later."""
        index = connection.scalar(_open_claims(study, total).where(_claims.c.owner != self._owner))
        if index is not None:
            taken = update(_claims).where(_claims.c.study == study, _claims.c.index == index)
            connection.execute(taken.values(lane=lane, owner=self._owner))
        return index

    def _take_new(self, connection: Connection, study: str, lane: int, total: int) -> int | None:
        last = connection.scalar(select(func.max(_claims.c.index)).where(_claims.c.study == study))
        for index in range(0 if last is None else last + 1, total):
            is_open = not _is_finished(connection, study, index)
            claim = {"study": study, "index": index, "lane": lane, "owner": self._owner, "is_open": is_open}
            connection.execute(insert(_claims).values(claim))
            if is_open:
                return index
        return None


def _open_claims(study: str, total: int) -> Select[int | None]:
    """The lowest unfinished index, if any; callers narrow it down."""
    lowest = select(func.min(_claims.c.index))
    return lowest.where(_claims.c.study == study, _claims.c.is_open.is_(True), _claims.c.index < total)


def _lock_study(connection: Connection, study: str) -> None:
    """Let no other process claim in this study until the transaction ends; SQLite's write lock already sees to it."""
    connection.execute(select(_registrations.c.study).where(_registrations.c.study == study).with_for_update())


def _close_claim(connection: Connection, experiment: Experiment) -> None:
    if experiment.stage == "search" and experiment.outcome is not None:
        done = update(_claims).where(_claims.c.study == experiment.study, _claims.c.index == experiment.index)
        connection.execute(done.values(is_open=False))


def _is_finished(connection: Connection, study: str, index: int) -> bool:
    done = select(_experiments.c.id).where(
        _experiments.c.study == study,
        _experiments.c.index == index,
        _experiments.c.stage == "search",
        _experiments.c.status.is_not(None),
    )
    return connection.scalar(done) is not None


def _find_plan(connection: Connection, study: str) -> Registration | None:
    document = connection.scalar(select(_registrations.c.document).where(_registrations.c.study == study))
    return None if document is None else parse_document(Registration, document)


def _find_experiment(connection: Connection, experiment: str) -> Experiment | None:
    document = connection.scalar(select(_experiments.c.document).where(_experiments.c.id == experiment))
    return None if document is None else _parse_experiment(document)


def _row(experiment: Experiment) -> dict[str, object]:
    return {
        "id": experiment.id,
        "study": experiment.study,
        "index": experiment.index,
        "stage": experiment.stage,
        "status": experiment.outcome.status if experiment.outcome else None,
        "document": experiment.model_dump_json(),
    }


@lru_cache(maxsize=8192)
def _parse_experiment(document: str) -> Experiment:
    """Records are frozen, so lanes that poll a long journal may share them."""
    return parse_document(Experiment, document)
