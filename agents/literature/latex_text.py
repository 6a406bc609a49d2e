"""LaTeX of bibliography fields as plain Unicode, for search and display; papers use the entry's own LaTeX."""

import re
import unicodedata

_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328",
}  # fmt: skip
_LETTERS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å",
    "AA": "Å", "i": "i", "j": "j", "dh": "ð", "th": "þ", "textendash": "–", "textemdash": "—", "ldots": "…",
    "dots": "…", "textquoteright": "’", "textasciitilde": "~", "alpha": "α", "beta": "β", "gamma": "γ",
    "epsilon": "ε", "lambda": "λ", "mu": "μ", "sigma": "σ", "times": "×", "ell": "ℓ",
}  # fmt: skip
_BASE = r"(?:\{\s*(?P<braced>\\?[A-Za-z])\s*\}|(?P<bare>\\?[A-Za-z]))"
_SYMBOL_ACCENT = re.compile(r"\\(?P<accent>[`'^\"~=.])\s*" + _BASE)
_LETTER_ACCENT = re.compile(
    r"\\(?P<accent>[urHvdck])(?:\s*\{\s*(?P<braced>\\?[A-Za-z])\s*\}|\s+(?P<bare>\\?[A-Za-z])(?![A-Za-z]))"
)
_COMMAND = re.compile(r"\\(?P<name>[A-Za-z]+)(?:\s+|(?=[^A-Za-z]|$))")
_ESCAPED = re.compile(r"\\([&%#_$ ])")


def plain_text(latex: str) -> str:
    """Resolve accents, special letters, dashes and quotes; drop braces, math signs and unknown commands' names."""
    text = _SYMBOL_ACCENT.sub(_accented, latex)
    text = _LETTER_ACCENT.sub(_accented, text)
    text = _COMMAND.sub(lambda match: _LETTERS.get(match["name"], ""), text)
    text = re.sub(r"(?<!\\)[{}$]", "", text)
    text = re.sub(r"(?<!\\)~", " ", text).replace("---", "—").replace("--", "–")
    text = _ESCAPED.sub(r"\1", text.replace("``", "“").replace("''", "”").replace(r"\\", " "))
    return " ".join(unicodedata.normalize("NFC", text).split())


def _accented(match: re.Match[str]) -> str:
    letter = (match["braced"] or match["bare"]).lstrip("\\")
    return unicodedata.normalize("NFC", letter + _ACCENTS[match["accent"]])
