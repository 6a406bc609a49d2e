"""Ideas without a template: invented, a person's own, looked at again; no idea is lost to a bad reply."""

from pathlib import Path
from typing import Any

from agents.errors import ReplyRejected
from agents.free_tasks import RevisedIdea, ReviseIdea
from agents.nodes.artefacts import read_sources, write_records
from agents.nodes.inventing import invent_ideas
from agents.schema import GivenIdea, Source
from agents.tasks import IdeaBatch
from tests.agents.free_toy import IDEA, Replies, asked, free_services
from tests.agents.scripted import emitted
from tests.fakes import FixedLiterature

SOURCE = Source(
    key="tukey1960", title="A survey of sampling", authors=("J. W. Tukey",), year=1960, bibtex="@book{x}", origin="t"
)
FOUND = SOURCE.model_copy(update={"key": "huber1964", "title": "Robust estimation of a location parameter"})
GIVEN = GivenIdea(
    name="trimming", title="Trim the mean", hypothesis="Trimming helps.", abstract="In their words.",
    experiments=("Step one.", "Step two."), risks=("Too mild.",),
)  # fmt: skip


def services_in(folder: Path, replies: Replies | None = None) -> Any:
    services = free_services(folder, replies or {})
    write_records(folder / "sources.json", [SOURCE])
    return services


def test_each_idea_is_looked_at_and_the_literature_asked_between_looks(tmp_path: Path) -> None:
    services = services_in(tmp_path)
    literature = services.literature
    assert isinstance(literature, FixedLiterature)
    literature.sources += [SOURCE, FOUND]
    assert [idea.id for idea in invent_ideas(services)] == ["trimmed-mean"]
    first, second = asked(services, "ReviseIdea")
    assert (first.look, first.asked, first.sources) == (1, "", (SOURCE,))
    assert (second.look, second.asked, second.sources) == (2, "robust location estimation", (FOUND, SOURCE))
    assert [source.key for source in read_sources(services)] == [SOURCE.key, FOUND.key], "what was found can be cited"


def test_a_look_that_says_it_is_final_is_the_last(tmp_path: Path) -> None:
    services = services_in(tmp_path, {"ReviseIdea": RevisedIdea(idea=IDEA, is_final=True)})
    invent_ideas(services)
    assert len(asked(services, "ReviseIdea")) == 1


def test_a_look_that_changed_nothing_and_found_nothing_is_not_repeated(tmp_path: Path) -> None:
    services = services_in(tmp_path, {"ReviseIdea": RevisedIdea(idea=None, query="anything else")})
    invent_ideas(services)
    assert len(asked(services, "ReviseIdea")) == 1


def test_a_look_without_a_usable_reply_leaves_the_idea_as_it_was(tmp_path: Path) -> None:
    def fail(task: ReviseIdea) -> RevisedIdea:
        raise ReplyRejected("it did not fit")

    services = services_in(tmp_path, {"ReviseIdea": fail})
    assert [idea.title for idea in invent_ideas(services)] == [IDEA.title]
    assert "stays as it was" in emitted(services, "degraded")[0].consequence


def test_ids_are_told_apart_and_factors_made_names(tmp_path: Path) -> None:
    odd = IDEA.hypothesis.model_copy(update={"factors": ("Trim-Share 2",), "metric": "Error (abs.)"})
    batch = IdeaBatch(ideas=(IDEA, IDEA.model_copy(update={"hypothesis": odd, "template": "x"})))
    ideas = invent_ideas(services_in(tmp_path, {"InventIdeas": batch}))
    assert [idea.id for idea in ideas] == ["trimmed-mean", "trimmed-mean-2"]
    assert (ideas[1].hypothesis.factors, ideas[1].hypothesis.metric) == (("trim_share_2",), "error_abs")
    assert ideas[1].template is None


def test_a_persons_idea_keeps_its_words_through_all_looks(tmp_path: Path) -> None:
    def embellish(task: ReviseIdea) -> RevisedIdea:
        return RevisedIdea(idea=task.idea.model_copy(update={"title": "Better", "abstract": "Mine"}))

    services = services_in(tmp_path, {"ReviseIdea": embellish})
    write_records(tmp_path / "given" / "ideas.json", [GIVEN])
    (idea,) = invent_ideas(services)
    assert (idea.id, idea.title, idea.abstract) == ("trimming", "Trim the mean", "In their words.")
    assert idea.experiments == (*GIVEN.experiments, *IDEA.experiments), "what is more concrete stands beside it"
    assert idea.hypothesis.factors == ("trim",) and asked(services, "InventIdeas") == []


def test_what_was_answered_is_not_asked_again(tmp_path: Path) -> None:
    services = services_in(tmp_path)
    ideas = invent_ideas(services)
    count = len(services.model.asked)
    assert invent_ideas(services) == ideas and len(services.model.asked) == count
