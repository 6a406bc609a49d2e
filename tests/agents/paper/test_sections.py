"""Writing sections: order, resumption after a kill, edits of a person, mending."""

from pathlib import Path

import pytest

from agents.errors import ServiceError
from agents.paper.sections import authors_of, edited_sections, mark_checked, read_sections, write_sections
from agents.schema import SECTIONS, Problem, SectionName
from agents.tasks import Section, WriteSection
from tests.agents.paper.planted import Study, make_study
from tests.agents.paper.prose import by, make_task, scripted_writer
from tests.fakes import ScriptedModel


@pytest.fixture(name="study", scope="module")
def _study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return make_study(tmp_path_factory.mktemp("study"), nodes=4, seeds=2)


class Desk:
    """A study's paper folder with a writer that counts what it is asked."""

    def __init__(self, study: Study, folder: Path) -> None:
        self.study, self.folder = study, folder
        self.model = scripted_writer()

    def task(
        self, name: SectionName, written: dict[SectionName, str], previous: str, problems: tuple[Problem, ...]
    ) -> WriteSection:
        return make_task(self.study, (), name, written, previous, problems)

    def write(self, *problems: Problem) -> list[str]:
        """Write, and return the names of the sections that were asked for."""
        self.model.asked.clear()
        write_sections(by(self.model), self.task, self.folder, problems)
        return [task.section for task in self.model.asked if isinstance(task, WriteSection)]

    def path(self, name: SectionName) -> Path:
        return self.folder / "sections" / f"{name}.tex"


def _problem(name: SectionName) -> Problem:
    return Problem(section=name, rule="numeral", detail="'12' is typed by hand")


def test_sections_are_written_in_order_and_see_what_is_written(study: Study, tmp_path: Path) -> None:
    """Multi-seed results and ablations never reached the writer."""
    desk = Desk(study, tmp_path)
    assert desk.write() == list(SECTIONS)
    last = desk.model.asked[-1]
    assert isinstance(last, WriteSection)
    assert list(last.written) == list(SECTIONS[:-1])
    assert "ablation.smoothing" in last.evidence.quantities or "effect.primary" in last.evidence.quantities
    assert set(read_sections(tmp_path)) == set(SECTIONS)


def test_a_second_call_asks_nothing(study: Study, tmp_path: Path) -> None:
    desk = Desk(study, tmp_path)
    desk.write()
    assert desk.write() == []


def test_a_killed_write_goes_on_where_it_stopped(study: Study, tmp_path: Path) -> None:
    desk, asked = Desk(study, tmp_path), 0

    def die_at_fourth(task: WriteSection) -> Section:
        nonlocal asked
        asked += 1
        if asked == 4:
            raise ServiceError("killed")
        return Section(text=f"Text of {task.section}.")

    with pytest.raises(ServiceError):
        write_sections(by(ScriptedModel({"WriteSection": die_at_fourth})), desk.task, tmp_path)
    assert desk.write() == list(SECTIONS[3:])


def test_a_kill_between_record_and_text_is_no_edit(study: Study, tmp_path: Path) -> None:
    desk = Desk(study, tmp_path)
    desk.write()
    old = desk.path("results").read_text()
    write_sections(
        by(ScriptedModel({"WriteSection": Section(text="Mended.")})), desk.task, tmp_path, (_problem("results"),)
    )
    desk.path("results").write_text(old)
    assert edited_sections(tmp_path) == ()
    assert desk.write() == ["results"]


def test_what_a_person_edited_is_kept_even_with_problems(study: Study, tmp_path: Path) -> None:
    desk = Desk(study, tmp_path)
    desk.write()
    desk.path("results").write_text("A person's own words.")
    assert desk.write(_problem("results"), _problem("method")) == ["method"]
    assert desk.path("results").read_text() == "A person's own words."
    assert edited_sections(tmp_path) == ("results",)


def test_a_section_that_a_person_wrote_alone_is_kept(study: Study, tmp_path: Path) -> None:
    desk = Desk(study, tmp_path)
    desk.path("title").parent.mkdir()
    desk.path("title").write_text("My Title")
    assert "title" not in desk.write()


def test_only_sections_with_problems_are_rewritten_and_see_their_last_text(study: Study, tmp_path: Path) -> None:
    desk = Desk(study, tmp_path)
    desk.write()
    before = desk.path("results").read_text()
    assert desk.write(_problem("results")) == ["results"]
    task = desk.model.asked[0]
    assert isinstance(task, WriteSection)
    assert (task.previous, task.problems) == (before, (_problem("results"),))


def test_a_mend_that_a_kill_interrupted_is_not_done_twice(study: Study, tmp_path: Path) -> None:
    desk = Desk(study, tmp_path)
    desk.write()
    mark_checked(tmp_path, read_sections(tmp_path))
    mended = ScriptedModel({"WriteSection": lambda task: Section(text=f"Mended {task.section}.")})
    problems = (_problem("results"), _problem("method"))
    write_sections(by(mended), desk.task, tmp_path, problems)
    assert desk.write(*problems) == []
    mark_checked(tmp_path, read_sections(tmp_path))
    assert desk.write(*problems) == ["method", "results"]


def test_new_evidence_has_every_section_written_anew(study: Study, tmp_path: Path) -> None:
    desk = Desk(study, tmp_path)
    desk.write()
    verdict = study.evidence.verdict.model_copy(update={"label": "refuted"})
    changed = study.evidence.model_copy(update={"verdict": verdict})
    desk.study = Study(study.template, changed, study.experiments, study.experiments_folder, study.sources)
    assert desk.write() == list(SECTIONS)


def test_a_title_is_one_line(study: Study, tmp_path: Path) -> None:
    desk = Desk(study, tmp_path)
    write_sections(by(ScriptedModel({"WriteSection": Section(text=" A title\nin lines \n")})), desk.task, tmp_path)
    assert desk.path("title").read_text() == "A title in lines\n"


def test_who_wrote_a_section_is_remembered(study: Study, tmp_path: Path) -> None:
    desk = Desk(study, tmp_path)
    desk.write()
    write_sections(
        by(ScriptedModel({"WriteSection": Section(text="M.")}, "b")), desk.task, tmp_path, (_problem("results"),)
    )
    assert authors_of(tmp_path)["results"] == "b" and authors_of(tmp_path)["method"] == "scripted"
