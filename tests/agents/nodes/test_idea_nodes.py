"""How a generation's studies are chosen and numbered, and what happens to ideas that cannot be used."""

from pathlib import Path

import pytest

from agents.errors import UserError
from agents.nodes.artefacts import novelty_of, read_card, read_ideas, write_records
from agents.nodes.ideas import choose_idea, propose_ideas, survey_literature
from agents.nodes.novelty import judge_novelty
from agents.schema import ArchiveEntry, Idea, Verdict
from agents.services import Services
from agents.tasks import JudgeNovelty
from tests.agents.scripted import DOSE, PAIR, SUGAR, emitted, make_idea, make_review, scripted_services
from tests.fakes import ScriptedModel

GHOST = make_idea("ghost", ["haunting"], 0.99)


def prepared(folder: Path, *ideas: Idea, ideas_at_once: int = 1) -> Services:
    services = scripted_services(folder, ideas=ideas or (DOSE, PAIR, SUGAR), flags={"ideas_at_once": ideas_at_once})
    for node in (survey_literature, propose_ideas, judge_novelty):
        node({}, services)
    return services


def test_choosing_again_gives_the_same_study(tmp_path: Path) -> None:
    services = prepared(tmp_path)
    first = choose_idea({}, services)
    assert first == choose_idea({}, services) == {"generation": 1, "chosen": ["s1"], "start_at": None}


def test_a_refused_study_is_chosen_no_more_and_its_number_is_not_used_again(tmp_path: Path) -> None:
    services = prepared(tmp_path)
    choose_idea({}, services)
    assert choose_idea({"rejected": ["s1"]}, services)["chosen"] == ["s2"]
    assert read_card(tmp_path, "s1").idea == DOSE
    assert read_card(tmp_path, "s2").idea != DOSE


def test_a_pass_that_begins_anew_chooses_what_follows_from_a_study_after_it(tmp_path: Path) -> None:
    services = prepared(tmp_path, DOSE.model_copy(update={"parents": ("pair",)}), PAIR)
    child = make_idea("child", ["placebo"], 1.0).model_copy(update={"parents": ("dose",)})
    ideas = read_ideas(services)
    assert ideas == (DOSE, PAIR), "what comes first has no parents"
    write_records(tmp_path / "ideas.json", [*ideas, child])
    assert choose_idea({}, services)["chosen"] == ["s1"]
    assert read_card(tmp_path, "s1").idea == DOSE
    services.archive.add(archived(DOSE))
    choose_idea({"done": ["s1"]}, services)
    assert read_card(tmp_path, "s2").idea == child
    write_records(tmp_path / "ideas.json", [ideas[0], child])
    assert read_card(tmp_path, choose_idea({"rejected": ["s1"]}, services)["chosen"][0]).idea == child


def archived(idea: Idea) -> ArchiveEntry:
    verdict = Verdict(label="inconclusive", reason="It stays open.")
    return ArchiveEntry(study="s1", idea=idea, verdict=verdict, review=make_review(5.0))


def test_studies_chosen_together_know_of_each_other(tmp_path: Path) -> None:
    services = prepared(tmp_path, ideas_at_once=2)
    assert choose_idea({}, services)["chosen"] == ["s1", "s2"]
    assert [read_card(tmp_path, name).beside for name in ("s1", "s2")] == [("s2",), ("s1",)]


def test_proposals_that_the_template_cannot_test_are_left_out_and_named(tmp_path: Path) -> None:
    services = prepared(tmp_path, GHOST, DOSE)
    assert [event.what for event in emitted(services, "degraded")] == ["idea ghost is left out"]
    assert choose_idea({}, services)["chosen"] == ["s1"]
    assert read_card(tmp_path, "s1").idea == DOSE


def test_a_persons_idea_that_the_template_cannot_test_is_one_line_naming_the_file(tmp_path: Path) -> None:
    services = prepared(tmp_path)
    write_records(tmp_path / "ideas.json", [DOSE, GHOST])
    with pytest.raises(UserError, match=r"cannot use .*ideas\.json: idea ghost: 'haunting' is no knob"):
        choose_idea({}, services)


def test_nothing_is_known_of_the_novelty_of_an_idea_that_was_added_later(tmp_path: Path) -> None:
    services = prepared(tmp_path, DOSE)
    assert novelty_of(services, DOSE).queries
    assert novelty_of(services, SUGAR).queries == ()
    assert (novelty_of(services, SUGAR).idea, novelty_of(services, SUGAR).verdict) == ("sugar", "unknown")


def test_each_idea_is_judged_against_those_before_it(tmp_path: Path) -> None:
    services = prepared(tmp_path)
    assert isinstance(services.model, ScriptedModel)
    asked = [task for task in services.model.asked if isinstance(task, JudgeNovelty)]
    assert [task.earlier for task in asked] == [(), (DOSE,), (DOSE, PAIR)]
