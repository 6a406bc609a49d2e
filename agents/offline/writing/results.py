"""The results: what the search found, what the confirmation says, and what each part contributes."""

from agents.latex.escape import escape_latex
from agents.offline.phrases import capitalise, join_words
from agents.offline.writing.findings import (
    LEAST_PAIRS,
    effect_clause,
    interval_clause,
    no_comparison,
    secondary_changes,
    settings_clause,
    sign_of,
    turned_against,
    verdict_sentence,
)
from agents.offline.writing.story import Story, ev, paragraphs
from agents.schema import Knob


def write_results(story: Story) -> str:
    text = paragraphs(*_parts(story))
    unseen = [figure.label for figure in story.task.figures if figure.label not in text]
    return paragraphs(text.strip(), [rf"See also Figure~\ref{{{label}}}." for label in unseen])


def _parts(story: Story) -> list[list[str]]:
    if not story.has_winner:
        return [_no_winner(story)]
    if not story.is_confirmed:
        return [_search(story), [verdict_sentence(story)]]
    return [
        _search(story), _confirmation(story), _verdict(story), _baseline(story), _ablation(story), _interaction(story),
        _secondary(story), _figures(story),
    ]  # fmt: skip


def _no_winner(story: Story) -> list[str]:
    tree = story.figure("tree")
    return [
        f"The search ended without a candidate to confirm, because {no_comparison(story)}.",
        f"Of {ev('search.nodes')} nodes, {ev('search.failed')} failed" + (f" ({tree})." if tree else "."),
        f"The baseline reached {ev('search.baseline')} on the search split." if story.has("search.baseline") else "",
        "No fresh seed was spent and the confirmation split was not opened.",
        "Under the registered rule this is inconclusive: the hypothesis was not tested.",
    ]


def _search(story: Story) -> list[str]:
    tree, dose = story.figure("tree"), story.figure("dose")
    shown = f"{tree} shows the tree." if tree else ""
    response = f"{dose} shows how {story.metric_label} varied over the settings that were tried." if dose else ""
    return [
        r"\paragraph{Search.}",
        f"The best node of the search has {settings_clause(story, story.changed)}.",
        _search_gain(story),
        shown,
        response,
    ]


def _search_gain(story: Story) -> str:
    if not story.has("search.best", "search.baseline"):
        return "The baseline node failed, so there is nothing on the search split to compare it with."
    gain = story.metric.gain(story.value("search.best"), story.value("search.baseline"))
    compared = {"gain": "better than", "loss": "worse than", "none": "no different from"}[sign_of(gain)]
    many = "As the best of many runs on one seed, that number"
    if story.quantities["search.best"].n > 1:
        many = "As the best of several such means, of nodes that one seed favoured among many, that number still"
    warning = {
        "gain": f"{many} flatters it and serves only to pick the winner.",
        "loss": "No node with a factor away from its default did better than the defaults, which already speaks "
        "against "
        "the hypothesis; the registered comparison was run all the same.",
        "none": "The search thus gave no reason to prefer it; the registered comparison was run all the same.",
    }[sign_of(gain)]
    return (
        f"On the search split it reaches {ev('search.best')}{_over(story)}, {compared} the baseline's "
        f"{ev('search.baseline')}{_alone(story)}. {warning}"
    )


def _over(story: Story) -> str:
    return r" in the mean of \evn{search.best} seeds" if story.quantities["search.best"].n > 1 else ""


def _alone(story: Story) -> str:
    return ", which was measured on the first of them" if story.quantities["search.best"].n > 1 else ""


def _confirmation(story: Story) -> list[str]:
    arms = (
        f"On the confirmation split, mean {story.metric_label} is {story.evi('arm.treatment.mean')} under the "
        rf"treatment and {story.evi('arm.control.mean')} under the control (Table~\ref{{tab:arms}})."
        if story.has("arm.treatment.mean", "arm.control.mean")
        else ""
    )
    forest = story.figure("effects")
    sizes = f"{forest} sets the paired gains side by side." if forest else ""
    return [
        r"\paragraph{Confirmation.}",
        arms,
        f"Paired by seed, the treatment {effect_clause(story)}.",
        _spread(story),
        sizes,
    ]


def _spread(story: Story) -> str:
    lost = f"{_lost(story)} " if story.lost_pairs else ""
    if story.is_constant:
        return (
            f"{lost}Every pair gave the very same difference, so the interval has no width; seeds add no "
            "information here, "
            "and the result holds for this one data set without saying how it would vary on another."
        )
    if story.effect.low is None:
        return f"{lost}A single pair has no interval, and nothing can be said of its uncertainty."
    size = f" The standardised paired effect is {ev('effect.primary.dz')}." if story.has("effect.primary.dz") else ""
    excludes_zero = (story.effect.low > 0 and story.verdict == "supported") or (story.effect.high or 0) < 0
    side = f"The{interval_clause(story.effect).removeprefix('its')}." if excludes_zero else ""
    return " ".join(part for part in (lost.strip(), side, size.strip()) if part)


def _lost(story: Story) -> str:
    if story.effect.n == 1:
        return "Most runs of the confirmation failed; on a single seed both arms succeeded."
    return (
        r"Some runs of the confirmation failed; the comparison rests on the \evn{effect.primary} seeds on which "
        r"both arms "
        "succeeded."
    )


def _verdict(story: Story) -> list[str]:
    return [r"\paragraph{Verdict.}", verdict_sentence(story), _correction(story)]


def _correction(story: Story) -> str:
    """What the correction for the search did to the p-value, where it decides; the p-values where none was told."""
    if not story.has("effect.primary.p", "effect.primary.p_adjusted") or story.effect.n < LEAST_PAIRS:
        return ""
    raw, corrected, alpha = story.value("effect.primary.p"), story.value("effect.primary.p_adjusted"), story.plan.alpha
    told = f"Uncorrected, the one-sided p-value is {ev('effect.primary.p')}"
    if raw < alpha <= corrected:
        return f"{told}; alone it would have passed, and it fails because the winner is one of many candidates."
    if story.verdict != "refuted":
        return f"{told}."
    return f"{told}; corrected for the candidates of the search it is {ev('effect.primary.p_adjusted')}."


def _baseline(story: Story) -> list[str]:
    if not story.has_own_baseline or not story.has("effect.baseline"):
        return []
    whole, own = story.value("effect.baseline"), story.effect.value
    if whole > 0 and own > 0:
        share = "larger than" if whole > own else "smaller than" if whole < own else "equal to"
        told = f"a gain {share} the one credited to {story.subject}"
    else:
        told = "which includes what the tuned companion did and is not credited to the hypothesis"
    return [f"Against the untouched baseline the winner's paired gain is {story.evi('effect.baseline')}, {told}."]


def _ablation(story: Story) -> list[str]:
    if len(story.changed) == 1:
        return [
            r"\paragraph{Ablation.}",
            f"The winner differs from the defaults in {story.labels(story.changed)} alone. Reverting it gives "
            "the control, which "
            "is also the baseline, so the comparison above is its own ablation.",
        ]
    parts = [_part(story, knob) for knob in story.changed if story.has(f"ablation.{knob.name}")]
    figure = story.figure("ablation")
    shown = f" ({figure})" if figure else ""
    opening = f"Reverting one changed setting at a time{shown} attributes the winner's gain."
    return [r"\paragraph{Ablation.}", opening, *parts] if parts else []


def _part(story: Story, knob: Knob) -> str:
    key = f"ablation.{knob.name}"
    quantity = story.quantities[key]
    label = capitalise(story.labels([knob]))
    clause = interval_clause(quantity)
    match sign_of(quantity.value):
        case "gain":
            is_settled = quantity.low is not None and quantity.low > 0
            told = (
                f"{label} contributes {story.evi(key)}"
                if is_settled
                else f"{label} seems to contribute {story.evi(key)}, but"
            )
        case "loss":
            told = f"{label} contributes nothing on average; its gain is {story.evi(key)}"
        case "none":
            told = f"{label} makes no difference on average, with a gain of {story.evi(key)}"
    joint = " " if told.endswith("but") else "; "
    return f"{told}{joint}{clause}." if clause else f"{told.removesuffix(', but')}."


def _interaction(story: Story) -> list[str]:
    if len(story.changed_factors) != 2:
        left = [knob for knob in story.factors if knob not in story.changed_factors]
        is_pair = len(story.factors) > 1 and left
        told = (
            f"The winner leaves {story.labels(left)} at the default, so the confirmed effect is that of "
            f"{story.labels(story.changed_factors)} alone, and nothing is known of a joint one."
        )
        return [told] if is_pair else []
    one, two = story.changed_factors
    key = next(
        (k for k in (f"interaction.{one.name}.{two.name}", f"interaction.{two.name}.{one.name}") if story.has(k)), ""
    )
    return [_joint(story, key)] if key else []


def _joint(story: Story, key: str) -> str:
    quantity = story.quantities[key]
    kind = {
        "gain": "positive on average, so that the two together gain more than the sum of each alone",
        "loss": "negative on average, so that the two together gain less than the sum of each alone",
        "none": "nil on average: the two add up",
    }[sign_of(quantity.value)]
    settled = (
        "."
        if (quantity.low or 0) > 0 or (quantity.high or 0) < 0
        else ", but its interval includes zero, so it is not settled."
    )
    return f"The interaction contrast of {story.subject} is {story.evi(key)}. It is {kind}{settled}"


def _secondary(story: Story) -> list[str]:
    changes = secondary_changes(story)
    if not changes:
        return []
    told: list[str] = []
    for metric, sign in changes:
        means = f"{ev(f'arm.treatment.{metric.name}.mean')} against {ev(f'arm.control.{metric.name}.mean')}"
        moved = {"gain": "better", "loss": "worse", "none": "the same"}[sign]
        told.append(f"{escape_latex(metric.label)} is {moved} under the treatment ({means})")
    warning = (
        "Not all metrics move the same way; whoever cares about more than one of them has to trade one for another."
        if turned_against(story)
        else ""
    )
    return [
        r"\paragraph{Secondary metrics.}",
        f"On average over seeds, {join_words(told)}.",
        warning,
        "No test was registered for these, and the differences may be chance.",
    ]


def _figures(story: Story) -> list[str]:
    """Figures that no paragraph above mentions."""
    curves, pairs = story.figure("curves"), story.figure("pairs")
    return [
        f"{curves} shows how the runs of the compared arms proceed." if curves else "",
        f"{pairs} shows every pair of runs." if pairs else "",
    ]
