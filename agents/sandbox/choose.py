"""Which sandbox a run gets: the one that was asked for, or the strongest that works; never a weaker one in silence."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from agents.errors import ServiceError, UserError
from agents.registry import find_adapter
from agents.sandbox import SANDBOXES
from agents.sandbox.probe import Probe, probe_sandbox
from agents.services import Sandbox
from agents.settings import SandboxSettings

AUTO = "auto"
STRONG = ("docker", "bubblewrap")
"""In order of preference."""
WEAK = "process"
WAYS_OUT = (
    "start Docker; or install bubblewrap (sudo apt-get install -y bubblewrap; Ubuntu 24.04 also wants an AppArmor "
    "profile for it, see docs/sandbox.md); or accept the weak process sandbox with --allow-weak-sandbox"
)


class Chosen(NamedTuple):
    """An open sandbox, what a probe of it found, and why stronger ones were passed over, a reason each."""

    sandbox: Sandbox
    probe: Probe
    passed_over: tuple[str, ...]


Opener: TypeAlias = Callable[[str, SandboxSettings], Chosen]


def choose_sandbox(settings: SandboxSettings, *, is_code_trusted: bool, open_one: Opener | None = None) -> Chosen:
    """Open and probe a sandbox, one after another by `open_one`; the caller closes it.

    "auto" takes Docker, then bubblewrap, then, for code that comes from the templates alone, an ordinary process.
    Raises UserError when code of a language model would run in a sandbox that does not hold it and nobody allowed that,
    and ServiceError when the sandbox that was asked for does not work here.
    """
    open_one = open_one or open_sandbox
    if settings.backend != AUTO:
        chosen = open_one(settings.backend, settings)
        if chosen.probe.open and not (is_code_trusted or settings.is_weak_allowed):
            chosen.sandbox.close()
            raise UserError(_explain(settings.backend, chosen.probe))
        return chosen
    passed_over: list[str] = []
    for name in STRONG:
        try:
            chosen = open_one(name, settings)
        except ServiceError as error:
            passed_over.append(f"{name}: {explain_lack(name, error).partition(';')[0]}")
            continue
        if not chosen.probe.open:
            return chosen._replace(passed_over=tuple(passed_over))
        chosen.sandbox.close()
        passed_over.append(f"{name}: a program in it can {', '.join(chosen.probe.open)}")
    if not (is_code_trusted or settings.is_weak_allowed):
        raise UserError(
            f"no sandbox here holds code that a language model writes ({'; '.join(passed_over)}). Ways out: {WAYS_OUT}"
        )
    return open_one(WEAK, settings)._replace(passed_over=tuple(passed_over))


def choose_on_node(settings: dict[str, Any], *, is_code_trusted: bool) -> Sandbox:
    """As `choose_sandbox`, for a worker on another machine, which gets settings as JSON does and never closes it."""
    return choose_sandbox(SandboxSettings.model_validate(settings), is_code_trusted=is_code_trusted).sandbox


def open_sandbox(name: str, settings: SandboxSettings) -> Chosen:
    """Open one sandbox and probe it; raises ServiceError with the reason when it does not work here."""
    make = find_adapter("sandbox", name, SANDBOXES)
    sandbox: Sandbox = make(settings.image) if name == "docker" else make()
    try:
        return Chosen(sandbox, probe_sandbox(sandbox), ())
    except BaseException:
        sandbox.close()
        raise


def explain_lack(name: str, error: ServiceError) -> str:
    """Why a sandbox does not work here, without its name."""
    return str(error).removeprefix(f"{name}: ")


def _explain(name: str, probe: Probe) -> str:
    could = ", ".join(probe.open)
    return f"in the sandbox {name!r} code that a language model writes could {could}. Ways out: {WAYS_OUT}"
