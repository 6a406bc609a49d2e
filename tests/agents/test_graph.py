"""The main road, from a topic to published papers, with every answer scripted."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from agents.errors import ServiceError
from agents.nodes.artefacts import read_evidence
from agents.schema import Config
from agents.services import Services
from agents.tasks import Change, ProposeChange
from tests.agents.scripted import DOSE, PAIR, SUGAR, drive, emitted, make_idea, propose_dose, scripted_services

STUDY_STAGES = [
    "register_plan", "tune_control", "confirm_result", "ablate", "weigh_evidence", "draw_figures", "write_paper", "check_paper",
    "review_paper",
]  # fmt: skip


def stages(services: Services) -> list[tuple[str | None, str]]:
    return [(event.study, event.node) for event in emitted(services, "stage_finished")]


def chosen(services: Services) -> list[tuple[str, str]]:
    return [(event.study, event.idea) for event in emitted(services, "idea_chosen")]


def test_stages_come_in_their_order_and_the_loop_goes_round_once_a_generation(tmp_path: Path) -> None:
    services = scripted_services(tmp_path, flags={"paper.repairs": 0})
    drive(services)
    opening = [(None, name) for name in ("survey_literature", "propose_ideas", "judge_novelty", "choose_idea")]
    first, second = ([(study, name) for name in STUDY_STAGES] for study in ("s1", "s2"))
    between = [(None, "update_archive"), (None, "choose_idea")]
    assert stages(services) == [*opening, *first, *between, *second, (None, "update_archive"), (None, "publish")]
    assert [(event.study, event.node) for event in emitted(services, "stage_started")] == stages(services)


def test_a_finished_run_leaves_every_artefact_and_publishes_its_papers(tmp_path: Path) -> None:
    state = drive(scripted_services(tmp_path, flags={"generations": 1}))
    for name in ("ideas.json", "sources.json", "novelty.json", "journal.db"):
        assert (tmp_path / name).is_file()
    for name in ("study", "evidence", "figures", "draft", "problems", "review"):
        assert (tmp_path / "papers" / "s1" / f"{name}.json").is_file()
    assert (tmp_path / "experiments" / "s1-0000" / "evaluation" / "metrics.json").is_file()
    assert state["published"] == [str(tmp_path / "published" / f"{tmp_path.name}-s1")]
    assert (Path(state["published"][0]) / "paper.tex").is_file()


def test_the_search_ends_before_the_confirmation_and_numbers_go_on(tmp_path: Path) -> None:
    services = scripted_services(tmp_path, flags={"generations": 1})
    drive(services)
    experiments = services.journal.experiments("s1")
    assert [experiment.index for experiment in experiments] == list(range(4 + 2 * 3))
    assert [experiment.stage for experiment in experiments] == ["search"] * 4 + ["confirm"] * 6
    assert {experiment.split for experiment in experiments if experiment.stage == "search"} == {"search"}


def test_nothing_but_the_overall_score_of_the_first_review_decides_the_second_idea(tmp_path: Path) -> None:
    praised = scripted_services(tmp_path / "praised", overall=9.0)
    panned = scripted_services(tmp_path / "panned", overall=1.0)
    for services in (praised, panned):
        drive(services)
    assert chosen(praised) == [("s1", DOSE.id), ("s2", PAIR.id)]
    assert chosen(panned) == [("s1", DOSE.id), ("s2", SUGAR.id)]


BREACHES: tuple[tuple[Config, str], ...] = (
    ({"boost": 0.25, "placebo": 3}, "not part of the registered search"),
    ({"boost": 7.0}, "boost=7.0"),
    ({"boost": 0.0}, "no factor"),
    ({"boost": 0.5, "bosst": 1.0}, "bosst"),
)


def test_a_proposal_that_breaks_the_plan_is_a_failed_node_and_the_search_goes_on(tmp_path: Path) -> None:
    def propose(task: ProposeChange) -> Change:
        change = propose_dose(task)
        breach = BREACHES[task.index - 1][0] if task.index <= len(BREACHES) else {}
        return change.model_copy(update={"config": {**change.config, **breach}})

    services = scripted_services(tmp_path, propose=propose, flags={"generations": 1, "search.experiments": 6})
    drive(services)
    outcomes = [node.outcome for node in services.journal.experiments("s1", "search") if node.outcome]
    assert [outcome.status for outcome in outcomes] == ["ok", "crash", "crash", "crash", "crash", "ok"]
    for outcome, (_, words) in zip(outcomes[1:], BREACHES, strict=False):
        assert outcome.detail.startswith("proposal refused: ")
        assert words in outcome.detail
    assert not (tmp_path / "experiments" / "s1-0001").exists()
    assert "effect.primary" in read_evidence(services, "s1").quantities


def test_a_run_whose_ideas_are_used_up_publishes_what_it_has(tmp_path: Path) -> None:
    services = scripted_services(tmp_path, ideas=(DOSE, SUGAR), flags={"generations": 9})
    state = drive(services)
    assert chosen(services) == [("s1", DOSE.id), ("s2", SUGAR.id)]
    assert len(state["published"]) == 2
    assert stages(services)[-2:] == [(None, "choose_idea"), (None, "publish")]


def test_two_ideas_are_studied_side_by_side(tmp_path: Path) -> None:
    services = scripted_services(tmp_path, flags={"generations": 1, "ideas_at_once": 2})
    state = drive(services)
    assert [study for study, _ in chosen(services)] == ["s1", "s2"]
    assert len(state["published"]) == 2
    names = [name for name in stages(services) if name[1] in ("register_plan", "review_paper")]
    assert {name for _, name in names[:2]} == {"register_plan"}
    assert {name for _, name in names[2:]} == {"review_paper"}
    confirmed = [item for item in services.journal.experiments() if item.stage != "search"]
    seeds = {study: {item.seed for item in confirmed if item.study == study} for study in ("s1", "s2")}
    assert seeds["s1"] and not seeds["s1"] & seeds["s2"]


def test_an_idea_about_something_that_the_template_lacks_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="none of the 1 proposed ideas can be tested: 'haunting' is no knob"):
        drive(scripted_services(tmp_path, ideas=(make_idea("ghost", ["haunting"], 0.9),)))


class TestALaneThatFails:
    def test_ends_the_run_with_its_own_error_though_others_wait_for_it(self, tmp_path: Path) -> None:
        services = scripted_services(tmp_path, propose=out_of_order_at(2), flags={"search.lanes": 3, "search.lag": 1})
        error = end_of(lambda: drive(services), services)
        assert isinstance(error, ServiceError)
        assert str(error) == "the model is out of order"

    def test_ends_the_study_beside_it_as_well(self, tmp_path: Path) -> None:
        services = scripted_services(tmp_path, propose=out_of_order_at(1), flags={"ideas_at_once": 2})
        assert isinstance(end_of(lambda: drive(services), services), ServiceError)

    def test_loses_nothing_that_was_finished(self, tmp_path: Path) -> None:
        services = scripted_services(tmp_path, propose=out_of_order_at(2), flags={"search.lanes": 2, "search.lag": 2})
        end_of(lambda: drive(services), services)
        again = scripted_services(tmp_path, flags={"generations": 1, "search.lanes": 2, "search.lag": 2})
        drive(again)
        done = [item.id for item in services.journal.experiments() if item.outcome]
        assert done[:2] == ["s1-0000", "s1-0001"]
        assert not {"s1-0000", "s1-0001"} & {event.experiment for event in emitted(again, "experiment_started")}


def out_of_order_at(index: int) -> Callable[[ProposeChange], Change]:
    def propose(task: ProposeChange) -> Change:
        if task.index == index:
            raise ServiceError("the model is out of order")
        return propose_dose(task)

    return propose


def end_of(road: Callable[[], object], services: Services) -> Exception | None:
    """The error that a road ends with; fails when it has not ended after half a minute."""
    errors: list[Exception] = []

    def walk() -> None:
        try:
            road()
        except Exception as error:
            errors.append(error)

    thread = Thread(target=walk)
    thread.start()
    thread.join(30)
    is_stuck = thread.is_alive()
    services.stop.set()
    thread.join()
    assert not is_stuck
    return errors[0] if errors else None
