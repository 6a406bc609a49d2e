"""The introduction: the question and its reason, why care is needed, what led here, what came out."""

from agents.latex.escape import escape_latex
from agents.offline.phrases import capitalise
from agents.offline.topic_fit import fit_knobs
from agents.offline.writing.citing import report
from agents.offline.writing.findings import effect_clause, no_comparison
from agents.offline.writing.story import Story, cite_sources, ev, paragraphs, without_digits
from agents.schema import ArchiveEntry, Hypothesis, Knob

TOPIC_CHARS = 160


def write_introduction(story: Story) -> str:
    return paragraphs(_question(story), _care(story), _history(story), _answer(story))


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
        f"{ev('rule.smallest_effect')}, the smallest effect that was held to matter"
    )
    if request and _is_nearest(story):
        return f"{request}It is made testable as one hypothesis: {hypothesis}."
    return f"{request}This study tests one hypothesis{' in its neighbourhood' if request else ''}: {hypothesis}."


def _is_nearest(story: Story) -> bool:
    """No setting of the template answers to the words of the request better than the factors do."""
    fits = fit_knobs(story.task.topic, story.template)
    return max(fits[knob.name] for knob in story.factors) == max(fits.values()) > 0


def _stop(quotation: str) -> str:
    return "" if quotation.endswith((".", "!", "?")) else "."


def _companions(story: Story) -> str:
    if not story.companions:
        return ""
    because = f"Because what {story.subject} can do may hang on {story.labels(story.companions)}"
    if story.is_control_tuned:
        return f"{because}, the latter is tuned for treatment and control alike, and nothing is claimed about it."
    return f"{because}, the search tunes the latter alongside, and claims nothing about it."


def _care(story: Story) -> list[str]:
    rests = "rests" if story.is_confirmed else "was to rest"
    return [
        "Such a question is easily answered too well. A search over configurations always ends with a best one, "
        "and the "
        "best of many noisy results looks better than it is.",
        "Search and claim are therefore kept apart: hypothesis, comparison, test and smallest effect were fixed "
        "before the "
        f"first run; the search saw one split of the data and {_seeds(story)}; and the claim "
        f"{rests} on fresh seeds and on a split that is opened once, with the error rate "
        "divided by the number of candidates that the search was allowed.",
        f"What failed is part of the report: of {ev('search.nodes')} nodes of the search, every one that "
        "crashed or "
        "did no better than the defaults is listed.",
    ]


def _seeds(story: Story) -> str:
    return "one seed, with a few more for its best nodes" if story.is_repeated else "one seed"


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
    advice = {"accept": "recommended acceptance", "reject": "recommended rejection"}
    title = without_digits(entry.idea.title).rstrip(".")
    name = f", on ``{title}'', " if title else " "
    return f"{article} earlier study of the same run{name}{outcome}; its reviewer {advice[entry.review.decision]}."


def _led_here(story: Story, earlier: tuple[ArchiveEntry, ...]) -> str:
    is_one = len(earlier) == 1
    if any(entry.idea.id in story.idea.parents for entry in earlier):
        return f"The present question was derived from {'it' if is_one else 'what came before'}."
    niche = [entry.idea.hypothesis for entry in earlier if entry.idea.niche == story.idea.niche]
    record = "that outcome and its review" if is_one else "those outcomes and their reviews"
    link = _link(story, niche) if niche else (
        "it concerns a different setting, so nothing of the earlier results carries over"
    )  # fmt: skip
    return f"With {record} on record, the archive ranked the present question next: {link}."


def _link(story: Story, niche: list[Hypothesis]) -> str:
    """What the study keeps from earlier ones of its niche, and what it brings in."""
    claimed = {name for claim in niche for name in claim.factors}
    touched = claimed | {name for claim in niche for name in claim.companions}
    kept = [knob for knob in story.factors if knob.name in claimed]
    new = [knob for knob in (*story.factors, *story.companions) if knob.name not in touched]
    stays = f"stays with {story.labels(kept)}" if kept else "stays close to what was studied"
    return f"it {stays} and brings in {story.labels(new)}" if new else f"it {stays}"


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
