"""From how the commands of an experiment ended, and what they left on disk, to its Outcome. Runs nothing."""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from agents.experiments.seal import MOST_FILES, SEALED, UnfitArtefacts, hash_artefacts
from agents.files import read_untrusted
from agents.schema import Completion, Metric, Outcome, Status, Template

_LIMIT_BYTES = 1_000_000
_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
_NAMES: dict[type, str] = {str: "a string", bool: "a boolean", list: "a list", dict: "an object", type(None): "null"}


class _Fault(Exception):
    """Why an experiment that ran to its end has no usable result."""

    def __init__(self, status: Status, detail: str) -> None:
        super().__init__(detail)
        self.status: Status = status
        self.detail = detail


def read_outcome(template: Template, folder: Path, completions: tuple[Completion, ...]) -> Outcome:
    """The outcome of the experiment in `folder`; `completions` are of experiment.py and, if it was run, evaluate.py.

    Time, memory and exit code are of experiment.py alone. What evaluate.py could not use is the experiment's fault.
    """
    first = completions[0]
    ran = Outcome(
        status=first.status, detail=first.detail, exit_code=first.exit_code, wall_s=first.wall_s,
        peak_memory_mb=first.peak_memory_mb, sandbox=first.sandbox,
    )  # fmt: skip
    if not ran.is_ok:
        return ran
    try:
        artefacts = _read_artefacts(folder)
        _check_evaluation(completions[1:])
        metrics = read_metrics(folder / "evaluation" / "metrics.json", (template.metric, *template.secondary))
    except _Fault as fault:
        return ran.model_copy(update={"status": fault.status, "detail": fault.detail})
    return ran.model_copy(update={"metrics": metrics, "artefacts": artefacts})


def read_metrics(path: Path, declared: Iterable[Metric]) -> dict[str, float]:
    """Numbers of a metrics.json as floats; all that are declared, nothing but finite numbers, else it is a fault."""
    content = _read_object(path)
    metrics = {name: _number(name, value) for name, value in content.items()}
    missing = [metric.name for metric in declared if metric.name not in metrics]
    if missing:
        raise _Fault("no_metrics", f"metrics.json lacks {', '.join(missing)}")
    return metrics


def _read_object(path: Path) -> dict[str, Any]:
    try:
        return _OBJECT.validate_json(read_untrusted(path, _LIMIT_BYTES))
    except FileNotFoundError as error:
        raise _Fault("no_metrics", "evaluate.py wrote no metrics.json") from error
    except OSError as error:
        raise _Fault("no_metrics", str(error)) from error
    except ValueError as error:
        raise _Fault("no_metrics", "metrics.json is not a JSON object") from error


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Fault(
            "no_metrics", f"metric {_shown(name)} is {_NAMES.get(type(value), type(value).__name__)}, not a number"
        )
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _Fault("no_metrics", f"metric {_shown(name)} is {'NaN' if math.isnan(number) else 'infinite'}")
    return number


def _shown(name: str) -> str:
    return name if name.isidentifier() else repr(name[:60])


def _check_evaluation(completions: tuple[Completion, ...]) -> None:
    if not completions:
        raise _Fault("no_metrics", "evaluate.py was not run")
    last = completions[0]
    if last.status != "ok":
        raise _Fault("no_metrics", f"evaluate.py: {last.detail or last.status}")


def _read_artefacts(folder: Path) -> dict[str, str]:
    """Hashes of what the experiment left; faults if the evaluator saw something else."""
    try:
        hashes = hash_artefacts(folder / "artefacts")
    except UnfitArtefacts as error:
        raise _Fault("tampered", str(error)) from error
    if len(hashes) > MOST_FILES:
        raise _Fault("disk", f"left {len(hashes)} files; at most {MOST_FILES} are kept")
    if _sealed(folder, hashes) != hashes:
        raise _Fault("tampered", "the artefacts changed while they were evaluated")
    return hashes


def _sealed(folder: Path, otherwise: dict[str, str]) -> Any:
    """The hashes noted before the evaluation; `otherwise` if the evaluator never got that far."""
    try:
        return json.loads(read_untrusted(folder / "evaluation" / SEALED, 2 * _LIMIT_BYTES))
    except FileNotFoundError:
        return otherwise
    except (OSError, ValueError, RecursionError) as error:
        raise _Fault("tampered", "the evaluation's note of the artefacts was overwritten") from error
