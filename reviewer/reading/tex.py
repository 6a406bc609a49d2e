"""LaTeX source as text: files put together, what is never printed taken out, groups, accents, commands stripped."""

import re
import unicodedata
from pathlib import Path

from reviewer.errors import ReviewerError

_MAX_BYTES = 5 * 2**20
_MAX_FILES = 200
_DROPPED = re.compile(
    r"\\(?:label|ref|eqref|cref|Cref|autoref|pageref|cite\w*|nocite|includegraphics|begin|end|vspace|hspace|bibliography"
    r"|bibliographystyle|href|url|author|date|affiliation|thanks|email|input|hypersetup|setlength|color|textcolor)"
    r"(?![A-Za-z])\*?(?:\[[^\]]*\])*(?:\{[^{}]*\})?"
)
_SETTINGS = re.compile(r"\\(?:definecolor|fontsize|setcounter|renewcommand|newcommand)(?:\[[^\]]*\]|\{[^{}]*\}){1,4}")
_ACCENTS = dict(
    zip(
        "`'^\"~=.uvHckrd",
        "\u0300\u0301\u0302\u0308\u0303\u0304\u0307\u0306\u030c\u030b\u0327\u0328\u030a\u0323",
        strict=True,
    )
)
_ACCENT = re.compile(
    r"\\(?:([`'^\"~=.])\s*|([uvHckrd])(?:\s+|(?=\{)))(?:\{\s*(\\[ij]|[A-Za-z])\s*\}|(\\[ij](?![A-Za-z])|[A-Za-z]))"
)
_LETTERS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å",
    "i": "i", "j": "j",
}  # fmt: skip
_LETTER = re.compile(r"\\(" + "|".join(sorted(_LETTERS, key=len, reverse=True)) + r")(?![A-Za-z])(?:\{\}|\s+)?")
_UNPRINTED = re.compile(r"\\begin\{comment\}.*?\\end\{comment\}|\\iffalse\b.*?\\fi\b", re.S)


def find_main(path: Path) -> Path:
    """The file itself, or the main one of a folder."""
    if path.is_file():
        return path
    names = [path / name for name in ("paper.tex", "main.tex")] + sorted(path.glob("*.tex"))
    found = next((name for name in names if name.is_file()), None)
    if found is None:
        raise ReviewerError(f"no LaTeX file at {path}; give paper.tex or the folder it lies in")
    return found


def read_source(main: Path) -> str:
    """The source with its \\inputs in place and without comments; accents are letters."""
    return _with_accents(_UNPRINTED.sub("", _expand(read_file(main), main.parent, [main])))


def read_file(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ReviewerError(f"{path} is larger than {_MAX_BYTES // 2**20} MB; give the source of one paper")
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ReviewerError(f"cannot read {path}: {error.strerror}") from error
    return re.sub(r"(?<!\\)%.*", "", text)


def read_beside(folder: Path, name: str) -> str:
    """A file in the folder, or nothing if it is not there or elsewhere."""
    file = folder / name
    return _with_accents(read_file(file)) if file.is_file() and file.resolve().is_relative_to(folder.resolve()) else ""


def _expand(source: str, folder: Path, seen: list[Path]) -> str:
    """Put the text of \\input files in place; files outside the folder, and files seen before on the way, stay out."""

    def insert(match: re.Match[str]) -> str:
        child = (folder / match[1].strip()).resolve()
        child = child if child.suffix else child.with_suffix(".tex")
        is_inside = child.is_relative_to(folder.resolve()) and child.is_file()
        if not is_inside or len(seen) > _MAX_FILES or child in seen:
            return ""
        seen.append(child)
        return _expand(read_file(child), folder, seen)

    return re.sub(r"\\(?:input|include)\{([^{}]*)\}", insert, source)


def _with_accents(source: str) -> str:
    def compose(match: re.Match[str]) -> str:
        letter = (match[3] or match[4]).removeprefix("\\")
        return unicodedata.normalize("NFC", letter + _ACCENTS[match[1] or match[2]])

    return _LETTER.sub(lambda match: _LETTERS[match[1]], _ACCENT.sub(compose, source))


def plain(source: str) -> str:
    """Source without commands and braces."""
    text = _DROPPED.sub(" ", _SETTINGS.sub(" ", source))
    text = re.sub(r"\\([%&_#$])", r"\1", text)
    text = re.sub(r"\\[a-zA-Z]+\*?(?:\[[^\]]*\])?|\\.", " ", text)
    text = re.sub(r"[{}]", "", re.sub(r"\}\s*\{|[$~]", " ", text))
    return re.sub(r"(?<=\()\s+|\s+(?=[.,;:)])", "", text)


def group_after(source: str, command: str) -> str:
    match = re.search(command + r"\*?\s*(?:\[[^\]]*\])?\s*(?=\{)", source)
    return group(source, match.end()) if match else ""


def group(source: str, start: int) -> str:
    """What stands between the brace at `start` and its partner."""
    depth = 0
    for match in re.finditer(r"(?<!\\)[{}]", source[start:]):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return source[start + 1 : start + match.start()]
    return source[start + 1 :]
