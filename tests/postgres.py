"""A PostgreSQL server of Debian's package for tests: a cluster of its own in a temporary folder, gone afterwards."""

import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest

_PROGRAMS = Path("/usr/lib/postgresql")
_CONFIG = "listen_addresses = '127.0.0.1'\nfsync = off\nmax_connections = 200\nshared_buffers = 64MB\n"


class Server(NamedTuple):
    """A running server; it trusts whoever reaches it on loopback or by its socket."""

    programs: Path
    folder: Path
    port: int
    user: str

    def make_database(self) -> str:
        """Create an empty database and return its URL."""
        name = f"t{uuid4().hex[:12]}"
        self.run("createdb", "-h", str(self.folder), "-p", str(self.port), name)
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{name}"

    def control(self, action: str, *more: str) -> None:
        """Start, stop or restart the server, and wait until that is done."""
        log = str(self.folder / "server.log")
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-l", log, "-w", "-t", "60", *more, action)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the server's user: it refuses to work for root."""
        subprocess.run(
            [str(self.programs / program), *arguments], user=self.user, group=_group(self.user), extra_groups=(),
            cwd=self.folder, env={"PATH": os.defpath, "LC_ALL": "C"}, check=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, timeout=90,
        )  # fmt: skip


@contextmanager
def running_server() -> Generator[Server]:
    """A fresh server, with its cluster in memory's temporary folder."""
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="naturalist-pg-"))
    shutil.chown(folder, user)
    server = Server(_newest(), folder, _free_port(), user)
    try:
        server.run("initdb", "-D", str(folder / "data"), "-A", "trust", "-N", "-E", "UTF8", "--no-instructions")
        place = f"port = {server.port}\nunix_socket_directories = '{folder}'\n"
        with (folder / "data" / "postgresql.conf").open("a") as config:
            config.write(place + _CONFIG)
        server.control("start")
        yield server
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            server.control("stop", "-m", "immediate")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server of a test session; without PostgreSQL its tests are skipped, unless REQUIRE_POSTGRES is set."""
    if reason := lacking():
        if os.environ.get("REQUIRE_POSTGRES"):
            pytest.fail(f"REQUIRE_POSTGRES is set, but {reason}")
        pytest.skip(reason)
    with running_server() as server:
        yield server


def lacking() -> str:
    """Why no server can be started here, "" if one can."""
    if not any(_PROGRAMS.glob("*/bin/initdb")):
        return "PostgreSQL is not installed; on Debian: apt-get install postgresql"
    if os.geteuid() == 0 and not any(entry.pw_name == "postgres" for entry in pwd.getpwall()):
        return "PostgreSQL does not run as root, and there is no user postgres"
    if find_spec("psycopg") is None:
        return "psycopg is not installed: pip install -e .[postgres]"
    return ""


def _newest() -> Path:
    found = _PROGRAMS.glob("*/bin/initdb")
    return max(found, key=lambda path: int(path.parents[1].name)).parent


def _group(user: str) -> int:
    return pwd.getpwnam(user).pw_gid


def _free_port() -> int:
    """One that no connection takes by chance while the server is stopped: systems give those from 32768 on."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
