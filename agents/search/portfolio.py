"""Several policies on one tree: what pays is done more often, fresh drafts never cease, winners are measured again."""

import math
import random

from pydantic import Field

from agents.schema import Choice, Record
from agents.search.ab_mcts import AbMcts
from agents.search.evolution import Evolution
from agents.search.lift import choose_by_lift
from agents.search.tree import Node, SearchTree
from agents.search.view import SearchView

_CANDIDATES = 200
_PSEUDO_TRIALS = 5.0


class Portfolio(Record):
    """The default policy: drafts, repairs, four ways to build on what is there, and repeated measurements.

    The first `drafts` nodes are fresh drafts, later ones with probability `draft_share`; failures are repaired with
    probability `debug_probability`. Else an arm chooses: `best` (the best node), `rivals` (the best node of another
    idea, the lower its rank the more rarely), `ab_mcts` or `evolution`. These four numbers are shares; `exploration` of
    each is fixed, the rest goes by how much an arm raised the best result for its cost lately.

    The best node is measured again before more is built on its luck, up to `most_measurements` times if noise is large
    beside `tolerance` (a share of the range of scores), in at most `repeat_share` of all trials. Models are drawn by
    their lift (see lift.py), divided by price ** `price_exponent`.
    """

    drafts: int = Field(default=3, ge=0)
    draft_share: float = Field(default=0.4, ge=0, le=1)
    debug_probability: float = Field(default=0.3, ge=0, le=1)
    longest_repair: int = Field(default=3, ge=0)
    best: float = Field(default=0.4, gt=0)
    rivals: float = Field(default=0.3, ge=0)
    ab_mcts: float = Field(default=0.15, ge=0)
    evolution: float = Field(default=0.15, ge=0)
    exploration: float = Field(default=0.3, ge=0, le=1)
    repeat_share: float = Field(default=0.12, ge=0, le=1)
    tolerance: float = Field(default=0.05, gt=0)
    most_measurements: int = Field(default=6, ge=1)
    price_exponent: float = Field(default=0.0, ge=0)

    def ask(self, view: SearchView) -> Choice:
        rng, tree, best = view.rng(), view.tree, view.tree.best()
        model = choose_by_lift(view, rng, self.price_exponent)
        if view.index <= self.drafts:
            return Choice(model=model, arm="drafts")
        if best and self._wants_repeat(view, best):
            return Choice(parent=best.id, patch="repeat", model=model, arm="repeats")
        if rng.random() < self.draft_share:
            return Choice(model=model, arm="drafts")
        failures, wants_repair = tree.open_failures(self.longest_repair), rng.random() < self.debug_probability
        if failures and (wants_repair or best is None):
            return Choice(parent=rng.choice(failures).id, model=model, arm="repairs")
        if best is None:
            return Choice(model=model, arm="drafts")
        return self._build(view, rng, best, model)

    def _build(self, view: SearchView, rng: random.Random, best: Node, model: str) -> Choice:
        arm = self._draw_arm(view.tree, rng)
        match arm:
            case "best":
                return Choice(parent=best.id, model=model, arm=arm)
            case "rivals":
                return Choice(parent=_draw_rival(view.tree, rng).id, model=model, arm=arm)
            case "ab_mcts":
                choice = AbMcts().ask(view)
            case _:
                choice = Evolution(drafts=0, draft_share=0, debug_probability=0).ask(view)
        return choice.model_copy(update={"arm": arm, "model": model})

    def _draw_arm(self, tree: SearchTree, rng: random.Random) -> str:
        """Draw an arm by its share and by how its rate compares with the others'; part of it by the share alone."""
        shares = {"best": self.best, "rivals": self.rivals, "ab_mcts": self.ab_mcts, "evolution": self.evolution}
        earned = {arm: share * tree.experience.rate_of(arm, _PSEUDO_TRIALS) for arm, share in shares.items()}
        whole, all_earned = sum(shares.values()), sum(earned.values())
        if all_earned > 0:
            learned = 1 - self.exploration
            shares = {
                arm: self.exploration * share / whole + learned * earned[arm] / all_earned
                for arm, share in shares.items()
            }
        return rng.choices(list(shares), list(shares.values()))[0]

    def _wants_repeat(self, view: SearchView, best: Node) -> bool:
        repeats = view.tree.experience.repeats
        return repeats < self.repeat_share * (view.index - 1) - 0.5 and 1 + best.repeats < self._needed(view.tree)

    def _needed(self, tree: SearchTree) -> int:
        """How often the best must be measured for its standard error to lie within the tolerance."""
        if tree.experience.repeats < 2:
            return 2
        noise = (tree.experience.noise_sd or 0.0) / tree.scale.span
        return max(1, min(self.most_measurements, round((noise / self.tolerance) ** 2)))


def _draw_rival(tree: SearchTree, rng: random.Random) -> Node:
    """The best node of an idea: of the leading one with probability 1/2, of the second with 1/4, and so on."""
    leaders: dict[int, Node] = {}
    for node in tree.ranked(_CANDIDATES):
        leaders.setdefault(node.idea, node)
    rank = min(len(leaders) - 1, int(-math.log2(1 - rng.random())))
    return list(leaders.values())[rank]
