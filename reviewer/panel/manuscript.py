"""The paper as a panel sees it: blinded, without what speaks to a reviewer, and no longer than the models can read."""

from collections.abc import Iterable
from typing import NamedTuple

from reviewer.panel.quotations import Source
from reviewer.schema import Paper, Section
from reviewer.screening import screen
from reviewer.text import blind, split_sentences

TOKENS = 24_000
"""Most tokens of a paper in a prompt; the main text of a conference paper has 8,000 to 15,000."""
_BYTES_PER_TOKEN = 4  # of English text, about


class Manuscript(NamedTuple):
    """The text for the prompt, what was left out of it, and the whole to check quotations against."""

    text: str
    notes: tuple[str, ...]
    source: Source


def prepare_manuscript(paper: Paper, tokens: int = TOKENS) -> Manuscript:
    """Blind and screen a paper and fit it into so many tokens: the appendix goes first, then the middle of the text."""
    cleaned = _without_hidden(screen(blind(paper)).paper)
    body = [part for part in cleaned.sections if not part.is_appendix]
    appendix = [part for part in cleaned.sections if part.is_appendix]
    head, tail = f"# {cleaned.title or '(no title)'}", _lists(cleaned)
    whole = [head, *map(_headed, body), *tail, *map(_headed, appendix)]
    source = Source("\n".join(whole))
    if _tokens(whole) <= tokens:
        return Manuscript("\n\n".join(whole), (), source)
    notes = [f"The appendix ({_count(len(appendix), 'section')}) is left out for length."] if appendix else []
    short = [head, *map(_headed, body), *tail]
    if _tokens(short) > tokens:
        room = max(tokens - _tokens([head, *tail]), tokens // 2)
        if _tokens([head, *tail]) > tokens // 2:
            tail = []
            notes.append("Rows of tables and the list of references are left out for length.")
            room = tokens - _tokens([head])
        text, left_out = _without_middle(body, room)
        notes.append(f"{_count(left_out, 'sentence')} in the middle of the text left out for length.")
        short = [head, text, *tail]
    return Manuscript("\n\n".join(short), tuple(notes), source)


def _without_hidden(paper: Paper) -> Paper:
    """Take out sentences that no reader of the page sees, as far as they are known."""
    hidden = [Source(text) for text in paper.hidden]
    return paper.model_copy(
        update={
            "sections": tuple(
                part.model_copy(update={"text": " ".join(_seen(split_sentences(part.text), hidden))})
                for part in paper.sections
            )
        }
    )


def _seen(sentences: Iterable[str], hidden: list[Source]) -> Iterable[str]:
    return (sentence for sentence in sentences if not any(source.holds(sentence) for source in hidden))


def _headed(part: Section) -> str:
    return f"## {part.title}{' (appendix)' * part.is_appendix}\n{part.text}"


def _lists(paper: Paper) -> list[str]:
    """Rows of tables, which stand apart from the text, and the list of references."""
    found = (("Rows of tables and figures", paper.rows), ("References", paper.bibliography))
    return [f"## {name}\n" + "\n".join(lines) for name, lines in found if lines]


def _without_middle(body: list[Section], tokens: int) -> tuple[str, int]:
    """The text with whole sentences taken from its middle until it fits, and how many were taken."""
    sentences = [piece for part in body for piece in _sentences(part)]
    front, back, size = 0, len(sentences), 0
    while front < back:
        size += _size(sentences[front] if front <= len(sentences) - back else sentences[back - 1])
        if size > tokens * _BYTES_PER_TOKEN:
            break
        if front <= len(sentences) - back:
            front += 1
        else:
            back -= 1
    gap = [f"\n\n[{back - front} sentences left out here]\n\n"] if front < back else []
    return "".join([*sentences[:front], *gap, *sentences[back:]]).strip(), back - front


def _sentences(part: Section) -> list[str]:
    """A section's sentences, its heading with the first."""
    first, *others = split_sentences(part.text) or [""]
    return [f"\n\n{_headed(part.model_copy(update={'text': first}))}", *(f" {sentence}" for sentence in others)]


def _size(text: str) -> int:
    return len(text.encode())


def _tokens(pieces: list[str]) -> int:
    return sum(_size(piece) + 2 for piece in pieces) // _BYTES_PER_TOKEN


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
