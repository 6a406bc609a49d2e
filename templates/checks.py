"""What a template's folder must fulfil beyond the types of its record. A check yields one line: file, field, remedy."""

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter, ValidationError

from agents.errors import UserError
from agents.schema import Idea, Knob, Template
from agents.slots import experiment_source, read_snippet, slot_names

FILES = ("experiment.py", "evaluate.py", "references.bib", "ideas.json", "README.md")
_LIST: TypeAdapter[list[dict[str, Any]]] = TypeAdapter(list[dict[str, Any]])
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_BIB_KEY = re.compile(r"^\s*@\w+\s*\{\s*([^,\s]+)\s*,", re.M)
_UNSCORED = {"interest": 0.5, "feasibility": 0.5, "fit": 0.5}


def find_fault(template: Template) -> str | None:
    """Return the first thing that is wrong with a template's folder, or None."""
    missing = next((name for name in FILES if not (template.path / name).is_file()), None)
    if missing:
        return f"{missing} is missing; add it (docs/contracts.md says what it holds)"
    return next(_faults(template), None)


def _faults(template: Template) -> Iterator[str]:
    for field, fault in (*_limits(template), *_names(template), *_digits(template)):
        yield f"template.toml: {field}: {fault}"
    keys = set(_BIB_KEY.findall((template.path / "references.bib").read_text(encoding="utf-8")))
    for knob in template.knobs:
        for fault in _knob_faults(template, knob, keys):
            yield f"template.toml: knob {knob.name}: {fault}"
    yield from _slot_faults(template)
    yield from (f"ideas.json: {fault}" for fault in _idea_faults(template))


def _limits(template: Template) -> Iterator[tuple[str, str]]:
    for field in ("timeout_s", "memory_mb", "disk_mb", "metric.smallest_effect"):
        value = template.metric.smallest_effect if "." in field else getattr(template, field)
        if not value > 0:
            yield field, f"must be above zero, got {value:g}"
    if template.confirm_seeds < 2:
        yield "confirm_seeds", f"must be two at least (a test over seeds needs them), got {template.confirm_seeds}"


def _names(template: Template) -> Iterator[tuple[str, str]]:
    """Names end up in file names, ledger keys and macros, so they are plain and unique."""
    groups = {
        "knobs": [knob.name for knob in template.knobs],
        "metric": [metric.name for metric in (template.metric, *template.secondary)],
        "facts": list(template.facts),
    }
    for field, names in groups.items():
        for index, name in enumerate(names):
            if not _NAME.fullmatch(name):
                yield field, f"name {name!r} must be lower-case letters, digits and underscores; rename it"
            if name in names[:index]:
                yield field, f"two are named {name!r}; rename one"
    if not template.knobs:
        yield "knobs", "there is none; declare at least one thing to vary"


def _digits(template: Template) -> Iterator[tuple[str, str]]:
    """A numeral in prose would reach a paper outside the ledger."""
    metrics = (template.metric, *template.secondary)
    prose = {"title": template.title, "curve.x": template.curve.x, "curve.y": template.curve.y}
    prose |= {f"metric {metric.name}.label": metric.label for metric in metrics}
    prose |= {f"facts.{name}.label": fact.label for name, fact in template.facts.items()}
    prose |= {f"knob {knob.name}.label": knob.label for knob in template.knobs}
    prose |= {f"knob {knob.name}.why": knob.why for knob in template.knobs}
    for field, text in prose.items():
        if re.search(r"\d", text):
            yield field, f"has a digit ({text[:60]!r}); say it in words or as a fact"


def _knob_faults(template: Template, knob: Knob, keys: set[str]) -> Iterator[str]:
    others = {other.name for other in template.knobs} - {knob.name}
    levels = [(type(value), value) for value in knob.values]
    if (type(knob.default), knob.default) not in levels:
        yield f"default {knob.default!r} is not among values {list(knob.values)}; make it one of them, of the same type"
    if len(set(levels)) != len(levels) or len(levels) < 2:
        yield f"values {list(knob.values)} must be two at least and all different"
    yield from (
        f"partner {name!r} is no other knob; known: {sorted(others)}" for name in knob.partners if name not in others
    )
    yield from (f"cites {key!r} is not in references.bib; add the entry" for key in knob.cites if key not in keys)


def _slot_faults(template: Template) -> Iterator[str]:
    marked = slot_names(experiment_source(template))
    code = [knob for knob in template.knobs if knob.kind == "code"]
    for knob in code:
        if marked.count(knob.name) != 1:
            yield (
                f"experiment.py: slot {knob.name!r} is marked {marked.count(knob.name)} times; "
                f"put '# >>> slot: {knob.name}' and '# <<< slot: {knob.name}' around it once"
            )
        yield from _snippet_faults(template, knob)
    for name in sorted(set(marked) - {knob.name for knob in code}):
        yield f"experiment.py: slot {name!r} has no code knob in template.toml; declare it or take the marks out"


def _snippet_faults(template: Template, knob: Knob) -> Iterator[str]:
    for choice in knob.values:
        try:
            read_snippet(template, knob.name, str(choice))
        except UserError:
            yield f"slots/{knob.name}/{choice}.py is missing; add it, or take {choice!r} out of the knob's values"


def _idea_faults(template: Template) -> Iterator[str]:
    path = template.path / "ideas.json"
    try:
        raw = _LIST.validate_python(json.loads(path.read_text(encoding="utf-8")))
        ideas = [Idea.model_validate({"scores": _UNSCORED, **idea}) for idea in raw]
    except (json.JSONDecodeError, ValidationError) as error:
        yield f"is no list of ideas: {_one_line(error)}; mend it or leave the list empty"
        return
    known = {knob.name for knob in template.knobs}
    for idea in ideas:
        plan = idea.hypothesis
        unknown = [name for name in (*plan.factors, *plan.companions) if name not in known]
        if unknown:
            yield f"{idea.id}: factor {unknown[0]!r} is no knob; known: {sorted(known)}"
        if idea.template != template.name:
            yield f"{idea.id}: template is {idea.template!r}; write {template.name!r}"
        if (plan.metric, plan.direction) != (template.metric.name, template.metric.direction):
            yield f"{idea.id}: must be about the metric {template.metric.name} ({template.metric.direction})"


def _one_line(error: json.JSONDecodeError | ValidationError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return str(error)
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
