"""Text that a LaTeX source sets so that no reader sees it: in white, as a phantom, see-through, or minute."""

import re

from reviewer.reading.tex import group, plain
from reviewer.text import count_words, tidy

_QUOTED = 120
_WHITE = (
    r"(?:\{\s*white\s*(?:!\d+)?\s*\}|\[gray\]\{\s*(?:1|1?\.9\d*|0?\.9\d*)\s*\}|\[HTML\]\{\s*[Ff]{6}\s*\}"
    r"|\[rgb\]\{\s*1(?:\.0*)?\s*,\s*1(?:\.0*)?\s*,\s*1(?:\.0*)?\s*\}|\[RGB\]\{\s*255\s*,\s*255\s*,\s*255\s*\}"
    r"|\[cmyk\]\{\s*0\s*,\s*0\s*,\s*0\s*,\s*0\s*\})"
)
_MINUTE = r"(?:0|[012]?\.\d+|[12])(?:\.\d+)?\s*(?:pt|bp|mm)?"
_VEIL = re.compile(
    rf"\\textcolor{_WHITE}\s*(?=\{{)"
    r"|\\[hv]?phantom\s*(?=\{)|\\(?:texttransparent|transparent)\{\s*0?\.?0*\s*\}\s*(?=\{)"
    r"|\\(?:scalebox|resizebox)\{\s*0?\.0\d*\s*\}(?:\{[^{}]*\})?\s*(?=\{)"
    rf"|\\color{_WHITE}|\\transparent\{{\s*0?\.?0*\s*\}}|\\fontsize\{{{_MINUTE}\}}\{{[^{{}}]*\}}(?:\s*\\selectfont)?"
)


def lift_veils(source: str) -> tuple[str, tuple[str, ...]]:
    """The source without what nobody would see, and quotations of what of it has three words and more."""
    source = _with_named_white(source)
    kept, found, at = "", list[str](), 0
    for match in _VEIL.finditer(source):
        if match.start() < at:
            continue
        veiled, end = _veiled(source, match.end())
        kept += source[at : match.start()]
        at = end
        if count_words(text := tidy(plain(veiled))) >= 3:
            found.append(text[:_QUOTED])
    return kept + source[at:], tuple(found)


def _with_named_white(source: str) -> str:
    """Colours that are defined as white are called white."""
    for name in re.findall(r"\\definecolor\{(\w+)\}\{(?=(?:gray|HTML|rgb|RGB|cmyk)\})(?=[^\n]*)", source):
        defined = re.search(rf"\\definecolor\{{{name}\}}\{{(\w+)\}}(\{{[^{{}}]*\}})", source)
        if defined and re.fullmatch(_WHITE, f"[{defined[1]}]{defined[2]}"):
            source = source.replace(f"{{{name}}}", "{white}")
    return source


def _veiled(source: str, start: int) -> tuple[str, int]:
    """The group that follows, or what is left of the group that the switch stands in, and where it ends."""
    if source[start : start + 1] == "{":
        inner = group(source, start)
        return inner, start + len(inner) + 2
    depth = 0
    for match in re.finditer(r"(?<!\\)[{}]|\\(?:end\{document\}|color\b|normalsize\b|section\b)", source[start:]):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth < 0 or (depth == 0 and match[0].startswith("\\")):
            return source[start : start + match.start()], start + match.start()
    return source[start:], len(source)
