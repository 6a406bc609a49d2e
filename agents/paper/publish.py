"""Publication: a folder with the paper, what it needs to compile, its evidence, and code and metrics of every run."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from agents.errors import ServiceError
from agents.files import read_untrusted, sha256_file, write_all, write_json
from agents.schema import Experiment

MANIFEST = "MANIFEST.json"
LARGEST_FILE_BYTES = 64_000_000
_OF_THE_PAPER = (
    "paper.pdf", "paper.tex", "naturalist.sty", "evidence.tex", "references.bib", "evidence.json", "figures.json",
    "names.json", "sources.json", "review.json", "problems.json", "citations.json", "sections/*.tex", "tables/*.tex",
    "figures/*.pdf", "figures/lint.json",
)  # fmt: skip
_OF_AN_EXPERIMENT = {
    "code/experiment.py": "experiment.py",
    "config.json": "config.json",
    "evaluation/metrics.json": "metrics.json",
}


def publish_paper(
    study_folder: Path,
    experiments_folder: Path,
    experiments: Sequence[Experiment],
    target: Path,
    template_folder: Path | None = None,
) -> Path:
    """Copy a study's paper and the proof of it to `target`, whole or not at all; return `target`.

    Safe to repeat: the same paper leaves `target` as it is, a changed one replaces it. MANIFEST.json maps every file to
    its sha256. The bundle holds the template too, so that the whole can be checked without this installation. Links and
    files over 64 MB that an experiment may have left are not followed and not copied.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise ServiceError(f"cannot write {target}: {error.strerror}; choose another folder with --papers") from error
    try:
        write_all(scratch, _contents(study_folder, experiments_folder, experiments))
        write_all(scratch, _template_files(template_folder) if template_folder else ())
        write_json(scratch / MANIFEST, manifest(scratch))
        _put_in_place(scratch, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def manifest(folder: Path) -> dict[str, str]:
    """Relative path to sha256 of every file in a folder but the manifest itself."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): sha256_file(path) for path in found if path != folder / MANIFEST}


def _contents(
    study_folder: Path, experiments_folder: Path, experiments: Sequence[Experiment]
) -> Iterator[tuple[str, bytes | str]]:
    """Names and contents of all files of a published paper."""
    for pattern in _OF_THE_PAPER:
        for path in sorted(study_folder.glob(pattern)):
            yield from _if_plain(path, path.relative_to(study_folder).as_posix())
    dumped = [item.model_dump(mode="json") for item in sorted(experiments, key=lambda item: item.index)]
    yield "experiments.json", json.dumps(dumped, indent=1, ensure_ascii=False) + "\n"
    for item in experiments:
        for source, name in _OF_AN_EXPERIMENT.items():
            yield from _if_plain(experiments_folder / item.id / source, f"bundle/experiments/{item.id}/{name}")


def _template_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield from _if_plain(path, f"bundle/template/{folder.name}/{path.relative_to(folder).as_posix()}")


def _if_plain(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """The content under its name; nothing for what is missing, a link, or too large."""
    try:
        yield name, read_untrusted(path, LARGEST_FILE_BYTES)
    except OSError:
        return


def _put_in_place(scratch: Path, target: Path) -> None:
    """Swap the new folder in by renames; one that is there already with the same content stays."""
    if target.exists() and _read_manifest(target) == _read_manifest(scratch) == manifest(target):
        return
    scratch.chmod(0o755)
    aside = scratch.with_name(f"{scratch.name}.old")
    if target.exists():
        target.rename(aside)
    scratch.rename(target)
    shutil.rmtree(aside, ignore_errors=True)


def _read_manifest(folder: Path) -> Mapping[str, str] | None:
    try:
        return json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
