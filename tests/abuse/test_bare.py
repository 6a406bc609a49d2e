"""The same attacks without a sandbox: they do harm, so it is the sandbox that stops them and not a mistake in them."""

import os

import pytest

from tests.abuse.attack import Attack
from tests.abuse.programs.table import ATTACKS
from tests.abuse.trial import Batch

pytestmark = pytest.mark.heavy
TRIED = [attack for attack in ATTACKS if not attack.not_bare]


@pytest.mark.parametrize("bare_attack", TRIED, ids=lambda attack: attack.name)
def test_without_a_sandbox_harm_is_done_by(bare_attack: Attack, bare_batch: Batch) -> None:
    if bare_attack.for_root and os.geteuid() != 0:
        pytest.skip("the kernel itself refuses this to an ordinary user")
    trial = bare_batch.result(bare_attack)
    assert trial.harm or trial.left, f"{trial.completion}\n{trial.printed}"
