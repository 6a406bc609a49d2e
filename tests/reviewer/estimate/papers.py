"""A paper that has something for each feature, in the form of the data set."""

from typing import Any

from reviewer.estimate.features import measure_text
from reviewer.reading.row import read_row
from reviewer.schema import Paper
from reviewer.screening import Screened, screen
from reviewer.text import blind

BODY = """
1 INTRODUCTION

Rain is hard to foresee in narrow valleys, as many have found (Hill, 2017). We ask whether a filter may help there.
A dataset of three valleys serves as our benchmark. The error should fall by a significant amount, e.g. by a tenth.

2 METHOD

The filter carries an estimate forward. Lemma 1 bounds its error (Lake & Rivers, 2015). The proof follows Stone et al.
and takes up one page in the appendix.

x = y + z (1)

3 EXPERIMENTS

The ablation takes the terrain map away. A baseline without a map is tuned alike. Each error is a mean over five seeds
and has a standard deviation beside it. Each hyperparameter is listed below. Figure 1 draws the errors and Table 1
lists them all. A human study with ten raters agrees.

Drift 4.21 0.11
Filter 3.57 0.09

Table 1: Errors on three valleys.

Figure 1: Errors over time.

4 LIMITATIONS

One limitation is the number of valleys. We leave others to future work.
"""
REFS = """
Ada Hill. Drift models for rain. Journal of Weather, 12:1-20, 2017.

Carl Lake and Dora Rivers. Radar echoes over hills. Journal of Hills, 28, 2015.

Hugo Stone and Ines Clay. Terrain and clutter. Journal of Maps, 2020.

Erik Moss and Gil Reed. Recurrent filters for images. Journal of Images, 2019.
"""
APPENDIX = """
A PROOFS

Proof of Lemma 1. The error shrinks at each step. Further seeds are 6 to 9, as Table 1 has it, and an ablation of the
wind shows a confidence interval of 0.2.
"""
ROW: dict[str, Any] = {
    "id": "rain",
    "title": "Rain in narrow valleys",
    "abstract": "We estimate rainfall in valleys by a filter over radar images, and the error falls from 4.21 to 3.57.",
    "body": BODY,
    "refs": REFS,
    "appendix": APPENDIX,
}


def read(**parts: str) -> Paper:
    """The paper with some of its texts replaced."""
    return blind(read_row(ROW | parts))


def screened(**parts: str) -> Screened:
    return screen(read(**parts))


def features(**parts: str) -> dict[str, float]:
    return measure_text(screened(**parts))


def measure(paper: Paper) -> dict[str, float]:
    return measure_text(screen(paper))
