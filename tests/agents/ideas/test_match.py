"""Topic to template: right where one fits, none where none does, on topics that set nothing."""

from collections.abc import Sequence

import pytest

from agents.ideas.match import LONGEST_TOPIC, match_template
from agents.schema import Template
from templates import list_templates
from tests.agents.ideas.topics import CHARS, DIGITS, FRESH, SEIR, TOPICS


@pytest.fixture(scope="module")
def shipped() -> tuple[Template, ...]:
    """The three templates that the topics are about, whatever others come later."""
    return tuple(template for template in list_templates() if template.name in {CHARS, DIGITS, SEIR})


def accuracy(topics: Sequence[tuple[str, str]], templates: Sequence[Template]) -> float:
    right = sum((match_template(topic, templates).template or "") == wanted for topic, wanted in topics)
    return right / len(topics)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("topics", "least"), [(TOPICS[::2], 0.95), (TOPICS[1::2], 0.9), (FRESH, 0.8)], ids=["set on", "held out", "fresh"]
)
def test_finds_the_template_or_that_none_fits(
    topics: Sequence[tuple[str, str]], least: float, shipped: tuple[Template, ...]
) -> None:
    assert accuracy(topics, shipped) >= least


def test_the_ranking_has_every_template_nearest_first(shipped: tuple[Template, ...]) -> None:
    match = match_template("When should schools close in an epidemic?", shipped)
    scores = [score for _, score in match.ranking]
    assert match.template == SEIR and match.score == scores[0] and scores == sorted(scores, reverse=True)
    assert {name for name, _ in match.ranking} == {CHARS, DIGITS, SEIR} and all(0 <= score <= 1 for score in scores)


@pytest.mark.parametrize("topic", ["", "   ", "does it help?", "1234 !!!", "數字辨識", "\x00"])
def test_a_topic_without_a_word_to_go_by_fits_nothing(topic: str, shipped: tuple[Template, ...]) -> None:
    match = match_template(topic, shipped)
    assert match.template is None and match.score == 0 and len(match.ranking) == 3


@pytest.mark.slow
def test_a_sure_match_hardly_ever_goes_astray_and_most_that_fit_are_sure(shipped: tuple[Template, ...]) -> None:
    topics = [*TOPICS, *FRESH]
    sure = [wanted for topic, wanted in topics if match_template(topic, shipped).is_sure]
    assert sure.count("") <= 1
    assert len(sure) >= 0.75 * sum(1 for _, wanted in topics if wanted)


def test_without_templates_nothing_fits() -> None:
    assert match_template("handwritten digits", ()).template is None


def test_spelling_and_inflection_do_not_matter(shipped: tuple[Template, ...]) -> None:
    topics = ["optimizers for recognizing digits", "optimisers for recognising a digit"]
    first, second = (match_template(topic, shipped) for topic in topics)
    assert first.template == second.template == DIGITS and first.score == pytest.approx(second.score, rel=0.2)


def test_a_very_long_topic_is_read_from_its_beginning(shipped: tuple[Template, ...]) -> None:
    topic = "dropout for handwritten digits. " * 100
    assert match_template(topic, shipped) == match_template(topic[:LONGEST_TOPIC] + "protein " * 5000, shipped)


def test_the_order_of_templates_does_not_matter(shipped: tuple[Template, ...]) -> None:
    topic = "Does rotary positional encoding help a small transformer?"
    forward, backward = match_template(topic, shipped), match_template(topic, shipped[::-1])
    assert forward.template == backward.template == CHARS and forward.score == pytest.approx(backward.score)
