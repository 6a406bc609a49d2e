"""Putting the rest of a reply behind the part that was cut off, without what models say twice at the seam."""

import re

from agents.llm.fences import is_fence_open

_LEAST_OVERLAP, _LEAST_VARIETY, _MOST_OVERLAP = 20, 8, 1000
"""Fewer characters, or fewer different ones, may well be meant: a row of zeros goes on with zeros."""
_RESTART = 200
_OPENING = re.compile(r"\A\s*(`{3,}|~{3,})[^\s`][^\n`]*\n")


def join_parts(head: str, tail: str) -> str:
    """Return `head` with its continuation. What `tail` repeats of the end of `head` stands once, a fence that it opens
    again is dropped, and a tail that starts the whole reply anew replaces it."""
    if len(head) >= _LEAST_OVERLAP and _is_telling(head[:_RESTART]) and tail.startswith(head[:_RESTART]):
        return tail
    overlap = _overlap(head, tail)
    if not overlap and is_fence_open(head):
        tail = _OPENING.sub("", tail, count=1)
        overlap = _overlap(head, tail)
    return head + tail[overlap:]


def _overlap(head: str, tail: str) -> int:
    """Length of the longest end of `head` that `tail` begins with; 0 where it is too short to tell."""
    longest = min(len(head), len(tail), _MOST_OVERLAP)
    sizes = range(longest, _LEAST_OVERLAP - 1, -1)
    size = next((size for size in sizes if head.endswith(tail[:size])), 0)
    return size if _is_telling(tail[:size]) else 0


def _is_telling(text: str) -> bool:
    return len(set(text)) >= _LEAST_VARIETY
