"""The suite once more as an ordinary user, whom the kernel gives none of root's ways to build or to break a sandbox."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.abuse.host import PROJECT, remove_at_any_depth

_NOBODY = 65534
_LOCAL = "bubblewrap or process"


@pytest.fixture
def python() -> Iterator[Path]:
    """An interpreter that every user can read, with the packages of ours; skips where there is none."""
    system = Path("/usr/bin/python3")
    packages = Path(sysconfig.get_path("purelib"))
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can become another user, by setpriv")
    if not _is_readable(packages) or not _is_readable(PROJECT):
        pytest.skip(f"{packages} or {PROJECT} is closed to other users")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if not system.resolve().name.endswith(version):
        pytest.skip(f"{system} is not Python {version}, whose packages these are")
    folder = Path("/tmp") / f"abuse-venv-{os.getpid()}"
    subprocess.run([system, "-m", "venv", "--without-pip", folder], check=True)
    (folder / "lib" / f"python{version}" / "site-packages" / "ours.pth").write_text(f"{packages}\n{PROJECT}\n")
    yield folder / "bin" / "python"
    remove_at_any_depth(folder)


@pytest.mark.slow
@pytest.mark.heavy
def test_the_suite_holds_for_an_ordinary_user(python: Path) -> None:
    base = python.parents[1] / "base"
    base.mkdir()
    os.chown(base, _NOBODY, _NOBODY)
    become = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--inh-caps=-all"]
    tests = [str(PROJECT / "tests" / "abuse" / name) for name in ("test_abuse.py", "test_pairs.py", "test_survival.py")]
    done = subprocess.run(
        [
            *become,
            python,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--basetemp={base / 'p'}",
            "-k",
            _LOCAL,
            *tests,
        ],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "HOME": str(base), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def _is_readable(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o005 == 0o005 for path in (folder, *folder.parents))
