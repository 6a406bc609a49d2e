"""The evidence bundle (evidence.json) as the reviewer reads it: plain JSON, tolerant of what it does not know."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple, cast

from reviewer.errors import ReviewerError

_MAX_BYTES = 50 * 2**20
_NUMERAL = re.compile(r"\d[\d,]*(?:\.\d+)?")


class Entry(NamedTuple):
    """One quantity of the ledger; `shown` is the value as the paper prints it."""

    value: float
    low: float | None
    high: float | None
    n: int
    unit: str
    shown: str
    shown_low: str | None
    shown_high: str | None

    @property
    def with_interval(self) -> str:
        interval = f" [{self.shown_low}, {self.shown_high}]" if self.shown_low and self.shown_high else ""
        return f"{self.shown} {self.unit}".strip() + interval


class Ledger(NamedTuple):
    """All quantities by key, the verdict that the registered rule gave ("" when the bundle has none), and the words
    that the plan declared, by key."""

    entries: dict[str, Entry]
    verdict: str
    words: dict[str, str]

    def value(self, key: str) -> float | None:
        return self.entries[key].value if key in self.entries else None

    def keys_under(self, prefix: str) -> list[str]:
        return [key for key in self.entries if key.startswith(prefix)]

    @property
    def printable(self) -> frozenset[str]:
        """Every numeral, without sign, that a paper may print."""
        texts = [text for e in self.entries.values() for text in (e.shown, e.shown_low, e.shown_high, str(e.n)) if text]
        texts += [number for text in self.words.values() for number in _NUMERAL.findall(text)]
        return frozenset(text.lstrip("+-<>").replace(",", "") for text in texts)

    def printed(self, key: str, form: str) -> str | None:
        """What \\ev ("" as `form`), \\evi ("i"), \\evn ("n") or \\evp ("p") prints of an entry; None if unknown."""
        if key in self.words:
            return self.words[key]
        entry = self.entries.get(key)
        if entry is None:
            return None
        relation = f"< {entry.shown[1:]}" if entry.shown.startswith("<") else f"= {entry.shown}"
        shown = {"": f"{entry.shown} {entry.unit}".strip(), "i": entry.with_interval, "n": str(entry.n), "p": relation}
        return shown[form]


def read_ledger(path: Path) -> Ledger:
    """Read evidence.json; raises ReviewerError when it is absent, too large or no JSON object."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ReviewerError(
                f"evidence {path} is larger than {_MAX_BYTES // 2**20} MB; give the bundle of one paper"
            )
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ReviewerError(f"cannot read evidence {path}: {error}") from error
    if not isinstance(content, dict):
        raise ReviewerError(f"evidence {path} is no JSON object; expected the evidence.json of a study")
    quantities = _mapping(_mapping(content).get("quantities"))
    entries = {key: entry for key, raw in quantities.items() if (entry := _entry(_mapping(raw)))}
    terms = _mapping(_mapping(content).get("terms"))
    words = {key: text for key, raw in terms.items() if isinstance(text := _mapping(raw).get("text"), str)}
    return Ledger(entries, str(_mapping(_mapping(content).get("verdict")).get("label", "")), words)


def _entry(raw: dict[str, Any]) -> Entry | None:
    value = _number(raw.get("value"))
    if value is None:
        return None
    decimals = max(0, min(12, int(_number(raw.get("decimals")) or 0)))
    low, high = _number(raw.get("low")), _number(raw.get("high"))
    shown = _p_value(value, decimals) if raw.get("aggregation") == "p-value" else _shown(value, decimals)
    n = int(_number(raw.get("n")) or 1)
    return Entry(value, low, high, n, str(raw.get("unit", "")), shown, _maybe(low, decimals), _maybe(high, decimals))


def _maybe(value: float | None, decimals: int) -> str | None:
    return None if value is None else _shown(value, decimals)


def _p_value(value: float, decimals: int) -> str:
    floor = 10.0**-decimals
    return f"<{floor:.{decimals}f}" if value < floor else _shown(value, decimals)


def _shown(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}" if abs(value) >= 10_000 else f"{value:.{decimals}f}"
    return text.lstrip("-") if not text.strip("-0.,") else text


def _number(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) < 1e300 else None


def _mapping(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
