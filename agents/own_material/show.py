"""The user's own code as a model gets to see it: a listing and the most telling files, within a bound."""

from pathlib import Path

from agents.own_material.code import REPO_FOLDER, RepoFile, RepoNote, read_repo_note

_STARTS = ("main.py", "train.py", "run.py", "experiment.py", "__main__.py", "cli.py", "app.py")
_HEAD_CHARS = 2_000
_CUT = "\n[... cut]\n"


def show_repo(folder: Path, most_chars: int) -> str:
    """The code that the run in `folder` was given, in at most `most_chars` characters; "" if it was given none.

    A listing first, then the head of the README, where the program starts, settings, and the rest, small files first;
    what does not fit is cut. The same copy gives the same text.
    """
    note = read_repo_note(folder)
    if note is None:
        return ""
    shown = _listing(note, most_chars // 3)
    for file in sorted(note.files, key=lambda each: _rank(folder, each)):
        room = most_chars - len(shown)
        heading = f"\n--- {file.path}\n"
        if room < len(heading) + len(_CUT) + 80:
            break
        text = (folder / REPO_FOLDER / file.path).read_text(encoding="utf-8", errors="replace")
        room -= len(heading)
        limit = _HEAD_CHARS if _is_readme(file.path) else room if len(text) <= room else room // 2
        shown += heading + _cut(text, min(limit, room))
    return shown[:most_chars]


def _listing(note: RepoNote, most_chars: int) -> str:
    lines = [f"{note.name}: {len(note.files)} files, {note.bytes} bytes\n"]
    lines += [f"{file.bytes:>8} {file.path}\n" for file in note.files]
    text = "".join(lines)
    return text if len(text) <= most_chars else text[: max(0, most_chars - len(_CUT))].rpartition("\n")[0] + _CUT


def _rank(folder: Path, file: RepoFile) -> tuple[int, int, int, str]:
    """README, where the program starts, other code, the rest; the outermost and the smallest first."""
    name = file.path.rpartition("/")[2]
    depth = file.path.count("/")
    if _is_readme(file.path) and not depth:
        return 0, 0, 0, file.path
    if name.endswith(".py"):
        content = (folder / REPO_FOLDER / file.path).read_text(encoding="utf-8", errors="replace")
        is_start = name in _STARTS or "__name__ ==" in content
        return (1 if is_start else 2), depth if is_start else 0, file.bytes, file.path
    return 3, 0, file.bytes, file.path


def _is_readme(path: str) -> bool:
    return path.rpartition("/")[2].lower().startswith("readme")


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(0, room - len(_CUT))] + _CUT
