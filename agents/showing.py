"""What of a study is shown to the analyst and to the writer of each section: one row each, and what a row brings along.

Whatever is not shown exists all the same: the check of a paper takes any key of the ledger.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from agents.schema import Evidence, Experiment, Metric, Quantity, Record, SectionName, Term

Part = Literal[
    "plan", "risks", "rule", "metrics", "study", "contract", "levels", "novelty", "earlier", "sources", "own sources",
    "findings", "alternatives", "next steps", "nodes", "failures", "figures", "tables",
]  # fmt: skip
"""study: what the template says that it studies; contract: what its fixed programs give, check and refuse; own sources:
those that the idea, the settings and the judge of novelty name. Everybody sees topic, hypothesis and verdict."""


class Shown(Record):
    """Parts of the study, ledger rows by how their keys begin, and the sections that a new one must agree with."""

    parts: tuple[Part, ...]
    rows: tuple[str, ...]
    beside: tuple[SectionName, ...] = ()


_ARMS = ("effect.", "arm.treatment.", "arm.control.")
_SIZES = ("fact.", "data.", "confirm.seeds", "rule.smallest_effect", "search.nodes")
_SEARCH = (
    "search.nodes",
    "search.ok",
    "search.failed",
    "search.worse",
    "search.best",
    "search.baseline",
    "search.repeats",
)
SHOWN: dict[SectionName, Shown] = {
    "title": Shown(parts=(), rows=("effect.primary",), beside=("abstract",)),
    "abstract": Shown(
        parts=("metrics", "findings", "novelty"),
        rows=(*_ARMS, *_SIZES, "setting.treatment."), beside=("introduction", "conclusion"),
    ),
    "introduction": Shown(
        parts=("plan", "rule", "metrics", "study", "novelty", "earlier", "own sources", "findings"),
        rows=(*_ARMS, *_SIZES),
    ),
    "related_work": Shown(parts=("plan", "novelty", "earlier", "sources"), rows=("effect.primary",)),
    "method": Shown(
        parts=("plan", "rule", "metrics", "study", "contract", "levels", "own sources", "tables"),
        rows=(
            "metric.", "levels.", "default.", "fact.", "data.", "rule.", "control.", "confirm.seeds", "search.nodes",
            "search.drafts", "search.improves", "search.debugs", "search.repeats",
        ),
    ),
    "experiments": Shown(
        parts=("metrics", "study", "nodes", "figures", "tables"),
        rows=("search.", "control.", "confirm.", "setting.", "levels.", "cost.", "hardware.", "fact."),
        beside=("method",),
    ),
    "results": Shown(
        parts=("rule", "metrics", "findings", "nodes", "figures", "tables"),
        rows=(*_SEARCH, "control.", "confirm.", "rule.", "arm.", "effect.", "ablation.", "interaction.", "setting."),
        beside=("experiments",),
    ),
    "negative_results": Shown(
        parts=("metrics", "findings", "nodes", "failures", "figures", "tables"),
        rows=(*_SEARCH, "confirm.", *_ARMS), beside=("results",),
    ),
    "limitations": Shown(
        parts=("plan", "risks", "metrics", "novelty", "own sources", "findings", "alternatives"),
        rows=("effect.primary", *_SIZES, "control.", "rule.comparisons", "levels."), beside=("introduction",),
    ),
    "conclusion": Shown(
        parts=("metrics", "findings", "next steps", "novelty"),
        rows=(*_ARMS, "rule.smallest_effect"), beside=("results", "limitations"),
    ),
}  # fmt: skip
ANALYST = Shown(
    parts=("plan", "risks", "rule", "metrics", "study", "contract", "levels", "nodes", "failures"),
    rows=(
        "search.",
        "control.",
        "confirm.",
        "rule.",
        "arm.",
        "effect.",
        "ablation.",
        "interaction.",
        "setting.",
        "fact.",
        "levels.",
        "default.",
    ),
)
MOST_NODES = 40
"""Experiments of the search that are told one by one."""


class Row(NamedTuple):
    """A line of the ledger as a reader of it sees it: the value with unit and interval, or words. The label is "" where
    the key says as much."""

    key: str
    shown: str
    n: str
    label: str


def ledger_rows(evidence: Evidence, shown: Shown, used: Iterable[str] = (), text: str = "") -> list[Row]:
    """The rows that are to be shown, those `used` by what is shown besides, and those that `text` prints already."""
    wanted = frozenset(used)
    ledger: dict[str, Quantity | Term] = {**evidence.quantities, **evidence.terms}
    return [
        _row(item) for key, item in ledger.items()
        if key.startswith(shown.rows) or key in wanted or f"{{{key}}}" in text
    ]  # fmt: skip


def told_nodes(evidence: Evidence, nodes: Sequence[Experiment], metric: Metric) -> list[Experiment]:
    """The experiments to be told one by one, in their order: all, or of a long search the baseline, the winner, a share
    of the best, of the worst and of those that failed. What the ledger does not list is left out of a long one."""
    if len(nodes) <= MOST_NODES:
        return list(nodes)
    listed = [node for node in nodes if f"exp.{node.id}.seed" in evidence.quantities]
    share = MOST_NODES // 4
    scored = [(metric.gain(value, 0.0), node) for node in listed if (value := node.value(metric.name)) is not None]
    ranked = [node for _, node in sorted(scored, key=lambda pair: pair[0], reverse=True)]
    failed = [node for node in listed if node.value(metric.name) is None]
    best = evidence.quantities["search.best"].experiments if "search.best" in evidence.quantities else ()
    named = [node for node in listed if node.index == 0 or node.id in best]
    kept = {node.id for node in (*named, *ranked[:share], *ranked[-share:], *failed[:share])}
    return [node for node in nodes if node.id in kept]


def _row(item: Quantity | Term) -> Row:
    if isinstance(item, Term):
        return Row(item.key, item.text, "", item.label)
    value = f"{item.shown} {item.unit}".strip() + (f" [{', '.join(item.interval)}]" if item.interval else "")
    if _is_of_the_machine(item):
        value = f"as measured, in {item.unit}" if item.unit else "as measured"
    label = "" if item.key.startswith(("arm.", "ablation.")) else item.label
    return Row(item.key, value, str(item.n) if item.n > 1 else "", label)


def _is_of_the_machine(item: Quantity) -> bool:
    """It would make the question another one on each machine and at each time."""
    return item.key.startswith("hardware.") or (item.key.startswith("cost.") and item.unit in ("s", "h"))
