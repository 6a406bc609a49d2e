"""A run on a person's own data: experiments read it through the sandbox at hand, and the paper says which it was."""

import json
from pathlib import Path

import pytest

from agents.errors import UserError
from agents.events import Event
from agents.files import sha256_file
from agents.run import resume_run, start_run
from tests.e2e.toy import copy_template, experiments_of, ignore, logged, start, toy_settings

READING = {
    'parser.add_argument("--smoke", action="store_true")': 'parser.add_argument("--data", type=Path)',
    "rng = random.Random(": """try:
    args.data.write_text("0")
except OSError:
    pass
else:
    raise SystemExit("the data could be written")
gain = float(args.data.read_text())
rng = random.Random(""",
    '"boost": config["boost"]': '"boost": gain * config["boost"]',
}


def template_that_reads(home: Path) -> Path:
    folder = copy_template(home, READING)
    evaluator = folder / "evaluate.py"
    text = evaluator.read_text()
    evaluator.write_text(text.replace("args = parser", 'parser.add_argument("--data", type=Path)\nargs = parser', 1))
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "gain 7.txt"
    path.write_text("3")
    return path


@pytest.mark.slow
def test_a_paper_rests_on_the_data_that_was_hashed_and_says_so(tmp_path: Path, data: Path) -> None:
    done = start(tmp_path, template=str(template_that_reads(tmp_path)), data=(data,), **{"confirm.seeds": 6})
    ran = experiments_of(done.folder)
    assert all(each.outcome and each.outcome.is_ok for each in ran), [each.outcome for each in ran]
    scores = {each.config["boost"]: each.value("score") or 0.0 for each in ran if each.stage == "search"}
    assert scores[max(scores)] - scores[0.0] == pytest.approx(3 * float(max(scores)), abs=0.5)
    (paper,) = done.papers
    table = (paper / "tables" / "setup.tex").read_text().replace(r"\allowbreak{}", "")
    assert "Data given: gain 7.txt" in table
    assert sha256_file(data) in table
    assert json.loads((paper / "evidence.json").read_text())["quantities"]["data.1.bytes"]["value"] == 1
    texts = [path.read_text() for pattern in ("*.tex", "*.json", "*/*.tex") for path in paper.glob(pattern)]
    assert not [text for text in texts if str(tmp_path) in text]


def test_a_run_does_not_go_on_with_other_data(tmp_path: Path, data: Path) -> None:
    folder = start(tmp_path, template=str(template_that_reads(tmp_path)), data=(data,), gates=("idea",)).folder
    data.write_text("4")
    with pytest.raises(UserError, match=r"the data gain 7\.txt is not what the run started with; restore it"):
        resume_run(folder, ignore, approve=True)
    data.write_text("3")
    assert resume_run(folder, ignore).waiting_for == "idea"


@pytest.mark.slow
def test_nothing_is_published_once_the_data_is_another(tmp_path: Path, data: Path) -> None:
    folder = start(tmp_path, template=str(template_that_reads(tmp_path)), data=(data,), gates=("paper",)).folder
    status = data.stat()

    def change(event: Event) -> None:
        if event.event == "stage_started" and event.node == "review_paper":
            data.write_text("4")

    assert resume_run(folder, change, approve=True).papers == ()
    assert status.st_size == data.stat().st_size
    assert logged(folder, "degraded")[-1].what == "the data gain 7.txt is not what the run started with"


def test_a_template_that_takes_no_data_is_refused_before_anything_is_spent(tmp_path: Path, data: Path) -> None:
    with pytest.raises(UserError, match="the template toy_template takes no --data"):
        start_run(toy_settings(tmp_path, data=(data,)), ignore)
    assert not (tmp_path / "workspace").exists()
