"""The command line that every experiment has, and the seed that comes by it."""

import ast
from collections.abc import Iterator

from agents.experiments.static_checks.faults import CodeContext, CodeFault
from agents.experiments.static_checks.program import Program, assignments, last_name, text_of, words_of

_OPTIONS = ("--out", "--seed", "--config")
_BY_SIGNATURE = {"typer", "fire", "tyro", "click", "simple_parsing", "jsonargparse", "transformers", "absl", "docopt"}
_PARSES = {"parse_args", "parse_known_args", "parse_intermixed_args"}


def find_missing_options(program: Program, context: CodeContext) -> Iterator[CodeFault]:
    """argparse takes an option's beginning for the whole, so that --output is given by --out."""
    texts = [text_of(node) for node in program.texts]
    missing = [option for option in _OPTIONS if not any(text.startswith(option) for text in texts)]
    if missing and not _parses_otherwise(program, context):
        yield CodeFault(
            rule="command-line", severity="refuse", line=1,
            message=f"has no {', '.join(missing)}; it is started by `experiment.py --out DIR --seed N --config FILE`",
        )  # fmt: skip


def find_ignored_seed(program: Program, context: CodeContext) -> Iterator[CodeFault]:
    """A program whose seeds all give the same would make every spread zero, and chance look like certainty."""
    option = next((call for call in program.calls if call.last == "add_argument" and _is_seed(call.node)), None)
    if option is None or _parses_otherwise(program, context):
        return
    parsed = _parsed_names(program)
    name = _destination(option.node)
    if parsed and not any(_uses(program, node, parsed, name) for node in program.nodes):
        yield CodeFault(
            rule="seed", severity="refuse", line=option.line,
            message="parses --seed and never uses it; let it decide every random draw, for one the training data or "
            "the start",
        )  # fmt: skip


def _parses_otherwise(program: Program, context: CodeContext) -> bool:
    """By a library that reads signatures, by hand, or in a fixed module."""
    tops = {each.module.split(".")[0] for each in program.imports}
    by_hand = any(isinstance(node, ast.Attribute) and program.full_name(node) == "sys.argv" for node in program.nodes)
    own = [each.alias for each in program.imports if each.module.split(".")[0] in context.modules]
    helps = any({"args", "arguments", "parse", "parser", "options", "cli"} & set(words_of(name)) for name in own)
    return bool(tops & _BY_SIGNATURE) or by_hand or helps or any(each.full == "sys.argv" for each in program.imports)


def _is_seed(call: ast.Call) -> bool:
    return any(text_of(each) == "--seed" for each in call.args)


def _destination(call: ast.Call) -> str:
    named = [text_of(each.value) for each in call.keywords if each.arg == "dest"]
    return named[0] if named and named[0] else "seed"


def _parsed_names(program: Program) -> set[str]:
    """Variables that hold the parsed options, here or in a function that got them by this name."""
    pairs = (pair for node in program.nodes for pair in assignments(node))
    return {
        target.id
        for target, value in pairs
        if isinstance(target, ast.Name) and any(last_name(each.func) in _PARSES for each in _calls(value))
    }


def _calls(value: ast.expr) -> Iterator[ast.Call]:
    return (each for each in ast.walk(value) if isinstance(each, ast.Call))


def _uses(program: Program, node: ast.AST, parsed: set[str], name: str) -> bool:
    """args.seed read, or the options handed on as a whole."""
    match node:
        case ast.Attribute(attr=attribute, ctx=ast.Load()) if attribute == name:
            above = next(iter(program.above(node)), None)
            return not (isinstance(above, ast.Call) and above.func is node)
        case ast.Name(id=variable, ctx=ast.Load()) if variable in parsed:
            return not isinstance(next(iter(program.above(node)), None), ast.Attribute)
        case _:
            return False
