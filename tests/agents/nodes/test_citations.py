"""Whether citing sentences are supported: what is asked, what is remembered, and what counts without an answer."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from agents.files import write_atomic
from agents.nodes.artefacts import read_evidence, read_problems, write_record, write_records
from agents.nodes.citations import SENTENCES_PER_CALL, judge_citations
from agents.services import Services
from agents.tasks import AnalyseResults, CheckSupport, Section, Support, SupportBatch, WriteSection
from tests.agents.ideas.records import make_source
from tests.agents.llm.test_team import team_of
from tests.agents.paper.planted import make_study
from tests.agents.scripted import drive, scripted_services
from tests.agents.scripted import write as write_plainly
from tests.fakes import FixedLiterature, ScriptedModel

SOURCES = [make_source("told", abstract="Dropping units helps."), make_source("bare")]
TEXT = (
    r"Dropping helps \citep{told}. It was asked before \citep{bare}. Nobody says so \citep{ghost}. Whales \citep{told}."
)


def prepared(folder: Path, answer: Callable[[CheckSupport], SupportBatch], text: str = TEXT) -> Services:
    services = scripted_services(folder, flags={"model": "openai/test"})
    services = replace(services, model=ScriptedModel({"CheckSupport": answer}))
    study = services.study_folder("s1")
    write_atomic(study / "sections" / "related_work.tex", text)
    write_record(study / "evidence.json", make_study(folder / "planted", nodes=2).evidence)
    write_records(folder / "sources.json", SOURCES)
    return services


def first_supports(task: CheckSupport) -> SupportBatch:
    verdicts = [Support(number=each.number, verdict="does not", reason="about others") for each in task.sentences]
    return SupportBatch(verdicts=(verdicts[0].model_copy(update={"verdict": "supports"}), *verdicts[1:]))


def asked(services: Services) -> list[CheckSupport]:
    assert isinstance(services.model, ScriptedModel)
    return [task for task in services.model.asked if isinstance(task, CheckSupport)]


def test_only_what_has_an_abstract_is_asked_and_the_rest_cannot_be_told(tmp_path: Path) -> None:
    services = prepared(tmp_path, first_supports)
    verdicts = [(each.key, each.verdict) for each in judge_citations("s1", services)]
    assert verdicts == [
        ("told", "supports"), ("bare", "cannot tell"), ("ghost", "cannot tell"), ("told", "does not"),
    ]  # fmt: skip
    (task,) = asked(services)
    assert [(each.number, each.key) for each in task.sentences] == [(0, "told"), (3, "told")]
    assert (services.study_folder("s1") / "citations.json").is_file()


def test_the_word_of_a_model_that_answers_for_a_team_counts(tmp_path: Path) -> None:
    services = prepared(tmp_path, first_supports)
    judged = replace(services, model=team_of(services.model))
    verdicts = judge_citations("s1", judged)
    assert {each.judge for each in verdicts if each.key == "told"} == {"scripted"}


def test_a_sentence_that_was_judged_is_not_asked_about_again(tmp_path: Path) -> None:
    services = prepared(tmp_path, first_supports)
    first = judge_citations("s1", services)
    assert judge_citations("s1", services) == first
    write_atomic(services.study_folder("s1") / "sections" / "related_work.tex", TEXT + r" More \citep{told}.")
    judge_citations("s1", services)
    assert [[each.sentence for each in task.sentences] for task in asked(services)[1:]] == [["More [told]."]]


def test_an_answer_that_leaves_out_or_makes_up_a_number_settles_nothing(tmp_path: Path) -> None:
    services = prepared(tmp_path, lambda _: SupportBatch(verdicts=(Support(number=1, verdict="supports"),)))
    assert {each.verdict for each in judge_citations("s1", services)} == {"cannot tell"}


def test_many_sentences_go_in_batches(tmp_path: Path) -> None:
    text = " ".join(rf"Sentence {'x' * n} holds \citep{{told}}." for n in range(SENTENCES_PER_CALL + 3))
    services = prepared(tmp_path, first_supports, text)
    judge_citations("s1", services)
    assert [len(task.sentences) for task in asked(services)] == [SENTENCES_PER_CALL, 3]


def test_the_built_in_researchers_papers_are_not_judged(tmp_path: Path) -> None:
    services = prepared(tmp_path, first_supports)
    services = replace(services, settings=services.settings.model_copy(update={"model": "offline"}))
    assert judge_citations("s1", services) == ()
    assert not asked(services)


def test_an_unsupported_citation_is_mended_and_what_is_left_is_counted_in_the_paper(tmp_path: Path) -> None:
    """The whole road: the judge objects, the writer mends that section, a section without a problem stays."""
    written: list[WriteSection] = []

    def write(task: WriteSection) -> Section:
        written.append(task)
        if task.section != "related_work":
            return write_plainly(task)
        return Section(text=("" if task.problems else r"Whales sing \citep{told}. ") + r"Dropping helps \citep{told}.")

    def object_to_whales(task: CheckSupport) -> SupportBatch:
        found = [(each.number, "does not" if "Whales" in each.sentence else "supports") for each in task.sentences]
        return SupportBatch.model_validate({"verdicts": [{"number": n, "verdict": verdict} for n, verdict in found]})

    services = scripted_services(tmp_path, flags={"model": "openai/test", "generations": 1})
    model = services.model
    assert isinstance(model, ScriptedModel)
    model.replies |= {"WriteSection": write, "CheckSupport": object_to_whales}
    services = replace(services, literature=FixedLiterature(SOURCES[:1]))
    drive(services)
    rules = [{problem.rule for problem in task.problems} for task in written if task.section == "related_work"]
    assert "citation-unsupported" not in rules[0]
    assert "citation-unsupported" in rules[1]
    assert [task.section for task in written].count("title") == 1
    assert len([task for task in model.asked if isinstance(task, AnalyseResults)]) == 1
    counts = {key: it.value for key, it in read_evidence(services, "s1").quantities.items() if key.startswith("cite.")}
    assert counts == {"cite.sentences": 1, "cite.supported": 1, "cite.unchecked": 0, "cite.unsupported": 0}
    assert "citation-unsupported" not in {problem.rule for problem in read_problems(services, "s1")}
