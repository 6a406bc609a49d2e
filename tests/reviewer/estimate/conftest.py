"""A reviewer fitted to made-up papers, once for all tests."""

import pytest

from tests.reviewer.estimate.corpus import Fitted, fit_corpus, make_by_chance, make_corpus


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    return fit_corpus(make_corpus(), tmp_path_factory.mktemp("fit"))


@pytest.fixture(scope="session")
def by_chance(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    return fit_corpus(make_by_chance(), tmp_path_factory.mktemp("chance"))
