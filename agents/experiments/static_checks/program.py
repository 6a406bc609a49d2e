"""A parsed program with what the rules ask of it: names as imported, calls, texts, scopes. Comments and docstrings are
not in it."""

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
SPLITS = ("search", "confirm")
"""The parts of the data whose labels the evaluator keeps."""


class Call(NamedTuple):
    """A call with the full name of what is called: "numpy.save" for np.save, "" where no import stands behind it."""

    node: ast.Call
    name: str
    last: str

    @property
    def line(self) -> int:
        return self.node.lineno


class Imported(NamedTuple):
    """A module or a name in one: `full` is a.b for both `import a.b` and `from a import b`."""

    node: ast.Import | ast.ImportFrom
    module: str
    full: str
    alias: str


class Program:
    """A syntax tree with its parents."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.nodes = list(ast.walk(tree))
        self._parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    @cached_property
    def imports(self) -> tuple[Imported, ...]:
        return tuple(each for node in self.nodes for each in _imports_of(node))

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Full names by the names under which they were imported."""
        return {each.alias: each.full if each.alias != _top(each.full) else each.alias for each in self.imports}

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        nodes = (node for node in self.nodes if isinstance(node, ast.Call))
        return tuple(Call(node, self.full_name(node.func), last_name(node.func)) for node in nodes)

    @cached_property
    def texts(self) -> tuple[ast.Constant, ...]:
        """String constants that the program uses; one that stands for itself, as a docstring, is none."""
        return tuple(
            node
            for node in self.nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not self._is_idle(node)
        )

    def full_name(self, node: ast.expr) -> str:
        """a.b.c of an attribute chain whose root was imported, with the root's full name; else ""."""
        chain: list[str] = []
        while isinstance(node, ast.Attribute):
            chain.append(node.attr)
            node = node.value
        root = self.aliases.get(node.id, "") if isinstance(node, ast.Name) else ""
        return ".".join([root, *reversed(chain)]) if root else ""

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """What holds the node, from the inside out."""
        while (parent := self._parents.get(node)) is not None:
            yield parent
            node = parent

    def scope(self, node: ast.AST) -> ast.AST:
        """The function that holds the node, or the module."""
        return next((each for each in self.above(node) if isinstance(each, Function)), self.tree)

    def values_of(self, name: str, scope: ast.AST) -> list[ast.expr]:
        """What a plain variable is set to within a scope."""
        return self._values.get((scope, name), [])

    def changes(self, name: str, scope: ast.AST) -> bool:
        """Whether a variable may be altered after it was set: in place, by parts, or by whoever it was handed to."""
        return (scope, name) in self._changed

    @cached_property
    def _values(self) -> dict[tuple[ast.AST, str], list[ast.expr]]:
        found: dict[tuple[ast.AST, str], list[ast.expr]] = {}
        for node in self.nodes:
            for target, value in assignments(node):
                if isinstance(target, ast.Name):
                    found.setdefault((self.scope(node), target.id), []).append(value)
        return found

    @cached_property
    def _changed(self) -> set[tuple[ast.AST, str]]:
        return {(self.scope(node), name) for node in self.nodes for name in _changed_names(node)}

    def _is_idle(self, node: ast.AST) -> bool:
        return isinstance(self._parents.get(node), ast.Expr)


def _changed_names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.AugAssign(target=target):
            yield root_name(target)
        case ast.Subscript(value=value, ctx=ast.Store()) | ast.Attribute(value=value, ctx=ast.Store()):
            yield root_name(value)
        case ast.Call(func=function, args=args):
            if isinstance(function, ast.Attribute):
                yield root_name(function.value)
            if last_name(function) not in _READERS:
                yield from (argument.id for argument in args if isinstance(argument, ast.Name))
        case _:
            return


_READERS = {"dump", "dumps", "save", "savez", "savez_compressed", "savetxt", "print", "len", "str", "write_text"}


def assignments(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Targets and values of an assignment; those of tuples pair by pair."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _pairs(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            yield target, value
        case _:
            return


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        yield from zip(target.elts, value.elts, strict=False)
    elif isinstance(target, ast.Tuple | ast.List):
        yield from ((each, value) for each in target.elts)
    else:
        yield target, value


def is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def last_name(node: ast.AST) -> str:
    """c of a.b.c, of c and of c[...]; "" of anything else."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return last_name(value)
        case _:
            return ""


def root_name(node: ast.AST) -> str:
    """a of a.b[c]."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def names_below(nodes: Sequence[ast.AST]) -> set[str]:
    """Variables that are read below some nodes."""
    below = (each for node in nodes for each in ast.walk(node))
    return {each.id for each in below if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def number_of(node: ast.AST | None) -> float | None:
    """The value of a number written out, signed or in float(...); None of anything else."""
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = number_of(operand)
            return None if value is None else -value
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Call(func=ast.Name(id="float"), args=[argument]):
            return number_of(argument)
        case _:
            return None


def text_of(node: ast.AST | None) -> str:
    """The value of a string written out, "" of anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def words_of(name: str) -> list[str]:
    """The parts of a name, in lower case: test_labels and testLabels have the same two."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)]


def has_split(nodes: Sequence[ast.AST]) -> bool:
    """Whether the name of a held-out part is written out below some nodes."""
    return any(text_of(each) in SPLITS for node in nodes for each in ast.walk(node))


def _imports_of(node: ast.AST) -> Iterator[Imported]:
    match node:
        case ast.Import(names=names):
            for each in names:
                full = each.name if each.asname else _top(each.name)
                yield Imported(node, each.name, full, each.asname or full)
        case ast.ImportFrom(module=str(module), names=names, level=0):
            for each in names:
                yield Imported(node, module, f"{module}.{each.name}", each.asname or each.name)
        case _:
            return


def _top(name: str) -> str:
    return name.split(".")[0]
