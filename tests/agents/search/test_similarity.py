"""Which programs count as the same experiment. A wrong "same" costs a good idea, a wrong "other" one run."""

import ast
import re
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.schema import Config
from agents.search.similarity import Known, find_twin, fingerprint, jaccard

CONFIG: Config = {"rate": 0.1}
PROGRAM = '''"""Train."""
import json
RATE = 0.1

def train(steps, rate=RATE):
    """Return the loss."""
    loss = 1.0
    for step in range(steps):
        loss = loss * (1 - rate)  # shrink
    return loss

class Model:
    width = 8

    def fit(self, data):
        total = sum(data)
        return total / self.width

print(json.dumps({"loss": train(3)}))
'''
PROGRAMS = sorted((Path(__file__).parents[3] / "templates").glob("*/experiment.py"))


def twin(code: str, other: str) -> bool:
    return find_twin(code, CONFIG, [Known("k", CONFIG, other)]) == "k"


def changed(*pairs: tuple[str, str]) -> str:
    code = PROGRAM
    for old, new in pairs:
        assert old in code
        code = code.replace(old, new)
    return code


@pytest.mark.parametrize(
    "other",
    [
        changed(("  # shrink", "  # make it small")),
        changed(('"""Train."""\n', ""), ('    """Return the loss."""\n', "")),
        changed(("loss = loss * (1 - rate)", "loss = (loss*(1-rate))\n")),
        changed(("    ", "  ")),
        changed(("loss = 1.0", "error = 1.0"), ("loss = loss * ", "error = error * "), ("return loss", "return error")),
        changed(("steps", "count"), ("step in", "i in")),
        changed(("data", "numbers")),
        changed(('"loss"', "'loss'")),
    ],
    ids=["comment", "docstrings", "layout", "indent", "variable", "arguments", "argument of a method", "quotes"],
)
def test_what_does_not_change_the_run_is_the_same(other: str) -> None:
    assert twin(other, PROGRAM)


@pytest.mark.parametrize(
    "other",
    [
        changed(("loss = 1.0", "loss = 2.0")),
        changed(("1 - rate", "1 + rate")),
        changed(("return loss", "return rate")),
        changed(("width", "depth")),
        changed(("RATE", "SPEED"), ("rate=SPEED", "rate=0.1")),
        changed(("sum(data)", "max(data)")),
        changed(('"loss"', '"cost"')),
        changed(("    return loss", "        return loss")),
    ],
    ids=["number", "operator", "name", "attribute", "default", "function", "text", "level"],
)
def test_what_may_change_the_run_is_another_experiment(other: str) -> None:
    assert not twin(other, PROGRAM)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f(a, b):\n return a - b\n", "def f(a, b):\n return b - a\n"),
        ("def f(x): return x\nf(x=1)", "def f(y): return y\nf(x=1)"),
        ("def f(x): return x\nf(**c)", "def f(y): return y\nf(**c)"),
        ("x = y = 1\ndef f(): return x", "x = y = 1\ndef f(): return y"),
        ("def f(max=max): return max", "def f(min=min): return min"),
        ("def f():\n global x\n x = 1", "def f():\n global x\n y = 1"),
        ("def f():\n x = 1\n return eval('x')", "def f():\n y = 1\n return eval('x')"),
        ("def f():\n class A:\n  x = 1\n return A.x", "def f():\n class A:\n  y = 1\n return A.x"),
        ("def f():\n import a as x\n return x", "def f():\n import b as x\n return x"),
        ("def f(x):\n match x:\n  case [y]: return y", "def f(x):\n match x:\n  case [z]: return x"),
    ],
)
def test_names_that_matter_are_not_taken_for_local_ones(one: str, other: str) -> None:
    assert not twin(one, other)


def test_another_configuration_is_another_experiment() -> None:
    assert find_twin(PROGRAM, {"rate": 0.2}, [Known("k", CONFIG, PROGRAM)]) is None


def test_the_first_of_several_twins_is_named() -> None:
    known = [Known("a", CONFIG, "pass"), Known("b", CONFIG, PROGRAM), Known("c", CONFIG, PROGRAM)]
    assert find_twin(PROGRAM, CONFIG, known) == "b"


class TestWhatIsNoPython:
    BROKEN = "def f(:\n" + "\n".join(f"  step {number} of the way" for number in range(400))

    def test_is_the_same_if_nearly_all_words_are(self) -> None:
        assert twin(self.BROKEN + " end", self.BROKEN)
        assert not twin(self.BROKEN.replace("way", "road"), self.BROKEN)

    def test_is_never_the_same_as_a_program(self) -> None:
        assert not twin(PROGRAM + "\n)", PROGRAM)

    @pytest.mark.parametrize("code", ["", "\0", "(" * 3000, "\ud800", "'" * 3, "-" * 20_000 + "1", "x" * 100_000])
    def test_anything_has_a_fingerprint(self, code: str) -> None:
        assert twin(code, code)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.parent.name)
def test_one_number_in_a_real_program_makes_another(path: Path) -> None:
    """Similarity of texts alone took them for the same: one number leaves more than 0.99 of the token sequences."""
    code = path.read_text(encoding="utf-8")
    numbers = [match.span() for match in re.finditer(r"(?<![\w.])\d+\.?\d*(?![\w.])", code)]
    start, end = numbers[len(numbers) // 2]
    other = f"{code[:start]}7919{code[end:]}"
    assert jaccard(fingerprint(code), fingerprint(other)) > 0.99
    assert twin(code, code) and not twin(other, code)


NAMES = st.sampled_from(["a", "b", "c", "total"])
EXPRESSIONS = st.recursive(
    NAMES | st.integers(0, 3).map(str),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda parts: f"({' '.join(parts)})"),
    max_leaves=4,
)
BODIES = st.lists(st.tuples(NAMES, EXPRESSIONS).map(" = ".join), min_size=1, max_size=4)


def run(code: str) -> object:
    """What f(2, 5) is, or how it fails."""
    space: dict[str, object] = {"a": 11, "b": 13, "c": 17, "total": 19, "x": 23, "y": 29, "z": 31}
    try:
        exec(code, space)
        return space["result"]
    except (NameError, UnboundLocalError) as error:
        return type(error).__name__


@given(BODIES, BODIES, NAMES, st.permutations(["x", "y", "z", "w"]))
@settings(max_examples=200)
def test_equal_programs_do_equal_things(one: list[str], other: list[str], returned: str, names: list[str]) -> None:
    """Random functions of the same form, one with other names: whenever they are called the same, they are."""
    first = _function(one, returned)
    renamed = _rename(first, dict(zip(["a", "b", "c", "total"], names, strict=True)))
    second = _function(other, returned)
    for left, right in ((first, second), (first, renamed), (second, renamed)):
        if twin(left, right):
            assert run(left) == run(right)


def _function(body: list[str], returned: str) -> str:
    lines = "".join(f"    {line}\n" for line in body)
    return f"def f(a, b):\n{lines}    return {returned}\nresult = f(2, 5)\n"


def _rename(code: str, names: dict[str, str]) -> str:
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names:
            node.id = names[node.id]
        elif isinstance(node, ast.arg):
            node.arg = names[node.arg]
    return ast.unparse(tree)


def test_thousands_of_known_programs_are_compared_in_no_time() -> None:
    code = PROGRAMS[0].read_text(encoding="utf-8")
    known = [Known(str(number), CONFIG, f"{code}\nLAST = {number}\n") for number in range(200)]
    assert find_twin(code, CONFIG, known) is None
    started = time.process_time()
    for number in range(10):
        assert find_twin(f"{code}\nLAST = {number}  # again\n", CONFIG, known * 5) == str(number)
    assert time.process_time() - started < 10 * 0.5


def test_odd_escapes_in_a_proposal_warn_nobody() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert twin('x = "\\d"  # one', 'x = "\\d"')
