"""Which sandbox a run gets, and that none is weaker than it says."""

from collections.abc import Mapping
from threading import Event as Flag

import pytest

from agents.errors import ServiceError, UserError
from agents.sandbox.choose import Chosen, Opener, choose_sandbox, open_sandbox
from agents.sandbox.probe import Danger, Probe
from agents.schema import Command, Completion
from agents.settings import SandboxSettings


class Named:
    """A sandbox of which only the name matters, and whether it was closed."""

    guarantees = ()

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_closed = False

    def run(self, command: Command, stop: Flag) -> Completion:
        raise AssertionError(f"{command} is not to be run, whatever {stop} says")

    def close(self) -> None:
        self.is_closed = True


Machine = Mapping[str, tuple[Danger, ...]]
"""What is open in each sandbox that works on a machine."""


def opener(machine: Machine, opened: list[Named]) -> Opener:
    def open_one(name: str, _: SandboxSettings) -> Chosen:
        if name not in machine:
            raise ServiceError(f"{name} is not installed")
        opened.append(Named(name))
        return Chosen(opened[-1], Probe(open=machine[name]), ())

    return open_one


def choose(machine: Machine, *, is_code_trusted: bool, **settings: object) -> tuple[Chosen, list[Named]]:
    opened: list[Named] = []
    wanted = SandboxSettings.model_validate(settings)
    return choose_sandbox(wanted, is_code_trusted=is_code_trusted, open_one=opener(machine, opened)), opened


WEAK: Machine = {"process": ("read your files", "reach the network")}


def test_docker_comes_first() -> None:
    chosen, _ = choose({"docker": (), "bubblewrap": (), **WEAK}, is_code_trusted=False)
    assert (chosen.sandbox.name, chosen.passed_over) == ("docker", ())


def test_bubblewrap_comes_next_and_says_why() -> None:
    chosen, _ = choose({"bubblewrap": (), **WEAK}, is_code_trusted=False)
    assert (chosen.sandbox.name, chosen.passed_over) == ("bubblewrap", ("docker: docker is not installed",))


def test_one_that_works_but_leaks_is_passed_over_and_closed() -> None:
    chosen, opened = choose({"docker": ("reach the network",), "bubblewrap": ()}, is_code_trusted=True)
    assert chosen.sandbox.name == "bubblewrap"
    assert chosen.passed_over == ("docker: a program in it can reach the network",)
    assert opened[0].is_closed and not opened[1].is_closed


def test_code_of_a_model_needs_a_strong_one_or_leave() -> None:
    with pytest.raises(UserError) as caught:
        choose(WEAK, is_code_trusted=False)
    message = str(caught.value)
    assert "\n" not in message
    for way in ("start Docker", "install bubblewrap", "--allow-weak-sandbox", "docker is not installed"):
        assert way in message


def test_code_of_a_model_runs_in_a_weak_one_with_leave() -> None:
    assert choose(WEAK, is_code_trusted=False, is_weak_allowed=True)[0].sandbox.name == "process"


def test_code_of_templates_runs_in_a_weak_one_where_there_is_no_other() -> None:
    chosen, _ = choose(WEAK, is_code_trusted=True)
    assert chosen.sandbox.name == "process"
    assert len(chosen.passed_over) == 2


def test_a_weak_one_that_was_asked_for_still_needs_leave_for_code_of_a_model() -> None:
    with pytest.raises(UserError, match=r"process.*read your files, reach the network.*--allow-weak-sandbox"):
        choose(WEAK, is_code_trusted=False, backend="process")
    assert choose(WEAK, is_code_trusted=True, backend="process")[0].sandbox.name == "process"


def test_a_named_one_that_does_not_work_is_not_replaced() -> None:
    with pytest.raises(ServiceError, match="docker is not installed"):
        choose({"bubblewrap": (), **WEAK}, is_code_trusted=True, backend="docker")


def test_the_probe_finds_what_a_bare_process_leaves_open() -> None:
    chosen = open_sandbox("tests.agents.sandbox.bare:BareSandbox", SandboxSettings())
    assert {"read your files", "write your files", "reach the network", "use this machine's sockets"} <= {
        *chosen.probe.open
    }


def test_a_sandbox_that_cannot_run_python_is_no_sandbox() -> None:
    with pytest.raises(ServiceError, match="cannot run Python here: no room"):
        open_sandbox("tests.agents.sandbox.bare:BrokenSandbox", SandboxSettings())
