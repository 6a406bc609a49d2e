"""One step of AB-MCTS down the tree: into which child, or to stop here and make a new one. Its two forms."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from agents.search.broods import Brood, usable_broods, whole_brood
from agents.search.mixed_model import MixedBelief
from agents.search.model_choice import draw_broods, weigh_prices
from agents.search.posteriors import Belief
from agents.search.scores import Floats, Scores, row_of, score_with_crashes
from agents.search.tree import Node, SearchTree
from agents.search.view import SearchView

_CRASH_WEIGHT = 0.25
"""What a failed child counts, in scores of 0, against the node it was built on: a crash is rather the fault of the
change than of what was changed, but a node on which everything crashes is no place to go on."""


class Step(NamedTuple):
    """The child to go into, or None to make a new one here: by this model, if the step has chosen that too."""

    child: Node | None = None
    model: str | None = None


class Descent(Protocol):
    """A failed node is passed through, never built on: what repairs failures is not the walk."""

    def step(self, view: SearchView, node: Node, generator: np.random.Generator) -> Step: ...


@dataclass(frozen=True, slots=True)
class Aggregation:
    """Form A: one draw for new children against one for all that lies deeper, then one for each child.

    With `per_model`, a model is drawn first, at every node anew, and the rest is decided among its own children.
    """

    belief: Belief
    per_model: bool = False
    price_exponent: float = 0.0

    def step(self, view: SearchView, node: Node, generator: np.random.Generator) -> Step:
        model, brood = self._choose_brood(view, node, generator)
        if is_offered(view, node, model) and self._widens(view.tree, brood, generator):
            return Step(None, model)
        children = brood.open
        if not children:
            return Step(None, model)
        scores = _score_children(view.tree, children)
        return Step(children[int(np.argmax(self.belief.draw(scores, generator)))])

    def _choose_brood(self, view: SearchView, node: Node, generator: np.random.Generator) -> tuple[str | None, Brood]:
        if not self.per_model:
            return None, whole_brood(view.tree, node)
        broods = usable_broods(view, node)
        names = tuple(broods)
        worth = draw_broods(view.tree, tuple(broods.values()), self.belief, generator)
        name = names[int(np.argmax(weigh_prices(view, names, worth, self.price_exponent)))]
        return name, broods[name]

    def _widens(self, tree: SearchTree, brood: Brood, generator: np.random.Generator) -> bool:
        scores = score_with_crashes(tree, (brood.fresh, brood.later), (brood.crashes, 0))
        fresh, later = self.belief.draw(scores, generator)
        return fresh > later


@dataclass(frozen=True, slots=True)
class Mixture:
    """Form M: a next score of each child, and of a child that is not there yet, drawn from one mixed model.

    With `per_model` each model's children have a mixed model of their own, and one more child of each is on offer. With
    `pruning` a child is passed over in whose subtree nearly everything scores the same (see `is_exhausted`).
    """

    belief: MixedBelief
    per_model: bool = False
    price_exponent: float = 0.0
    pruning: bool = True

    def step(self, view: SearchView, node: Node, generator: np.random.Generator) -> Step:
        broods = self._broods(view, node)
        drawn = {model: self._draw(view.tree, brood, generator) for model, brood in broods.items()}
        new = self._choose_new(view, node, drawn)
        children = [child for each in drawn.values() for child in each.children]
        worth = np.concatenate([each.worth for each in drawn.values()])
        if new and (not children or new.worth > np.max(worth)):
            return Step(None, new.model)
        order = [children[int(place)] for place in np.argsort(-worth)]
        kept = next((child for child in order if not (self.pruning and is_exhausted(view.tree, child))), None)
        return Step(None, new.model) if new and not kept else Step(kept or order[0])

    def _broods(self, view: SearchView, node: Node) -> Mapping[str | None, Brood]:
        return {**usable_broods(view, node)} if self.per_model else {None: whole_brood(view.tree, node)}

    def _draw(self, tree: SearchTree, brood: Brood, generator: np.random.Generator) -> "_Drawn":
        """Pending and failed children take part in the fit: as what is expected of them, and as 0 (see SearchTree)."""
        seen = [child for child in brood.children if child.below.n]
        scores = _score_children(tree, seen)
        places = [place for place, child in enumerate(seen) if child.holds_success]
        crashes = brood.crashes if tree.is_rescaled else 0
        fit = self.belief.fit(scores.followed_by([1] * crashes))
        worth = fit.draw(scores.take(places).followed_by([0]), generator)
        return _Drawn(float(worth[-1]), [seen[place] for place in places], worth[:-1])

    def _choose_new(self, view: SearchView, node: Node, drawn: "Mapping[str | None, _Drawn]") -> "_New | None":
        models = [model for model in drawn if is_offered(view, node, model)]
        if not models:
            return None
        worth = np.array([drawn[model].new for model in models])
        best = int(np.argmax(weigh_prices(view, models, worth, self.price_exponent)))
        return _New(models[best], float(worth[best]))


class _Drawn(NamedTuple):
    """Draws for one more child, and for the children that can be built on."""

    new: float
    children: list[Node]
    worth: Floats


class _New(NamedTuple):
    """The best offer of one more child: by which model, if that matters, and what was drawn for it, price aside."""

    model: str | None
    worth: float


def _score_children(tree: SearchTree, children: Sequence[Node]) -> Scores:
    """What the children's subtrees scored; where what is built on one keeps failing, that tells against it too."""
    crashes = [_CRASH_WEIGHT * child.crashes for child in children]
    return score_with_crashes(tree, [row_of(child.below) for child in children], crashes)


def is_offered(view: SearchView, node: Node, model: str | None) -> bool:
    """Whether a new child of this node can be had, by this model if that matters."""
    return not node.has_failed and (model is None or model in view.models)


def is_exhausted(tree: SearchTree, node: Node, least: int = 4, share: float = 0.75) -> bool:
    """Whether at least `share` of a subtree's scores are the same to two decimals, there being `least` or more.

    The rule of treequest's AB-MCTS-M. Stops looking as soon as too many differ.
    """
    known = node.successes
    if known < least:
        return False
    scale, counts, most = tree.scale, Counter[int](), 0
    gains = (each.gain for each in tree.subtree(node))
    for looked_at, gain in enumerate((gain for gain in gains if gain is not None), 1):
        score = round(100 * scale(gain))
        counts[score] += 1
        most = max(most, counts[score])
        if looked_at - most > (1 - share) * known:
            return False
    return True
