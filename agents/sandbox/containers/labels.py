"""Labels that say whose a container is, and the removal of those whose driver died or that are long over their time."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from agents.sandbox.containers.engine import Engine, explain
from agents.sandbox.containers.wire import remove_container
from agents.sandbox.strays import Marker, is_alive, parse_marker

DRIVER, WORKDIR, EXPIRES, ORIGIN = (f"naturalist.{name}" for name in ("driver", "workdir", "expires", "origin"))
_SLACK_S = 3600.0


def make_labels(marker: Marker, wall_s: float) -> dict[str, str]:
    """Labels for the container of one command."""
    return {
        DRIVER: str(marker),
        WORKDIR: str(marker.workdir),
        EXPIRES: f"{time.time() + wall_s + _SLACK_S:.0f}",
        ORIGIN: _origin(),
    }


def sweep(engine: Engine) -> int:
    """Remove containers that this user's drivers left behind; returns how many. Nobody else's are touched."""
    with explain("its containers could not be listed"):
        found = engine.api.containers(all=True, filters={"label": [f"{ORIGIN}={_origin()}"]})
    left = [each["Id"] for each in found if _is_left(each["Labels"])]
    for container in left:
        remove_container(engine, container)
    return len(left)


def _is_left(labels: Mapping[str, str]) -> bool:
    marker = parse_marker(labels.get(DRIVER, ""))
    return marker is not None and (float(labels.get(EXPIRES, "inf")) < time.time() or not is_alive(marker))


def _origin() -> str:
    """The user, and where process ids mean something: in one start of one machine, or of a container on it."""
    try:
        space = f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        space = f"{psutil.boot_time():.0f}"
    return json.dumps([os.getuid(), space])
