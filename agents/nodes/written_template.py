"""A template that a researcher wrote for one study, as a folder on disk: whole or not there at all."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import tomli_w

from agents.files import copy_template, remove_tree, sha256_text, write_atomic
from agents.free_tasks import Evaluator, Program, StudyDesign
from agents.schema import Source, Template
from agents.services import Services

T = TypeVar("T")


class Written(NamedTuple):
    """The parts of a template; programs that are not written yet are empty."""

    design: StudyDesign
    evaluator: Evaluator = Evaluator(data_module="", evaluator="")
    program: Program = Program(experiment="")
    sources: tuple[Source, ...] = ()


def use_written(written: Written, study: str, services: Services, use: Callable[[Template], T]) -> T:
    """Lay a template out for the moment and use it; raises UserError where it is none.

    The folder is named after the texts: what was read there once need not be read again.
    """
    digest = sha256_text(json.dumps(_texts(written, services)))[:12]
    folder = services.folder / "trial" / f"{study}-{digest}"
    try:
        lay_out(written, folder, services)
        return use(services.load_written(folder))
    finally:
        remove_tree(folder)


def lay_out(written: Written, folder: Path, services: Services) -> None:
    """Write a template's folder in place of what may be there."""
    making = folder.with_name(f".making-{folder.name}")
    for leftover in (making, folder):
        remove_tree(leftover)
    for name, text in _texts(written, services).items():
        write_atomic(making / name, text)
    copy_template(making, folder)
    shutil.rmtree(making)


def _texts(written: Written, services: Services) -> dict[str, str]:
    design = written.design
    return {
        "template.toml": _declaration(design, services),
        "experiment.py": written.program.experiment,
        "evaluate.py": written.evaluator.evaluator,
        "data.py": written.evaluator.data_module,
        "references.bib": "\n\n".join(source.bibtex for source in written.sources) + "\n",
        "ideas.json": "[]\n",
        "README.md": f"# {design.title}\n\n{design.description}\n\n{design.data}\n\n{design.evaluation}\n",
    }


def _left_out(design: StudyDesign) -> str:
    """What later writers must not tell as done."""
    told = "".join(f"\n- {text}" for text in design.left_out)
    return f"\n\nPromised by the idea and not done in this study:{told}" if told else ""


def _declaration(design: StudyDesign, services: Services) -> str:
    free = services.settings.free
    declared = design.model_dump(mode="json", exclude={"hypothesis", "left_out", "data", "evaluation"})
    limits = free.model_dump(mode="json", include={"timeout_s", "memory_mb", "disk_mb", "cpus", "gpus"})
    written = {
        "confirm_seeds": free.seeds,
        "written_by": services.model.name,
        "contract": f"Data: {design.data}\n\nEvaluation: {design.evaluation}{_left_out(design)}",
    }
    return tomli_w.dumps({**declared, **limits, **written})
