"""A panel of language models that reads a paper and fills a venue's form. It knows no provider of models."""

from reviewer.panel.errors import ModelFailed, ModelRefused, ModelTimedOut, PanelError, ReplyCut
from reviewer.panel.model import Member, Model, seat_members
from reviewer.panel.panel import hold_panel
from reviewer.panel.review import LlmOpinion, PanelReview
from reviewer.panel.rubric import Rubric, list_venues, load_rubric

__all__ = [
    "LlmOpinion", "Member", "Model", "ModelFailed", "ModelRefused", "ModelTimedOut", "PanelError", "PanelReview",
    "ReplyCut", "Rubric", "hold_panel", "list_venues", "load_rubric", "seat_members",
]  # fmt: skip
