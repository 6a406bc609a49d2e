"""The rule keeps its error rate on a planted null, and finds an effect that is there (bench/null_verdicts.py)."""

import pytest

from bench.null_verdicts import NOISES, rates


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in NOISES if kind != "left"])
def test_a_null_is_hardly_ever_supported(kind: str) -> None:
    """Bonferroni on fresh seeds holds 5 % with room to spare; the smallest effect is put at zero, its worst value."""
    assert rates(300, kind, nodes=4, seeds=10, effect=0.0, smallest=0.0, seed=0)["supported"] <= 0.05


@pytest.mark.slow
def test_rare_bad_seeds_do_not_pass_for_a_gain_under_the_default_rule() -> None:
    """The t-test's worst case: losses so rare that ten seeds often miss them."""
    assert rates(600, "left", nodes=16, seeds=10, effect=0.0, smallest=0.5, seed=0)["supported"] <= 0.05


@pytest.mark.slow
def test_a_large_effect_is_nearly_always_supported() -> None:
    assert rates(200, "normal", nodes=16, seeds=10, effect=2.0, smallest=0.5, seed=0)["supported"] >= 0.9


@pytest.mark.slow
def test_an_effect_at_the_smallest_that_matters_is_seldom_refuted() -> None:
    assert rates(1000, "normal", nodes=4, seeds=10, effect=0.5, smallest=0.5, seed=1)["refuted"] <= 0.04
