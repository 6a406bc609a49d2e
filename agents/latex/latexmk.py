"""The typesetter: latexmk in a folder of its own, shut off from shell, from other folders and from old results."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from agents.errors import ServiceError
from agents.files import write_atomic
from agents.latex.log import count_pages, read_bibtex_log, read_log
from agents.schema import Compilation

_MAC_TEX = Path("/Library/TeX/texbin")
_HOW_TO_GET = (
    "latexmk was not found; install TeX (Debian or Ubuntu: apt-get install latexmk texlive-latex-extra "
    "texlive-fonts-recommended; macOS: brew install --cask mactex-no-gui) or set paper.is_typeset to false"
)
_EPOCH = "1735689600"  # a fixed date, so that the same source gives the same bytes


class Latexmk:
    """Typesets with latexmk and pdflatex. The paper's folder gets a new PDF or none: never a stale or a broken one."""

    def __init__(self, timeout_s: float = 120.0) -> None:
        self.timeout_s = timeout_s

    def compile(self, tex: Path) -> Compilation:
        """Typeset `tex`. On failure an older PDF beside it is renamed to <name>.last-good.pdf.

        The source is copied and compiled elsewhere, so that no left-over of an earlier or killed compile plays a part.
        """
        program = find_latex()
        if program is None:
            raise ServiceError(_HOW_TO_GET)
        with tempfile.TemporaryDirectory(prefix="naturalist-tex-") as scratch:
            build = Path(scratch) / "paper"
            _copy_source(tex.parent, build)
            is_in_time = self._run(program, build, tex.name)
            return _collect(tex, build / tex.name, () if is_in_time else (_too_slow(self.timeout_s),))

    def _run(self, program: str, build: Path, name: str) -> bool:
        """Run latexmk in a process group of its own; False when it was stopped at the time limit."""
        command = [
            program, "-norc", "-pdf", "-interaction=nonstopmode", "-halt-on-error", "-file-line-error",
            "-no-shell-escape", "-silent", name,
        ]  # fmt: skip
        process = subprocess.Popen(
            command,
            cwd=build,
            env=_environment(program),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(self.timeout_s)
        except subprocess.TimeoutExpired:
            return False
        finally:
            _kill_group(process)
        return True


def find_latex() -> str | None:
    """Path of latexmk where it and pdflatex are installed, else None."""
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), str(_MAC_TEX)])
    return shutil.which("latexmk", path=search) if shutil.which("pdflatex", path=search) else None


def _environment(program: str) -> dict[str, str]:
    """What TeX gets to see: no keys of the parent, no files outside its folder, no wrapped log lines, a fixed date."""
    path = os.pathsep.join([str(Path(program).parent), os.environ.get("PATH", os.defpath)])
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR", "TEXMFHOME", "TEXMFVAR") if name in os.environ}
    fixed = {"openin_any": "p", "openout_any": "p", "max_print_line": "10000", "SOURCE_DATE_EPOCH": _EPOCH}
    return kept | fixed | {"PATH": path, "FORCE_SOURCE_DATE": "1", "LC_ALL": "C", "TZ": "UTC"}


def _copy_source(folder: Path, build: Path) -> None:
    """Copy what a paper is made of; links and the products of earlier compiles stay behind."""
    try:
        shutil.copytree(folder, build, ignore=_left_behind)
    except (OSError, shutil.Error) as error:
        raise ServiceError(f"cannot copy {folder} for typesetting: {error}; is the temporary folder full?") from error


def _left_behind(folder: str, names: list[str]) -> set[str]:
    made = (".aux", ".bbl", ".blg", ".log", ".fls", ".fdb_latexmk", ".out", ".toc")
    return {name for name in names if name.startswith(".") or name.endswith(made) or (Path(folder) / name).is_symlink()}


def _collect(tex: Path, built: Path, problems: tuple[str, ...]) -> Compilation:
    """Bring PDF and log home. After an error the rest of the log says little: TeX had not made its second pass."""
    log = _read(built.with_suffix(".log"))
    write_atomic(tex.with_suffix(".log"), log)
    problems += read_log(log) + read_bibtex_log(_read(built.with_suffix(".blg")))
    made = built.with_suffix(".pdf")
    target, aside = tex.with_suffix(".pdf"), tex.with_suffix(".last-good.pdf")
    errors = tuple(line for line in problems if line.startswith("error:"))
    if errors or not made.is_file():
        if target.exists():
            target.replace(aside)
        return Compilation(pdf=None, problems=errors or problems or ("error: latexmk made no PDF and gave no reason",))
    write_atomic(target, made.read_bytes())
    aside.unlink(missing_ok=True)
    return Compilation(pdf=target, problems=problems + _question_marks(target), pages=count_pages(log))


def _question_marks(pdf: Path) -> tuple[str, ...]:
    """Places where the PDF prints ??, what LaTeX puts for a reference it does not know."""
    from pypdf import PdfReader

    pages = enumerate(PdfReader(pdf).pages, start=1)
    return tuple(f"undefined: page {number} prints ??" for number, page in pages if "??" in page.extract_text())


def _too_slow(timeout_s: float) -> str:
    return f"error: typesetting took longer than {timeout_s:g} s and was stopped"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    """End everything that latexmk started; its children keep its process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
