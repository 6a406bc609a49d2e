"""Checks a published paper as a third party would: from its folder alone, with every quantity worked out again."""

from collections.abc import Sequence
from pathlib import Path

from agents.errors import UserError
from agents.experiments.evidence import Hardware, weigh_evidence
from agents.paper.verify import verify_paper
from agents.schema import Evidence, Experiment, Problem, Registration
from templates import load_template


def audit_paper(folder: Path) -> tuple[Problem, ...]:
    """Return what does not hold: files, numbers in the text, or quantities that the metrics do not give."""

    def recompute(plan: Registration, experiments: Sequence[Experiment]) -> Evidence:
        template = load_template(folder / "bundle" / "template" / plan.template)
        if template.evaluator_sha256 != plan.evaluator_sha256:
            raise UserError(f"{folder}: the evaluator in the bundle is not the one that was registered")
        return weigh_evidence(plan, template, experiments, Hardware(cpus=1, memory_gb=1.0))

    return verify_paper(folder, recompute)
