"""Where calibrations are kept: one JSON file of many, or a folder with a file for each."""

import json
import os
import uuid
from pathlib import Path
from typing import cast

from pydantic import BaseModel, ConfigDict, ValidationError

from reviewer.calibration.record import Calibration, CalibrationKey
from reviewer.errors import ReviewerError

VERSION = 1
"""Of the files' format; another is refused, never guessed at."""


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = VERSION
    calibrations: tuple[Calibration, ...]


class CalibrationStore:
    """Calibrations by key. A path that ends in .json is one file, any other a folder; neither need exist yet.

    A folder may be written by several processes at once, a file by one. Files are replaced whole (tmp, rename). Raises
    ReviewerError, one line, for a file that cannot be read or has an unknown version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, key: CalibrationKey) -> Calibration | None:
        """Return the key's calibration; None means uncalibrated, and no probability may be given."""
        return next((found for found in self._read_for(key) if found.key == key), None)

    def all(self) -> tuple[Calibration, ...]:
        """Return every calibration, in the order of the file, or of the folder's file names."""
        files = [self._path] if self._is_file else sorted(self._path.glob("*.json"))
        return tuple(found for file in files for found in _read(file))

    def put(self, calibration: Calibration) -> Path:
        """Keep the calibration in place of any of its key; return the file written."""
        others = (found for found in self._read_for(calibration.key) if found.key != calibration.key)
        file = self._file_of(calibration.key)
        _write(file, (*others, calibration))
        return file

    @property
    def _is_file(self) -> bool:
        return self._path.suffix == ".json"

    def _file_of(self, key: CalibrationKey) -> Path:
        return self._path if self._is_file else self._path / f"{key.sha256[:32]}.json"

    def _read_for(self, key: CalibrationKey) -> tuple[Calibration, ...]:
        return _read(self._file_of(key))


def _read(file: Path) -> tuple[Calibration, ...]:
    try:
        text = file.read_text(encoding="utf-8")
        found: object = json.loads(text)
        _check_version(file, found)
        return _File.model_validate_json(text).calibrations
    except FileNotFoundError:
        return ()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ReviewerError(f"{file}: damaged calibration at {place}: {first['msg']}; fit it again") from error
    except (OSError, ValueError) as error:
        raise ReviewerError(f"{file}: no readable calibration ({str(error).splitlines()[0]}); fit it again") from error


def _check_version(file: Path, found: object) -> None:
    version = cast(dict[str, object], found).get("version") if isinstance(found, dict) else None
    if version != VERSION:
        raise ReviewerError(f"{file}: calibration format {version}, this reviewer reads {VERSION}; fit it again")


def _write(file: Path, calibrations: tuple[Calibration, ...]) -> None:
    tmp = file.with_name(f".{file.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        tmp.write_text(_File(calibrations=calibrations).model_dump_json(indent=1) + "\n", encoding="utf-8")
        tmp.replace(file)
    except OSError as error:
        tmp.unlink(missing_ok=True)
        raise ReviewerError(f"{file}: the calibration cannot be written ({error.strerror})") from error
