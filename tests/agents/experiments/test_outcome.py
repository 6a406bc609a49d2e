"""From completions and files to outcomes, without running anything."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.experiments.outcome import read_outcome
from agents.experiments.seal import MOST_FILES, UnfitArtefacts, hash_artefacts
from agents.files import sha256_text
from agents.schema import Completion, Outcome, Template
from tests.agents.experiments.laboratory import write_template

RAN = Completion(status="ok", exit_code=0, wall_s=12.5, peak_memory_mb=300.0)
EVALUATED = Completion(status="ok", exit_code=0, wall_s=0.2, peak_memory_mb=900.0)


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return write_template(tmp_path / "tiny")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("artefacts", "evaluation"):
        (tmp_path / "e" / name).mkdir(parents=True)
    (tmp_path / "e" / "artefacts" / "predictions.csv").write_text("1,2\n")
    return tmp_path / "e"


def outcome_of(template: Template, folder: Path, metrics: str | bytes) -> Outcome:
    path = folder / "evaluation" / "metrics.json"
    path.write_bytes(metrics.encode() if isinstance(metrics, str) else metrics)
    return read_outcome(template, folder, (RAN, EVALUATED))


def test_numbers_become_floats_and_files_hashes(template: Template, folder: Path) -> None:
    outcome = outcome_of(template, folder, '{"score": 1, "loss": 0.25, "extra": -3}')
    assert outcome.is_ok
    assert outcome.metrics == {"score": 1.0, "loss": 0.25, "extra": -3.0}
    assert {type(value) for value in outcome.metrics.values()} == {float}
    assert outcome.artefacts == {"predictions.csv": sha256_text("1,2\n")}


def test_time_and_memory_are_the_experiments_alone(template: Template, folder: Path) -> None:
    outcome = outcome_of(template, folder, '{"score": 1, "loss": 0}')
    assert (outcome.wall_s, outcome.peak_memory_mb, outcome.exit_code) == (12.5, 300.0, 0)


@pytest.mark.parametrize("status", ["crash", "timeout", "oom", "disk"])
def test_how_the_experiment_ended_is_its_status(template: Template, folder: Path, status: str) -> None:
    ended = Completion.model_validate({"status": status, "exit_code": 1, "detail": "why", "wall_s": 3.0})
    assert read_outcome(template, folder, (ended,)) == Outcome.model_validate(
        {"status": status, "exit_code": 1, "detail": "why", "wall_s": 3.0}
    )


def test_old_metrics_do_not_rescue_a_crash(template: Template, folder: Path) -> None:
    (folder / "evaluation" / "metrics.json").write_text('{"score": 1, "loss": 0}')
    crash = RAN.model_copy(update={"status": "crash", "exit_code": 1})
    assert read_outcome(template, folder, (crash,)).metrics == {}


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        ("", "metrics.json is not a JSON object"),
        ("score: 1", "metrics.json is not a JSON object"),
        ("[1]", "metrics.json is not a JSON object"),
        ("0.93", "metrics.json is not a JSON object"),
        (b"\xff\xfe", "metrics.json is not a JSON object"),
        ("[" * 100_000, "metrics.json is not a JSON object"),
        ("{}", "metrics.json lacks score, loss"),
        ('{"score": 1}', "metrics.json lacks loss"),
        ('{"loss": 1}', "metrics.json lacks score"),
        ('{"score": NaN, "loss": 1}', "metric score is NaN"),
        ('{"score": 1, "loss": -Infinity}', "metric loss is infinite"),
        ('{"score": 1e999, "loss": 1}', "metric score is infinite"),
        ('{"score": 1' + "0" * 400 + ', "loss": 1}', "metric score is infinite"),
        ('{"score": "0.9", "loss": 1}', "metric score is a string, not a number"),
        ('{"score": true, "loss": 1}', "metric score is a boolean, not a number"),
        ('{"score": null, "loss": 1}', "metric score is null, not a number"),
        ('{"score": 1, "loss": [1]}', "metric loss is a list, not a number"),
        ('{"score": 1, "loss": 1, "more": {"a": 1}}', "metric more is an object, not a number"),
        ('{"two\\nlines": null}', "metric 'two\\nlines' is null, not a number"),
        (b" " * 1_000_001, "metrics.json is larger than 1000000 bytes"),
    ],
)
def test_unusable_metrics_are_none_and_say_why(
    template: Template, folder: Path, metrics: str | bytes, said: str
) -> None:
    outcome = outcome_of(template, folder, metrics)
    assert (outcome.status, outcome.detail, outcome.metrics) == ("no_metrics", said, {})


@settings(max_examples=50, deadline=None)
@given(
    st.text(max_size=60) | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(json.dumps)
)
def test_no_content_makes_it_fail(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    here = tmp_path_factory.mktemp("any")
    (here / "e" / "artefacts").mkdir(parents=True)
    (here / "e" / "evaluation").mkdir()
    outcome = outcome_of(write_template(here / "tiny"), here / "e", content.encode("utf-8", "surrogatepass"))
    assert outcome.status == "no_metrics"
    assert outcome.detail and "\n" not in outcome.detail


def test_a_link_for_metrics_is_not_followed(template: Template, folder: Path) -> None:
    (folder / "real.json").write_text('{"score": 1, "loss": 0}')
    (folder / "evaluation" / "metrics.json").symlink_to(folder / "real.json")
    assert read_outcome(template, folder, (RAN, EVALUATED)).status == "no_metrics"


def test_no_metrics_file_is_told(template: Template, folder: Path) -> None:
    assert read_outcome(template, folder, (RAN, EVALUATED)).detail == "evaluate.py wrote no metrics.json"


def test_an_evaluator_that_was_not_run_is_told(template: Template, folder: Path) -> None:
    outcome = read_outcome(template, folder, (RAN,))
    assert (outcome.status, outcome.detail) == ("no_metrics", "evaluate.py was not run")


@pytest.mark.parametrize(
    ("detail", "said"), [("KeyError: 'y'", "evaluate.py: KeyError: 'y'"), ("", "evaluate.py: crash")]
)
def test_what_the_evaluator_could_not_use_is_the_experiments_fault(
    template: Template, folder: Path, detail: str, said: str
) -> None:
    (folder / "evaluation" / "metrics.json").write_text('{"score": 1, "loss": 0}')
    failed = Completion(status="crash", exit_code=1, detail=detail, wall_s=0.1)
    outcome = read_outcome(template, folder, (RAN, failed))
    assert (outcome.status, outcome.detail, outcome.metrics) == ("no_metrics", said, {})


def test_artefacts_other_than_those_that_were_evaluated_are_tampering(template: Template, folder: Path) -> None:
    (folder / "evaluation" / "sealed.json").write_text('{"predictions.csv": "0"}')
    outcome = outcome_of(template, folder, '{"score": 1, "loss": 0}')
    assert (outcome.status, outcome.detail) == ("tampered", "the artefacts changed while they were evaluated")


@pytest.mark.parametrize("note", ["", "{", "[" * 100_000])
def test_a_spoilt_note_of_the_artefacts_is_tampering(template: Template, folder: Path, note: str) -> None:
    (folder / "evaluation" / "sealed.json").write_text(note)
    assert outcome_of(template, folder, '{"score": 1, "loss": 0}').status == "tampered"


def test_too_many_files_are_not_kept(template: Template, folder: Path) -> None:
    for number in range(MOST_FILES):
        (folder / "artefacts" / str(number)).touch()
    outcome = outcome_of(template, folder, '{"score": 1, "loss": 0}')
    assert (outcome.status, outcome.detail) == ("disk", f"left {MOST_FILES + 1} files; at most {MOST_FILES} are kept")


def test_artefacts_are_hashed_at_any_depth(folder: Path) -> None:
    (folder / "artefacts" / "a" / "b").mkdir(parents=True)
    (folder / "artefacts" / "a" / "b" / "c.txt").write_text("deep")
    assert hash_artefacts(folder / "artefacts")["a/b/c.txt"] == sha256_text("deep")


def test_a_name_that_is_no_text_is_unfit(folder: Path) -> None:
    (folder / "artefacts" / "bad\udcff").write_text("x")
    with pytest.raises(UnfitArtefacts, match="unusable name"):
        hash_artefacts(folder / "artefacts")


def test_missing_artefacts_are_unfit(tmp_path: Path) -> None:
    with pytest.raises(UnfitArtefacts):
        hash_artefacts(tmp_path / "nowhere")
