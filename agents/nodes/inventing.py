"""Ideas for research without a template: invented from topic and literature, then looked at again."""

from collections.abc import Sequence

from agents.errors import ServiceError
from agents.schema import Idea
from agents.services import Services


def invent_ideas(services: Services) -> Sequence[Idea]:
    """Return the ideas of a run without a template."""
    raise ServiceError(f"no researcher invents ideas for {services.settings.topic!r} yet")
