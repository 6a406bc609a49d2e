"""A program as a whole: whether it can be read, started and seeded; and that what is honest passes."""

import itertools
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.experiments.static_checks import check_against, check_code, context_of, tell
from agents.experiments.static_checks.checking import MOST_CHARACTERS
from agents.schema import Config, Template
from agents.settings import SandboxSettings, Settings
from agents.slots import experiment_source, fill_slots
from templates import load_template
from tests.agents.experiments.static_checks.programs import CONTEXT, MAIN, found

TEMPLATES = sorted(path.parent for path in Path("templates").glob("*/template.toml"))
TOY = Path("tests/toy_template")
SETTINGS = Settings(topic="digits")


@pytest.mark.parametrize(
    "code", ["x = (", "def f():\nreturn 1", "x = '\0'", "(" * 500 + ")" * 500, "x" * (MOST_CHARACTERS + 1)]
)
def test_what_is_no_readable_program_is_refused_and_nothing_else_said(code: str) -> None:
    (fault,) = check_code(code, CONTEXT)
    assert (fault.rule, fault.severity) == ("syntax", "refuse")


def test_a_syntax_error_names_its_line() -> None:
    (fault,) = check_code("x = 1\ny = = 2\n", CONTEXT)
    assert str(fault) == "line 2: is no Python: invalid syntax; send it whole and correctly indented [syntax]"


@pytest.mark.parametrize("option", ["--out", "--seed", "--config"])
def test_a_command_line_that_lacks_an_option_is_refused(option: str) -> None:
    lines = [line for line in MAIN.splitlines() if f'"{option}"' not in line]
    assert found(f"# {option}", program="\n".join(lines)) == [("command-line", "refuse")]


@pytest.mark.parametrize(
    "program",
    [MAIN.replace('"--out"', '"--out-dir"'), "import sys\nout, seed = sys.argv[2], sys.argv[4]\n",
     "from data import parse_arguments\nargs = parse_arguments()\n",
     "import sys\nfrom data import x\nfor name in zip(sys.argv, x):\n    print(name)\n"],
)  # fmt: skip
def test_another_way_to_read_the_command_line_is_not(program: str) -> None:
    assert found("", program=program) == []


@pytest.mark.parametrize("use", ["0", "np.random.seed(0)", "'args.seed'"])
def test_a_seed_that_is_parsed_and_never_used_is_refused(use: str) -> None:
    program = MAIN.replace("np.random.default_rng(args.seed)", use)
    assert found("", program=program) == [("seed", "refuse")]


@pytest.mark.parametrize("use", ["args.seed", "args", "vars(args)", "getattr(args, 'seed')"])
def test_a_seed_that_is_used_or_handed_on_is_not(use: str) -> None:
    assert found("", program=MAIN.replace("np.random.default_rng(args.seed)", f"use({use})")) == []


def test_a_seed_by_another_name_is_found() -> None:
    program = MAIN.replace('"--seed", type=int', '"--seed", dest="start"')
    assert found("", program=program.replace("args.seed", "args.start")) == []
    assert found("", program=program.replace("args.seed", "args.out")) == [("seed", "refuse")]


SLOTTED = CONTEXT.model_copy(update={"slots": ("loss",)})
SLOT = "# >>> slot: loss\nx = 1\n# <<< slot: loss\n"


@pytest.mark.parametrize("lines", ["", "# >>> slot: loss\nx = 1", SLOT + SLOT, SLOT.replace("loss", "other")])
def test_a_slot_that_is_not_there_once_is_refused(lines: str) -> None:
    """A winner without its marks would end the run at its confirmation."""
    assert found(lines, SLOTTED) == [("slots", "refuse")]


@pytest.mark.parametrize("lines", [SLOT, SLOT + SLOT.replace("loss", "other"), SLOT.replace("x = 1", "x = 2")])
def test_a_slot_that_is_there_is_not_whatever_it_holds(lines: str) -> None:
    assert found(lines, SLOTTED) == []


def choices(template: Template) -> list[Config]:
    knobs = [knob for knob in template.knobs if knob.kind == "code"]
    values = itertools.product(*(knob.values for knob in knobs))
    return [template.baseline | dict(zip((knob.name for knob in knobs), each, strict=True)) for each in values]


@pytest.mark.parametrize("folder", TEMPLATES, ids=lambda folder: folder.name)
def test_the_templates_own_programs_pass_with_every_snippet(folder: Path) -> None:
    """Each snippet once: all their combinations (259 texts) passed on 2026-11-29, in three seconds."""
    template = load_template(folder)
    context, source = context_of(template, SETTINGS), experiment_source(template)
    configs = choices(template)
    seen = {name: set[object]() for name in template.baseline}
    for config in configs:
        if any(value not in seen[name] for name, value in config.items()):
            assert check_code(fill_slots(template, source, config), context) == ()
            for name, value in config.items():
                seen[name].add(value)


def test_what_the_templates_own_program_does_is_not_held_against_a_researcher() -> None:
    """The toy can be told to hang, by time.sleep."""
    template = load_template(TOY)
    context, source = context_of(template, SETTINGS), experiment_source(template)
    assert [fault.rule for fault in check_code(source, context)] == ["padding"]
    assert check_against(source.replace("0.1", "0.2"), source, context) == ()
    assert [fault.rule for fault in check_against(source + "import socket\n", source, context)] == ["network"]


def test_the_context_names_the_fixed_modules_and_the_evaluators_readers() -> None:
    context = context_of(load_template(Path("templates/digits_classifier")), SETTINGS)
    assert context.modules == ("data",)
    assert context.label_readers == ("read_labels",)
    assert context_of(load_template(Path("templates/circle_packing")), SETTINGS).datasets == ()


@pytest.mark.parametrize(
    ("settings", "is_known"),
    [
        (SETTINGS, True),
        (SETTINGS.model_copy(update={"sandbox": SandboxSettings(image="mine:latest")}), False),
        (SETTINGS.model_copy(update={"sandbox": SandboxSettings(backend="docker")}), False),
        (SETTINGS.model_copy(update={"repo": Path("mine")}), False),
    ],
)
def test_packages_are_known_where_experiments_run_in_this_python_alone(settings: Settings, is_known: bool) -> None:
    assert context_of(load_template(TOY), settings).has_known_packages == is_known


def test_faults_of_one_severity_are_told_in_a_line() -> None:
    faults = check_code("import socket\nimport pickle\npickle.load(1)\n" + "import subprocess\n" * 8, CONTEXT)
    told = tell(faults, "refuse")
    assert told.count("; ") == 12 and told.endswith("; and 4 more")
    assert tell(faults, "warn").startswith("line 3: unpickles")
    assert tell((), "refuse") == ""


def test_a_real_program_that_takes_the_labels_of_the_confirm_part_is_refused() -> None:
    template = load_template(Path("templates/digits_classifier"))
    source = experiment_source(template)
    code = source.replace("return Data(", "stolen = labels(rows['confirm'])\n    return Data(")
    assert [fault.rule for fault in check_code(code, context_of(template, SETTINGS))] == ["held-out-labels"]


def test_what_the_parser_only_warns_of_is_no_fault() -> None:
    assert found(r"""pattern = '\d+'""") == []


def test_threads_may_check_at_once() -> None:
    source = experiment_source(load_template(Path("templates/digits_classifier")))
    results: list[object] = []
    threads = [threading.Thread(target=lambda: results.append(check_code(source, CONTEXT))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [()] * 4


@given(st.text())
def test_any_text_is_checked_without_an_exception(text: str) -> None:
    assert check_code(text, CONTEXT)


def test_what_is_checked_is_never_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    check_code(f"open({str(marker)!r}, 'w')\n{MAIN.replace('{lines}', '')}", CONTEXT)
    assert not marker.exists()
