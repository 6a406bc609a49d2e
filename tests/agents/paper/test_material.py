"""What a person handed in, as the appendix tells it: names, sizes and hashes that the checks accept, and no path."""

import json
from pathlib import Path

import pytest

from agents.latex.latexmk import Latexmk, find_latex
from agents.own_material.code import copy_repo, read_repo_note
from agents.own_material.data import describe_data
from agents.paper.check import check_paper
from agents.paper.colophon import Colophon
from agents.paper.document import assemble_paper
from agents.paper.material import material_names, material_quantities, material_rows
from agents.paper.publish import publish_paper
from agents.paper.verify import verify_paper
from agents.schema import Evidence
from tests.agents.paper.planted import Study, make_study
from tests.agents.paper.prose import colophon, write_prose


def given(study: Study, folder: Path) -> Colophon:
    """The colophon of a paper on data and code with awkward names."""
    (folder / "repo_v1--2").mkdir(parents=True)
    (folder / "repo_v1--2" / "main.py").write_text("print()\n")
    (folder / "mess & 100%_\u6570 2024.csv").write_text("x\n" + "1\n" * 20_000)
    (folder / "0.95").mkdir()
    (folder / "0.95" / "a").write_text("x")
    copy_repo(folder / "repo_v1--2", folder / "run")
    repo = read_repo_note(folder / "run")
    assert repo is not None
    repo = repo.model_copy(update={"commit": "0123456789abcdef" * 2 + "01234567"})
    data = (describe_data(folder / "mess & 100%_\u6570 2024.csv"), describe_data(folder / "0.95"))
    return colophon(study).model_copy(update={"data": data, "repo": repo})


def test_sizes_are_ledger_entries(tmp_path: Path) -> None:
    with_own = given(make_study(tmp_path, nodes=4, seeds=2), tmp_path / "own")
    made = material_quantities(with_own.data, with_own.repo)
    assert {key: item.value for key, item in made.items()} == {
        "data.1.files": 1, "data.1.bytes": 40_002, "data.2.files": 1, "data.2.bytes": 1,
        "data.repo.files": 1, "data.repo.bytes": 8,
    }  # fmt: skip


def test_each_row_has_a_name_and_a_whole_hash(tmp_path: Path) -> None:
    made = given(make_study(tmp_path, nodes=4, seeds=2), tmp_path / "own")
    rows = [(label, value.replace(r"\allowbreak{}", "")) for label, value in material_rows(made)]
    assert [value.partition("SHA ")[2][8:72] for _, value in rows] == [
        *(note.sha256 for note in made.data), made.repo.sha256 if made.repo else "",
    ]  # fmt: skip
    assert rows[0][1].startswith(r"\ev{data.1.files}, \ev{data.1.bytes}")
    assert rows[2][1].endswith(r"commit \texttt{0123456789abcdef0123456789abcdef01234567}")
    assert str(tmp_path) not in str(rows)


def test_a_name_that_is_a_number_excuses_no_number(tmp_path: Path) -> None:
    names = list(material_names(given(make_study(tmp_path, nodes=4, seeds=2), tmp_path / "own")))
    assert "0.95" not in names
    assert "folder or file 0.95" in names


def test_a_paper_without_anything_given_says_nothing_of_it(tmp_path: Path) -> None:
    made = colophon(make_study(tmp_path, nodes=4, seeds=2))
    assert (material_rows(made), material_quantities(made.data, made.repo), list(material_names(made))) == ([], {}, [])


@pytest.mark.tex
@pytest.mark.slow
@pytest.mark.skipif(find_latex() is None, reason="latexmk is not installed")
def test_a_typeset_paper_on_given_data_is_clean_and_verifies(tmp_path: Path) -> None:
    study, folder = make_study(tmp_path, nodes=4, seeds=2), tmp_path / "paper"
    sections = write_prose(study, (), folder)
    made = given(study, tmp_path / "own")
    assemble_paper(folder, sections, study.evidence, study.template, study.experiments, (), study.sources, made)
    draft, problems = check_paper(folder, sections, study.evidence, (), study.sources, Latexmk())
    assert [problem for problem in problems if problem.rule == "number"] == []
    assert draft.pdf is not None
    assert made.data[0].sha256 in json.loads((folder / "names.json").read_text())
    assert Evidence.model_validate_json((folder / "evidence.json").read_bytes())["data.1.bytes"].value == 40_002
    target = publish_paper(folder, study.experiments_folder, study.experiments, tmp_path / "papers" / "x")
    assert [problem for problem in verify_paper(target) if problem.rule in ("number", "recomputed")] == []
