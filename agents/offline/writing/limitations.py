"""Limitations that hold for this very study."""

from agents.latex.escape import escape_latex
from agents.offline.phrases import join_words
from agents.offline.writing.story import Story, ev, paragraphs


def write_limitations(story: Story) -> str:
    return paragraphs(_scope(story), _design(story), _search(story), _process(story))


def _scope(story: Story) -> list[str]:
    data = [escape_latex(name) for name in story.template.datasets if not any(char.isdigit() for char in name)]
    on = f"one task on one source of data ({join_words(data)})" if data else "one task"
    intervals = story.task.evidence.stillness or (
        "Seeds vary only what the template leaves to chance, so the intervals do not cover a change of data set, model "
        "or implementation."
        if story.is_confirmed
        else ""
    )
    return [
        f"The study concerns {on}; nothing here says that the result carries over to other data, other models or other "
        "scales.",
        intervals,
    ]


def _design(story: Story) -> list[str]:
    if not story.is_confirmed:
        return ["Since no comparison was made, nothing can be said about power or precision."]
    power = (
        f"The comparison rests on {_pairs()} pairs; an effect near the smallest that matters "
        f"can be missed with so few, the more so after division of the error rate by {ev('rule.comparisons')}."
    )
    missing = (
        "Pairs of which one run failed were left out, which would bias the result if failures had to do with "
        "the outcome."
        if story.lost_pairs
        else ""
    )
    test = "" if story.is_constant else (
        "The t-test assumes that paired differences are roughly normal, which so few cannot show."
    )  # fmt: skip
    return [power, test, missing]


def _pairs() -> str:
    return r"\evn{effect.primary}"


def _search(story: Story) -> list[str]:
    grid = (
        f"The search tried {ev('search.nodes')} nodes on a single seed, {_where_it_looked(story)}, so a better setting "
        f"may lie elsewhere{_lost_chances(story)}."
    )
    tuned = (
        f"The winner was tuned on the search split and its control was not tuned again: with {story.subject} fixed at "
        f"{story.its_default}, {_other_tuning(story)} might narrow the difference."
        if story.is_confirmed
        else ""
    )
    return [grid, tuned]


def _lost_chances(story: Story) -> str:
    if not story.is_repeated:
        return ""
    return ", also among the nodes that were unlucky with that seed and were not measured again"


def _where_it_looked(story: Story) -> str:
    """Whether the nodes' settings are levels that the template declares, counted over the nodes."""
    knobs = (*story.factors, *story.companions)
    declared = [all(node.config[knob.name] in (*knob.values, knob.default) for knob in knobs) for node in story.nodes]
    if all(declared):
        return "all of them at levels that the template declares"
    return "partly at levels that the template declares and partly between or beyond them"


def _other_tuning(story: Story) -> str:
    return f"another choice of {story.labels(story.companions)}" if story.companions else "tuning of the other settings"


def _process(story: Story) -> list[str]:
    novelty = {
        "unknown": "Novelty is unknown.",
        "known": "The question had been asked before in the same archive.",
        "novel": "Novelty was judged from abstracts alone.",
    }[story.task.novelty.verdict]
    return [
        f"{novelty} The works cited were read no further than their abstracts.",
        "The text was composed by rule from the evidence, so it can describe the numbers but offers no "
        "mechanism for them.",
        "A review that comes with this paper is automatic; unless it says otherwise it is not calibrated, and it is no "
        "substitute for peer review.",
    ]
