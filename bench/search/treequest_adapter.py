"""AB-MCTS-A of the published package treequest (Sakana AI, Apache-2.0) as a policy, for comparison only.

Not pure, as its algorithm is not: one object serves one search, and the package draws from global random numbers.
"""

import random
from importlib import import_module
from typing import Any

import numpy as np

from agents.errors import UserError
from agents.schema import Choice
from agents.search.view import SearchView


class TreequestA:
    """Options are those of treequest.ABMCTSA: dist_type, reward_average_priors, model_selection_strategy.

    A trial that failed scores 0: the package has no other way to say so.
    """

    def __init__(self, **options: Any) -> None:
        self._algorithm: Any = _package().ABMCTSA(**options)
        self._state: Any = None
        self._asked: dict[str, str] = {}
        self._told: set[str] = set()

    def ask(self, view: SearchView) -> Choice:
        if self._state is None:
            random.seed(view.seed)
            np.random.seed(view.seed)
            self._state = self._algorithm.init_tree()
        self._tell(view)
        self._state, trial = self._algorithm.ask(self._state, list(view.models))
        self._asked[str(view.index)] = trial.trial_id
        return Choice(parent=trial.parent_state, model=trial.action)

    def _tell(self, view: SearchView) -> None:
        for trial in view.tree.trials:
            if trial.id not in self._told:
                self._told.add(trial.id)
                score = 0.0 if trial.value is None else trial.value
                self._algorithm.tell(self._state, self._asked[trial.id], (trial.id, score))


def _package() -> Any:
    try:
        return import_module("treequest")
    except ImportError as error:
        raise UserError("treequest is not installed; pip install treequest, or leave treequest_a out") from error
