"""How long does reading a paper take? `read_pdf` against pypdf's extract_text, and a whole review from a cold start.

    python -m bench.reviewer_speed [--pdf PAPER.pdf] [--pages 25] [--seconds 10]

The paper is the kept example, or the one given, with its pages repeated up to the number asked for. Processor time, so
that a busy machine counts little; papers a minute by the clock, with two processes. The baseline reads text alone:
`read_pdf` also orders it, draws each page to see what hides on it, and looks through every object.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from reviewer.reading.pdf import read_pdf

_EXAMPLE = Path("papers/label-smoothing-digits/paper.pdf")
_COLD = "from pathlib import Path; from reviewer import review_paper; print(review_paper(Path({path!r})).overall)"


def main() -> None:
    args = _parse()
    with tempfile.TemporaryDirectory() as folder:
        path = _repeat(args.pdf, args.pages, Path(folder) / "paper.pdf")
        ours, theirs = _least_s(lambda: read_pdf(path)), _least_s(lambda: _extract(path))
        print(f"a paper of {args.pages} pages: read_pdf {ours:.2f} s, pypdf {theirs:.2f} s: {theirs / ours:.1f} times")
        print(f"two processes: {_papers_a_minute(path, args.seconds):.0f} papers of {args.pages} pages a minute")
        clock_s, cpu_s = _cold_s(path)
        print(f"review_paper from a cold start: {clock_s:.2f} s by the clock, {cpu_s:.2f} s of processor time")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pdf", type=Path, default=_EXAMPLE, help="the paper whose pages are repeated")
    parser.add_argument("--pages", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long two processes read")
    return parser.parse_args()


def _repeat(source: Path, pages: int, path: Path) -> Path:
    from pypdf import PdfReader, PdfWriter

    writer, found = PdfWriter(), PdfReader(source).pages
    for number in range(pages):
        writer.add_page(found[number % len(found)])
    writer.write(path)
    return path


def _extract(path: Path) -> str:
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def _least_s(act: Callable[[], object], times: int = 3) -> float:
    """Processor time of the fastest of some goes, after one that loads what is needed."""
    act()
    taken: list[float] = []
    for _ in range(times):
        start = time.process_time()
        act()
        taken.append(time.process_time() - start)
    return min(taken)


def _papers_a_minute(path: Path, seconds: float) -> float:
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_read_once, [path] * 2))
        counts = list(pool.map(_read_for, [path] * 2, [seconds] * 2))
    return sum(counts) * 60 / seconds


def _read_once(path: Path) -> str:
    return read_pdf(path).title


def _read_for(path: Path, seconds: float) -> int:
    ends, count = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        read_pdf(path)
        count += 1
    return count


def _cold_s(path: Path) -> tuple[float, float]:
    start, before = time.monotonic(), os.times()
    subprocess.run([sys.executable, "-c", _COLD.format(path=str(path))], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - start, spent


if __name__ == "__main__":
    main()
