"""Small ideas and sources for tests of novelty."""

from collections.abc import Sequence

from agents.schema import Comparison, Hypothesis, Idea, IdeaScores, Source


def make_idea(
    name: str, title: str = "On dropping units", *, template: str | None = None, factors: Sequence[str] = ("dropout",),
    companions: Sequence[str] = (), plan: str = "Drop them at random.",
) -> Idea:  # fmt: skip
    hypothesis = Hypothesis(
        statement="Dropping units while training raises accuracy.", metric="accuracy", direction="maximize",
        smallest_effect=0.01, factors=tuple(factors), companions=tuple(companions),
    )  # fmt: skip
    scores = IdeaScores(interest=0.5, feasibility=0.5, fit=0.5)
    return Idea(id=name, title=title, template=template, hypothesis=hypothesis, plan=plan, scores=scores, niche="x")


def make_source(key: str, title: str = "", abstract: str = "", origin: str = "library", year: int = 2014) -> Source:
    title = title or f"The work of {key}"
    bibtex = f"@article{{{key}, title = {{{title}}}, author = {{Doe, Jane}}, year = {{{year}}}}}"
    return Source(
        key=key, title=title, authors=("Jane Doe",), year=year, abstract=abstract, bibtex=bibtex, origin=origin
    )


def points(*same: bool) -> tuple[Comparison, ...]:
    return tuple(Comparison(aspect="claim", idea="this", nearest="that", is_same=each) for each in same)
