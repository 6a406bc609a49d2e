"""Words and numbers as the terminal shows them. Text that a model or an experiment wrote is made harmless first."""

import re
import unicodedata

_ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC: titles, links
    r"|[PX^_][^\x1b]*(?:\x1b\\)?"  # device control strings
    r"|[ -/]*[0-~])?"
)
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean(text: str) -> str:
    """Text on one line without terminal escapes, control characters and marks that reorder it."""
    return " ".join(_printable(_ESCAPE.sub("", text)).split())


def clean_lines(text: str) -> str:
    """As `clean`, line by line; of a line that was overwritten (a progress bar) only the last state stays."""
    lines = _ESCAPE.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(_printable(line.rstrip("\r").rpartition("\r")[2].expandtabs(4)).rstrip() for line in lines)


def verdict_of_review(overall: float, decision: str, calibration: str, probability: float | None = None) -> str:
    """A review of a draft with evidence in a line: what form and evidence say, what P(accept) says, which said no."""
    from reviewer.decision import find_objections

    form = f"{overall:.1f} of 10 by form and evidence"
    if probability is None:
        return f"{form}; {decision} (P(accept): {calibration})"
    chance = f"P(accept) {probability:.2f} ({calibration})"
    against = find_objections(overall, probability, has_evidence=True)
    if decision == "accept" or not against:
        return f"{form}; {chance}; {decision}"
    if len(against) > 1:
        return f"{form}; {decision} for that and for {chance}"
    return f"{form}; {decision}: {chance}" if against == ("P(accept)",) else f"{form}; {decision} for that; {chance}"


def duration(seconds: float) -> str:
    """Seconds as a person says them: 0.4 s, 12 s, 3 min 05 s, 2 h 07 min."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def number(value: float | None) -> str:
    """A measured value in four significant digits; a dash when there is none."""
    return "-" if value is None else f"{value:.4g}"


def dollars(amount: float) -> str:
    return f"${amount:.2f}" if amount == 0 or amount >= 0.01 else f"${amount:.4f}"


def cost_words(usd: float, unpriced: int) -> str:
    """What calls cost; `unpriced` of them have a price that nobody knows, so the sum is without them."""
    if not unpriced:
        return dollars(usd)
    known = f"{dollars(usd)} and " if usd else ""
    return f"{known}{unpriced:,} call{'s' * (unpriced != 1)} of unknown price"


def words(node: str) -> str:
    """A node's name as words: check_paper becomes "check paper"."""
    return clean(node.replace("_", " "))


def _printable(text: str) -> str:
    return "".join(char if unicodedata.category(char) not in _UNSEEN else _gap(char) for char in text)


def _gap(char: str) -> str:
    return " " if char.isspace() else ""
