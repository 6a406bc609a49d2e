"""Where the records of a run are: files of its folder, or one PostgreSQL database that all runs share."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from agents.errors import UserError


class Place(NamedTuple):
    """A database, and the name by which it knows the run: none in a file, which holds one run alone."""

    url: str
    run: str = ""

    @property
    def is_shared(self) -> bool:
        return bool(self.run)

    @property
    def exists(self) -> bool:
        """False for a file that nobody has written yet."""
        return self.is_shared or Path(make_url(self.url).database or "").exists()

    def thread(self, name: str) -> str:
        """Name of a checkpoint thread, apart from those of all other runs."""
        return f"{self.run}/{name}" if self.is_shared else name


def find_place(folder: Path, url: str, file: Literal["journal", "calls"] = "journal") -> Place:
    """Where the run of `folder` keeps its records; `url` is its setting store.url."""
    if not url:
        return Place(sqlite_url(folder / f"{file}.db"))
    return Place(check_store(url), _read_id(folder))


def sqlite_url(path: Path) -> str:
    """The SQLAlchemy URL of a SQLite file."""
    return f"sqlite:///{path}"


def check_store(url: str) -> str:
    """Return the URL of a PostgreSQL database with its driver; raises UserError for any other.

    A password in it is refused: settings.toml is kept in the run folder and shown to people.
    """
    if not url:
        return ""
    parsed = _parse(url)
    if parsed.get_backend_name() != "postgresql":
        raise UserError("store.url must be a PostgreSQL URL, postgresql://USER@HOST/DATABASE; leave it empty for files")
    if parsed.password is not None or "password" in parsed.query:
        raise UserError("store.url holds a password; take it out and give it by PGPASSWORD or ~/.pgpass")
    if find_spec("psycopg") is None:
        raise UserError("store.url needs the PostgreSQL driver; install it with: pip install 'naturalist[postgres]'")
    return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise UserError("store.url is no URL; it should read postgresql://USER@HOST/DATABASE") from error


def _read_id(folder: Path) -> str:
    """The run's id from run.json, which tells it from runs of the same name on other machines."""
    try:
        card = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        found = str(card.get("id", ""))
    except (OSError, ValueError, AttributeError) as error:
        raise UserError(f"cannot read {folder / 'run.json'}: {error}") from error
    if not found:
        raise UserError(f"run {folder.name} keeps its journal in files; take store.url out of its settings.toml")
    return found
