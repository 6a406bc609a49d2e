"""Before a study is registered: the template that its experiments run in, which research without one writes first."""

from agents.services import Services
from agents.state import StudyState, Update


def design_study(state: StudyState, services: Services) -> Update:
    """Write and freeze the study's own template; a run that has one needs none."""
    if services.template is not None:
        return {}
    raise NotImplementedError(state["study"])
