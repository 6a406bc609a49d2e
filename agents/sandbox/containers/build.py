"""Building images: by the Dockerfile, which needs a registry, or out of this very environment, which needs none."""

import io
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agents.errors import ServiceError, UserError
from agents.sandbox.containers import pack
from agents.sandbox.containers.engine import Engine, explain
from agents.sandbox.containers.image import BUILT, PYTHON, find_image
from agents.sandbox.containers.recipe import Recipe
from agents.sandbox.containers.request import SCRATCH

FROM_HOST = "from-host"
Tell = Callable[[str], None]
NO_REGISTRY = "where no registry can be reached: naturalist sandbox build --from-host"


class Built(NamedTuple):
    name: str
    size_mb: float


def build_image(engine: Engine, recipe: Recipe, tell: Tell) -> Built:
    """Build by the Dockerfile, telling every step; raises ServiceError with the step that failed."""
    name = f"{BUILT}:{recipe.tag}"
    with explain("the image could not be built"):
        steps = engine.api.build(
            fileobj=io.BytesIO(recipe.pack()), custom_context=True, tag=name, buildargs=recipe.arguments,
            rm=True, forcerm=True, decode=True,
        )  # fmt: skip
        _follow(steps, tell)
    return _finish(engine, name)


def copy_host(engine: Engine, folders: Sequence[Path], python: Path, tell: Tell) -> Built:
    """Import an image that holds these folders of this machine; `python` is the interpreter in them to use."""
    if python.is_relative_to(SCRATCH):
        raise UserError(f"{python} lies in {SCRATCH}, which is empty in a sandbox; make the environment elsewhere")
    tell(f"packing {', '.join(str(folder) for folder in folders[-3:])} and {max(0, len(folders) - 3)} more")
    reading, writing = os.pipe()
    failures: list[OSError] = []
    packing = threading.Thread(target=_pack, args=(list(folders), writing, failures), daemon=True)
    packing.start()
    with explain("the image could not be imported"), os.fdopen(reading, "rb", buffering=1 << 20) as stream:
        labels = [f"LABEL {PYTHON}={python}"]
        engine.api.import_image_from_stream(stream, repository=BUILT, tag=FROM_HOST, changes=labels)
    packing.join()
    if failures:
        raise ServiceError(f"docker: this environment could not be packed: {failures[0]}")
    return _finish(engine, f"{BUILT}:{FROM_HOST}")


def _pack(folders: list[Path], descriptor: int, failures: list[OSError]) -> None:
    try:
        with os.fdopen(descriptor, "wb", buffering=1 << 20) as into:
            pack.pack(folders, into)
    except BrokenPipeError:
        return  # the engine went away, and the one who asked it knows why
    except OSError as error:
        failures.append(error)


def _follow(steps: Iterable[dict[str, Any]], tell: Tell) -> None:
    """Listen to the end, also after a failure: only then is the connection free again."""
    failures: list[str] = []
    for step in steps:
        if line := str(step.get("stream") or step.get("status") or "").strip():
            tell(line)
        if failure := step.get("error"):
            failures.append(" ".join(str(failure).split()))
    if failures:
        raise ServiceError(f"docker: the image could not be built: {failures[0]}; {NO_REGISTRY}")


def _finish(engine: Engine, name: str) -> Built:
    """Make this the image that the docker sandbox takes."""
    with explain(f"image {name} could not be tagged"):
        engine.api.tag(name, BUILT, "latest")
    found = find_image(engine, name)
    if found is None:
        raise ServiceError(f"docker: the engine lost image {name}", retryable=True)
    return Built(name, found["Size"] / 1_000_000)
