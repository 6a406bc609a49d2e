"""Items of a service's answer to sources. What is malformed is left out; if all of it is, the service has failed."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from agents.errors import ServiceError
from agents.literature.publication import Publication, make_source
from agents.literature.wording import stems, words
from agents.schema import Source

MOST_RESULTS = 100


class Answer(BaseModel):
    """Part of a service's answer: only the fields that are used, the rest ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


A = TypeVar("A", bound=Answer)


def read_items(
    items: Iterable[Any], kind: type[A], describe: Callable[[A], Publication | None], origin: str
) -> list[Source]:
    """Sources of the items that have a title and a year, in their order, each publication once.

    Raises ServiceError if not one of several items has the form `kind`: then the service has changed, or lies, and
    saying that it found nothing would be false.
    """
    given, well_formed = list(items)[:MOST_RESULTS], 0
    found: dict[str, Source] = {}
    for item in given:
        try:
            described = describe(kind.model_validate(item))
        except ValidationError:
            continue
        well_formed += 1
        source = make_source(described, origin) if described else None
        if source is not None:
            found.setdefault(source.key, source)
    if given and not well_formed:
        raise ServiceError(f"{origin} answered in a form that is not known: none of its {len(given)} records fits")
    return list(found.values())


def list_of(answer: Any, *path: str) -> list[Any]:
    """The list at `path` in an answer; raises ServiceError if it is not there."""
    for name in path:
        answer = cast("dict[str, Any]", answer).get(name) if isinstance(answer, dict) else None
    if not isinstance(answer, list):
        raise ServiceError(f"the answer has no list {'.'.join(path)!r}")
    return cast("list[Any]", answer)


def content_words(query: str, most: int) -> list[str]:
    """Words of a query that carry meaning, in order, each once; no signs that a service would take as syntax."""
    return list(dict.fromkeys(word for word in words(query) if stems(word)))[:most]
