"""What a paper has to tell: facts derived from a writing task, with names. No sentences here."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Literal

from agents.latex.escape import escape_latex
from agents.offline.phrases import join_words, with_article
from agents.schema import Experiment, Knob, KnobValue, Metric, Quantity, Source, is_finite
from agents.tasks import WriteSection

Sign = Literal["gain", "loss", "none"]


class Story:
    """A study as its paper sees it."""

    def __init__(self, task: WriteSection) -> None:
        self.task = task
        self.template = task.template
        self.plan = task.evidence.registration
        self.idea = self.plan.idea
        self.quantities = task.evidence.quantities
        self.terms = task.evidence.terms
        hypothesis = self.idea.hypothesis
        self.factors = [self.template.knob(name) for name in hypothesis.factors]
        self.companions = [self.template.knob(name) for name in hypothesis.companions]

    @property
    def verdict(self) -> Literal["supported", "refuted", "inconclusive"]:
        return self.task.evidence.verdict.label

    # --- ledger ---

    def has(self, *keys: str) -> bool:
        return all(key in self.quantities for key in keys)

    def value(self, key: str) -> float:
        return self.quantities[key].value

    def count(self, key: str) -> int:
        """A count of the ledger; 0 where it has none."""
        return round(self.quantities[key].value) if key in self.quantities else 0

    @property
    def is_confirmed(self) -> bool:
        """Treatment and control were compared on at least one fresh seed."""
        return self.has("effect.primary")

    @property
    def has_winner(self) -> bool:
        return self.has("search.best")

    @property
    def effect(self) -> Quantity:
        return self.quantities["effect.primary"]

    @property
    def smallest(self) -> float:
        return self.idea.hypothesis.smallest_effect

    @property
    def is_constant(self) -> bool:
        """Every pair gave the same difference, so that there is no spread to test."""
        return self.is_confirmed and self.effect.n > 1 and not self.has("effect.primary.dz")

    @property
    def lost_pairs(self) -> bool:
        return self.is_confirmed and self.effect.n < len(self.plan.confirm_seeds)

    @property
    def has_own_baseline(self) -> bool:
        """The control is not the baseline: it has a companion set otherwise."""
        is_companion_changed = any(knob in self.companions for knob in self.changed)
        return (is_companion_changed or self.is_control_moved) and not self._share("control", "baseline")

    @property
    def is_control_tuned(self) -> bool:
        """Several settings of the companions were tried for the control."""
        return self.has("control.tried")

    @property
    def is_control_moved(self) -> bool:
        """The control has other companions than the winner."""
        return self.count("control.moved") > 0

    def _share(self, *arms: str) -> bool:
        """These arms coincide, and were run once."""
        keys = [f"arm.{arm}.mean" for arm in arms]
        return self.has(*keys) and len({self.quantities[key].experiments for key in keys}) == 1

    def evi(self, key: str) -> str:
        """The macro for a value with its interval; without one, for the value alone."""
        return rf"\evi{{{key}}}" if self.quantities[key].low is not None else ev(key)

    # --- metric ---

    @cached_property
    def metric(self) -> Metric:
        metrics = (self.template.metric, *self.template.secondary)
        return next(metric for metric in metrics if metric.name == self.idea.hypothesis.metric)

    @property
    def secondary(self) -> list[Metric]:
        return [metric for metric in (self.template.metric, *self.template.secondary) if metric != self.metric]

    @property
    def metric_label(self) -> str:
        return escape_latex(self.metric.label)

    @property
    def is_maximised(self) -> bool:
        return self.metric.direction == "maximize"

    @property
    def raises(self) -> str:
        """What an improvement does to the metric, in the third person."""
        return "raises" if self.is_maximised else "lowers"

    # --- nodes and knobs ---

    @cached_property
    def nodes(self) -> list[Experiment]:
        """The nodes of the search tree; repeats are none."""
        return [node for node in self.task.nodes if node.stage == "search" and not node.is_repeat]

    @cached_property
    def winner(self) -> Experiment | None:
        """The node that the ledger names as the best; the repeats that it also names are no nodes."""
        ids = self.quantities["search.best"].experiments if self.has_winner else ()
        return next((node for node in self.nodes if node.id in ids), None)

    @property
    def is_repeated(self) -> bool:
        """Nodes of the search were measured again, on other seeds."""
        return self.count("search.repeats") > 0

    @cached_property
    def changed(self) -> list[Knob]:
        """Knobs of the winner that are away from their defaults: factors first, then companions."""
        if self.winner is None:
            return []
        config = self.winner.config
        return [knob for knob in (*self.factors, *self.companions) if config[knob.name] != knob.default]

    @cached_property
    def is_outlined(self) -> bool:
        """The search was so long that the ledger lists a few of its nodes only."""
        return not all(self.has(f"exp.{node.id}.seed") for node in self.nodes)

    @property
    def changed_factors(self) -> list[Knob]:
        return [knob for knob in self.changed if knob in self.factors]

    @property
    def failed(self) -> list[Experiment]:
        return [node for node in self.nodes if node.outcome and not node.outcome.is_ok]

    @property
    def worse(self) -> list[Experiment]:
        """Successful nodes that are not better than the baseline node, itself left out."""
        if not self.has("search.baseline"):
            return []
        base = self.value("search.baseline")
        values = ((node, node.value(self.metric.name)) for node in self.nodes if node.index)
        return [node for node, value in values if value is not None and self.metric.gain(value, base) <= 0]

    # --- names ---

    @cached_property
    def subject(self) -> str:
        """The factors by their labels, for running text."""
        return self.labels(self.factors)

    @property
    def its_default(self) -> str:
        return "its default" if len(self.factors) == 1 else "their defaults"

    def labels(self, knobs: Iterable[Knob]) -> str:
        return join_words([escape_latex(with_article(knob.label)) for knob in knobs])

    def setting(self, arm: str, knob: Knob, value: KnobValue) -> str:
        """A knob's value in an arm: words stay words, numbers come from the ledger."""
        return self.printed(f"setting.{arm}.{knob.name}", value)

    def printed(self, key: str, value: KnobValue) -> str:
        """The ledger entry for a number and for a word with a digit, as far as there is one; else the word."""
        if isinstance(value, bool):
            return "on" if value else "off"
        if key in self.terms and any(char.isdigit() for char in str(value)):
            return rf"\texttt{{{ev(key)}}}"
        return rf"\ev{{{key}}}" if is_finite(value) and self.has(key) else word(str(value))

    def levels(self, knob: Knob) -> str:
        """A knob's declared levels and its default, as a clause; "" where the ledger does not tell them."""
        levels, default = f"levels.{knob.name}", f"default.{knob.name}"
        told = f"{self.labels([knob])} at {ev(levels)} ({ev(default)} by default)"
        return told if self.terms.keys() >= {levels, default} else ""

    def default(self, knob: Knob) -> str:
        """A knob with its default behind it, in brackets, where the ledger tells it."""
        key = f"default.{knob.name}"
        return self.labels([knob]) + (f" ({ev(key)})" if key in self.terms else "")

    # --- figures and sources ---

    def figure(self, name: str) -> str:
        """A reference to the figure of that name, "" when it was not drawn."""
        found = [figure.label for figure in self.task.figures if name in figure.label]
        return rf"Figure~\ref{{{found[0]}}}" if found else ""

    @cached_property
    def sources(self) -> dict[str, Source]:
        return {source.key: source for source in self.task.sources}

    def cited(self, knobs: Sequence[Knob]) -> list[Source]:
        """The sources that the template gives for these knobs, as far as the survey returned them."""
        keys = dict.fromkeys(key for knob in knobs for key in knob.cites)
        return [self.sources[key] for key in keys if key in self.sources]


def word(text: str) -> str:
    """A choice as it is written in code; one with a digit has no place in prose and goes by description."""
    return "another choice" if any(char.isdigit() for char in text) else rf"\texttt{{{escape_latex(text)}}}"


def ev(key: str) -> str:
    return rf"\ev{{{key}}}"


def cite(*keys: str) -> str:
    """A citation in parentheses that sticks to the word before it; "" for no keys."""
    return rf"~\citep{{{','.join(keys)}}}" if keys else ""


def cite_sources(sources: Iterable[Source]) -> str:
    return cite(*(source.key for source in sources))


def paragraphs(*parts: str | Sequence[str]) -> str:
    """Join sentences to paragraphs and paragraphs to a section; what is empty is left out."""
    texts = (part if isinstance(part, str) else " ".join(sentence for sentence in part if sentence) for part in parts)
    return "\n\n".join(text for text in texts if text) + "\n"


def without_digits(text: str) -> str:
    """The sentences of a template's or a source's plain text that hold no digit, as LaTeX."""
    return escape_latex(" ".join(s for s in sentences(text) if not any(char.isdigit() for char in s)))


def sentences(text: str) -> list[str]:
    """Split plain text after full stops, but not after abbreviations."""
    found: list[str] = []
    for piece in text.replace("\n", " ").split(". "):
        if found and found[-1].rstrip(".").endswith(("e.g", "i.e", "et al", "vs", "cf", "Fig", "resp")):
            found[-1] += piece if piece.endswith(".") else piece + "."
        elif piece.strip():
            found.append(piece.strip() if piece.rstrip().endswith((".", "!", "?")) else piece.strip() + ".")
    return found
