"""Made-up papers: a quality seen through noisy scores decides their acceptance; and a calibration fitted on them."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from reviewer.calibration import Calibration, CalibrationKey
from reviewer.calibration.fitting import describe_training, fit_calibration
from reviewer.calibration.fitting.arrays import Vector
from reviewer.calibration.fitting.calibration import HumanScores

KEY = CalibrationKey(model="none", prompt_sha256="", form="neurips")
NAMES = ("words", "figures", "equations")


class Papers(NamedTuple):
    text: Vector
    llm: Vector
    labels: Vector
    human: Vector
    features: Vector


def papers(n: int, seed: int = 0) -> Papers:
    """Return n papers; the mean human score is 5 + quality, and `text` guesses it with an error of 1."""
    dice = np.random.default_rng(seed)
    quality = dice.normal(size=n)
    return Papers(
        text=5 + quality + dice.normal(size=n),
        llm=np.where(dice.random(n) < 0.5, 6 + quality + dice.normal(size=n), np.nan),
        labels=(dice.random(n) < 1 / (1 + np.exp(0.5 - 2 * quality))).astype(float),
        human=5 + quality,
        features=np.column_stack((dice.lognormal(8, 0.4, n), dice.poisson(5, n), dice.poisson(9, n))).astype(
            np.float64
        ),
    )


def calibration(data: Path, key: CalibrationKey = KEY, n: int = 300) -> Calibration:
    """Fit everything to made-up papers; the file `data` is written to be what they came from."""
    data.write_text("{}\n")
    found = papers(n)
    return fit_calibration(
        key,
        describe_training(data, found.labels, {"auc": 0.8, "brier": 0.17}, date(2026, 11, 29), "made-up papers"),
        {"text": found.text, "llm": found.llm},
        found.labels,
        increasing=("text", "llm"),
        human=HumanScores(found.text, found.human),
        features=found.features,
        names=NAMES,
    )


USUAL = {"words": 2980.0, "figures": 5.0, "equations": 9.0}
STRANGE = {"words": 40.0, "figures": 60.0, "equations": 0.0}
