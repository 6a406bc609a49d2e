"""What a program reaches for outside of itself: packages, the network, other processes, foreign pickles, idle time."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

from agents.experiments.static_checks.faults import CodeContext, CodeFault
from agents.experiments.static_checks.program import Imported, Program, names_below, text_of

_OURS = {"agents", "reviewer", "templates"}
_NETWORK = (
    "socket", "requests", "httpx", "aiohttp", "urllib3", "urllib.request", "http.client", "http.server", "ftplib",
    "smtplib", "xmlrpc", "websocket", "websockets", "paramiko", "boto3",
)  # fmt: skip
_DOWNLOADS = ("sklearn.datasets.fetch_", "torch.hub.", "datasets.load_dataset", "huggingface_hub.", "openml.")
_READS_URLS = ("read_csv", "read_json", "read_parquet", "read_html", "loadtxt", "genfromtxt", "urlretrieve")
_PROCESS = ("subprocess", "ctypes", "pty")
_PROCESS_CALLS = ("os.system", "os.popen", "os.fork", "os.exec", "os.spawn", "os.posix_spawn")
_PICKLES = ("pickle.load", "pickle.loads", "joblib.load", "torch.load", "dill.load", "cloudpickle.load",
            "pandas.read_pickle")  # fmt: skip
_GUARDS = {"ImportError", "ModuleNotFoundError", "Exception"}


def find_missing_packages(program: Program, context: CodeContext) -> Iterator[CodeFault]:
    """Imports that will fail. One that the program is ready to see fail is fine; nothing is imported to find out."""
    if not context.has_known_packages:
        return
    for each in program.imports:
        top = each.module.split(".")[0]
        is_there = top in context.modules or (top not in _OURS and is_importable(top))
        if not is_there and top != "evaluate" and not _matches(top, _NETWORK) and not _is_guarded(program, each):
            yield CodeFault(
                rule="missing-package", severity="refuse", line=each.node.lineno,
                message=f"imports {top}, which experiments do not have; use what the code so far imports, or write out "
                "what you need",
            )  # fmt: skip


@cache
def is_importable(name: str) -> bool:
    """Whether this interpreter, which experiments use too, finds a top-level module, wherever it was started."""
    if name in sys.stdlib_module_names or name in sys.builtin_module_names:
        return True
    here = Path.cwd()
    path = [entry for entry in sys.path if entry and Path(entry) != here]
    return PathFinder.find_spec(name, path) is not None


def find_network(program: Program, _: CodeContext) -> Iterator[CodeFault]:
    named = [(each.node.lineno, name) for each in program.imports for name in (each.module, each.full)]
    named += [(call.line, call.name) for call in program.calls]
    lines = {line: name for line, name in named if _matches(name, _NETWORK)}
    lines |= {call.line: call.name for call in program.calls if call.name.startswith(_DOWNLOADS)}
    lines |= {call.line: call.last for call in program.calls if _is_download(call.node, call.last)}
    for line, name in sorted(lines.items()):
        yield CodeFault(
            rule="network", severity="refuse", line=line,
            message=f"uses the network ({name}), which the sandbox shuts off; take the data from the fixed modules",
        )  # fmt: skip


def find_processes(program: Program, _: CodeContext) -> Iterator[CodeFault]:
    lines = {each.node.lineno: each.full for each in program.imports if _matches(each.module, _PROCESS)}
    lines |= {each.node.lineno: each.full for each in program.imports if each.full.startswith(_PROCESS_CALLS)}
    lines |= {call.line: call.name for call in program.calls if call.name.startswith(_PROCESS_CALLS)}
    for line, name in sorted(lines.items()):
        yield CodeFault(
            rule="process", severity="refuse", line=line,
            message=f"uses {name}; an experiment is one Python process: do the work in it",
        )  # fmt: skip


def find_pickles(program: Program, _: CodeContext) -> Iterator[CodeFault]:
    for call in program.calls:
        allows = [each.value for each in call.node.keywords if each.arg == "allow_pickle"]
        is_unsafe = call.name == "numpy.load" and any(isinstance(v, ast.Constant) and v.value is True for v in allows)
        if call.name in _PICKLES or is_unsafe:
            yield CodeFault(
                rule="foreign-pickle", severity="warn", line=call.line,
                message=f"unpickles with {call.name}; keep arrays by numpy.save(..., allow_pickle=False)",
            )  # fmt: skip


def find_padding(program: Program, _: CodeContext) -> Iterator[CodeFault]:
    for call in program.calls:
        if call.name in ("time.sleep", "asyncio.sleep"):
            yield CodeFault(
                rule="padding", severity="refuse", line=call.line,
                message=f"waits with {call.name}; take it out, shorter is fine",
            )  # fmt: skip


def _matches(name: str, known: tuple[str, ...]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in known)


def _is_download(call: ast.Call, last: str) -> bool:
    asks = any(
        each.arg == "download" and isinstance(each.value, ast.Constant) and each.value.value is True
        for each in call.keywords
    )
    first = text_of(call.args[0]) if call.args else ""
    return asks or (last in _READS_URLS and first.startswith(("http://", "https://", "ftp://")))


def _is_guarded(program: Program, imported: Imported) -> bool:
    """Within a try that catches a failing import, or for a type checker alone."""
    inside: ast.AST = imported.node
    for above in program.above(imported.node):
        if isinstance(above, ast.Try) and inside in above.body and any(map(_catches, above.handlers)):
            return True
        if isinstance(above, ast.If) and "TYPE_CHECKING" in names_below([above.test]):
            return True
        inside = above
    return False


def _catches(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in _GUARDS) for kind in kinds)
