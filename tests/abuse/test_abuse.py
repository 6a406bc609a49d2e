"""Hostile programs against every sandbox of this machine, each a black box that is judged by what the host sees.

What an attack could do is watched by host.py: files, links, attributes, sockets, terminals and another process of the
user, planted for it and open to everybody. A program says ESCAPED where only it can know. test_bare.py shows, without a
sandbox, that the attacks are real. docker and bubblewrap must hold against all of them; what `process` may let through
is listed in programs/table.py and shows as an expected failure.

A sandbox that cannot run here is skipped with its reason; REQUIRE_SANDBOXES="bubblewrap,docker" makes that a failure.
Not here: an experiment's share of the processors, which is no limit of a command but of its slot.
"""

import pytest

from tests.abuse.attack import Attack
from tests.abuse.programs.table import ATTACKS, WEAK_AT
from tests.abuse.trial import Batch


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_the_host_is_safe_from(attack: Attack, batch: Batch) -> None:
    trial = batch.result(attack)
    assert trial.has_begun, f"{trial.completion}\n{trial.printed}"
    assert trial.left == [], f"still running: {trial.left}\n{trial.printed}"
    assert trial.hung(attack) == "", trial.printed
    weakness = WEAK_AT.get(batch.sandbox, {}).get(attack.name)
    if trial.harm and weakness:
        pytest.xfail(weakness)
    assert trial.harm == [], f"{trial.completion}\n{trial.printed}"
    if attack.ends and not weakness:
        assert trial.completion.status in attack.ends, f"{trial.completion}\n{trial.printed}"


def test_every_listed_weakness_is_of_an_attack() -> None:
    names = [attack.name for attack in ATTACKS]
    assert len(names) == len(set(names))
    assert {name for weak in WEAK_AT.values() for name in weak} <= set(names)
