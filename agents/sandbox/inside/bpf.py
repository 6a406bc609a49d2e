"""A small assembler for the filter programs that Linux runs at every system call (classic BPF, see seccomp(2)).

A program here is a list of rules, tried in order; a call that none of them matches is allowed.
"""

import struct
from collections.abc import Iterable
from typing import Literal, NamedTuple

ALLOW, FAIL = 0x7FFF0000, 0x00050000
"""What a filter answers: SECCOMP_RET_ALLOW, and SECCOMP_RET_ERRNO to which the number of the error is added."""
_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_IF_EQUAL, _IF_AT_LEAST = 0x15, 0x35
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16
"""Places in struct seccomp_data."""
_X32_CALLS = 0x40000000
_NO_SUCH_CALL = 38

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, operand."""


class Test(NamedTuple):
    """What must hold of one argument: its lower half, or all of it where `is_pointer`, after `mask`.

    "among" and "not among" compare with `values`; the upper half of a number is noise that the kernel ignores too.
    """

    argument: int
    relation: Literal["among", "not among"]
    values: tuple[int, ...]
    mask: int = 0xFFFFFFFF
    is_pointer: bool = False


class Rule(NamedTuple):
    """A call fails with `error` (0: it does nothing and succeeds) when all `tests` hold."""

    number: int
    error: int
    tests: tuple[Test, ...] = ()


def assemble(machine: int, has_x32: bool, rules: Iterable[Rule]) -> bytes:
    """The program as the kernel reads it. Calls made in the way of another machine (32-bit, x32) do not exist."""
    program: list[Instruction] = [(_LOAD, 0, 0, _MACHINE_AT), (_IF_EQUAL, 1, 0, machine), _fail(_NO_SUCH_CALL)]
    program.append((_LOAD, 0, 0, _NUMBER_AT))
    if has_x32:
        program += [(_IF_AT_LEAST, 0, 1, _X32_CALLS), _fail(_NO_SUCH_CALL)]
    for rule in rules:
        program += _compile(rule)
    program.append((_RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _compile(rule: Rule) -> list[Instruction]:
    if not rule.tests:
        return [(_IF_EQUAL, 0, 1, rule.number), _fail(rule.error)]
    body: list[Instruction] = [_fail(rule.error)]
    for test in reversed(rule.tests):  # backwards: how far a failed test jumps is known then
        body = _compile_test(test, len(body)) + body
    body.append((_LOAD, 0, 0, _NUMBER_AT))
    return [(_IF_EQUAL, 0, len(body), rule.number), *body]


def _compile_test(test: Test, rest: int) -> list[Instruction]:
    """Instructions that run on into the `rest` ones after them if the test holds, and jump over these if not."""
    at = _ARGUMENTS_AT + 8 * test.argument
    if test.is_pointer:
        return _compile_pointer(test, at, rest)
    is_meant = test.relation == "among"
    compared: list[Instruction] = []
    for left, value in reversed(list(enumerate(reversed(test.values)))):  # `left`: comparisons after this one
        if_equal = left if is_meant else left + rest
        compared.append((_IF_EQUAL, if_equal, rest if is_meant and left == 0 else 0, value))
    return [(_LOAD, 0, 0, at), (_AND, 0, 0, test.mask), *compared]


def _compile_pointer(test: Test, at: int, rest: int) -> list[Instruction]:
    """Whether a pointer is null ("among") or is not ("not among"); no other value of one can be known."""
    is_null = test.relation == "among"
    return [
        (_LOAD, 0, 0, at),
        (_IF_EQUAL, 0, rest + 2 if is_null else 2, 0),
        (_LOAD, 0, 0, at + 4),
        (_IF_EQUAL, 0 if is_null else rest, rest if is_null else 0, 0),
    ]


def _fail(error: int) -> Instruction:
    return (_RETURN, 0, 0, FAIL | error)
