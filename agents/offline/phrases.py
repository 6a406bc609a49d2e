"""Small matters of English."""

import re
from collections.abc import Sequence


def join_words(parts: Sequence[str], last: str = "and") -> str:
    """Join as in a sentence: a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}" if parts else ""


def capitalise(text: str) -> str:
    """Raise the first letter and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def with_article(label: str) -> str:
    """Put "the" before a label whose head is a countable noun (learning rate, number of layers), not before others."""
    head = _TAIL.split(label)[0].split()
    return f"the {label}" if head and head[-1].lower() in _COUNTABLE else label


_TAIL = re.compile(r" (?:of|that|until|relative|from|per|for|to|over|between|in) ")
_COUNTABLE_TEXT = """architecture batch coefficient day days delay depth distance duration efficacy encoding factor
fraction function height initialisation interval kernel layer length level loss method model
momentum number occupancy optimiser optimizer order period place policy probability rate ratio
scope schedule share size start step strategy strength temperature threshold time type weight
width window"""
_COUNTABLE = frozenset(_COUNTABLE_TEXT.split())
