"""`cost`: what the model calls of a run took, by stage, role and model, and what its budget leaves."""

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from agents.cli.console import say, say_json, say_table
from agents.cli.inspect import read_experiments
from agents.cli.text import clean, cost_words, dollars, duration, words
from agents.llm.team import OFFLINE, named_models
from agents.settings import Settings, load_settings
from agents.spending import Bill, Spent, Sum, add_up, group
from agents.store.calls import CallLog
from agents.store.place import find_place
from agents.store.runs import find_run, read_run
from templates import load_template

_GROUPS: Mapping[str, Callable[[Bill], str]] = {
    "stage": lambda bill: bill.node,
    "role": lambda bill: bill.role,
    "model": lambda bill: bill.model,
}
_COLUMNS = ("by", "of", "calls", "failed", "read", "written", "cost", "median", "95 %")


class Usage(NamedTuple):
    """How much of a limit is used; `limit` 0 sets none. In USD, tokens, hours or GPU hours."""

    used: float
    limit: float

    @property
    def left(self) -> float | None:
        return max(0.0, self.limit - self.used) if self.limit else None


def show_cost(workspace: Path, run: str, *, as_json: bool) -> None:
    """Say what a run's model calls cost; it may be running meanwhile."""
    folder = find_run(workspace, run)
    settings = load_settings(folder / "settings.toml")
    bills, reserved = _read_calls(folder, settings)
    total, usage = add_up(bills), _usage(folder, settings, bills, reserved)
    if as_json:
        say_json(_json(folder, bills, reserved, usage))
        return
    for name, value in _rows(folder, total, reserved, usage):
        say(f"{name:<12}{clean(value)}")
    if not bills:
        say(_nothing(settings))
    else:
        say()
        say_table(_COLUMNS, [row for by in _GROUPS for row in _table(by, bills)], "of")


def _read_calls(folder: Path, settings: Settings) -> tuple[list[Bill], Spent]:
    place = find_place(folder, settings.store.url, "calls")
    if not place.exists:
        return [], Spent()
    with closing(CallLog(*place)) as calls:
        return calls.bills(), calls.set_aside()


def _usage(folder: Path, settings: Settings, bills: list[Bill], reserved: Spent) -> dict[str, Usage]:
    """What is used of each limit, calls under way counted at the most they may take."""
    total, limits = add_up(bills), settings.budget
    hours = read_run(folder).elapsed_s / 3600
    gpu_hours = _gpu_hours(folder, settings) if limits.gpu_hours else 0.0
    return {
        "usd": Usage(total.usd + reserved.usd, limits.usd),
        "tokens": Usage(total.tokens_in + total.tokens_out + reserved.tokens, limits.tokens),
        "hours": Usage(hours, limits.hours),
        "gpu_hours": Usage(gpu_hours, limits.gpu_hours),
    }


def _gpu_hours(folder: Path, settings: Settings) -> float:
    from agents.experiments.limits import add_gpu_hours, has_gpus

    if not has_gpus(settings):
        return 0.0
    gpus = load_template(folder / "template" / settings.template).gpus if settings.template else settings.free.gpus
    return add_gpu_hours(read_experiments(folder), lambda _: gpus)


def _rows(folder: Path, total: Sum, reserved: Spent, usage: Mapping[str, Usage]) -> list[tuple[str, str]]:
    rows = [("run", folder.name)]
    if total.calls:
        rows += [
            ("calls", f"{total.calls:,}, {total.failed:,} failed"),
            ("tokens", f"{total.tokens_in:,} read, {total.tokens_out:,} written"),
            ("cost", cost_words(total.usd, total.unpriced)),
            ("latency", f"{_seconds(total.median_s)} in the median, {_seconds(total.p95_s)} or less for 95 %"),
        ]
    if total.assumed:
        rows.append(("assumed", f"{dollars(total.assumed_usd)} for {total.assumed} call(s) that never answered"))
    if reserved != Spent():
        rows.append(("reserved", f"{dollars(reserved.usd)} and {reserved.tokens:,} tokens for calls under way"))
    return [*rows, ("left", _left(usage))]


def _left(usage: Mapping[str, Usage]) -> str:
    """What each limit leaves; limits that are not set go unmentioned."""
    usd, tokens, hours, gpu_hours = (usage[name] for name in ("usd", "tokens", "hours", "gpu_hours"))
    parts = [f"{dollars(usd.left or 0.0)} of {dollars(usd.limit)}"]
    parts += [f"{tokens.left:,.0f} of {tokens.limit:,.0f} tokens"] if tokens.left is not None else []
    parts += [f"{hours.left:.2f} of {hours.limit:g} hours"] if hours.left is not None else []
    parts += [f"{gpu_hours.left:.2f} of {gpu_hours.limit:g} GPU hours"] if gpu_hours.left is not None else []
    return ", ".join(parts)


def _table(by: str, bills: list[Bill]) -> list[tuple[str, ...]]:
    """A row for each stage, role or model, named in the first."""
    rows = [_row(words(name) if by == "stage" else name, each) for name, each in group(bills, _GROUPS[by]).items()]
    return [(by if place == 0 else "", *row) for place, row in enumerate(rows)]


def _row(name: str, each: Sum) -> tuple[str, ...]:
    counts = (str(each.calls), str(each.failed), _short(each.tokens_in), _short(each.tokens_out))
    return (name or "-", *counts, _cost(each), _seconds(each.median_s), _seconds(each.p95_s))


def _cost(each: Sum) -> str:
    """In few characters: a sum that lacks calls of unknown price has a plus."""
    if not each.unpriced:
        return dollars(each.usd)
    return f"{dollars(each.usd)} +" if each.usd else "unknown"


def _short(count: int) -> str:
    """A number of tokens in few characters: 950, 12.3k, 1.20M."""
    if count < 1000:
        return str(count)
    return f"{count / 1000:.1f}k" if count < 999_950 else f"{count / 1e6:.2f}M"


def _seconds(wall_s: float | None) -> str:
    return "-" if wall_s is None else duration(wall_s)


def _nothing(settings: Settings) -> str:
    if set(named_models(settings)) <= {OFFLINE}:
        return "no model was asked: the built-in researcher is none, and costs nothing"
    return "no model was asked yet"


def _json(folder: Path, bills: list[Bill], reserved: Spent, usage: Mapping[str, Usage]) -> dict[str, Any]:
    sums = {f"by_{name}": _sums_json(group(bills, key)) for name, key in _GROUPS.items()}
    budget = {name: {**each._asdict(), "left": each.left} for name, each in usage.items()}
    budget["usd"]["left"] = usage["usd"].left or 0.0
    total = add_up(bills).model_dump()
    return {"run": folder.name, "total": total, "reserved": reserved._asdict(), "budget": budget, **sums}


def _sums_json(sums: Mapping[str, Sum]) -> dict[str, dict[str, Any]]:
    return {name: each.model_dump() for name, each in sums.items()}
