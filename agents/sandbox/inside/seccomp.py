"""Which system calls a command may not make, and the kernel's filter (seccomp) that sees to it.

One table serves three: the filter of a room (`room`: namespaces keep files and network away already), that of a command
without one (`process`: no sockets, no attributes of files), and the profile that a container engine is given.
"""

import os
import sys
from collections.abc import Iterator
from errno import EINVAL, ENOSYS, ENOTSUP, EPERM
from typing import Any, Literal, NamedTuple

from agents.sandbox.inside.bpf import Rule, Test, assemble
from agents.sandbox.inside.calls import NUMBERS

Level = Literal["room", "process"]
DONE = 0
"""Instead of an error: the call does nothing and reports success, where programs do not expect it to fail."""


class Unsupported(OSError):
    """This kernel or machine has no such filter, or we have none for it."""


class Denial(NamedTuple):
    """Calls that fail with `error`, all of them or those whose arguments meet all `tests`."""

    calls: tuple[str, ...]
    error: int = EPERM
    tests: tuple[Test, ...] = ()


class _Machine(NamedTuple):
    audit: int
    """AUDIT_ARCH_*: how the kernel names the way in which a call was made."""
    column: int
    has_x32: bool
    docker: str


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 0, True, "SCMP_ARCH_X86_64"),
    "aarch64": _Machine(0xC00000B7, 1, False, "SCMP_ARCH_AARCH64"),
}

_SET_FILTER = (22, 2)
"""PR_SET_SECCOMP, SECCOMP_MODE_FILTER."""
_NEW_NAMESPACES = 0x7E020000
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16
_STREAM, _RAW, _SEQPACKET, _KIND = 1, 3, 5, 0xF
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_SET_FLAGS, _SET_FLAGS_X = 0x40086602, 0x401C5820
_PERSONALITIES = (0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)
"""Plain Linux, as 32-bit or with an old version's name, and the question what it is."""
_ALL_OF_USER = (2, 3)
"""PRIO_USER of setpriority, IOPRIO_WHO_USER of ioprio_set."""

_ROOM = (
    # Namespaces and mounts. The C library falls back from clone3, whose flags a filter cannot see, to clone.
    Denial(("unshare", "setns")),
    Denial(("clone",), EPERM, (Test(0, "not among", (0,), _NEW_NAMESPACES),)),
    Denial(("clone3",), ENOSYS),
    Denial(("mount", "umount2", "move_mount", "open_tree", "open_tree_attr", "fsopen", "fsconfig", "fsmount")),
    Denial(("fspick", "mount_setattr", "pivot_root", "chroot")),
    # Other processes.
    Denial(("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "pidfd_getfd")),
    Denial(("kcmp", "migrate_pages")),
    Denial(("move_pages",), EPERM, (Test(0, "not among", (0,)),)),
    # Parts of the kernel where most of its holes were found, and files by number instead of path.
    Denial(("bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "lookup_dcookie")),
    Denial(("io_uring_setup", "io_uring_enter", "io_uring_register"), ENOSYS),
    Denial(("open_by_handle_at", "name_to_handle_at", "fanotify_init", "fanotify_mark")),
    Denial(("modify_ldt", "iopl", "ioperm")),
    Denial(("nfsservctl", "uselib", "ustat", "sysfs", "_sysctl"), ENOSYS),
    # The machine: its kernel, clock, name, swap, quotas, terminals.
    Denial(("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot")),
    Denial(("create_module", "get_kernel_syms", "query_module"), ENOSYS),
    Denial(("swapon", "swapoff", "acct", "syslog", "vhangup", "sethostname", "setdomainname")),
    Denial(("quotactl", "quotactl_fd")),
    Denial(("clock_settime", "settimeofday", "adjtimex", "clock_adjtime")),
    Denial(("personality",), EPERM, (Test(0, "not among", _PERSONALITIES),)),
    Denial(("ioctl",), EPERM, (Test(1, "among", (_TIOCSTI, _TIOCLINUX)),)),
    # Sockets that no network namespace or mount keeps away, and packets made by hand.
    Denial(("socket",), EPERM, (Test(0, "not among", (_UNIX, _INET, _INET6, _NETLINK)),)),
    Denial(("socket",), EPERM, (Test(0, "among", (_INET, _INET6)), Test(1, "among", (_RAW,), _KIND))),
)  # fmt: skip

_PROCESS = (
    *_ROOM,
    # Sockets. A pair is a pipe with two ends, unless each datagram can be sent elsewhere.
    Denial(("socket", "connect", "bind", "listen", "accept", "accept4")),
    Denial(("socketpair",), EPERM, (Test(0, "not among", (_UNIX,)),)),
    Denial(("socketpair",), EPERM, (Test(1, "not among", (_STREAM, _SEQPACKET), _KIND),)),
    Denial(("sendto",), EPERM, (Test(4, "not among", (0,), is_pointer=True),)),
    # Attributes of files, of which Landlock knows nothing. Copying a file sets them and must not fail for that;
    # Python's touch makes a file only after setting the time of a path to now has failed.
    Denial(("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat"), DONE),
    Denial(
        ("utimensat",),
        EPERM,
        (Test(1, "not among", (0,), is_pointer=True), Test(2, "among", (0,), is_pointer=True)),
    ),
    Denial(("utime", "utimes"), EPERM, (Test(1, "among", (0,), is_pointer=True),)),
    Denial(("futimesat",), EPERM, (Test(2, "among", (0,), is_pointer=True),)),
    Denial(("utimensat", "utime", "utimes", "futimesat"), DONE),
    Denial(("setxattr", "lsetxattr", "fsetxattr", "setxattrat", "file_setattr"), ENOTSUP),
    Denial(("removexattr", "lremovexattr", "fremovexattr", "removexattrat"), ENOTSUP),
    Denial(("ioctl",), ENOTSUP, (Test(1, "among", (_SET_FLAGS, _SET_FLAGS_X)),)),
    Denial(("inotify_init", "inotify_init1", "inotify_add_watch")),
    # The user's other processes: their limits, cores and priorities. Threads are pinned by number as well: in vain.
    Denial(("prlimit64",), EPERM, (Test(0, "not among", (0,)), Test(2, "not among", (0,), is_pointer=True))),
    Denial(("sched_setaffinity",), DONE, (Test(0, "not among", (0,)),)),
    Denial(("sched_setscheduler", "sched_setparam", "sched_setattr"), EPERM, (Test(0, "not among", (0,)),)),
    Denial(("setpriority", "ioprio_set"), EPERM, (Test(1, "not among", (0,)),)),
    Denial(("setpriority", "ioprio_set"), EPERM, (Test(0, "among", _ALL_OF_USER),)),
    # Memory and queues that have no path and outlive who made them.
    Denial(("msgget", "msgsnd", "msgrcv", "msgctl", "semget", "semop", "semtimedop", "semctl")),
    Denial(("shmget", "shmat", "shmctl", "mq_open", "mq_unlink")),
)

_DENIALS = {"room": _ROOM, "process": _PROCESS}


def load(level: Level) -> None:
    """Put this process, and whatever it starts, under the filter for good; it must have no_new_privs.

    Raises Unsupported where there is no such filter, OSError when the kernel refuses this one.
    """
    if reason := find_obstacle():
        raise Unsupported(ENOSYS, reason)
    _install(program(level, os.uname().machine))


def find_obstacle() -> str:
    """Why there can be no filter here; empty where there can."""
    if sys.platform != "linux":
        return "only Linux can filter system calls"
    if os.uname().machine not in _MACHINES:
        return f"no system call filter for {os.uname().machine}; there is one for {' and '.join(_MACHINES)}"
    return "" if _is_known_to_kernel() else "this kernel has no system call filter (CONFIG_SECCOMP_FILTER)"


def program(level: Level, machine: str) -> bytes:
    """The filter of a level for "x86_64" or "aarch64", in the kernel's form."""
    chosen = _MACHINES[machine]
    return assemble(chosen.audit, chosen.has_x32, _rules(level, chosen.column))


def docker_profile() -> dict[str, Any]:
    """The room's filter as a container engine takes it (JSON it, then security_opt `seccomp=...`)."""
    machines = [_docker_machine(machine) for machine in _MACHINES.values()]
    entries = [entry for denial in _ROOM for entry in _docker_entries(denial)]
    return {"defaultAction": "SCMP_ACT_ALLOW", "archMap": machines, "syscalls": entries}


def _rules(level: Level, column: int) -> Iterator[Rule]:
    for denial in _DENIALS[level]:
        for name in denial.calls:
            if (number := NUMBERS[name][column]) is not None:
                yield Rule(number, denial.error, denial.tests)


def _is_known_to_kernel() -> bool:
    import ctypes

    c = ctypes.CDLL(None, use_errno=True)
    c.prctl(*_SET_FILTER, None)  # it never succeeds: a kernel that knows filters complains of the address
    return ctypes.get_errno() not in (EINVAL, ENOSYS)


def _install(text: bytes) -> None:
    import ctypes

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]

    c = ctypes.CDLL(None, use_errno=True)
    if c.prctl(*_SET_FILTER, ctypes.byref(Program(len(text) // 8, text))):
        number = ctypes.get_errno()
        raise OSError(number, f"the kernel refused the system call filter: {os.strerror(number)}")


def _docker_machine(machine: _Machine) -> dict[str, Any]:
    return {"architecture": machine.docker, "subArchitectures": []}


def _docker_entries(denial: Denial) -> Iterator[dict[str, Any]]:
    """One entry for each way in which the tests can hold: an engine compares an argument once in an entry."""
    ways: list[list[dict[str, Any]]] = [[]]
    for test in denial.tests:
        ways = [[*way, condition] for way in ways for condition in _docker_conditions(test)]
    for way in ways:
        error = {"action": "SCMP_ACT_ERRNO", "errnoRet": denial.error}
        yield {"names": list(denial.calls), **error, **({"args": way} if way else {})}


def _docker_conditions(test: Test) -> list[dict[str, Any]]:
    masked = [(test.mask, value) for value in test.values]
    if test.relation == "not among":
        masked = list(cover_others(test.values, test.mask))
    return [
        {"index": test.argument, "value": mask, "valueTwo": value, "op": "SCMP_CMP_MASKED_EQ"} for mask, value in masked
    ]


def cover_others(values: tuple[int, ...], mask: int) -> Iterator[tuple[int, int]]:
    """Pairs (mask, value) one of which fits each number but `values`, looking at the bits of `mask` only."""
    yield from _cover(values, 0, 0, [1 << bit for bit in reversed(range(mask.bit_length())) if mask >> bit & 1])


def _cover(values: tuple[int, ...], seen: int, value: int, bits: list[int]) -> Iterator[tuple[int, int]]:
    if not values:
        yield seen, value
    elif bits:
        first, *rest = bits
        yield from _cover(tuple(v for v in values if not v & first), seen | first, value, rest)
        yield from _cover(tuple(v for v in values if v & first), seen | first, value | first, rest)
