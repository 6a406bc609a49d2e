"""The engine that runs containers: Docker, or Podman's compatible socket. Every failure of it is a ServiceError."""

import os
import socket
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from typing import Any

from agents.errors import ServiceError

_CONNECTIONS = 64
"""Kept for the next request: as many as lanes may ask at once."""
_ANSWER_S = 60.0
_ATTACH = (
    "POST /v{version}/containers/{container}/attach?stdin=1&stdout=1&stderr=1&stream=1 HTTP/1.1\r\n"
    "Host: engine\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n"
)
_REMEDY = "start it (sudo systemctl start docker), let this user reach its socket, or set DOCKER_HOST"


class Engine:
    """A connection to the engine on this machine; safe to use from many threads."""

    def __init__(self, url: str = "", timeout_s: float = _ANSWER_S) -> None:
        self.url = url or find_engine()
        if not self.url.startswith("unix://"):
            raise ServiceError(f"docker: the engine must be on this machine (unix://...); DOCKER_HOST is {self.url}")
        with explain(f"no engine answers at {self.url}", _REMEDY):
            _knock(self.url)
            sdk: Any = import_module("docker")  # it has no types
            self.api: Any = sdk.APIClient(
                base_url=self.url, version="auto", timeout=timeout_s, max_pool_size=_CONNECTIONS
            )
            self.api.trust_env = False  # else each call walks the environment, which another thread may be changing
            self.facts: Mapping[str, Any] = self.api.info()

    @property
    def is_rootless(self) -> bool:
        """Whether root in a container is the caller outside."""
        return any("rootless" in option for option in self.facts.get("SecurityOptions") or ())

    @property
    def cpus(self) -> int:
        return int(self.facts.get("NCPU") or 1)

    def attach(self, container: str) -> socket.socket:
        """A socket to the three streams of a container; the SDK's own has no way to close one direction."""
        stream = socket.socket(socket.AF_UNIX)
        try:
            stream.settimeout(_ANSWER_S)
            stream.connect(self.url.removeprefix("unix://"))
            stream.sendall(_ATTACH.format(version=self.api.api_version, container=container).encode())
            _expect_streams(stream)
            stream.settimeout(None)
        except BaseException:
            stream.close()
            raise
        return stream

    def close(self) -> None:
        self.api.close()


def find_engine() -> str:
    """DOCKER_HOST, or else the first of the usual sockets that is there."""
    if given := os.environ.get("DOCKER_HOST"):
        return given
    found = next((path for path in _usual_sockets() if path.is_socket()), Path("/var/run/docker.sock"))
    return f"unix://{found}"


def check_engine(url: str = "") -> tuple[str, ...]:
    """Why the engine would not hold a container to its limits, a reason each; raises ServiceError if none answers."""
    engine = Engine(url)
    engine.close()
    return find_lacks(engine.facts)


def find_lacks(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """What of an engine's facts (`docker info`) does not do; rootless engines on cgroup version 1 ignore limits."""
    limits = {"MemoryLimit": "memory", "PidsLimit": "number of processes", "CpuCfsQuota": "CPU"}
    lacks = [f"it cannot limit {what}" for key, what in limits.items() if not facts.get(key)]
    if facts.get("CgroupDriver") == "none":
        lacks.append("it has no cgroups, so every limit would be ignored")
    if not any("seccomp" in option for option in facts.get("SecurityOptions") or ()):
        lacks.append("it does not filter system calls (seccomp)")
    return tuple(lacks)


@contextmanager
def explain(what: str, remedy: str = "") -> Generator[None]:
    """Turn whatever the SDK raises into a ServiceError of one line."""
    try:
        yield
    except ServiceError:
        raise
    except ImportError as error:
        raise ServiceError("docker: the Python package is missing; pip install 'docker>=7.1'") from error
    except Exception as error:
        if not _is_engines(error):
            raise
        said = "; ".join(filter(None, (f"docker: {what}: {_reason(error)}", remedy)))
        raise ServiceError(said, retryable=_is_transient(error)) from error


def is_gone(error: Exception) -> bool:
    """Whether the engine says that a container is gone, or on its way."""
    return _status(error) in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


def _knock(url: str) -> None:
    """Raise OSError if nobody listens; the SDK would leave a socket open then."""
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(_ANSWER_S)
        door.connect(url.removeprefix("unix://"))


def _expect_streams(stream: socket.socket) -> None:
    """Take in the head of the answer and not a byte more: what follows are the container's streams."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        if not (byte := stream.recv(1)):
            break
        head += byte
    status = head.split(b"\r\n")[0].decode(errors="replace")
    if " 101 " not in status and " 200 " not in status:
        raise ConnectionError(f"the container's streams were refused: {status or 'no answer'}")


def _is_engines(error: Exception) -> bool:
    return isinstance(error, OSError) or type(error).__module__.startswith(("docker", "urllib3"))


def _is_transient(error: Exception) -> bool:
    status = _status(error)
    return status is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _status(error: Exception) -> int | None:
    return getattr(getattr(error, "response", None), "status_code", None)


def _reason(error: Exception) -> str:
    text = str(getattr(error, "explanation", None) or getattr(error, "strerror", None) or error)
    if "capabilities: [[gpu]]" in text:
        return "the engine knows no GPUs; install the NVIDIA container toolkit, or set sandbox.gpus = []"
    return " ".join(text.split())[:300]


def _usual_sockets() -> Iterable[Path]:
    own = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    yield Path("/var/run/docker.sock")
    yield own / "docker.sock"
    yield Path.home() / ".docker" / "run" / "docker.sock"
    yield Path("/run/podman/podman.sock")
    yield own / "podman" / "podman.sock"
