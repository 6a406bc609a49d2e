"""The loader refuses a broken folder in one line that names the file, the field and the remedy."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.errors import UserError
from agents.files import sha256_evaluator, sha256_file, sha256_text
from templates import find_template, list_templates, load_template

SOURCE = Path(__file__).parents[2] / "templates" / "seir_epidemic"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound template under another name, without seed ideas (they name their template)."""
    folder = shutil.copytree(SOURCE, tmp_path / "mine")
    (folder / "ideas.json").write_text("[]")
    return folder


def edit(folder: Path, old: str, new: str, name: str = "template.toml") -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def spoil(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")


def complaint(folder: Path) -> str:
    with pytest.raises(UserError) as caught:
        load_template(folder)
    message = str(caught.value)
    assert "\n" not in message
    assert folder.name in message
    return message


def test_a_template_gets_its_folders_name_and_its_evaluators_hash(folder: Path) -> None:
    template = load_template(folder)
    assert (template.name, template.path) == ("mine", folder.resolve())
    assert template.evaluator_sha256 == sha256_evaluator(folder)


def test_a_fixed_module_is_part_of_the_hash_and_a_plot_is_not(folder: Path) -> None:
    whole = load_template(folder).evaluator_sha256
    (folder / "plot.py").write_text("")
    lines = [f"{name} {sha256_file(folder / name)}\n" for name in ("evaluate.py", "world.py")]
    assert load_template(folder).evaluator_sha256 == whole == sha256_text("".join(lines))
    (folder / "world.py").rename(folder / "earth.py")
    assert load_template(folder).evaluator_sha256 != whole


def test_the_hash_of_an_evaluator_without_fixed_modules_is_its_files_own(folder: Path) -> None:
    (folder / "world.py").unlink()
    assert load_template(folder).evaluator_sha256 == sha256_file(folder / "evaluate.py")


def test_a_changed_evaluator_changes_the_hash(folder: Path) -> None:
    before = load_template(folder).evaluator_sha256
    (folder / "evaluate.py").write_text("raise SystemExit(1)\n")
    assert load_template(folder).evaluator_sha256 != before


EDITS: dict[str, tuple[Callable[[Path], None], str]] = {
    "not TOML": (lambda f: edit(f, 'title = "', 'title = ["'), r"template.toml is not TOML.*line"),
    "field missing": (lambda f: edit(f, 'field = "epidemiology"', ""), r"template.toml: field: Field required"),
    "field unknown": (lambda f: edit(f, 'field = "', 'colour = "red"\nfield = "'), r"template.toml: colour: .*red"),
    "field of a wrong type": (lambda f: edit(f, "timeout_s = 30.0", 'timeout_s = "soon"'), r"timeout_s: .*'soon'"),
    "computed field given": (lambda f: edit(f, 'field = "', 'name = "x"\nfield = "'), r"name is computed; take it out"),
    "timeout zero": (lambda f: edit(f, "timeout_s = 30.0", "timeout_s = 0.0"), r"timeout_s: must be above zero, got 0"),
    "timeout negative": (lambda f: edit(f, "timeout_s = 30.0", "timeout_s = -1.0"), r"timeout_s: .*got -1"),
    "memory zero": (lambda f: edit(f, "memory_mb = 1024", "memory_mb = 0"), r"memory_mb: must be above zero"),
    "disk zero": (lambda f: edit(f, "disk_mb = 16", "disk_mb = 0"), r"disk_mb: must be above zero"),
    "one seed": (lambda f: edit(f, "confirm_seeds = 10", "confirm_seeds = 1"), r"confirm_seeds: must be two at least"),
    "no effect size": (
        lambda f: edit(f, "smallest_effect = 0.2", "smallest_effect = 0.0"),
        r"metric.smallest_effect: must be above zero",
    ),
    "default not a value": (
        lambda f: edit(f, "default = 0.5\nvalues = [0.2", "default = 0.55\nvalues = [0.2"),
        r"knob contact_reduction: default 0.55 is not among values \[0.2, .*make it one of them",
    ),
    "default of another type": (
        lambda f: edit(f, "default = 0.5\nvalues = [0.25, 0.5, 0.75, 1.0]", "default = 1\nvalues = [0.25, 1.0]"),
        r"knob release: default 1 is not among values",
    ),
    "one value": (
        lambda f: edit(f, "values = [3, 7, 14, 28]", "values = [14]"),
        r"review_days: values \[14\] must be two",
    ),
    "value twice": (lambda f: edit(f, "[3, 7, 14, 28]", "[3, 14, 14]"), r"review_days: values .* all different"),
    "unknown partner": (
        lambda f: edit(f, 'partners = ["isolation_share"]', 'partners = ["moon"]'),
        r"knob isolation_delay: partner 'moon' is no other knob; known: .*trigger",
    ),
    "unknown citation": (
        lambda f: edit(f, 'cites = ["russell2021effect"]', 'cites = ["nobody2020"]'),
        r"knob travel_screening: cites 'nobody2020' is not in references.bib",
    ),
    "knob twice": (lambda f: edit(f, 'name = "release"', 'name = "trigger"'), r"knobs: two are named 'trigger'"),
    "metric twice": (
        lambda f: edit(f, 'name = "attack_rate"', 'name = "days_lost"'),
        r"metric: two are named 'days_lost'",
    ),
    "name that is no name": (lambda f: edit(f, 'name = "release"', 'name = "re-lease"'), r"name 're-lease' must be"),
    "digit in prose": (
        lambda f: edit(f, 'label = "contact reduction"', 'label = "cut 2"'),
        r"knob contact_reduction.label: has a digit",
    ),
    "slot mark missing": (
        lambda f: edit(f, "# >>> slot: closure_scope", "# slot", "experiment.py"),
        r"experiment.py: slot 'closure_scope' is marked 0 times",
    ),
    "slot undeclared": (
        lambda f: edit(
            f, "TRAINING_CITIES =", "# >>> slot: extra\n# <<< slot: extra\nTRAINING_CITIES =", "experiment.py"
        ),
        r"experiment.py: slot 'extra' has no code knob",
    ),
    "snippet missing": (
        lambda f: (f / "slots" / "closure_policy" / "graded.py").unlink(),
        r"slots/closure_policy/graded.py is missing; add it",
    ),
    "evaluator missing": (lambda f: (f / "evaluate.py").unlink(), r"evaluate.py is missing"),
    "experiment missing": (lambda f: (f / "experiment.py").unlink(), r"experiment.py is missing"),
    "references missing": (lambda f: (f / "references.bib").unlink(), r"references.bib is missing"),
    "template.toml missing": (lambda f: (f / "template.toml").unlink(), r"no template.toml in"),
    "not text": (lambda f: spoil(f / "references.bib"), r"cannot be read: .*UTF-8"),
    "ideas not JSON": (lambda f: edit(f, "[]", "[", "ideas.json"), r"ideas.json: is no list of ideas"),
    "ideas not a list": (lambda f: edit(f, "[]", "{}", "ideas.json"), r"ideas.json: is no list of ideas"),
}


@pytest.mark.parametrize("case", EDITS)
def test_a_broken_folder_is_refused_in_one_line(folder: Path, case: str) -> None:
    damage, expected = EDITS[case]
    damage(folder)
    message = complaint(folder)
    assert re.search(expected, message), message


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"factors": ["travel_screening"]', '"factors": ["moon"]', r"factor 'moon' is no knob"),
        ('"template": "seir_epidemic"', '"template": "other"', r"template is 'other'; write 'mine'"),
        ('"metric": "days_lost"', '"metric": "joy"', r"must be about the metric days_lost"),
        ('"niche": "borders"', '"niche": 3', r"niche: Input should be a valid string"),
    ],
)
def test_a_wrong_seed_idea_is_named(folder: Path, old: str, new: str, expected: str) -> None:
    text = (SOURCE / "ideas.json").read_text(encoding="utf-8")
    assert old in text
    mended = text.replace(old, new).replace('"template": "seir_epidemic"', '"template": "mine"')
    (folder / "ideas.json").write_text(mended, encoding="utf-8")
    message = complaint(folder)
    assert message.startswith("template mine: ideas.json: ")
    assert re.search(expected, message), message


def test_templates_are_listed_by_name_and_other_folders_are_passed_over(folder: Path) -> None:
    (folder.parent / ".hidden").mkdir()
    shutil.copy(folder / "template.toml", folder.parent / ".hidden")
    (folder.parent / "__pycache__").mkdir()
    names = [template.name for template in list_templates(folder.parent)]
    assert names[:-1] == [template.name for template in list_templates()] == sorted(names[:-1])
    assert names[-1] == "mine"
    assert {"digits_classifier", "seir_epidemic"} <= set(names)


def test_two_templates_of_one_name_are_refused(folder: Path) -> None:
    folder.rename(folder.with_name("digits_classifier"))
    with pytest.raises(UserError, match="two templates are named 'digits_classifier'; rename"):
        list_templates(folder.parent)


def test_a_missing_directory_of_templates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no directory of templates"):
        list_templates(tmp_path / "nowhere")


def test_a_template_is_found_by_name_and_by_path(folder: Path) -> None:
    assert find_template("seir_epidemic").path == SOURCE.resolve()
    assert find_template(str(folder)).name == "mine"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("digit_clasifier", "did you mean digits_classifier", id="near"),
        pytest.param("", "known: ", id="empty"),
        pytest.param("z" * 10_000, "known: ", id="long"),
        pytest.param("a\0b", "known: ", id="null-byte"),
        pytest.param("~nobody-of-that-name/x", "known: ", id="no-such-home"),
    ],
)
def test_an_unknown_template_lists_what_exists(name: str, hint: str) -> None:
    with pytest.raises(UserError, match=hint) as caught:
        find_template(name)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    assert "digits_classifier" in message
    assert "seir_epidemic" in message


def test_loading_all_templates_imports_nothing_heavy() -> None:
    code = (
        "import sys, templates; assert templates.list_templates();"
        "print(sorted({'torch', 'sklearn', 'numpy', 'scipy'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
