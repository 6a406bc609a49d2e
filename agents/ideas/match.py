"""Which template answers a topic, by the words of both; a topic that fits none is told so.

TF-IDF cosine similarity (Salton and Buckley 1988), the mean of two views of the text: word stems with their pairs, and
character n-grams, which see through spelling and inflection ("optimiser", "optimization"). The topic is part of the
corpus that sets the weights, so words that no template knows count against a match.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from agents.literature.wording import stem, words
from agents.schema import Record, Template

THRESHOLD = 0.065
"""Score below which no template fits: the most accurate one on every second topic of tests/agents/ideas/topics.py. The
others measure it."""
SURE = 0.1
"""Score below which a language model had better work without a template: of those topics' templates one in seventy does
not fit from here on, of the fitting ones four in five remain."""
LONGEST_TOPIC = 2000
"""Characters of the topic that are read."""
_STOP_TEXT = """a about after all also an and any are as at be been before best better between but by can could do does
doing effect for from get give good had has have help how i if in into is it its less many matter may might more most
much my not of on one only or our over should so study than that the their them then there these they this those to
under use used using very vs was we well were what when where whether which while who why will win with without work
would you your"""
_STOP = frozenset(_STOP_TEXT.split())


class TemplateMatch(Record):
    """The template nearest to a topic, None if even that is too far. `ranking` has all templates, nearest first."""

    template: str | None
    score: float
    ranking: tuple[tuple[str, float], ...]

    @property
    def is_sure(self) -> bool:
        """Whether the template is near enough to be taken although there is another way."""
        return self.score >= SURE


def match_template(topic: str, templates: Sequence[Template]) -> TemplateMatch:
    """Rank templates by similarity of their texts to the topic; scores lie in [0, 1], of equals the first is nearer."""
    if not templates:
        return TemplateMatch(template=None, score=0.0, ranking=())
    texts = [_describe(template) for template in templates]
    by_words, by_letters = (_similarities(topic[:LONGEST_TOPIC], texts, split) for split in (_stem_pairs, _letters))
    scores = [(left + right) / 2 for left, right in zip(by_words, by_letters, strict=True)]
    named = zip((template.name for template in templates), scores, strict=True)
    ranking = tuple(sorted(named, key=lambda pair: -pair[1]))
    nearest, score = ranking[0]
    return TemplateMatch(template=nearest if score >= THRESHOLD else None, score=score, ranking=ranking)


def _describe(template: Template) -> str:
    """The template in words. Title and keywords are written twice: they say what it is about."""
    about = [template.title, *template.keywords]
    labels = [item.label for item in (*template.knobs, template.metric, *template.secondary)]
    reasons = [knob.why for knob in template.knobs]
    return " . ".join([*about, *about, template.description, *labels, *reasons, *template.datasets])


def _similarities(topic: str, texts: Sequence[str], split: Callable[[str], list[str]]) -> list[float]:
    """Cosine similarity of the topic with each text."""
    if not split(topic):
        return [0.0] * len(texts)
    matrix = _sklearn_text().TfidfVectorizer(analyzer=split, sublinear_tf=True).fit_transform([topic, *texts])
    return [min(1.0, float(value)) for value in (matrix[1:] @ matrix[0].T).toarray().ravel()]


def _sklearn_text() -> Any:
    """scikit-learn's text features, untyped as they are, loaded when first used: that takes a second."""
    from sklearn.feature_extraction import text

    return text


def _stem_pairs(text: str) -> list[str]:
    stems = [stem(word) for word in _content(text)]
    return [*stems, *(f"{left} {right}" for left, right in pairwise(stems))]


def _letters(text: str) -> list[str]:
    """Runs of three to five letters inside each word, its ends marked."""
    padded = [f" {word} " for word in _content(text)]
    return [word[i : i + n] for word in padded for n in (3, 4, 5) for i in range(len(word) - n + 1)]


def _content(text: str) -> list[str]:
    return [word for word in words(text) if word not in _STOP]
