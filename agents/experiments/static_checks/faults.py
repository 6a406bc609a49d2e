"""What the checks find, and what they must know of the template whose experiment they read."""

from typing import Literal, TypeAlias

from agents.schema import Record

Severity: TypeAlias = Literal["refuse", "warn"]
RuleName: TypeAlias = Literal[
    "syntax", "missing-package", "network", "process", "evaluator", "held-out-labels", "around-the-data",
    "stand-in-data", "foreign-pickle", "fit-before-split", "own-metrics", "fixed-results", "swallowed-failure",
    "command-line", "seed", "padding", "slots",
]  # fmt: skip


class CodeFault(Record):
    """One thing that is wrong with a program: where, what, and what to do. A "refuse" keeps it from being run."""

    rule: RuleName
    severity: Severity
    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message} [{self.rule}]"


class CodeContext(Record):
    """What a check may know besides the program.

    `modules` are the fixed modules beside experiment.py, `loaders` the functions of data libraries that those use,
    `label_readers` functions of evaluate.py that read what is held out, `slots` the code knobs. Without
    `has_known_packages` nothing is said of imports: another image runs the program.
    """

    metrics: tuple[str, ...]
    datasets: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    loaders: tuple[str, ...] = ()
    label_readers: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()
    has_known_packages: bool = True
