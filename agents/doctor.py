"""What this machine has of what Naturalist can use, what each missing thing costs, and how to get it. Prints nothing.

Probes (files, sockets, programs) are apart from judgements, which are plain functions of what was found.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from agents.errors import ServiceError, UserError
from agents.executors.slots import count_cpus
from agents.latex.latexmk import find_latex
from agents.llm.team import OFFLINE, base_of
from agents.sandbox.choose import STRONG, WEAK, explain_lack, open_sandbox
from agents.sandbox.probe import Probe
from agents.schema import Record
from agents.settings import SandboxSettings, Settings

TEX_FILES = (
    "amsmath.sty", "booktabs.sty", "caption.sty", "geometry.sty", "helvet.sty", "hyperref.sty", "mathptmx.sty",
    "microtype.sty", "natbib.sty", "needspace.sty", "titlesec.sty", "xcolor.sty", "xurl.sty",
)  # fmt: skip
"""What a paper loads beyond the smallest TeX; scripts/install_system.sh looks for the same."""
KEYS = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "groq": "GROQ_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "together_ai": "TOGETHERAI_API_KEY",
    "cohere": "COHERE_API_KEY",
    "xai": "XAI_API_KEY",
    "azure": "AZURE_API_KEY",
    "fireworks_ai": "FIREWORKS_AI_API_KEY",
}
"""LiteLLM provider prefix of a model string -> the environment variable that holds its key."""
LEAST_DISK_MB, GOOD_DISK_MB, GOOD_MEMORY_MB = 200, 2_000, 4_000
_SANDBOX_COSTS = {
    "docker": "Without Docker the next strongest sandbox is taken.",
    "bubblewrap": "Without both, a language model's code runs only where --allow-weak-sandbox is given.",
    "process": "The weakest sandbox, for code that comes from templates; the built-in researcher's does.",
}
_SANDBOX_REMEDIES = {
    "docker": "start the Docker engine, and let this user reach its socket",
    "bubblewrap": "on Debian or Ubuntu: sudo apt-get install -y bubblewrap; docs/sandbox.md tells of Ubuntu 24.04",
    "process": "take another sandbox",
}
_TEX_DEBIAN = (
    "sudo apt-get install -y --no-install-recommends texlive-latex-recommended texlive-fonts-recommended "
    "texlive-latex-extra latexmk"
)


class Check(Record):
    """One thing looked for. `cost` is what its lack costs the user, `remedy` the command or step that mends it."""

    name: str
    status: Literal["ok", "warning", "missing"]
    found: str
    details: tuple[str, ...] = ()
    cost: str = ""
    remedy: str = ""
    is_required: bool = False


def examine(workspace: Path, wanted: Settings | None = None) -> tuple[Check, ...]:
    """Look at the machine, its sandboxes apart, in well under a second; nothing is installed, nothing stays behind.

    `wanted` tells what a run needs (a PDF, a model's key); without it the defaults count.
    """
    is_typeset = wanted is None or wanted.paper.is_typeset
    place = _existing(workspace)
    return (
        judge_python(sys.version_info[:3]),
        judge_tex(find_latex(), is_typeset),
        judge_keys(os.environ, wanted.model if wanted and _needs_key(wanted) else OFFLINE),
        judge_workspace(workspace, probe_writing(place)),
        judge_disk(shutil.disk_usage(place).free // 10**6, place),
        judge_machine(count_cpus(), _memory_mb()),
        judge_gpu(list_gpus(), _torch_version()),
    )


def examine_sandboxes(settings: SandboxSettings) -> tuple[Check, ...]:
    """Start each sandbox and let a program in it try what it should not be able to do; takes a second or so."""
    return tuple(_examine_sandbox(name, settings) for name in (*STRONG, WEAK))


def require(checks: tuple[Check, ...]) -> None:
    """Raise for the first required thing that is missing: UserError for the workspace, ServiceError for the rest."""
    for check in checks:
        if check.is_required and check.status == "missing":
            kind = UserError if check.name == "workspace" else ServiceError
            raise kind(f"{check.name}: {check.found}; {check.remedy}")


# --- judgements ----------------------------------------------------


def judge_python(found: tuple[int, int, int]) -> Check:
    return Check(
        name="Python",
        status="ok" if found >= (3, 11) else "missing",
        found=".".join(map(str, found)),
        cost="Nothing runs on a Python older than 3.11.",
        remedy="install Python 3.11 or later, then: make setup",
        is_required=True,
    )


def judge_tex(latexmk: str | None, is_required: bool) -> Check:
    lacking = lacking_tex_files(latexmk) if latexmk else ()
    found = latexmk or "latexmk or pdflatex not found"
    if lacking:
        found = f"{latexmk}, but without {', '.join(lacking)}"
    return Check(
        name="TeX",
        status="missing" if latexmk is None or lacking else "ok",
        found=found,
        cost="Without TeX there is no PDF, only paper.tex.",
        remedy=f"install TeX ({_tex_command()}), or ask for no PDF: paper.is_typeset = false in naturalist.toml",
        is_required=is_required,
    )


def judge_keys(environ: Mapping[str, str], model: str) -> Check:
    """Tell which keys are set, by name and never by value, and whether the model wanted has its own."""
    names = [name for name in KEYS.values() if environ.get(name)]
    needed = KEYS.get(_provider(model))
    is_lacking = needed is not None and needed not in names and not _has_own_server(environ, model)
    found = ", ".join(names) if names else "none"
    if model == "offline":
        found = f"{found} (not used)" if names else "none: the built-in researcher will do the work"
    return Check(
        name="API keys",
        status="missing" if is_lacking else "ok",
        found=f"{needed} is not set, and model {model} needs it" if is_lacking else found,
        cost="The built-in researcher needs no key; it stays within what a template declares.",
        remedy=f'export {needed or "OPENAI_API_KEY"}=..., or use model = "offline"',
        is_required=is_lacking,
    )


def judge_workspace(workspace: Path, problem: str | None) -> Check:
    return Check(
        name="workspace",
        status="missing" if problem else "ok",
        found=f"cannot write in {workspace}: {problem}" if problem else f"{workspace} can be written",
        cost="A run keeps everything it does in the workspace.",
        remedy="give another folder with --workspace, or mend its permissions",
        is_required=True,
    )


def judge_disk(free_mb: int, place: Path) -> Check:
    status = "missing" if free_mb < LEAST_DISK_MB else "warning" if free_mb < GOOD_DISK_MB else "ok"
    return Check(
        name="disk",
        status=status,
        found=f"{free_mb / 1000:.1f} GB free at {place}",
        cost=f"A run writes some hundred MB; under {LEAST_DISK_MB} MB none is started.",
        remedy=f"free at least {GOOD_DISK_MB // 1000} GB, or give a folder on another disk with --workspace",
        is_required=True,
    )


def judge_machine(cpus: int, memory_mb: int) -> Check:
    is_small = memory_mb < GOOD_MEMORY_MB
    return Check(
        name="CPU and memory",
        status="warning" if is_small else "ok",
        found=f"{cpus} CPU core{'s' * (cpus != 1)}, {memory_mb / 1000:.1f} GB of memory",
        cost="One experiment runs per core and may use 2 GB; too little memory ends experiments.",
        remedy="run fewer at once: sandbox.slots = 1 in naturalist.toml" if is_small else "",
    )


def judge_gpu(gpus: tuple[str, ...], torch_version: str) -> Check:
    is_blind = bool(gpus) and torch_version.endswith("+cpu")
    found = ", ".join(gpus) if gpus else "no NVIDIA GPU"
    return Check(
        name="GPU",
        status="warning" if is_blind else "ok",
        found=f"{found}, but PyTorch {torch_version} is a CPU build" if is_blind else found,
        cost="Experiments run on the CPU; the templates that come with Naturalist are made for that.",
        remedy="install a CUDA build of PyTorch into .venv: https://pytorch.org/get-started/locally"
        if is_blind
        else "",
    )


def judge_sandbox(name: str, probe: Probe | None, problem: str, guarantees: tuple[str, ...] = ()) -> Check:
    """`probe` is None where the sandbox does not work, for the reason `problem`."""
    if probe is None:
        found = f"does not work here: {problem}"
    elif probe.open:
        found = f"works, but is weak: a program in it can {', '.join(probe.open)}"
    else:
        found = f"works: a program in it that tried could not {', nor '.join(probe.shut)}"
    is_good = probe is not None and (not probe.open or name == WEAK)
    return Check(
        name=f"sandbox: {name}",
        status="ok" if is_good else "warning",
        found=found,
        details=guarantees,
        cost=_SANDBOX_COSTS[name],
        remedy="" if is_good else _SANDBOX_REMEDIES[name],
    )


def _examine_sandbox(name: str, settings: SandboxSettings) -> Check:
    try:
        sandbox, probe, _ = open_sandbox(name, settings)
    except ServiceError as error:
        return judge_sandbox(name, None, explain_lack(name, error))
    try:
        return judge_sandbox(name, probe, "", sandbox.guarantees)
    finally:
        sandbox.close()


# --- probes --------------------------------------------------------


def lacking_tex_files(latexmk: str, needed: tuple[str, ...] = TEX_FILES) -> tuple[str, ...]:
    """Ask kpsewhich, which stands beside latexmk, for the files that a paper loads."""
    program = shutil.which("kpsewhich") or str(Path(latexmk).with_name("kpsewhich"))
    found = {Path(line).name for line in _output([program, *needed]).splitlines()}
    return tuple(name for name in needed if name not in found)


def probe_writing(folder: Path) -> str | None:
    """Really write a file in `folder` and remove it; the reason when that fails."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".naturalist-doctor-") as file:
            file.write(b"\0" * 4096)
            file.flush()
    except OSError as error:
        return error.strerror or str(error)
    return None


def list_gpus() -> tuple[str, ...]:
    """Names of the NVIDIA GPUs, as nvidia-smi lists them (no torch: it takes seconds to import)."""
    program = shutil.which("nvidia-smi")
    lines = _output([program, "-L"]).splitlines() if program else []
    return tuple(line.split(": ", 1)[1].split(" (UUID")[0] for line in lines if line.startswith("GPU "))


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there: where a run would make it."""
    folder = folder.absolute()
    return next((parent for parent in (folder, *folder.parents) if _is_there(parent)), Path("/"))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # not allowed to look, or a name too long
        return False


def _needs_key(wanted: Settings) -> bool:
    """Neither a recording nor a server of one's own asks for a key."""
    return wanted.replay is None and base_of(wanted.model, wanted) is None


def _provider(model: str) -> str:
    prefix, slash, _ = model.partition("/")
    if slash:
        return prefix
    return "anthropic" if model.startswith("claude") else "openai" if model.startswith(("gpt-", "o1", "o3")) else ""


def _has_own_server(environ: Mapping[str, str], model: str) -> bool:
    bases = ("OPENAI_BASE_URL", "OPENAI_API_BASE")
    return _provider(model) == "openai" and any(environ.get(name) for name in bases)


def _tex_command() -> str:
    return "brew install --cask mactex-no-gui" if sys.platform == "darwin" else _TEX_DEBIAN


def _torch_version() -> str:
    try:
        return version("torch")
    except PackageNotFoundError:
        return "none"


def _memory_mb() -> int:
    """Memory of the machine, or of the container where that has a limit (cgroup v2)."""
    import psutil

    total = psutil.virtual_memory().total
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.is_file() else "max"
    return (min(total, int(text)) if text.isdigit() else total) // 10**6
