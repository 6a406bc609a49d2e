"""Are known techniques found out under another name? Twenty-six of them told in other words, and ten odd ideas.

tests/agents/ideas/disguises.json holds the ideas, a record of each technique's paper (real title, authors and year, a
description in our own words) and other works; the templates' bibliographies make up the rest of the library. Printed:
in how many cases the paper is among the nearest eight, by words, by meaning and by both, from the idea's own words and
with the judge's queries; then the verdicts. The judge's replies are recorded in judged.json: `--prompts DIR` writes the
questions for another judge to answer, `--replies FILE` reads the answers. `python -m bench.novelty`
"""

import argparse
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agents.ideas.embedding import Embed, find_embedding
from agents.ideas.nearness import WORD_WEIGHT, describe, likeness, rank_sources
from agents.ideas.searching import Searched, merge_sources, names_in, search_all
from agents.ideas.verdict import settle_novelty
from agents.literature.bibtex import read_bibtex
from agents.literature.cascade import normalised_title
from agents.llm.prompts import render_prompt
from agents.schema import Findings, Hypothesis, Idea, IdeaScores, Novelty, Source
from agents.tasks import JudgeNovelty, NoveltyOpinion, NoveltyQueries, PlanNoveltySearch

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "agents" / "ideas" / "disguises.json"
REPLIES = CASES.with_name("judged.json")
NEAREST, HITS_PER_QUERY = 8, 12


class Case(NamedTuple):
    """An idea; for a disguise the technique behind it, its other names and the titles that give it away."""

    idea: Idea
    technique: str = ""
    names: tuple[str, ...] = ()
    titles: frozenset[str] = frozenset()


class Library:
    """Records as a literature service that finds by words, as a catalogue does."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = tuple(sources)
        self._texts = [f"{source.title}. {source.abstract}" for source in sources]

    def search(self, query: str, count: int) -> list[Source]:
        scores = likeness([query], self._texts, None)[0]
        order = sorted(range(len(scores)), key=lambda place: -scores[place])
        return [self.sources[place] for place in order[:count] if scores[place] > 0]

    def find(self, query: str, count: int) -> Findings:
        return Findings(sources=tuple(self.search(query, count)), answered=("records",))


class Reading(NamedTuple):
    """What became of one case."""

    case: Case
    hits: tuple[Source, ...]
    novelty: Novelty

    @property
    def is_found(self) -> bool:
        """Whether its paper is among the nearest."""
        return any(normalised_title(hit.title) in self.case.titles for hit in self.hits)

    @property
    def is_named(self) -> bool:
        """Whether the verdict names the right technique: its paper as the nearest, or its name as recalled."""
        titles = {hit.key: normalised_title(hit.title) for hit in self.hits}
        said = self.novelty.recalled.lower()
        names = any(re.search(rf"\b{re.escape(name)}", said) for name in self.case.names)
        return names or titles.get(self.novelty.nearest or "") in self.case.titles


def read_cases(path: Path = CASES) -> tuple[list[Case], list[Case], Library]:
    """The disguises, the odd ideas, and the library of all records."""
    raw = json.loads(path.read_text("utf-8"))
    disguises = [
        Case(
            _idea(each["id"], each["idea"]), each["technique"], tuple(each["aliases"]),
            frozenset(normalised_title(title) for title in (each["source"]["title"], *each["accepted"])),
        )
        for each in raw["disguises"]
    ]  # fmt: skip
    odd = [Case(_idea(each["id"], each)) for each in raw["odd"]]
    own = [_source(each) for each in (*(case["source"] for case in raw["disguises"]), *raw["others"])]
    others = [
        source.model_copy(update={"origin": "library"})
        for bibliography in sorted(ROOT.glob("templates/*/references.bib"))
        for source in read_bibtex(bibliography, "library")
    ]
    return disguises, odd, Library(merge_sources(own, others))


def read_replies(path: Path = REPLIES) -> dict[str, tuple[NoveltyQueries, NoveltyOpinion | None]]:
    raw: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return {
        name: (
            NoveltyQueries.model_validate(each["plan"]),
            NoveltyOpinion.model_validate(each["judge"]) if "judge" in each else None,
        )
        for name, each in raw.items()
    }


def search_case(
    case: Case, plan: NoveltyQueries, library: Library, embed: Embed | None
) -> tuple[Searched, list[Source]]:
    """What a run's node does between the two questions (agents/nodes/novelty.py)."""
    found = search_all(library, (*plan.queries, *names_in(plan.recalled)), HITS_PER_QUERY)
    return found, rank_sources(case.idea, found.queries, found.sources, embed)[:NEAREST]


def judge_question(case: Case, plan: NoveltyQueries, found: Searched, hits: Sequence[Source]) -> JudgeNovelty:
    return JudgeNovelty(
        idea=case.idea, sources=tuple(hits), earlier=(), answered=found.answered, recalled=plan.recalled
    )


def read_verdicts(
    cases: Sequence[Case],
    replies: Mapping[str, tuple[NoveltyQueries, NoveltyOpinion | None]],
    library: Library,
    embed: Embed | None,
) -> Iterator[Reading]:
    """Put the recorded opinions through the same search and the same rules as a run does."""
    for case in cases:
        plan, opinion = replies[case.idea.id]
        found, hits = search_case(case, plan, library, embed)
        if opinion is not None:
            yield Reading(case, tuple(hits), settle_novelty(case.idea, opinion, found, hits, ()))


def found_by(cases: Sequence[Case], library: Library, score: Callable[[Case, list[str]], Any]) -> tuple[int, int]:
    """In how many cases the paper is the first of the whole library, and among the nearest eight."""
    texts = [f"{source.title}. {source.abstract}" for source in library.sources]
    places = [_place(case, library, score(case, texts)) for case in cases]
    return sum(place == 0 for place in places), sum(place < NEAREST for place in places)


def _place(case: Case, library: Library, scores: Sequence[float]) -> int:
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    return next(n for n, place in enumerate(order) if normalised_title(library.sources[place].title) in case.titles)


def _idea(name: str, told: Mapping[str, str]) -> Idea:
    hypothesis = Hypothesis(
        statement=told["statement"], metric="score", direction="maximize", smallest_effect=0.0, factors=("the change",)
    )
    scores = IdeaScores(interest=0.5, feasibility=0.5, fit=0.5)
    return Idea(
        id=name, title=told["title"], template=None, hypothesis=hypothesis, plan=told["plan"], scores=scores, niche="x"
    )


def _source(told: Mapping[str, Any]) -> Source:
    authors = " and ".join(told["authors"])
    fields = f"title = {{{told['title']}}}, author = {{{authors}}}, year = {{{told['year']}}}"
    bibtex = f"@misc{{{told['key']}, {fields}}}"
    return Source.model_validate({**told, "bibtex": bibtex, "origin": "library"})


def write_prompts(folder: Path, cases: Sequence[Case], replies: Path, library: Library, embed: Embed | None) -> None:
    """Write plan_<id>.md for every case, and judge_<id>.md for those whose plan is answered in `replies`."""
    folder.mkdir(parents=True, exist_ok=True)
    answered = read_replies(replies) if replies.is_file() else {}
    for case in cases:
        (folder / f"plan_{case.idea.id}.md").write_text(render_prompt(PlanNoveltySearch(idea=case.idea)))
        if case.idea.id in answered:
            plan = answered[case.idea.id][0]
            found, hits = search_case(case, plan, library, embed)
            prompt = render_prompt(judge_question(case, plan, found, hits))
            (folder / f"judge_{case.idea.id}.md").write_text(prompt)


def _print_retrieval(disguises: Sequence[Case], library: Library, replies: Path, embed: Embed | None) -> None:
    plans = {name: plan for name, (plan, _) in read_replies(replies).items()}

    def from_idea(model: Embed | None, word_weight: float = WORD_WEIGHT) -> Callable[[Case, list[str]], Any]:
        def score(case: Case, texts: list[str]) -> Any:
            return likeness([describe(case.idea)], texts, model, word_weight)[0]

        return score

    def with_queries(model: Embed | None) -> Callable[[Case, list[str]], Any]:
        def score(case: Case, _: list[str]) -> Any:
            plan = plans[case.idea.id]
            order = rank_sources(case.idea, (*plan.queries, *names_in(plan.recalled)), library.sources, model)
            place = {source.key: -n for n, source in enumerate(order)}
            return [place[source.key] for source in library.sources]

        return score

    rows = {"the idea's words": from_idea(None)}
    if embed is not None:
        rows |= {"the idea's meaning": from_idea(embed, 0.0), "both": from_idea(embed)}
    rows["the judge's queries and the idea, by words"] = with_queries(None)
    if embed is not None:
        rows["the judge's queries and the idea, by both"] = with_queries(embed)
    print(f"{len(disguises)} disguises, {len(library.sources)} records: the paper first / among the nearest {NEAREST}")
    for name, score in rows.items():
        first, near = found_by(disguises, library, score)
        print(f"  {name}: {first} / {near}")


def _print_verdicts(
    disguises: Sequence[Case], odd: Sequence[Case], library: Library, replies: Path, embed: Embed | None
) -> None:
    answers = read_replies(replies)
    known = list(read_verdicts(disguises, answers, library, embed))
    strange = list(read_verdicts(odd, answers, library, embed))
    flagged = [each for each in known if each.novelty.verdict == "known"]
    print(f"disguises whose paper the judge was shown: {sum(each.is_found for each in known)} of {len(known)}")
    print(
        f"flagged as known: {len(flagged)} of {len(known)}, by the right name {sum(each.is_named for each in flagged)}"
    )
    confirmed = sum(not each.novelty.recalled for each in flagged)
    print(f"  of these with a source as the nearest {confirmed}, recalled alone {len(flagged) - confirmed}")
    print(f"odd ideas called known: {sum(each.novelty.verdict == 'known' for each in strange)} of {len(strange)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--prompts", type=Path, help="write the questions to this folder instead")
    parser.add_argument("--replies", type=Path, default=REPLIES, help="a judge's answers")
    given = parser.parse_args()
    disguises, odd, library = read_cases()
    embed = find_embedding()
    if given.prompts:
        write_prompts(given.prompts, [*disguises, *odd], given.replies, library, embed)
        return
    _print_retrieval(disguises, library, given.replies, embed)
    _print_verdicts(disguises, odd, library, given.replies, embed)


if __name__ == "__main__":
    main()
