r"""Tables from the ledger. Every number in them is an \ev macro; experiment ids are labels and print as they are."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from agents.latex.escape import breakable, escape_latex
from agents.schema import Config, Evidence, Experiment, KnobValue, Status, Template

_STATUS_WORDS: dict[Status, str] = {
    "ok": "ran",
    "crash": "crashed",
    "timeout": "ran out of time",
    "oom": "ran out of memory",
    "disk": "ran out of disk",
    "no_metrics": "left no metrics",
    "tampered": "touched what it must not",
    "infra": "lost to the machine",
    "skipped": "not run, the budget was used up",
}
_DETAIL_CHARACTERS = 60
_EXIT_CODE = re.compile(r"^exit (?:code|status) -?\d+[:,;]?\s*", re.I)
COLUMN_IN, PAGE_IN = 3.3, 6.9
"""Widths of one column and of the page's text, as in naturalist.sty."""
_GAP_IN = 8 / 72.27
_OUTLINE = (
    "Every experiment of confirmation and ablation, and the search in outline: the baseline, the way to the winner, "
    "the best, the worst, the first that failed. The file experiments.json beside the paper holds every experiment."
)
NEGATIVE_NODE = re.compile(r"^\S+ & (?!repeat &)[a-z: ]+ &", re.M)
"""Begins the row of a node in tab:negative; a repeat is none."""
_EVERY = "Every experiment of the study in the order in which it was planned."
_BY_ARM = "An arm of confirmation and ablation has one row, with the values of its seeds in their order."
LARGEST_FLOAT_ROWS = 14
"""Longer lists of negative results than a column holds move to the appendix, where tables may break over pages."""


class Table(NamedTuple):
    """LaTeX of a table and how many rows it has; a long one breaks over pages and needs a one-column page.

    An outline has a row for what the ledger of a large study lists, not for every experiment.
    """

    label: str
    latex: str
    rows: int
    is_long: bool = False
    is_outline: bool = False


def judged_by(evidence: Evidence, template: Template) -> Template:
    """The template with the hypothesis' metric as the primary one and the others as secondary."""
    claim = evidence.registration.idea.hypothesis
    metrics = (template.metric, *template.secondary)
    chosen = next((metric for metric in metrics if metric.name == claim.metric), template.metric)
    others = tuple(metric for metric in metrics if metric != chosen)
    judged = chosen.model_copy(update={"direction": claim.direction})
    return template.model_copy(update={"metric": judged, "secondary": others})


def arms_table(evidence: Evidence, template: Template) -> Table | None:
    """Arms by metrics on the confirmation split; None without a winner. Arms that share their runs share a row."""
    arms = _distinct_arms(evidence)
    if not arms:
        return None
    rows = [[_arm_names(evidence, template, names), *_arm_cells(evidence, template, names[0])] for names in arms]
    heads = ["Arm", *(_head(metric.label) for metric in (template.metric, *template.secondary))]
    is_wide = len(template.secondary) > 1
    shares = [3.0, 3.2, *[2.0 for _ in template.secondary]]
    tuned = ", tuned beside them on its own" if "control.tried" in evidence.quantities else ""
    caption = (
        "Arms on the confirmation split: means over fresh seeds, the primary metric with its interval. The control is "
        f"the treatment with the idea's settings back at their defaults{tuned}; an arm with a setting at its default "
        "is the treatment but for that."
    )
    latex = _floating("tab:arms", caption, shares, heads, rows, is_wide)
    return Table("tab:arms", latex, len(rows))


def settings_table(evidence: Evidence, template: Template, experiments: Sequence[Experiment]) -> Table | None:
    """Knob values of treatment and control; None without a winner. Factors of the idea are marked."""
    runs = {arm: _first_run(evidence, arm, experiments) for arm in ("treatment", "control")}
    factors = evidence.registration.idea.hypothesis.factors
    if not all(runs.values()):
        return None
    rows = [
        [escape_latex(knob.label) + (r"\nobreak\hspace{0pt}\textsuperscript{$\star$}" if knob.name in factors else "")]
        + [_setting(evidence, arm, run, knob.name) for arm, run in runs.items() if run]
        for knob in template.knobs
    ]
    moved = evidence.quantities.get("control.moved")
    tuned = " but what was tuned beside it, in each for itself" if moved and moved.value else ""
    caption = f"Settings of the arms. A star marks what the idea is about; all else is equal in both arms{tuned}."
    latex = _floating("tab:settings", caption, [2.0, 1.0, 1.0], ["Setting", "Treatment", "Control"], rows, False)
    return Table("tab:settings", latex, len(rows))


def negative_nodes(template: Template, experiments: Sequence[Experiment]) -> list[Experiment]:
    """Search nodes that failed, or ran and were no better than the baseline node; the baseline itself is neither.

    A node stands or falls by its own run, which has the baseline's seed. Of its repeats those that failed are negative.
    """
    search = [item for item in experiments if item.stage == "search" and item.outcome]
    reference = next((item.value(template.metric.name) for item in search if item.index == 0), None)
    return [item for item in search if _is_negative(item, template, reference)]


def is_listed(evidence: Evidence, experiment: str) -> bool:
    """Whether the ledger has entries of this one experiment; of a large study it has those of a few."""
    return f"exp.{experiment}.seed" in evidence.quantities


def negative_table(evidence: Evidence, template: Template, experiments: Sequence[Experiment]) -> Table | None:
    """Every failed or worse node of the search that the ledger lists; None when there is none.

    A kind is told by what the node did, not by what it was to do."""
    every = negative_nodes(template, experiments)
    nodes = [node for node in every if is_listed(evidence, node.id)]
    if not nodes:
        return None
    by_id = {item.id: item for item in experiments}
    rows = [
        [breakable(node.id), _kind(template, node, by_id),
         _tried(evidence, template, node, by_id.get(node.parent or "")), _outcome(evidence, template, node)]
        for node in nodes
    ]  # fmt: skip
    which = "every search node" if len(nodes) == len(every) else "the search nodes in outline"
    caption = (
        f"Negative results: {which} that failed or did no better than the baseline node, with its kind (what "
        "it changed in the node that it was built on) and all its settings away from the baseline."
    )
    heads = ["Run", "Kind", "Settings away from the baseline", "Outcome"]
    if len(rows) > LARGEST_FLOAT_ROWS:
        return Table(
            "tab:negative", long_table("tab:negative", caption, [1.0, 1.0, 4.6, 3.4], heads, rows), len(rows), True
        )
    latex = _floating("tab:negative", caption, [1.0, 0.8, 1.7, 1.7], heads, rows, False)
    return Table("tab:negative", latex, len(rows))


def experiments_table(evidence: Evidence, template: Template, experiments: Sequence[Experiment]) -> Table:
    """The experiments of the study that the ledger lists: a row for each of the search, and for each arm after it."""
    listed = [item for item in experiments if is_listed(evidence, item.id)]
    is_outline = len(listed) < len(experiments)
    arms: dict[str, list[Experiment]] = {}
    for item in sorted(listed, key=lambda item: item.index):
        arms.setdefault(item.arm if item.stage in ("confirm", "ablate") else item.id, []).append(item)
    rows = [_runs_row(evidence, template, runs) for runs in arms.values()]
    heads = ["Run", "Stage", "Arm", "Seeds", "Settings away from the baseline", _head(template.metric.label)]
    shares = [1.0, 0.9, 1.7, 1.4, 3.0, 2.2]
    caption = f"{_OUTLINE if is_outline else _EVERY} {_BY_ARM}"
    latex = long_table("tab:experiments", caption, shares, heads, rows)
    return Table("tab:experiments", latex, len(rows), is_long=True, is_outline=is_outline)


def _runs_row(evidence: Evidence, template: Template, runs: Sequence[Experiment]) -> list[str]:
    """A row of tab:experiments: a run of the search, or all runs of an arm with their seeds and values in order."""
    first = runs[0]
    settings = _settings(evidence, template, first, evidence.registration.baseline)
    if first.is_repeat and first.parent:
        settings = f"as in {breakable(first.parent)}"
    arm = "repeat" if first.is_repeat else _arm_name(evidence, template, first.arm, first) if first.arm else "--"
    results = ", ".join(_metric_or_status(evidence, template, item) for item in runs)
    return [_ids(runs), first.stage, arm, _seeds(evidence, runs), settings, results]


def _ids(runs: Sequence[Experiment]) -> str:
    """The id of a run; of several the first and the last, for those of other arms lie between them."""
    return " to ".join(dict.fromkeys(breakable(item.id) for item in (runs[0], runs[-1])))


def _seeds(evidence: Evidence, runs: Sequence[Experiment]) -> str:
    """Seeds in order; those that follow one on the other as a range."""
    cells = [_number(evidence, f"exp.{item.id}.seed") for item in runs]
    steps = {later.seed - item.seed for item, later in pairwise(runs)}
    return f"{cells[0]} to {cells[-1]}" if len(runs) > 2 and steps == {1} else ", ".join(cells)


def pairs_table(label: str, caption: str, rows: Sequence[tuple[str, str]]) -> str:
    """A long two-column table of names and LaTeX values, for the appendix."""
    return long_table(label, caption, [1.0, 2.6], ["What", "Value"], [list(row) for row in rows])


def _is_arm_mean(key: str) -> bool:
    return key.startswith("arm.") and key.endswith(".mean") and key.count(".") == 2


def _is_negative(item: Experiment, template: Template, reference: float | None) -> bool:
    if item.outcome is None or not item.outcome.is_ok:
        return True
    value = item.value(template.metric.name)
    is_comparable = item.index > 0 and not item.is_repeat and value is not None and reference is not None
    return is_comparable and template.metric.gain(value or 0.0, reference or 0.0) <= 0


def _distinct_arms(evidence: Evidence) -> list[list[str]]:
    """Names of the arms, those with the same experiments together, in ledger order."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for key, item in evidence.quantities.items():
        if _is_arm_mean(key):
            arm = key.split(".")[1]
            groups.setdefault(item.experiments or (arm,), []).append(arm)
    rank = {"treatment": 0, "control": 1, "baseline": 2}
    return sorted(groups.values(), key=lambda names: min(rank.get(name, 3) for name in names))


def _arm_names(evidence: Evidence, template: Template, arms: Sequence[str]) -> str:
    return ", ".join(_arm_name(evidence, template, arm) for arm in arms)


def _arm_name(evidence: Evidence, template: Template, arm: str, run: Experiment | None = None) -> str:
    """An arm as a reader calls it, with the default of the setting that it puts back: by the ledger, if a number."""
    label, name = escape_latex(template.arm_label(arm)), arm.removeprefix("without_")
    default = template.baseline.get(name)
    if name == arm or default is None or isinstance(default, bool):
        return label
    return f"{label} ({_shown_setting(evidence, f'exp.{_run_of(evidence, arm, run)}.{name}', default)})"


def _run_of(evidence: Evidence, arm: str, run: Experiment | None) -> str:
    """The id of a run of the arm, "" where the ledger names none."""
    quantity = evidence.quantities.get(f"arm.{arm}.mean")
    return run.id if run else next(iter(quantity.experiments), "") if quantity else ""


def _arm_cells(evidence: Evidence, template: Template, arm: str) -> list[str]:
    primary = rf"\evi{{arm.{arm}.mean}}"
    return [primary, *(_number(evidence, f"arm.{arm}.{metric.name}.mean") for metric in template.secondary)]


def _first_run(evidence: Evidence, arm: str, experiments: Sequence[Experiment]) -> Experiment | None:
    quantity = evidence.quantities.get(f"arm.{arm}.mean")
    return next((item for item in experiments if quantity and item.id in quantity.experiments), None)


def _setting(evidence: Evidence, arm: str, run: Experiment, knob: str) -> str:
    return _shown_setting(evidence, f"setting.{arm}.{knob}", run.config.get(knob, ""))


def _kind(template: Template, node: Experiment, by_id: dict[str, Experiment]) -> str:
    """What a node is by what it changed in its parent, whatever it was announced as."""
    parent = by_id.get(node.parent or "")
    if node.index == 0 or node.is_repeat or parent is None:
        return "repeat" if node.is_repeat else "draft" if node.index else "baseline"
    changed = [name for name, value in node.config.items() if value != parent.config.get(name)]
    has_slot = any(knob.kind != "config" for knob in template.knobs if knob.name in changed)
    has_new_code = node.code_sha256 != parent.code_sha256 and not has_slot
    what = " and ".join(["settings"] * bool(changed) + ["program"] * has_new_code) or "nothing"
    return what if parent.outcome and parent.outcome.is_ok else f"repair: {what}"


def _tried(evidence: Evidence, template: Template, node: Experiment, parent: Experiment | None) -> str:
    """All settings away from the baseline; where a node changed the program alone, the researcher's words too."""
    if node.is_repeat and parent:
        return f"as in {breakable(parent.id)}"
    settings = _settings(evidence, template, node, evidence.registration.baseline)
    before = parent.config if parent else evidence.registration.baseline
    if node.index == 0 or node.config != before:
        return settings
    words = escape_latex(_wordless(node.change))
    return words if settings == "none" else f"{settings}; {words}"


def _settings(evidence: Evidence, template: Template, item: Experiment, reference: Config) -> str:
    changed = [name for name, value in item.config.items() if value != reference.get(name)]
    cells = [f"{escape_latex(_knob_label(template, name))}: {_value(evidence, item, name)}" for name in changed]
    return "; ".join(cells) or "none"


def _knob_label(template: Template, name: str) -> str:
    return next((knob.label for knob in template.knobs if knob.name == name), name.replace("_", " "))


def _value(evidence: Evidence, item: Experiment, knob: str) -> str:
    return _shown_setting(evidence, f"exp.{item.id}.{knob}", item.config[knob])


def _shown_setting(evidence: Evidence, key: str, value: KnobValue) -> str:
    """A knob's value: words as they are, numbers by the ledger."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return breakable(value) if isinstance(value, str) else _number(evidence, key)


def _number(evidence: Evidence, key: str) -> str:
    """A ledger value; a dash where the ledger has none, so that nothing is typed by hand."""
    return rf"\ev{{{key}}}" if key in evidence.quantities else "--"


def _outcome(evidence: Evidence, template: Template, node: Experiment) -> str:
    if node.outcome is None or node.outcome.is_ok:
        return f"no better: {_number(evidence, f'exp.{node.id}.{template.metric.name}')}"
    detail = _wordless(_EXIT_CODE.sub("", node.outcome.detail))
    words = _STATUS_WORDS[node.outcome.status]
    return f"{words}: {_broken(detail)}" if detail else words


def _metric_or_status(evidence: Evidence, template: Template, item: Experiment) -> str:
    if item.value(template.metric.name) is not None:
        return _number(evidence, f"exp.{item.id}.{template.metric.name}")
    return _STATUS_WORDS[item.outcome.status] if item.outcome else "did not run"


def _wordless(text: str) -> str:
    """Free text with every word that holds a digit left out: only the ledger may bring numbers."""
    words = ["…" if any(char.isnumeric() for char in word) else word for word in text.split()]
    kept = " ".join(word for place, word in enumerate(words) if word != "…" or words[place - 1 : place] != ["…"])
    return kept if len(kept) <= _DETAIL_CHARACTERS else kept[: _DETAIL_CHARACTERS - 1].rstrip() + "…"


def _broken(text: str) -> str:
    """Escaped text in which overlong words may break anywhere."""
    return " ".join(breakable(word) if len(word) < 24 else r"\allowbreak{}".join(map(escape_latex, word))
                    for word in text.split())  # fmt: skip


def _head(label: str) -> str:
    """A label at the top of a column; units stand with the values, which the ledger prints."""
    return escape_latex(label[:1].upper() + label[1:])


def _columns(shares: Sequence[float], width_in: float) -> str:
    """Ragged columns in these proportions that, with the gaps between them, are `width_in` wide."""
    free = width_in - _GAP_IN * (len(shares) - 1)
    return "@{}" + "".join(rf"L{{{free * share / sum(shares) - 0.001:.3f}in}}" for share in shares) + "@{}"


def _body(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, str]:
    head = " & ".join(rf"\textbf{{{item}}}" for item in heads) + r" \\"
    return head, "\n".join(" & ".join(row) + r" \\[1pt]" for row in rows)


def _floating(
    label: str,
    caption: str,
    shares: Sequence[float],
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    is_wide: bool,
) -> str:
    name, columns = ("table*", _columns(shares, PAGE_IN)) if is_wide else ("table", _columns(shares, COLUMN_IN))
    head, body = _body(heads, rows)
    return (
        f"\\begin{{{name}}}[tb]\n\\caption{{{caption}}}\\label{{{label}}}\n\\footnotesize\\centering\n"
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{head}\n\\midrule\n{body}\n\\bottomrule\n\\end{{tabular}}\n"
        f"\\end{{{name}}}\n"
    )


def long_table(
    label: str, caption: str, shares: Sequence[float], heads: Sequence[str], rows: Sequence[Sequence[str]]
) -> str:
    head, body = _body(heads, rows)
    return (
        f"{{\\footnotesize\n\\begin{{longtable}}{{{_columns(shares, PAGE_IN)}}}\n"
        f"\\caption{{{caption}}}\\label{{{label}}}\\\\\n"
        f"\\toprule\n{head}\n\\midrule\n\\endfirsthead\n\\toprule\n{head}\n\\midrule\n\\endhead\n"
        f"\\bottomrule\n\\endfoot\n{body}\n\\end{{longtable}}}}\n"
    )
