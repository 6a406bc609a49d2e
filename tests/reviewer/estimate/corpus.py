"""Made-up papers with a planted relation: the better one is, the longer it is and the more it cites and ablates."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from reviewer.data import LlmScores, ReviewedPaper
from reviewer.estimate.fitting import Effort, Fit, fit_reviewer

CONFIGURATIONS = ("panel/a", "panel/b")
QUICK = Effort(folds=5, trees=40, processes=1)
_NAMES = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple", "Oak", "Pine", "Rowan", "Willow")
_NOUNS = ("filter", "river", "valley", "gauge", "slope", "storm", "map", "field", "basin", "stream", "cloud", "ridge")
_VERBS = ("follows", "crosses", "changes", "limits", "explains", "feeds", "covers", "divides", "predicts", "drains")
_RIGOUR = ("The ablation removes the {a} and keeps the {b}.", "The baseline of the {a} is tuned like the {b}.")


class Corpus(NamedTuple):
    rows: list[ReviewedPaper]
    scores: list[LlmScores]

    def write(self, folder: Path) -> Path:
        """Write the rows as papers.jsonl, the panels' scores as scores.jsonl; return the first."""
        _write(folder / "scores.jsonl", self.scores)
        return _write(folder / "papers.jsonl", self.rows)


class Fitted(NamedTuple):
    folder: Path
    fit: Fit
    corpus: Corpus
    told: list[str]


def make_corpus(n: int = 260, seed: int = 0) -> Corpus:
    """n papers. Text and either panel each see the quality with an error of their own; people too, by three ratings."""
    dice = np.random.default_rng(seed)
    qualities = dice.normal(size=n)
    rows = [_paper(place, quality, dice) for place, quality in enumerate(qualities.tolist())]
    scores = [
        _score(row.id, name, quality, dice)
        for name in CONFIGURATIONS
        for row, quality in zip(rows, qualities.tolist(), strict=True)
    ]
    return Corpus(rows, scores)


def make_by_chance(n: int = 200, abstracts: int = 1000, seed: int = 2) -> Corpus:
    """n papers that were decided on by dice, a panel that saw 60 of them, and abstracts that liked one word."""
    dice = np.random.default_rng(seed + 1000)  # not those that made the papers
    rows, scores = make_corpus(n, seed)
    order = dice.permutation(n).tolist()
    rows = [
        row.model_copy(update={"accept": rows[place].accept, "ratings": rows[place].ratings})
        for row, place in zip(rows, order, strict=True)
    ]
    return Corpus([*rows, *(_abstract(place, dice) for place in range(abstracts))], scores[:60])


def _abstract(place: int, dice: np.random.Generator) -> ReviewedPaper:
    is_gem = place % 10 == 0  # a word of one paper in ten; what most papers say is not learnt
    text = " ".join(_sentences(1, dice)) + " It is a gem." * is_gem
    score = 5.0 + is_gem + float(dice.normal(scale=0.5))
    return ReviewedPaper(
        id=f"other{place}", title="A note", abstract=text, accept=None, ratings=(score,), split="train", year=2019
    )


def fit_corpus(corpus: Corpus, folder: Path, seed: int = 0) -> Fitted:
    told: list[str] = []
    data = corpus.write(folder)
    fit = fit_reviewer(corpus.rows, corpus.scores, data, folder / "fitted", told.append, seed, QUICK)
    return Fitted(folder / "fitted", fit, corpus, told)


def _paper(place: int, quality: float, dice: np.random.Generator) -> ReviewedPaper:
    seen = quality + dice.normal(scale=0.7)
    ratings = tuple(float(np.clip(round(5.5 + 1.5 * quality + dice.normal()), 1, 10)) for _ in range(3))
    chance = 1 / (1 + np.exp(-2 * (sum(ratings) / 3 - 5.5)))
    return ReviewedPaper(
        id=f"made{place}",
        title=f"On the {dice.choice(_NOUNS)} and the {dice.choice(_NOUNS)}",
        abstract=" ".join(_sentences(3, dice)),
        body=_body(seen, dice),
        refs="\n\n".join(_entry(number, dice) for number in range(_count(6 + 2 * seen, 2))),
        accept=1 if dice.random() < chance else 0,
        ratings=ratings,
        split="train" if place % 4 else "calibration",
        venue="Made-Up Meeting",
        year=2020,
    )


def _body(seen: float, dice: np.random.Generator) -> str:
    rigour = [_fill(_RIGOUR[place % 2], dice) for place in range(_count(4 + 2.5 * seen, 0))]
    cited = [
        f"{_fill('The {a} was studied beside the {b}', dice)} ({dice.choice(_NAMES)}, {dice.integers(2010, 2020)})."
        for _ in range(_count(4 + 1.5 * seen, 1))
    ]
    parts = {
        "1 INTRODUCTION": [*_sentences(2, dice), *cited],
        "2 METHOD": _sentences(_count(6 + 2.5 * seen, 1), dice),
        "3 EXPERIMENTS": [*_sentences(2, dice), *rigour],
        "4 LIMITATIONS": _sentences(1, dice),
        "5 CONCLUSION": _sentences(1, dice),
    }
    return "\n\n".join(f"{heading}\n\n{' '.join(text)}" for heading, text in parts.items())


def _sentences(many: int, dice: np.random.Generator) -> list[str]:
    pattern = "The {a} of the {b} {v} the {c} where a {d} {w} it."
    return [_fill(pattern, dice) for _ in range(many)]


def _fill(pattern: str, dice: np.random.Generator) -> str:
    nouns = {name: str(dice.choice(_NOUNS)) for name in "abcd"}
    return pattern.format(**nouns, v=dice.choice(_VERBS), w=dice.choice(_VERBS))


def _entry(number: int, dice: np.random.Generator) -> str:
    noun, year = dice.choice(_NOUNS), dice.integers(2010, 2020)
    return f"{_NAMES[number % 12]} and {dice.choice(_NAMES)}. A {noun}, part {number}. Journal of Studies, {year}."


def _count(mean: float, least: int) -> int:
    return max(round(mean), least)


def _score(id: str, config: str, quality: float, dice: np.random.Generator) -> LlmScores:
    overall = float(np.clip(6 + 0.8 * quality + dice.normal(scale=0.5), 1, 10))
    return LlmScores(
        id=id, config=config, overall=overall, soundness=3, presentation=3, contribution=3, confidence=4,
        originality=3, quality=3, clarity=3, significance=3, decision="Accept",
    )  # fmt: skip


def _write(path: Path, records: Sequence[ReviewedPaper | LlmScores]) -> Path:
    path.write_text("".join(record.model_dump_json() + "\n" for record in records), encoding="utf-8")
    return path
