import math
import random
from importlib import import_module

import pytest

from reviewer.data import ReviewedPaper
from reviewer.errors import ReviewerError
from reviewer.report.baselines import BASELINES, Baselines, fit_baselines, log_length

FILLER = ["network", "layer", "gradient", "sample", "batch", "dataset", "training", "evaluation", "noise", "kernel"]


def paper(
    index: int, accept: int | None, *, words: int = 100, topic: str = "graph", body: str | None = None
) -> ReviewedPaper:
    chooser = random.Random(index)
    text = " ".join(chooser.choices(FILLER, k=words)) if body is None else body
    abstract = f"We study {topic} with {chooser.choice(FILLER)}."
    label = None if accept is None else (1 if accept else 0)
    return ReviewedPaper(
        id=f"p{index}", title=f"On {topic}", abstract=abstract, accept=label, ratings=(5.0,), body=text
    )


def longer_when_accepted(n: int = 80) -> list[ReviewedPaper]:
    return [paper(i, i % 2, words=200 + 150 * (i % 2) + 7 * (i % 23)) for i in range(n)]


def on_graphs_when_accepted(n: int = 120) -> list[ReviewedPaper]:
    return [paper(i, int(i % 4 == 0), topic="graph" if (i % 4 == 0) != (i % 10 == 3) else "speech") for i in range(n)]


def test_length_knows_long_papers_from_short() -> None:
    fitted = fit_baselines(longer_when_accepted())
    assert fitted.length.slope > 0
    assert (
        fitted.predict("length", paper(999, None, words=600))
        > 0.5
        > fitted.predict("length", paper(999, None, words=100))
    )


def test_length_is_the_logistic_regression_on_log_length() -> None:
    rows = [paper(i, int(random.Random(i).random() < 0.3 + 0.004 * (i % 100)), words=50 + i) for i in range(150)]
    model = import_module("sklearn.linear_model").LogisticRegression(C=math.inf, max_iter=1000)
    model.fit([[log_length(row)] for row in rows], [row.accept for row in rows])
    expected = model.predict_proba([[log_length(row)] for row in rows])[:, 1]
    assert fit_baselines(rows).predict_all("length", rows) == pytest.approx(tuple(expected), abs=1e-6)


def test_words_of_the_abstract_tell_topics_apart() -> None:
    fitted = fit_baselines(on_graphs_when_accepted())
    assert fitted.predict("tfidf", paper(999, None, topic="graph")) > fitted.predict(
        "tfidf", paper(999, None, topic="speech")
    )


def test_constant_is_the_prevalence() -> None:
    assert fit_baselines(on_graphs_when_accepted()).predict("constant", paper(0, None)) == pytest.approx(0.25)


def test_read_back_from_json_predicts_the_same_without_training_papers() -> None:
    rows = on_graphs_when_accepted()
    fitted = fit_baselines(rows)
    again = Baselines.model_validate_json(fitted.model_dump_json())
    for name in BASELINES:
        assert again.predict_all(name, rows) == fitted.predict_all(name, rows)
        assert again.predict(name, rows[0]) == pytest.approx(fitted.predict_all(name, rows)[0])


def test_json_of_a_large_vocabulary_is_small() -> None:
    rows = [paper(i, i % 2, topic=" ".join(f"term{(i * 37 + k) % 4000:04d}" for k in range(120))) for i in range(300)]
    fitted = fit_baselines(rows)
    assert len(fitted.tfidf.terms) == 3000
    assert len(fitted.model_dump_json()) <= 300_000


def test_a_link_says_nothing() -> None:
    fitted = fit_baselines(on_graphs_when_accepted())
    plain = paper(5, None)
    linked = plain.model_copy(update={"abstract": plain.abstract + " URLTOK https://example.org/speech"})
    assert fitted.predict("tfidf", linked) == fitted.predict("tfidf", plain)


def test_papers_withdrawn_or_without_a_body_are_not_fitted_on() -> None:
    rows = longer_when_accepted()
    more = [paper(900, None), paper(901, 1, body="  ")]
    assert fit_baselines([*rows, *more]) == fit_baselines(rows)


def test_abstracts_alone_help_the_words_and_leave_prevalence_and_length() -> None:
    rows = on_graphs_when_accepted()
    more = [paper(500 + i, 1, topic="proteins", body="") for i in range(60)]
    alone, helped = fit_baselines(rows), fit_baselines(rows, more)
    assert (alone.n, alone.prevalence, alone.length) == (helped.n, helped.prevalence, helped.length)
    new = paper(999, None, topic="proteins")
    assert helped.predict("tfidf", new) > alone.predict("tfidf", new)


def test_moves_to_the_acceptance_rate_of_a_venue() -> None:
    fitted = fit_baselines(on_graphs_when_accepted())
    assert fitted.predict("constant", paper(0, None), acceptance_rate=0.4) == pytest.approx(0.4)
    for name in BASELINES:
        assert fitted.predict(name, paper(0, None), 0.9) > fitted.predict(name, paper(0, None))


def test_one_kind_of_papers_is_not_enough() -> None:
    with pytest.raises(ReviewerError, match="accepted and rejected"):
        fit_baselines([paper(i, 0) for i in range(40)])
    with pytest.raises(ReviewerError, match="accepted and rejected"):
        fit_baselines([])
