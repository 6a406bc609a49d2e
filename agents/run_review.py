"""A run's own review of its drafts: what can be measured, and beside it a panel of models if some are named."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from agents.errors import ServiceError
from agents.files import write_atomic
from agents.review_models import Completing, PanelModel
from agents.schema import Draft, Review
from agents.whereabouts import whereabouts

if TYPE_CHECKING:
    from reviewer.panel import PanelReview
    from reviewer.panel.review import Point

SEATS = 3
"""Reviewers on a panel, unless more models are named."""
VENUE = "neurips"


class CalibratedReviewer:
    """Hands drafts to the reviewer package and brings its review home.

    A panel of `models` reviews beside it; `writers` names the models that wrote, which do not review. Where the panel
    fails, the built-in review stands and `on_degraded(what, consequence)` hears of it.
    """

    def __init__(
        self,
        models: Sequence[Completing] = (),
        writers: Collection[str] = (),
        on_degraded: Callable[[str, str], None] | None = None,
    ) -> None:
        self._models = models
        self._writers = writers
        self._on_degraded = on_degraded

    @property
    def name(self) -> str:
        own = "Naturalist's own reviewer of form and evidence, beside an estimate calibrated on human decisions"
        return f"{own}, and a panel of {', '.join(model.name for model in self._models)}" if self._models else own

    def review(self, draft: Draft) -> Review:
        """Review a draft; what a panel said of it is kept whole in panel.json beside the draft."""
        from reviewer import review_paper

        held = self._ask_panel(draft) if self._models else None
        opinions = {held.opinion.config_key: held.opinion.overall} if held else {}
        made = review_paper(draft.pdf, draft.tex, draft.evidence, opinions=opinions)
        review = Review.model_validate(made.model_dump())
        return _join(review, held) if held else review

    def _ask_panel(self, draft: Draft) -> "PanelReview | None":
        from reviewer import read_paper
        from reviewer.evidence.ledger import read_ledger
        from reviewer.panel import PanelError, hold_panel, load_rubric, seat_members

        rubric, here = load_rubric(VENUE), whereabouts()
        models = [PanelModel(model, here) for model in self._models]
        members = seat_members(models, SEATS, rubric.personas)
        try:
            paper = read_paper(draft.pdf, draft.tex, read_ledger(draft.evidence))
            held = hold_panel(paper, members, rubric, avoid=self._writers)
        except (PanelError, ServiceError) as error:
            self._tell(f"the panel gave no review: {error}", "the built-in reviewer reviews alone")
            return None
        for trouble in held.troubles:
            self._tell(f"on the panel {trouble.who}: {trouble.detail}", "the panel does without")
        write_atomic(draft.folder / "panel.json", held.model_dump_json(indent=1) + "\n")
        return held

    def _tell(self, what: str, consequence: str) -> None:
        if self._on_degraded:
            self._on_degraded(what, consequence)


def _join(review: Review, held: "PanelReview") -> Review:
    """The review with the panel's remarks after its own; scores and decision stay those of the calibrated reviewer."""
    return review.model_copy(
        update={
            "strengths": (*review.strengths, *_texts(held.strengths)),
            "weaknesses": (*review.weaknesses, *_texts(held.weaknesses)),
            "questions": (*review.questions, *held.questions),
            "limitations": (*review.limitations, *held.limitations),
            "reviewer": f"{review.reviewer}, beside a panel of {len(held.forms)}",
            "features": review.features | {f"panel_{name}": value for name, value in held.scores.items()},
        }
    )


def _texts(points: "Sequence[Point]") -> tuple[str, ...]:
    return tuple(point.text for point in points)
