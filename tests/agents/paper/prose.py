"""A writer for tests: true, plain prose about the planted study with every number as a macro, and a colophon."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agents.paper.colophon import Colophon
from agents.paper.sections import Ask, write_sections
from agents.schema import SECTIONS, Figure, Novelty, Problem, SectionName
from agents.settings import Settings
from agents.tasks import Section, WriteSection
from tests.agents.paper.planted import Study
from tests.fakes import ScriptedModel


def colophon(study: Study) -> Colophon:
    return Colophon(
        researcher="offline",
        version="0.1.0",
        reviewer="by Naturalist's reviewer, uncalibrated",
        novelty=Novelty(idea=study.evidence.registration.idea.id, verdict="unknown", reason="No literature was asked"),
        settings=Settings(topic="Does label smoothing help a small network on handwritten digits?"),
        versions={"Python": "3.11.2", "numpy": "2.4.6"},
    )


def make_task(
    study: Study, figures: Sequence[Figure], name: SectionName, written: dict[SectionName, str], previous: str,
    problems: tuple[Problem, ...],
) -> WriteSection:  # fmt: skip
    return WriteSection(
        section=name, topic="digits", template=study.template, evidence=study.evidence, nodes=study.experiments,
        figures=tuple(figures), sources=study.sources, novelty=colophon(study).novelty, earlier=(),
        researcher="scripted", policy="best_first", written=written, previous=previous, problems=problems,
    )  # fmt: skip


def write_prose(study: Study, figures: Sequence[Figure], folder: Path) -> dict[SectionName, str]:
    """Write every section with the scripted writer."""

    def task(
        name: SectionName, written: dict[SectionName, str], previous: str, problems: tuple[Problem, ...]
    ) -> WriteSection:
        return make_task(study, figures, name, written, previous, problems)

    return write_sections(by(scripted_writer()), task, folder)


def by(model: ScriptedModel) -> Ask:
    """Sections written by a model, under its name."""

    def ask(task: WriteSection) -> tuple[Section, str]:
        return model.ask(task), model.name

    return ask


def scripted_writer() -> ScriptedModel:
    return ScriptedModel({"WriteSection": lambda task: Section(text=prose(task))})


def prose(task: WriteSection) -> str:
    has_winner = "effect.primary" in task.evidence.quantities
    texts = _with_winner(task) if has_winner else _without_winner(task)
    return texts[task.section]


def _figures(task: WriteSection) -> str:
    return "".join(rf" Figure~\ref{{{figure.label}}} shows more." for figure in task.figures)


def _common(task: WriteSection) -> dict[SectionName, str]:
    shared: dict[SectionName, str] = dict.fromkeys(SECTIONS, "")
    shared["introduction"] = (
        r"Label smoothing moves a little probability mass from the true class to all others, and "
        r"\citet{muller2019smoothing} "
        "describe when that is of use. Their networks are large and their data plenty. Whether a small network "
        "that sees few "
        "images gains as much is an open question of some practical weight, since small networks are what runs "
        "on small "
        "machines.\n\nWe put the question to a registered test. A search looks for the best setting, fresh "
        "seeds confirm it "
        "against a control that differs in nothing but the idea's own settings, and an ablation takes the winner apart."
    )
    shared["related_work"] = (
        r"\citet{muller2019smoothing} find that smoothing tightens clusters in the penultimate layer. Dropout "
        r"\citep{srivastava2014dropout} regularises in another way, by noise on the activations, and is the "
        r"usual companion "
        "in small networks. Neither work reports what both do together where data are scarce."
    )
    shared["method"] = (
        r"The network is trained on \ev{fact.images} images by stochastic gradient descent. The loss is the "
        r"cross-entropy "
        r"\[ \ell(y, p) = -\sum_{k} q_{k} \log p_{k}, \] where $q$ mixes the true label with the uniform "
        r"distribution in "
        r"proportion to the smoothing, and $p$ is what the network predicts. \subsection{Registered rule} The adjusted "
        r"probability must lie below \ev{rule.alpha}, the interval above zero, and the effect must be at least "
        r"\ev{rule.smallest_effect}."
    )
    shared["experiments"] = (
        "All experiments ran in a sandbox with one thread each and the limits of the template. "
        r"The search made \ev{search.nodes} nodes, of which \ev{search.failed} failed. Every experiment is listed in "
        r"Table~\ref{tab:experiments}, and Appendix~\ref{app:reproducibility} says how to run them again."
        + _figures(task)
    )
    negative = r" They stand in Table~\ref{tab:negative}." if task.evidence["search.failed"].value else ""
    shared["negative_results"] = (
        r"\ev{search.failed} nodes failed and \ev{search.worse} ran but did no better than the baseline."
        + negative
        + " A "
        "large learning rate was the usual cause of failure, and strong dropout the usual cause of a weak result."
    )
    shared["limitations"] = (
        "One data set of small images, one family of networks, and a search that saw few settings. What holds "
        "here need not "
        "hold for larger networks. The search split is reused by every node, and the confirmation split guards against "
        "that only for the arms that were registered."
    )
    return shared


def _with_winner(task: WriteSection) -> dict[SectionName, str]:
    verdict = task.evidence.verdict.label
    own: dict[SectionName, str] = {
        "results": (
            r"The treatment reached \evi{arm.treatment.mean} where the control had \evi{arm.control.mean} over "
            r"\evn{effect.primary} paired seeds (Table~\ref{tab:arms}), with the settings of Table~\ref{tab:settings}. "
            r"The mean paired gain is \evi{effect.primary}, with an adjusted probability of "
            r"\ev{effect.primary.p_adjusted}. "
            f"By the registered rule the hypothesis is {verdict}."
        ),
        "conclusion": f"By the rule that was registered before the first run, the hypothesis is {verdict}. The "
        f"winner's "
        r"gain over the plain baseline is \evi{effect.baseline}. All code, settings and numbers come with the paper.",
        "abstract": (
            "We ask whether label smoothing and dropout lower the error of a small network on handwritten "
            "digits. A search "
            r"over \ev{search.nodes} settings was followed by a confirmation on \evn{effect.primary} fresh "
            r"seeds. The mean "
            rf"paired gain over the control is \evi{{effect.primary}}. By the registered rule the hypothesis is "
            rf"{verdict}, "
            "and every failed attempt is reported beside it."
        ),
        "title": "Does Label Smoothing Help a Small Network on Handwritten Digits?"
        if verdict != "supported"
        else r"Label Smoothing Lowers the Error of a Small Network on Handwritten Digits by \ev{effect.primary}",
    }
    return _common(task) | own


def _without_winner(task: WriteSection) -> dict[SectionName, str]:
    own: dict[SectionName, str] = {
        "results": "No node of the search ran to its end with a factor away from its default, so there is "
        "nothing to confirm "
        r"and nothing to compare. The baseline alone reached \ev{search.baseline}. By the registered rule the "
        r"hypothesis "
        "is inconclusive.",
        "conclusion": "The question stays open: no setting that the search tried could be run to its end, so "
        "the hypothesis "
        "is inconclusive. What failed, and how, is reported in full so that the next attempt need not repeat it.",
        "abstract": "We ask whether label smoothing lowers the error of a small network on handwritten digits. "
        "A search over "
        r"\ev{search.nodes} settings ended without one that ran, \ev{search.failed} of them having failed. By "
        r"the registered "
        "rule the hypothesis is inconclusive, and every failed attempt is reported so that others need not repeat it.",
        "title": "No Answer Yet on Label Smoothing for Small Networks",
    }
    return _common(task) | own
