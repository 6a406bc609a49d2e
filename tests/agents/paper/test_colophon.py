"""How a paper came about: disclosure, document quantities, names."""

from pathlib import Path
from typing import Any

import pytest

from agents.paper.appendix import reproducibility_table
from agents.paper.colophon import document_quantities, names_with_digits
from agents.schema import ALIKE, Novelty
from agents.settings import Settings
from tests.agents.paper.planted import make_study
from tests.agents.paper.prose import colophon


def test_every_numeric_setting_is_a_ledger_entry_and_no_other(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=2)
    found = document_quantities(Settings(topic="x", seed=3), study.evidence.registration)
    assert found["config.seed"].value == 3
    assert found["config.confirm.alpha"].shown == "0.05"
    assert found["config.search_seed"].value == 7
    assert found["config.confirm.seeds"].value == 10  # the settings' 0 stands for the template's own number
    assert found["config.budget.usd"].unit == "USD"
    assert {"config.topic", "config.paper.is_typeset", "config.template", "config.model"}.isdisjoint(found)


def test_the_disclosure_names_researcher_reviewer_novelty_and_what_a_person_edited(tmp_path: Path) -> None:
    made = colophon(make_study(tmp_path, nodes=2))
    text = made.disclosure(("abstract", "related_work"))
    for part in ("written by a machine", "built-in researcher", "uncalibrated", "unknown", "abstract, related work"):
        assert part in text
    assert "No person wrote or edited" in made.disclosure(())


def test_a_language_model_is_named_as_the_author(tmp_path: Path) -> None:
    made = colophon(make_study(tmp_path, nodes=2)).model_copy(update={"researcher": "openai/gpt-5_x"})
    assert r"openai/gpt-5\_x" in made.disclosure(())
    assert made.author == "openai/gpt-5_x, by way of Naturalist"


def test_sections_of_another_author_and_a_template_of_a_models_own_are_told(tmp_path: Path) -> None:
    own = colophon(make_study(tmp_path, nodes=2))
    made = own.model_copy(update={"stood_in": ("results", "negative_results"), "template_author": "openai/m_1"})
    text = made.disclosure(())
    assert "wrote in its place: results, negative results." in text
    assert r"written for this study by openai/m\_1" in text and "frozen before the first run" in text
    assert "its place" not in own.disclosure(()) and "frozen" not in own.disclosure(())


@pytest.mark.parametrize("reason", ["", "the nearest of 12 sources scored 0.3"])
def test_a_reason_with_numerals_is_told_in_words(tmp_path: Path, reason: str) -> None:
    made = colophon(make_study(tmp_path, nodes=2))
    novelty = Novelty(idea="x", verdict="known", reason=reason)
    assert "similar work was found" in made.model_copy(update={"novelty": novelty}).disclosure(()).lower()


def test_a_recalled_technique_is_told_as_recalled_and_never_as_found(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=2)
    novelty = Novelty(idea="x", verdict="known", reason="It is 2 of them.", recalled="k-means++ 2_0")
    made = colophon(study).model_copy(update={"novelty": novelty})
    text = made.disclosure(())
    assert r"Recalled, not confirmed by a source: k-means++ 2\_0." in text
    assert "was found" not in text
    assert "k-means++ 2_0" in names_with_digits(made, study.template, study.evidence.registration)
    assert "Recalled" not in colophon(study).disclosure(())


@pytest.mark.parametrize("verdict", ["novel", "known", "unknown"])
def test_page_one_says_the_verdict_and_why(tmp_path: Path, verdict: Any) -> None:
    novelty = Novelty(idea="x", verdict=verdict, reason="Nobody answered")
    text = colophon(make_study(tmp_path, nodes=2)).model_copy(update={"novelty": novelty}).disclosure(())
    assert rf"\textbf{{Novelty}}: {verdict}. Nobody answered." in text


def test_names_that_print_with_digits_are_listed(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=2)
    knob = study.template.knobs[0].model_copy(update={"name": "base", "default": "resnet18", "values": ("vit2", 3)})
    template = study.template.model_copy(update={"knobs": (*study.template.knobs, knob)})
    names = names_with_digits(colophon(study), template, study.evidence.registration)
    assert {"0.1.0", "3.11.2", "resnet18", "vit2", study.template.evaluator_sha256} <= set(names)


def test_the_reproducibility_table_names_settings_in_plain_words(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=2)
    made = colophon(study)
    quantities = study.evidence.quantities | document_quantities(made.settings, study.evidence.registration)
    full = study.evidence.model_copy(update={"quantities": quantities})
    latex = reproducibility_table(full, study.template, study.experiments, made).replace(r"\allowbreak{}", "")
    assert r"Limit on the cost of model calls & \ev{config.budget.usd}" in latex
    assert "Researcher & the built-in researcher" in latex
    assert "GPUs that may be used & those found" in latex
    assert "texttt{search" not in latex
    assert "confirm.alpha" not in latex


def test_page_one_says_where_no_seed_moved_an_arm(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=2)
    entry = study.evidence["search.nodes"].model_copy(update={"key": f"{ALIKE}control"})
    still = study.evidence.model_copy(update={"quantities": {entry.key: entry}}).stillness
    told = "Every fresh seed gave the control the same value, so intervals and tests cover only what a seed moves"
    assert told in colophon(study).model_copy(update={"stillness": still}).disclosure(())
    assert study.evidence.stillness == "" and "fresh seed" not in colophon(study).disclosure(())
