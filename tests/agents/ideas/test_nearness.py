"""Ranking by words, and by meaning where the extra is installed."""

import numpy as np
import pytest

from agents.ideas.embedding import embed, find_embedding
from agents.ideas.nearness import rank_sources
from tests.agents.ideas.records import make_idea, make_source

needs_model = pytest.mark.skipif(find_embedding() is None, reason="the extra 'embeddings' is not installed")
DROPOUT = make_source("dropout", "Dropout", "Randomly drop units while training.")
WHALES = make_source("whales", "Songs of whales", "Recordings from the deep sea.")
SILENCE = make_source("silence", "Silencing cells", "Random neurons are switched off in learning.")


def test_words_alone_rank_and_ties_keep_their_order() -> None:
    twin = WHALES.model_copy(update={"key": "twin"})
    ranked = rank_sources(make_idea("x"), (), [WHALES, twin, DROPOUT], None)
    assert [source.key for source in ranked] == ["dropout", "whales", "twin"]
    assert rank_sources(make_idea("x"), ("songs of whales",), [DROPOUT, WHALES], None)[0] == WHALES
    assert rank_sources(make_idea("x"), ("a",), [], None) == []


@needs_model
def test_vectors_have_unit_length_and_are_the_same_each_time() -> None:
    vectors = embed(["Dropout in networks", "", "Songs of whales"])
    assert (vectors.dtype, vectors.shape[0]) == (np.float32, 3)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 1], abs=1e-6)
    assert np.array_equal(vectors, embed(["Dropout in networks", "", "Songs of whales"]))


@needs_model
def test_meaning_finds_what_shares_no_word() -> None:
    idea = make_idea("x", "Sick leave", plan="Toss a coin for each.")
    ranked = rank_sources(idea, ("turning neurons off at random",), [WHALES, SILENCE], find_embedding())
    assert ranked[0] == SILENCE
    far, near = embed(["neural network", "songs of whales"]) @ embed(["deep learning model"])[0]
    assert far > near
