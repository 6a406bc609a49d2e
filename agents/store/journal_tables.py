"""The tables behind the journal. A file holds one run, whose name is ""; a shared database holds many."""

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, String, Table, Text

TABLES = MetaData()
registrations = Table(
    "registrations",
    TABLES,
    Column("run", String(64), primary_key=True, server_default=""),
    Column("study", String(64), primary_key=True),
    Column("document", Text, nullable=False),
)
experiments = Table(
    "experiments",
    TABLES,
    Column("run", String(64), primary_key=True, server_default=""),
    Column("id", String(128), primary_key=True),
    Column("study", String(64), nullable=False),
    Column("index", Integer, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("status", String(16), nullable=True),
    Column("document", Text, nullable=False),
    Column("change", Integer, nullable=False, server_default="0"),
    Index("experiments_of_study", "run", "study", "index"),
    Index("experiments_by_change", "run", "change"),
)
"""`change` numbers the writes of a run in order, so that a reader asks only for those that it has not seen."""
claims = Table(
    "claims",
    TABLES,
    Column("run", String(64), primary_key=True, server_default=""),
    Column("study", String(64), primary_key=True),
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("lane", Integer, nullable=False),
    Column("owner", String(32), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Index("claims_of_study", "run", "study", "is_open", "index"),
)
