"""A person's own code: what of it is copied, what is left at home, and how a model gets to see it."""

import subprocess
from pathlib import Path

import pytest

from agents.errors import UserError
from agents.own_material import read_repo_note, show_repo
from agents.own_material.code import MOST_BYTES, MOST_FILES, copy_repo, find_changed_repo
from agents.own_material.commit import find_commit


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    made = tmp_path / "my-net"
    for folder in ("src", ".git", "venv/lib", "node_modules", "src/__pycache__"):
        (made / folder).mkdir(parents=True)
    files = {
        "README.md": "# My net\n" + "It learns. " * 400,
        "src/model.py": "def net():\n    return 1\n",
        "train.py": "from src.model import net\nprint(net())\n",
        "src/long.py": "x = 1\n" * 4000,
        "config.toml": "rate = 0.1\n",
        ".env": "KEY=sk-secret\n",
        "secrets.json": '{"key": "sk-secret"}',
        "weights.bin": "\0\1",
        "venv/pyvenv.cfg": "",
        "venv/lib/site.py": "x = 1\n",
        "node_modules/a.json": "{}",
        "src/__pycache__/model.txt": "x",
        "table.json": "[" + "1," * 40_000 + "1]",
    }
    for name, text in files.items():
        (made / name).write_text(text)
    (made / "latin.py").write_bytes("# caf\u00e9".encode("latin-1"))
    (made / "passwd.txt").symlink_to("/etc/passwd")
    return made


@pytest.fixture
def run(tmp_path: Path, repo: Path) -> Path:
    copy_repo(repo, tmp_path / "run")
    return tmp_path / "run"


def test_text_that_belongs_to_the_code_is_copied_and_nothing_else(run: Path) -> None:
    copied = {path.relative_to(run / "given" / "repo").as_posix() for path in (run / "given" / "repo").rglob("*.*")}
    assert copied == {"README.md", "config.toml", "src/long.py", "src/model.py", "train.py"}
    note = read_repo_note(run)
    assert note is not None
    assert (note.name, len(note.files), note.left_out) == ("my-net", 5, 6)
    assert note.bytes == sum(file.bytes for file in note.files)
    assert "sk-secret" not in note.model_dump_json()


def test_the_hash_is_the_one_that_sha256sum_gives(run: Path) -> None:
    command = r"find . -type f -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum"
    told = subprocess.run(
        ["bash", "-c", command], cwd=run / "given" / "repo", capture_output=True, text=True, check=True
    )
    note = read_repo_note(run)
    assert note is not None
    assert told.stdout.split()[0] == note.sha256


def test_a_copy_that_was_changed_is_noticed(run: Path) -> None:
    assert find_changed_repo(run) == ""
    (run / "given" / "repo" / "new.py").write_text("x = 1\n")
    assert find_changed_repo(run) == "the code in given/repo is not what the run started with"
    (run / "given" / "repo" / "new.py").unlink()
    (run / "given" / "repo" / "train.py").unlink()
    assert find_changed_repo(run)


def test_a_run_without_code_has_nothing_to_show(tmp_path: Path) -> None:
    assert (read_repo_note(tmp_path), show_repo(tmp_path, 100), find_changed_repo(tmp_path)) == (None, "", "")


def test_too_much_code_and_none_are_refused(tmp_path: Path) -> None:
    for number in range(MOST_FILES + 1):
        (tmp_path / f"m{number}.py").write_text("")
    with pytest.raises(UserError, match="more than 400 text files or 2 MB"):
        copy_repo(tmp_path, tmp_path / "run")
    big = tmp_path / "big"
    big.mkdir()
    for number in range(2):
        (big / f"{number}.py").write_text("#" * (MOST_BYTES // 2 + 1))
    with pytest.raises(UserError, match="more than 400 text files or 2 MB"):
        copy_repo(big, tmp_path / "run")
    (tmp_path / "none").mkdir()
    with pytest.raises(UserError, match="holds no Python file"):
        copy_repo(tmp_path / "none", tmp_path / "run")


class TestShowing:
    def test_listing_readme_and_starting_point_come_first(self, run: Path) -> None:
        shown = show_repo(run, 6000)
        places = [shown.index(text) for text in ("src/model.py", "--- README.md", "--- train.py", "--- src/model.py")]
        assert places == sorted(places)
        assert "def net():" in shown
        assert "[... cut]" in shown

    @pytest.mark.parametrize("most_chars", [0, 10, 100, 300, 1000, 5000, 100_000])
    def test_it_stays_within_its_bound_and_is_always_the_same(self, run: Path, most_chars: int) -> None:
        shown = show_repo(run, most_chars)
        assert len(shown) <= most_chars
        assert shown == show_repo(run, most_chars)

    def test_no_path_of_the_machine_is_shown(self, run: Path) -> None:
        assert str(run.parent) not in show_repo(run, 100_000)


class TestCommit:
    @pytest.fixture
    def checkout(self, tmp_path: Path) -> Path:
        git(tmp_path, "init", "-q", "-b", "main")
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", "First")
        (tmp_path / "inner").mkdir()
        return tmp_path

    def test_it_is_what_git_says(self, checkout: Path) -> None:
        said = git(checkout, "rev-parse", "HEAD")
        assert find_commit(checkout) == find_commit(checkout / "inner") == said
        git(checkout, "pack-refs", "--all")
        assert find_commit(checkout) == said
        git(checkout, "checkout", "-q", "--detach")
        assert find_commit(checkout) == said

    def test_a_worktree_has_its_own(self, checkout: Path) -> None:
        git(checkout, "worktree", "add", "-q", "-b", "other", "tree")
        assert find_commit(checkout / "tree") == git(checkout, "rev-parse", "HEAD")

    def test_without_a_commit_there_is_none(self, tmp_path: Path) -> None:
        git(tmp_path, "init", "-q")
        assert find_commit(tmp_path) == ""
        (tmp_path / ".git" / "HEAD").write_bytes(b"\xff")
        assert find_commit(tmp_path) == ""


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    told = subprocess.run(["git", "-C", folder, *who, *arguments], capture_output=True, text=True, check=True)
    return told.stdout.strip()
