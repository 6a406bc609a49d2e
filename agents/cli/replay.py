"""`record` and `replay`: one file that a run can be repeated from, and a run whose models are such a recording."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.cli.console import say, say_json
from agents.cli.session import Engine, start_with
from agents.cli.text import clean
from agents.errors import UserError
from agents.settings import change_settings
from agents.store.recordings import read_recording, unpack_inputs, write_recording
from agents.store.runs import find_run


def record_run(workspace: Path, run: str, out: Path, *, as_json: bool) -> None:
    """Write the recording of a run, and say what it holds and what it lacks."""
    if out.is_dir():
        raise UserError(f"--out {out} is a folder; give the name of a file, for example {out / 'run.zip'}")
    recorded = write_recording(find_run(workspace, run), out)
    lacking = [name for name in ("data", "repo") if getattr(recorded.settings, name)]
    size = out.stat().st_size
    if as_json:
        say_json({"file": out, "calls": len(recorded.calls), "bytes": size, "lacking": lacking})
        return
    say(f"{clean(str(out))}: {len(recorded.calls)} model calls, {size / 1000:.0f} kB, no keys and no folders of yours")
    for name in lacking:
        say(f"it does not hold what --{name} gave; give that to naturalist replay again")


def replay_run(workspace: Path, source: str, given: Mapping[str, Any], *, as_json: bool, engine: Engine | None) -> int:
    """Start a run that repeats a recording; return the exit code. `given` are settings that only this machine knows, by
    dotted keys; None means not given."""
    path = Path(source)
    recording = (path if path.is_file() else find_run(workspace, source)).absolute()
    recorded = read_recording(recording).settings
    with tempfile.TemporaryDirectory(prefix="naturalist-replay-") as folder:
        inputs = {name: str(path) for name, path in unpack_inputs(recording, Path(folder)).items()}
        here = {**inputs, **given, "workspace": workspace, "replay": recording, "store.url": ""}
        return start_with(change_settings(recorded, here), as_json=as_json, engine=engine)
