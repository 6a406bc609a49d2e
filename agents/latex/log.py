"""What a LaTeX log complains about, one line each. Expects lines that were not wrapped (max_print_line)."""

import re
from collections.abc import Iterator

_ERROR = re.compile(r"^(?P<file>[^\s:]+\.\w+):(?P<line>\d+): (?P<what>.+)$")
_UNKNOWN = re.compile(
    r"Undefined control sequence(?=\.\n(?:(?!l\.\d).*\n){0,8}?l\.\d+ .*(?P<macro>\\(?:[A-Za-z@]+|\S)) *$)", re.M
)
"""TeX breaks its line off behind the macro that it does not know."""
_BANG = re.compile(r"^! (?P<what>.+)$")
_UNDEFINED = re.compile(r"Warning: (?P<what>(?:Citation|Reference|Hyper reference) [`'][^']+' .*undefined)")
_TWICE = re.compile(
    r"Warning: (?P<what>Label [`'][^']+' multiply defined)|(?P<pdf>destination with the same identifier)"
)
_OVERFULL = re.compile(r"^Overfull \\[hv]box \((?P<points>[\d.]+)pt too \w+\) (?P<where>.*)$")
_MISSING = re.compile(r"^Missing character: (?P<what>.+)$")
_BIBTEX = re.compile(r"^(?P<what>Warning--.+|I couldn't .+|.*---line \d+ of file .+|Repeated entry.*)$")
_PAGES = re.compile(r"^Output written on .+ \((\d+) pages?", re.M)
_PARENTHESES = re.compile(r"\((?P<file>\./[^\s()]+)?|\)")

OVERFULL_TOLERANCE_PT = 1.0
"""A box this little too wide is invisible in print."""


def read_log(text: str) -> tuple[str, ...]:
    """Return problems in order of appearance, each once, prefixed by the file they were found in where it is known."""
    return tuple(dict.fromkeys(_problems(text)))


def read_bibtex_log(text: str) -> tuple[str, ...]:
    return tuple(f"bibtex: {match['what']}" for line in text.splitlines() if (match := _BIBTEX.match(line)))


def count_pages(text: str) -> int:
    match = _PAGES.search(text)
    return int(match[1]) if match else 0


def _problems(text: str) -> Iterator[str]:
    opened: list[str | None] = []
    is_box_content = False
    for line in _UNKNOWN.sub(r"\g<0> \g<macro>", text).splitlines():
        found = _problem(line, _innermost(opened))
        if found:
            yield found
        if not is_box_content and not found:
            _follow(line, opened)
        is_box_content = line.startswith(("Overfull", "Underfull"))


def _problem(line: str, file: str) -> str | None:
    """The problem that a line reports, or None."""
    if "==> Fatal error" in line:
        return None
    if match := _ERROR.match(line):
        return f"error: {match['file'].removeprefix('./')}:{match['line']}: {match['what']}"
    if match := _BANG.match(line):
        return f"error: {file}: {match['what']}"
    if match := _UNDEFINED.search(line):
        return f"undefined: {file}: {match['what']}"
    if match := _TWICE.search(line):
        return f"duplicate: {file}: {match['what'] or match['pdf']}"
    if match := _OVERFULL.match(line):
        is_visible = float(match["points"]) > OVERFULL_TOLERANCE_PT
        return f"overfull: {file}: {match['points']}pt {match['where']}" if is_visible else None
    if match := _MISSING.match(line):
        return f"missing character: {file}: {match['what']}"
    return None


def _follow(line: str, opened: list[str | None]) -> None:
    """Track which file TeX is reading: it prints ( and a name when it opens one, ) when it is done."""
    for match in _PARENTHESES.finditer(line):
        if match[0] != ")":
            opened.append(match["file"])
        elif opened:
            opened.pop()


def _innermost(opened: list[str | None]) -> str:
    return next((name.removeprefix("./") for name in reversed(opened) if name), "paper")
