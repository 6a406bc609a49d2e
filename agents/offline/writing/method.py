"""The method: hypothesis, search, confirmation and the registered rule, as they were fixed beforehand."""

from agents.offline.writing.findings import smallest_effect
from agents.offline.writing.story import Story, ev, paragraphs


def write_method(story: Story) -> str:
    return paragraphs(_hypothesis(story), _search(story), _confirmation(story), _rule(story), _ablation(story))


def _hypothesis(story: Story) -> list[str]:
    companion = (
        f"The companion, {story.labels(story.companions)}, may be set by the search as well; it has the same value in "
        "treatment and control, so that the comparison does not credit it."
        if story.companions
        else ""
    )
    return [
        r"\paragraph{Hypothesis.}",
        f"Setting {story.subject} away from {story.its_default} {story.raises} {story.metric_label} by at least "
        f"{smallest_effect(story)}.",
        "The claim is about the best setting that a bounded search finds, not about every setting.",
        companion,
    ]


def _search(story: Story) -> list[str]:
    return [
        r"\paragraph{Search.}",
        "The search grows a tree of experiments whose root is the baseline, with every setting at its default.",
        "A node is a draft, which starts from the template's defaults and sets at least one factor; an "
        "improvement, which "
        "moves one setting of a successful node; or a repair, which steps back from a failed one.",
        f"It may set {story.labels((*story.factors, *story.companions))} and nothing else.",
        "All nodes use the same seed and are scored on the search split alone.",
        f"The winner is the best successful node that has {_away(story)} away from the default.",
    ]


def _away(story: Story) -> str:
    return "at least one factor" if len(story.factors) > 1 else story.subject


def _confirmation(story: Story) -> list[str]:
    seeds = f"{ev('confirm.seeds')} seeds" if story.has("confirm.seeds") else "seeds"
    return [
        r"\paragraph{Confirmation.}",
        f"The winner (the treatment) is run again on {seeds} that the search did not use, and scored on a split "
        "that the "
        "search never saw.",
        f"Its control is the same configuration with {story.subject} back at {story.its_default}; treatment and "
        "control "
        "share every seed, and with it all else that is random.",
        "The quantity of interest is the mean over seeds of the paired difference, signed so that a positive "
        "gain is an "
        "improvement.",
        f"Intervals are at the {ev('rule.level')} level, from a bias-corrected bootstrap over seeds that is "
        "never let be "
        "narrower than Student's interval.",
    ]


def _rule(story: Story) -> list[str]:
    return [
        r"\paragraph{Registered rule.}",
        "Before the first experiment ran, the hypothesis, the baseline, the search budget, all seeds, a hash of the "
        "evaluation code and the following rule were stored.",
        "The hypothesis is \\emph{supported} if the p-value of a one-sided paired t-test, multiplied by the number of "
        f"candidates that the search may try ({ev('rule.comparisons')}), is below {ev('rule.alpha')}, the "
        "interval of the "
        f"gain lies above zero, and the mean gain is at least {smallest_effect(story)}.",
        "It is \\emph{refuted} if the upper end of the interval lies below that smallest effect.",
        "In any other case, or with too few complete pairs, the study is \\emph{inconclusive}.",
    ]


def _ablation(story: Story) -> list[str]:
    interaction = (
        "When both factors of the winner are away from their defaults, their interaction is the gain of both "
        "less the sum "
        "of the gains of each alone."
        if len(story.factors) == 2
        else ""
    )
    return [
        r"\paragraph{Ablation.}",
        "Each setting that the winner changed is reverted alone, on the same fresh seeds, and the gain of the "
        "whole winner "
        "over that variant is reported with its interval.",
        "These comparisons are descriptive; no verdict rests on them.",
        interaction,
    ]
