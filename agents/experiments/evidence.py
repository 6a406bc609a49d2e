"""The evidence of one study: its verdict, and a ledger of every number that its paper may print.

Pure and repeatable: a third party who has the registration, the template and the experiments gets the same ledger
(only `cost.experiment_s` and `hardware.*` depend on the machine). The keys are those of docs/contracts.md.
"""

from collections.abc import Iterable, Iterator, Sequence

from agents.errors import UserError
from agents.experiments.findings import Findings
from agents.experiments.ledger import (
    arm_entries,
    confirmation_entries,
    constant,
    cost_entries,
    effect_entries,
    experiment_entries,
    fact_entries,
    rule_entries,
    search_entries,
    setting_entries,
    still_entries,
)
from agents.experiments.statistics import judge
from agents.experiments.terms import plan_terms, setting_terms
from agents.schema import Evidence, Experiment, Quantity, Record, Registration, Template, Term


class Hardware(Record):
    """The machine that the experiments ran on."""

    cpus: int
    memory_gb: float
    gpus: int = 0


def weigh_evidence(
    plan: Registration, template: Template, experiments: Sequence[Experiment], hardware: Hardware
) -> Evidence:
    """Work out ledger and verdict of a study. Experiments without an outcome, or of other studies, are left out.

    A pair of which one member failed is left out of its comparison; `n` says how many pairs remain.
    """
    study = Findings(plan, template, experiments)
    entries = [*search_entries(study), *rule_entries(study.rule, study.metric), *fact_entries(template)]
    if study.winner is not None:
        entries += [
            *confirmation_entries(study),
            *still_entries(study),
            *arm_entries(study),
            *effect_entries(study),
            *setting_entries(study, study.winner),
        ]
    entries += [*experiment_entries(study), *cost_entries(study), *_hardware_entries(hardware)]
    terms = [*plan_terms(study), *(setting_terms(study, study.winner) if study.winner else ())]
    return Evidence(
        study=plan.study, registration=plan, verdict=judge(study.primary, study.rule), quantities=_keyed(entries),
        terms={term.key: term for term in terms},
    )  # fmt: skip


def differences(claimed: Evidence, recomputed: Evidence) -> list[str]:
    """What a recomputation found different, one line each: what, as claimed, as recomputed. Nothing is passed over."""
    found = [
        f"{name}: claimed {ours!r}, recomputed {theirs!r}"
        for name in ("study", "registration", "verdict")
        if (ours := getattr(claimed, name)) != (theirs := getattr(recomputed, name))
    ]
    for key in sorted({*claimed.quantities, *recomputed.quantities}):
        found += _entry_differences(key, claimed.quantities.get(key), recomputed.quantities.get(key))
    return found + [
        f"{key}: claimed {ours!r}, recomputed {theirs!r}"
        for key in sorted({*claimed.terms, *recomputed.terms})
        if (ours := _text(claimed.terms.get(key))) != (theirs := _text(recomputed.terms.get(key)))
    ]


def _text(term: Term | None) -> str:
    return term.text if term else "nothing"


def _entry_differences(key: str, claimed: Quantity | None, recomputed: Quantity | None) -> list[str]:
    if claimed is None or recomputed is None:
        ours, theirs = (quantity.value if quantity else "nothing" for quantity in (claimed, recomputed))
        return [f"{key}: claimed {ours}, recomputed {theirs}"]
    return [
        f"{key}.{field}: claimed {ours!r}, recomputed {theirs!r}"
        for field in Quantity.model_fields
        if (ours := getattr(claimed, field)) != (theirs := getattr(recomputed, field))
    ]


def _keyed(entries: Iterable[Quantity]) -> dict[str, Quantity]:
    ledger: dict[str, Quantity] = {}
    for entry in entries:
        if entry.key in ledger:
            raise UserError(f"two ledger entries are called {entry.key!r}; rename the knob or metric in template.toml")
        ledger[entry.key] = entry
    return ledger


def _hardware_entries(hardware: Hardware) -> Iterator[Quantity]:
    yield constant("hardware.cpus", hardware.cpus, "processor cores", "")
    yield constant("hardware.memory_gb", round(hardware.memory_gb, 1), "memory", "GiB")
    yield constant("hardware.gpus", hardware.gpus, "graphics processors", "")
