"""Python text to a syntax tree, in one thread at a time."""

import ast
import warnings
from threading import Lock

UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What a text that is no Python, or too deep for the parser, raises."""
_parsing = Lock()
"""Python 3.11's parser of syntax trees counts its depth for all threads together, and fails if two are at it."""


def parse_program(text: str | bytes) -> ast.Module:
    """Parse a program, run nothing; raises what UNPARSABLE lists. Its own warnings are for whoever runs it."""
    with _parsing, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)
