"""Honest programs in every sandbox: it must not be in their way."""

from threading import Event as Flag

import pytest

from agents.services import Sandbox
from tests.abuse.attack import Attack
from tests.abuse.host import Host
from tests.abuse.programs.friendly import PROGRAMS, Friendly
from tests.abuse.trial import write_command

_LIMITS = {"wall_s": 90.0}


@pytest.mark.parametrize("friendly", PROGRAMS, ids=lambda friendly: friendly.name)
def test_an_honest_program(friendly: Friendly, sandbox: Sandbox) -> None:
    if reason := friendly.unfit.get(sandbox.name):
        pytest.skip(f"{sandbox.name}: {reason}")
    with Host() as host:
        command = write_command(host, Attack(friendly.name, friendly.program + "print('done')\n", limits=_LIMITS))
        completion = sandbox.run(command, Flag())
        printed = command.stdout.read_text()
    assert (completion.status, printed.splitlines()[-1:]) == ("ok", ["done"]), f"{completion}\n{printed}"
