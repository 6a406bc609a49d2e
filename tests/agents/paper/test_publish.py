"""Publication and its verification by a third party."""

import json
import os
from pathlib import Path

import pytest

from agents.errors import ServiceError
from agents.paper.document import assemble_paper
from agents.paper.publish import manifest, publish_paper
from agents.paper.verify import verify_paper
from agents.schema import Evidence, Experiment, Registration
from tests.agents.paper.planted import Study, make_study
from tests.agents.paper.prose import colophon, write_prose


def _publish(root: Path) -> tuple[Study, Path]:
    """Publish a planted study that was not typeset."""
    study, paper = make_study(root, nodes=6, seeds=2), root / "paper"
    sections = write_prose(study, (), paper)
    assemble_paper(
        paper, sections, study.evidence, study.template, study.experiments, (), study.sources, colophon(study)
    )
    (paper / "review.json").write_text("{}")
    (paper / "paper.pdf").write_bytes(_blank_pdf())
    return study, publish_paper(paper, study.experiments_folder, study.experiments, root / "papers" / "smooth")


def _blank_pdf() -> bytes:
    from io import BytesIO

    from pypdf import PdfWriter

    writer, buffer = PdfWriter(), BytesIO()
    writer.add_blank_page(100, 100)
    writer.write(buffer)
    return buffer.getvalue()


def _rules(folder: Path) -> list[str]:
    return [problem.rule for problem in verify_paper(folder)]


def test_a_published_paper_holds_all_that_it_needs_and_verifies(tmp_path: Path) -> None:
    study, target = _publish(tmp_path)
    names = set(json.loads((target / "MANIFEST.json").read_text()))
    assert {"paper.pdf", "paper.tex", "naturalist.sty", "evidence.json", "review.json", "experiments.json"} <= names
    assert "sections/results.tex" in names
    assert "bundle/experiments/s1-0000/experiment.py" in names
    assert len(json.loads((target / "experiments.json").read_text())) == len(study.experiments)
    assert not [name for name in names if name.startswith(".") or "/." in name]
    assert verify_paper(target) == ()


def test_publishing_again_changes_nothing_and_a_changed_paper_replaces_the_old(tmp_path: Path) -> None:
    study, target = _publish(tmp_path)
    inode = target.stat().st_ino
    publish_paper(tmp_path / "paper", study.experiments_folder, study.experiments, target)
    assert target.stat().st_ino == inode
    (tmp_path / "paper" / "review.json").write_text('{"overall": 5}')
    publish_paper(tmp_path / "paper", study.experiments_folder, study.experiments, target)
    assert json.loads((target / "review.json").read_text()) == {"overall": 5}
    assert [path.name for path in target.parent.iterdir()] == ["smooth"]


def test_links_that_an_experiment_left_are_not_followed(tmp_path: Path) -> None:
    study, target = _publish(tmp_path)
    code = study.experiments_folder / "s1-0001" / "code" / "experiment.py"
    code.unlink()
    code.symlink_to("/etc/passwd")
    publish_paper(tmp_path / "paper", study.experiments_folder, study.experiments, target)
    assert not (target / "bundle" / "experiments" / "s1-0001" / "experiment.py").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a target that cannot be made even by root")
def test_an_unwritable_target_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceError, match="choose another folder"):
        publish_paper(tmp_path, tmp_path, (), tmp_path / "file" / "papers" / "x")


def test_a_changed_file_is_found(tmp_path: Path) -> None:
    _, target = _publish(tmp_path)
    (target / "review.json").write_text("{ }")
    (target / "extra.txt").write_text("new")
    (target / "names.json").unlink()
    details = [problem.detail for problem in verify_paper(target) if problem.rule == "manifest"]
    assert details == [
        "extra.txt is there but not listed",
        "names.json is listed but not there",
        "review.json was changed after publication",
    ]


def _reseal(target: Path) -> None:
    """What a forger would do: make the manifest fit the changed files."""
    (target / "MANIFEST.json").write_text(json.dumps(manifest(target)))


def test_a_number_typed_into_the_text_is_found_even_with_a_fitting_manifest(tmp_path: Path) -> None:
    _, target = _publish(tmp_path)
    results = target / "sections" / "results.tex"
    results.write_text(results.read_text() + "We gained 73.2 points.")
    _reseal(target)
    assert _rules(target) == ["numeral"]


def test_a_work_that_is_told_otherwise_than_by_its_record_is_found_even_with_a_fitting_manifest(tmp_path: Path) -> None:
    _, target = _publish(tmp_path)
    printed = (target / "references.bib").read_text()
    (target / "references.bib").write_text(printed.replace("When does label smoothing help?", "Smoothing always helps"))
    _reseal(target)
    assert "citation-record" in _rules(target)


def test_metrics_that_differ_from_the_evaluators_are_found(tmp_path: Path) -> None:
    _, target = _publish(tmp_path)
    (target / "bundle" / "experiments" / "s1-0000" / "metrics.json").write_text('{"error": 0.1}')
    _reseal(target)
    assert _rules(target) == ["metrics"]


def test_a_ledger_entry_that_differs_from_the_journal_is_found(tmp_path: Path) -> None:
    _, target = _publish(tmp_path)
    evidence = json.loads((target / "evidence.json").read_text())
    evidence["quantities"]["exp.s1-0000.error"]["value"] = 0.5
    evidence["quantities"]["effect.primary"]["experiments"] = ["s1-7777"]
    (target / "evidence.json").write_text(json.dumps(evidence))
    _reseal(target)
    assert sorted(_rules(target)) == ["metrics", "no-experiment"]


def test_quantities_are_worked_out_again_when_the_means_are_given(tmp_path: Path) -> None:
    study, target = _publish(tmp_path)

    def recompute(plan: Registration, experiments: object) -> Evidence:
        return study.evidence

    assert verify_paper(target, recompute) == ()
    off = study.evidence["effect.primary"].model_copy(update={"value": 99.0})
    other = study.evidence.model_copy(update={"quantities": study.evidence.quantities | {"effect.primary": off}})

    def recompute_otherwise(plan: Registration, experiments: object) -> Evidence:
        return other

    assert [problem.rule for problem in verify_paper(target, recompute_otherwise)] == ["recomputed"]


def test_words_that_plan_and_template_do_not_say_are_found(tmp_path: Path) -> None:
    study, target = _publish(tmp_path)
    claimed = json.loads((target / "evidence.json").read_text())

    def problems(terms: dict[str, object]) -> list[str]:
        (target / "evidence.json").write_text(json.dumps(claimed | {"terms": terms}))
        _reseal(target)
        return [problem.detail for problem in verify_paper(target, lambda _plan, _experiments: study.evidence)]

    said = claimed["terms"] | {"levels.smoothing": claimed["terms"]["levels.smoothing"] | {"text": "0 and 9"}}
    assert problems(said) == ["levels.smoothing: the paper has '0 and 9', recomputed '0, 0.05, 0.1 and 0.35'"]
    del said["levels.smoothing"]
    assert problems(said) == ["levels.smoothing: the paper has none, recomputed '0, 0.05, 0.1 and 0.35'"]


def test_a_paper_from_before_there_were_words_in_the_ledger_still_verifies(tmp_path: Path) -> None:
    study, target = _publish(tmp_path)
    evidence = json.loads((target / "evidence.json").read_text())
    del evidence["terms"]
    (target / "evidence.json").write_text(json.dumps(evidence))
    _reseal(target)
    assert verify_paper(target, lambda _plan, _experiments: study.evidence) == ()


def test_a_folder_that_is_no_paper_is_a_problem_and_no_exception(tmp_path: Path) -> None:
    assert [problem.rule for problem in verify_paper(tmp_path)] == ["manifest", "unreadable"]


def test_every_experiment_in_the_dump_can_be_read_back(tmp_path: Path) -> None:
    study, target = _publish(tmp_path)
    dumped = json.loads((target / "experiments.json").read_text())
    assert [Experiment.model_validate(item) for item in dumped] == list(study.experiments)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"config": {"smoothing": 0.123}}, "is not the same experiment"),
        ({"code_sha256": "1" * 64}, "is not the same experiment"),
        ({"parent": "s1-7777"}, "is not the same experiment"),
        ({"seed": 7}, "on a seed that it was measured with already"),
    ],
)
def test_a_repeat_that_is_not_its_node_on_a_new_seed_is_found(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    """A repeat counts for its node's mean, so a forged one could make a winner."""
    _, target = _publish(tmp_path)
    experiments = json.loads((target / "experiments.json").read_text())
    node = experiments[1]
    repeat = {"id": "s1-0900", "index": 900, "patch": "repeat", "parent": node["id"], "seed": 901}
    forged = node | repeat | {"outcome": {"status": "crash"}} | change
    forged["config"] = node["config"] | forged["config"]
    (target / "experiments.json").write_text(json.dumps([*experiments, forged]))
    _reseal(target)
    problems = verify_paper(target)
    assert [problem.rule for problem in problems] == (["repeat"] if words else [])
    assert all(words in problem.detail for problem in problems)
