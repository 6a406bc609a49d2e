"""What a run can be repeated from without model or network: a run's folder, or one file that holds no key and no path
of a machine."""

import io
import json
import os
import re
import tomllib
import zipfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from pydantic import ValidationError

from agents.errors import UserError
from agents.files import write_atomic
from agents.own_material import IDEAS_FILE
from agents.schema import ModelCall
from agents.settings import Settings, dump_settings, load_settings, parse_settings
from agents.store.calls import CallLog
from agents.store.place import find_place

LITERATURE = "literature.jsonl"
"""File of a run folder that holds its literature searches, one a line."""
_SETTINGS, _CALLS, _TEMPLATE, _IDEAS = "settings.toml", "calls.jsonl", "template", "ideas_given.json"
_MOST_BYTES = 512 * 2**20
_OF_THE_MACHINE = ("workspace", "papers", "api_base", "ideas_file", "data", "repo", "replay", "library", "store")
_SECRET = re.compile(r"(_API_KEY|_TOKEN|_SECRET|_PASSWORD|PGPASSWORD|_ACCESS_KEY)$")
_SHORTEST_SECRET = 8


class Recorded(NamedTuple):
    """A recording that was read: settings, answered and failed calls in their order, and the text of its searches."""

    settings: Settings
    calls: list[ModelCall]
    literature: str


def read_recording(source: Path) -> Recorded:
    """Read a run's folder or a file made by `write_recording`; raises UserError for anything else."""
    return _read_folder(source) if source.is_dir() else _read_file(source)


def write_recording(folder: Path, out: Path) -> Recorded:
    """Write what a run can be repeated from to one file, and return it. Same run, same bytes."""
    recorded = _read_folder(folder)
    hide = _Hiding(folder, recorded.settings)
    calls = "".join(hide(call.model_dump_json()) + "\n" for call in recorded.calls)
    files: dict[str, str | bytes] = {_SETTINGS: hide(dump_settings(_portable(recorded.settings))), _CALLS: calls}
    files |= {LITERATURE: hide(recorded.literature), **_template_files(folder)}
    if (given := folder / IDEAS_FILE).is_file():
        files[_IDEAS] = hide(given.read_text(encoding="utf-8"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED)
    write_atomic(out, buffer.getvalue())
    return recorded


def unpack_inputs(source: Path, folder: Path) -> dict[str, Path]:
    """Put what a replay starts from into `folder` if it is in a file: settings by name, each with its path."""
    if source.is_dir():
        inputs = {"template": _template_of(source), "ideas_file": source / IDEAS_FILE}
        return {name: path for name, path in inputs.items() if path and path.exists()}
    inputs = dict[str, Path]()
    with _opened(source) as archive:
        for name in archive.namelist():
            path = PurePosixPath(name)
            if ".." in path.parts or path.is_absolute() or "\\" in name or name.endswith("/"):
                continue
            if path.parts[0] == _TEMPLATE and len(path.parts) > 2:
                write_atomic(folder / name, archive.read(name))
                inputs["template"] = folder / _TEMPLATE / path.parts[1]
            elif name == _IDEAS:
                write_atomic(folder / name, archive.read(name))
                inputs["ideas_file"] = folder / name
    return inputs


def _read_folder(folder: Path) -> Recorded:
    if not (folder / _SETTINGS).is_file():
        raise UserError(f"{folder} is no run; give a run's name or folder, or a file of naturalist record")
    settings = _as_then(load_settings(folder / _SETTINGS), (folder / _SETTINGS).read_text(encoding="utf-8"))
    literature = folder / LITERATURE
    text = literature.read_text(encoding="utf-8") if literature.is_file() else ""
    place = find_place(folder, settings.store.url, "calls")
    if not place.exists:
        return Recorded(settings, [], text)
    with closing(CallLog(*place)) as calls:
        return Recorded(settings, calls.calls(), text)


def _read_file(source: Path) -> Recorded:
    with _opened(source) as archive:
        try:
            texts = {name: archive.read(name).decode() for name in (_SETTINGS, _CALLS, LITERATURE)}
            calls = [ModelCall.model_validate_json(line) for line in texts[_CALLS].split("\n") if line]
        except (KeyError, UnicodeDecodeError, ValidationError, zipfile.BadZipFile) as error:
            raise UserError(f"{source} is no recording of naturalist record, or it is damaged") from error
    settings = _portable(
        _as_then(parse_settings(texts[_SETTINGS], source), texts[_SETTINGS])
    )  # whoever made the file may be a stranger
    if ":" in settings.search.policy:
        raise UserError(f"{source} names a search policy of its own, {settings.search.policy}; replay the run's folder")
    return Recorded(settings, calls, texts[LITERATURE])


def _opened(source: Path) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(source)
    except (OSError, zipfile.BadZipFile) as error:
        raise UserError(f"cannot read the recording {source}: {error}") from error
    if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
        archive.close()
        raise UserError(f"{source} unpacks to more than {_MOST_BYTES // 2**20} MiB, which no recording does")
    return archive


def _template_of(folder: Path) -> Path | None:
    """The copy of its template that a run keeps; None for a run whose studies have each one of their own."""
    if load_settings(folder / _SETTINGS).free.is_on:
        return None
    return next((path.parent for path in sorted(folder.glob(f"{_TEMPLATE}/*/template.toml"))), None)


def _template_files(folder: Path) -> Mapping[str, bytes]:
    template = _template_of(folder)
    found = sorted(template.rglob("*")) if template else ()
    kept = [path for path in found if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}


def _portable(settings: Settings) -> Settings:
    """Settings without what only means something on the machine that the run was made on. Lanes and lag stay: the
    search hangs on them."""
    fresh = Settings(topic=settings.topic)
    update = {name: getattr(fresh, name) for name in _OF_THE_MACHINE}
    update["executor"] = fresh.executor
    update["sandbox"] = fresh.sandbox.model_copy(update={"timeout_factor": settings.sandbox.timeout_factor})
    return settings.model_copy(update=update)


def _as_then(settings: Settings, text: str) -> Settings:
    """A run from before designs were tried holds no reply to a question about such a trial, so there is none."""
    if "pilot_seeds" in tomllib.loads(text).get("free", {}):
        return settings
    return settings.model_copy(update={"free": settings.free.model_copy(update={"pilot_seeds": 0})})


class _Hiding:
    """Puts names in place of the folders of this machine, and of what its environment keeps secret."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        folders = {"RUN": folder.absolute(), "PAPERS": settings.papers, "WORKSPACE": settings.workspace}
        folders |= {"HOME": Path.home(), "HERE": Path.cwd()}
        secrets = [value for name, value in os.environ.items() if _SECRET.search(name)]
        known = {str(path): f"<{name}>" for name, path in folders.items() if len(path.parts) > 1}
        known |= {value: "<secret>" for value in secrets if len(value) >= _SHORTEST_SECRET}
        self._known = {json.dumps(text)[1:-1]: name for text, name in known.items()}
        longest_first = sorted(self._known, key=len, reverse=True)
        self._pattern = re.compile("|".join(rf"{re.escape(text)}(?!\w)" for text in longest_first))

    def __call__(self, text: str) -> str:
        return self._pattern.sub(lambda found: self._known[found[0]], text)
