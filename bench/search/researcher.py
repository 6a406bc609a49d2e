"""The simulated researcher: carries out choices on a landscape and measures what came of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.schema import Choice
from bench.search.grounds import MODELS, SimulatedModel, crash_chance
from bench.search.landscape import Array, Landscape, Place
from bench.search.luck import Luck

_BY_NAME = {model.name: model for model in MODELS}
_REPEAT_PRICE = 1.0


class Attempt(NamedTuple):
    """What a trial came to. `observed` is None where it crashed; `place` is then where a repair will lead."""

    place: Place
    observed: float | None
    cost: float


class SimulatedResearcher:
    """Answers trial by trial. A model knows which of its own attempts at one trial is best; policies see noise.

    A draft, and a rewrite too, is a new hill at random and a point on it at random. An edit is a step away from the
    parent, on its hill; on lottery ground it is a new draw. A cross takes every coordinate from one of two parents and
    a step besides if they share a hill; if not, nothing of either is left and it is a new draft. Mending a failure
    leads where the failed trial would have led; it may crash again. A repeat measures once more, costs no model and
    never crashes, except that a failure repeated fails again.
    """

    def __init__(self, landscape: Landscape, luck: Luck, noise: float) -> None:
        self._landscape, self._luck = landscape, luck
        self._noise = noise * landscape.ground.noise
        self._attempts: dict[str, Attempt] = {}

    def carry_out(self, index: int, trial: str, choice: Choice) -> Attempt:
        """Run trial `index`, counted from 0. Raises KeyError for a parent that was not carried out."""
        parent = self._attempts[choice.parent] if choice.parent is not None else None
        attempt = (
            self._repeat(index, parent) if parent and choice.patch == "repeat" else self._run(index, choice, parent)
        )
        self._attempts[trial] = attempt
        return attempt

    def truth(self, trial: str) -> float:
        """The noise-free value of a trial that succeeded."""
        return self._attempts[trial].place.value

    def _repeat(self, index: int, parent: Attempt) -> Attempt:
        observed = None if parent.observed is None else self._measure(index, parent.place)
        return Attempt(parent.place, observed, _REPEAT_PRICE)

    def _run(self, index: int, choice: Choice, parent: Attempt | None) -> Attempt:
        model = _BY_NAME[choice.model]
        has_crashed = self._luck.crashes[index] < crash_chance(self._landscape.ground, model)
        place = self._go(index, model, choice, parent)
        return Attempt(place, None if has_crashed else self._measure(index, place), model.price)

    def _go(self, index: int, model: SimulatedModel, choice: Choice, parent: Attempt | None) -> Place:
        if parent is None or choice.patch == "rewrite":
            return self._draft(index, model)
        if parent.observed is None:
            return parent.place
        if choice.patch == "cross" and choice.inspirations:
            return self._cross(index, model, parent.place, self._attempts[choice.inspirations[0]].place)
        return self._step(index, model, parent.place.hill, parent.place.point)

    def _draft(self, index: int, model: SimulatedModel) -> Place:
        hills = self._landscape.hills(self._luck.hills[index, : model.draws])
        return self._best(hills, self._luck.points[index, : model.draws])

    def _step(self, index: int, model: SimulatedModel, hill: int, start: Array) -> Place:
        hills = np.full(model.draws, hill)
        if self._landscape.ground.is_lottery:
            return self._best(hills, self._luck.points[index, : model.draws])
        steps = model.step * self._landscape.ground.stride * self._luck.steps[index, : model.draws]
        return self._best(hills, np.clip(start + steps, 0.0, 1.0))

    def _cross(self, index: int, model: SimulatedModel, one: Place, other: Place) -> Place:
        if one.hill != other.hill:
            return self._draft(index, model)
        mixed = np.where(self._luck.mixes[index, : model.draws] < 0.5, one.point, other.point)
        return self._step(index, model, one.hill, mixed)

    def _best(self, hills: NDArray[np.int64], points: Array) -> Place:
        values = self._landscape.values(hills, points)
        best = int(np.argmax(values))
        return Place(int(hills[best]), points[best], float(values[best]))

    def _measure(self, index: int, place: Place) -> float:
        return float(np.clip(place.value + self._noise * self._luck.noise[index], 0.0, 1.0))
