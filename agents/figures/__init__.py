"""Figures drawn from the data of experiments that ran; each is checked by rules before it reaches a paper."""

from agents.figures.draw import draw_figures

__all__ = ["draw_figures"]
