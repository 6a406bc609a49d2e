"""The researchers of a run: from the names in its settings to models that share one record of calls and one budget."""

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event as Flag
from typing import get_args

from agents.llm.budget import Budget
from agents.llm.calls import CallRecorder
from agents.llm.capabilities import LESSONS, Lessons
from agents.llm.model import LiteLlmModel, Patience
from agents.llm.recording import RecordedEndpoint, Recording, ReplayedModel
from agents.llm.scrubbing import Scrubber
from agents.llm.team import OFFLINE, Attendance, Team, base_of, models_of, searched_models, team_name
from agents.offline.researcher import OfflineResearcher
from agents.schema import Role
from agents.services import Model
from agents.settings import Settings

_ROLES: tuple[Role, ...] = get_args(Role)


class Researchers:
    """Opens each model once. With a `recording` no model is asked: replies come from there.

    `calls` keeps what they are asked, where a language model is named at all; no prompt names the `folder` of the run,
    or any other of this machine.
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        calls: CallRecorder | None,
        stop: Flag,
        on_degraded: Callable[[str, str], None],
        recording: Recording | None = None,
    ) -> None:
        self._settings = settings
        self._stop = stop
        self._recording = recording
        self._scrubber = Scrubber.of_host((folder, settings.workspace, settings.papers))
        self._lessons = Lessons(None if recording else settings.workspace / LESSONS)
        self._attendance = Attendance(on_degraded)
        self._models: dict[str, Model] = {}
        self._language_models: dict[str, LiteLlmModel | ReplayedModel] = {}
        self._calls = calls

    def open(self, name: str) -> Model:
        """The model of a name; the built-in researcher has one too."""
        if name not in self._models:
            self._models[name] = OfflineResearcher() if name == OFFLINE else self.open_language_model(name)
        return self._models[name]

    def open_language_model(self, name: str) -> LiteLlmModel | ReplayedModel:
        """The language model of a name, once and for all."""
        if name not in self._language_models:
            self._language_models[name] = self._make(name)
        return self._language_models[name]

    def lead(self) -> Model:
        """Who answers every task, each by those of its role. The only model named answers by itself."""
        names = {role: models_of(self._settings, role) for role in _ROLES}
        asked = {name for role in _ROLES if role != "review" for name in names[role]}
        if len(asked) == 1:
            return self.open(asked.pop())
        members: dict[Role, list[Model]] = {role: [self.open(name) for name in names[role]] for role in _ROLES}
        return Team(team_name(self._settings), members, self._attendance)

    def choices(self) -> Mapping[str, Model]:
        """The models that the search chooses between, by name; where one fails, the others and the fallbacks answer."""
        names = searched_models(self._settings)
        kept = (*names, *self._settings.models.fallback)
        return {name: self._led_by(name, tuple(dict.fromkeys((name, *kept)))) for name in names}

    def notes(self) -> tuple[str, ...]:
        """What the user should know of the models that are open, a line each."""
        return tuple(note for model in self._language_models.values() for note in model.notes)

    def _led_by(self, name: str, names: tuple[str, ...]) -> Model:
        if len(names) == 1:
            return self.open(name)
        models = [self.open(each) for each in names]
        return Team(models[0].name, dict.fromkeys(_ROLES, models), self._attendance)

    def _make(self, name: str) -> LiteLlmModel | ReplayedModel:
        """The one place where the road to a language model is built."""
        models = self._settings.models
        recording = self._recording
        if self._calls is None:
            raise RuntimeError(f"there is no record of calls to keep those of {name} in")
        model = LiteLlmModel(
            name,
            self._calls,
            Budget(self._settings.budget, self._calls),
            base_of(name, self._settings),
            max_tokens=models.max_tokens,
            patience=Patience(timeout_s=models.timeout_s, tries=models.tries),
            stop=self._stop,
            prices=models.prices,
            lessons=self._lessons,
            scrubber=self._scrubber,
            is_seeing=name in models.figures,
            endpoint=recording and RecordedEndpoint(name, models.max_tokens, models.prices, recording),
        )
        return ReplayedModel(model) if self._recording else model
