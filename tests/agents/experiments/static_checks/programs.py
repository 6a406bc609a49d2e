"""Small programs to check: a whole experiment around the few lines that a test is about."""

from agents.experiments.static_checks import CodeContext, CodeFault, check_code

CONTEXT = CodeContext(
    metrics=("accuracy", "log_loss"), datasets=("Optical digits",), modules=("data",), loaders=("load_wine",),
    label_readers=("read_labels",),
)  # fmt: skip
WITHOUT_DATA = CONTEXT.model_copy(update={"datasets": (), "modules": ()})
"""A template with nothing beside experiment.py."""

MAIN = '''
"""An experiment."""
import argparse
import json
import time
from pathlib import Path

import numpy as np
from data import load_training

{lines}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--config", type=Path)
    args = parser.parse_args()
    run(args.out, np.random.default_rng(args.seed), load_training())
'''


def check(lines: str, context: CodeContext = CONTEXT, program: str = MAIN) -> list[CodeFault]:
    return list(check_code(program.replace("{lines}", lines), context))


def found(lines: str, context: CodeContext = CONTEXT, program: str = MAIN) -> list[tuple[str, str]]:
    """Rule and severity of each fault."""
    return [(fault.rule, fault.severity) for fault in check(lines, context, program)]
