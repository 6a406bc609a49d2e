"""What the trials of a search say of models, of the arms of a policy, and of noise: sums kept up trial by trial."""

from dataclasses import dataclass, field

from agents.search.sums import Sums

_FADE = 0.98
"""What is left of a yield with every further trial: what paid in the beginning need not pay now."""


@dataclass(slots=True)
class Lift:
    """By how much a model's trials beat what they were built on; its drafts count against the mean of those before."""

    gains: Sums = field(default_factory=Sums)
    tries: int = 0
    failures: int = 0


@dataclass(slots=True)
class Yield:
    """By how much trials raised the best gain so far, what they cost, how many there were; older ones have faded."""

    raised: float = 0.0
    cost: float = 0.0
    tries: float = 0.0

    def fade(self) -> None:
        self.raised, self.cost, self.tries = _FADE * self.raised, _FADE * self.cost, _FADE * self.tries

    def add(self, raised: float, cost: float, tries: float = 1.0) -> None:
        self.raised, self.cost, self.tries = self.raised + raised, self.cost + cost, self.tries + tries


@dataclass(slots=True)
class Experience:
    """`drafts` sums the gains of drafts, `lifts` those of all models' lifts. `repeats` counts repeated measurements,
    `within` sums their squared deviations from the means of their nodes."""

    models: dict[str, Lift] = field(default_factory=dict[str, Lift])
    arms: dict[str, Yield] = field(default_factory=dict[str, Yield])
    overall: Yield = field(default_factory=Yield)
    drafts: Sums = field(default_factory=Sums)
    lifts: Sums = field(default_factory=Sums)
    repeats: int = 0
    within: float = 0.0

    @property
    def noise_sd(self) -> float | None:
        """Standard deviation of one measurement, in gains; None until something was measured again."""
        return (self.within / self.repeats) ** 0.5 if self.repeats else None

    def note_trial(self, model: str, gain: float | None, reference: float | None) -> None:
        """Take in a trial of a model. Without a reference, as in a repair, it tells nothing of the model's lift."""
        lift = self.models.setdefault(model, Lift())
        lift.tries += 1
        lift.failures += gain is None
        if gain is not None and reference is not None:
            lift.gains.note(gain - reference)
            self.lifts.note(gain - reference)

    def note_yield(self, arm: str, cost: float, raised: float) -> None:
        ours = self.arms.setdefault(arm, Yield())
        for known in (*self.arms.values(), self.overall):
            known.fade()
        for known in (ours, self.overall):
            known.add(raised, cost)

    def rate_of(self, arm: str, pseudo_trials: float) -> float:
        """What an arm raised for its cost, drawn towards the rate of all by so many trials like the average one."""
        known, every = self.arms.get(arm, _UNTRIED), self.overall
        weight = pseudo_trials / every.tries if every.tries else 0.0
        cost = known.cost + weight * every.cost
        return (known.raised + weight * every.raised) / cost if cost > 0 else 0.0

    def note_repeat(self, gain: float, before: Sums) -> None:
        """Take in one more measurement of a node (the update of Welford, Technometrics 1962)."""
        self.repeats += 1
        self.within += (gain - before.mean) ** 2 * before.n / (before.n + 1)


_UNTRIED = Yield()
