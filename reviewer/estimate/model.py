"""What a fit leaves behind, in a folder: trees, tables of words, blends, calibrations, baselines to be held against."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from reviewer.calibration.record import Calibration, CalibrationKey, Estimate
from reviewer.calibration.store import CalibrationStore
from reviewer.errors import ReviewerError
from reviewer.estimate.blend import Blend
from reviewer.estimate.features import NAMES, body_of, measure_text
from reviewer.estimate.lexical import Lexical
from reviewer.estimate.rigour import rigour
from reviewer.estimate.trees import Trees, load_trees
from reviewer.gates.measures import measure_all
from reviewer.schema import Record
from reviewer.screening import Screened

SHIPPED = Path(__file__).parent / "fitted"
FORM = "naturalist text 1"
"""Names the features and how they are put together: change it where either changes, and fit anew."""
SEVERAL = "several"
"""The model of the key under which opinions of more than one panel are fused: the mean of their standardised scores."""
_MODEL, _TREES, _CALIBRATIONS, BASELINES = "model.json", "trees.npz", "calibrations.json", "baselines.json"


class PanelScale(Record):
    """Mean and standard deviation of a panel's overall scores over the papers it was calibrated on."""

    mean: float
    deviation: float


class Model(Record):
    """Tables of words of title and abstract and of the body; blends of "text", and of text and "panel" by key; scales
    of panels by their configuration."""

    form: str
    abstract: Lexical
    wording: Lexical
    blends: dict[str, Blend]
    panels: dict[str, PanelScale] = {}


class Judgement(NamedTuple):
    """An estimate, the calibration's label, and the scores that it was blended of."""

    estimate: Estimate
    label: str
    parts: dict[str, float]
    is_fused: bool


def text_key() -> CalibrationKey:
    return CalibrationKey(model="none", prompt_sha256="", form=FORM)


def panel_key(configuration: str) -> CalibrationKey:
    """The key of a panel by its configuration, in which models, reflections and the hash of its prompts stand."""
    return CalibrationKey(model=configuration, prompt_sha256="", form=FORM)


class Fitted(NamedTuple):
    """A fitted reviewer, read from its folder."""

    folder: Path
    model: Model
    trees: Trees
    calibrations: dict[str, Calibration]

    def measure(self, screened: Screened) -> dict[str, float]:
        """Measure what the text is blended of ("trees", "abstract", "wording", "rigour"), and the trees' features."""
        features = measure_text(screened)
        return features | self._scores_of(screened, features)

    def judge(
        self,
        measured: Mapping[str, float],
        opinions: Mapping[str, float] | None = None,
        acceptance_rate: float | None = None,
    ) -> Judgement:
        """Estimate how people would decide on what `measure` found.

        `opinions` are overall scores by a panel's configuration; those of panels that were never calibrated are left
        out. `acceptance_rate` moves P to a venue's.
        """
        inputs = {"text": self.model.blends["text"].score(measured)}
        name, panel = self._panel(opinions or {})
        if panel is not None:
            inputs["panel"] = panel
        calibration = self.calibrations[name]
        expected = self.model.blends[name].score(inputs) if panel is not None else inputs["text"]
        estimate = calibration.estimate(inputs, expected, measured, target_rate=acceptance_rate)
        if estimate is None:
            raise ReviewerError(f"{self.folder}: the calibration {name} takes no text score; fit the reviewer anew")
        parts = inputs | {part: measured[part] for part in self.model.blends["text"].terms}
        return Judgement(estimate, calibration.label, parts, panel is not None)

    def _scores_of(self, screened: Screened, features: Mapping[str, float]) -> dict[str, float]:
        import numpy as np

        paper = screened.paper
        row = np.array([[features[name] for name in NAMES]])
        return {
            "trees": float(self.trees.predict(row)[0]),
            "abstract": self.model.abstract.score(paper.title, paper.text_of("abstract")),
            "wording": self.model.wording.score("", body_of(paper)),
            "rigour": rigour(measure_all(screened)),
        }

    def _panel(self, opinions: Mapping[str, float]) -> tuple[str, float | None]:
        """The name of the calibration, and the mean standardised score of the panels that are known."""
        scales = self.model.panels
        known = {
            name: (overall - scales[name].mean) / scales[name].deviation
            for name, overall in opinions.items()
            if name in scales and name in self.calibrations
        }
        if len(known) > 1 and SEVERAL in self.calibrations:
            return SEVERAL, sum(known.values()) / len(known)
        name = min(known, default="text")
        return name, known.get(name)


@lru_cache(maxsize=4)
def load_fitted(folder: Path = SHIPPED) -> Fitted:
    """Read a fitted reviewer, the shipped one if no folder is given; raises ReviewerError where it cannot be."""
    try:
        model = Model.model_validate_json((folder / _MODEL).read_bytes())
    except (OSError, ValidationError) as error:
        raise ReviewerError(
            f"no fitted reviewer in {folder}; make one with `naturalist reviewer fit`: {_brief(error)}"
        ) from error
    if model.form != FORM:
        raise ReviewerError(f"{folder} was fitted for {model.form!r}, this reviewer measures {FORM!r}; fit it anew")
    by_key = {one.key: one for one in CalibrationStore(folder / _CALIBRATIONS).all()}
    names = {"text": text_key()} | {name: panel_key(name) for name in (*model.panels, SEVERAL)}
    calibrations = {name: by_key[key] for name, key in names.items() if key in by_key}
    if "text" not in calibrations:
        raise ReviewerError(f"{folder} holds no calibration of the text alone; fit the reviewer anew")
    return Fitted(folder, model, load_trees(folder / _TREES), calibrations)


def save_fitted(folder: Path, model: Model, trees: Trees, calibrations: list[Calibration]) -> None:
    """Write a fitted reviewer; what of one stands in the folder is replaced."""
    load_fitted.cache_clear()  # or a review after a fit would be by the one before
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _CALIBRATIONS).unlink(missing_ok=True)
    store = CalibrationStore(folder / _CALIBRATIONS)
    for calibration in calibrations:
        store.put(calibration)
    trees.save(folder / _TREES)
    (folder / _MODEL).write_text(model.model_dump_json() + "\n", encoding="utf-8")


def _brief(error: Exception) -> str:
    return str(error).splitlines()[0]
