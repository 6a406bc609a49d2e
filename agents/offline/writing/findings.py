"""What the numbers say, as clauses that several sections share. Signs and comparisons come from the ledger alone."""

from agents.offline.phrases import join_words
from agents.offline.writing.story import Sign, Story, ev
from agents.schema import Knob, Metric, Quantity

LEAST_PAIRS = 3
"""Pairs without which the registered rule gives no verdict (docs/contracts.md)."""


def sign_of(value: float) -> Sign:
    return "gain" if value > 0 else "loss" if value < 0 else "none"


def effect_clause(story: Story) -> str:
    """What treatment does to the metric, with effect and interval; the subject of the sentence comes before.

    A direction is claimed only when the interval excludes zero, an improvement only when the verdict supports it.
    """
    effect, shown = story.effect, story.evi("effect.primary")
    if effect.low is not None and effect.low > 0 and story.verdict != "supported":
        return f"has a mean paired gain of {shown} in {story.metric_label}, with an interval above zero"
    if effect.low is not None and effect.low > 0:
        return f"{story.raises} {story.metric_label} by {shown} on average"
    if effect.high is not None and effect.high < 0:
        return f"makes {story.metric_label} worse, with a mean paired gain of {shown}"
    sign = {"gain": "a gain", "loss": "a loss", "none": "neither gain nor loss"}[sign_of(effect.value)]
    doubt = "of unknown uncertainty" if effect.low is None else "not distinguishable from zero"
    if sign_of(effect.value) == "none":
        return f"has a mean paired gain of {shown} in {story.metric_label}, {sign}"
    return f"has a mean paired gain of {shown} in {story.metric_label}, {sign} {doubt}"


def interval_clause(quantity: Quantity) -> str:
    """Where an interval lies with respect to zero; "" without one."""
    if quantity.low is None or quantity.high is None:
        return ""
    if quantity.low == quantity.high:
        return "its interval has no width"
    if quantity.low > 0:
        return "its interval lies above zero"
    return "its interval lies below zero" if quantity.high < 0 else "its interval includes zero"


def met_conditions(story: Story) -> tuple[list[str], list[str]]:
    """The rule's conditions for support that hold, and those that do not, as clauses."""
    low, adjusted = story.effect.low, story.quantities.get("effect.primary.p_adjusted")
    rows = [
        (
            adjusted is not None and adjusted.value < story.plan.alpha,
            rf"the corrected p-value ({ev('effect.primary.p_adjusted')}) is below {ev('rule.alpha')}",
            rf"the corrected p-value ({ev('effect.primary.p_adjusted')}) is not below {ev('rule.alpha')}",
        ),
        (low is not None and low > 0, "the interval lies above zero", "the interval does not lie above zero"),
        (
            story.effect.value >= story.smallest,
            "the mean gain reaches the smallest effect that matters",
            "the mean gain falls short of the smallest effect that matters",
        ),
    ]
    if adjusted is None:
        rows = rows[1:]
    return [yes for is_met, yes, _ in rows if is_met], [no for is_met, _, no in rows if not is_met]


def verdict_sentence(story: Story) -> str:
    """The verdict and what it follows from."""
    if not story.is_confirmed:
        return f"The verdict is inconclusive, since {no_comparison(story)}."
    met, unmet = met_conditions(story)
    if story.verdict == "supported":
        return f"The hypothesis is supported under the registered rule: {join_words(met)}."
    if story.verdict == "refuted":
        return f"The hypothesis is refuted under the registered rule, because {_too_small(story)}."
    if story.effect.low is None or story.effect.n < LEAST_PAIRS:
        return "The verdict is inconclusive, because too few pairs finished for the registered rule to decide."
    return (
        f"The verdict is inconclusive: {join_words(unmet)}, yet the interval reaches up to an effect that would "
        "matter, "
        "so such an effect is not excluded either."
    )


def no_comparison(story: Story) -> str:
    """Why there is nothing to compare."""
    if story.has_winner:
        return "treatment and control never both succeeded on a fresh seed"
    if story.count("search.ok") > 1:
        return "no experiment with a factor away from its default succeeded"
    return "no experiment of the search but the baseline succeeded" if story.count("search.ok") else (
        "no experiment of the search succeeded, not even the baseline"
    )  # fmt: skip


def _too_small(story: Story) -> str:
    low, high = story.effect.low, story.effect.high
    told = "the whole interval lies below the smallest effect that matters"
    if low is not None and low > 0:
        return f"{told}; a gain is there, but it is smaller than what was said to matter beforehand"
    if high is not None and high < 0:
        return f"{told}, and even below zero: the data point to harm rather than benefit"
    return f"{told}; the interval includes zero, so not even the sign of a gain is settled"


def settings_clause(story: Story, knobs: list[Knob]) -> str:
    """The treatment's settings of some knobs, as "a at x and b at y"."""
    if story.winner is None:
        return ""
    config = story.winner.config
    parts = [f"{story.labels([knob])} at {story.setting('treatment', knob, config[knob.name])}" for knob in knobs]
    return join_words(parts)


def secondary_changes(story: Story) -> list[tuple[Metric, Sign]]:
    """For every other metric, whether treatment was better than control in the mean over seeds."""
    found: list[tuple[Metric, Sign]] = []
    for metric in story.secondary:
        keys = [f"arm.{arm}.{metric.name}.mean" for arm in ("treatment", "control")]
        if story.has(*keys):
            found.append((metric, sign_of(metric.gain(story.value(keys[0]), story.value(keys[1])))))
    return found


def turned_against(story: Story) -> list[Metric]:
    """Secondary metrics that moved the other way than the primary one, further than their arms' intervals reach."""
    primary = sign_of(story.effect.value) if story.is_confirmed else "none"
    changes = [(metric, sign) for metric, sign in secondary_changes(story) if _is_apart(story, metric)]
    return [metric for metric, sign in changes if {sign, primary} == {"gain", "loss"}]


def _is_apart(story: Story, metric: Metric) -> bool:
    """The intervals of treatment and control do not overlap; a cautious stand-in for a test that nobody registered."""
    one, other = (story.quantities[f"arm.{arm}.{metric.name}.mean"] for arm in ("treatment", "control"))
    bounds = (one.low, one.high, other.low, other.high)
    if None in bounds:
        return False
    low, high, other_low, other_high = (bound or 0.0 for bound in bounds)
    return low > other_high or other_low > high
