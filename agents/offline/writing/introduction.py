"""The introduction: the question and its reason, why care is needed, what led here, what came out."""

from agents.latex.escape import escape_latex
from agents.offline.phrases import capitalise, join_words
from agents.offline.writing.citing import report
from agents.offline.writing.findings import effect_clause, no_comparison, smallest_effect
from agents.offline.writing.story import Story, cite_sources, ev, paragraphs, without_digits
from agents.schema import ArchiveEntry, Knob

TOPIC_CHARS = 160


def write_introduction(story: Story) -> str:
    return paragraphs(_question(story), _care(), _history(story), _answer(story))


def reason(story: Story, knob: Knob) -> str:
    """Why the template's author thinks that a knob may matter, with the sources given for it."""
    why = without_digits(knob.why).rstrip(".")
    if not why:
        return ""
    cited = cite_sources(story.cited([knob]))
    if why[0].isupper():
        return f"{why}{cited}."
    return f"The reason to vary {story.labels([knob])} is that {why}{cited}."


def _question(story: Story) -> list[str]:
    sources = story.cited(story.factors)
    return [
        *(reason(story, knob) for knob in story.factors),
        report(sources[0], f"{story.subject} {story.metric.label}") if sources else "",
        _asked(story),
        _companions(story),
    ]


def _asked(story: Story) -> str:
    topic = " ".join(story.task.topic.split())
    quoted = topic and len(topic) <= TOPIC_CHARS and not any(char.isdigit() for char in topic)
    request = f"The request behind this study reads ``{escape_latex(topic)}''{_stop(topic)} " if quoted else ""
    hypothesis = (
        f"setting {story.subject} away from {story.its_default} {story.raises} {story.metric_label} by at least "
        f"{smallest_effect(story)}, the smallest effect that was held to matter"
    )
    return f"{request}It is made testable as one hypothesis: {hypothesis}." if request else (
        f"This study tests one hypothesis: {hypothesis}."
    )  # fmt: skip


def _stop(quotation: str) -> str:
    return "" if quotation.endswith((".", "!", "?")) else "."


def _companions(story: Story) -> str:
    if not story.companions:
        return ""
    return (
        f"Because what {story.subject} can do may hang on {story.labels(story.companions)}, the search tunes "
        "the latter "
        "alongside, in treatment and control alike, and claims nothing about it."
    )


def _care() -> list[str]:
    return [
        "Such a question is easily answered too well. A search over configurations always ends with a best one, "
        "and the "
        "best of many noisy results looks better than it is.",
        "Search and claim are therefore kept apart: hypothesis, comparison, test and smallest effect were fixed "
        "before the "
        "first run; the search saw one split of the data and one seed; and the claim rests on fresh seeds and "
        "on a split "
        "that was opened once, with the error rate divided by the number of candidates that the search was allowed.",
        f"What failed is part of the report: of {ev('search.nodes')} experiments in the search, every one that "
        "crashed or "
        "did no better than the defaults is listed.",
    ]


def _history(story: Story) -> list[str]:
    earlier = story.task.earlier
    if not earlier:
        return []
    told = [_earlier(entry, "An" if place == 0 else "Another") for place, entry in enumerate(earlier[-3:])]
    return [*told, _led_here(story, earlier)]


def _earlier(entry: ArchiveEntry, article: str) -> str:
    outcome = {
        "supported": "found its hypothesis supported",
        "refuted": "found its hypothesis refuted",
        "inconclusive": "ended without a verdict either way",
    }[entry.verdict.label]
    advice = {"accept": "recommended to accept the paper", "reject": "recommended to reject the paper"}
    title = without_digits(entry.idea.title).rstrip(".")
    name = f", on ``{title}'', " if title else " "
    return f"{article} earlier study of the same run{name}{outcome}; its reviewer {advice[entry.review.decision]}."


def _led_here(story: Story, earlier: tuple[ArchiveEntry, ...]) -> str:
    parents = [entry for entry in earlier if entry.idea.id in story.idea.parents]
    niche = [entry for entry in earlier if entry.idea.niche == story.idea.niche]
    if parents:
        return "The present question was derived from it."
    if niche:
        shared = {name for entry in niche for name in entry.idea.hypothesis.factors}
        labels = [escape_latex(knob.label) for knob in story.factors if knob.name in shared]
        same = f"stays with {join_words(labels)}" if labels else "stays in the same niche"
        return f"The present study {same} and asks what that one left open."
    return (
        "With that outcome and its review on record, the archive ranked the present question next; it concerns "
        "a different "
        "setting, so nothing of the earlier result carries over."
    )


def _answer(story: Story) -> list[str]:
    if not story.is_confirmed:
        found = f"In the event the comparison could not be made, because {no_comparison(story)}."
    else:
        called = {"supported": "supported", "refuted": "refuted", "inconclusive": "undecided"}[story.verdict]
        found = (
            f"In short: the treatment {effect_clause(story)}, and by the registered rule the hypothesis is {called}."
        )
    return [found, _novelty(story), _researcher(story)]


def _novelty(story: Story) -> str:
    reason_given = without_digits(story.task.novelty.reason)
    match story.task.novelty.verdict:
        case "unknown":
            return f"No claim of novelty is made. {capitalise(reason_given)}"
        case "known":
            return f"The question is not new. {capitalise(reason_given)}"
        case "novel":
            return capitalise(reason_given)


def _researcher(story: Story) -> str:
    name = without_digits(story.task.researcher).rstrip(".") or "a language model"
    return (
        f"Hypothesis, experiments and text were made by a machine ({name}); a review that comes with it is "
        "automatic and, unless it says otherwise, not calibrated against human judgement."
    )
