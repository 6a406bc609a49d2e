"""Whether words that a model says it quotes stand in the paper: a remark on words that do not stand there is void."""

import re
import unicodedata

_LEAST_WORDS = 3
_LEAST_SIGNS = 10


class Source:
    """The text that is quoted from. Letters and digits count; case, spaces, signs, breaks of lines and single letters
    do not, since text from a PDF and a model's copy of it differ in formulas and hyphens."""

    def __init__(self, text: str) -> None:
        self._text = "".join(_words(text))

    def holds(self, quotation: str) -> bool:
        """Whether every piece between dots stands in the text; a quotation of fewer than 3 words shows nothing."""
        pieces = [words for piece in re.split(r"\.{3,}|…|\[\.*\]", quotation) if (words := _words(piece))]
        count, size = sum(map(len, pieces)), sum(len(word) for words in pieces for word in words)
        is_enough = count >= _LEAST_WORDS and size >= _LEAST_SIGNS
        return is_enough and all("".join(words) in self._text for words in pieces)


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).lower()
    return [word for word in re.findall(r"[^\W_]+", plain) if len(word) > 1 or word.isdigit()]
