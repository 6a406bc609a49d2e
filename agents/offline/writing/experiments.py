"""The experimental setting: task and data, metrics, what was varied, and what it took."""

from agents.latex.escape import escape_latex
from agents.offline.phrases import capitalise, join_words
from agents.offline.writing.introduction import reason
from agents.offline.writing.story import Story, ev, paragraphs, without_digits, word
from agents.schema import Knob, Metric, is_finite


def write_experiments(story: Story) -> str:
    return paragraphs(_task(story), _metrics(story), _space(story), _runs(story))


def _task(story: Story) -> list[str]:
    data = [escape_latex(name) for name in story.template.datasets if not any(char.isdigit() for char in name)]
    facts = [
        f"{escape_latex(fact.label)} ({ev(f'fact.{name}')})"
        for name, fact in story.template.facts.items()
        if story.has(f"fact.{name}")
    ]
    labels = "; an experiment sees labels of its training part alone" if "learning" in story.template.field else ""
    return [
        r"\paragraph{Task and data.}",
        without_digits(story.template.description),
        f"Data: {join_words(data)}." if data else "",
        f"Fixed for all experiments: {join_words(facts)}." if facts else "",
        "The evaluation code is fixed and read-only, runs apart from the experiment, and is the only place that "
        f"computes a metric{labels}.",
    ]


def _metrics(story: Story) -> list[str]:
    others = [f"{escape_latex(metric.label)} ({_better(metric)} is better)" for metric in story.secondary]
    secondary = f"Recorded besides, and not part of the rule: {join_words(others)}." if others else ""
    return [
        r"\paragraph{Metrics.}",
        f"The primary metric is {story.metric_label}; {_better(story.metric)} is better.",
        secondary,
    ]


def _better(metric: Metric) -> str:
    return "higher" if metric.direction == "maximize" else "lower"


def _space(story: Story) -> list[str]:
    searched = [*story.factors, *story.companions]
    fixed = [knob for knob in story.template.knobs if knob not in searched]
    defaults = join_words([story.default(knob) for knob in fixed])
    held = f"Every other setting stays at its default: {defaults}." if fixed else ""
    settings = (
        r"Table~\ref{tab:settings} gives the settings of the compared arms." if story.has("arm.treatment.mean") else ""
    )
    reasons = [reason(story, knob) for knob in story.companions]
    return [r"\paragraph{What is varied.}", *(_levels(story, knob) for knob in searched), *reasons, held, settings]


def _levels(story: Story, knob: Knob) -> str:
    """The levels that nodes of the search really had, smallest first; choices by name, where the method does not."""
    label = capitalise(story.labels([knob]))
    if all(isinstance(value, str) for value in knob.values):
        if story.levels(knob):
            return ""
        return (
            f"{label} has the choices {join_words([word(str(value)) for value in knob.values])}, "
            f"{word(str(knob.default))} being the default."
        )
    levels: dict[float, str] = {}
    for node in story.nodes:
        key = f"exp.{node.id}.{knob.name}"
        if story.has(key):
            levels.setdefault(story.value(key), ev(key))
    if len(levels) < 2:
        return ""
    if story.is_outlined:
        return _outlined(story, knob, levels)
    default = rf" (default {levels[float(knob.default)]})" if _is_number(knob) and float(knob.default) in levels else ""
    return f"{label} was tried at {join_words([levels[value] for value in sorted(levels)])}{default}."


def _outlined(story: Story, knob: Knob, levels: dict[float, str]) -> str:
    """Of a search of hundreds of nodes, the ends of what was tried and how it lies between them."""
    tried = {float(value) for node in story.nodes if is_finite(value := node.config[knob.name])}
    named = {float(value) for value in knob.values if is_finite(value)}
    between = "values between its levels too" if tried - named else "its levels"
    label, ends = capitalise(story.labels([knob])), f"{levels[min(levels)]} to {levels[max(levels)]}"
    return f"{label} was tried from {ends}, at {between}."


def _is_number(knob: Knob) -> bool:
    return isinstance(knob.default, int | float)


def _runs(story: Story) -> list[str]:
    cost = (
        f"In all stages together {ev('cost.experiments')} experiments ran, with a summed wall time of "
        f"{ev('cost.experiment_s')}."
        if story.has("cost.experiments", "cost.experiment_s")
        else ""
    )
    return [
        r"\paragraph{Runs.}",
        f"The search made {ev('search.nodes')} nodes{_kinds(story)}.",
        _repeats(story),
        f"The tuning of the control took {ev('control.runs')} experiments." if story.is_control_tuned else "",
        cost,
        _where_listed(story),
    ]


def _repeats(story: Story) -> str:
    count = story.count("search.repeats")
    more = "experiment measured a node" if count == 1 else "experiments measured nodes"
    return f"{ev('search.repeats')} more {more} of it again, on other seeds." if count else ""


def _where_listed(story: Story) -> str:
    table = r"Table~\ref{tab:experiments} in the appendix"
    if not story.is_outlined:
        return f"{table} lists every experiment with seed, settings and outcome."
    return (
        f"{table} lists every experiment of confirmation and ablation and an outline of the search; the file "
        "experiments.json beside the paper holds every experiment with seed, settings and outcome."
    )


def _kinds(story: Story) -> str:
    kinds = [("search.drafts", "draft"), ("search.improves", "improvement"), ("search.debugs", "repair")]
    parts = [f"{ev(key)} {name}{'s' * (story.count(key) != 1)}" for key, name in kinds if story.count(key)]
    return f": {join_words(['the baseline', *parts])}" if parts else ""
