"""The main road, from a topic to published papers, with every answer scripted."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from agents.errors import ServiceError
from agents.free_tasks import InventIdeas
from agents.graph import build_graph
from agents.llm.prompts import render_prompt
from agents.nodes.artefacts import idea_of, read_card, read_evidence, read_ideas
from agents.schema import Config
from agents.services import Services
from agents.tasks import Analysis, Change, IdeaBatch, JudgeNovelty, NoveltyOpinion, ProposeChange, ProposeIdeas
from tests.agents.free_toy import IDEA as FREE_IDEA
from tests.agents.free_toy import asked, free_services
from tests.agents.scripted import (
    DOSE,
    PAIR,
    SUGAR,
    drive,
    emitted,
    judge,
    make_idea,
    make_review,
    propose_dose,
    scripted_services,
)
from tests.fakes import FixedReviewer, ScriptedModel

STUDY_STAGES = [
    "register_plan", "confirm_result", "ablate", "weigh_evidence", "draw_figures", "write_paper", "check_paper",
    "review_paper",
]  # fmt: skip


def stages(services: Services) -> list[tuple[str | None, str]]:
    return [(event.study, event.node) for event in emitted(services, "stage_finished")]


def chosen(services: Services) -> list[tuple[str, str]]:
    return [(event.study, event.idea) for event in emitted(services, "idea_chosen")]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """Services that drove one generation."""
    services = scripted_services(tmp_path_factory.mktemp("one"), flags={"generations": 1})
    drive(services)
    return services


def test_stages_come_in_their_order_and_the_loop_goes_round_once_a_generation(tmp_path: Path) -> None:
    services = scripted_services(tmp_path, flags={"paper.repairs": 0})
    drive(services)
    opening = [(None, name) for name in ("survey_literature", "propose_ideas", "judge_novelty", "choose_idea")]
    first, second = ([(study, name) for name in STUDY_STAGES] for study in ("s1", "s2"))
    between = [(None, name) for name in ("update_archive", "follow_up", "judge_novelty", "choose_idea")]
    assert stages(services) == [*opening, *first, *between, *second, (None, "update_archive"), (None, "publish")]
    assert [(event.study, event.node) for event in emitted(services, "stage_started")] == stages(services)


def test_a_finished_run_leaves_every_artefact_and_publishes_its_papers(one: Services) -> None:
    for name in ("ideas.json", "sources.json", "novelty.json", "journal.db"):
        assert (one.folder / name).is_file()
    for name in ("study", "evidence", "figures", "draft", "problems", "review"):
        assert (one.folder / "papers" / "s1" / f"{name}.json").is_file()
    assert (one.folder / "experiments" / "s1-0000" / "evaluation" / "metrics.json").is_file()
    (published,) = one.settings.papers.iterdir()
    assert published.name == f"{one.folder.name}-s1" and (published / "paper.tex").is_file()


def test_the_search_ends_before_the_confirmation_and_numbers_go_on(one: Services) -> None:
    experiments = one.journal.experiments("s1")
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


FOLLOWING = make_idea("follows", ["boost", "fault"], 0.95)
WEAKNESS = "The toy is only one toy."


def proposing_anew(task: ProposeIdeas) -> IdeaBatch:
    return IdeaBatch(ideas=(FOLLOWING,) if task.archive else (DOSE, SUGAR))


def reviewed_as_weak(services: Services) -> Services:
    """The services with a reviewer that names a weakness."""
    review = make_review(5.0).model_copy(update={"weaknesses": (WEAKNESS,)})
    return replace(services, reviewer=FixedReviewer(review))


def following_services(folder: Path) -> Services:
    """Services whose model invents anew once a study is finished."""
    services = reviewed_as_weak(scripted_services(folder))
    model_of(services).replies |= {
        "ProposeIdeas": proposing_anew,
        "AnalyseResults": Analysis(next_steps=("Feed it more.",)),
    }
    return services


def model_of(services: Services) -> ScriptedModel:
    assert isinstance(services.model, ScriptedModel)
    return services.model


class TestTheLoopThatLearns:
    def test_studies_next_what_follows_on_from_what_it_found(self, tmp_path: Path) -> None:
        services = following_services(tmp_path)
        drive(services)
        assert chosen(services) == [("s1", "dose"), ("s2", "follows")]
        first, second = asked(services, "ProposeIdeas")
        assert first.archive == () and [entry.study for entry in second.archive] == ["s1"]
        found = render_prompt(second).split('<data name="study">')[1].split("</data>")[0]
        shown = read_evidence(services, "s1")["effect.primary"].shown
        for words in (WEAKNESS, "Feed it more.", f": {shown}, interval ["):
            assert words in found
        assert read_card(tmp_path, "s2").idea.parents == ("dose",)
        section = next(task for task in asked(services, "WriteSection") if task.evidence.study == "s2")
        assert "On dose (the present question follows from this study)" in render_prompt(section)
        assert [task.idea.id for task in asked(services, "JudgeNovelty")] == ["dose", "sugar", "follows"]

    def test_asks_nothing_twice_when_it_is_killed_in_between(self, tmp_path: Path) -> None:
        services, saver = following_services(tmp_path), InMemorySaver()
        walk = {"configurable": {"thread_id": "main"}, "recursion_limit": 10_000}

        def fail_once(task: JudgeNovelty) -> NoveltyOpinion:
            if task.idea.id == "follows":
                model_of(services).replies["JudgeNovelty"] = judge
                raise RuntimeError("killed")
            return judge(task)

        model_of(services).replies["JudgeNovelty"] = fail_once
        with pytest.raises(RuntimeError, match="killed"):
            build_graph(1, saver).invoke({}, walk, context=services)
        again = replace(services, stop=Flag(), failures=[])
        build_graph(1, saver).invoke(None, walk, context=again)
        assert chosen(services) == [("s1", "dose"), ("s2", "follows")]
        assert len(asked(services, "ProposeIdeas")) == 2
        assert [idea.id for idea in read_ideas(services)] == ["dose", "sugar", "follows"]

    def test_goes_on_with_what_is_left_when_nobody_answers(self, tmp_path: Path) -> None:
        def fail(task: ProposeIdeas) -> IdeaBatch:
            if task.archive:
                raise ServiceError("the service is down")
            return proposing_anew(task)

        services = following_services(tmp_path)
        model_of(services).replies["ProposeIdeas"] = fail
        drive(services)
        assert chosen(services) == [("s1", "dose"), ("s2", "sugar")]
        assert "the choice is among those left" in {event.consequence for event in emitted(services, "degraded")}

    def test_follows_on_from_all_that_were_studied_side_by_side(self, tmp_path: Path) -> None:
        services = following_services(tmp_path)
        drive(replace(services, settings=services.settings.model_copy(update={"ideas_at_once": 2})))
        assert [study for study, _ in chosen(services)] == ["s1", "s2", "s3"]
        assert read_card(tmp_path, "s3").idea.parents == ("dose", "sugar")

    @pytest.mark.slow
    def test_invents_anew_without_a_template_too(self, tmp_path: Path) -> None:
        child = FREE_IDEA.model_copy(update={"id": "child", "title": "Why trimming did what it did"})

        def invent(task: InventIdeas) -> IdeaBatch:
            return IdeaBatch(ideas=(child if task.archive else FREE_IDEA,))

        services = reviewed_as_weak(free_services(tmp_path, {"InventIdeas": invent}, {"generations": 2}))
        drive(services)
        assert chosen(services) == [("s1", FREE_IDEA.id), ("s2", "child")]
        assert WEAKNESS in render_prompt(asked(services, "InventIdeas")[1])
        assert [task.idea.id for task in asked(services, "DesignStudy")] == [FREE_IDEA.id, "child"]
        assert idea_of(services, "s2").parents == (FREE_IDEA.id,)


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
