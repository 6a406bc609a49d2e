"""Results that nothing measured: numbers written out, metrics of its own, a value in a failure's place."""

import ast
import math
import re
from collections.abc import Iterator

from agents.experiments.static_checks.faults import CodeContext, CodeFault, Severity
from agents.experiments.static_checks.program import (
    Call,
    Program,
    assignments,
    last_name,
    number_of,
    text_of,
    words_of,
)

_SAVES = {"save", "savez", "savez_compressed", "savetxt"}
_FILLS = {"zeros", "ones", "full"}
_CATCH_ALL = {"Exception", "BaseException"}
_RESULTS = {"metric", "metrics", "score", "scores", "accuracy", "result", "results", "prediction", "predictions", "auc",
            "f1", "rmse", "mae", "mse"}  # fmt: skip


def find_own_metrics(program: Program, _: CodeContext) -> Iterator[CodeFault]:
    for node in program.texts:
        if text_of(node).rsplit("/", 1)[-1] == "metrics.json":
            yield CodeFault(
                rule="own-metrics", severity="refuse", line=node.lineno,
                message="names metrics.json, which evaluate.py alone writes; write predictions, or another file",
            )  # fmt: skip


def find_fixed_metrics(program: Program, context: CodeContext) -> Iterator[CodeFault]:
    """A metric's name with a number written out, dumped as JSON."""
    for call in program.calls:
        if call.name not in ("json.dump", "json.dumps") or not call.node.args:
            continue
        for value in _values(program, call.node.args[0]):
            name = next((name for name in context.metrics if _has_fixed(value, name)), None)
            if name:
                yield CodeFault(
                    rule="fixed-results", severity="refuse", line=value.lineno,
                    message=f"writes a fixed number as {name}; what was not measured is not written",
                )  # fmt: skip


def find_fixed_predictions(program: Program, _: CodeContext) -> Iterator[CodeFault]:
    """A warning, since a constant may be the very policy or baseline that is tried."""
    for call in program.calls:
        saved = call.node.args[1:2] if call.last in _SAVES else []
        if any(_is_fill(value) for each in saved for value in _values(program, each)):
            yield CodeFault(
                rule="fixed-results", severity="warn", line=call.line,
                message="saves an array of one fixed number; save what was computed",
            )  # fmt: skip


def find_printed_metrics(program: Program, context: CodeContext) -> Iterator[CodeFault]:
    for call in program.calls:
        name = next((name for name in context.metrics if call.last == "print" and _prints_fixed(call, name)), None)
        if name:
            yield CodeFault(
                rule="fixed-results", severity="warn", line=call.line,
                message=f"prints a fixed number as {name}; print what was computed, or nothing",
            )  # fmt: skip


def find_swallowed_failures(program: Program, context: CodeContext) -> Iterator[CodeFault]:
    """A handler that catches everything and puts a number where a result should be."""
    for node in program.nodes:
        if isinstance(node, ast.ExceptHandler) and _catches_all(node):
            for line, severity in _invented(node, context):
                yield CodeFault(
                    rule="swallowed-failure", severity=severity, line=line,
                    message="puts a fixed result in place of a failure; let the failure end the program",
                )  # fmt: skip


def _values(program: Program, node: ast.expr) -> list[ast.expr]:
    """What is written: the expression, or all that its variable is set to, if nothing alters that afterwards."""
    if not isinstance(node, ast.Name):
        return [node]
    scope = program.scope(node)
    values = program.values_of(node.id, scope)
    return values if len(values) == 1 and not program.changes(node.id, scope) else []


def _has_fixed(value: ast.expr, metric: str) -> bool:
    if not isinstance(value, ast.Dict):
        return False
    pairs = zip(value.keys, value.values, strict=True)
    return any(text_of(key) == metric and number_of(number) is not None for key, number in pairs)


def _is_fill(value: ast.expr) -> bool:
    """zeros(...), ones(...), full(shape, 0.1)."""
    if not isinstance(value, ast.Call) or last_name(value.func) not in _FILLS:
        return False
    return last_name(value.func) != "full" or (len(value.args) > 1 and number_of(value.args[1]) is not None)


def _prints_fixed(call: Call, metric: str) -> bool:
    """print("accuracy: 0.93"), print("accuracy", 0.93)."""
    said = re.compile(rf"\b{re.escape(metric)}\b\s*[:=]\s*[-+]?\d", re.IGNORECASE)
    args = call.node.args
    if any(said.search(text_of(each)) for each in args):
        return True
    named = [re.sub(r"[\s:=]+$", "", text_of(each)).lower() == metric for each in args]
    return any(is_it and number_of(after) is not None for is_it, after in zip(named, args[1:], strict=False))


def _catches_all(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or (isinstance(handler.type, ast.Name) and handler.type.id in _CATCH_ALL)


def _invented(handler: ast.ExceptHandler, context: CodeContext) -> Iterator[tuple[int, Severity]]:
    """Numbers put in place of results; one that says itself that it is none (zero, infinity, NaN) is a warning."""
    for statement in handler.body:
        for node in ast.walk(statement):
            for target, value in assignments(node):
                if _is_result(_told(target), context) and (numbers := _numbers(value)):
                    is_honest = all(number == 0 or not math.isfinite(number) for number in numbers)
                    yield target.lineno, "warn" if is_honest else "refuse"


def _told(target: ast.expr) -> str:
    """accuracy of `accuracy`, of `x.accuracy` and of `metrics["accuracy"]`."""
    return (isinstance(target, ast.Subscript) and text_of(target.slice)) or last_name(target)


def _is_result(name: str, context: CodeContext) -> bool:
    return name in context.metrics or bool(words_of(name) and words_of(name)[-1] in _RESULTS)


def _numbers(value: ast.expr) -> list[float]:
    """The number, or the numbers of a dict or list, that are written out."""
    match value:
        case ast.Dict(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            found = [_float(part) for part in parts]
        case _:
            found = [_float(value)]
    return [number for number in found if number is not None]


def _float(node: ast.expr) -> float | None:
    match node:
        case ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value=str() as text)]):
            try:
                return float(text)
            except ValueError:
                return None
        case ast.Attribute(attr="nan" | "inf"):
            return math.nan
        case ast.UnaryOp(operand=ast.Attribute(attr="inf")):
            return math.inf
        case _:
            return number_of(node)
