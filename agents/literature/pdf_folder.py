"""What a folder of PDFs holds, read by child processes, with an index of what was read before.

A PDF that ends its reader, or keeps it busy, costs itself alone.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from agents.errors import ServiceError
from agents.files import write_atomic
from agents.literature.publication import Publication
from agents.schema import Record

BATCH = 20
SECONDS_FOR_ALL = 60.0
_READER = Path(__file__).with_name("pdf_reader.py")
_SLOW = "it took too long to read"
OnBroken = Callable[[Path, str], None]


class _Known(Record):
    """A PDF as it was when it was read, and what was found in it: `reason` says why nothing was."""

    mtime_ns: int
    size: int
    found: Publication | None = None
    reason: str = ""


class _Index(Record):
    files: dict[str, _Known] = {}


def read_pdfs(
    paths: Sequence[Path], cache: Path, on_broken: OnBroken, seconds: float = SECONDS_FOR_ALL
) -> dict[Path, Publication]:
    """Title, authors, year and abstract of PDFs as far as they can be told; `on_broken` hears of those that fail.

    What is not read within `seconds` is reported and read the next time; what was read is remembered in `cache`.
    """
    if not paths:
        return {}
    index_file = cache / "library.json"
    before = _load(index_file)
    wanted = {path: _state(path) for path in paths}
    known = {path: before[str(path)] for path, state in wanted.items() if _is_as_before(before.get(str(path)), state)}
    fresh = _read_new([path for path in paths if path not in known], wanted, time.monotonic() + seconds)
    if fresh:
        _save(index_file, before | {str(path): each for path, each in fresh.items()})
    results = known | fresh
    for path in paths:
        if path not in results:
            on_broken(path, "there was no time to read it yet; it will be read the next time")
        elif results[path].found is None:
            on_broken(path, results[path].reason)
    return {path: found for path in paths if path in results and (found := results[path].found) is not None}


def _state(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)


def _is_as_before(known: _Known | None, state: tuple[int, int]) -> bool:
    return known is not None and (known.mtime_ns, known.size) == state


def _read_new(paths: list[Path], states: Mapping[Path, tuple[int, int]], ends: float) -> dict[Path, _Known]:
    read: dict[Path, _Known] = {}
    while paths and time.monotonic() < ends:
        batch, paths = paths[:BATCH], paths[BATCH:]
        lines, failure = _run_reader(batch)
        for path, line in zip(batch, lines, strict=False):
            read[path] = _known(states[path], line)
        if len(lines) < len(batch):
            culprit, rest = batch[len(lines)], batch[len(lines) + 1 :]
            read[culprit] = _known(states[culprit], json.dumps({"reason": failure}))
            paths = rest + paths
    return read


def _run_reader(batch: Sequence[Path]) -> tuple[list[str], str]:
    """Lines of a child process, one per PDF that it got through, and what became of it at the next."""
    command = [sys.executable, "-P", str(_READER), *map(str, batch)]
    bare = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}  # no keys
    bare["PYTHONUTF8"] = "1"  # names of files are what they are
    limit_s = 30.0 + 10.0 * len(batch)
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=limit_s, check=False, stdin=subprocess.DEVNULL, env=bare,
            start_new_session=True,  # Ctrl-C is for the run; a PDF that it cut off would pass for broken
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        return _whole_lines(error.stdout or b""), _SLOW
    is_slow = done.returncode == -getattr(signal, "SIGALRM", 0)
    return _whole_lines(done.stdout), _SLOW if is_slow else "it is broken, and ended the program that read it"


def _whole_lines(raw: bytes) -> list[str]:
    return raw.decode("utf-8", "replace").split("\n")[:-1]


def _known(state: tuple[int, int], line: str) -> _Known:
    try:
        fields = json.loads(line)
        if "reason" in fields:
            return _Known(mtime_ns=state[0], size=state[1], reason=str(fields["reason"])[:300])
        return _Known(mtime_ns=state[0], size=state[1], found=Publication.model_validate(fields))
    except (ValueError, ValidationError, TypeError):
        return _Known(mtime_ns=state[0], size=state[1], reason="its reader gave no sensible answer")


def _load(path: Path) -> dict[str, _Known]:
    try:
        return _Index.model_validate_json(path.read_bytes()).files
    except (OSError, ValueError):
        return {}


def _save(path: Path, files: dict[str, _Known]) -> None:
    try:
        write_atomic(path, _Index(files=files).model_dump_json())
    except (OSError, ServiceError):
        return  # an index that cannot be kept costs reading again, and nothing else
