"""`naturalist review` from outside: what it reads, what it prints, how it fails."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agents.cli.main import app
from agents.cli.reviewing.page import Facts, Line, ReviewPage, wrap
from reviewer import Review
from reviewer.estimate.model import SHIPPED, load_fitted
from reviewer.panel import Member, hold_panel, load_rubric
from tests.agents.llm.chat_server import Reply, serve
from tests.reviewer.example_paper import TITLE, Example, plain_text
from tests.reviewer.panel.seats import PAPER, FakeModel, filled, merged, weakness
from tests.reviewer.pdf_files import blank, draw

FACTS = Facts(Path("p.pdf"))
REVIEW = Review(
    summary="It averages weights.", strengths=("A control.",), weaknesses=("One data set.",), questions=("Why?",),
    limitations=("Small.",), soundness=2.5, presentation=3.25, contribution=1.75, overall=4.4, confidence=3,
    decision="reject", calibration="uncalibrated", reviewer="a test",
)  # fmt: skip


class Shell:
    """Runs `naturalist review` as a pipe would see it."""

    def __call__(self, *arguments: str | Path, **environment: str) -> "Shell":
        result = CliRunner().invoke(app, ["review", *map(str, arguments)], env=environment)
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr
        return self

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def shell() -> Shell:
    return Shell()


def page(panel: bool = False, facts: Facts = FACTS, **changes: Any) -> str:
    """The page of a review with some fields changed, as text on long lines."""
    held = None
    if panel:
        alone = weakness("The bound is wrong.", "bound follows from convexity of the loss")
        meta = merged(("Tuning explains the gain.", ["R1.W1", "R2.W1"]), ("The bound is wrong.", ["R2.W2"]))
        models = (FakeModel("m/a", filled(overall=4), merge=meta),
                  FakeModel("m/b", filled(overall=7, decision="accept", weaknesses=[
                      weakness("Tuning explains the gain."), alone, weakness("Slow.", "takes four weeks to run")])),
                  FakeModel("m/c", review="I cannot review this."))  # fmt: skip
        held = hold_panel(PAPER, [Member(model) for model in models], load_rubric("iclr"), reflections=0)
    shown = ReviewPage(PAPER, REVIEW.model_copy(update=changes), held, facts)
    return "\n".join(shown.text_lines(width=1000))


# --- what it reads -------------------------------------------------


def write_pdf(folder: Path) -> Path:
    return draw(folder / "paper.pdf", plain_text())


def write_tex(folder: Path) -> Path:
    return Example().write(folder)[0]


def write_folder(folder: Path) -> Path:
    return Example().write(folder / "mine")[0].parent


def write_text(folder: Path) -> Path:
    (folder / "paper.txt").write_text(plain_text())
    return folder / "paper.txt"


def write_markdown(folder: Path) -> Path:
    lines = plain_text().splitlines()
    marked = [f"# {TITLE}", *(f"## {line}" if line[:1].isdigit() or line == "Abstract" else line for line in lines[1:])]
    (folder / "paper.md").write_text("\n".join(marked))
    return folder / "paper.md"


def write_row(folder: Path) -> Path:
    row = {"id": "x1", "title": TITLE, "abstract": "We ask a question. " * 10, "body": "1 Introduction\nWe try it.\n"}
    (folder / "papers.jsonl").write_text(json.dumps(row) + "\n")
    return folder / "papers.jsonl"


WRITERS = [write_pdf, write_tex, write_folder, write_text, write_markdown, write_row]


@pytest.mark.parametrize("write", WRITERS)
def test_a_paper_in_any_form_is_reviewed_without_a_run_or_a_key(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], Path]
) -> None:
    path = write(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.rglob("*"))
    shell(path)
    assert (shell.code, shell.err) == (0, "")
    assert shell.out.startswith(TITLE[:40])
    for words in ("\ndecision  ", "\nform  ", "\nflags  ", "\nSummary\n", "\nLimitations\n  * "):
        assert words in shell.out
    assert "no language model was asked" in shell.out
    assert set(tmp_path.rglob("*")) == before


def test_a_paper_of_ours_is_held_against_its_evidence(shell: Shell, tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    made = shell(folder, "--json").json
    assert made["evidence"] == str(folder / "evidence.json")
    assert made["review"]["features"]["seeds"] == 10
    alone = shell(folder / "paper.tex", "--evidence", folder / "evidence.json", "--json").json
    assert alone["review"] == made["review"]


def test_evidence_that_lies_beside_is_pointed_to(shell: Shell, tmp_path: Path) -> None:
    assert "evidence.json beside it was not used" in shell(write_tex(tmp_path)).out


def test_json_holds_the_review_and_nothing_else_is_printed(shell: Shell, tmp_path: Path) -> None:
    made = shell(write_pdf(tmp_path), "--json").json
    assert Review.model_validate(made["review"]).calibration == made["review"]["calibration"]
    assert (made["panel"], made["calls"], made["cost_usd"], made["paper"]["title"]) == (None, 0, 0, TITLE)


def test_json_holds_probability_and_human_score_with_intervals(shell: Shell, tmp_path: Path) -> None:
    made = shell(write_pdf(tmp_path), "--json").json["review"]
    low, high = made["probability_interval"]
    assert 0 < low <= made["probability"] <= high < 1
    low, high = made["expected_interval"]
    assert 1 <= low <= made["expected_score"] <= high <= 10
    assert made["calibration"].startswith("calibrated on ") and made["is_extrapolated"] in (True, False)


def test_text_holds_what_people_would_say(shell: Shell, tmp_path: Path) -> None:
    out = shell(write_pdf(tmp_path)).out
    assert re.search(r"\ndecision      reject, by (P\(accept\)|its flags and scores)\n", out)
    assert re.search(r"\npeople        P\(accept\) 0\.\d\d \[0\.\d\d, 0\.\d\d\], \d\.\d of 10 \[", out)


def test_a_venues_rate_moves_the_probability(shell: Shell, tmp_path: Path) -> None:
    path = write_pdf(tmp_path)
    rare, common = (
        shell(path, "--acceptance-rate", rate, "--json").json["review"]["probability"] for rate in ("0.05", "0.6")
    )
    assert rare < common


def test_a_folder_without_a_fitted_reviewer_is_one_line(shell: Shell, tmp_path: Path) -> None:
    shell(write_pdf(tmp_path), "--fitted", tmp_path / "none")
    assert (shell.code, shell.out) == (2, "")
    assert "no fitted reviewer in" in shell.err and "naturalist reviewer fit" in shell.err
    assert shell.err.count("\n") == 1


def test_one_paper_of_many_is_named_by_its_id(shell: Shell, tmp_path: Path) -> None:
    path = write_row(tmp_path)
    path.write_text(path.read_text() + json.dumps({"id": "x2", "title": "Other", "abstract": "Words. " * 9}) + "\n")
    assert shell(path, "--id", "x2").out.startswith("Other\n")
    assert shell(path).code == 2
    assert "holds several papers; name one by its id (--id ID, for example x2)" in shell.err
    assert "holds no paper with the id 'x3'" in shell(path, "--id", "x3").err


def test_out_writes_json_or_text_by_its_name(shell: Shell, tmp_path: Path) -> None:
    path = write_pdf(tmp_path)
    assert shell(path, "--out", tmp_path / "r.json").out == f"review written to {tmp_path / 'r.json'}\n"
    assert json.loads((tmp_path / "r.json").read_text())["review"] == shell(path, "--json").json["review"]
    shell(path, "--out", tmp_path / "r.txt")
    assert (tmp_path / "r.txt").read_text().startswith(f"{TITLE}\n")


# --- how it fails --------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("gone.pdf", None, "there is no file"),
        ("fake.pdf", b"hello", "is not a PDF"),
        ("empty.pdf", b"", "is empty; expected a PDF"),
        ("broken.pdf", b"%PDF-1.4 and then nothing", "cannot be read as a PDF"),
        ("paper.docx", b"PK\x03\x04", "is no paper that can be read: expected .pdf, .tex"),
        ("short.txt", b"hello", "has no text to review"),
        ("bytes.txt", b"\xff\xfe\x00" * 50, "is not text in UTF-8"),
        ("rows.jsonl", b"[1, 2]\n", "is no JSON object a line"),
        ("rows.jsonl", b'{"name": "x"}\n', "expected a row with title, abstract and body; it has name"),
        ("rows.jsonl", b"", "holds no paper"),
        ("rows.jsonl.xz", b"not xz", "cannot read"),
    ],
)
def test_what_cannot_be_read_is_one_line(
    shell: Shell, tmp_path: Path, name: str, content: bytes | None, problem: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    shell(tmp_path / name)
    assert (shell.code, shell.out) == (2, "")
    assert problem in shell.err and shell.err.count("\n") == 1


def test_folder_without_latex_and_scans_and_locked_files_are_one_line(shell: Shell, tmp_path: Path) -> None:
    assert "no LaTeX file" in shell(tmp_path).err
    assert "scanned pages?" in shell(blank(tmp_path / "scan.pdf", 2)).err
    assert "is encrypted" in shell(blank(tmp_path / "locked.pdf", 1, password="secret")).err


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--reviewers", "3"], "--reviewers and --reflections need --model MODEL"),
        (["--acceptance-rate", "25"], "--acceptance-rate is a share between 0 and 1"),
        (["--venue", "nips"], "unknown venue 'nips'"),
        (["--evidence", "gone.json"], "gone.json"),
        (["--model", "offline"], "does not review"),
        (["--out", "."], "is a folder"),
        (["--id", "x"], "holds one paper"),
    ],
)
def test_wrong_use_is_told_before_anything_is_asked(
    shell: Shell, tmp_path: Path, options: list[str], problem: str
) -> None:
    shell(write_pdf(tmp_path), *options)
    assert shell.code == 2 and problem in shell.err


# --- with models ---------------------------------------------------


def test_a_panel_reviews_by_any_model(shell: Shell, tmp_path: Path) -> None:
    form = json.dumps(filled(strengths=[{"text": "Paired.", "quotation": "the comparison is paired by seed"}]))
    with serve(Reply(form)) as server:
        shell(write_pdf(tmp_path), "--model", "openai/test", "--reviewers", "1", "--reflections", "0",
              OPENAI_BASE_URL=server.url, OPENAI_API_KEY="none")  # fmt: skip
        assert len(server.requests) == 1
    assert (shell.code, shell.err) == (0, "")
    assert "asking 1 reviewer (openai/test)" in shell.out
    assert "1 reviewer for NeurIPS: 0 of 1 would accept" in shell.out
    assert '+ Paired. "the comparison is paired by seed" [R1]' in shell.out
    assert "cost          1 call of unknown price" in shell.out


def test_a_panel_that_was_calibrated_has_a_say(shell: Shell, tmp_path: Path) -> None:
    """The shipped fit with one of its panels under the name of ours."""

    def ask(*options: str | Path) -> Shell:
        with serve(Reply(json.dumps(filled(overall=9)))) as server:
            return shell(write_pdf(tmp_path), "--model", "openai/test", "--reviewers", "1", "--reflections", "0",
                         *options, OPENAI_BASE_URL=server.url, OPENAI_API_KEY="none")  # fmt: skip

    alone = ask("--json").json
    assert "no calibration takes in this panel's scores" in " ".join(ask().out.split())
    fitted = Path(shutil.copytree(SHIPPED, tmp_path / "fitted"))
    known = min(load_fitted().model.panels)
    for name in ("model.json", "calibrations.json"):
        text = (fitted / name).read_text()
        (fitted / name).write_text(text.replace(json.dumps(known), json.dumps(alone["panel"]["config_key"])))
    fused = ask("--fitted", fitted, "--json").json
    assert fused["review"]["probability"] > alone["review"]["probability"]
    assert fused["review"]["reviewer"].endswith(", with a panel")
    assert "no calibration takes in" not in " ".join(ask("--fitted", fitted).out.split())


def test_a_panel_that_nobody_answers_fails_in_a_line(shell: Shell, tmp_path: Path) -> None:
    with serve(Reply("no form for you")) as server:
        shell(write_pdf(tmp_path), "--model", "openai/test", "--reviewers", "1", "--json",
              OPENAI_BASE_URL=server.url, OPENAI_API_KEY="none")  # fmt: skip
    assert (shell.code, shell.out) == (1, "")
    assert shell.err.startswith("naturalist: no reviewer gave a review: R1 (openai/test)")
    assert shell.err.count("\n") == 1


# --- what it prints ------------------------------------------------


def test_a_calibrated_review_gives_probability_and_human_score_with_intervals() -> None:
    text = page(probability=0.2345, probability_interval=(0.15, 0.336), expected_score=4.84,
                expected_interval=(3.1, 6.27), calibration="fitted on 812 papers of ICLR 2022")  # fmt: skip
    assert "decision      reject, by P(accept)\n" in text
    told = (
        "people        P(accept) 0.23 [0.15, 0.34], 4.8 of 10 [3.1, 6.3] expected (fitted on 812 papers of ICLR 2022)"
    )
    assert told in " ".join(text.split("decision")[1].split()).replace("people P", "people        P")


def test_an_uncalibrated_review_says_so_and_gives_no_probability() -> None:
    text = page()
    assert "decision      reject, by form\n" in text
    assert "people        uncalibrated: no probability of acceptance is known\n" in text
    assert "P(accept)" not in text
    assert "form          overall 4.4 of 10; soundness 2.5, presentation 3.2, contribution 1.8 of 4" in text


def test_a_decision_names_what_it_follows_from() -> None:
    ours = Facts(Path("p.pdf"), evidence=Path("evidence.json"))
    assert "decision      reject, by P(accept)\n" in page(facts=ours, overall=6.2, probability=0.03)
    assert "decision      reject, by form and evidence, and P(accept)\n" in page(facts=ours, probability=0.03)
    agreed = page(facts=ours, overall=6.2, probability=0.61, decision="accept")
    assert "decision      accept, by form and evidence, and P(accept)\n" in agreed


def test_a_rate_without_a_probability_to_move_is_told() -> None:
    text = page(facts=Facts(Path("p.pdf"), acceptance_rate=0.25))
    assert "no probability to move to an acceptance rate of 0.25: uncalibrated" in text


def test_a_paper_unlike_those_known_is_marked() -> None:
    assert "\nextrapolated  this paper is unlike" in page(is_extrapolated=True)
    assert "extrapolated" not in page()


def test_flags_stand_under_each_other() -> None:
    text = page(flags=("numbers: 0.991 (Results)", "hidden text: 'x' (page 1)"))
    assert "flags         numbers: 0.991 (Results)\n              hidden text: 'x' (page 1)\n" in text
    assert "flags         none\n" in page()


def test_a_panel_shows_scores_votes_the_missing_and_objections_of_one() -> None:
    unknown = page(panel=True, facts=Facts(Path("p.pdf"), calls=2, unpriced=2))
    assert "2 calls of unknown price" in unknown
    text = page(panel=True, facts=Facts(Path("p.pdf"), calls=5, cost_usd=0.127))
    for words in (
        "panel         2 reviewers for ICLR: 1 of 2 would accept\n",
        "overall 5.5 ± 2.1 of 10",
        "R1 (m/a) at temperature 0.2: overall 4, reject\n",
        "R2 (m/b) at temperature 0.2: overall 7, accept; 1 remark void, quoting what is not in the paper\n",
        "warning       R3 (m/c) refused: it would not review",
        "  - Tuning explains the gain. (major)",
        'The bound is wrong. (major) "bound follows from convexity of the loss" [R2]\n',
        "\nObjections of one reviewer alone\n  ! R2 (m/b), major: The bound is wrong.\n",
        "  - One data set.\n",
        "cost          $0.13 for 5 calls",
    ):
        assert words in text
    assert "Slow." not in text


def test_whose_scores_the_decision_rests_on_is_told() -> None:
    assert "no calibration takes in this panel's scores" in page(panel=True)
    assert "no calibration takes in" not in page(panel=True, features={"panel": 0.4})


def test_text_of_papers_and_models_cannot_write_to_the_terminal() -> None:
    text = page(summary="\x1b[31mred\x1b[0m\x07 and\r\nnew lines", flags=("\x1b]0;owned\x07x",))
    assert "\x1b" not in text and "\x07" not in text and "owned" not in text
    assert "  red and new lines\n" in text


@pytest.mark.parametrize("width", [20, 60, 80, 100])
def test_rows_fit_and_are_set_in(width: int) -> None:
    rows = wrap(Line("  - ", "A remark of a reviewer that goes on for quite a while. " * 3), width)
    assert all(len(row) <= max(width, 40) for row in rows)
    assert rows[0].startswith("  - A") and all(row.startswith("    ") for row in rows[1:])


# --- what it loads -------------------------------------------------


def test_a_review_without_models_loads_no_litellm(tmp_path: Path) -> None:
    path = write_text(tmp_path)
    code = (
        "import sys; from agents.cli.main import app\n"
        f"try: app(['review', {str(path)!r}])\n"
        "except SystemExit as end: assert not end.code\n"
        "print([name for name in ('litellm', 'torch', 'langgraph') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\n[]\n")
