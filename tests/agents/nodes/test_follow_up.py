"""Between generations: ideas that follow on from what was found, asked for once, whatever fails or is killed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.errors import BudgetExceeded, Interrupted, NaturalistError, ReplyRejected, ServiceError, UserError
from agents.free_tasks import RevisedIdea, ReviseIdea
from agents.llm.prompts import render_prompt
from agents.nodes.artefacts import novelty_of, read_ideas, read_novelty, read_sources, write_records
from agents.nodes.follow_up import follow_up
from agents.nodes.novelty import judge_novelty
from agents.schema import ArchiveEntry, GivenIdea, Idea, Novelty, Source, Verdict
from agents.services import Services
from agents.state import RunState
from agents.tasks import IdeaBatch, JudgeNovelty, ProposeIdeas
from tests.agents.free_toy import IDEA, asked, free_services
from tests.agents.llm.test_model import CallList
from tests.agents.llm.test_recording import replayed
from tests.agents.scripted import DOSE, PAIR, emitted, make_idea, make_review, scripted_services
from tests.fakes import FixedLiterature, ScriptedModel

AFTER: RunState = {"generation": 1, "done": ["s1"], "chosen": ["s1"], "is_last": False}
NEXT = make_idea("dose", ["placebo"], 0.9)
REVIEW = make_review(5.0).model_copy(update={"weaknesses": ("One toy.",), "questions": ("What of sugar?",)})
SOURCE = Source(key="tukey1960", title="A survey", authors=("J. W. Tukey",), year=1960, bibtex="@book{x}", origin="t")
FOUND = SOURCE.model_copy(update={"key": "huber1964", "title": "Robust estimation of a location parameter"})


def entry(idea: Idea = DOSE, study: str = "s1") -> ArchiveEntry:
    verdict = Verdict(label="refuted", reason="Nothing came of it.")
    return ArchiveEntry(study=study, idea=idea, verdict=verdict, review=REVIEW, next_steps=("Try sugar.",))


def after_dose(folder: Path, reply: Any, **flags: Any) -> Services:
    """The first study, of DOSE, is finished, and PAIR was not studied; what a model proposes now is `reply`."""
    return with_first(scripted_services(folder, flags=flags), reply, "ProposeIdeas", DOSE, PAIR)


def after_trimming(folder: Path, reply: Any, **replies: Any) -> Services:
    """The same without a template; the one idea there is was studied."""
    return with_first(free_services(folder, replies, {"generations": 2}), reply, "InventIdeas", IDEA)


def with_first(services: Services, reply: Any, kind: str, *ideas: Idea) -> Services:
    write_records(services.folder / "ideas.json", ideas)
    write_records(services.folder / "sources.json", [SOURCE])
    services.archive.add(entry(ideas[0]))
    assert isinstance(services.model, ScriptedModel)
    services.model.replies[kind] = reply
    return services


def names(services: Services) -> list[str]:
    return [idea.id for idea in read_ideas(services)]


def failing(error: Exception) -> Callable[[Any], Any]:
    def answer(_: Any) -> Any:
        raise error

    return answer


class TestWhatIsAsked:
    def test_shows_what_was_found_and_what_the_review_asked_for_as_data(self, tmp_path: Path) -> None:
        services = after_dose(tmp_path, IdeaBatch(ideas=(NEXT,)), follow_ups=1)
        follow_up(AFTER, services)
        (task,) = asked(services, "ProposeIdeas")
        assert isinstance(task, ProposeIdeas)
        assert (task.archive, task.others, task.count, task.subject) == ((entry(),), (PAIR,), 1, "after s1")
        study = render_prompt(task).split('<data name="study">')[1].split("</data>")[0]
        for words in ("refuted", "One toy.", "What of sugar?", "Try sugar."):
            assert words in study

    def test_new_ideas_join_those_that_are_left_as_children_of_the_study(self, tmp_path: Path) -> None:
        own = make_idea("own", ["fault"], 0.5).model_copy(update={"parents": ("s1", "nobody")})
        services = after_dose(tmp_path, IdeaBatch(ideas=(NEXT, own)))
        assert follow_up(AFTER, services) == {"is_last": False}
        assert names(services) == ["dose", "pair", "dose-2", "own"]
        assert [idea.parents for idea in read_ideas(services)] == [(), (), ("dose",), ("dose",)]

    def test_what_is_asked_already_or_cannot_be_tested_is_left_out_and_named(self, tmp_path: Path) -> None:
        again, ghost = make_idea("again", ["placebo", "boost"], 0.5), make_idea("ghost", ["haunting"], 0.9)
        services = after_dose(tmp_path, IdeaBatch(ideas=(again, ghost, NEXT, make_idea("one-too-many", ["fault"], 0))))
        services = replace(services, settings=services.settings.model_copy(update={"follow_ups": 1}))
        follow_up(AFTER, services)
        assert names(services) == ["dose", "pair", "dose-2"]
        told = [(event.what, event.consequence) for event in emitted(services, "degraded")]
        assert told[0][0] == "idea ghost is left out" and "haunting" in told[0][1]
        assert told[1] == ("idea again is left out", "it asks what idea pair asks")


class TestNoCallIsSpent:
    @pytest.mark.parametrize(
        ("state", "follow_ups"),
        [
            ({**AFTER, "is_last": True}, 2),
            ({"generation": 2, "done": ["s1"]}, 2),
            ({**AFTER, "done": []}, 2),
            (AFTER, 0),
        ],
        ids=["no generation follows", "entered in the last one", "nothing was finished", "turned off"],
    )
    def test_where_it_would_serve_nothing(self, tmp_path: Path, state: RunState, follow_ups: int) -> None:
        services = after_dose(tmp_path, failing(AssertionError()), follow_ups=follow_ups)
        follow_up(state, services)
        assert names(services) == ["dose", "pair"] and asked(services, "ProposeIdeas") == []

    def test_where_a_person_gave_the_ideas(self, tmp_path: Path) -> None:
        services = after_trimming(tmp_path, failing(AssertionError()))
        write_records(tmp_path / "given" / "ideas.json", [GivenIdea(name="g", title="G", hypothesis="G helps.")])
        follow_up(AFTER, services)
        assert asked(services, "InventIdeas") == []

    def test_a_second_time_whenever_it_was_killed(self, tmp_path: Path) -> None:
        services = after_dose(tmp_path, IdeaBatch(ideas=(NEXT,)))
        before = read_ideas(services)
        follow_up(AFTER, services)
        after = read_ideas(services)
        follow_up(AFTER, services)  # killed when all was written
        assert read_ideas(services) == after
        write_records(tmp_path / "ideas.json", before)
        follow_up(AFTER, services)  # killed before the ideas were
        assert read_ideas(services) == after and len(asked(services, "ProposeIdeas")) == 1

    def test_but_one_for_findings_that_are_new(self, tmp_path: Path) -> None:
        services = after_dose(tmp_path, IdeaBatch(ideas=(NEXT,)))
        follow_up(AFTER, services)
        services.archive.add(entry().model_copy(update={"review": make_review(9.0)}))
        follow_up(AFTER, services)
        assert len(asked(services, "ProposeIdeas")) == 2
        assert names(services) == ["dose", "pair", "dose-2"], "what came again is no new idea"


def test_a_follow_up_that_a_person_edited_stays_as_they_left_it(tmp_path: Path) -> None:
    services = after_dose(tmp_path, IdeaBatch(ideas=(NEXT,)))
    follow_up(AFTER, services)
    mine = [idea.model_copy(update={"title": "In my words"}) for idea in read_ideas(services)]
    write_records(tmp_path / "ideas.json", mine)
    follow_up(AFTER, services)
    assert list(read_ideas(services)) == mine


class TestAReplyThatFails:
    @pytest.mark.parametrize(
        "error",
        [
            ReplyRejected("it did not fit"),
            ServiceError("the service is down", retryable=True),
            UserError("the key was refused"),
            BudgetExceeded("usd", 10.0, 10.0, 1.0),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_leaves_the_choice_among_the_rest_and_is_told(self, tmp_path: Path, error: NaturalistError) -> None:
        services = after_dose(tmp_path, failing(error))
        assert follow_up(AFTER, services) == {"is_last": False}
        assert names(services) == ["dose", "pair"]
        (event,) = emitted(services, "degraded")
        what = error.what if isinstance(error, BudgetExceeded) else str(error)
        assert (event.what, event.consequence) == (
            f"no idea follows on from s1: {what}",
            "the choice is among those left",
        )

    def test_is_asked_for_again_when_the_node_is_entered_anew(self, tmp_path: Path) -> None:
        services = after_dose(tmp_path, failing(ServiceError("down")))
        follow_up(AFTER, services)
        assert isinstance(services.model, ScriptedModel)
        services.model.replies["ProposeIdeas"] = IdeaBatch(ideas=(NEXT,))
        follow_up(AFTER, services)
        assert names(services) == ["dose", "pair", "dose-2"]

    def test_is_none_when_the_run_was_told_to_stop(self, tmp_path: Path) -> None:
        with pytest.raises(Interrupted):
            follow_up(AFTER, after_dose(tmp_path, failing(Interrupted("stopped"))))

    def test_may_be_missing_from_a_recording_of_before_there_were_follow_ups(self, tmp_path: Path) -> None:
        model, _ = replayed([], CallList())
        services = replace(after_dose(tmp_path, None), model=model)
        follow_up(AFTER, services)
        assert "holds no reply for propose_ideas after s1" in emitted(services, "degraded")[0].what
        assert names(services) == ["dose", "pair"]

    def test_may_be_empty_where_nothing_is_worth_asking(self, tmp_path: Path) -> None:
        services = after_dose(tmp_path, IdeaBatch(ideas=()))
        follow_up(AFTER, services)
        assert names(services) == ["dose", "pair"] and emitted(services, "degraded") == []


class TestWithoutATemplate:
    CHILD = IDEA.model_copy(update={"id": "winsorised", "title": "Pull outliers in", "abstract": "Rather than drop."})

    def test_new_ideas_are_looked_at_with_the_literature_and_what_was_found_can_be_cited(self, tmp_path: Path) -> None:
        services = after_trimming(tmp_path, IdeaBatch(ideas=(self.CHILD,)))
        assert isinstance(services.literature, FixedLiterature)
        services.literature.sources += [SOURCE, FOUND]
        follow_up(AFTER, services)
        assert names(services) == [IDEA.id, "winsorised"]
        assert read_ideas(services)[1].parents == (IDEA.id,)
        looks = [task for task in asked(services, "ReviseIdea") if isinstance(task, ReviseIdea)]
        assert [look.others for look in looks] == [(IDEA.title,)] * 2
        assert [source.key for source in read_sources(services)] == [SOURCE.key, FOUND.key]

    def test_the_same_idea_told_once_more_is_left_out_before_it_is_looked_at(self, tmp_path: Path) -> None:
        services = after_trimming(tmp_path, IdeaBatch(ideas=(IDEA.model_copy(update={"id": "other"}),)))
        follow_up(AFTER, services)
        assert names(services) == [IDEA.id] and asked(services, "ReviseIdea") == []
        assert emitted(services, "degraded")[0].consequence == f"it asks what idea {IDEA.id} asks"

    def test_a_look_that_the_budget_leaves_no_room_for_keeps_the_idea(self, tmp_path: Path) -> None:
        def look(task: ReviseIdea) -> RevisedIdea:
            raise BudgetExceeded("tokens", 10, 10, 1)

        services = after_trimming(tmp_path, IdeaBatch(ideas=(self.CHILD,)), ReviseIdea=look)
        follow_up(AFTER, services)
        assert names(services) == [IDEA.id, "winsorised"]
        assert emitted(services, "degraded")[0].what == "look 1 at idea winsorised"


def test_novelty_is_judged_of_ideas_that_came_since_and_of_no_other(tmp_path: Path) -> None:
    services = after_dose(tmp_path, IdeaBatch(ideas=(NEXT,)))
    old = [Novelty(idea=name, verdict="novel", reason="It was judged.") for name in ("dose", "pair")]
    write_records(tmp_path / "novelty.json", old)
    follow_up(AFTER, services)
    judge_novelty(AFTER, services)
    (task,) = (each for each in asked(services, "JudgeNovelty") if isinstance(each, JudgeNovelty))
    assert (task.idea.id, task.earlier) == ("dose-2", (DOSE, PAIR))
    assert list(read_novelty(services).values())[:2] == old
    assert novelty_of(services, read_ideas(services)[2]).verdict == "unknown"
    judge_novelty({"generation": 0}, services)
    assert len(asked(services, "JudgeNovelty")) == 4, "whoever enters at the node has all of them judged anew"
