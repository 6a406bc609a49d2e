"""Whether what a paper says of the works it cites is what their abstracts say: asked once per sentence and work."""

from collections.abc import Iterator, Sequence

from agents.literature.addressed import without_instructions
from agents.llm.team import is_offline
from agents.nodes.artefacts import read_evidence, read_records, read_sources, write_records
from agents.nodes.asking import ask_or_stand_in
from agents.offline.researcher import OfflineResearcher
from agents.paper.citations import Citation, find_citations
from agents.paper.sections import read_sections
from agents.schema import Source
from agents.services import Services
from agents.tasks import CheckSupport, CitingSentence

SENTENCES_PER_CALL = 12


def judge_citations(study: str, services: Services) -> tuple[Citation, ...]:
    """Judge the citing sentences of a study's paper and keep the verdicts in citations.json beside it.

    A sentence that was judged before is not asked about again; one whose work has no abstract cannot be told. The
    built-in researcher's sentences are fixed phrases about records: its papers have none to judge.
    """
    if is_offline(services.settings, "writing"):
        return ()
    folder = services.study_folder(study)
    found = find_citations(read_sections(folder), read_evidence(services, study))
    path = folder / "citations.json"
    known = read_records(path, Citation) if path.exists() else ()
    judged = {(each.sentence, each.key): each for each in known if each.judge}
    recalled = [_recall(each, judged.get((each.sentence, each.key))) for each in found]
    sources = {source.key: without_instructions(source) for source in read_sources(services)}
    verdicts = tuple(_judge(recalled, sources, services))
    write_records(path, verdicts)
    return verdicts


def _recall(each: Citation, known: Citation | None) -> Citation:
    return each.model_copy(update=known.model_dump(include={"verdict", "reason", "judge"})) if known else each


def _judge(found: Sequence[Citation], sources: dict[str, Source], services: Services) -> list[Citation]:
    """Ask about what is open and can be told, a batch at a time; what no reply settles stays "cannot tell"."""
    judged = list(found)
    for batch in _batches(list(_open(found, sources))):
        reply, judge = ask_or_stand_in(CheckSupport(sentences=tuple(batch)), services.model, services)
        asked = {each.number for each in batch}
        for verdict in () if isinstance(judge, OfflineResearcher) else reply.verdicts:
            if verdict.number in asked:
                update = {"verdict": verdict.verdict, "reason": verdict.reason, "judge": judge.name}
                judged[verdict.number] = judged[verdict.number].model_copy(update=update)
    return judged


def _open(found: Sequence[Citation], sources: dict[str, Source]) -> Iterator[CitingSentence]:
    """What has to be asked; its number is its place. A key without a record is another rule's breach."""
    for number, each in enumerate(found):
        source = sources.get(each.key)
        if not each.judge and source is not None and source.abstract.strip():
            yield CitingSentence(
                number=number, sentence=each.sentence, key=each.key, title=source.title, abstract=source.abstract
            )


def _batches(sentences: Sequence[CitingSentence]) -> Iterator[Sequence[CitingSentence]]:
    for start in range(0, len(sentences), SENTENCES_PER_CALL):
        yield sentences[start : start + SENTENCES_PER_CALL]
