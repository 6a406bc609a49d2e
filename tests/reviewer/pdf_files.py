"""Real PDFs made without TeX."""

from pathlib import Path


def draw(path: Path, text: str, whisper: str = "", color: str = "white", size: float = 9) -> Path:
    """A PDF with the text on as many pages as it takes; `whisper` is drawn on the first in its own colour and size."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    lines = text.splitlines()
    with matplotlib.rc_context({"pdf.fonttype": 42, "text.parse_math": False}), PdfPages(path) as pages:
        for start in range(0, len(lines), 60):
            page = Figure(figsize=(8.3, 11.7))
            for row, line in enumerate(lines[start : start + 60]):
                page.text(0.08, 0.95 - row * 0.015, line, size=9)
            if whisper and start == 0:
                page.text(0.08, 0.02, whisper, size=size, color=color)
            pages.savefig(page)
    return path


def blank(path: Path, pages: int, password: str = "") -> Path:
    from pypdf import PdfWriter

    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    writer.write(path)
    return path
