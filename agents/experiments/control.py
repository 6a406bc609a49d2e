"""The control's own tuning, so that a treatment with tuned companions meets a control whose companions are tuned too.

After the search the winner's program runs with its factors at their defaults, once with each of a few settings of the
companions that the search tried. The best two run again on two more seeds, for a control that looks good by luck makes
the treatment look good (bench/fair_control.py measures it); the better of them is the control. Pure: batch.py runs it.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from agents.experiments.arms import Control, Planned, changed_factors, config_key, untuned_control
from agents.files import sha256_text
from agents.schema import (
    Config,
    Experiment,
    Knob,
    KnobValue,
    Metric,
    Registration,
    Template,
    experiment_id,
    is_finite,
    measured_values,
)
from agents.slots import fill_slots

FINALISTS, REPEATS = 2, 2
"""So many settings are measured again, so many times each."""
FIRST_SEED = 700_000_000
"""Of the repeats; far from the seeds of search and confirmation."""


class Try(NamedTuple):
    """One run of the control with one setting of the companions."""

    config: Config
    seed: int

    @property
    def identity(self) -> tuple[str, int]:
        return config_key(self.config), self.seed


class Tuning:
    """The tuning of one study's control, as far as its experiments have come."""

    def __init__(
        self, plan: Registration, template: Template, metric: Metric, winner: Experiment, known: Sequence[Experiment]
    ) -> None:
        self.plan, self.template, self.metric, self.winner = plan, template, metric, winner
        self.nodes = [each for each in known if each.stage == "search"]
        self.runs = sorted((each for each in known if each.stage == "control"), key=lambda run: run.index)
        self.configs = self._configs()

    def plan_next(self, winner_code: str, researcher: str) -> tuple[Planned, ...]:
        """The experiments that can be planned and have not ended; none once the control is known.

        They are numbered on from the search, and run on its split.
        """
        ended = {run.index for run in self.runs if run.outcome}
        numbered = enumerate(self.tries(), start=self.plan.search_experiments)
        planned = [(index, each) for index, each in numbered if index not in ended]
        codes = [fill_slots(self.template, winner_code, each.config) for _, each in planned]
        return tuple(
            (self._experiment(each, code, index, researcher), code)
            for (index, each), code in zip(planned, codes, strict=True)
        )

    def choose(self) -> Control | None:
        """The setting that did best, the first of equals; None unless just what was to be tried has ended.

        Where nothing was to be tried, or all of it failed, the control has the winner's companions.
        """
        made = [Try(run.config, run.seed).identity for run in self.runs if run.outcome]
        if made != [each.identity for each in self.tries()]:
            return None
        able = self._finalists() or [config for config in self.configs if self._values(config)]
        best = max(able, key=self._gain, default=untuned_control(self.plan, self.winner).config)
        return Control(best, len(self.runs))

    @property
    def moved_companions(self) -> tuple[str, ...]:
        """Companions that the chosen control has set otherwise than the winner."""
        control = self.choose()
        names = self.plan.idea.hypothesis.companions if control else ()
        return tuple(name for name in names if control and control.config[name] != self.winner.config[name])

    @property
    def chosen_runs(self) -> list[Experiment]:
        """The successful runs of the setting that was chosen, in order; none while it is open, or where all failed."""
        control = self.choose()
        key = config_key(control.config) if control else ""
        return [run for run in self.runs if config_key(run.config) == key and run.value(self.metric.name) is not None]

    def tries(self) -> list[Try]:
        """Every configuration once; the finalists again when all of these have ended."""
        seed = self.plan.search_seed
        repeats = [(seed + FIRST_SEED + number, config) for number in range(REPEATS) for config in self._finalists()]
        return [*(Try(config, seed) for config in self.configs), *(Try(config, seed) for seed, config in repeats)]

    def _finalists(self) -> list[Config]:
        """The best by their first runs, in order; none where one has not ended, or where too few succeeded."""
        first = self.runs[: len(self.configs)]
        values = [(run.value(self.metric.name), run) for run in first if run.outcome]
        able = [(self.metric.gain(value, 0.0), run) for value, run in values if value is not None]
        if len(values) < len(self.configs) or len(able) < FINALISTS:
            return []
        best = sorted(able, key=lambda each: (-each[0], each[1].index))[:FINALISTS]
        return [run.config for _, run in sorted(best, key=lambda each: each[1].index)]

    def _gain(self, config: Config) -> float:
        return self.metric.gain(fmean(self._values(config)), 0.0)

    def _values(self, config: Config) -> list[float]:
        key = config_key(config)
        values = (run.value(self.metric.name) for run in self.runs if config_key(run.config) == key)
        return [value for value in values if value is not None]

    def _configs(self) -> list[Config]:
        """The configurations to try; none where the plan tunes no control, or where there is no choice.

        First come the winner's companions, then their defaults, then the others by the best mean that a node with them
        had. Only settings that succeeded in the search count.
        """
        known = self._known_settings()
        own, default = self._companions(self.winner.config), self._companions(self.plan.baseline)
        first = [own, *([default] if default in known and default != own else [])]
        others = self._spread(first, [setting for setting in known if setting not in first])
        settings = [*first, *others][: self.plan.control_tries]
        reverted = untuned_control(self.plan, self.winner).config
        return [{**reverted, **setting} for setting in settings] if len(settings) > 1 else []

    def _known_settings(self) -> list[Config]:
        """Companions of the nodes that succeeded with a factor away from its default, and of the baseline."""
        values = measured_values(self.nodes, self.metric.name)
        able = [node for node in self.nodes if node.id in values]
        able = [node for node in able if not node.index or changed_factors(self.plan, node)]
        able.sort(key=lambda node: (-self.metric.gain(fmean(values[node.id]), 0.0), node.index))
        return list({config_key(each): each for each in map(self._companions, (n.config for n in able))}.values())

    def _spread(self, first: Sequence[Config], others: Sequence[Config]) -> list[Config]:
        """Of those near one level of the template the best before any other: near twins would teach little."""
        seen = set(map(self._neighbourhood, first))
        ahead: list[Config] = []
        behind: list[Config] = []
        for setting in others:
            place = self._neighbourhood(setting)
            (behind if place in seen else ahead).append(setting)
            seen.add(place)
        return [*ahead, *behind]

    def _neighbourhood(self, setting: Config) -> tuple[KnobValue, ...]:
        return tuple(_nearest_level(self.template.knob(name), value) for name, value in setting.items())

    def _companions(self, config: Config) -> Config:
        return {name: config[name] for name in self.plan.idea.hypothesis.companions}

    def _experiment(self, planned: Try, code: str, index: int, researcher: str) -> Experiment:
        settings = ", ".join(f"{name}={value}" for name, value in self._companions(planned.config).items())
        return Experiment(
            id=experiment_id(self.plan.study, index),
            study=self.plan.study,
            index=index,
            stage="control",
            parent=self.winner.id,
            arm="control",
            change=f"the winner with its factors at their defaults and {settings}",
            config=planned.config,
            code_sha256=sha256_text(code),
            seed=planned.seed,
            split="search",
            researcher=researcher,
        )


def most_control_runs(tries: int) -> int:
    """Experiments that the tuning of a control takes at most, with so many settings to try."""
    return tries + FINALISTS * REPEATS if tries > 1 else 0


def _nearest_level(knob: Knob, value: KnobValue) -> KnobValue:
    """The level nearest to a number; any other value is its own."""
    levels = [level for level in knob.values if is_finite(level)]
    return min(levels, key=lambda level: abs(level - value)) if is_finite(value) and levels else value
