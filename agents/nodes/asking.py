"""Questions whose failure must not end a run: where a model's reply is unusable, the built-in researcher answers."""

import time
from typing import Any, TypeVar

from agents.errors import BudgetExceeded, Interrupted, NaturalistError, ReplyRejected
from agents.events import Degraded
from agents.llm.team import Team
from agents.offline.researcher import OfflineResearcher
from agents.schema import Record, Task
from agents.services import Model, Services
from agents.whereabouts import whereabouts

R = TypeVar("R", bound=Record)


class Forgiving:
    """A model for questions that a run can do without: whatever fails is a rejected reply, but for a stop."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def name(self) -> str:
        return self._model.name

    def ask(self, task: Task[R]) -> R:
        """Return the reply; raises ReplyRejected or Interrupted."""
        try:
            return self._model.ask(task)
        except Interrupted:
            raise
        except NaturalistError as error:
            raise ReplyRejected(error.what if isinstance(error, BudgetExceeded) else str(error)) from error


def ask_or_stand_in(task: Task[R], model: Model, services: Services) -> tuple[R, Model]:
    """Return the reply and who gave it: `model`, or the built-in researcher where the reply does not fit or there is
    no budget for one, which is announced. Raises what else the model raises."""
    try:
        return model.answer(task) if isinstance(model, Team) else (model.ask(task), model)
    except (ReplyRejected, BudgetExceeded) as error:
        stand_in = OfflineResearcher()
        _tell(error, task, services)
        return stand_in.ask(task), stand_in


def _tell(error: ReplyRejected | BudgetExceeded, task: Task[Any], services: Services) -> None:
    """One line for each reply that does not fit; of a budget that is used up, one for all questions of a study."""
    study = whereabouts().study
    if isinstance(error, BudgetExceeded):
        consequence = "the built-in researcher answers every question that does not fit it any more"
        event = Degraded(at=time.time(), study=study or None, what=error.what, consequence=consequence)
        services.tell_once(f"{error.kind} {study}", event)
        return
    what = " ".join(filter(None, (type(task).__name__, task.subject)))
    consequence = "the built-in researcher answers in its place"
    services.events.emit(
        Degraded(at=time.time(), study=study or None, what=f"{what}: {error}", consequence=consequence)
    )
