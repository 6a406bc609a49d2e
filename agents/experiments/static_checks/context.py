"""What the checks must know of a template, read from its folder."""

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from agents.experiments.static_checks.faults import CodeContext
from agents.experiments.static_checks.program import Program, words_of
from agents.files import evaluator_files
from agents.schema import Template
from agents.settings import Settings
from agents.syntax import UNPARSABLE, parse_program

_LABEL_WORDS = {"label", "labels", "target", "targets", "truth", "truths", "answer", "answers"}


def context_of(template: Template, settings: Settings) -> CodeContext:
    """Read a template's fixed modules and its evaluator; runs neither.

    Which packages experiments have is known where they run in this Python, and import nothing of the user's own code.
    """
    sandbox = settings.sandbox
    runs_here = not sandbox.image and sandbox.backend in ("auto", "bubblewrap", "process")
    fixed = [path for path in evaluator_files(template.path) if path.name not in ("evaluate.py", "__init__.py")]
    programs = [program for path in fixed if (program := _read(path))]
    evaluator = _read(template.path / "evaluate.py")
    own = {name for program in programs for name in _functions(program)}
    return CodeContext(
        metrics=tuple(metric.name for metric in (template.metric, *template.secondary)),
        datasets=tuple(name for name in template.datasets if not name.lower().startswith("none")),
        modules=tuple(path.stem for path in fixed),
        loaders=tuple(sorted({name for program in programs for name in _loaders(program)})),
        label_readers=tuple(name for name in _label_readers(evaluator) if name not in own),
        slots=tuple(knob.name for knob in template.knobs if knob.kind == "code"),
        has_known_packages=runs_here and settings.repo is None,
    )


def _read(path: Path) -> Program | None:
    """None for what cannot be read or parsed: whoever loads the template says so."""
    try:
        return _parse(path.read_bytes())
    except (OSError, *UNPARSABLE):
        return None


@lru_cache(maxsize=16)
def _parse(text: bytes) -> Program:
    """A template's programs are asked for with every proposal."""
    return Program(parse_program(text))


def _functions(program: Program) -> Iterator[str]:
    return (node.name for node in program.tree.body if isinstance(node, ast.FunctionDef))


def _loaders(program: Program) -> Iterator[str]:
    """load_iris and its like, called or imported."""
    names = (call.last for call in program.calls)
    return (name for name in names if name.startswith(("load_", "fetch_")))


def _label_readers(evaluator: Program | None) -> Iterator[str]:
    names = _functions(evaluator) if evaluator else ()
    return (name for name in names if _LABEL_WORDS & set(words_of(name)))
