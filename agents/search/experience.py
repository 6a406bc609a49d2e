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
    """By how much an arm's trials raised the best gain so far, and what they cost; older trials have faded."""

    raised: float = 0.0
    cost: float = 0.0


@dataclass(slots=True)
class Experience:
    """`drafts` sums the gains of drafts, `lifts` those of all models' lifts. `repeats` counts repeated measurements,
    `within` sums their squared deviations from the means of their nodes."""

    models: dict[str, Lift] = field(default_factory=dict[str, Lift])
    arms: dict[str, Yield] = field(default_factory=dict[str, Yield])
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
        for known in self.arms.values():
            known.raised, known.cost = _FADE * known.raised, _FADE * known.cost
        ours = self.arms.setdefault(arm, Yield())
        ours.raised, ours.cost = ours.raised + raised, ours.cost + cost

    def note_repeat(self, gain: float, before: Sums) -> None:
        """Take in one more measurement of a node (the update of Welford, Technometrics 1962)."""
        self.repeats += 1
        self.within += (gain - before.mean) ** 2 * before.n / (before.n + 1)
