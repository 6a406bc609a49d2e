"""From what models send to a form: what is taken, what is refused, and what the model is told."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.panel.errors import ModelRefused, ReplyMalformed
from reviewer.panel.form import Form
from reviewer.panel.quotations import Source
from reviewer.panel.replies import read_reply
from tests.reviewer.panel.seats import filled

PLAIN = json.dumps(filled())


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        f"```json\n{PLAIN}\n```",
        f"THOUGHT: a {{decent}} paper.\n\n```\n{PLAIN}\n```\nI hope this helps!",
        f'{{"note": "first"}}\n{PLAIN}\nDone {{.',
        PLAIN.replace('"summary"', '"Summary"').replace('"overall"', '"Overall"'),
        json.dumps(filled(mood="good", decision="Accept")).replace("Accept", "Reject"),
    ],
    ids=["bare", "fenced", "thoughts before", "another object", "capitals", "more fields"],
)
def test_a_form_is_found_in_what_a_model_sends(text: str) -> None:
    form = read_reply(text, Form)
    assert (form.overall, form.soundness, form.decision) == (5, 3, "reject")
    assert form.weaknesses[0].is_major and not form.weaknesses[1].is_major


@pytest.mark.parametrize("value", ["6", "6/10", "6: weak accept", " 6 (weak accept)", "6.0", 6.0])
def test_a_score_may_be_a_string(value: Any) -> None:
    assert read_reply(json.dumps(filled(overall=value)), Form).overall == 6


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"overall": 11}, "overall: Input should be less than or equal to 10"),
        ({"overall": 0}, "overall: Input should be greater than or equal to 1"),
        ({"soundness": "5"}, "soundness: Input should be less than or equal to 4"),
        ({"confidence": "high"}, "confidence: Input should be a valid number"),
        ({"overall": "60 or so"}, "overall: Input should be a valid number"),
        ({"overall": float("nan")}, "overall: Input should be"),
        ({"decision": "accept or reject"}, "decision: Input should be 'accept' or 'reject'"),
        ({"weaknesses": []}, "weaknesses: Tuple should have at least 1 item"),
        ({"summary": ""}, "summary: String should have at least 1 character"),
    ],
)
def test_what_does_not_fit_is_refused_and_told(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ReplyMalformed) as caught:
        read_reply(json.dumps(filled(**changes)), Form)
    assert str(caught.value).startswith(told)


def test_lacking_fields_are_named() -> None:
    lacking = {name: value for name, value in filled().items() if name not in ("overall", "confidence")}
    with pytest.raises(ReplyMalformed, match="overall: Field required; confidence: Field required"):
        read_reply(json.dumps(lacking), Form)


def test_remarks_may_be_bare_strings_and_lists_single_values() -> None:
    form = read_reply(json.dumps(filled(strengths="Clear.", weaknesses=["Small."], questions=None)), Form)
    assert (form.strengths[0].text, form.weaknesses[0].text, form.questions) == ("Clear.", "Small.", ())


@pytest.mark.parametrize("text", ["I’m sorry, but I can’t assist with that.", "As an AI, I am unable to review."])
def test_a_refusal_is_told_from_a_malformed_reply(text: str) -> None:
    with pytest.raises(ModelRefused):
        read_reply(text, Form)


def test_a_form_whose_words_sound_like_a_refusal_is_none() -> None:
    assert read_reply(f"I cannot find a flaw. {PLAIN}", Form).overall == 5


@given(st.text())
def test_no_reply_breaks_the_reader(text: str) -> None:
    with pytest.raises((ReplyMalformed, ModelRefused)):
        read_reply(text, Form)


@given(st.text(alphabet='{}[]":,0123456789 \\n', max_size=200))
def test_no_broken_json_breaks_the_reader(text: str) -> None:
    with pytest.raises((ReplyMalformed, ModelRefused)):
        read_reply(text, Form)


def test_deep_nesting_is_malformed() -> None:
    with pytest.raises(ReplyMalformed):
        read_reply('{"a":' * 100_000, Form)


SOURCE = Source("We train a net-\nwork on CIFAR-10; accuracy is 94.2 % (± 0.3), which is “state of the art” for it.")


@pytest.mark.parametrize(
    "quotation",
    [
        "train a network on CIFAR-10",
        "accuracy is 94.2% (±0.3)",
        'WHICH IS "State Of The Art"',
        "We train a network ... state of the art",
        "We train a network [...] for it.",
    ],
)
def test_a_quotation_is_found_whatever_its_signs(quotation: str) -> None:
    assert SOURCE.holds(quotation)


@pytest.mark.parametrize(
    "quotation",
    ["", "it", "on CIFAR-100", "accuracy is 95.2 %", "train a network on ImageNet", "94.2 %, which", "... … ...",
     "We train a network ... for four weeks"],
)  # fmt: skip
def test_what_does_not_stand_there_is_not_found(quotation: str) -> None:
    assert not SOURCE.holds(quotation)


def test_a_quotation_may_differ_by_letters_of_a_formula_but_not_by_a_word_or_number() -> None:
    source = Source("The loss is the sum over n samples of the squared error e, aver- aged over 10 seeds, not runs.")
    assert source.holds("sum over samples of the squared error, averaged over 10 seeds")
    assert not source.holds("sum over samples of the squared error, averaged over 12 seeds")
    assert not source.holds("averaged over 10 seeds, runs")


_WORDS = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "3.1416", "(xyz)"]), min_size=5, max_size=40)


@given(_WORDS, st.data())
def test_every_run_of_words_is_found(words: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(words) - 4))
    end = data.draw(st.integers(start + 4, len(words)))
    assert Source(" ".join(words)).holds(" ".join(words[start:end]))
