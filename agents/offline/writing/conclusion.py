"""The conclusion: the verdict, what to do with it, and the next question."""

from agents.latex.escape import escape_latex
from agents.offline.writing.findings import effect_clause, no_comparison, settings_clause, turned_against
from agents.offline.writing.story import Story, paragraphs


def write_conclusion(story: Story) -> str:
    return paragraphs([_finding(story), _advice(story), _trade_off(story)], [_next(story)])


def _finding(story: Story) -> str:
    if not story.is_confirmed:
        return f"The hypothesis about {story.subject} remains untested, because {no_comparison(story)}."
    match story.verdict:
        case "supported":
            return (
                f"With {settings_clause(story, story.changed_factors)}, {story.metric_label} improves by "
                f"{story.evi('effect.primary')} over the same configuration with {story.subject} at "
                f"{story.its_default}, more than chance and the size of the search explain; the registered hypothesis "
                "is supported."
            )
        case "refuted":
            return (
                f"The best setting of {story.subject} that the search found {effect_clause(story)}, and all of "
                "the interval "
                "lies below what was said to matter; the registered hypothesis is refuted."
            )
        case "inconclusive":
            return (
                f"The best setting of {story.subject} that the search found {effect_clause(story)}; this "
                "neither meets the "
                "registered conditions for support nor excludes an effect that matters. The study is inconclusive."
            )


def _advice(story: Story) -> str:
    if not story.is_confirmed:
        return "The failures have to be understood before the question is put again."
    match story.verdict:
        case "supported":
            verb = "is" if len(story.factors) == 1 else "are"
            return f"On this task {story.subject} {verb} worth setting away from {story.its_default}."
        case "refuted":
            return (
                f"On this task there is no practical reason to move {story.subject} from {story.its_default} "
                "for the sake of "
                f"{story.metric_label}."
            )
        case "inconclusive":
            return (
                f"The result is no ground for changing {story.subject}, and none for calling it useless; the "
                "interval says "
                "how large an effect can still be."
            )


def _trade_off(story: Story) -> str:
    against = [escape_latex(metric.label) for metric in turned_against(story)]
    return f"That {against[0]} moved the other way should enter any decision." if against else ""


def _next(story: Story) -> str:
    if not story.is_confirmed:
        return "The next step is a search from settings nearer to the defaults, or with a longer time limit."
    untouched = [
        knob
        for factor in story.factors
        for knob in story.template.knobs
        if knob.name in factor.partners and knob not in (*story.factors, *story.companions)
    ]
    elsewhere = f"once {story.labels(untouched[:1])} is tuned as well" if untouched else "on another task"
    partner = f"whether the result {'changes' if untouched else 'is the same'} {elsewhere}"
    match story.verdict:
        case "supported":
            return f"What remains open is {partner}."
        case "refuted":
            return (
                f"A remaining question is whether a benefit appears {elsewhere}; the present evidence gives little "
                "reason to expect one."
            )
        case "inconclusive":
            return (
                "More seeds on the same two arms would settle the matter most cheaply; after that comes the "
                f"question of {partner}."
            )
