"""The bench of the control's tuning: it tells a factor that only moves its companion from one that gains."""

from pathlib import Path

from bench.fair_control import Kind, run_study
from bench.stages import make_template

STUDIES = range(8)


def supported(folder: Path, kind: Kind, tries: int) -> int:
    template = make_template(folder)
    return sum(run_study(template, kind, seed, 12, 0.05, tries) == "supported" for seed in STUDIES)


def test_a_factor_that_only_moves_the_companion_is_supported_against_an_untuned_control(tmp_path: Path) -> None:
    assert supported(tmp_path, "moves", 0) > supported(tmp_path, "moves", 6)


def test_a_real_gain_is_found_against_a_tuned_control(tmp_path: Path) -> None:
    assert supported(tmp_path, "gains", 6) == len(STUDIES)
