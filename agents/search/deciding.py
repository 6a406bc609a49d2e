"""Decisions of a search in their order, so that neither timing nor a restart can change any of them.

Node k may know the outcome of the nodes up to k - lag (one that measures again, of all the search before), and of those
after them what was decided. So decisions are made one after another, each once; one that the journal holds already is
taken from there. The tree is judged by the metric that the study's hypothesis is about.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from threading import Lock

from agents.schema import Choice, Experiment, Metric, Registration, experiment_id
from agents.search.stages import known_nodes
from agents.search.tree import SearchTree, Trial
from agents.search.view import Policy, SearchView

_SECONDS = 3600.0


@dataclass(slots=True)
class _Course:
    """One study's tree, and the choices made for its nodes from the first after the baseline on."""

    tree: SearchTree
    told: int = 0
    decided: list[Choice] = field(default_factory=list[Choice])


class OrderedSearch:
    """The Search of a run. Safe to use from many lanes; `lag` as in the settings."""

    def __init__(
        self,
        policy: Policy,
        *,
        lag: int = 1,
        seed: int = 0,
        models: Sequence[str] = (),
        objectives: Sequence[Metric] = (),
        usd_per_hour: float = 0.0,
    ) -> None:
        self._policy, self._objectives = policy, tuple(objectives)
        self._lag, self._seed = lag, seed
        self._models = tuple(models) or ("",)
        self._usd_per_s = usd_per_hour / _SECONDS
        self._courses: dict[str, _Course] = {}
        self._lock = Lock()

    def decide(self, plan: Registration, index: int, nodes: Sequence[Experiment]) -> Choice:
        with self._lock:
            course = self._courses.setdefault(plan.study, _begin(plan))
            recorded = {node.index: node for node in nodes[len(course.decided) :]}
            for number in range(len(course.decided) + 1, index + 1):
                self._tell(course, plan, nodes[: known_nodes(plan, number, self._lag)])
                known = recorded.get(number)
                choice = choice_of(known) if known else self._ask(course.tree, plan, number)
                course.decided.append(choice)
                course.tree.pend(experiment_id(plan.study, number), choice.parent, choice.model, choice.patch)
            return course.decided[index - 1]

    def _ask(self, tree: SearchTree, plan: Registration, index: int) -> Choice:
        seed = Random(f"{self._seed}/{plan.study}").getrandbits(31)
        total, is_tunable = plan.search_experiments, bool(plan.idea.hypothesis.companions)
        return self._policy.ask(SearchView(tree, index, total, seed, self._models, plan.replications, is_tunable))

    def _tell(self, course: _Course, plan: Registration, known: Sequence[Experiment]) -> None:
        for node in known[course.told :]:
            course.tree.tell(self._trial_of(node, plan))
            course.told += 1

    def _trial_of(self, node: Experiment, plan: Registration) -> Trial:
        wall_s = node.outcome.wall_s if node.outcome else 0.0
        values = [(metric, node.value(metric.name)) for metric in self._objectives]
        return Trial(
            id=node.id,
            parent=node.parent,
            value=node.value(plan.idea.hypothesis.metric),
            model=node.model,
            patch=node.patch,
            arm=node.chosen_by,
            cost=node.cost_usd + self._usd_per_s * wall_s,
            niche="+".join(name for name, value in node.config.items() if value != plan.baseline.get(name)),
            objectives=tuple(metric.gain(value, 0.0) for metric, value in values if value is not None),
        )


def _begin(plan: Registration) -> _Course:
    tree = SearchTree(plan.idea.hypothesis.direction)
    tree.pend(experiment_id(plan.study, 0), None)
    return _Course(tree)


def choice_of(node: Experiment) -> Choice:
    """The choice that a recorded node came from."""
    return Choice(
        parent=node.parent,
        patch=node.patch,
        inspirations=node.inspirations,
        model=node.model,
        arm=node.chosen_by,
        phase=node.phase,
    )
