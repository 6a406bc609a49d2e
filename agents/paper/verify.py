"""What a third party can check of a published paper, from its folder alone."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from agents.paper.citations import check_references
from agents.paper.markup import find_cites, find_keys, find_numerals
from agents.paper.numbers import read_pdf, unexplained_numbers
from agents.paper.publish import MANIFEST, manifest
from agents.paper.sections import read_sections
from agents.schema import Evidence, Experiment, Figure, Problem, Quantity, Registration, Source

Recompute = Callable[[Registration, Sequence[Experiment]], Evidence]
"""Works the ledger out again from the plan and the experiments; the composition root binds template and hardware."""

_EXPERIMENTS: TypeAdapter[tuple[Experiment, ...]] = TypeAdapter(tuple[Experiment, ...])
_SOURCES: TypeAdapter[tuple[Source, ...]] = TypeAdapter(tuple[Source, ...])
_FIGURES: TypeAdapter[tuple[Figure, ...]] = TypeAdapter(tuple[Figure, ...])
NOT_RECOMPUTED = ("config.", "hardware.", "cost.", "fact.", "data.", "cite.")
"""Ledger entries that do not follow from the experiments: settings, machine, cost, facts, what was given, citations."""


def verify_paper(folder: Path, recompute: Recompute | None = None) -> tuple[Problem, ...]:
    """Check files against the manifest, numbers against the evidence, evidence against the experiments' own metrics.

    With `recompute` every quantity and the verdict are worked out again from experiments.json. Returns one problem per
    thing that does not hold; a folder that is no published paper is a problem too, not an exception.
    """
    problems = list(_check_manifest(folder))
    try:
        evidence = Evidence.model_validate_json((folder / "evidence.json").read_bytes())
        experiments = _EXPERIMENTS.validate_json((folder / "experiments.json").read_bytes())
    except (OSError, ValidationError) as error:
        return (*problems, _problem("unreadable", f"{folder} is no published paper: {str(error).splitlines()[0]}"))
    problems += _check_text(folder, evidence)
    problems += _check_metrics(folder, experiments)
    problems += _check_ledger_runs(evidence, experiments)
    problems += _check_repeats(experiments)
    problems += _check_control(experiments)
    problems += _check_references(folder)
    problems += _check_pdf(folder, evidence, experiments)
    if recompute is not None:
        problems += compare_evidence(evidence, recompute(evidence.registration, experiments))
    return tuple(problems)


def compare_evidence(claimed: Evidence, again: Evidence) -> Iterator[Problem]:
    """Yield what a recomputation finds different: verdict, missing or additional entries, and values."""
    if claimed.verdict.label != again.verdict.label:
        yield _problem("verdict", f"the paper's verdict is {claimed.verdict.label}, recomputed {again.verdict.label}")
    for key in sorted({*claimed.quantities, *again.quantities}):
        if key.startswith(NOT_RECOMPUTED):
            continue
        ours, theirs = claimed.quantities.get(key), again.quantities.get(key)
        if ours is None or theirs is None or not _is_same(ours, theirs):
            shown = [
                item.model_dump_json(include={"value", "low", "high", "n"}) if item else "none"
                for item in (ours, theirs)
            ]
            yield _problem("recomputed", f"{key}: the paper has {shown[0]}, recomputed {shown[1]}")
    yield from _compare_terms(claimed, again)


def _compare_terms(claimed: Evidence, again: Evidence) -> Iterator[Problem]:
    """The words are those of plan and template; papers from before there were any have none."""
    for key in sorted({*claimed.terms, *again.terms}) if claimed.terms else ():
        ours, theirs = claimed.terms.get(key), again.terms.get(key)
        if ours is None or theirs is None or ours.text != theirs.text:
            shown = [repr(item.text) if item else "none" for item in (ours, theirs)]
            yield _problem("recomputed", f"{key}: the paper has {shown[0]}, recomputed {shown[1]}")


def _check_manifest(folder: Path) -> Iterator[Problem]:
    listed: dict[str, str] = _read_json(folder / MANIFEST, {})
    if not listed:
        yield _problem("manifest", f"{MANIFEST} is missing or empty")
    found = manifest(folder)
    for name in sorted({*listed, *found}):
        if name not in found:
            yield _problem("manifest", f"{name} is listed but not there")
        elif name not in listed:
            yield _problem("manifest", f"{name} is there but not listed")
        elif listed[name] != found[name]:
            yield _problem("manifest", f"{name} was changed after publication")


def _check_text(folder: Path, evidence: Evidence) -> Iterator[Problem]:
    """Numbers in sections and captions come from the ledger alone."""
    figures = _FIGURES.validate_python(_read_json(folder / "figures.json", []))
    texts: list[tuple[str, str]] = [(name, text) for name, text in read_sections(folder).items()]
    texts += [(figure.label, figure.caption) for figure in figures]
    for name, text in texts:
        for numeral in find_numerals(text):
            yield _problem("numeral", f"{name}: {numeral!r} is typed by hand")
        for key in find_keys(text):
            if key not in evidence.keys:
                yield _problem("unknown-key", f"{name}: evidence has no entry {key!r}")


def _check_references(folder: Path) -> Iterator[Problem]:
    """The bibliography tells the works as the records beside it do."""
    if (folder / "sources.json").is_file():
        sources = _SOURCES.validate_python(_read_json(folder / "sources.json", []))
        yield from check_references(folder / "references.bib", read_sections(folder), sources)


def _check_metrics(folder: Path, experiments: Sequence[Experiment]) -> Iterator[Problem]:
    """What the journal says of a run must be what its evaluator wrote."""
    for item in experiments:
        if item.outcome is None or not item.outcome.is_ok:
            continue
        written = _read_json(folder / "bundle" / "experiments" / item.id / "metrics.json", None)
        if written != item.outcome.metrics:
            yield _problem("metrics", f"{item.id}: the journal has {item.outcome.metrics}, its metrics.json {written}")


def _check_ledger_runs(evidence: Evidence, experiments: Sequence[Experiment]) -> Iterator[Problem]:
    """Ledger entries rest on experiments that exist, and single measurements equal the run's metric."""
    by_id = {item.id: item for item in experiments}
    for key, quantity in evidence.quantities.items():
        for run in quantity.experiments:
            if run not in by_id:
                yield _problem("no-experiment", f"{key} rests on {run}, which did not run")
        _, _, rest = key.partition("exp.")
        run, _, metric = rest.partition(".")
        value = by_id[run].value(metric) if key.startswith("exp.") and run in by_id else None
        if value is not None and value != quantity.value:
            yield _problem("metrics", f"{key} is {quantity.value} in the evidence and {value} in the journal")


def _check_repeats(experiments: Sequence[Experiment]) -> Iterator[Problem]:
    """A repeat counts for its node, so it must be the same program and settings, on a seed that is new to the node."""
    by_id = {item.id: item for item in experiments}
    seen = {(item.id, item.seed) for item in experiments}
    for item in (item for item in experiments if item.is_repeat):
        node = by_id.get(item.parent or "")
        if node is None or node.is_repeat or (node.config, node.code_sha256) != (item.config, item.code_sha256):
            yield _problem("repeat", f"{item.id} says that it repeats {item.parent}, and is not the same experiment")
        elif (node.id, item.seed) in seen:
            yield _problem("repeat", f"{item.id} repeats {node.id} on a seed that it was measured with already")
        seen.add((item.parent or "", item.seed))


def _check_control(experiments: Sequence[Experiment]) -> Iterator[Problem]:
    """The control that was tuned is the one that was compared: with one configuration goes one program."""
    runs = [item for item in experiments if item.arm == "control"]
    programs: dict[str, str] = {}
    for item in sorted(runs, key=lambda item: item.index):
        if programs.setdefault(json.dumps(item.config, sort_keys=True), item.code_sha256) != item.code_sha256:
            yield _problem("control", f"{item.id} runs another program than the control was tuned with")


def _check_pdf(folder: Path, evidence: Evidence, experiments: Sequence[Experiment]) -> list[Problem]:
    pdf, names = folder / "paper.pdf", _read_json(folder / "names.json", [])
    if not pdf.is_file():
        return [_problem("no-pdf", "paper.pdf is not there")]
    cited = {key for text in read_sections(folder).values() for key in find_cites(text)}
    bibliography = (folder / "references.bib").read_text("utf-8") if cited else ""
    ids = [item.id for item in experiments]
    found = unexplained_numbers(read_pdf(pdf), evidence, ids, names, {"references.bib": bibliography})
    return [_problem("number", f"the PDF prints {number!r}, which no evidence explains") for number in found]


def _is_same(ours: Quantity, theirs: Quantity) -> bool:
    pairs = [(ours.value, theirs.value), (ours.low, theirs.low), (ours.high, theirs.high)]
    return ours.n == theirs.n and all(_is_close(a, b) for a, b in pairs)


def _is_close(a: float | None, b: float | None) -> bool:
    return a == b if a is None or b is None else math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def _problem(rule: str, detail: str) -> Problem:
    return Problem(section=None, rule=rule, detail=detail)


def _read_json(path: Path, missing: Any) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return missing
