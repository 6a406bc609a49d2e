"""Which files a command may open, kept by the kernel itself (Landlock) without root and without a namespace.

What it does not govern: to look up the name, size or times of a file, to enter a folder, to change a file's attributes
(seccomp closes these), sockets other than TCP (seccomp). What a folder allows holds for everything below it.
"""

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from errno import ENOSYS, EOPNOTSUPP, EPERM
from typing import NamedTuple

_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""Numbers of the system calls, the same on every machine."""
_ASK_VERSION = 1
_BELOW_PATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_FOLDER = 1, 2, 4, 8
_CHANGES = 0x1FF0 & ~(0x40 | 0x800)
"""Removing and making what a folder holds, device nodes excepted (bits 4 to 12)."""
_DEVICES, _REFER, TRUNCATE, IOCTL = 0x40 | 0x800, 1 << 13, 1 << 14, 1 << 15
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL
_TCP = 3
_ABSTRACT_SOCKETS_AND_SIGNALS = 3

READ = EXECUTE | READ_FILE | READ_FOLDER
CHANGE = READ | WRITE_FILE | TRUNCATE | IOCTL | _CHANGES | _REFER

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = (
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/fonts", "/etc/localtime",
    "/etc/timezone", "/etc/protocols", "/etc/services", "/etc/mime.types", "/etc/ssl/openssl.cnf", "/etc/passwd",
    "/etc/group", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
)  # fmt: skip
_MACHINE = (
    "/sys/devices/system", "/sys/kernel/mm", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg",
    "/proc/uptime", "/proc/version", "/proc/vmstat", "/proc/zoneinfo", "/proc/filesystems", "/proc/sys", "/proc/self",
)  # fmt: skip
"""Of /proc nothing that tells of other processes: their command lines may hold a password. /proc/self is the folder of
this process, so what it starts does not see its own; that has only the lists of names (see `_rules`)."""
_NODES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


class _Kernel(NamedTuple):
    """What one version of Landlock can keep."""

    files: int
    network: int
    scope: int


def find_version() -> int:
    """The version of this kernel's Landlock, 0 where there is none or we may not use it."""
    if sys.platform != "linux":
        return 0
    try:
        return _call(_CREATE, None, 0, _ASK_VERSION)
    except OSError as error:
        if error.errno in (ENOSYS, EOPNOTSUPP, EPERM):
            return 0
        raise


def restrict(readable: Iterable[str], writable: Iterable[str]) -> int:
    """Leave this process, and whatever it starts, these files and what a program needs of the system, for good.

    A device node in `writable` can be controlled as well. No file else can be opened; no TCP, no abstract socket and no
    signal gets out, as far as this kernel's version keeps that. Returns the version, 0 for none; the process must have
    no_new_privs. A path that does not exist is left out.
    """
    version = find_version()
    if version == 0:
        return 0
    kernel = _describe(version)
    ruleset = _create(kernel)
    try:
        for path, access in _rules(readable, writable):
            _allow(ruleset, path, access & kernel.files)
        _call(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _describe(version: int) -> _Kernel:
    files = READ | WRITE_FILE | _CHANGES | _DEVICES
    for since, right in ((2, _REFER), (3, TRUNCATE), (5, IOCTL)):
        files |= right if version >= since else 0
    return _Kernel(files, _TCP if version >= 4 else 0, _ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0)


def _rules(readable: Iterable[str], writable: Iterable[str]) -> Iterator[tuple[str, int]]:
    for path in (*_SYSTEM, *_SETTINGS, *_MACHINE, sys.prefix, sys.base_prefix, *readable):
        yield path, READ
    yield "/proc", READ_FOLDER
    for path in (*_NODES, *writable):
        yield path, CHANGE


def _create(kernel: _Kernel) -> int:
    import ctypes

    attributes = (ctypes.c_uint64 * 3)(*kernel)  # an older kernel takes the longer form if what it lacks is zero
    return _call(_CREATE, attributes, ctypes.sizeof(attributes), 0)


def _allow(ruleset: int, path: str, access: int) -> None:
    import ctypes
    import struct

    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            access &= _OF_FILES
        _call(_ADD, ruleset, _BELOW_PATH, ctypes.c_char_p(struct.pack("=Qi", access, place)), 0)
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    import ctypes

    c = ctypes.CDLL(None, use_errno=True)
    answer = c.syscall(ctypes.c_long(number), *(_widen(argument) for argument in arguments))
    if answer < 0:
        problem = ctypes.get_errno()
        raise OSError(problem, f"the kernel refused a Landlock rule: {os.strerror(problem)}")
    return answer


def _widen(argument: object) -> object:
    """Registers hold 64 bits; what is shorter would leave noise in the upper half."""
    import ctypes

    return ctypes.c_long(argument) if isinstance(argument, int) else argument
