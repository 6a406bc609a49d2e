"""What a reader must know of how a paper was made, and the numbers and names that this adds to it."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from agents.latex.escape import escape_latex
from agents.own_material import DataNote, RepoNote
from agents.schema import Novelty, Quantity, Record, Registration, SectionName, Template, is_finite
from agents.settings import Settings

_LEFT_OUT = ("workspace", "papers", "topic", "brief", "api_base", "ideas_file", "data", "repo", "replay", "library")
_SELDOM = (
    "models.", "free.", "api_base", "brief", "ideas_file", "data", "repo", "replay", "library", "budget.tokens",
    "budget.hours", "budget.gpu_hours",
)  # fmt: skip
_UNITS = {"budget.usd": "USD", "search.usd_per_hour": "USD", "free.timeout_s": "s", "models.timeout_s": "s"}
_WORDS = {
    ("model", "offline"): "the built-in researcher",
    ("literature", "template"): "the template's own bibliography",
    ("sandbox.gpus", "not set"): "those found",
    ("search.models", "none"): "the researcher alone",
    ("search.options", "none"): "its defaults",
}
"""What a setting's word means, where the word alone does not say it."""
_NOVELTY = {
    "novel": "nothing that covers its claim was found in the literature that was searched",
    "known": "similar work was found in what was searched",
    "unknown": "what was found cannot show whether this was asked before",
}


class Colophon(Record):
    """How a paper came about. `reviewer` says who reviews it; `versions` maps software to its version.

    `stood_in` are the sections that the built-in researcher wrote in a model's place; `template_author` wrote the
    experiment's template for this study, "" where a person did. `models` were asked, as the ledger numbers them
    (bills.py). `stillness` is what must be said where the seeds moved an arm not at all. `data` and `repo` are what a
    person handed in.
    """

    researcher: str
    version: str
    reviewer: str
    novelty: Novelty
    settings: Settings
    versions: dict[str, str] = {}
    stood_in: tuple[SectionName, ...] = ()
    template_author: str = ""
    models: tuple[str, ...] = ()
    stillness: str = ""
    data: tuple[DataNote, ...] = ()
    repo: RepoNote | None = None

    @property
    def is_built_in(self) -> bool:
        return self.researcher == "offline"

    @property
    def author(self) -> str:
        return (
            "The built-in researcher of Naturalist" if self.is_built_in else f"{self.researcher}, by way of Naturalist"
        )

    @property
    def date_line(self) -> str:
        return f"version {self.version}"

    def disclosure(self, edited: tuple[SectionName, ...]) -> str:
        """LaTeX for the box on page one: who wrote, who checked, what is known of novelty."""
        who = "Naturalist's built-in researcher, which is no language model" if self.is_built_in else self.researcher
        touched = f"A person edited: {_listed(edited)}." if edited else "No person wrote or edited a sentence of it."
        novelty = self.novelty.reason if _is_plain(self.novelty.reason) else _in_words(self.novelty)
        parts = [
            rf"\textbf{{This paper was written by a machine}}: {escape_latex(who)}. {touched}",
            *self._exceptions(),
            "Every number in it is listed, with its source, in the evidence file that belongs to the paper: results "
            "come from experiments that ran; the rule and the facts of the design were registered before the first of "
            "them; settings, costs and the machine are as the run recorded them.",
            rf"\textbf{{Review}}: {escape_latex(self.reviewer)}.",
            rf"\textbf{{Novelty}}: {self.novelty.verdict}. {escape_latex(_sentence(novelty))}",
            *self._recalled(),
        ]
        return " ".join(parts)

    def _recalled(self) -> tuple[str, ...]:
        """A technique that the judge knows from memory alone: told as that, never as a citation."""
        name = " ".join(self.novelty.recalled.split()).rstrip(".")
        return (f"Recalled, not confirmed by a source: {escape_latex(name)}.",) if name else ()

    def _exceptions(self) -> list[str]:
        """What is not as a reader would think: sections of another author, no template, still seeds."""
        told: list[str] = []
        if self.stood_in:
            told.append(f"Naturalist's built-in researcher wrote in its place: {_listed(self.stood_in)}.")
        if self.template_author:
            told.append(
                f"Experiment and evaluator were written for this study by {escape_latex(self.template_author)}; "
                "the evaluator passed the review of a second model call and was frozen before the first run."
            )
        return [*told, self.stillness] if self.stillness else told


def document_quantities(settings: Settings, registration: Registration) -> dict[str, Quantity]:
    """Ledger entries `config.<setting>` for every numeric setting of the run as used, and `config.search_seed`."""
    flat = {name: float(value) for name, value in _flatten(settings) if is_finite(value)}
    flat |= {"search_seed": registration.search_seed, "confirm.seeds": len(registration.confirm_seeds)}
    return {f"config.{name}": _quantity(name, value) for name, value in flat.items()}


def text_settings(settings: Settings) -> dict[str, str]:
    """Settings that are words or switches; what is empty is left out, and so are folders of the machine it ran on."""
    flat = _flatten(settings)
    words = {name: _word(value) for name, value in flat if not is_finite(value) and name not in _LEFT_OUT}
    return {name: _WORDS.get((name, word), word) for name, word in words.items() if word}


def names_with_digits(colophon: Colophon, template: Template, registration: Registration) -> list[str]:
    """Names, versions and hashes that the paper prints as they are; digits inside them are no claims."""
    words = [colophon.researcher, colophon.version, colophon.settings.topic, *colophon.versions.values()]
    words += [colophon.template_author, *colophon.models, registration.idea.hypothesis.statement]
    words += [" ".join(colophon.novelty.recalled.split())]
    words += [value for knob in template.knobs for value in (*knob.values, knob.default) if isinstance(value, str)]
    words += [
        *template.datasets,
        template.name,
        registration.evaluator_sha256,
        *text_settings(colophon.settings).values(),
    ]
    return sorted({word for word in words if any(char.isdigit() for char in word)})


def _flatten(settings: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names and values of a tree of settings; those of seldom use where they were set."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from _flatten(value, f"{prefix}{name}.")
        elif not (prefix + name).startswith(_SELDOM) or value != type(settings).model_fields[name].default:
            yield prefix + name, value


def _quantity(name: str, value: float) -> Quantity:
    digits = f"{value:.6f}".rstrip("0").partition(".")[2]
    return Quantity(
        key=f"config.{name}", value=value, label=name.replace("_", " "), unit=_UNITS.get(name, ""),
        decimals=len(digits), aggregation="setting",
    )  # fmt: skip


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "not set"
    return str(value) if isinstance(value, str) else ", ".join(str(item) for item in value) or "none"


def _in_words(novelty: Novelty) -> str:
    """What a verdict means, where its own reason cannot be printed."""
    if novelty.verdict == "known" and novelty.nearest is None and novelty.recalled:
        return "a known technique was recalled that seems to be the same"
    return _NOVELTY[novelty.verdict]


def _listed(sections: tuple[SectionName, ...]) -> str:
    return ", ".join(name.replace("_", " ") for name in sections)


def _is_plain(text: str) -> bool:
    return bool(text.strip()) and not any(char.isdigit() for char in text)


def _sentence(text: str) -> str:
    text = " ".join(text.split()).rstrip(".")
    return text[:1].upper() + text[1:] + "."
