"""The archive of finished studies, beside the journal in the same database."""

from sqlalchemy import Column, MetaData, String, Table, Text, delete, insert, select

from agents.schema import ArchiveEntry
from agents.store.database import Database, parse_document, study_order

TABLES = MetaData()
_archive = Table(
    "archive",
    TABLES,
    Column("run", String(64), primary_key=True, server_default=""),
    Column("study", String(64), primary_key=True),
    Column("document", Text, nullable=False),
)


class SqlArchive:
    """A run's finished studies in a database, one entry a study; `run` is its name there (see Place)."""

    def __init__(self, url: str, run: str = "") -> None:
        self._database = Database(url, TABLES, run)
        self._run = run

    def close(self) -> None:
        self._database.close()

    def add(self, entry: ArchiveEntry) -> None:
        """Store an entry in the place of any earlier one of the same study."""
        row = {"run": self._run, "study": entry.study, "document": entry.model_dump_json()}
        with self._database.writing() as connection:
            connection.execute(delete(_archive).where(_archive.c.run == self._run, _archive.c.study == entry.study))
            connection.execute(insert(_archive).values(row))

    def entries(self) -> list[ArchiveEntry]:
        """Entries in order of study, however the studies came to finish."""
        with self._database.reading() as connection:
            documents = connection.scalars(select(_archive.c.document).where(_archive.c.run == self._run)).all()
        entries = [parse_document(ArchiveEntry, document) for document in documents]
        return sorted(entries, key=lambda entry: study_order(entry.study))
