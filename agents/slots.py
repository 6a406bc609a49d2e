"""Code slots: marked regions of experiment.py that a code knob replaces by one of the template's snippets."""

import re
import textwrap
from pathlib import Path

from agents.errors import UserError
from agents.schema import Config, Template

_SLOT = re.compile(
    r"^(?P<indent>[ \t]*)# >>> slot: (?P<name>\w+)[ \t]*\n(?P<body>.*?)^[ \t]*# <<< slot: (?P=name)[ \t]*$", re.M | re.S
)


def slot_names(code: str) -> tuple[str, ...]:
    return tuple(match["name"] for match in _SLOT.finditer(code))


def fill_slots(template: Template, code: str, config: Config) -> str:
    """Return `code` with every code knob of the template set to the choice in `config`; other text is untouched.

    Raises UserError if the code lost a slot or the template has no such snippet.
    """
    for knob in template.knobs:
        if knob.kind == "code":
            code = _fill(code, knob.name, read_snippet(template, knob.name, str(config[knob.name])))
    return code


def read_snippet(template: Template, slot: str, choice: str) -> str:
    path = template.path / "slots" / slot / f"{choice}.py"
    if path.parent.parent != template.path / "slots" or not path.is_file():
        raise UserError(
            f"template {template.name}: no snippet {path.relative_to(template.path)} for code knob {slot!r}"
        )
    return path.read_text(encoding="utf-8")


def config_knobs(template: Template, config: Config) -> Config:
    """The part of a configuration that experiment.py reads from its --config file."""
    return {knob.name: config[knob.name] for knob in template.knobs if knob.kind == "config"}


def experiment_source(template: Template) -> str:
    return (template.path / "experiment.py").read_text(encoding="utf-8")


def _fill(code: str, name: str, snippet: str) -> str:
    matches = [match for match in _SLOT.finditer(code) if match["name"] == name]
    if len(matches) != 1:
        raise UserError(f"experiment.py must mark slot {name!r} exactly once, found {len(matches)}")
    match = matches[0]
    indent = match["indent"]
    body = textwrap.indent(snippet.rstrip("\n"), indent) + "\n"
    filled = f"{indent}# >>> slot: {name}\n{body}{indent}# <<< slot: {name}"
    return code[: match.start()] + filled + code[match.end() :]


def slot_choices(template_path: Path, slot: str) -> tuple[str, ...]:
    """Names of the snippets that a template ships for a slot."""
    return tuple(sorted(path.stem for path in (template_path / "slots" / slot).glob("*.py")))
