"""The language: a probabilistic grammar that writes the same text on every machine, and places that hide a character.

Fixed and hashed with the evaluator; experiment.py has it to write its training text and the held-out windows.
"""

import random
from collections.abc import Sequence

SYMBOLS = "\n .,()[]{}abcdefghilnoprstuvwy"
WINDOW = 48
SPACING = 96
SPLITS = ("search", "confirm")
PROBES = {"text": 768, "bracket": 128, "agreement": 128}
BRACKETS = ("()", "[]", "{}")
NOUNS = ("dog", "cat", "hen", "cow", "pig", "rat", "owl", "ant")
ADJECTIVES = ("old", "red", "shy", "big")
VERBS = ("help", "call", "lift", "pull")
PLACES = ("by", "near")
AUXILIARIES = (("", "is", "are", "ing"), ("w", "as", "ere", "ing"), ("ha", "s", "ve", "ed"))


class Writer:
    """Writes sentences of a small probabilistic grammar: number agreement over distance, nested brackets, and
    paragraphs that keep to three nouns. Remembers the places where grammar alone decides the next character."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed).random  # the one method whose stream Python promises to keep
        self.pieces: list[str] = []
        self.length = 0
        self.topic: list[str] = []
        self.marks: dict[str, list[int]] = {"bracket": [], "agreement": []}

    def add(self, piece: str) -> None:
        self.pieces.append(piece)
        self.length += len(piece)

    def pick(self, words: Sequence[str]) -> str:
        return words[int(self.random() * len(words))]

    def paragraph(self) -> None:
        self.topic = [self.pick(NOUNS) for _ in range(3)]
        self.sentence()
        while self.random() < 0.75:
            self.sentence()
        self.add("\n")

    def sentence(self) -> None:
        is_plural, is_modified = self.noun_phrase(0)
        self.verb_phrase(is_plural, is_modified, 0)
        self.add(". ")

    def noun_phrase(self, depth: int) -> tuple[bool, bool]:
        """Write a noun phrase; returns its number and whether anything stands between its noun and what follows."""
        is_plural = self.random() < 0.5
        self.add("the " if self.random() < 0.4 else "all " if is_plural else "one ")
        self.add(self.pick(self.topic) + ("s" if is_plural else ""))
        return is_plural, depth < 3 and self.modifier(is_plural, depth + 1)

    def modifier(self, is_plural: bool, depth: int) -> bool:
        draw = self.random()
        if draw < 0.15:
            self.add(f" {self.pick(PLACES)} ")
            self.noun_phrase(depth)
        elif draw < 0.3:
            self.relative_clause(is_plural, depth)
        elif draw < 0.7:
            self.aside(depth)
        return draw < 0.7

    def relative_clause(self, is_plural: bool, depth: int) -> None:
        self.add(" that")
        if self.random() < 0.5:
            self.verb_phrase(is_plural, False, depth)
        else:
            self.add(" ")
            self.auxiliary(*self.noun_phrase(depth))

    def aside(self, depth: int) -> None:
        opening, closing = self.pick(BRACKETS)
        self.add(f" {opening}{self.pick(ADJECTIVES)}")
        while self.random() < 0.5:
            if depth < 3 and self.random() < 0.5:
                self.aside(depth + 1)
            else:
                self.add(f", {self.pick(ADJECTIVES)}")
        self.marks["bracket"].append(self.length)
        self.add(closing)

    def verb_phrase(self, is_plural: bool, is_modified: bool, depth: int) -> None:
        self.auxiliary(is_plural, is_modified)
        self.add(" ")
        self.noun_phrase(depth + 1)

    def auxiliary(self, is_plural: bool, is_modified: bool) -> None:
        common, singular, plural, ending = AUXILIARIES[int(self.random() * len(AUXILIARIES))]
        self.add(f" {common}")
        if is_modified:
            self.marks["agreement"].append(self.length)
        self.add(f"{plural if is_plural else singular} {self.pick(VERBS)}{ending}")


def write_text(seed: int, length: int) -> str:
    """Text of the language: exactly `length` characters."""
    writer = Writer(seed)
    while writer.length < length:
        writer.paragraph()
    return "".join(writer.pieces)[:length]


def place_windows(seed: int, probe: str, count: int) -> tuple[str, list[int]]:
    """Text and `count` places in it, at least SPACING apart, each of which hides one character behind its window."""
    writer, places = Writer(seed), [0]
    while len(places) <= count:
        start = writer.length
        writer.paragraph()
        for mark in range(start, writer.length) if probe == "text" else writer.marks[probe]:
            if mark - places[-1] >= SPACING:
                places.append(mark)
        writer.marks = {"bracket": [], "agreement": []}
    return "".join(writer.pieces), places[1 : count + 1]


def held_out_seed(split: str, probe: str) -> int:
    """Seeds of held-out texts; training texts take seeds from a million on."""
    return 1 + SPLITS.index(split) * len(PROBES) + list(PROBES).index(probe)
