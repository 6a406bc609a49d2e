"""Sections of a paper from its evidence: every sentence follows from the ledger, the journal, the plan or a source."""

from collections.abc import Callable

from agents.offline.writing.abstract import write_abstract
from agents.offline.writing.conclusion import write_conclusion
from agents.offline.writing.experiments import write_experiments
from agents.offline.writing.introduction import write_introduction
from agents.offline.writing.limitations import write_limitations
from agents.offline.writing.mending import mend
from agents.offline.writing.method import write_method
from agents.offline.writing.negative_results import write_negative_results
from agents.offline.writing.related_work import write_related_work
from agents.offline.writing.results import write_results
from agents.offline.writing.story import Story
from agents.offline.writing.title import write_title
from agents.schema import SectionName
from agents.tasks import Section, WriteSection

_WRITERS: dict[SectionName, Callable[[Story], str]] = {
    "title": write_title,
    "abstract": write_abstract,
    "introduction": write_introduction,
    "related_work": write_related_work,
    "method": write_method,
    "experiments": write_experiments,
    "results": write_results,
    "negative_results": write_negative_results,
    "limitations": write_limitations,
    "conclusion": write_conclusion,
}


def write_section(task: WriteSection) -> Section:
    """Write a section afresh, or take what its last version's problems point at out of that version."""
    fresh = _WRITERS[task.section](Story(task))
    return Section(text=mend(task.previous or fresh, task.problems) if task.problems else fresh)
