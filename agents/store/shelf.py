"""The experiments that were read already, kept in order, so that reading a long journal costs what is new in it."""

from bisect import bisect_left
from functools import lru_cache

from agents.schema import Experiment, Stage
from agents.store.database import study_order

_order_of = lru_cache(maxsize=1024)(study_order)


class Shelf:
    """Experiments in order of study and index, found by id, by study, by stage or by both."""

    def __init__(self) -> None:
        self._by_id: dict[str, Experiment] = {}
        self._lists: dict[tuple[str | None, Stage | None], list[Experiment]] = {}

    def put(self, experiment: Experiment) -> None:
        """Take in an experiment, in the place of what was known of it."""
        known = self._by_id.get(experiment.id)
        if known is not None:
            for ordered in self._homes(known):
                del ordered[_position(ordered, known)]
        for ordered in self._homes(experiment):
            ordered.insert(_position(ordered, experiment), experiment)
        self._by_id[experiment.id] = experiment

    def get(self, experiment: str) -> Experiment | None:
        return self._by_id.get(experiment)

    def find(self, study: str | None, stage: Stage | None) -> list[Experiment]:
        """Those of one study and stage; None means all. The list is the caller's own."""
        return list(self._lists.get((study, stage), ()))

    def _homes(self, experiment: Experiment) -> list[list[Experiment]]:
        stages: tuple[Stage | None, ...] = (None, experiment.stage)
        lists = self._lists
        return [lists.setdefault((study, stage), []) for study in (None, experiment.study) for stage in stages]


def _position(ordered: list[Experiment], experiment: Experiment) -> int:
    """Where an experiment is or belongs in a list; most often at its end."""
    order = _order(experiment)
    if not ordered or _order(ordered[-1]) < order:
        return len(ordered)
    return bisect_left(ordered, order, key=_order)


def _order(experiment: Experiment) -> tuple[tuple[int, str], int, str]:
    return _order_of(experiment.study), experiment.index, experiment.id
