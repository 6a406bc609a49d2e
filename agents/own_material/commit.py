"""Which commit git has checked out, read from its files: running git would run what a repository configures."""

from pathlib import Path


def find_commit(folder: Path) -> str:
    """The commit that git has checked out in or above `folder`, read without running git; "" if there is none."""
    for parent in (folder, *folder.parents):
        if (parent / ".git").exists():
            return _read_commit(parent / ".git")
    return ""


def _read_commit(git: Path) -> str:
    """HEAD of a repository, or of a worktree, whose .git is a file that names its folder."""
    try:
        if git.is_file():
            git = (git.parent / git.read_text().removeprefix("gitdir:").strip()).resolve()
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return _if_commit(head)
        common = git / (git / "commondir").read_text().strip() if (git / "commondir").exists() else git
        name = head.removeprefix("ref: ")
        if (common / name).is_file():
            return _if_commit((common / name).read_text().strip())
        packed = (common / "packed-refs").read_text().splitlines()
        return next((_if_commit(line.split()[0]) for line in packed if line.endswith(f" {name}")), "")
    except (OSError, UnicodeDecodeError, ValueError):
        return ""


def _if_commit(text: str) -> str:
    return text if len(text) in (40, 64) and all(char in "0123456789abcdef" for char in text) else ""
