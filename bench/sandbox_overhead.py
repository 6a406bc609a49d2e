"""What a sandbox costs each run: milliseconds beyond a bare subprocess, and what a warm interpreter saves.

Run by itself on a quiet machine: `python -m bench.sandbox_overhead [--runs 30] [--docker URL]`. The baseline of each
figure is measured in the same run, in turn with it, so that a busy machine slows both.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event as Flag

from agents.errors import ServiceError
from agents.sandbox.choose import STRONG, WEAK, open_sandbox
from agents.schema import Command, Limits
from agents.services import Sandbox
from agents.settings import SandboxSettings

NOTHING, TORCH = "pass", "import torch"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--docker", metavar="URL", help="engine to use, as DOCKER_HOST names it")
    given = parser.parse_args()
    if given.docker:
        os.environ["DOCKER_HOST"] = given.docker
    print(f"{'sandbox':<12} {'empty program':>24} {'import torch, cold':>24} {'import torch, warm':>24}")
    for name in (*STRONG, WEAK):
        try:
            sandbox = open_sandbox(name, SandboxSettings()).sandbox
        except ServiceError as error:
            print(f"{name:<12} not measured: {error}")
            continue
        with closing(sandbox), tempfile.TemporaryDirectory(prefix="naturalist-bench-") as folder:
            print(_row(sandbox, Path(folder), given.runs), flush=True)
    print("each: milliseconds beyond a bare subprocess that does the same, median (ours : bare, in ms)")


def _row(sandbox: Sandbox, folder: Path, runs: int) -> str:
    few = max(3, runs // 6)
    cells = [
        _compare(sandbox, folder, NOTHING, (), runs),
        _compare(sandbox, folder, TORCH, (), few),
        _compare(sandbox, folder, TORCH, ("torch",), few),
    ]
    return f"{sandbox.name:<12} " + " ".join(f"{cell:>24}" for cell in cells)


def _compare(sandbox: Sandbox, folder: Path, code: str, warm: tuple[str, ...], runs: int) -> str:
    """Median overhead in ms; negative where the sandbox is faster than a bare subprocess."""
    command = _command(folder, code, warm)
    _timed(lambda: sandbox.run(command, Flag()))  # what is kept between runs is started once
    pairs = [
        (_timed(lambda: sandbox.run(command, Flag())), _timed(lambda: subprocess.run(command.argv, check=True)))
        for _ in range(runs)
    ]
    over = statistics.median(ours - bare for ours, bare in pairs)
    bare = statistics.median(bare for _, bare in pairs)
    ours = statistics.median(ours for ours, _ in pairs)
    return f"{over:+.0f} ({ours:.0f} : {bare:.0f})"


def _command(folder: Path, code: str, warm: tuple[str, ...]) -> Command:
    program, workdir = folder / "program.py", folder / "work"
    program.write_text(code + "\n")
    workdir.mkdir(exist_ok=True)
    argv = (sys.executable, str(program))
    limits = Limits(wall_s=60)
    return Command(argv=argv, workdir=workdir, readable=(program,), limits=limits, stdout=folder / "out", warm=warm)


def _timed(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
