"""The static checks as a search uses them: on code that a researcher wrote, never on the template's own."""

from collections.abc import Iterable

from agents.errors import UserError
from agents.experiments.static_checks import CodeFault, check_against, context_of, tell
from agents.schema import Config, Outcome, Template
from agents.services import Services
from agents.slots import experiment_source, fill_slots


def find_faults(code: str, config: Config, template: Template, services: Services) -> tuple[CodeFault, ...]:
    """Return what is wrong with a program that an experiment of this template is to run; nothing with its own."""
    source = experiment_source(template)
    if code == source or _is_filled(code, source, config, template):
        return ()
    return check_against(code, source, context_of(template, services.settings))


def note_warnings(outcome: Outcome, faults: Iterable[CodeFault]) -> Outcome:
    """The outcome with what the checks warn of in its detail, for the researcher's next step and for whoever reads."""
    warned = tell(faults, "warn")
    detail = "; ".join(filter(None, (outcome.detail, warned and f"static check: {warned}")))
    return outcome.model_copy(update={"detail": detail})


def _is_filled(code: str, source: str, config: Config, template: Template) -> bool:
    """Whether it is the template's program with its slots filled as the configuration says."""
    try:
        return code == fill_slots(template, source, config)
    except (KeyError, UserError):  # a configuration without the slots' choices: refused as such, later
        return False
