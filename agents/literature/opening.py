"""Opens the literature sources that a run's settings name."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from agents.literature import LITERATURE, LOCAL
from agents.literature.cached import Cached, prune_cache
from agents.literature.guarded import Guarded
from agents.literature.library import Library, check_library
from agents.literature.template_bibliography import TemplateBibliography
from agents.registry import find_adapter
from agents.services import LiteratureSource
from agents.settings import Settings

ASKED_WITH_MODEL = ("semantic_scholar", "openalex", "arxiv", "crossref")
"""What a run with a language model asks beside its template and its library, if nothing else is said."""


class Surroundings(NamedTuple):
    """What sources are opened with: a template's bibliography, the user's own publications, a folder to keep answers
    in, and who hears of what is left out."""

    bibliography: Path | None
    library: tuple[Path, ...]
    cache: Path
    on_degraded: Callable[[str, str], None]


def settle_literature(settings: Settings, *, has_template: bool, has_model: bool) -> tuple[str, ...]:
    """Names of the sources to ask: those given, or what suits the researcher; a library that is given is one of them.

    The built-in researcher asks nobody on the network unless told to. Raises UserError for a library that is not there.
    """
    check_library(settings.library)
    with_model = ASKED_WITH_MODEL if has_model else ()
    names = settings.literature or (("template",) if has_template else ()) + with_model
    return names + (("library",) if settings.library and "library" not in names else ())


def open_sources(names: Sequence[str], around: Surroundings) -> list[tuple[str, LiteratureSource]]:
    """Open sources by name; those on the network, the user's own too, with cache and guard. Raises UserError."""
    known = [name for name in names if name != "template" or around.bibliography]
    if any(name not in LOCAL for name in known):
        prune_cache(around.cache)
    return [(name, _open(name, around)) for name in known]


def open_template(around: Surroundings) -> TemplateBibliography:
    if around.bibliography is None:
        raise RuntimeError("a run without a template has no bibliography")
    return TemplateBibliography(around.bibliography)


def open_library(around: Surroundings) -> Library:
    return Library(around.library, around.cache, around.on_degraded)


def _open(name: str, around: Surroundings) -> LiteratureSource:
    make = find_adapter("literature", name, LITERATURE)
    if name in LOCAL:
        return make(around)
    return Cached(Guarded(make()), name, around.cache, around.on_degraded)
