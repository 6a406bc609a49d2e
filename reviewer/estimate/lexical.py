"""What the words of title and abstract tell of the score: TF-IDF and a ridge regression, kept as a table of words.

Fitted on titles and abstracts of many years, each year's scores standardised within it. It knows what fields were liked
when; its weight beside the trees is small, and the stacker sets it.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

_WORD = re.compile(r"[a-z]{2,}")
_AVAILABILITY = {
    "code",
    "available",
    "github",
    "open",
    "opensource",
    "sourced",
    "source",
    "release",
    "released",
    "urltok",
}
"""Words by which a camera-ready text shows: whoever is accepted links to code and names it."""
_LEAST_PAPERS = 10
_COMMON = 0.12
"""Share of papers from which a word is left out: how a thing is said (use or utilise, shows or proves) has no say."""
_RIDGE = 5.0


class Lexical(BaseModel):
    """Words with (inverse document frequency, weight), and the mean that is added."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: dict[str, tuple[float, float]]
    mean: float

    def score(self, title: str, abstract: str) -> float:
        """Standard deviations above the mean score of a year that title and abstract speak for."""
        counts = {word: n for word, n in Counter(words_of(title, abstract)).items() if word in self.words}
        weighted = {word: (1 + math.log(n)) * self.words[word][0] for word, n in counts.items()}
        norm = math.sqrt(sum(value * value for value in weighted.values()))
        return self.mean + (sum(v * self.words[word][1] for word, v in weighted.items()) / norm if norm else 0.0)


def words_of(title: str, abstract: str) -> list[str]:
    return [word for word in _WORD.findall(f"{title} {abstract}".lower()) if word not in _AVAILABILITY]


def fit_lexical(
    texts: Sequence[tuple[str, str]], scores: Sequence[float], years: Sequence[int], common: float = _COMMON
) -> Lexical:
    """Fit to (title, abstract) with human mean scores and years, (n,) each.

    Words in a larger share of papers than `common` are left out.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge

    make: Any = TfidfVectorizer  # its stubs know no callable analyzer
    vectorizer = make(analyzer=_analyse, min_df=_LEAST_PAPERS, max_df=common, sublinear_tf=True)
    try:
        matrix = vectorizer.fit_transform(texts)
    except ValueError:  # no word is in enough papers and not in too many: it then tells nothing
        return Lexical(words={}, mean=0.0)
    ridge: Any = Ridge(alpha=_RIDGE).fit(matrix, _standardise(scores, years))
    table: Any = zip(vectorizer.get_feature_names_out(), vectorizer.idf_, ridge.coef_, strict=True)
    words = {str(word): (round(float(idf), 4), round(float(weight), 4)) for word, idf, weight in table}
    return Lexical(words=words, mean=float(ridge.intercept_))


def _analyse(text: tuple[str, str]) -> list[str]:
    return words_of(*text)


def _standardise(scores: Sequence[float], years: Sequence[int]) -> list[float]:
    by_year: dict[int, list[float]] = defaultdict(list)
    for score, year in zip(scores, years, strict=True):
        by_year[year].append(score)
    means = {year: sum(ones) / len(ones) for year, ones in by_year.items()}
    spread = {
        year: math.sqrt(sum((one - means[year]) ** 2 for one in ones) / len(ones)) or 1.0
        for year, ones in by_year.items()
    }
    return [(score - means[year]) / spread[year] for score, year in zip(scores, years, strict=True)]
