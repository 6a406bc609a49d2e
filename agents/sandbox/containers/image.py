"""The image that a container starts from: what it is called, which Python it has, what of the machine it borrows."""

from pathlib import Path
from typing import Any, NamedTuple

from agents.errors import ServiceError
from agents.sandbox.containers import host
from agents.sandbox.containers.engine import Engine, explain, is_gone

BUILT = "naturalist"
"""Name of the images that `naturalist sandbox build` makes; the newest is tagged "latest"."""
PYTHON = "naturalist.python"
"""Label that holds the path of an image's interpreter."""


class Image(NamedTuple):
    """`borrowed` are paths of this machine that are shown, read-only, at the same place."""

    id: str
    python: str
    borrowed: tuple[Path, ...] = ()


def choose_image(engine: Engine, name: str) -> Image:
    """The image of this name; without one the newest that was built, or else one that borrows this machine's Python."""
    if name:
        return _named(engine, name)
    if find_image(engine, f"{BUILT}:latest"):
        return _named(engine, f"{BUILT}:latest")
    return _borrowing(engine)


def find_image(engine: Engine, name: str) -> dict[str, Any] | None:
    """What the engine knows of an image; None if it does not have it."""
    with explain(f"image {name} could not be looked up"):
        try:
            return engine.api.inspect_image(name)
        except Exception as error:
            if is_gone(error):
                return None
            raise


def _named(engine: Engine, name: str) -> Image:
    found = find_image(engine, name)
    if found is None:
        raise ServiceError(
            f"docker: there is no image {name}; naturalist sandbox build makes one, or docker pull {name}"
        )
    labels: dict[str, str] = found["Config"].get("Labels") or {}
    return Image(found["Id"], labels.get(PYTHON, "python3"))


def _borrowing(engine: Engine) -> Image:
    if not host.is_possible():
        raise ServiceError("docker: no image was built yet; naturalist sandbox build makes one")
    skeleton = host.make_skeleton()
    name = f"{host.NAME}:{host.tag(skeleton)}"
    if find_image(engine, name) is None:
        repository, _, tag = name.partition(":")
        with explain("the skeleton image could not be imported"):
            engine.api.import_image_from_data(skeleton, repository=repository, tag=tag)
    return Image(name, host.python(), host.borrowed())
