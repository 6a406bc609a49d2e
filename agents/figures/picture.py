"""A figure as a picture, for whoever looks at it rather than reads it."""

from pathlib import Path
from typing import Any

WIDTH_PX = 1000


def render_png(pdf: Path, png: Path) -> None:
    """Write the first page of a PDF as a PNG of about WIDTH_PX pixels in width."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        page: Any = document[0]
        page.render(scale=WIDTH_PX / page.get_width()).to_pil().save(png)
    finally:
        document.close()
