"""How the container of one command is put together: its walls, its limits, what it sees, what runs first in it."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.sandbox import inside
from agents.sandbox.borrowed import ROOM_USER
from agents.sandbox.breach import MOST_TASKS
from agents.sandbox.containers.engine import Engine
from agents.sandbox.containers.image import Image
from agents.sandbox.containers.request import SCRATCH, list_gpus
from agents.sandbox.inside.launcher import Request
from agents.sandbox.inside.seccomp import docker_profile
from agents.sandbox.supervised import MB
from agents.schema import Command, Limits

OPEN_FILES = 1024
_ROOT = "/opt/naturalist"
_START = (
    f"import sys; sys.path.insert(0, {_ROOT!r}); "
    "from agents.sandbox.inside.contained import supervise_contained; supervise_contained(sys.argv[1])"
)


def describe_container(
    engine: Engine, image: Image, command: Command, request: Request, labels: dict[str, str]
) -> dict[str, Any]:
    """Arguments of the SDK's create_container."""
    host_config = {
        **_walls(),
        **_limits(engine, request, command.limits),
        "mounts": _mounts(image, Path(request["cwd"]), command.readable),
        "device_requests": _gpus(command.env),
    }
    return {
        "image": image.id,
        "entrypoint": [image.python, "-I", "-S", "-c", _START],
        "command": [json.dumps(request)],
        "environment": {"PYTHONDONTWRITEBYTECODE": "1"},
        "user": choose_user(is_rootless=engine.is_rootless),
        "working_dir": "/",
        "hostname": "sandbox",
        "labels": labels,
        "stdin_open": True,
        "host_config": engine.api.create_host_config(**host_config),
    }


def choose_user(*, is_rootless: bool) -> str:
    """Nobody when the driver is root, else the caller; in a rootless engine the caller is called root."""
    if is_rootless:
        return "0:0"
    return f"{ROOM_USER}:{ROOM_USER}" if os.geteuid() == 0 else f"{os.geteuid()}:{os.getegid()}"


def _walls() -> dict[str, Any]:
    return {
        "network_mode": "none",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true", f"seccomp={json.dumps(docker_profile())}"],
        "ipc_mode": "private",
        "log_config": {"Type": "none", "Config": {}},
    }


def _limits(engine: Engine, request: Request, limits: Limits) -> dict[str, Any]:
    """No RLIMIT_NPROC: it counts all that a user runs, and every container of a root driver has the same user."""
    threads = request["env"].get("OMP_NUM_THREADS", "")
    cpus = min(max(1, int(threads) if threads.isdigit() else 1), engine.cpus)
    return {
        "mem_limit": limits.memory_mb * MB,
        "memswap_limit": limits.memory_mb * MB,
        "pids_limit": MOST_TASKS,
        "nano_cpus": cpus * 10**9,
        "shm_size": limits.memory_mb * MB,
        "tmpfs": {str(SCRATCH): f"rw,exec,nosuid,nodev,mode=1777,size={limits.disk_mb}m"},
        "ulimits": [_ulimit("nofile", OPEN_FILES), _ulimit("core", 0), _ulimit("fsize", request["file_bytes"])],
    }


def _ulimit(name: str, value: int) -> dict[str, Any]:
    return {"Name": name, "Soft": value, "Hard": value}


def _mounts(image: Image, workdir: Path, readable: Sequence[Path]) -> list[dict[str, Any]]:
    shown = dict.fromkeys((*image.borrowed, *(path.absolute() for path in readable)))
    return [
        _mount(Path(str(inside.__file__)).parent, f"{_ROOT}/agents/sandbox/inside"),
        *(_mount(path, str(path)) for path in shown if path != workdir),
        {**_mount(workdir, str(workdir)), "ReadOnly": False},
    ]


def _mount(source: Path, target: str) -> dict[str, Any]:
    return {"Type": "bind", "Source": str(source), "Target": target, "ReadOnly": True}


def _gpus(environment: dict[str, str]) -> list[dict[str, Any]]:
    ids = list_gpus(environment)
    return [{"DeviceIDs": ids, "Capabilities": [["gpu"]]}] if ids else []
