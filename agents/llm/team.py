"""Which model answers what: the models of a task's role in order of preference, then those kept for emergencies."""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import TypeVar, get_args

from agents.errors import NaturalistError, ServiceError, UserError
from agents.schema import Record, Role, Task
from agents.services import Model
from agents.settings import Settings

R = TypeVar("R", bound=Record)
OFFLINE = "offline"
"""The name of the built-in researcher, wherever a model may be named."""
_ROLES: tuple[Role, ...] = get_args(Role)


def models_of(settings: Settings, role: Role) -> tuple[str, ...]:
    """Names of the models that may answer a role, in the order in which they are asked."""
    named: tuple[str, ...] = getattr(settings.models, role)
    if role == "code":
        named = named or settings.search.models
    return tuple(dict.fromkeys((*(named or (settings.model,)), *settings.models.fallback)))


def is_offline(settings: Settings, *roles: Role) -> bool:
    """Whether the built-in researcher alone answers these roles."""
    return all(set(models_of(settings, role)) <= {OFFLINE} for role in roles)


def searched_models(settings: Settings) -> tuple[str, ...]:
    """Names of the models that the search chooses between for each experiment; none where there is no choice."""
    return settings.search.models or (settings.models.code if len(settings.models.code) > 1 else ())


def named_models(settings: Settings) -> tuple[str, ...]:
    """Names of all models that a run may ask, once each."""
    asked = [name for role in _ROLES if role != "review" for name in models_of(settings, role)]
    return tuple(dict.fromkeys((*asked, *searched_models(settings), *settings.models.review)))


def base_of(name: str, settings: Settings) -> str | None:
    """The address at which a model is asked, None for its provider's own.

    A server of one's own has the models named "openai/..."; where only one model is named at all, it has that one.
    """
    is_served = name.startswith("openai/") or set(named_models(settings)) <= {name, OFFLINE}
    return settings.api_base if settings.api_base and is_served else None


def team_name(settings: Settings) -> str:
    """What papers and the journal call a run's models: their names, each with its roles where these differ."""
    roles: dict[tuple[str, ...], list[Role]] = {}
    for role in _ROLES:
        if role != "review":
            roles.setdefault(models_of(settings, role), []).append(role)
    if list(roles) == [(OFFLINE,)]:
        return OFFLINE
    default = (settings.model, *settings.models.fallback)
    shown = [_either(names) for names in roles if names == default]
    shown += [f"{_either(names)} ({', '.join(roles[names])})" for names in roles if names != default]
    return ", ".join(shown)


def _either(names: Sequence[str]) -> str:
    return " or ".join("the built-in researcher" if name == OFFLINE else name for name in names)


class Attendance:
    """Which models failed in this session, told by all teams of a run. `on_degraded(what, consequence)` hears once of
    each, and once more if it fails in another way."""

    def __init__(self, on_degraded: Callable[[str, str], None]) -> None:
        self._on_degraded = on_degraded
        self._lock = Lock()
        self._refused: dict[str, UserError] = {}
        self._told: set[tuple[str, type[NaturalistError]]] = set()

    def refusal(self, model: str) -> UserError | None:
        """Why a model need not be asked again: its key was refused, or nobody knows its name."""
        return self._refused.get(model)

    def excuse(self, model: str, error: NaturalistError, substitute: str | None) -> None:
        """Note that a model failed, and who answers in its place, if anyone does."""
        with self._lock:
            if isinstance(error, UserError):
                self._refused.setdefault(model, error)
            is_news = substitute is not None and (model, type(error)) not in self._told
            if is_news:
                self._told.add((model, type(error)))
        if is_news:
            self._on_degraded(f"a model failed: {error}", f"{substitute} answers where {model} does not")


class Team:
    """Models that answer for each other. Where one fails for good, the next of the role steps in, which is announced;
    one that is refused is not asked again."""

    def __init__(self, name: str, members: Mapping[Role, Sequence[Model]], attendance: Attendance) -> None:
        self.name = name
        self._members = members
        self._attendance = attendance

    def ask(self, task: Task[R]) -> R:
        """Return the first reply that comes. Raises BudgetExceeded and Interrupted at once, else the last failure."""
        return self.answer(task)[0]

    def answer(self, task: Task[R]) -> tuple[R, Model]:
        """Return the first reply that comes, and who gave it; raises what `ask` does."""
        failures: list[NaturalistError] = []
        members = self._members[task.role]
        for position, model in enumerate(members):
            if refusal := self._attendance.refusal(model.name):
                failures.append(refusal)
                continue
            try:
                return model.ask(task), model
            except (ServiceError, UserError) as error:
                failures.append(error)
                self._attendance.excuse(model.name, error, self._next(members[position + 1 :]))
        raise _worth_telling(failures)

    def _next(self, others: Sequence[Model]) -> str | None:
        return next((model.name for model in others if not self._attendance.refusal(model.name)), None)


def _worth_telling(failures: Sequence[NaturalistError]) -> NaturalistError:
    """The last failure that may pass, else the last."""
    passing = [failure for failure in failures if not isinstance(failure, UserError)]
    return (passing or failures)[-1]
