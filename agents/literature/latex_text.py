"""Bibliography fields between LaTeX and plain Unicode: as text for search and display, as LaTeX for our own entries."""

import re
import unicodedata

_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328",
}  # fmt: skip
_LETTERS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å",
    "AA": "Å", "i": "i", "j": "j", "dh": "ð", "th": "þ", "textendash": "–", "textemdash": "—", "ldots": "…",
    "dots": "…", "textquoteright": "’", "alpha": "α", "beta": "β", "gamma": "γ",
    "epsilon": "ε", "lambda": "λ", "mu": "μ", "sigma": "σ", "times": "×", "ell": "ℓ",
}  # fmt: skip
_SIGNS = {
    "textbackslash": ("\\", "\ue000"), "textbraceleft": ("{", "\ue001"), "textbraceright": ("}", "\ue002"),
    "textasciitilde": ("~", "\ue003"), "textasciicircum": ("^", "\ue004"), "textquotedbl": ('"', "\ue005"),
    "textbar": ("|", "\ue006"), "textless": ("<", "\ue007"), "textgreater": (">", "\ue008"),
}  # fmt: skip
"""Command -> its sign, and what stands for the sign until braces and ties have been resolved."""
_KEPT = {stand_in: sign for sign, stand_in in _SIGNS.values()}
_PRINTED = {sign: f"\\{name}{{}}" for name, (sign, _) in _SIGNS.items()} | {
    sign: f"\\{sign}" for sign in "&%#_$"
} | {"–": "--", "—": "---", "“": "``", "”": "''", "’": "\\textquoteright{}", "…": "\\ldots{}"}  # fmt: skip
_MATHS = {"α": "alpha", "β": "beta", "γ": "gamma", "ε": "epsilon", "λ": "lambda", "μ": "mu", "σ": "sigma",
          "×": "times", "ℓ": "ell"}  # fmt: skip
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
    text = _COMMAND.sub(_spelled, text)
    text = re.sub(r"(?<!\\)[{}$]", "", text)
    text = re.sub(r"(?<!\\)~", " ", text).replace("---", "—").replace("--", "–")
    text = _ESCAPED.sub(r"\1", text.replace("``", "“").replace("''", "”").replace(r"\\", " "))
    text = "".join(_KEPT.get(sign, sign) for sign in text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def latex_text(text: str) -> str:
    """LaTeX that prints `text` and can carry no command; balanced, so that it fits between a BibTeX field's braces.

    Letters that TeX's usual fonts lack lose their marks; any number of others print as one question mark, since two are
    what LaTeX prints for a broken reference. For what the fonts have `plain_text` is its inverse.
    """
    printed = (_printed(sign) for sign in " ".join(unicodedata.normalize("NFC", text).split()))
    return re.sub(r"\?{2,}", "?", "".join(printed))


def _printed(sign: str) -> str:
    if sign in _PRINTED:
        return _PRINTED[sign]
    if sign in _MATHS:
        return rf"\ensuremath{{\{_MATHS[sign]}}}"
    if (sign.isascii() and sign.isprintable()) or "\u00c0" <= sign <= "\u017f":
        return sign
    bare = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return "".join(_PRINTED.get(each, each) for each in bare if each.isprintable()) or "?"


def _spelled(match: re.Match[str]) -> str:
    name = match["name"]
    return _SIGNS[name][1] if name in _SIGNS else _LETTERS.get(name, "")


def _accented(match: re.Match[str]) -> str:
    letter = (match["braced"] or match["bare"]).lstrip("\\")
    return unicodedata.normalize("NFC", letter + _ACCENTS[match["accent"]])
