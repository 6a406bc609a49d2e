"""Models for the reviewer's panel, by LiteLLM string: the pipeline's own road to models behind the reviewer's seam."""

from collections.abc import Collection, Mapping, Sequence
from threading import Event as Flag
from threading import Lock
from typing import Any, Protocol
from uuid import uuid4

from agents.errors import Interrupted, NaturalistError, UserError
from agents.llm.budget import Budget
from agents.llm.calls import CallRecorder
from agents.llm.endpoint import Answer, TimedOut
from agents.llm.model import LiteLlmModel, Patience
from agents.llm.team import OFFLINE
from agents.schema import ModelCall
from agents.settings import BudgetSettings
from agents.spending import Spent, check_limits, sum_spent
from agents.whereabouts import NOWHERE, Whereabouts, being_at
from reviewer.panel.errors import ModelFailed, ModelTimedOut, ReplyCut

PATIENCE = Patience(timeout_s=180.0, tries=3)
"""A reviewer that does not answer can be done without, so a panel waits less than a run does."""
TASK = "review_paper"
"""The name under which the calls of a panel are recorded."""


def open_panel_models(
    names: Sequence[str],
    calls: CallRecorder,
    budget_usd: float,
    *,
    api_base: str | None = None,
    patience: Patience = PATIENCE,
    stop: Flag | None = None,
) -> tuple["PanelModel", ...]:
    """Open a model for each LiteLLM string, once each; `calls` keeps and counts what they cost. Raises UserError."""
    refuse_offline(names)
    budget = Budget(BudgetSettings(usd=budget_usd), calls)
    opened = (
        LiteLlmModel(name, calls, budget, api_base, patience=patience, stop=stop) for name in dict.fromkeys(names)
    )
    return tuple(PanelModel(model) for model in opened)


def refuse_offline(names: Collection[str]) -> None:
    """Raise UserError if the built-in researcher is to review."""
    if OFFLINE in names:
        raise UserError('the built-in researcher ("offline") does not review; name a language model, or none')


class Completing(Protocol):
    """What a panel needs of a language model."""

    @property
    def name(self) -> str: ...

    @property
    def notes(self) -> tuple[str, ...]: ...

    def complete(
        self, task: str, prompt: str, *, system: str, temperature: float, schema: Mapping[str, Any] | None
    ) -> Answer: ...


class PanelModel:
    """A model as the reviewer's panel wants it: text comes back, and whatever fails is a ModelFailed.

    `here` is what its calls are recorded under, since a panel asks from threads of its own.
    """

    def __init__(self, model: Completing, here: Whereabouts = NOWHERE) -> None:
        self._model = model
        self._here = here

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know before anything is spent, a line each."""
        return self._model.notes

    def complete(self, prompt: str, *, system: str, temperature: float, schema: Mapping[str, Any] | None) -> str:
        """Ask, with the retries and the budget of every call. Raises ModelFailed, or Interrupted when told to stop."""
        try:
            with being_at(*self._here):
                answer = self._model.complete(TASK, prompt, system=system, temperature=temperature, schema=schema)
        except Interrupted:
            raise
        except TimedOut as error:
            raise ModelTimedOut(str(error)) from error
        except NaturalistError as error:
            raise ModelFailed(str(error)) from error
        if answer.is_cut:
            raise ReplyCut("the reply was cut off at the token limit; be briefer")
        return answer.text or answer.refusal


class CallMemory:
    """Keeps calls for as long as the process runs, where there is no run to keep them in."""

    def __init__(self) -> None:
        self._calls: list[ModelCall] = []
        self._reserved: dict[str, ModelCall] = {}
        self._lock = Lock()

    def reserve(self, worst: ModelCall, limits: BudgetSettings) -> str:
        with self._lock:
            used = sum_spent([*self._calls, *self._reserved.values()])
            check_limits(limits, used, Spent.on(worst))
            name = uuid4().hex
            self._reserved[name] = worst
        return name

    def settle(self, reservation: str, call: ModelCall) -> None:
        with self._lock:
            self._reserved.pop(reservation, None)
            self._calls.append(call)

    def add(self, call: ModelCall) -> None:
        with self._lock:
            self._calls.append(call)

    def total_usd(self) -> float:
        with self._lock:
            return sum(call.cost_usd for call in self._calls)

    def total_unpriced(self) -> int:
        """Calls whose price nobody knows; they are not in the sum."""
        with self._lock:
            return sum(not call.is_priced and call.tokens_in + call.tokens_out > 0 for call in self._calls)

    @property
    def count(self) -> int:
        with self._lock:
            return len(self._calls)
