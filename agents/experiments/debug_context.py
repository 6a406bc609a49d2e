"""What whoever mends a failed experiment needs to see of it: the end of its traceback and the code near it. Pure.

Paths of this machine are cut to what the program itself would call its files, so that no prompt holds them.
"""

import re

from agents.schema import Outcome

MOST_CHARACTERS = 4000
MOST_TRACE_LINES, LINES_AROUND = 60, 8
_MOST_TAIL_LINES, _MOST_COLUMNS = 40, 300
_START = "Traceback (most recent call last):"
_FAILING = re.compile(r'^\s*File "experiment\.py", line (\d+)', re.M)
_QUOTED = re.compile(r'(?<=File ")/[^"\n]+(?=")')
_PATH = re.compile(r"""(?<![\w.:/~-])/(?:[^\s/'"`,;:()<>\[\]{}|]+/)+[^\s/'"`,;:()<>\[\]{}|]*""")
_PACKAGES = re.compile(r".*/(?:site-packages|dist-packages|lib/python3\.\d+)/")


def describe_failure(outcome: Outcome, log: str, code: str) -> str:
    """Return how it ended, the end of the last traceback in `log`, and the lines of `code` around the failing one.

    A program that was ended from outside (out of time or memory), or whose results were missing, left no traceback that
    explains it: of its log the end is told.
    """
    said = hide_paths(log)
    trace = _last_trace(said) if outcome.status == "crash" else ""
    numbers = _FAILING.findall(trace)
    near = f"experiment.py near line {numbers[-1]}:\n{_excerpt(code, int(numbers[-1]))}" if numbers else ""
    parts = (f"{outcome.status}: {hide_paths(outcome.detail) or 'no reason given'}", trace or end_of_log(said), near)
    return "\n\n".join(filter(None, parts))


def end_of_log(log: str) -> str:
    """The last lines of a log whose paths were hidden."""
    kept = [line[:_MOST_COLUMNS] for line in log.rstrip().splitlines()[-_MOST_TAIL_LINES:]]
    return "\n".join(kept)[-MOST_CHARACTERS:]


def hide_paths(text: str) -> str:
    """Cut absolute paths: to what follows the packages' folder, else to the file's own name."""
    return _PATH.sub(lambda match: _short(match[0]), _QUOTED.sub(lambda match: _short(match[0]), text))


def _short(path: str) -> str:
    inside = _PACKAGES.sub("", path)
    return inside if inside != path else path.rstrip("/").rsplit("/", 1)[-1]


def _last_trace(log: str) -> str:
    """From the last traceback's opening on; a SyntaxError has none, and is told by its place."""
    start = log.rfind(_START)
    if start < 0:
        places = list(_FAILING.finditer(log))
        start = places[-1].start() if places else -1
    lines = [line[:_MOST_COLUMNS] for line in log[start:].rstrip().splitlines()] if start >= 0 else []
    if len(lines) > MOST_TRACE_LINES:
        lines = [_START, "  ...", *lines[2 - MOST_TRACE_LINES :]]
    return "\n".join(lines)[-MOST_CHARACTERS:]


def _excerpt(code: str, failing: int) -> str:
    lines = code.splitlines()
    first, last = max(1, failing - LINES_AROUND), min(len(lines), failing + LINES_AROUND)
    return "\n".join(
        f"{'>' if number == failing else ' '}{number:4d} {lines[number - 1][:_MOST_COLUMNS]}".rstrip()
        for number in range(first, last + 1)
    )
