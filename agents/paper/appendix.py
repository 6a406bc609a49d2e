"""The reproducibility table: plan, code, settings, seeds, machine, cost and software, from the ledger and by name."""

from collections.abc import Sequence

from agents.latex.escape import breakable, escape_latex
from agents.paper.colophon import Colophon, text_settings
from agents.paper.costs import cost_cell
from agents.paper.material import material_rows, shown_hash
from agents.paper.tables import pairs_table
from agents.schema import Evidence, Experiment, Template

Row = tuple[str, str]
_SETTINGS = {
    "model": "Researcher",
    "seed": "Seed of the run",
    "literature": "Literature asked",
    "ideas": "Ideas proposed at the start",
    "follow_ups": "New ideas before each later round",
    "ideas_at_once": "Ideas studied side by side",
    "generations": "Rounds of study and review, at most",
    "gates": "Points where a person approves",
    "search.policy": "Search policy",
    "search.options": "Options of the search policy",
    "search.models": "Models that the search may choose from",
    "search.is_staged": "Search by stages",
    "search.experiments": "Experiments of a search, baseline included",
    "search.lanes": "Search lanes working at once",
    "confirm.control_tries": "Settings of companions that the control tries, at most",
    "free.is_on": "Without a person's template",
    "free.reflections": "Looks at each idea",
    "free.attempts": "Attempts at evaluator and first version, at most",
    "free.pilot_seeds": "Seeds of the baseline's trial before registration",
    "free.timeout_s": "Time limit of an experiment",
    "executor.name": "Where experiments ran",
    "executor.options": "Options of where experiments ran",
    "sandbox.backend": "Sandbox of the experiments",
    "sandbox.is_weak_allowed": "A weak sandbox was allowed",
    "sandbox.slots": "Experiments run at once, at most",
    "sandbox.gpus": "GPUs that may be used",
    "budget.usd": "Limit on the cost of model calls",
    "budget.tokens": "Limit on tokens",
    "budget.hours": "Limit on hours",
    "budget.gpu_hours": "Limit on hours of GPUs",
    "models.fallback": "Models for when others fail",
    "models.timeout_s": "Time limit of a reply",
    "models.max_tokens": "Longest reply in tokens",
    "models.tries": "Tries at a model",
    "paper.repairs": "Rounds of mending the text, at most",
}
"""What a reader calls the settings, in the order of the table; one that is missing here comes last, by its name."""
_TOLD_ABOVE = ("search_seed", "confirm.seeds", "confirm.alpha", "template", "paper.is_typeset")
_INTERNAL = ("search.usd_per_hour", "search.lag", "sandbox.timeout_factor")
"""What only a program needs to repeat a run: it stands in evidence.json alone."""


def reproducibility_table(
    evidence: Evidence, template: Template, experiments: Sequence[Experiment], colophon: Colophon
) -> str:
    """LaTeX of tab:setup, a long table of what is needed to run the study again."""
    rows = [
        *_what_ran(evidence, template, colophon),
        *_programs(evidence, experiments),
        *material_rows(colophon),
        *_facts(evidence),
        *_rule(evidence),
        *_seeds(evidence),
        *_machine(evidence, template),
        *_spent(evidence),
        *_settings(evidence, colophon),
        *[(f"Version of {escape_latex(name)}", breakable(version)) for name, version in colophon.versions.items()],
    ]
    caption = (
        "What is needed to run the study again. The same settings, seeds and code give the same numbers on the same "
        "machine."
    )
    return pairs_table("tab:setup", caption, rows)


def _what_ran(evidence: Evidence, template: Template, colophon: Colophon) -> list[Row]:
    idea = evidence.registration.idea
    return [
        ("Topic", escape_latex(colophon.settings.topic)),
        ("Template", breakable(template.name)),
        ("Data", escape_latex(", ".join(template.datasets))),
        ("Hypothesis", escape_latex(idea.hypothesis.statement)),
        ("Factors", _listed(template, idea.hypothesis.factors)),
        ("Tuned beside them", _listed(template, idea.hypothesis.companions)),
        *_levels(evidence, template),
        ("Evaluator and data (SHA of their code)", rf"\texttt{{{shown_hash(evidence.registration.evaluator_sha256)}}}"),
    ]


def _levels(evidence: Evidence, template: Template) -> list[Row]:
    """Declared levels and default of what the search might set."""
    keys = [(knob.label, f"levels.{knob.name}", f"default.{knob.name}") for knob in template.knobs]
    return [
        (f"Levels of {escape_latex(label)}", rf"\ev{{{levels}}}; \ev{{{default}}} by default")
        for label, levels, default in keys if evidence.terms.keys() >= {levels, default}
    ]  # fmt: skip


def _facts(evidence: Evidence) -> list[Row]:
    """The facts of the design: sizes of the data and the like, as the template declares them."""
    facts = [item for key, item in evidence.quantities.items() if key.startswith("fact.")]
    return [(escape_latex(item.label[:1].upper() + item.label[1:]), rf"\ev{{{item.key}}}") for item in facts]


def _programs(evidence: Evidence, experiments: Sequence[Experiment]) -> list[Row]:
    """The program that won, by its hash; evaluator and data module have one of their own."""
    treatment = evidence.quantities.get("arm.treatment.mean")
    ran = next((item for item in experiments if treatment and item.id in treatment.experiments), None)
    return [("Program of the treatment (SHA)", rf"\texttt{{{shown_hash(ran.code_sha256)}}}")] if ran else []


def _rule(evidence: Evidence) -> list[Row]:
    rows = [
        ("Family-wise error rate", "rule.alpha"),
        ("Interval level", "rule.level"),
        ("Comparisons corrected for", "rule.comparisons"),
        ("Smallest effect that matters", "rule.smallest_effect"),
    ]
    return [*_known(evidence, rows), ("Verdict of the registered rule", evidence.verdict.label)]


def _seeds(evidence: Evidence) -> list[Row]:
    """The search's seed, and those of the confirmation as the treatment's experiments had them."""
    rows = _known(
        evidence,
        [
            ("Seed of the search", "config.search_seed"),
            ("Measurements of it repeated on other seeds", "search.repeats"),
            ("Paired fresh seeds", "confirm.seeds"),
        ],
    )
    treatment = evidence.quantities.get("arm.treatment.mean")
    keys = [f"exp.{run}.seed" for run in (treatment.experiments if treatment else ())]
    seeds = ", ".join(rf"\ev{{{key}}}" for key in keys if key in evidence.quantities)
    return [*rows, ("Seeds of the confirmation", seeds)] if seeds else rows


def _spent(evidence: Evidence) -> list[Row]:
    """What the calls cost, in every paper that a model had a part in."""
    return [("Cost of model calls", cost_cell(evidence, "cost.usd"))] if "cost.calls" in evidence.quantities else []


def _machine(evidence: Evidence, template: Template) -> list[Row]:
    rows = [
        ("CPU cores", "hardware.cpus"),
        ("Memory", "hardware.memory_gb"),
        ("GPUs", "hardware.gpus"),
        ("Experiments run in all stages", "cost.experiments"),
        ("Their wall time, summed", "cost.experiment_s"),
        ("Model calls for this paper", "cost.calls"),
        ("Tokens that models read", "cost.tokens_in"),
        ("Tokens that models wrote", "cost.tokens_out"),
        ("Citing sentences, once for each work cited", "cite.sentences"),
        ("Of them, supported by the work's abstract", "cite.supported"),
        ("Of them, not checkable: no abstract, or one that does not tell", "cite.unchecked"),
        ("Of them, not supported", "cite.unsupported"),
    ]
    meant_for = [("Template's hardware", escape_latex(template.hardware))] if template.hardware else []
    return _known(evidence, rows) + [row for row in meant_for if not any(char.isdigit() for char in row[1])]


def _settings(evidence: Evidence, colophon: Colophon) -> list[Row]:
    """Every setting of the run: numbers through the ledger, the rest as words."""
    numbers = {key[7:]: rf"\ev{{{key}}}" for key in evidence.quantities if key.startswith("config.")}
    words = {name: breakable(value) for name, value in text_settings(colophon.settings).items()}
    both = {name: cell for name, cell in (numbers | words).items() if name not in (*_TOLD_ABOVE, *_INTERNAL)}
    known = [(_SETTINGS[name], both[name]) for name in _SETTINGS if name in both]
    return known + [(rf"\texttt{{{breakable(name)}}}", both[name]) for name in sorted(both.keys() - _SETTINGS.keys())]


def _known(evidence: Evidence, rows: list[Row]) -> list[Row]:
    return [(label, rf"\ev{{{key}}}") for label, key in rows if key in evidence.quantities]


def _listed(template: Template, names: tuple[str, ...]) -> str:
    labels = [knob.label for name in names for knob in template.knobs if knob.name == name]
    return escape_latex(", ".join(labels)) or "none"
