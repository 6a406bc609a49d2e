"""What the graph carries from node to node: ids and small flags. Tree and texts live in journal and run folder."""

from typing import Annotated, Any, Required, TypeAlias, TypedDict

Update: TypeAlias = dict[str, Any]
"""What a node returns: only what changed, by the keys of its state."""


def merge(left: dict[str, float] | None, right: dict[str, float] | None) -> dict[str, float]:
    """Join results of branches that run side by side, by key."""
    return {**(left or {}), **(right or {})}


class RunState(TypedDict, total=False):
    """One run. `start_at` and `is_alone` serve `naturalist resume --from NODE [--only]`."""

    generation: int
    chosen: list[str]
    done: list[str]
    rejected: list[str]
    start_at: str | None
    is_alone: bool
    is_last: bool
    published: list[str]
    reviewed: Annotated[dict[str, float], merge]


class StudyState(TypedDict, total=False):
    """One study, from its registered plan to its review."""

    study: Required[str]
    start_at: str | None
    is_alone: bool
    repairs: int
    needs_repair: bool
    is_withdrawn: bool
    explored: Annotated[dict[str, float], merge]
    reviewed: Annotated[dict[str, float], merge]


class StudyOutput(TypedDict):
    """What a study hands up to the run: overall score by study."""

    reviewed: Annotated[dict[str, float], merge]


class LaneState(TypedDict, total=False):
    """One search lane: the index it works on, None when the search is over."""

    study: Required[str]
    lane: Required[int]
    index: int | None
    explored: Annotated[dict[str, float], merge]


class LaneOutput(TypedDict):
    """What a lane hands up to its study: experiments run, by lane."""

    explored: Annotated[dict[str, float], merge]
