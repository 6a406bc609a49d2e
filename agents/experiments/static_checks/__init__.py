"""What can be seen of an experiment's program before a run costs anything. Nothing of it is run; pure but for the
template's folder, which `context_of` reads.

The wall against a hostile program is the sandbox and the evaluator (docs/generated-code.md); this saves runs and tells
a researcher early what would not count.
"""

from agents.experiments.static_checks.checking import RULES, check_against, check_code, tell
from agents.experiments.static_checks.context import context_of
from agents.experiments.static_checks.faults import CodeContext, CodeFault

__all__ = ["RULES", "CodeContext", "CodeFault", "check_against", "check_code", "context_of", "tell"]
