"""Words: the table says what TF-IDF and ridge say, goes through JSON, and knows nothing of an empty text."""

import math
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from reviewer.estimate.lexical import Lexical, fit_lexical, words_of

TEXT: Any = import_module("sklearn.feature_extraction.text")
LINEAR: Any = import_module("sklearn.linear_model")
GOOD, BAD, PLAIN = ("clear", "sharp", "sound"), ("vague", "loose", "odd"), ("river", "filter", "rain", "valley")


def make(n: int = 240, seed: int = 0) -> tuple[list[tuple[str, str]], list[float], list[int]]:
    """Texts whose good and bad words set their scores; every second year scores two points higher."""
    dice = np.random.default_rng(seed)
    texts: list[tuple[str, str]] = []
    scores: list[float] = []
    years = [2018 + place % 4 for place in range(n)]
    for year in years:
        good, bad = dice.integers(0, 4, size=2).tolist()
        words = [*dice.choice(GOOD, good), *dice.choice(BAD, bad), *dice.choice(PLAIN, 6)]
        dice.shuffle(words)
        texts.append((str(dice.choice(PLAIN)), " ".join(words)))
        scores.append(5 + 0.5 * (good - bad) + 2 * (year % 2) + float(dice.normal(scale=0.3)))
    return texts, scores, years


@pytest.fixture(scope="module")
def fitted() -> Lexical:
    return fit_lexical(*make(), common=1.0)


def standardised(scores: list[float], years: list[int]) -> list[float]:
    of_year = {year: np.array([s for s, y in zip(scores, years, strict=True) if y == year]) for year in set(years)}
    return [float((s - of_year[y].mean()) / of_year[y].std()) for s, y in zip(scores, years, strict=True)]


def test_score_is_that_of_scikit_learn_within_rounding(fitted: Lexical) -> None:
    texts, scores, years = make()
    vectorizer = TEXT.TfidfVectorizer(token_pattern=r"[a-z]{2,}", min_df=10, sublinear_tf=True)
    ridge = LINEAR.Ridge(alpha=5.0).fit(vectorizer.fit_transform(map(" ".join, texts)), standardised(scores, years))
    new = make(60, seed=1)[0]
    theirs = ridge.predict(vectorizer.transform(map(" ".join, new)))
    assert [fitted.score(*text) for text in new] == pytest.approx(theirs.tolist(), abs=2e-3)


def test_liked_words_raise_and_disliked_ones_lower(fitted: Lexical) -> None:
    weights = {word: weight for word, (_, weight) in fitted.words.items()}
    assert min(weights[word] for word in GOOD) > max(weights[word] for word in PLAIN)
    assert max(weights[word] for word in BAD) < min(weights[word] for word in PLAIN)
    assert fitted.score("A river", "Clear and sharp.") > fitted.score("A river", "Vague and loose.")


def test_scores_of_a_year_are_held_against_that_year(fitted: Lexical) -> None:
    texts, scores, years = make()
    later = [score + 3 * (year - 2018) for score, year in zip(scores, years, strict=True)]
    moved = fit_lexical(texts, later, years, common=1.0)
    assert moved.words.keys() == fitted.words.keys() and moved.mean == pytest.approx(fitted.mean, abs=1e-6)


def test_it_goes_through_json(fitted: Lexical) -> None:
    again = Lexical.model_validate_json(fitted.model_dump_json())
    assert again == fitted and again.score("River", "clear rain") == fitted.score("River", "clear rain")


@pytest.mark.parametrize(("title", "abstract"), [("", ""), ("  ", "\n"), ("1 2 3", "— !"), ("xyzzy", "plugh")])
def test_text_without_a_known_word_gets_the_mean(fitted: Lexical, title: str, abstract: str) -> None:
    assert fitted.score(title, abstract) == fitted.mean


def test_order_and_case_of_words_do_not_matter(fitted: Lexical) -> None:
    assert fitted.score("", "Sharp river, CLEAR rain") == pytest.approx(fitted.score("", "rain clear river sharp"))


def test_a_word_said_more_often_counts_more_but_ever_less(fitted: Lexical) -> None:
    found = [fitted.score("", "river rain valley " + "clear " * many) for many in (1, 2, 4, 100)]
    assert found == sorted(found)
    top = fitted.mean + fitted.words["clear"][1]
    assert found[-1] < top and math.isfinite(top)


def test_rare_words_are_not_learnt() -> None:
    texts, scores, years = make()
    texts = [(f"{title} rare" if place < 9 else title, text) for place, (title, text) in enumerate(texts)]
    assert "rare" not in fit_lexical(texts, scores, years, common=1.0).words


def test_words_by_which_accepted_papers_show_are_not_read() -> None:
    assert words_of("Code", "is available at GitHub, released as open source: URLTOK a fine filter") == [
        "is", "at", "as", "fine", "filter",
    ]  # fmt: skip


def test_words_that_most_papers_have_are_left_out() -> None:
    assert fit_lexical(*make()) == Lexical(words={}, mean=0.0)
    texts, scores, years = make()
    texts = [(f"{title} seldom" if place % 10 == 0 else title, text) for place, (title, text) in enumerate(texts)]
    assert fit_lexical(texts, scores, years).words.keys() == {"seldom"}
