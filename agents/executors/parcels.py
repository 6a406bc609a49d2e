"""What travels between the driver and a node that shares no storage with it: a job with its files, and what it left."""

from typing import Literal, NamedTuple

from agents.schema import Completion, Job


class Item(NamedTuple):
    """A folder, or a file whose content is the blob of that sha256. `path` is relative to its root; "" is the root."""

    path: str
    mode: int
    blob: str | None


class Root(NamedTuple):
    """A file or folder at its absolute path on the driver's machine, with everything below it, parents first."""

    path: str
    items: tuple[Item, ...]


class Parcel(NamedTuple):
    """A job in the driver's paths, with the files that it needs where storage is not shared."""

    job: Job
    roots: tuple[Root, ...]
    is_shared: bool
    python: str
    version: str


class Left(NamedTuple):
    """Something found in a workdir afterwards; the content of an "odd" thing says what it was."""

    path: str
    kind: Literal["folder", "file", "odd"]
    mode: int
    content: bytes


class Return(NamedTuple):
    """What came of a parcel: a completion and the output of each command started, what is in each workdir.

    `failure` is what kept the job from being run at all, in one line; the experiment has no part in it.
    """

    completions: tuple[Completion, ...] = ()
    outputs: tuple[bytes | None, ...] = ()
    workdirs: tuple[tuple[Left, ...], ...] = ()
    failure: str = ""
    is_retryable: bool = False
