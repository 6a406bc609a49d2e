"""The method: hypothesis, search, confirmation and the registered rule, as they were fixed beforehand."""

from agents.offline.phrases import join_words
from agents.offline.writing.policies import POLICIES, WITHOUT_REPAIRS
from agents.offline.writing.story import Story, ev, paragraphs, word


def write_method(story: Story) -> str:
    return paragraphs(_hypothesis(story), _search(story), _confirmation(story), _rule(), _ablation(story))


def _hypothesis(story: Story) -> list[str]:
    return [
        r"\paragraph{Hypothesis.}",
        f"Setting {story.subject} away from {story.its_default} {story.raises} {story.metric_label} by at least "
        f"{ev('rule.smallest_effect')}.",
        "The claim is about the best setting that a bounded search finds, not about every setting.",
        _companion(story),
    ]


def _companion(story: Story) -> str:
    if not story.companions:
        return ""
    told = f"The companion, {story.labels(story.companions)}, may be set by the search as well; it"
    if story.is_control_tuned:
        return f"{told} is tuned for treatment and control alike, so that the comparison does not credit its tuning."
    return f"{told} has the same value in treatment and control, so that the comparison does not credit it."


def _search(story: Story) -> list[str]:
    return [
        r"\paragraph{Search.}",
        "The search grows a tree of experiments whose root is the baseline, with every setting at its default.",
        _node_kinds(story),
        _policy(story),
        "A choice sees the results of earlier nodes up to a fixed number of places before it and of no later ones, so "
        "that the timing of runs cannot change the tree.",
        f"The search may set {story.labels((*story.factors, *story.companions))} and nothing else.",
        _levels(story),
        "All nodes use the same seed and are scored on the search split alone.",
        *_stages(story),
        *_winner(story),
    ]


def _levels(story: Story) -> str:
    """The levels that were declared beforehand; which of them nodes had, the experiments say."""
    told = [clause for knob in (*story.factors, *story.companions) if (clause := story.levels(knob))]
    return f"Declared levels: {join_words(told)}." if told else ""


def _stages(story: Story) -> list[str]:
    """How the stages narrow the policy's choice, where the search had any (agents/search/stages.py)."""
    phases = {node.phase for node in story.nodes}
    working = (
        "The search goes by stages: until a first node beside the baseline succeeds, or for a fixed share of the "
        "search, what failed is repaired first and else the baseline is improved, as far as their results are known."
    )
    tuning = (
        f"Then, for a bounded number of nodes, {story.labels(story.companions)} alone moves, in steps from the best "
        "node, before everything may move."
    )
    return [working if "working" in phases else "", tuning if "tuning" in phases else ""]


def _winner(story: Story) -> list[str]:
    best = f"The winner is the best successful node that has {_away(story)} away from the default"
    if not story.is_repeated:
        return [f"{best}."]
    if not story.plan.replications:
        return [f"Some nodes are measured again on other seeds. {best}, by the mean of its measurements."]
    return [
        "The last experiments of the search are no new nodes: they measure the best ones again, on other seeds that "
        "these nodes share and still on the search split, by successive halving, so that one lucky run does not win.",
        f"{best}, by the mean of its measurements, among those that were measured again most often, give or take once.",
    ]


def _node_kinds(story: Story) -> str:
    draft = "a draft, which starts from the template's defaults and sets at least one factor"
    improvement = "an improvement, which moves one setting of a successful node"
    if story.task.policy in WITHOUT_REPAIRS:
        return f"A node is {draft}, or {improvement}."
    return f"A node is {draft}; {improvement}; or a repair, which steps back from a failed one."


def _policy(story: Story) -> str:
    """How the search chose where to go on; a policy that is not Naturalist's own is named only."""
    name = story.task.policy
    own = "Which node to build on is decided by a policy that does not belong to Naturalist"
    named = "" if any(char.isdigit() for char in name) else f", {word(name)}"
    return POLICIES.get(name, f"{own}{named}.")


def _away(story: Story) -> str:
    return "at least one factor" if len(story.factors) > 1 else story.subject


def _confirmation(story: Story) -> list[str]:
    seeds = f"{ev('confirm.seeds')} seeds" if story.has("confirm.seeds") else "seeds"
    return [
        r"\paragraph{Confirmation.}",
        f"The winner (the treatment) is run again on {seeds} that the search did not use, and scored on a split "
        "that the "
        "search never saw.",
        *_control(story),
        "Treatment and control share every seed, and with it all else that is random.",
        "The quantity of interest is the mean over seeds of the paired difference, signed so that a positive "
        "gain is an "
        "improvement.",
        f"Intervals are at the {ev('rule.level')} level, from a bias-corrected bootstrap over seeds that is "
        "never let be "
        "narrower than Student's interval.",
    ]


def _control(story: Story) -> list[str]:
    if not story.is_control_tuned:
        return [f"Its control is the same configuration with {story.subject} back at {story.its_default}."]
    return [
        f"Its control is the same program with {story.subject} back at {story.its_default} and with a tuning of its "
        f"own: before the confirmation it runs on the search split with each of {ev('control.tried')} settings of "
        f"{story.labels(story.companions)}, the winner's own among them and the others as the search tried them; those "
        "that do best are measured again on further seeds, and the best by its mean is the control.",
    ]


def _rule() -> list[str]:
    return [
        r"\paragraph{Registered rule.}",
        "Before the first experiment ran, the hypothesis, the baseline, the search budget, all seeds, a hash of the "
        "evaluation code and the following rule were stored.",
        "The hypothesis is \\emph{supported} if the p-value of a one-sided paired t-test, multiplied by the number of "
        f"candidates that the search may try ({ev('rule.comparisons')}), is below {ev('rule.alpha')}, the "
        "interval of the "
        f"gain lies above zero, and the mean gain is at least {ev('rule.smallest_effect')}.",
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
