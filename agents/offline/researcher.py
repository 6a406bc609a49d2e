"""The built-in researcher as a model: every task it can answer, with the function that answers it."""

from collections.abc import Callable
from typing import Any, TypeVar

from agents.errors import ServiceError
from agents.offline.change import propose_change
from agents.offline.ideas import propose_ideas
from agents.offline.novelty import check_support, judge_novelty, plan_search
from agents.offline.writing import write_section
from agents.schema import Record, Task
from agents.tasks import (
    AnalyseResults,
    Analysis,
    CheckSupport,
    JudgeNovelty,
    PlanNoveltySearch,
    ProposeChange,
    ProposeIdeas,
    WriteSection,
)

R = TypeVar("R", bound=Record)


def analyse_results(_: AnalyseResults) -> Analysis:
    """Return no analysis: what this researcher says of results is worked out sentence by sentence as it writes."""
    return Analysis()


_ANSWERS: dict[type[Record], Callable[[Any], Any]] = {
    ProposeIdeas: propose_ideas,
    PlanNoveltySearch: plan_search,
    JudgeNovelty: judge_novelty,
    CheckSupport: check_support,
    ProposeChange: propose_change,
    AnalyseResults: analyse_results,
    WriteSection: write_section,
}


class OfflineResearcher:
    """Answers tasks by rules from their own fields; the same task has the same answer."""

    name = "built-in researcher"

    def ask(self, task: Task[R]) -> R:
        """Return the reply; raises ServiceError for a kind of task that it was never taught."""
        answer = _ANSWERS.get(type(task))
        if answer is None:
            known = ", ".join(sorted(kind.__name__ for kind in _ANSWERS))
            raise ServiceError(
                f"the built-in researcher cannot answer {type(task).__name__}, only {known}; set a language model"
            )
        reply = answer(task)
        if not isinstance(reply, task.reply):
            raise TypeError(f"{type(task).__name__} wants {task.reply.__name__}, got {type(reply).__name__}")
        return reply
