"""Whether a program was tried before: the same but for what does not change how it runs.

Nothing is run and no model is asked; embeddings, as ShinkaEvolve has them, would need a service.
"""

import ast
import builtins
import io
import tokenize
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from agents.files import sha256_text
from agents.schema import Config
from agents.syntax import UNPARSABLE, parse_program

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEAR = 0.99
"""Texts that share at least this much of their token sequences are taken for the same."""
_GRAM = 5
_MIX = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F)
_LAYOUT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING,
    tokenize.ENDMARKER,
}  # fmt: skip
_LOOKS_AT_NAMES = {"eval", "exec", "locals", "vars", "dir"}


class Known(NamedTuple):
    """A program that was tried: under which id, with which configuration, its text."""

    id: str
    config: Config
    code: str


class Fingerprint(NamedTuple):
    """`meaning` is a hash of what the program does, "" if it does not parse; `grams` the hashes of its token 5-grams,
    each once, in ascending order."""

    meaning: str
    grams: "NDArray[np.uint64]"


def find_twin(code: str, config: Config, known: Iterable[Known], near: float = NEAR) -> str | None:
    """Return the id of the first known program with this configuration that is the same; None if there is none.

    The same is what differs in comments, docstrings, layout and names of local variables alone. Of a program that is no
    Python there is the text only: it is the same if the Jaccard similarity of the token 5-grams is at least `near`. For
    others that is no measure: one number changed in a program of this house leaves 0.99 of it.
    """
    alike = [each for each in known if each.config == config]
    mine = fingerprint(code) if alike else None
    return next((each.id for each in alike if mine and _is_same(mine, fingerprint(each.code), near)), None)


def _is_same(one: Fingerprint, other: Fingerprint, near: float) -> bool:
    if one.meaning and other.meaning:
        return one.meaning == other.meaning
    return jaccard(one, other, near) >= near


@lru_cache(maxsize=4096)
def fingerprint(code: str) -> Fingerprint:
    """Fingerprints are kept, since each node is compared with all before it."""
    return Fingerprint(_meaning(code), _grams(code))


def jaccard(one: Fingerprint, other: Fingerprint, least: float = 0.0) -> float:
    """Share of common token 5-grams among all of two programs; 0 where sizes show already that it is below `least`."""
    import numpy as np

    smaller, larger = sorted((len(one.grams), len(other.grams)))
    if not larger or smaller < least * larger:
        return 0.0
    common = len(np.intersect1d(one.grams, other.grams, assume_unique=True))
    return common / (smaller + larger - common)


def _meaning(code: str) -> str:
    try:
        tree = parse_program(code)
        _drop_docstrings(tree)
        _rename_locals(tree)
        return sha256_text(ast.dump(tree))
    except UNPARSABLE:
        return ""


def _drop_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _has_text(
            node.body
        ):
            node.body = node.body[1:]


def _has_text(body: list[ast.stmt]) -> bool:
    """Whether a docstring opens the body."""
    first = body[0] if body else None
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)


def _rename_locals(tree: ast.Module) -> None:
    """Give the variables of each outermost function the names 0, 1, 2 in order of appearance.

    What could be reached by its name from elsewhere keeps it, so that programs that differ never become equal.
    """
    fixed = _fixed_names(tree)
    if any(name.name in _LOOKS_AT_NAMES for name in _names(tree)):
        return
    for function in _outermost_functions(tree):
        bound = {name.name for name in _names(function) if name.is_bound} - fixed
        numbers: dict[str, str] = {}
        for node in _preorder(function):
            if isinstance(node, ast.Name) and node.id in bound:
                node.id = numbers.setdefault(node.id, str(len(numbers)))
            elif isinstance(node, ast.arg) and node.arg in bound:
                node.arg = numbers.setdefault(node.arg, str(len(numbers)))


class _Named(NamedTuple):
    name: str
    is_bound: bool


def _names(tree: ast.AST) -> Iterator[_Named]:
    """Variables that are read or set below a node, arguments included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield _Named(node.id, not isinstance(node.ctx, ast.Load))
        elif isinstance(node, ast.arg):
            yield _Named(node.arg, True)


def _fixed_names(tree: ast.Module) -> set[str]:
    """Names that are not a function's own alone: built in, used outside of functions, imported, declared global, those
    of functions, classes and their members, those given by keyword, and, for simplicity, captured by patterns."""
    inside = {id(node) for function in _outermost_functions(tree) for node in ast.walk(function)}
    fixed = set(dir(builtins))
    arguments: set[str] = set()
    passes_all = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and id(node) not in inside:
            fixed.add(node.id)
        elif isinstance(node, ast.arg):
            arguments.add(node.arg)
        elif isinstance(node, ast.keyword):
            passes_all = passes_all or node.arg is None
            fixed.add(node.arg or "")
        else:
            fixed.update(_names_given(node))
    return fixed | arguments if passes_all else fixed


def _names_given(node: ast.AST) -> Iterable[str]:
    """Names that a node other than a variable gives to something, or takes from another place."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return (name,)
        case ast.ClassDef(name=name, body=body):
            own = [part for part in body if not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
            return (name, *(each.name for part in own for each in _names(part)))
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return names
        case ast.alias(name=name, asname=other):
            return (name.split(".")[0], other or "")
        case ast.ExceptHandler(name=name) | ast.MatchAs(name=name) | ast.MatchStar(name=name):
            return (name or "",)
        case ast.MatchMapping(rest=name):
            return (name or "",)
        case _:
            return ()


def _outermost_functions(tree: ast.AST) -> Iterator[ast.AST]:
    """Functions that lie in no other one, whether or not in a class."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
        else:
            yield from _outermost_functions(child)


def _preorder(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it in the order of the text."""
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _preorder(child)


def _grams(code: str) -> "NDArray[np.uint64]":
    import numpy as np

    words = np.array([zlib.crc32(token.encode("utf-8", "replace")) for token in _tokens(code)], dtype=np.uint64)
    if not len(words):
        return words
    padded = np.concatenate([words, np.zeros(max(0, _GRAM - len(words)), dtype=np.uint64)])
    places = len(padded) - _GRAM + 1
    mixed = [padded[start : start + places] * np.uint64(factor) for start, factor in enumerate(_MIX)]
    return np.unique(np.sum(mixed, axis=0, dtype=np.uint64))


def _tokens(code: str) -> list[str]:
    """The words and signs of a program without comments and layout; of what is no Python its words by white space."""
    try:
        found = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (tokenize.TokenError, *UNPARSABLE):
        return code.split()
    return [token.string for token in found if token.type not in _LAYOUT]
