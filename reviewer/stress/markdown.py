"""A stress report as Markdown, and the cells of its tables."""

from collections.abc import Sequence

from reviewer.stress.report import StressReport

EFFECT_COLUMNS = ("operator", "papers", "lowered", "flagged", "median change [95 %]", "mean |dP|", "max |dP|")
GATE_COLUMNS = ("gate", "false flags", "true flags", "precision", "in its ways")
CRITERION_COLUMNS = ("met", "criterion", "wanted", "found")


def to_markdown(report: StressReport) -> str:
    """All tables, with a line on what was put on trial."""
    return "\n\n".join(
        (
            "# Planted flaws",
            f"{report.papers} papers, {report.pdfs} of them as PDFs too. Untouched papers flagged: "
            f"{report.false_flag_rate:.1%}.",
            _table(EFFECT_COLUMNS, effect_cells(report)),
            "## Gates",
            _table(GATE_COLUMNS, gate_cells(report)),
            "## Criteria",
            _table(CRITERION_COLUMNS, criterion_cells(report)),
            "",
        )
    )


def effect_cells(report: StressReport) -> list[tuple[str, ...]]:
    return [
        (
            each.operator, str(each.applicable), f"{each.lowered:.1%}", f"{each.flagged:.1%}",
            f"{each.median_change:+.3f} [{each.median_interval[0]:+.3f}, {each.median_interval[1]:+.3f}]",
            _decimals(each.mean_probability_change), _decimals(each.largest_probability_change),
        )
        for each in report.effects
    ]  # fmt: skip


def gate_cells(report: StressReport) -> list[tuple[str, ...]]:
    return [
        (each.gate, f"{each.false_rate:.1%}", f"{each.true_rate:.1%}", _decimals(each.precision), ", ".join(each.ways))
        for each in report.gates
    ]


def criterion_cells(report: StressReport) -> list[tuple[str, ...]]:
    words = {True: "yes", False: "NO", None: "-"}
    return [(words[each.is_met], each.name, each.wanted, each.found) for each in report.criteria]


def _decimals(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
