"""Related work: the sources behind each knob in play, each with a sentence from its own abstract."""

from collections.abc import Iterable, Sequence

from agents.latex.escape import escape_latex
from agents.literature.wording import overlap, stems
from agents.offline.phrases import capitalise, join_words
from agents.offline.writing.citing import report
from agents.offline.writing.story import Story, cite_sources, paragraphs, without_digits
from agents.schema import Knob, Source

PER_KNOB, GENERAL = 4, 3


def write_related_work(story: Story) -> str:
    if not story.sources:
        return paragraphs(_nothing_found(story))
    played = [*story.factors, *story.companions]
    used: set[str] = set()
    groups = [_knob_group(story, knob, used) for knob in played]
    return paragraphs(*groups, _general(story, used), _others(story, used), _novelty(story))


def _knob_group(story: Story, knob: Knob, used: set[str]) -> list[str]:
    sources = [source for source in story.cited([knob]) if source.key not in used][:PER_KNOB]
    used.update(source.key for source in sources)
    if not sources:
        return []
    heading = rf"\paragraph{{{escape_latex(capitalise(knob.label))}.}}"
    return [heading, *(report(source, f"{knob.label} {knob.name} {story.metric.label}") for source in sources)]


def _general(story: Story, used: set[str]) -> list[str]:
    """Sources that belong to no knob: the task, the data, the metric; those nearest to the idea."""
    of_knobs = {key for knob in story.template.knobs for key in knob.cites}
    left = [source for source in story.sources.values() if source.key not in used | of_knobs]
    nearest = sorted(left, key=lambda source: -_nearness(story, source))[:GENERAL]
    used.update(source.key for source in nearest)
    if not nearest:
        return []
    about = f"{story.template.title} {' '.join(story.template.keywords)}"
    return [r"\paragraph{Task, data and method.}", *(report(source, about) for source in nearest)]


def _nearness(story: Story, source: Source) -> float:
    wanted = stems(f"{story.template.title} {story.template.description} {story.metric.label}")
    return overlap(stems(f"{source.title} {source.abstract}"), wanted)


def _others(story: Story, used: set[str]) -> list[str]:
    """The knobs held at their defaults have literatures of their own; one sentence points to them."""
    played = {knob.name for knob in (*story.factors, *story.companions)}
    parts = [
        f"{story.labels([knob])}{cite_sources(fresh)}"
        for knob in story.template.knobs
        if knob.name not in played and (fresh := _fresh(story.cited([knob]), used))
    ]
    if not parts:
        return []
    return [f"Not varied here, and treated elsewhere, are {join_words(parts)}."]


def _fresh(sources: Iterable[Source], used: set[str]) -> Sequence[Source]:
    found = [source for source in sources if source.key not in used][:2]
    used.update(source.key for source in found)
    return found


def _novelty(story: Story) -> list[str]:
    if story.task.novelty.verdict == "novel":
        return []
    return [
        "The sentences above follow the abstracts or summaries in the bibliography and make no claim about full texts.",
        "How near the present question comes to any of them was not judged.",
    ]


def _nothing_found(story: Story) -> list[str]:
    return [
        f"No publication on {story.subject} was at hand when this paper was written.",
        f"{capitalise(without_digits(story.task.novelty.reason))} The absence of citations here says nothing "
        "about what exists.",
    ]
