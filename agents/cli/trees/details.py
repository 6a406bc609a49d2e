"""What the page tells of a node beyond the journal: code differences, ends of logs, small figures. All of it untrusted.

Only what fits is told. The best path comes first, then the best nodes, then the newest; the rest is counted.
"""

import base64
import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from agents.cli.text import clean, clean_lines
from agents.cli.trees.study import StudyTree
from agents.files import read_untrusted
from agents.schema import Experiment

MOST_NODES: Final = 1500
MOST_TEXT: Final = 8_000_000
"""Characters of differences and logs, all nodes together."""
MOST_PICTURES: Final = 6_000_000
"""Bytes of figures, all nodes together."""
_PICTURE_BYTES: Final = 200_000
_PICTURES_EACH: Final = 4
_LINES: Final = 200
_LINE_CHARS: Final = 400
_LOG_LINES: Final = 40
_FILE_BYTES: Final = 4_000_000
_CODE_BYTES: Final = 300_000
_TYPES: Final = {".png": "image/png", ".svg": "image/svg+xml"}


@dataclass
class Details:
    """Details by node id, and how many nodes and figures were left out for want of room."""

    by_id: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    left_out: int = 0
    pictures_left_out: int = 0
    _text: int = 0
    _pictures: int = 0

    def add(self, tree: StudyTree, node: Experiment) -> None:
        told: dict[str, Any] = {"diff": _difference(tree, node), "log": _log(tree.folder, node)}
        size = len(told["diff"]) + len(told["log"])
        if self._text + size > MOST_TEXT or len(self.by_id) >= MOST_NODES:
            self.left_out += 1
            return
        self._text += size
        self.by_id[node.id] = told | {"figures": list(self._figures(tree.folder, node))}

    def _figures(self, folder: Path, node: Experiment) -> Iterator[dict[str, str]]:
        """Pictures as data: an <img> runs no script of an SVG."""
        for place, name in enumerate(_picture_names(node)):
            content = _read(folder / "experiments" / node.id / "artefacts" / name, _PICTURE_BYTES)
            if content is None or place >= _PICTURES_EACH or self._pictures + len(content) > MOST_PICTURES:
                self.pictures_left_out += 1
                continue
            self._pictures += len(content)
            data = base64.b64encode(content).decode("ascii")
            yield {"name": clean(name), "url": f"data:{_TYPES[Path(name).suffix]};base64,{data}"}


def _picture_names(node: Experiment) -> list[str]:
    names = map(Path, node.outcome.artefacts if node.outcome else ())
    return sorted(str(name) for name in names if name.suffix in _TYPES and ".." not in name.parts)


def tell_details(tree: StudyTree) -> Details:
    """Read what there is room for, what matters most first."""
    details = Details()
    chosen = dict.fromkeys([*tree.best_path, *_worth(tree)])
    for name in list(chosen)[:MOST_NODES]:
        details.add(tree, tree.by_id[name])
    details.left_out += max(0, len(chosen) - MOST_NODES)
    return details


def _worth(tree: StudyTree) -> Iterator[str]:
    """The best half of what there is room for, then the newest, failed or not."""
    scored = [
        (tree.metric.gain(value, 0.0), -node.index, node.id)
        for node in tree.nodes
        if (value := tree.value(node)) is not None
    ]
    yield from (name for *_, name in sorted(scored, reverse=True)[: MOST_NODES // 2])
    yield from (node.id for node in reversed(tree.nodes))


def _difference(tree: StudyTree, node: Experiment) -> str:
    """The code against that of the parent; of a draft against the first node, the template's own program."""
    against = tree.parent(node) or (tree.nodes[0] if node.index else None)
    if against is None:
        return ""
    if against.code_sha256 == node.code_sha256:
        return f"the same code as {against.id}"
    return _unified(tree.folder, against.code_sha256, node.code_sha256, against.id, node.id)


def _unified(folder: Path, old_sha256: str, new_sha256: str, old_name: str, new_name: str) -> str:
    old, new = _code(folder, old_sha256), _code(folder, new_sha256)
    if old is None or new is None:
        return "the code of one of the two is not in the run folder any more, or too long to show"
    lines = list(difflib.unified_diff(old, new, old_name, new_name, n=3, lineterm=""))
    return "\n".join(_cut(lines, "lines of the difference"))


@lru_cache(maxsize=512)
def _code(folder: Path, sha256: str) -> tuple[str, ...] | None:
    """Lines of a program as nodes/artefacts.keep_code stored it."""
    content = _read(folder / "code" / f"{sha256}.py", _CODE_BYTES)
    return None if content is None else tuple(clean_lines(content.decode("utf-8", errors="replace")).split("\n"))


def _log(folder: Path, node: Experiment) -> str:
    """The end of what the experiment printed, without terminal escapes."""
    content = _read(folder / "experiments" / node.id / "stdout.txt", _FILE_BYTES)
    if content is None:
        return ""
    lines = clean_lines(content[-64_000:].decode("utf-8", errors="replace")).rstrip().split("\n")
    return "\n".join(line[:_LINE_CHARS] for line in lines[-_LOG_LINES:])


def _cut(lines: Sequence[str], what: str) -> list[str]:
    shown = [line[:_LINE_CHARS] for line in lines[:_LINES]]
    return shown if len(lines) <= _LINES else [*shown, f"… {len(lines) - _LINES} more {what}"]


def _read(path: Path, limit_bytes: int) -> bytes | None:
    """A plain file of an experiment's; None where there is none, or no plain one, or a larger one."""
    try:
        return read_untrusted(path, limit_bytes)
    except (OSError, ValueError):  # ValueError: a name with a null byte
        return None
