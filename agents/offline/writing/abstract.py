"""The abstract: question, design, number, verdict, and what the reader must not conclude."""

from agents.latex.escape import escape_latex
from agents.offline.phrases import capitalise, join_words
from agents.offline.writing.findings import (
    effect_clause,
    no_comparison,
    settings_clause,
    turned_against,
)
from agents.offline.writing.story import Story, ev, paragraphs


def write_abstract(story: Story) -> str:
    """Between 120 and 200 words, one paragraph."""
    return paragraphs([_question(story), _design(story), *_outcome(story), _negative(story), _caveat(story)])


def _question(story: Story) -> str:
    raise_ = story.raises.removesuffix("s")
    beside = f", with {story.labels(story.companions)} tuned beside it," if story.companions else ""
    together = "together " if len(story.factors) > 1 else ""
    return (
        f"Does setting {story.subject} {together}away from {story.its_default}{beside} {raise_} "
        f"{story.metric_label} by an "
        "amount that matters?"
    )


def _design(story: Story) -> str:
    was = "was" if story.is_confirmed else "was to be"
    seeds = f"over {_seeds(story)}fresh seeds"
    tuned = f" and {story.labels(story.companions)} tuned for that" if story.is_control_tuned else ""
    return (
        f"The hypothesis, its test and the smallest effect that matters ({ev('rule.smallest_effect')}) were "
        "registered before "
        f"the first experiment ran. A search then tried {ev('search.nodes')} nodes on a search split; its winner "
        f"{was} compared with the same configuration with {story.subject} back at {story.its_default}{tuned}, "
        f"paired {seeds} on "
        "data that the search had never seen."
    )


def _seeds(story: Story) -> str:
    if not story.has("confirm.seeds"):
        return ""
    return rf"\evn{{effect.primary}} of {ev('confirm.seeds')} " if story.lost_pairs else f"{ev('confirm.seeds')} "


def _outcome(story: Story) -> list[str]:
    if not story.is_confirmed:
        return [
            f"The comparison could not be made, because {no_comparison(story)}.",
            "The study is therefore inconclusive: it says nothing about the size or the sign of an effect, and is "
            "reported so that the failures are on record.",
        ]
    return [
        f"The winner, with {settings_clause(story, story.changed)}, {effect_clause(story)}.",
        _verdict(story),
        _other_metrics(story),
    ]


def _verdict(story: Story) -> str:
    match story.verdict:
        case "supported":
            return (
                "After correction for every candidate of the search the gain is significant, its interval lies "
                "above zero, "
                "and it reaches the smallest effect that matters: the hypothesis is supported on this task."
            )
        case "refuted":
            return (
                "The whole interval lies below the smallest effect that matters: the hypothesis is refuted, and "
                "no benefit "
                "of practical size is to be expected on this task."
            )
        case "inconclusive":
            return (
                "The registered rule neither supports nor refutes the hypothesis: the evidence is inconclusive, "
                "and the "
                "number should not be read as an effect."
            )


def _other_metrics(story: Story) -> str:
    against = [escape_latex(metric.label) for metric in turned_against(story)]
    return f"{capitalise(against[0])} moved the other way." if against else ""


def _negative(story: Story) -> str:
    if not story.has("search.failed", "search.worse"):
        return ""
    if not story.count("search.failed") and not story.count("search.worse"):
        return "No experiment of the search failed or fell behind the baseline."
    counts = [("search.failed", "failed"), ("search.worse", "did no better than the baseline")]
    told = join_words([f"{ev(key)} {what}" for key, what in counts if story.count(key)])
    return f"Of the search's experiments, {told}; all of these are listed."


def _caveat(story: Story) -> str:
    return {
        "unknown": "Whether the question is new was not established.",
        "known": "The question repeats an earlier one of the same archive.",
        "novel": "",
    }[story.task.novelty.verdict]
