"""A new run's folder: its settings, a copy of the template, what was given, a card. Complete or not there at all."""

import errno
import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from itertools import chain, count
from pathlib import Path
from uuid import uuid4

from agents import __version__
from agents.errors import ServiceError
from agents.files import copy_template, sha256_text, write_atomic
from agents.given_folder import fill_given
from agents.literature.opening import settle_literature
from agents.llm.team import OFFLINE, named_models
from agents.nodes.artefacts import read_record, write_record
from agents.schema import Record, Template
from agents.settings import Settings, change_settings, dump_settings, load_settings
from agents.store.run_lock import RunLock
from agents.workplace import count_slots

LEARNING_SHARE = 4
"""Lanes are at most this part of a search's experiments: more would choose without having seen any result."""
MODELS_SHARE = 6
"""The same for a language model, which learns more from a result than it loses by waiting for it."""


class RunCard(Record):
    """What a run folder says of itself beside its settings; `thread` is the checkpoint thread of the current pass.

    `id` tells the run from all others in a shared database; it is "" where the run is kept in files.
    """

    id: str = ""
    thread: str
    graph_version: str
    naturalist: str
    template: str
    fit: float | None


def settle_settings(settings: Settings, topic: str, template: Template | None) -> Settings:
    """Replace everything that depends on the machine or the moment by its value, so that a resume finds it again."""
    slots = count_slots(settings, template.resources if template else settings.free.resources)
    has_model = bool(set(named_models(settings)) - {OFFLINE})
    fewest, share = (1, MODELS_SHARE) if has_model else (2, LEARNING_SHARE)
    lanes = settings.search.lanes or min(slots, max(fewest, settings.search.experiments // share))
    lag = settings.search.lag or (lanes if has_model else 2 * lanes)
    search = settings.search.model_copy(update={"lanes": lanes, "lag": lag})
    return settings.model_copy(
        update={
            "topic": topic,
            "template": template.name if template else None,
            "free": settings.free.model_copy(update={"is_on": template is None}),
            "workspace": settings.workspace.absolute(),
            "papers": settings.papers.absolute(),
            "literature": settle_literature(settings, has_template=template is not None, has_model=has_model),
            "library": tuple(path.absolute() for path in settings.library),
            "ideas_file": settings.ideas_file and settings.ideas_file.absolute(),
            "data": tuple(path.resolve() for path in settings.data),
            "repo": settings.repo and settings.repo.resolve(),
            "search": search,
            "sandbox": settings.sandbox.model_copy(update={"slots": slots}),
        }
    )


def make_folder(settings: Settings, template: Template | None, fit: float | None) -> Path:
    """Make the run folder with settings and a copy of the template, if any; complete or not there at all."""
    slug = re.sub(r"[^a-z0-9]+", "-", settings.topic.lower()).strip("-")[:40].strip("-") or (
        template.name if template else "run"
    )
    making: Path | None = None
    try:
        settings.workspace.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=".making-", dir=settings.workspace))
        _fill_folder(making, settings, template, fit)
        return _put_in_place(making, settings.workspace / f"{time.strftime('%Y%m%d-%H%M%S')}-{slug}")
    except OSError as error:
        raise ServiceError(f"cannot make a run in {settings.workspace}: {error.strerror or error}") from error
    finally:
        if making is not None:
            shutil.rmtree(making, ignore_errors=True)


def _fill_folder(making: Path, settings: Settings, template: Template | None, fit: float | None) -> None:
    making.chmod(0o755)
    if template is not None:
        copy_template(template.path, making / "template" / template.name)
    fill_given(making, settings)
    write_atomic(making / "settings.toml", dump_settings(settings))
    card = RunCard(
        id=uuid4().hex if settings.store.url else "",
        thread="main",
        graph_version=graph_version(),
        naturalist=__version__,
        template=template.name if template else "",
        fit=fit,
    )
    write_record(making / "run.json", card)


def _put_in_place(making: Path, wanted: Path) -> Path:
    """Rename to the wanted name, or to the next that is free: two runs may start in the same second."""
    names = chain([wanted.name], (f"{wanted.name}-{number}" for number in count(2)))
    while True:
        try:
            return making.rename(wanted.with_name(next(names)))
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise


def change_limits(folder: Path, limits: Mapping[str, float | None]) -> None:
    """Give an existing run other limits, by name as in `[budget]`; None leaves one as it is.

    Raises UserError for a limit that is none, and while a process drives the run: it would not notice.
    """
    given = {name: value for name, value in limits.items() if value is not None}
    if not given:
        return
    with RunLock(folder):
        path = folder / "settings.toml"
        made = path.stat()
        write_atomic(
            path,
            dump_settings(
                change_settings(load_settings(path), {f"budget.{name}": most for name, most in given.items()})
            ),
        )
        os.utime(path, ns=(made.st_atime_ns, made.st_mtime_ns))  # runs are listed in the order of these times


def remember_thread(folder: Path, thread: str) -> None:
    card = read_record(folder / "run.json", RunCard)
    if card.thread != thread or card.graph_version != graph_version():
        renewed = {"thread": thread, "graph_version": graph_version(), "naturalist": __version__}
        write_record(folder / "run.json", card.model_copy(update=renewed))


def graph_version() -> str:
    """Changes when a node is added, renamed or removed: a checkpoint of another graph would look finished."""
    from agents.graph import LANE_NODES, RUN_NODES, STUDY_STEPS

    return sha256_text(" ".join([*RUN_NODES, *STUDY_STEPS, *LANE_NODES]))[:12]
