"""What of the host a program might reach: TCP, UDP, sockets by path and by abstract name, a terminal."""

import os
import pty
import select
import socket
import tty
from contextlib import suppress
from pathlib import Path

import psutil


class Doors:
    """Opened on every address of this machine; `damage` tells which of them somebody came through."""

    def __init__(self, folder: Path, token: str) -> None:
        self.unix, self.docker, self.abstract = str(folder / "socket"), str(folder / "docker.sock"), f"abuse-{token}"
        self._streams = {
            "TCP": _listener(socket.AF_INET, ("0.0.0.0", 0)),
            "unix socket": _listener(socket.AF_UNIX, self.unix),
            "docker.sock": _listener(socket.AF_UNIX, self.docker),
            "abstract socket": _listener(socket.AF_UNIX, f"\0{self.abstract}"),
        }
        self._datagrams = {name: _datagram() for name in ("UDP", "DNS")}
        for path in (self.unix, self.docker):
            Path(path).chmod(0o777)
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.terminal = os.ttyname(self._slave)
        with suppress(OSError):
            Path(self.terminal).chmod(0o666)

    @property
    def facts(self) -> dict[str, object]:
        return {
            "addresses": _addresses(),
            "tcp_port": self._streams["TCP"].getsockname()[1],
            "udp_port": self._datagrams["UDP"].getsockname()[1],
            "dns_port": self._datagrams["DNS"].getsockname()[1],
            "unix": self.unix,
            "abstract": self.abstract,
            "docker": self.docker,
            "terminal": self.terminal,
        }

    def damage(self) -> list[str]:
        entered = [name for name, door in (self._streams | self._datagrams).items() if _is_ready(door.fileno())]
        ends = {"written to": self._master, "typed into": self._slave}
        typed = [f"the terminal was {what}" for what, end in ends.items() if _is_ready(end)]
        return [f"{name} of the host was reached" for name in entered] + typed

    def close(self) -> None:
        for door in (*self._streams.values(), *self._datagrams.values()):
            door.close()
        os.close(self._master)
        os.close(self._slave)


def _listener(family: socket.AddressFamily, address: str | tuple[str, int]) -> socket.socket:
    door = socket.socket(family, socket.SOCK_STREAM)
    door.bind(address)
    door.listen(8)
    return door


def _datagram() -> socket.socket:
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind(("0.0.0.0", 0))
    return door


def _is_ready(descriptor: int) -> bool:
    return descriptor in select.select([descriptor], [], [], 0)[0]


def _addresses() -> list[str]:
    found = [one.address for many in psutil.net_if_addrs().values() for one in many if one.family == socket.AF_INET]
    return sorted({"127.0.0.1", *found})
