"""Artefacts under seal: hashed and made read-only before the evaluator sees them.

A module of the harness, and the program that runs evaluate.py inside the sandbox, so standard library only:
`python -P seal.py EVALUATE_PY --artefacts DIR --out DIR2 --split SPLIT --seed N` empties DIR2, seals DIR, notes its
hashes in DIR2/sealed.json and then runs the evaluator as if it had been called by itself. The evaluator may import the
fixed modules in its own folder, and what is no part of its hash it cannot: packages, libraries, bytecode beside them.
"""

import hashlib
import json
import os
import runpy
import shutil
import stat
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType

SEALED = "sealed.json"
MOST_FILES = 1000
_NOT_HASHED = ("experiment", "plot")  # as agents.files says


class UnfitArtefacts(ValueError):
    """Something among the artefacts that cannot be hashed or trusted; the message is one line."""


def hash_artefacts(folder: Path) -> dict[str, str]:
    """Map the relative path of every file below `folder` to its sha256.

    Follows no link; a link, a file with two names, a device, an unreadable name or folder raises UnfitArtefacts.
    """
    files = sorted(_files(folder)) if _is_folder(folder) else []
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in files}


def _files(folder: Path) -> Iterator[Path]:
    waiting = [folder]
    while waiting:
        for path in _listed(waiting.pop()):
            if _is_folder(path):
                waiting.append(path)
            else:
                yield path


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise UnfitArtefacts(f"cannot read artefacts: {error.strerror}") from error


def _is_folder(path: Path) -> bool:
    try:
        path.name.encode()
        status = path.lstat()
    except (OSError, UnicodeEncodeError) as error:
        raise UnfitArtefacts(f"artefact with an unusable name: {path.name!r}") from error
    if stat.S_ISLNK(status.st_mode):
        raise UnfitArtefacts(f"artefact {path.name!r} is a link")
    return stat.S_ISDIR(status.st_mode)


def _sha256(path: Path) -> str:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
                raise UnfitArtefacts(f"artefact {path.name!r} is not a plain file with one name")
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnfitArtefacts(f"cannot read artefact {path.name!r}: {error.strerror}") from error


def make_read_only(folder: Path) -> None:
    """Take write permission from everything below `folder`, and from itself, as far as this process may."""
    for path in (*_files(folder), *_folders(folder)):
        try:
            path.chmod(0o555 if path.is_dir() else 0o444)
        except OSError:
            continue  # a stronger sandbox shows it read-only already


def _folders(folder: Path) -> list[Path]:
    return [folder, *(path for path in folder.rglob("*") if path.is_dir())]


def _empty(folder: Path) -> None:
    for path in _listed(folder):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


class FixedModules:
    """Finds the hashed modules of a template's folder and nothing else there, which an experiment may have left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find_spec(self, name: str, _target: object = None) -> ModuleSpec | None:
        path = self.folder / f"{name}.py"
        if name in _NOT_HASHED or not path.is_file():
            return None
        return spec_from_file_location(name, path, loader=_TextLoader(name, str(path)))

    def invalidate_caches(self) -> None:
        """Forget nothing: every look is at the folder itself."""


class _TextLoader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(path := self.get_filename(fullname)), path)


def main(arguments: list[str]) -> None:
    evaluator, *given = arguments
    artefacts, out = (Path(given[given.index(name) + 1]) for name in ("--artefacts", "--out"))
    if out.is_symlink():
        raise UnfitArtefacts("the evaluation's folder is a link")
    _empty(out)
    hashes = hash_artefacts(artefacts)
    make_read_only(artefacts)
    (out / SEALED).write_text(json.dumps(hashes))
    sys.argv = [evaluator, *given]
    sys.path.insert(0, str(Path(evaluator).parent))
    sys.path_importer_cache[sys.path[0]] = FixedModules(Path(evaluator).parent)
    runpy.run_path(evaluator, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
