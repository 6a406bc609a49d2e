"""Plain text to LaTeX text. What comes out prints as what went in and can carry no command."""

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\ensuremath{<}",
    ">": r"\ensuremath{>}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "→": r"\ensuremath{\rightarrow}",
    "−": r"\ensuremath{-}",
    "×": r"\ensuremath{\times}",
    "≤": r"\ensuremath{\leq}",
    "≥": r"\ensuremath{\geq}",
    "±": r"\ensuremath{\pm}",
    "µ": r"\ensuremath{\mu}",
    "°": r"\textdegree{}",
    "…": r"\dots{}",
    "–": "--",
    "—": "---",
    "’": "'",
    "‘": "`",
    "“": "``",
    "”": "''",
    "\u00a0": "~",
}


def escape_latex(text: str) -> str:
    """Return LaTeX that prints `text`; white space collapses, non-Latin letters print as a question mark."""
    return "".join(_SPECIAL.get(char) or _plain(char) for char in " ".join(text.split()))


def breakable(text: str) -> str:
    r"""Escape `text` and let lines break after _ . / - inside it, for names and paths without spaces."""
    return "".join(rf"{escape_latex(char)}\allowbreak{{}}" if char in "_./:-" else escape_latex(char) or " "
                   for char in text)  # fmt: skip


def _plain(char: str) -> str:
    return char if char.isascii() or "\u00c0" <= char <= "\u017f" else "?"
