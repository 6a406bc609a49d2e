"""Small papers of our own for the gates, each sentence about something and none of it from anybody's paper."""

from reviewer.gates.flag import Flag
from reviewer.schema import Paper, Section
from reviewer.screening import Screened, screen
from reviewer.text import kind_of

INTRODUCTION = (
    "Weather stations report rainfall once an hour, which is too coarse for flood warnings. Radar images are"
    " finer, but "
    "radar images suffer from clutter near mountains. We merge radar images with hourly reports through a"
    " recurrent filter "
    "(Moss et al., 2019). The recurrent filter carries an estimate of rainfall from one image to the next."
    " Earlier filters "
    "assume that rainfall drifts with constant wind (Lake & Rivers, 2015; Hill, 2017). Constant wind is a poor"
    " model in "
    "narrow valleys."
)
ABSTRACT = (
    "We estimate rainfall in mountain valleys by merging radar images with hourly reports of weather stations. A"
    " recurrent "
    "filter carries the estimate between images and learns how clutter arises from terrain. On three valleys the error "
    "falls from 4.21 to 3.57 against a drift baseline, and flood warnings come earlier."
)
EXPERIMENTS = (
    "We compare the filter with a drift baseline on three valleys, as Table 1 shows. The filter reaches an error"
    " of 3.57, "
    "and the drift baseline 4.21. Each error is the mean over five seeds. Without the terrain map the error"
    " rises to 3.90. "
    "The terrain map matters most in the narrow valley (Stone and Clay, 2020). There the clutter is strongest. "
    "Table 1: Errors of all."
)
BIBLIOGRAPHY = (
    "Ada Hill. Drift models for rain. Journal of Weather, 12:1-20, 2017.",
    "Carl Lake and Dora Rivers. Radar echoes over hills. In Advances in Neural Information Processing Systems"
    " 28, 2015.",
    "Erik Moss, Fay Fern, and Gil Reed. Recurrent filters for images. arXiv preprint arXiv:1903.01234, 2019.",
    "Hugo Stone and Ines Clay. Terrain and clutter. In International Conference on Maps, 2020.",
)
ROWS = ("Drift 4.21 0.11", "Filter 3.57 0.09", "No terrain 3.90 0.10")


def paper(**parts: str) -> Paper:
    """The paper on rainfall; keyword arguments replace or add sections by title (underscores are spaces)."""
    texts = {"Abstract": ABSTRACT, "Introduction": INTRODUCTION, "Experiments": EXPERIMENTS}
    texts |= {name.replace("_", " "): text for name, text in parts.items()}
    sections = tuple(Section(title=name, kind=kind_of(name), text=text) for name, text in texts.items())
    return Paper(
        title="Rain in valleys", sections=sections, rows=ROWS, bibliography=BIBLIOGRAPHY, references=4, citations=3
    )


def screened(**parts: str) -> Screened:
    return screen(paper(**parts))


def names(*flags: Flag | None) -> list[str]:
    return [one.text.split(":")[0] for one in flags if one]
