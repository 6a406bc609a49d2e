"""The journal: registered plans, experiments and who works on which, in SQL. Experiments are stored whole, as JSON."""

from threading import Lock
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection

from agents.errors import UserError
from agents.schema import Experiment, Outcome, Registration, Stage
from agents.store import journal_statements as sql
from agents.store.database import Database, parse_document
from agents.store.journal_tables import TABLES
from agents.store.shelf import Shelf


class _Claim(NamedTuple):
    """Who works on a search index."""

    place: int
    owner: str
    lane: int


class SqlJournal:
    """A run's journal in a database; `run` is its name there (see Place). Lanes of one process share one instance.

    Each instance is an owner of claims; what an earlier owner claimed and did not finish is an orphan. So one process
    at a time drives a run (see RunLock and DriverLock), while any number may read.
    """

    def __init__(self, url: str, run: str = "") -> None:
        self._database = Database(url, TABLES, run)
        self._run = run
        self._owner = uuid4().hex
        self._plans: dict[str, Registration] = {}
        self._shelf = Shelf()
        self._seen = -1
        self._reading = Lock()

    def close(self) -> None:
        self._database.close()

    def register(self, plan: Registration) -> None:
        with self._database.writing() as connection:
            known = self._find_plan(connection, plan.study)
            if known is None:
                row = {"run": self._run, "study": plan.study, "document": plan.model_dump_json()}
                connection.execute(sql.ADD_PLAN, row)
        if known is not None and known != plan:
            changed = ", ".join(name for name in type(plan).model_fields if getattr(known, name) != getattr(plan, name))
            raise UserError(
                f"study {plan.study} is registered with another plan (different: {changed}); start a new run for it"
            )

    def registration(self, study: str) -> Registration | None:
        """The plan of a study; it never changes, so it is read once."""
        if study not in self._plans:
            with self._database.reading() as connection:
                plan = self._find_plan(connection, study)
            if plan is None:
                return None
            self._plans[study] = plan
        return self._plans[study]

    def claim(self, study: str, lane: int, total: int) -> int | None:
        with self._database.writing() as connection:
            unfinished = self._open_claims(connection, study, total)
            own = [claim.place for claim in unfinished if (claim.owner, claim.lane) == (self._owner, lane)]
            if own:
                return min(own)
            # the lowest orphan first: a lane waits for earlier nodes, so none of them may be left for later
            orphans = [claim.place for claim in unfinished if claim.owner != self._owner]
            if orphans:
                self._adopt(connection, study, min(orphans), lane)
                return min(orphans)
            return self._take_new(connection, study, lane, total)

    def hold(self, study: str, index: int, lane: int) -> bool:
        same = self._claim_of(study, index)
        with self._database.reading() as connection:
            owner, holder = connection.execute(sql.FIND_HOLDER, same).one()
        if owner != self._owner:  # an orphan, unless another lane was quicker
            with self._database.writing() as connection:
                owner, holder = connection.execute(sql.FIND_HOLDER, same).one()
                if owner != self._owner:
                    self._adopt(connection, study, index, lane)
                    return True
        return holder == lane

    def record(self, experiment: Experiment) -> None:
        row = self._row(experiment)
        with self._database.writing() as connection:
            known = connection.execute(sql.FIND_STATUS, self._named(experiment.id)).one_or_none()
            if known is None:
                connection.execute(sql.ADD_EXPERIMENT, row | {"the_run": self._run})
            elif known.status is None:
                connection.execute(sql.REPLACE_EXPERIMENT, row | self._named(experiment.id))
            else:
                return
            self._close_claim(connection, experiment)

    def finish(self, experiment: str, outcome: Outcome) -> None:
        with self._database.writing() as connection:
            known = self._find_experiment(connection, experiment)
            if known is None:
                raise LookupError(f"experiment {experiment} must be recorded before it is finished")
            if known.outcome is None:
                known = known.model_copy(update={"outcome": outcome})
                connection.execute(sql.REPLACE_EXPERIMENT, self._row(known) | self._named(experiment))
                self._close_claim(connection, known)
        with self._reading:
            self._shelf.put(known)

    def get(self, experiment: str) -> Experiment | None:
        known = self._shelf.get(experiment)
        if known is not None and known.outcome is not None:
            return known  # the first outcome stays, so nothing about it can have changed
        with self._database.reading() as connection:
            return self._find_experiment(connection, experiment)

    def experiments(self, study: str | None = None, stage: Stage | None = None) -> list[Experiment]:
        with self._reading:
            self._read_new()
            return self._shelf.find(study, stage)

    def _read_new(self) -> None:
        """Put on the shelf what was written since the last look; what has its outcome there is final."""
        since = {"the_run": self._run, "the_change": self._seen}
        with self._database.reading() as connection:
            rows = connection.execute(sql.NEW_EXPERIMENTS, since).all()
        for name, change, document in rows:
            known = self._shelf.get(name)
            if known is None or known.outcome is None:
                self._shelf.put(parse_document(Experiment, document))
            self._seen = change

    def _adopt(self, connection: Connection, study: str, index: int, lane: int) -> None:
        taken = {"owner": self._owner, "lane": lane}
        connection.execute(sql.ADOPT_CLAIM, self._claim_of(study, index) | taken)

    def _take_new(self, connection: Connection, study: str, lane: int, total: int) -> int | None:
        last = connection.scalar(sql.LAST_CLAIM, self._study(study))
        for index in range(0 if last is None else last + 1, total):
            is_open = connection.scalar(sql.IS_FINISHED, self._claim_of(study, index)) is None
            claim = {"study": study, "index": index, "lane": lane, "owner": self._owner, "is_open": is_open}
            connection.execute(sql.ADD_CLAIM, {"run": self._run} | claim)
            if is_open:
                return index
        return None

    def _open_claims(self, connection: Connection, study: str, total: int) -> list[_Claim]:
        """What is claimed and not finished: as many as there are lanes, and what a killed process left."""
        unfinished = connection.execute(sql.OPEN_CLAIMS, self._study(study) | {"the_total": total})
        return [_Claim(*row) for row in unfinished]

    def _close_claim(self, connection: Connection, experiment: Experiment) -> None:
        if experiment.stage == "search" and experiment.outcome is not None:
            connection.execute(sql.CLOSE_CLAIM, self._claim_of(experiment.study, experiment.index))

    def _find_plan(self, connection: Connection, study: str) -> Registration | None:
        document = connection.scalar(sql.FIND_PLAN, self._study(study))
        return None if document is None else parse_document(Registration, document)

    def _find_experiment(self, connection: Connection, experiment: str) -> Experiment | None:
        document = connection.scalar(sql.FIND_EXPERIMENT, self._named(experiment))
        return None if document is None else parse_document(Experiment, document)

    def _row(self, experiment: Experiment) -> dict[str, Any]:
        """Columns of an experiment, but for the number of the change."""
        return {
            "run": self._run,
            "id": experiment.id,
            "study": experiment.study,
            "index": experiment.index,
            "stage": experiment.stage,
            "status": experiment.outcome.status if experiment.outcome else None,
            "document": experiment.model_dump_json(),
        }

    def _study(self, study: str) -> dict[str, Any]:
        return {"the_run": self._run, "the_study": study}

    def _named(self, experiment: str) -> dict[str, Any]:
        return {"the_run": self._run, "the_id": experiment}

    def _claim_of(self, study: str, index: int) -> dict[str, Any]:
        return self._study(study) | {"the_index": index}
