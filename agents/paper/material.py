"""What a paper says of the data and code that a person handed in: names, sizes and hashes, never a place on a disk."""

import re
from collections.abc import Iterator, Sequence

from agents.latex.escape import breakable
from agents.own_material import DataNote, RepoNote
from agents.paper.colophon import Colophon
from agents.schema import Quantity

_NOT_PRINTED = re.compile(r"[^A-Za-z0-9\u00c0-\u017f ._+()-]")


def material_quantities(data: Sequence[DataNote], repo: RepoNote | None) -> dict[str, Quantity]:
    """Ledger entries `data.<n>.files` and `data.<n>.bytes` for each data path in its order, and `data.repo.*`."""
    sizes = {str(number): (note.files, note.bytes) for number, note in enumerate(data, start=1)}
    if repo:
        sizes["repo"] = (len(repo.files), repo.bytes)
    made = [
        (f"data.{key}.{what}", value, what) for key, pair in sizes.items()
        for what, value in zip(("files", "bytes"), pair, strict=True)
    ]  # fmt: skip
    return {
        key: Quantity(key=key, value=value, label=f"{what} given", unit=what, aggregation="count of what was given")
        for key, value, what in made
    }


def material_rows(colophon: Colophon) -> list[tuple[str, str]]:
    """Rows of the reproducibility table: size and sha256 of each data path, and of the code, with its commit."""
    rows = [
        (f"Data given: {breakable(_name(note))}", _sized(f"data.{number}", note.sha256))
        for number, note in enumerate(colophon.data, start=1)
    ]
    if repo := colophon.repo:
        commit = rf", commit \texttt{{{shown_hash(repo.commit)}}}" if repo.commit else ""
        rows.append((f"Code given: {breakable(_name(repo))}", _sized("data.repo", repo.sha256) + commit))
    return rows


def material_names(colophon: Colophon) -> Iterator[str]:
    """Names and hashes that `material_rows` prints as they are; digits inside them are no claims."""
    for note in colophon.data:
        yield from (_name(note), note.sha256)
    if colophon.repo:
        yield from (_name(colophon.repo), colophon.repo.sha256, colophon.repo.commit)


def _sized(key: str, digest: str) -> str:
    return rf"\ev{{{key}.files}}, \ev{{{key}.bytes}}, SHA \texttt{{{shown_hash(digest)}}}"


def _name(note: DataNote | RepoNote) -> str:
    """The name as it prints. One without letters gets a word before it: as a name it would excuse a number."""
    name = _NOT_PRINTED.sub("?", note.name)
    return name if re.search(r"[^\W\d_]", name) else f"folder or file {name}"


def shown_hash(digest: str) -> str:
    """LaTeX of a hash that may break over lines."""
    return r"\allowbreak{}".join(digest[start : start + 16] for start in range(0, len(digest), 16))
