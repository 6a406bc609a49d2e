"""The user's own data: looked over and hashed before anything is spent, and held against those hashes ever after."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from agents.errors import UserError
from agents.files import sha256_file, write_json
from agents.own_material.preview import DataKind, kind_of, preview_of
from agents.own_material.walk import Found, list_files
from agents.schema import Record

DATA_FILE = Path("given", "data.json")


class DataNote(Record):
    """One file or folder that experiments read. `name` is its base name; no path of the machine is in it.

    `sha256` of a file is its own; that of a folder is over lines "sha256  relative path" sorted by path, which is what
    `sha256sum` writes. `stamp` stands for sizes and times: while it is the same, nothing needs to be hashed again.
    """

    name: str
    kind: DataKind
    bytes: int
    files: int
    sha256: str
    preview: str
    stamp: str = ""

    @property
    def told(self) -> str:
        """What a model is told of it, in a few lines."""
        return f"{self.name}: {self.kind}, files: {self.files}, bytes: {self.bytes}\n{self.preview}".strip()


def describe_data(path: Path) -> DataNote:
    """Look over and hash the data at `path`; raises UserError if it cannot be used."""
    found = list_files(path)
    kind = "folder" if path.is_dir() else kind_of(path)
    return DataNote(
        name=printable(path.name),
        kind=kind,
        bytes=sum(each.status.st_size for each in found),
        files=len(found),
        sha256=_hash(found),
        preview=preview_of(path, kind, found),
        stamp=_stamp(found),
    )


def write_data_notes(folder: Path, notes: Sequence[DataNote]) -> None:
    """Keep what is known of the data in the run's folder."""
    write_json(folder / DATA_FILE, [note.model_dump(mode="json") for note in notes])


def read_data_notes(folder: Path) -> tuple[DataNote, ...]:
    """What the run in `folder` knows of the data it was given, in the order given; () if it was given none."""
    path = folder / DATA_FILE
    if not path.exists():
        return ()
    try:
        return tuple(DataNote.model_validate(item) for item in json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError, ValidationError) as error:
        raise UserError(f"cannot use {path}: {str(error).splitlines()[0]}; restore it, or start a new run") from error


def find_changed_data(folder: Path, paths: Sequence[Path], *, is_thorough: bool = False) -> str:
    """Say in one line which of the data is not what the run started with, "" if all is.

    Sizes and times are compared, and contents where those differ; `is_thorough` hashes everything.
    """
    notes = read_data_notes(folder)
    if len(notes) != len(paths):
        return f"the run was given {len(notes)} data path(s), its settings name {len(paths)}"
    renewed: list[DataNote] = []
    for note, path in zip(notes, paths, strict=True):
        try:
            found = list_files(path)
            stamp = _stamp(found)
            if (is_thorough or stamp != note.stamp) and _hash(found) != note.sha256:
                return f"the data {note.name} is not what the run started with"
        except UserError as error:
            return str(error)
        renewed.append(note.model_copy(update={"stamp": stamp}))
    if tuple(renewed) != notes:  # touched, but the same: need not be hashed the next time
        write_data_notes(folder, renewed)
    return ""


def printable(name: str) -> str:
    """A file name as a record and a paper can hold it."""
    return os.fsencode(name).decode("utf-8", "replace") or "data"


def _hash(found: Sequence[Found]) -> str:
    try:
        if len(found) == 1 and not found[0].name:
            return sha256_file(found[0].path)
        return _digest(f"{sha256_file(each.path)}  ".encode() + os.fsencode(each.name) for each in found)
    except OSError as error:
        raise UserError(f"cannot read the data {error.filename}: {error.strerror}") from error


def _stamp(found: Sequence[Found]) -> str:
    return _digest(
        os.fsencode(each.name) + f" {each.status.st_size} {each.status.st_mtime_ns}".encode() for each in found
    )


def _digest(lines: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line + b"\n")
    return digest.hexdigest()
