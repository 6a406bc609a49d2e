"""Where a person may say no. A gate holds nothing but its interrupt, since a resumed node runs again from its top."""

from langgraph.types import interrupt

from agents.services import Services
from agents.state import RunState, StudyState, Update


def approve_idea(state: RunState, services: Services) -> Update:
    """Wait for a person's word on the chosen ideas; a no sends the choice back without them."""
    if "idea" not in services.settings.gates or state.get("start_at"):
        return {}
    chosen = state.get("chosen", [])
    if interrupt({"gate": "idea", "studies": chosen}):
        return {}
    return {
        "chosen": [],
        "rejected": [*state.get("rejected", []), *chosen],
        "generation": state.get("generation", 1) - 1,
    }


def approve_paper(state: StudyState, services: Services) -> Update:
    """Wait for a person's word on a checked paper; a no withdraws it: neither reviewed nor published."""
    if "paper" not in services.settings.gates:
        return {"is_withdrawn": False}
    return {"is_withdrawn": not interrupt({"gate": "paper", "studies": [state.get("study")]})}
