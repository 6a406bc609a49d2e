"""Typesetting: LaTeX in, PDF and a list of what is wrong with it out."""
