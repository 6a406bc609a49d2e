"""What a command prints: kept within a cap however much it is, and the one line of it that says why it failed."""

import re
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Self

from agents.errors import ServiceError

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ERROR = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning|Iteration)\b")
_LONGEST_DETAIL = 300


class CappedLog:
    """A file that takes any amount of output and keeps its first and last halves of `limit_bytes`.

    The first half is on disk at once, for a person who watches; the last is written by `close`.
    """

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._half = max(1, limit_bytes // 2)
        self._head_left = self._half
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._left_out = 0
        self._recent = b""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb", buffering=0)
        except OSError as error:
            raise _cannot_write(path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def recent(self) -> bytes:
        """The last few thousand bytes that were written."""
        return self._recent

    def write(self, chunk: bytes) -> None:
        self._recent = (self._recent + chunk)[-16_384:] if len(chunk) < 16_384 else chunk[-16_384:]
        if self._file.closed:
            return  # a full disk was told when it was met; what is being ended may still talk
        head, rest = chunk[: self._head_left], chunk[self._head_left :]
        if head:
            self._put(head)
            self._head_left -= len(head)
        if rest:
            self._keep(rest)

    def close(self) -> None:
        """Write what was kept of the end, after a line that says how much is missing; safe to repeat."""
        if self._file.closed:
            return
        if self._left_out:
            self._put(f"\n... {self._left_out} bytes left out ...\n".encode())
        self._put(b"".join(self._tail))
        self._file.close()

    def _keep(self, chunk: bytes) -> None:
        self._tail.append(chunk)
        self._tail_bytes += len(chunk)
        while (excess := self._tail_bytes - self._half) > 0:
            oldest = self._tail.popleft()
            if len(oldest) > excess:
                self._tail.appendleft(oldest[excess:])
            dropped = min(len(oldest), excess)
            self._tail_bytes -= dropped
            self._left_out += dropped

    def _put(self, content: bytes) -> None:
        try:
            self._file.write(content)
        except OSError as error:
            self._file.close()
            raise _cannot_write(Path(self._file.name), error) from error


def plain_text(raw: bytes) -> str:
    """Output as text that is safe to show: no terminal escapes, no control characters but newline and tab."""
    text = raw.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", _ESCAPE.sub("", text))


def last_meaningful_line(raw: bytes) -> str:
    """The line that best says how a program failed: the exception's after a traceback, else the last; "" if none."""
    lines = [line.strip() for line in plain_text(raw).splitlines()]
    starts = [number for number, line in enumerate(lines) if line.startswith("Traceback (most recent call last)")]
    after = lines[starts[-1] :] if starts else []
    named = [line for line in after if _ERROR.match(line)]
    spoken = named or [line for line in lines if line]
    return spoken[-1][:_LONGEST_DETAIL] if spoken else ""


def _cannot_write(path: Path, error: OSError) -> ServiceError:
    return ServiceError(f"cannot write {path}: {error.strerror}; free some disk space, then resume the run")
