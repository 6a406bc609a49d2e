"""Which modules a template's programs import, so that a sandbox can start them with these in place. Pure.

Only the template's own text and ours are read, never what a model wrote: the modules are imported outside of any fence.
"""

import ast
import sysconfig
from collections.abc import Iterator
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from agents.experiments import seal
from agents.files import evaluator_files
from agents.syntax import parse_program

_SUFFIXES = (".py", *EXTENSION_SUFFIXES)


@cache
def find_warm_modules(template: Path) -> tuple[str, ...]:
    """Modules of Python and installed ones that experiment.py, evaluate.py, the fixed modules of a template and the
    program that seals the artefacts import at their top.

    In order of appearance. One list for both programs: so one warm interpreter serves them, where two would hold much
    the same modules. Read once for each folder: what an experiment may do to it later changes nothing.
    """
    programs = [template / "experiment.py", *evaluator_files(template), Path(seal.__file__)]
    own = {path.stem for path in template.glob("*.py")}
    sites = tuple(dict.fromkeys(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")))
    named = (name for path in programs for name in _imported(path) if name.split(".")[0] not in own)
    return tuple(dict.fromkeys(name for name in named if _is_installed(name, sites)))


def _imported(program: Path) -> Iterator[str]:
    """Absolute names that may be modules: in `from a import b`, a and a.b."""
    for statement in _statements(program):
        match statement:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(str(module), names, 0):
                yield from (module, *(f"{module}.{alias.name}" for alias in names))
            case _:
                continue


def _statements(program: Path) -> list[ast.stmt]:
    try:
        return parse_program(program.read_bytes()).body
    except (SyntaxError, ValueError):
        return []  # the program will say so itself when it runs


def _is_installed(name: str, sites: tuple[Path, ...]) -> bool:
    """Whether the installed packages hold this module, by its file: importing it to find out would take seconds."""
    places = [site.joinpath(*name.split(".")) for site in sites]
    return any(
        place.is_dir() or any(place.with_name(place.name + suffix).is_file() for suffix in _SUFFIXES)
        for place in places
    )
