"""How well a knob answers a topic: by words, after spelling and endings are evened out."""

from collections import Counter

from agents.literature.wording import joined_pairs, overlap, stems
from agents.schema import Knob, Template


def fit_knobs(topic: str, template: Template) -> dict[str, float]:
    """Fit of every knob to the topic in [0, 1]; a topic that names a knob in full gives it more than 0.9.

    A word that several labels share ("rate") says less than one that marks a single knob. Naming a choice of a knob
    ("Adam") counts nearly as much as naming the knob.
    """
    topic_words = stems(topic) | joined_pairs(topic)
    rarity = _rarity(template)
    return {knob.name: _fit(topic_words, knob, rarity) for knob in template.knobs}


def _fit(topic: frozenset[str], knob: Knob, rarity: dict[str, float]) -> float:
    named = max(_named(topic, knob.label, rarity), _named(topic, knob.name, rarity))
    by_choice = max((overlap(stems(str(value)), topic) for value in knob.values if isinstance(value, str)), default=0.0)
    own_words = stems(knob.label) | stems(knob.name)
    share = overlap(topic, own_words, rarity)
    why = overlap(topic, stems(knob.why) | own_words)
    return min(1.0, 0.92 * max(named, 0.8 * by_choice) + 0.05 * min(1.0, 2 * share) + 0.03 * why)


def _named(topic: frozenset[str], label: str, rarity: dict[str, float]) -> float:
    if joined_pairs(label) & topic and len(stems(label)) == 2:
        return 1.0
    return overlap(stems(label), topic, rarity)


def _rarity(template: Template) -> dict[str, float]:
    counts = Counter(word for knob in template.knobs for word in stems(knob.label) | stems(knob.name))
    return {word: 1.0 / seen for word, seen in counts.items()}
