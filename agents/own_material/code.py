"""The user's own code to start from: its text files are copied into the run's folder, where experiments read them."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from agents.errors import UserError
from agents.files import sha256_text, write_json
from agents.own_material.commit import find_commit
from agents.own_material.data import printable
from agents.schema import Record

REPO_FOLDER, REPO_FILE = Path("given", "repo"), Path("given", "repo.json")
MOST_FILES, MOST_BYTES, MOST_TEXT_BYTES = 400, 2_000_000, 64_000
_CODE = (".py", ".pyi")
_TEXTS = (".toml", ".cfg", ".ini", ".yaml", ".yml", ".json", ".md", ".rst", ".txt", ".sh")
_NAMED = ("README", "Makefile", "Dockerfile")
_NOT_CODE = ("__pycache__", "node_modules", "site-packages", "build", "dist")
_SECRET = ("secret", "credential", "password", "token", "apikey", "api_key")


class RepoFile(Record):
    """A file of the copy, by its relative path."""

    path: str
    bytes: int
    sha256: str


class RepoNote(Record):
    """What was copied of the user's code. `sha256` is over lines "sha256  path" sorted by path, as `sha256sum` writes.

    `commit` is what git had checked out, "" without git; the copy may have changes that were not committed. `left_out`
    counts the files that are no code or small text, are hidden, or are named as if they held a secret.
    """

    name: str
    files: tuple[RepoFile, ...]
    bytes: int
    sha256: str
    commit: str = ""
    left_out: int = 0


class _Text(NamedTuple):
    path: str
    content: bytes


def copy_repo(source: Path, folder: Path) -> RepoNote:
    """Copy the code in `source` into the run's `folder`; raises UserError for no code, or too much of it."""
    texts, left_out = _gather(source)
    for text in texts:
        target = folder / REPO_FOLDER / text.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.content)
        target.chmod(0o444)
    for path in (folder / REPO_FOLDER, *(folder / REPO_FOLDER).rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
    files = tuple(_describe(text) for text in texts)
    note = RepoNote(
        name=printable(source.name), files=files, bytes=sum(file.bytes for file in files), sha256=_combine(files),
        commit=find_commit(source), left_out=left_out,
    )  # fmt: skip
    write_json(folder / REPO_FILE, note.model_dump(mode="json"))
    return note


def measure_repo(source: Path) -> tuple[int, int]:
    """Files and bytes that would be copied; raises UserError as `copy_repo` does."""
    texts, _ = _gather(source)
    return len(texts), sum(len(text.content) for text in texts)


def read_repo_note(folder: Path) -> RepoNote | None:
    """What the run in `folder` knows of the code it was given; None if it was given none."""
    path = folder / REPO_FILE
    if not path.exists():
        return None
    try:
        return RepoNote.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UserError(f"cannot use {path}: {str(error).splitlines()[0]}; restore it, or start a new run") from error


def find_changed_repo(folder: Path) -> str:
    """Say in one line that the run's copy of the code is not what it started with, "" if it is."""
    note = read_repo_note(folder)
    if note is None:
        return ""
    root = folder / REPO_FOLDER
    try:
        present = [path for path in root.rglob("*") if not path.is_dir() and "__pycache__" not in path.parts]
        found = sorted(_Text(path.relative_to(root).as_posix(), path.read_bytes()) for path in present)
    except OSError as error:
        return f"cannot read {error.filename}: {error.strerror}"
    same = {(file.path, file.sha256) for file in map(_describe, found)} == {
        (file.path, file.sha256) for file in note.files
    }
    return "" if same else f"the code in {REPO_FOLDER} is not what the run started with"


def _gather(source: Path) -> tuple[list[_Text], int]:
    """Text files worth reading, sorted by path, and how many others there are."""
    if not source.is_dir():
        what = "a file" if source.exists() else "not there"
        raise UserError(f"the code {source} is {what}; give the folder of your code with --repo")
    texts: list[_Text] = []
    left_out = size = 0
    try:
        for path in _walk(source):
            content = _read_code(path)
            if content is None:
                left_out += 1
                continue
            texts.append(_Text(path.relative_to(source).as_posix(), content))
            size += len(content)
            if len(texts) > MOST_FILES or size > MOST_BYTES:
                raise UserError(
                    f"the code {source.name} has more than {MOST_FILES} text files or {MOST_BYTES // 10**6} MB; "
                    "give the folder of the part to start from"
                )
    except OSError as error:
        raise UserError(f"cannot read the code {error.filename or source}: {error.strerror}") from error
    if not any(text.path.endswith(_CODE) for text in texts):
        raise UserError(f"the code {source} holds no Python file; give the folder of your code with --repo")
    return sorted(texts), left_out


def _walk(folder: Path) -> Iterator[Path]:
    """Every file but hidden ones, links followed nowhere, version control, environments and caches left out."""
    for entry in sorted(os.scandir(folder), key=lambda each: each.name):
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            is_environment = (path / "pyvenv.cfg").exists()
            if not (entry.name.startswith(".") or entry.name in _NOT_CODE or is_environment):
                yield from _walk(path)
        else:
            yield path


def _read_code(path: Path) -> bytes | None:
    """The content of a text file that belongs to the code; None for all else."""
    name = path.name.lower()
    is_code, is_text = name.endswith(_CODE), name.endswith(_TEXTS) or path.name in _NAMED
    if path.is_symlink() or not path.is_file() or name.startswith(".") or not (is_code or is_text):
        return None
    if not is_code and (path.stat().st_size > MOST_TEXT_BYTES or any(word in name for word in _SECRET)):
        return None
    try:
        path.name.encode()
        content = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
        content.decode()
    except UnicodeError:
        return None
    return None if b"\0" in content else content


def _describe(text: _Text) -> RepoFile:
    return RepoFile(path=text.path, bytes=len(text.content), sha256=hashlib.sha256(text.content).hexdigest())


def _combine(files: Sequence[RepoFile]) -> str:
    return sha256_text("".join(f"{file.sha256}  {file.path}\n" for file in files))
