"""Ways of gaming that must not pay: the body pasted as appendix, sentences shuffled. (References: references.py.)"""

from collections.abc import Sequence
from random import Random

from reviewer.stress.operator import Planted, Row, changed, edited, text_of
from reviewer.stress.passages import blocks, is_prose, sentences

_FEWEST = 3


def paste_body(row: Row) -> Planted | None:
    """Append the body to the appendix once more."""
    body, appendix = text_of(row, "body"), text_of(row, "appendix")
    if not body.strip():
        return None
    return changed(row, f"appendix: {len(body)} characters of the body pasted", appendix=f"{appendix}\n\n{body}")


def shuffle_sentences(row: Row, rng: Random) -> Planted | None:
    """Shuffle the sentences within each paragraph; headings, captions and tables stay where they are."""

    def edit(text: str) -> tuple[str, int]:
        made, count = list[str](), 0
        for block in blocks(text):
            found = sentences(block) if is_prose(block) else []
            if len(found) >= _FEWEST:
                block, count = _shuffled(found, rng), count + 1
            made.append(block)
        return "".join(made), count

    return edited(row, "sentences of {} paragraphs shuffled", edit)


def _shuffled(found: Sequence[str], rng: Random) -> str:
    """The space between sentences stays in its place."""
    bare = [one.rstrip() for one in found]
    spaces = [one[len(one.rstrip()) :] for one in found]
    spaces = [space or " " for space in spaces[:-1]] + spaces[-1:]
    rng.shuffle(bare)
    return "".join(one + space for one, space in zip(bare, spaces, strict=True))
