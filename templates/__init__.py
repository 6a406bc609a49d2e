"""Experiment templates, one folder each, and the loader that checks a folder before anything runs. No template's code
is imported or run here."""

import difflib
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agents.errors import UserError
from agents.files import sha256_evaluator
from agents.schema import Template
from templates.checks import find_fault

HERE = Path(__file__).resolve().parent
_COMPUTED = ("name", "path", "evaluator_sha256")


def load_template(folder: Path) -> Template:
    """Read and check a template's folder; raises UserError naming the file, the field and what to do."""
    folder = folder.expanduser().resolve()
    try:
        tree = _read_toml(folder / "template.toml")
        template = _validate(tree, folder)
        fault = find_fault(template)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"template {folder.name}: cannot be read: {error}; every file must be UTF-8 text") from error
    if fault:
        raise UserError(f"template {folder.name}: {fault}")
    return template


def list_templates(extra: Path | None = None) -> tuple[Template, ...]:
    """Return the templates of this package, then those in the folders of a user's own `extra` directory."""
    templates = [load_template(folder) for folder in (*_folders(HERE), *(_folders(extra) if extra else ()))]
    names = [template.name for template in templates]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise UserError(f"two templates are named {twice!r}; rename your folder in {extra}")
    return tuple(templates)


def find_template(name_or_path: str) -> Template:
    """Return the template of a known name or a path to a folder; raises UserError listing what exists."""
    known = {folder.name: folder for folder in _folders(HERE)}
    if name_or_path in known:
        return load_template(known[name_or_path])
    if name_or_path and _is_folder(name_or_path):
        return load_template(Path(name_or_path))
    nearest = difflib.get_close_matches(name_or_path, known, n=1, cutoff=0.5)
    hint = f"did you mean {nearest[0]}? " if nearest else ""
    raise UserError(f"no template {name_or_path[:80]!r}; {hint}known: {', '.join(known)}; or give the path to a folder")


def _is_folder(text: str) -> bool:
    try:
        return Path(text).expanduser().is_dir()
    except (OSError, ValueError, RuntimeError):  # too long for a name, a null byte, the home of nobody
        return False


def _folders(parent: Path) -> list[Path]:
    """Folders that hold a template, by name; hidden ones and those without template.toml are passed over."""
    if not parent.is_dir():
        raise UserError(f"no directory of templates at {parent}; create it or give another")
    return sorted(folder for folder in parent.iterdir() if _is_template(folder))


def _is_template(folder: Path) -> bool:
    return not folder.name.startswith((".", "_")) and (folder / "template.toml").is_file()


def _read_toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise UserError(f"template {path.parent.name}: no template.toml in {path.parent}; see docs/contracts.md")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"template {path.parent.name}: template.toml is not TOML: {error}; mend that line") from error


def _validate(tree: dict[str, Any], folder: Path) -> Template:
    given = [field for field in _COMPUTED if field in tree]
    if given:
        raise UserError(f"template {folder.name}: template.toml: {given[0]} is computed; take it out")
    if not (folder / "evaluate.py").is_file():
        raise UserError(f"template {folder.name}: evaluate.py is missing; add it (docs/contracts.md says what it does)")
    computed = {"name": folder.name, "path": folder, "evaluator_sha256": sha256_evaluator(folder)}
    try:
        return Template.model_validate({**tree, **computed})
    except ValidationError as error:
        raise UserError(f"template {folder.name}: template.toml: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    """The first complaint of pydantic as one line: where, what was expected, what came."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    came = "" if first["type"] == "missing" else f" (got {str(first.get('input'))[:60]!r})"
    return f"{where}: {first['msg']}{came}; add or correct it"
