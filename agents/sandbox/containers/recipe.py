"""What an image is built from: the Dockerfile beside this file, and packages in the versions of this environment."""

import hashlib
import io
import sys
import tarfile
from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path
from typing import NamedTuple

from agents.errors import UserError

PACKAGES = ("matplotlib", "numpy", "scikit-learn", "scipy", "torch")
"""What every image has."""
_NOT_PUBLISHED = "naturalist"


class Recipe(NamedTuple):
    """Files of the build by name, and the arguments of the Dockerfile."""

    files: dict[str, str]
    arguments: dict[str, str]

    @property
    def tag(self) -> str:
        """The same for the same recipe."""
        return hashlib.sha256(repr((sorted(self.files.items()), sorted(self.arguments.items()))).encode()).hexdigest()[
            :12
        ]

    def pack(self) -> bytes:
        """The files as a tar."""
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w") as tar:
            for name, text in self.files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(text.encode())
                tar.addfile(entry, io.BytesIO(text.encode()))
        return content.getvalue()


def write_recipe(templates: Sequence[Path], *, has_cuda: bool) -> Recipe:
    """The recipe for these templates' folders: a requirements.txt in one of them is taken in."""
    requirements = [*PACKAGES, *(line for folder in templates for line in _read_requirements(folder))]
    files = {
        "Dockerfile": Path(__file__).with_name("Dockerfile").read_text(encoding="utf-8"),
        "requirements.txt": "".join(f"{line}\n" for line in dict.fromkeys(requirements)),
        "constraints.txt": "".join(f"{pin}\n" for pin in _installed()),
    }
    arguments = {"PYTHON": f"{sys.version_info.major}.{sys.version_info.minor}"}
    return Recipe(files, arguments | {"EXTRA_INDEX": ""} if has_cuda else arguments)


def _read_requirements(folder: Path) -> list[str]:
    path = folder / "requirements.txt"
    try:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()] if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path}: {error}") from error


def _installed() -> list[str]:
    """The versions of this environment, so that a result does not depend on the sandbox; builds (+cpu) may differ."""
    found = {each.name.lower(): each.version.split("+")[0] for each in distributions()}
    return sorted(f"{name}=={version}" for name, version in found.items() if name != _NOT_PUBLISHED)
