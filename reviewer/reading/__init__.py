"""A paper from what it comes in (PDF, LaTeX, parsed text) to sections of plain text."""
