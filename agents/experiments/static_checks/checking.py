"""Every rule over one program, and over one that is held against the template's own."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TypeAlias

from agents.experiments.static_checks import arguments, held_out, leakage, results, surroundings
from agents.experiments.static_checks.faults import CodeContext, CodeFault, Severity
from agents.experiments.static_checks.program import Program
from agents.slots import slot_names
from agents.syntax import UNPARSABLE, parse_program

MOST_CHARACTERS = 200_000
_MOST_TOLD = 6
Rule: TypeAlias = Callable[[Program, CodeContext], Iterable[CodeFault]]
RULES: tuple[Rule, ...] = (
    arguments.find_missing_options,
    arguments.find_ignored_seed,
    surroundings.find_missing_packages,
    surroundings.find_network,
    surroundings.find_processes,
    surroundings.find_pickles,
    surroundings.find_padding,
    held_out.find_evaluator,
    held_out.find_held_out_labels,
    held_out.find_ways_around,
    held_out.find_stand_ins,
    leakage.find_early_fits,
    leakage.find_joint_fits,
    results.find_own_metrics,
    results.find_fixed_metrics,
    results.find_fixed_predictions,
    results.find_printed_metrics,
    results.find_swallowed_failures,
)


def check_code(code: str, context: CodeContext) -> tuple[CodeFault, ...]:
    """Return what is wrong with the text of an experiment.py, in order of lines. Nothing of it is run or imported.

    Made for mistakes, not for malice: whoever hides what a program does gets past it, and meets sandbox and evaluator.
    The latest answers are kept: a proposal is checked when it comes and before it runs, the template's own each time.
    """
    return _check(code, context.model_dump_json())


@lru_cache(maxsize=64)
def _check(code: str, context_json: str) -> tuple[CodeFault, ...]:
    context = CodeContext.model_validate_json(context_json)
    if len(code) > MOST_CHARACTERS:
        return (_unreadable(1, f"has {len(code)} characters, at most {MOST_CHARACTERS} are read; be briefer"),)
    try:
        program = Program(parse_program(code))
    except UNPARSABLE as error:
        line = (error.lineno if isinstance(error, SyntaxError) else None) or 1
        said = error.msg if isinstance(error, SyntaxError) else str(error) or "too deeply nested"
        return (_unreadable(line, f"is no Python: {said}; send it whole and correctly indented"),)
    lost = [fault for name in context.slots if (fault := _lost_slot(code, name))]
    found = {(fault.line, fault.rule, fault.message): fault for fault in (*lost, *_faults(program, context))}
    return tuple(found[key] for key in sorted(found))


def check_against(code: str, template_code: str, context: CodeContext) -> tuple[CodeFault, ...]:
    """As `check_code`, without what the template's own program has too: that is its author's, not the researcher's."""
    own = {(fault.rule, fault.message) for fault in check_code(template_code, context)}
    return tuple(fault for fault in check_code(code, context) if (fault.rule, fault.message) not in own)


def tell(faults: Iterable[CodeFault], severity: Severity) -> str:
    """The faults of one severity in a line, "" if there are none."""
    told = [str(fault) for fault in faults if fault.severity == severity]
    more = [f"and {len(told) - _MOST_TOLD} more"] if len(told) > _MOST_TOLD else []
    return "; ".join(told[:_MOST_TOLD] + more)


def _faults(program: Program, context: CodeContext) -> Iterator[CodeFault]:
    return (fault for rule in RULES for fault in rule(program, context))


def _lost_slot(code: str, name: str) -> CodeFault | None:
    """The one rule that reads comments: without its marks no other arm of the study can be made of a program."""
    if (count := slot_names(code).count(name)) == 1:
        return None
    return CodeFault(
        rule="slots", severity="refuse", line=1,
        message=f"marks slot {name!r} {count} times; put `# >>> slot: {name}` and `# <<< slot: {name}` around it once",
    )  # fmt: skip


def _unreadable(line: int, message: str) -> CodeFault:
    return CodeFault(rule="syntax", severity="refuse", line=line, message=message)
