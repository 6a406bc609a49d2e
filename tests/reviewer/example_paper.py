"""A small honest paper with its evidence bundle, as LaTeX and as PDF, from parts that a test may leave out."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from agents.schema import Quantity

TITLE = "Does weight averaging help a small network on handwritten digits?"
ABSTRACT = (
    "Averaging the weights of a network over its last steps is cheap, and it is said to help. We ask whether "
    "it raises accuracy on handwritten digits by an amount that matters. The rule that decides was registered "
    "before the first run, and the comparison is paired by seed. On fresh seeds the accuracy improves by "
    "\\evi{effect.primary}, so the hypothesis is supported. We report every experiment, those that failed "
    "included, and say what the study cannot show. The data, the code and the evidence for each number come "
    "with the paper, so that any reader may check what is written here."
)
SECTIONS = {
    "Introduction": (
        "Small networks are trained in minutes, which makes them a good place to test advice that is often given. "
        "One such advice is to average weights \\citep{one,two}. It may help because late steps wander around a "
        "minimum. We test this claim on digits against a control that differs in nothing else, as "
        "Figure~\\ref{fig:effect} shows."
    ),
    "Related Work": (
        "Averaging goes back to stochastic approximation \\citep{one}. Later work studied it for deep networks "
        "\\citep{two,three}. Others looked at schedules \\citep{four,five} and at flat minima "
        "\\citep{six,seven,eight}."
    ),
    "Method": (
        "The template trains a small network and evaluates it on a split that the search never saw. The baseline "
        "keeps every knob at its default. The control is the winner with averaging switched off. A paired test, "
        "corrected for multiple comparisons, decides at the registered level."
    ),
    "Experiments": (
        "The search ran \\ev{search.nodes} experiments, of which \\ev{search.failed} failed. The winner and the "
        "control were then run on \\ev{confirm.seeds} fresh seeds each. The baseline used the same seeds. Each "
        "configuration is in the appendix."
    ),
    "Results": (
        "The treatment reached \\ev{arm.treatment.mean} and the control \\ev{arm.control.mean}. The gain is "
        "\\evi{effect.primary}, with a bootstrap interval over seeds. The baseline is worse than both. "
        "Table~\\ref{tab:arms} lists the means."
    ),
    "Ablation": (
        "The ablation reverts one change at a time. Without averaging the gain shrinks by \\ev{ablation.average}. "
        "A second ablation reverts the learning rate, and the ablation interval is given in the evidence."
    ),
    "Negative Results": (
        "Several experiments did not improve on the baseline node. Larger steps were worse, and two runs failed. "
        "Longer averaging had no effect that we could measure."
    ),
    "Limitations": (
        "The study uses one small data set and one kind of network, so it says little about others. The search "
        "was short, and a longer one might find a better control. Seeds vary the order of data and the initial "
        "weights and nothing else. The smallest effect that matters was set by hand. Accuracy alone is measured; "
        "calibration and speed might tell another story. All runs were made on one kind of machine, which leaves "
        "effects of hardware open."
    ),
    "Conclusion": "Averaging weights helped here, by an amount that matters. Whether it does elsewhere is open.",
    "Reproducibility": "All seeds, the hardware and each configuration are listed with the code that was run.",
}
FLOATS = (
    "\\begin{figure}\\rule{1cm}{1cm}\\caption{Gain with its interval.}\\label{fig:effect}\\end{figure}\n"
    "\\begin{table}\\begin{tabular}{ll}control & \\ev{arm.control.mean}\\end{tabular}\\caption{Means of the arms.}"
    "\\label{tab:arms}\\end{table}\n"
)
KEYS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
QUANTITIES = {
    quantity.key: quantity
    for quantity in (
        Quantity(key="search.nodes", value=16, label="nodes", aggregation="count"),
        Quantity(key="search.failed", value=2, label="failed", aggregation="count"),
        Quantity(key="search.worse", value=5, label="worse", aggregation="count"),
        Quantity(key="confirm.seeds", value=10, label="seeds", aggregation="count"),
        Quantity(key="arm.treatment.mean", value=0.942, label="treatment", aggregation="mean", decimals=3, n=10),
        Quantity(key="arm.control.mean", value=0.921, label="control", aggregation="mean", decimals=3, n=10),
        Quantity(key="arm.treatment.loss.mean", value=0.21, label="loss", aggregation="mean", decimals=2, n=10),
        Quantity(
            key="effect.primary", value=0.021, label="gain", aggregation="mean", decimals=3, n=10, low=0.016, high=0.026
        ),
        Quantity(key="effect.primary.dz", value=1.4, label="effect size", aggregation="ratio", decimals=2),
        Quantity(key="effect.primary.p_adjusted", value=0.002, label="p", aggregation="p-value", decimals=3),
        Quantity(key="ablation.average", value=0.02, label="gain", aggregation="mean", decimals=3, low=0.01, high=0.03),
        Quantity(key="rule.smallest_effect", value=0.01, label="smallest", aggregation="rule", decimals=2),
    )
}


@dataclass
class Example:
    """Change the parts, then write()."""

    title: str = TITLE
    abstract: str = ABSTRACT
    sections: dict[str, str] = field(default_factory=lambda: dict(SECTIONS))
    quantities: dict[str, Quantity] = field(default_factory=lambda: dict(QUANTITIES))
    verdict: str = "supported"
    repeats: int = 1

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write paper.tex, its sections and bibliography, and evidence.json; return the first and the last."""
        folder.mkdir(parents=True, exist_ok=True)
        body = "".join(f"\\section{{{name}}}\n{text}\n" for name, text in self.sections.items()) + FLOATS
        (folder / "body.tex").write_text(body * self.repeats)
        (folder / "references.bib").write_text("".join(_entry(key) for key in KEYS))
        (folder / "paper.tex").write_text(
            "\\documentclass{article}\\usepackage{natbib}\\title{" + self.title + "}\\author{A. Famous, MIT}\n"
            "\\newcommand{\\ev}[1]{0}\\newcommand{\\evi}[1]{0}\\newcommand{\\evn}[1]{0}\n"
            "\\begin{document}\\maketitle\\begin{abstract}" + self.abstract + "\\end{abstract}\n"
            "% a comment with 0.777 in it\n\\input{body}\n"
            "\\bibliographystyle{plainnat}\\bibliography{references}\\end{document}\n"
        )
        entries = {key: quantity.model_dump(mode="json") for key, quantity in self.quantities.items()}
        evidence = {"study": "s1", "verdict": {"label": self.verdict, "reason": "the rule"}, "quantities": entries}
        (folder / "evidence.json").write_text(json.dumps(evidence))
        return folder / "paper.tex", folder / "evidence.json"


def plain_text() -> str:
    """The paper as a reader of the page sees it, for PDFs that are drawn without TeX."""
    lines = [TITLE, "A. Famous, MIT", "Abstract", *_wrapped(ABSTRACT)]
    for number, (name, text) in enumerate(SECTIONS.items(), start=1):
        lines += [f"{number} {name}", *_wrapped(text)]
    lines += ["Figure 1: Gain with its interval.", "Table 1: Means of the arms.", "References"]
    lines += [f"[{number}] A. Author. A paper on {key}. Journal, 2001." for number, key in enumerate(KEYS, start=1)]
    return "\n".join(lines)


def _wrapped(text: str) -> list[str]:
    import re
    import textwrap

    def value(match: re.Match[str]) -> str:
        quantity = QUANTITIES[match[2]]
        return f"{quantity.shown} [{quantity.low:.3f}, {quantity.high:.3f}]" if match[1] == "i" else quantity.shown

    text = re.sub(r"\\ev(i|n|)\{([^}]*)\}", value, text)
    text = re.sub(r"~\\ref\{[^}]*\}", " 1", re.sub(r"\s*\\citep\{[^}]*\}", " [1]", text))
    return textwrap.wrap(text, 90)


def _entry(key: str) -> str:
    return (
        f"@article{{{key},\n title={{A paper on {key}}}, author={{Author, A.}}, journal={{Journal}}, year={{2001}}}}\n"
    )
