"""What model calls cost: a bill for each, sums of bills, and whether one more call fits the limits. Keeps nothing."""

import math
from collections.abc import Callable, Iterable, Mapping
from statistics import median
from typing import NamedTuple

from agents.errors import BudgetExceeded
from agents.schema import ModelCall, Record
from agents.settings import BudgetSettings


class Bill(Record):
    """A model call that ended, without its texts: who asked, what it took. `is_failed`: it brought no reply."""

    node: str = ""
    role: str = ""
    model: str
    study: str = ""
    subject: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float = 0.0
    wall_s: float = 0.0
    is_failed: bool = False
    is_priced: bool = True

    @property
    def is_assumed(self) -> bool:
        """Nobody knows what it took (it timed out, or the run was killed), so it counts at its worst case."""
        return self.is_failed and (self.cost_usd > 0 or self.tokens_in + self.tokens_out > 0)

    @property
    def is_unpriced(self) -> bool:
        """It took tokens whose price nobody knows; its cost of 0 is none."""
        return not self.is_priced and self.tokens_in + self.tokens_out > 0


class Paid(NamedTuple):
    """What calls cost, and how many beside them have a price that nobody knows."""

    usd: float = 0.0
    unpriced: int = 0


class Spent(NamedTuple):
    """What was spent, or what one call may take at most."""

    usd: float = 0.0
    tokens: int = 0

    @classmethod
    def on(cls, call: ModelCall) -> "Spent":
        return cls(call.cost_usd, call.tokens_in + call.tokens_out)


class Sum(Record):
    """Bills added up. `assumed` of the `calls` count at their worst case, `assumed_usd` of `usd` is theirs; nobody
    knows the price of `unpriced`, which are not in `usd`.

    Latencies are of the calls that brought a reply: the median, and what 95 % of them did not pass; None without any.
    """

    calls: int
    failed: int
    assumed: int
    unpriced: int = 0
    tokens_in: int
    tokens_out: int
    usd: float
    assumed_usd: float
    median_s: float | None
    p95_s: float | None


def sum_spent(calls: Iterable[ModelCall]) -> Spent:
    known = [Spent.on(call) for call in calls]
    return Spent(math.fsum(each.usd for each in known), sum(each.tokens for each in known))


def check_limits(limits: BudgetSettings, used: Spent, worst: Spent) -> None:
    """Raise BudgetExceeded unless `worst` fits beside `used`. What costs nothing always does; 0 tokens set no limit."""
    if worst.usd > 0 and used.usd + worst.usd > limits.usd:
        raise BudgetExceeded("usd", used.usd, limits.usd, worst.usd)
    if limits.tokens and used.tokens + worst.tokens > limits.tokens:
        raise BudgetExceeded("tokens", used.tokens, limits.tokens, worst.tokens)


def add_up(bills: Iterable[Bill]) -> Sum:
    known = list(bills)
    waits = sorted(bill.wall_s for bill in known if not bill.is_failed)
    assumed = [bill for bill in known if bill.is_assumed]
    return Sum(
        calls=len(known),
        failed=sum(bill.is_failed for bill in known),
        assumed=len(assumed),
        unpriced=sum(bill.is_unpriced for bill in known),
        tokens_in=sum(bill.tokens_in for bill in known),
        tokens_out=sum(bill.tokens_out for bill in known),
        usd=math.fsum(bill.cost_usd for bill in known),
        assumed_usd=math.fsum(bill.cost_usd for bill in assumed),
        median_s=median(waits) if waits else None,
        p95_s=waits[math.ceil(0.95 * len(waits)) - 1] if waits else None,
    )


def group(bills: Iterable[Bill], key: Callable[[Bill], str]) -> Mapping[str, Sum]:
    """Sums by what `key` says of a bill, the dearest first, then those with most tokens."""
    groups: dict[str, list[Bill]] = {}
    for bill in bills:
        groups.setdefault(key(bill), []).append(bill)
    sums = {name: add_up(members) for name, members in groups.items()}
    order = sorted(sums, key=lambda name: (-sums[name].usd, -sums[name].tokens_in - sums[name].tokens_out, name))
    return {name: sums[name] for name in order}
