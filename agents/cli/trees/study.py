"""One study's search, read from a run folder: its nodes with their kinds, the best of them, what it was judged by."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from agents.errors import UserError
from agents.schema import Experiment, Metric, NodeKind, Registration, kind_of
from agents.search.expected import Expected, expect, tried_of
from agents.search.tree import SearchTree, Trial
from agents.settings import load_settings
from agents.store.database import study_order
from agents.store.journal import SqlJournal
from agents.store.place import find_place
from templates import load_template


@dataclass(frozen=True)
class StudyTree:
    """The search of one study. `nodes` are in order of their index; some may be under way."""

    folder: Path
    study: str
    title: str
    metric: Metric
    nodes: tuple[Experiment, ...]
    search_seed: int = 0

    @cached_property
    def by_id(self) -> dict[str, Experiment]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def kinds(self) -> dict[str, NodeKind]:
        return {node.id: kind_of(self.by_id.get(node.parent or ""), node.patch) for node in self.nodes}

    @cached_property
    def best(self) -> Experiment | None:
        """The node with the best mean of its measurements, as the search itself ranks them."""
        tree = SearchTree(self.metric.direction)
        for node in self.nodes:
            if node.outcome:
                parent = node.parent if node.parent and node.parent in tree else None
                tree.tell(Trial(node.id, parent, self.value(node), patch=node.patch if parent else "edit"))
        best = tree.best()
        return self.by_id[best.id] if best and best.id else None

    @property
    def best_path(self) -> list[str]:
        """From the best node up to the draft that it came from."""
        return [node.id for node in self.path(self.best)]

    @cached_property
    def expected(self) -> Expected:
        """What the cheap baselines would be expected to reach; estimates."""
        return expect(tried_of(self.nodes, self.metric.name), self.metric.direction, self.search_seed)

    @property
    def models(self) -> list[str]:
        """Names of the models that proposed nodes, in order of first use."""
        return list(dict.fromkeys(node.model for node in self.nodes))

    def value(self, node: Experiment) -> float | None:
        return node.value(self.metric.name)

    def parent(self, node: Experiment) -> Experiment | None:
        """What a node was built on; None too for a parent that is not older, which only a broken journal has."""
        above = self.by_id.get(node.parent or "")
        return above if above and above.index < node.index else None

    def path(self, node: Experiment | None) -> Iterator[Experiment]:
        while node is not None:
            yield node
            node = self.parent(node)


def read_study(folder: Path, study: str | None = None, *, newest: bool = True) -> StudyTree:
    """Read a study of a run; without a name the newest, or the oldest. Raises UserError where there is none."""
    found = read_studies(folder)
    if not found:
        raise UserError(
            f"run {folder.name} has made no experiment yet; look at it with: naturalist status {folder.name}"
        )
    if study is None:
        return found[-1 if newest else 0]
    named = next((each for each in found if each.study == study), None)
    if named is None:
        known = ", ".join(each.study for each in found)
        raise UserError(f"run {folder.name} has no study {study!r} with experiments; it has {known}")
    return named


def read_studies(folder: Path) -> list[StudyTree]:
    """Read every study of a run that has search nodes, in order."""
    place = find_place(folder, load_settings(folder / "settings.toml").store.url)
    if not place.exists:
        return []
    with closing(SqlJournal(*place)) as journal:
        nodes = journal.experiments(stage="search")
        plans = {study: journal.registration(study) for study in {node.study for node in nodes}}
    kept = {study: plan for study, plan in plans.items() if plan}
    return [_study_tree(folder, kept[study], nodes) for study in sorted(kept, key=study_order)]


def _study_tree(folder: Path, plan: Registration, nodes: list[Experiment]) -> StudyTree:
    own = sorted((node for node in nodes if node.study == plan.study), key=lambda node: node.index)
    return StudyTree(folder, plan.study, plan.idea.title, _metric(folder, plan), tuple(own), plan.search_seed)


def _metric(folder: Path, plan: Registration) -> Metric:
    """The metric as the run's own copy of its template describes it, else what the plan says."""
    claim = plan.idea.hypothesis
    bare = Metric(name=claim.metric, label=claim.metric, direction=claim.direction)
    try:
        template = load_template(folder / "template" / plan.template)
    except UserError:  # a run folder without its template still has its tree
        return bare
    return next((each for each in (template.metric, *template.secondary) if each.name == claim.metric), bare)
