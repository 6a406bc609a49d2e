"""Preprocessing that saw what it is judged on."""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from agents.experiments.static_checks.faults import CodeContext, CodeFault
from agents.experiments.static_checks.program import (
    Call,
    Program,
    assignments,
    last_name,
    names_below,
    words_of,
)

_FITTED = re.compile(
    r"\w*(Scaler|Vectorizer|PCA|TruncatedSVD|NMF|FastICA|SimpleImputer|KNNImputer|Normalizer|PowerTransformer"
    r"|QuantileTransformer|SelectKBest|SelectPercentile|VarianceThreshold|TargetEncoder|KBinsDiscretizer)"
)
_JOINS = {"concatenate", "vstack", "hstack", "concat", "cat", "append", "r_", "row_stack"}
_HELD_OUT = {"test", "confirm", "holdout", "heldout", "evaluation"}


class _Fit(NamedTuple):
    """A preprocessor fitted: on which variables, into which."""

    call: Call
    scope: ast.AST
    names: set[str]


def find_early_fits(program: Program, _: CodeContext) -> Iterator[CodeFault]:
    """A warning: what is split afterwards judges the program's own curve alone; the evaluator has its own data."""
    splits = [call for call in program.calls if call.last == "train_test_split"]
    for fit in _fits(program):
        later = [call for call in splits if program.scope(call.node) is fit.scope and call.line > fit.call.line]
        if any(fit.names & names_below(call.node.args) for call in later):
            yield CodeFault(
                rule="fit-before-split", severity="warn", line=fit.call.line,
                message="fits a preprocessor on data that is split afterwards; split first, fit on the training part",
            )  # fmt: skip


def find_joint_fits(program: Program, _: CodeContext) -> Iterator[CodeFault]:
    """A preprocessor fitted on training and test inputs together."""
    for fit in _fits(program):
        joined = [
            value
            for argument in fit.call.node.args
            for value in (argument, *_values(program, argument, fit.scope))
            if _joins_held_out(value)
        ]
        if joined:
            yield CodeFault(
                rule="fit-before-split", severity="refuse", line=fit.call.line,
                message="fits a preprocessor on training and test inputs together; fit on the training part alone",
            )  # fmt: skip


def _fits(program: Program) -> Iterator[_Fit]:
    for call in program.calls:
        if call.last not in ("fit", "fit_transform") or not isinstance(call.node.func, ast.Attribute):
            continue
        scope = program.scope(call.node)
        if _is_preprocessor(program, call.node.func.value, scope):
            yield _Fit(call, scope, names_below(call.node.args) | _targets(program, call.node))


def _is_preprocessor(program: Program, receiver: ast.expr, scope: ast.AST) -> bool:
    made = [receiver, *_values(program, receiver, scope)]
    return any(isinstance(each, ast.Call) and _FITTED.fullmatch(last_name(each.func)) for each in made)


def _values(program: Program, node: ast.expr, scope: ast.AST) -> list[ast.expr]:
    return program.values_of(node.id, scope) if isinstance(node, ast.Name) else []


def _targets(program: Program, call: ast.Call) -> set[str]:
    """Variables that hold what the call returned."""
    statement = next((each for each in program.above(call) if isinstance(each, ast.stmt)), None)
    pairs = assignments(statement) if statement is not None else ()
    return {last_name(target) for target, value in pairs if value is call}


def _joins_held_out(value: ast.expr) -> bool:
    """A join of several variables of which one by its name is held out, and another is not."""
    if not isinstance(value, ast.Call) or last_name(value.func) not in _JOINS:
        return False
    kinds = {bool(_HELD_OUT & set(words_of(name))) for name in _joined(value)}
    return kinds == {True, False}


def _joined(call: ast.Call) -> set[str]:
    """The parts that are joined: of data.train and data.test, train and test."""
    first = call.args[0] if call.args else None
    parts = first.elts if isinstance(first, ast.List | ast.Tuple) else call.args
    return {last_name(part) for part in parts} - {""}
