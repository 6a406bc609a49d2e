"""The images of the docker sandbox that an engine holds."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from agents.sandbox.containers.engine import Engine, explain, is_gone
from agents.sandbox.containers.host import NAME
from agents.sandbox.containers.image import BUILT

_LATEST = f"{BUILT}:latest"


class Stored(NamedTuple):
    id: str
    names: tuple[str, ...]
    size_mb: float
    made: str


def list_images(engine: Engine) -> list[Stored]:
    """Images that `naturalist sandbox build` or the sandbox itself made, newest first."""
    with explain("its images could not be listed"):
        found: list[dict[str, Any]] = [each for name in (BUILT, NAME) for each in engine.api.images(name)]
    stored = {each["Id"]: each for each in found}.values()
    return [_read(each) for each in sorted(stored, key=lambda each: -each["Created"])]


def prune_images(engine: Engine) -> list[str]:
    """Remove all but the newest built one; the names that went. One that a container uses stays."""
    old = [image for image in list_images(engine) if _LATEST not in image.names]
    return [name for image in old for name in image.names if _remove(engine, name)]


def _read(image: dict[str, Any]) -> Stored:
    made = datetime.fromtimestamp(image["Created"], UTC).strftime("%Y-%m-%d %H:%M")
    return Stored(image["Id"], tuple(image.get("RepoTags") or ()), image["Size"] / 1_000_000, made)


def _remove(engine: Engine, name: str) -> bool:
    with explain(f"image {name} could not be removed"):
        try:
            engine.api.remove_image(name)
        except Exception as error:
            if is_gone(error):
                return False
            raise
    return True
