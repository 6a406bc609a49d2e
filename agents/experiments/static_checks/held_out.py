"""What a program may not read: the evaluator, labels of the held-out parts, the data set around its fixed module; and
what may not stand in for it."""

import ast
import re
from collections.abc import Iterator

from agents.experiments.static_checks.faults import CodeContext, CodeFault
from agents.experiments.static_checks.program import (
    Call,
    Program,
    assignments,
    has_split,
    is_name,
    last_name,
    names_below,
    root_name,
    text_of,
    words_of,
)

_LABELS = r"(labels?|targets?|truths?|answers?|ground_truth|y_true)"
_READER = re.compile(rf"((read|load|get|fetch|true|all|take|pick)_)*{_LABELS}(_(of|for|in|from))?")
_TABLE = re.compile(rf"((all|true|full|test)_)*({_LABELS}|y)(_(all|full|test|true))?")
_IMPORTS, _OPENS = {"import_module", "__import__", "run_module"}, {"run_path", "open", "Path"}
_MAKERS = ("sklearn.datasets.make_",)
_RANDOM = {"normal", "uniform", "randn", "rand", "random", "standard_normal", "randint", "integers", "random_sample",
           "multivariate_normal"}  # fmt: skip
_RANDOM_ROOTS = ("numpy.random.", "torch.rand", "random.")
_DATA_WORDS = {"data", "dataset", "images", "features", "inputs", "samples", "texts", "labels", "targets"}
_DATA_NAMES = {"X", "x", "y", "X_train", "x_train", "y_train", "train_x", "train_y"}


def find_evaluator(program: Program, _: CodeContext) -> Iterator[CodeFault]:
    lines = [each.node.lineno for each in program.imports if each.module.split(".")[0] == "evaluate"]
    for call in program.calls:
        given = {text_of(each) for each in call.node.args}
        if (call.last in _IMPORTS and "evaluate" in given) or (call.last in _OPENS and any(map(_is_evaluator, given))):
            lines.append(call.line)
    lines += [text.lineno for text in program.texts if _is_evaluator(text_of(text)) and _is_in_path(program, text)]
    for line in sorted(set(lines)):
        yield CodeFault(
            rule="evaluator", severity="refuse", line=line,
            message="reaches for evaluate.py, which holds the answers; take data from the fixed modules alone",
        )  # fmt: skip


def find_held_out_labels(program: Program, context: CodeContext) -> Iterator[CodeFault]:
    own = _own_dicts(program)
    lines = [call.line for call in program.calls if _reads_labels(call, context)]
    lines += [
        node.lineno
        for node in program.nodes
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _picks_labels(node, own)
    ]
    for line in sorted(set(lines)):
        yield CodeFault(
            rule="held-out-labels", severity="refuse", line=line,
            message="reads labels of the search or confirm part, the evaluator's own; use the training labels alone",
        )  # fmt: skip


def find_ways_around(program: Program, context: CodeContext) -> Iterator[CodeFault]:
    """The same data set from a library, labels and all, where a fixed module hands out what may be known."""
    named = " ".join(context.datasets).lower()
    for call in program.calls if context.modules else ():
        if not re.fullmatch(r"sklearn\.datasets\.load_\w+", call.name) or call.last == "load_svmlight_file":
            continue
        is_same = call.last in context.loaders or call.last.removeprefix("load_").replace("_", " ") in named
        yield CodeFault(
            rule="around-the-data", severity="refuse" if is_same else "warn", line=call.line,
            message=f"loads data by {call.last}, held-out labels included; take it from {_listed(context.modules)}",
        )  # fmt: skip


def find_stand_ins(program: Program, context: CodeContext) -> Iterator[CodeFault]:
    """Made-up data where a data set is named and nothing is taken from the fixed modules."""
    if not context.datasets or not context.modules or _uses_any(program, context.modules):
        return
    lines = [call.line for call in program.calls if call.name.startswith(_MAKERS)]
    lines += [
        target.lineno
        for node in program.nodes
        for target, value in assignments(node)
        if _is_data_name(last_name(target)) and _is_random(program, value)
    ]
    for line in sorted(set(lines)):
        yield CodeFault(
            rule="stand-in-data", severity="refuse", line=line,
            message=f"makes up data in place of {context.datasets[0]}; take it from {_listed(context.modules)}",
        )  # fmt: skip


def _is_evaluator(text: str) -> bool:
    return text.rsplit("/", 1)[-1] == "evaluate.py"


def _is_in_path(program: Program, text: ast.Constant) -> bool:
    """Part of a path, as in folder / "evaluate.py"."""
    above = next(iter(program.above(text)), None)
    return isinstance(above, ast.BinOp) and isinstance(above.op, ast.Div)


def _reads_labels(call: Call, context: CodeContext) -> bool:
    given = [*call.node.args, *(each.value for each in call.node.keywords)]
    if call.last in context.label_readers and any(is_name(each, "split") for each in given):
        return True
    return bool(_READER.fullmatch(call.last)) and has_split(given)


def _picks_labels(node: ast.Subscript, own: set[str]) -> bool:
    """labels[rows["confirm"]], y[split == "confirm"], labels["confirm"]; not an entry that the program put there."""
    name = last_name(node.value)
    if not _TABLE.fullmatch(name) or isinstance(node.value, ast.Subscript) or not has_split([node.slice]):
        return False
    return root_name(node.value) not in own


def _own_dicts(program: Program) -> set[str]:
    """Variables that the program fills with entries itself."""
    found: set[str] = set()
    for node in program.nodes:
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            found.add(last_name(node.value))
        found |= {last_name(target) for target, value in assignments(node) if _is_dict(value)}
    return found


def _is_dict(value: ast.expr) -> bool:
    return isinstance(value, ast.Dict | ast.DictComp) or (
        isinstance(value, ast.Call) and last_name(value.func) == "dict"
    )


def _uses_any(program: Program, modules: tuple[str, ...]) -> bool:
    """Whether something that came from one of the modules is read anywhere."""
    names = {each.alias for each in program.imports if each.module.split(".")[0] in modules}
    return "*" in names or bool(names & names_below([program.tree]))


def _is_data_name(name: str) -> bool:
    return name in _DATA_NAMES or bool(_DATA_WORDS & set(words_of(name)))


def _is_random(program: Program, value: ast.expr) -> bool:
    """A draw as such: numpy.random.normal(...), rng.normal(...), torch.randn(...)."""
    if not isinstance(value, ast.Call) or last_name(value.func) not in _RANDOM:
        return False
    name = program.full_name(value.func)
    if name:
        return name.startswith(_RANDOM_ROOTS)
    return isinstance(value.func, ast.Attribute) and any(
        word in {"rng", "random", "generator"} for word in words_of(last_name(value.func.value))
    )


def _listed(modules: tuple[str, ...]) -> str:
    return " or ".join(f"{name}.py" for name in modules)
