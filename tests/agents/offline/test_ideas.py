"""Ideas and novelty of the built-in researcher."""

import json
import re
from pathlib import Path

import pytest

from agents.errors import ServiceError, UserError
from agents.offline.researcher import OfflineResearcher
from agents.offline.topic_fit import fit_knobs
from agents.schema import ArchiveEntry, Idea, Record, Review, Task, Template, Verdict
from agents.services import Model
from agents.tasks import CheckSupport, CitingSentence, JudgeNovelty, PlanNoveltySearch, ProposeIdeas
from templates import find_template
from tests.agents.offline.studies import SOURCES, make_idea, make_template

RESEARCHER: Model = OfflineResearcher()


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return make_template(tmp_path)


def propose(
    template: Template,
    topic: str,
    count: int = 6,
    archive: tuple[ArchiveEntry, ...] = (),
    others: tuple[Idea, ...] = (),
) -> tuple[Idea, ...]:
    task = ProposeIdeas(
        topic=topic, template=template, sources=SOURCES, archive=archive, others=others, count=count, seed=1
    )
    return RESEARCHER.ask(task).ideas


def entry(idea: Idea, label: str) -> ArchiveEntry:
    review = Review(
        summary="s", strengths=(), weaknesses=(), questions=(), limitations=(), soundness=2, presentation=2,
        contribution=2, overall=5, confidence=3, decision="reject", calibration="uncalibrated", reviewer="r",
    )  # fmt: skip
    verdict = Verdict.model_validate({"label": label, "reason": "so"})
    return ArchiveEntry(study="s1", idea=idea, verdict=verdict, review=review)


@pytest.mark.parametrize(
    ("topic", "knob"),
    [
        ("Does label smoothing help a small network on handwritten digits?", "label_smoothing"),
        ("smoothed labels", "label_smoothing"),
        ("drop-out", "dropout"),
        ("How large should the learning rate be?", "learning_rate"),
        ("the influence of network widths", "width"),
        ("activation_function", "activation"),
        ("optimizers", "optimizer"),
        ("Adam for small networks", "optimizer"),
    ],
)
def test_a_topic_that_names_a_knob_puts_its_main_effect_first(topic: str, knob: str, template: Template) -> None:
    ideas = propose(template, topic)
    assert ideas[0].hypothesis.factors == (knob,)
    assert ideas[0].hypothesis.companions == ()
    assert all(ideas[0].scores.fit > other.scores.fit for other in ideas[1:])


def test_naming_a_knob_in_full_gives_a_fit_near_one_and_others_stay_low(template: Template) -> None:
    fits = fit_knobs("Does label smoothing help?", template)
    assert fits["label_smoothing"] > 0.9
    assert max(fit for name, fit in fits.items() if name != "label_smoothing") < 0.4


def test_naming_two_partners_puts_their_joint_effect_first(template: Template) -> None:
    ideas = propose(template, "Does label smoothing interact with dropout?")
    assert set(ideas[0].hypothesis.factors) == {"label_smoothing", "dropout"}


@pytest.mark.parametrize("name", ["digits_classifier", "char_transformer", "seir_epidemic"])
@pytest.mark.parametrize("count", [1, 6, 40])
def test_ideas_are_testable_neutral_and_free_of_digits(name: str, count: int) -> None:
    template = find_template(name)
    ideas = propose(template, "anything at all", count)
    known = {knob.name for knob in template.knobs}
    assert len(ideas) <= count
    assert len({idea.id for idea in ideas}) == len(ideas)
    for idea in ideas:
        hypothesis = idea.hypothesis
        assert set(hypothesis.factors + hypothesis.companions) <= known
        assert not set(hypothesis.factors) & set(hypothesis.companions)
        assert hypothesis.smallest_effect == template.metric.smallest_effect
        assert idea.template == name
        prose = " ".join((idea.title, hypothesis.statement, idea.plan, *idea.risks))
        assert not re.search(r"\d", prose)
        assert not re.search(r"\b(raises|lowers|improves)\b", idea.title)
    assert propose(template, "anything at all", count) == ideas


class TestFollowUps:
    def test_ask_after_an_effect_that_is_there_whether_it_combines(self, template: Template) -> None:
        first = propose(template, "label smoothing", 1)[0]
        after = propose(template, "label smoothing and width", 30, (entry(first, "supported"),))
        assert {idea.hypothesis.factors[0] for idea in after} == {"label_smoothing"}
        assert all(len(idea.hypothesis.factors) == 2 and idea.parents == (first.id,) for idea in after)
        assert after[0].hypothesis.factors == ("label_smoothing", "width"), "what the topic names comes first"

    @pytest.mark.parametrize("label", ["refuted", "inconclusive"])
    def test_ask_after_one_that_was_not_found_whether_a_knob_tuned_beside_it_helps(
        self, label: str, template: Template
    ) -> None:
        done = make_idea(template, ("dropout",), ("width",))
        after = propose(template, "dropout", 30, (entry(done, label),))
        assert {idea.hypothesis.factors for idea in after} == {("dropout",)}
        assert all(idea.hypothesis.companions[0] == "width" and len(idea.hypothesis.companions) == 2 for idea in after)
        crowded = done.hypothesis.model_copy(update={"companions": ("width", "optimizer")})
        assert propose(template, "x", 9, (entry(done.model_copy(update={"hypothesis": crowded}), label),)) == ()

    def test_repeat_neither_what_was_studied_nor_what_waits_under_whatever_id(self, template: Template) -> None:
        first = propose(template, "label smoothing", 1)[0]
        archive = (entry(first, "supported"),)
        new = propose(template, "label smoothing", 30, archive)
        waiting = (new[0].model_copy(update={"id": new[1].id}), new[2])
        again = propose(template, "label smoothing", 30, archive, waiting)
        assert [idea.hypothesis for idea in again] == [idea.hypothesis for idea in (new[1], *new[3:])]
        assert again[0].id == f"{new[1].id}-2"

    def test_are_of_more_interest_after_success(self, template: Template) -> None:
        done = make_idea(template, ("dropout",)).model_copy(update={"niche": "dropout"})
        interest = {
            label: max(idea.scores.interest for idea in propose(template, "dropout", 30, (entry(done, label),)))
            for label in ("supported", "inconclusive", "refuted")
        }
        assert interest["supported"] > interest["inconclusive"] > interest["refuted"]


def test_seed_ideas_of_the_template_are_scored_and_proposed(template: Template) -> None:
    seed = make_idea(template, ("width",)).model_dump(mode="json", exclude={"scores"})
    (template.path / "ideas.json").write_text(json.dumps([seed | {"id": "my-own", "niche": "size"}]))
    ideas = propose(template, "network width", 1)
    assert ideas[0].id == "my-own"
    assert ideas[0].scores.fit > 0.8
    assert {
        idea.niche for idea in propose(template, "network width", 40) if "width" in idea.hypothesis.factors[:1]
    } == {"size"}


@pytest.mark.parametrize("text", ["{", '[{"id": "x"}]', "[3]", '{"a": 1}'])
def test_broken_seed_ideas_are_the_users_problem_in_one_line(text: str, template: Template) -> None:
    (template.path / "ideas.json").write_text(text)
    with pytest.raises(UserError, match=r"ideas\.json") as caught:
        propose(template, "x")
    assert "\n" not in str(caught.value)


def test_it_never_says_more_of_novelty_than_that_it_does_not_know(template: Template) -> None:
    idea = make_idea(template, ("dropout",))
    own = RESEARCHER.ask(JudgeNovelty(idea=idea, sources=SOURCES[:1], earlier=(), answered=("template",)))
    assert (own.verdict, own.nearest) == ("unknown", SOURCES[0].key)
    assert "bibliography" in own.reason
    blind = RESEARCHER.ask(JudgeNovelty(idea=idea, sources=(), earlier=()))
    assert (blind.verdict, blind.nearest) == ("unknown", None)
    assert "No literature source answered" in blind.reason
    wide = RESEARCHER.ask(JudgeNovelty(idea=idea, sources=SOURCES, earlier=(), answered=("template", "openalex")))
    assert (wide.verdict, wide.recalled, wide.comparison) == ("unknown", "", ())


def test_it_searches_with_the_ideas_own_words_and_recalls_nothing(template: Template) -> None:
    plan = RESEARCHER.ask(PlanNoveltySearch(idea=make_idea(template, ("dropout",))))
    assert len(plan.queries) == 2
    assert "dropout" in plan.queries[1]
    assert plan.recalled == ""


def test_it_cannot_tell_whether_an_abstract_supports_a_sentence() -> None:
    def sentence(number: int, text: str) -> CitingSentence:
        abstract = "We randomly drop units of a network while it is trained."
        return CitingSentence(number=number, sentence=text, key="a", title="Dropout", abstract=abstract)

    told = sentence(0, "Units are dropped at random while a network is trained [a].")
    task = CheckSupport(sentences=(told, sentence(1, "Whales sing in the deep [a].")))
    assert [each.verdict for each in RESEARCHER.ask(task).verdicts] == ["cannot tell"] * 2


def test_a_task_that_it_was_never_taught_is_refused_by_name() -> None:
    class WriteOpera(Task[Record]):
        reply = Record

    with pytest.raises(ServiceError, match="WriteOpera"):
        RESEARCHER.ask(WriteOpera())


def test_a_topic_that_names_no_knob_gets_the_authors_first_idea_where_the_search_is_long_enough() -> None:
    """Packing circles went to whichever knob's label shared a word with the topic."""
    template = find_template("circle_packing")
    task = ProposeIdeas(topic="packing 26 circles in a square", template=template, sources=(), count=1, seed=0)
    (long,) = OfflineResearcher().ask(task.model_copy(update={"experiments": 300})).ideas
    (short,) = OfflineResearcher().ask(task).ideas
    assert len(long.hypothesis.factors + long.hypothesis.companions) == 9
    assert len(short.hypothesis.factors + short.hypothesis.companions) <= 3
