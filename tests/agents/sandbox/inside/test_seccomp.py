import os
import re
import struct
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sandbox.inside.calls import NUMBERS
from agents.sandbox.inside.seccomp import Level, cover_others, docker_profile, find_obstacle, program
from tests.agents.sandbox.inside.fenced import NOBODY, USERS, run_child

ALLOW, FAIL, EPERM, ENOSYS, ENOTSUP = 0x7FFF0000, 0x00050000, 1, 38, 95
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
HEADERS = (Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), Path("/usr/include/asm-generic/unistd.h"))
ON_LINUX = pytest.mark.skipif(find_obstacle() != "", reason=find_obstacle())
NEWUSER, NEWNET, THREAD = 0x10000000, 0x40000000, 0x3D0F00
LEVELS = pytest.mark.parametrize("level", ["room", "process"])
MACHINES = pytest.mark.parametrize("machine", ["x86_64", "aarch64"])


class Call(NamedTuple):
    number: int
    arguments: tuple[int, ...] = ()
    audit: int = AUDIT["x86_64"]


def ask(text: bytes, call: Call) -> int:
    """What the kernel would answer: an interpreter of the few instructions that filters are made of."""
    arguments = (*call.arguments, *[0] * (6 - len(call.arguments)))
    data = struct.pack("<iIQ6Q", call.number, call.audit, 0, *arguments)
    code = list(struct.iter_unpack("=HBBI", text))
    place = held = 0
    while True:
        kind, if_true, if_false, operand = code[place]
        place += 1
        match kind:
            case 0x20:
                held = struct.unpack_from("<I", data, operand)[0]
            case 0x54:
                held &= operand
            case 0x15:
                place += if_true if held == operand else if_false
            case 0x35:
                place += if_true if held >= operand else if_false
            case 0x06:
                return operand
            case _:
                raise AssertionError(f"unknown instruction {kind:#x}")


def answer(level: Level, name: str, *arguments: int, machine: str = "x86_64") -> int | None:
    """The error that a call gets, None if it is allowed."""
    number = NUMBERS[name][machine == "aarch64"]
    assert number is not None
    said = ask(program(level, machine), Call(number, arguments, AUDIT[machine]))
    return None if said == ALLOW else said - FAIL


@pytest.mark.parametrize("column", [0, 1])
@pytest.mark.skipif(not all(path.exists() for path in HEADERS), reason="the kernel's headers are not installed here")
def test_numbers_are_those_of_the_kernels_headers(column: int) -> None:
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", HEADERS[column].read_text())
    known = {name: int(number) for name, number in found}
    assert len(known) > 250
    ours = {name: numbers[column] for name, numbers in NUMBERS.items()}
    newest = max(known.values())
    differing = {name: (number, known.get(name)) for name, number in ours.items() if known.get(name) != number}
    assert all(number is not None and number > newest and theirs is None for number, theirs in differing.values())


@MACHINES
@LEVELS
@pytest.mark.parametrize("name", ["unshare", "setns", "mount", "ptrace", "bpf", "keyctl", "kexec_load", "pidfd_getfd"])
def test_what_leads_out_is_refused(level: Level, machine: str, name: str) -> None:
    assert answer(level, name, machine=machine) == EPERM


@MACHINES
@LEVELS
def test_new_namespaces_are_refused_and_threads_are_not(level: Level, machine: str) -> None:
    assert answer(level, "clone", NEWUSER | 17, machine=machine) == EPERM
    assert answer(level, "clone", NEWNET | THREAD, machine=machine) == EPERM
    assert answer(level, "clone", 17, machine=machine) is None
    assert answer(level, "clone", THREAD, machine=machine) is None
    assert answer(level, "clone3", machine=machine) == ENOSYS


@pytest.mark.parametrize("family", [1, 2, 10, 16])
def test_a_room_has_plain_sockets(family: int) -> None:
    assert answer("room", "socket", family, 1 | 0o2000000) is None
    assert answer("process", "socket", family, 1) == EPERM


@pytest.mark.parametrize("family", [0, 3, 9, 15, 17, 31, 38, 40, 44, 1 << 31])
def test_other_families_of_sockets_are_refused(family: int) -> None:
    assert answer("room", "socket", family, 1) == EPERM


def test_packets_made_by_hand_are_refused() -> None:
    assert answer("room", "socket", 2, 3 | 0o2000000) == EPERM
    assert answer("room", "socket", 10, 3) == EPERM
    assert answer("room", "socket", 16, 3) is None  # the C library lists network interfaces by it


def test_the_upper_half_of_a_number_hides_nothing() -> None:
    """The kernel looks at the lower 32 bits of such arguments; a filter that compared all 64 was passed by."""
    assert answer("room", "socket", (7 << 32) | 40, 1) == EPERM
    assert answer("room", "ioctl", 0, (1 << 32) | 0x5412) == EPERM
    assert answer("room", "clone", (1 << 32) | NEWUSER) == EPERM


def test_typing_into_a_terminal_is_refused() -> None:
    assert answer("room", "ioctl", 0, 0x5412) == EPERM
    assert answer("room", "ioctl", 0, 0x541C) == EPERM
    assert answer("room", "ioctl", 0, 0x5401) is None


@pytest.mark.parametrize(("value", "error"), [(0, None), (0xFFFFFFFF, None), (0x40000, EPERM), (0x400000, EPERM)])
def test_only_harmless_personalities_are_taken(value: int, error: int | None) -> None:
    assert answer("room", "personality", value) == error


def test_attributes_of_files_seem_to_change() -> None:
    assert answer("process", "fchmodat", 0, 1, 0o777) == 0
    assert answer("process", "fchmodat2", 0, 1, 0o777) == 0
    assert answer("process", "chown", 1, 0, 0) == 0
    assert answer("process", "setxattr", 1) == ENOTSUP
    assert answer("room", "fchmodat", 0, 1, 0o777) is None


def test_times_seem_to_change_but_a_path_is_not_touched() -> None:
    path, times = 0x7FFF_0000_0000, 1 << 32  # lower halves are zero: both halves of a pointer count
    assert answer("process", "utimensat", 0, path, times) == 0
    assert answer("process", "utimensat", 3, 0, 0) == 0
    assert answer("process", "utimensat", 0, path, 0) == EPERM


def test_a_pair_of_sockets_is_a_pipe_only() -> None:
    assert answer("process", "socketpair", 1, 1 | 0o2000000) is None
    assert answer("process", "socketpair", 1, 5) is None
    assert answer("process", "socketpair", 1, 2) == EPERM
    assert answer("process", "socketpair", 2, 1) == EPERM
    assert answer("process", "sendto", 3, 1, 1, 0, 0, 0) is None
    assert answer("process", "sendto", 3, 1, 1, 0, 1 << 40, 0) == EPERM


def test_others_keep_their_limits_cores_and_priorities() -> None:
    assert answer("process", "prlimit64", 0, 1, 1) is None
    assert answer("process", "prlimit64", 5, 1, 0) is None
    assert answer("process", "prlimit64", 5, 1, 1 << 40) == EPERM
    assert answer("process", "sched_setaffinity", 5) == 0
    assert answer("process", "sched_setaffinity", 0) is None
    assert answer("process", "setpriority", 0, 0, 5) is None
    assert answer("process", "setpriority", 0, 7, 5) == EPERM
    assert answer("process", "setpriority", 2, 0, 5) == EPERM


@MACHINES
@LEVELS
def test_what_torch_needs_is_allowed(level: Level, machine: str) -> None:
    numbers = {"x86_64": (0, 1, 9, 59, 319, 202), "aarch64": (63, 64, 222, 221, 279, 98)}[machine]
    for number in numbers:  # read, write, mmap, execve, memfd_create, futex
        assert ask(program(level, machine), Call(number, audit=AUDIT[machine])) == ALLOW


def test_calls_in_the_way_of_another_machine_do_not_exist() -> None:
    text = program("room", "x86_64")
    assert ask(text, Call(20, audit=0x40000003)) == FAIL | ENOSYS
    assert ask(text, Call(0x40000000 | 39)) == FAIL | ENOSYS


@given(st.sets(st.integers(0, 2**32 - 1), max_size=5), st.integers(0, 2**32 - 1))
def test_cover_fits_all_numbers_but_those(values: set[int], number: int) -> None:
    pairs = list(cover_others(tuple(values), 0xFFFFFFFF))
    for tried in (number, *values):
        assert any(tried & mask == value for mask, value in pairs) == (tried not in values)


def fits(condition: dict[str, Any], arguments: tuple[int, ...]) -> bool:
    assert condition["op"] == "SCMP_CMP_MASKED_EQ"
    index, mask, value = (int(condition[name]) for name in ("index", "value", "valueTwo"))
    return arguments[index] & mask == value


def engine_answer(name: str, arguments: tuple[int, ...]) -> int | None:
    entries: list[dict[str, Any]] = docker_profile()["syscalls"]
    for entry in entries:
        if name in entry["names"] and all(fits(each, arguments) for each in entry.get("args", ())):
            assert entry["action"] == "SCMP_ACT_ERRNO"
            return int(entry["errnoRet"])
    return None


@given(
    st.sampled_from(sorted(NUMBERS)),
    st.lists(
        st.sampled_from([0, 1, 2, 3, 8, 10, 16, 40, 0x5412, 0x20000, NEWUSER, 0xFFFFFFFF]), min_size=6, max_size=6
    ),
)
def test_an_engine_is_told_the_same_as_the_kernel(name: str, arguments: list[int]) -> None:
    assert engine_answer(name, tuple(arguments)) == answer("room", name, *arguments)


def test_no_entry_of_an_engine_compares_an_argument_twice() -> None:
    """runc takes two conditions on one argument as alternatives, which is not what they mean."""
    for entry in docker_profile()["syscalls"]:
        indexes = [condition["index"] for condition in entry.get("args", ())]
        assert len(indexes) == len(set(indexes))


def load_then(level: Level, user: int | None, code: str) -> list[str]:
    begin = "from agents.sandbox.inside import processes, seccomp\nprocesses.prctl(38, 1)\n"
    return run_child(f"import socket, subprocess, threading\n{begin}seccomp.load({level!r})\n{code}", user)


@ON_LINUX
@LEVELS
@pytest.mark.parametrize("user", USERS)
def test_the_kernel_takes_the_filter_and_keeps_it(level: Level, user: int | None) -> None:
    numbers = [
        NUMBERS[name][os.uname().machine == "aarch64"] for name in ("unshare", "keyctl", "io_uring_setup", "bpf")
    ]
    code = f"""
for number in {numbers}: print(attempt(lambda: call(number, 0x10000000, 0, 0)))
print(subprocess.run([sys.executable, '-I', '-S', '-c', 'print(1)'], capture_output=True).stdout)
thread = threading.Thread(target=print, args=('thread',)); thread.start(); thread.join()
"""
    assert load_then(level, user, code) == ["EPERM", "EPERM", "ENOSYS", "EPERM", "b'1\\n'", "thread"]


@ON_LINUX
@pytest.mark.parametrize("user", USERS)
def test_a_room_reaches_its_loopback_and_no_other_kind_of_socket(user: int | None) -> None:
    code = """
print(attempt(lambda: socket.create_server(('127.0.0.1', 0)).close()))
for family in (socket.AF_VSOCK, socket.AF_PACKET, socket.AF_ALG): print(attempt(lambda: socket.socket(family, 2)))
"""
    assert load_then("room", user, code) == ["done", "EPERM", "EPERM", "EPERM"]


@ON_LINUX
@pytest.mark.parametrize("user", USERS)
def test_a_process_has_no_sockets_but_pairs(user: int | None) -> None:
    code = """
for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_NETLINK): print(attempt(lambda: socket.socket(family, 2)))
print(attempt(lambda: socket.socketpair()), attempt(lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)))
"""
    assert load_then("process", user, code) == ["EPERM", "EPERM", "EPERM", "done EPERM"]


@ON_LINUX
@pytest.mark.skipif(os.geteuid() != 0, reason="root may filter itself without it; here an ordinary user is wanted")
def test_without_no_new_privileges_it_is_an_error() -> None:
    code = "from agents.sandbox.inside import seccomp\nprint(attempt(lambda: seccomp.load('room')))"
    assert run_child(code, NOBODY) == ["EACCES"]


def test_the_module_needs_nothing_but_the_standard_library() -> None:
    code = "import agents.sandbox.inside.seccomp\nprint([n for n in sys.modules if n in ('ctypes', 'json', 'pathlib')])"
    assert run_child(code) == ["[]"]


@pytest.mark.skipif(sys.platform == "linux", reason="this is for other systems")
def test_elsewhere_there_is_a_reason() -> None:
    assert "Linux" in find_obstacle()
