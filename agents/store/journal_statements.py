"""The journal's SQL, built once: putting an expression together costs more than a file database takes to answer it.

Parameters are named after columns, with "the_" before them where they pick rows.
"""

from sqlalchemy import ColumnElement, Table, and_, bindparam, func, insert, select, update

from agents.store.journal_tables import claims, experiments, registrations


def _of_run(table: Table) -> ColumnElement[bool]:
    return table.c.run == bindparam("the_run")


def _of_study(table: Table) -> ColumnElement[bool]:
    return and_(_of_run(table), table.c.study == bindparam("the_study"))


_CLAIM = and_(_of_study(claims), claims.c.index == bindparam("the_index"))
_EXPERIMENT = and_(_of_run(experiments), experiments.c.id == bindparam("the_id"))
_WRITTEN = experiments.alias("written")
_NEXT_CHANGE = (
    select(func.coalesce(func.max(_WRITTEN.c.change), 0) + 1)
    .where(_WRITTEN.c.run == bindparam("the_run"))
    .scalar_subquery()
)
"""The number of the run's next write; nobody else writes for this run meanwhile."""

FIND_PLAN = select(registrations.c.document).where(_of_study(registrations))
ADD_PLAN = insert(registrations)

FIND_EXPERIMENT = select(experiments.c.document).where(_EXPERIMENT)
FIND_STATUS = select(experiments.c.status).where(_EXPERIMENT)
ADD_EXPERIMENT = insert(experiments).values(change=_NEXT_CHANGE)
REPLACE_EXPERIMENT = update(experiments).where(_EXPERIMENT).values(change=_NEXT_CHANGE)
NEW_EXPERIMENTS = (
    select(experiments.c.id, experiments.c.change, experiments.c.document)
    .where(_of_run(experiments), experiments.c.change > bindparam("the_change"))
    .order_by(experiments.c.change)
)

OPEN_CLAIMS = select(claims.c.index, claims.c.owner, claims.c.lane).where(
    _of_study(claims), claims.c.is_open.is_(True), claims.c.index < bindparam("the_total")
)
LAST_CLAIM = select(func.max(claims.c.index)).where(_of_study(claims))
IS_FINISHED = select(experiments.c.id).where(
    _of_study(experiments),
    experiments.c.index == bindparam("the_index"),
    experiments.c.stage == "search",
    experiments.c.status.is_not(None),
)
ADD_CLAIM = insert(claims)
FIND_HOLDER = select(claims.c.owner, claims.c.lane).where(_CLAIM)
ADOPT_CLAIM = update(claims).where(_CLAIM).values(owner=bindparam("owner"), lane=bindparam("lane"))
CLOSE_CLAIM = update(claims).where(_CLAIM).values(is_open=False)
