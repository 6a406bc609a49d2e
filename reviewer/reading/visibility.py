"""Which text a reader of the page sees: that which makes a difference to the picture of the page.

Pages are drawn with their text and without it. Text that changes nothing where it stands is not seen, whatever hides
it: ink of the paper's colour, no ink, a box or picture on top, a clip, a layer that is off, glyphs without outlines, a
place off the page. Pale and covered text is taken away first, so that other text around it cannot stand in for it.
"""

import ctypes
import time
from collections.abc import Callable, Sequence
from typing import Any

from reviewer.reading.sheets import Drawn, Piece

Frame = tuple[float, float, float, float]
_MOST_PIXELS = 1_200_000
_LEAST_CONTRAST = 14  # of 255 levels of grey; yellow on white has 29, and line numbers in light grey 75
_LEAST_INK = 0.02  # share of a text's box that has to change; letters cover 15 to 25 %
_LEAST_ON_PAGE = 0.6
_SCALE = 0.75  # pixels a point


def mark_seen(
    pdfium: Any,
    page: Any,
    frame: Frame,
    drawn: Sequence[Drawn],
    handles: Sequence[Drawn],
    pieces: Sequence[Piece],
    ends: float = float("inf"),
) -> tuple[Piece, ...]:
    """The pieces with `is_seen` set. Once time.monotonic() is past `ends`, a page is judged by its ink alone."""
    if not pieces:
        return ()
    fillers = _fillers(pdfium, drawn)
    places = {id(one): place for place, one in enumerate(drawn)}
    order = [places[id(one)] for one in handles]
    covered = [_is_covered(one, place, fillers) for one, place in zip(handles, order, strict=True)]
    doubtful = [piece.is_faint or is_under for piece, is_under in zip(pieces, covered, strict=True)]
    inked = _draw_apart(_Canvas(pdfium, page, frame, ends), handles, doubtful)
    if inked is None:
        backed = [_is_backed(one, place, fillers) for one, place in zip(handles, order, strict=True)]
        seen = [not piece.is_faint or is_backed for piece, is_backed in zip(pieces, backed, strict=True)]
    else:
        seen = [inked(piece, is_doubtful) for piece, is_doubtful in zip(pieces, doubtful, strict=True)]
    return tuple(
        piece._replace(is_seen=is_inked and not piece.is_blank) for piece, is_inked in zip(pieces, seen, strict=True)
    )


def _fillers(pdfium: Any, drawn: Sequence[Drawn]) -> list[tuple[int, Frame]]:
    """Places in the order, and boxes, of what may lie under or over text: pictures, shadings, filled paths."""
    found: list[tuple[int, Frame]] = []
    for place, one in enumerate(drawn):
        left, bottom, right, top = one.box
        if right - left < 10 or top - bottom < 3 or one.kind in (pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_FORM):
            continue
        if one.kind != pdfium.FPDF_PAGEOBJ_PATH or _is_filled(pdfium, one.handle):
            found.append((place, one.box))
    return found


def _is_filled(pdfium: Any, handle: Any) -> bool:
    mode, is_stroked = ctypes.c_int(), pdfium.FPDF_BOOL()
    return bool(pdfium.FPDFPath_GetDrawMode(handle, mode, is_stroked)) and mode.value != 0


def _is_covered(one: Drawn, place: int, fillers: Sequence[tuple[int, Frame]]) -> bool:
    return any(later > place and _holds(box, one.box) for later, box in fillers)


def _is_backed(one: Drawn, place: int, fillers: Sequence[tuple[int, Frame]]) -> bool:
    return any(earlier < place and _holds(box, one.box) for earlier, box in fillers)


def _holds(outer: Frame, inner: Frame) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def _draw_apart(
    canvas: "_Canvas", handles: Sequence[Drawn], doubtful: Sequence[bool]
) -> Callable[[Piece, bool], bool] | None:
    """Draw the page whole, without the doubtful text, without any; return what tells whether a piece made a change."""
    import numpy as np

    whole = canvas.draw()
    changes: dict[bool, Any] = {}
    for is_doubtful in (True, False):
        group = [one.handle for one, value in zip(handles, doubtful, strict=True) if value is is_doubtful]
        for handle in group:
            canvas.pdfium.FPDFPageObj_SetIsActive(handle, False)
        without = canvas.draw() if group else whole
        if whole is None or without is None:
            return None
        if group:
            changes[is_doubtful] = np.maximum(whole, without) - np.minimum(whole, without) >= _LEAST_CONTRAST
        whole = without
    return lambda piece, is_doubtful: canvas.has_ink(changes[is_doubtful], piece)


class _Canvas:
    """A grey picture of the page, drawn again and again."""

    def __init__(self, pdfium: Any, page: Any, frame: Frame, ends: float) -> None:
        self.pdfium, self.page, self.ends = pdfium, page, ends
        width, height = frame[2] - frame[0], frame[3] - frame[1]
        self.scale = min(_SCALE, (_MOST_PIXELS / (width * height)) ** 0.5)
        self.width, self.height = max(int(width * self.scale), 1), max(int(height * self.scale), 1)
        self.points = height

    def draw(self) -> Any:
        """An array of height x width grey levels, or None where it takes too long."""
        import numpy as np

        pdfium = self.pdfium
        pixels = np.full((self.height, self.width), 255, np.uint8)
        start = pixels.ctypes.data_as(ctypes.c_void_p)
        bitmap = pdfium.FPDFBitmap_CreateEx(self.width, self.height, pdfium.FPDFBitmap_Gray, start, self.width)
        if not bitmap:
            return None
        pause = pdfium.IFSDK_PAUSE(version=1)
        pause.NeedToPauseNow = type(pause.NeedToPauseNow)(self._is_late)
        place = (0, 0, self.width, self.height, 0, pdfium.FPDF_ANNOT)
        try:
            state = pdfium.FPDF_RenderPageBitmap_Start(bitmap, self.page, *place, pause)
            return pixels if state == pdfium.FPDF_RENDER_DONE else None
        finally:
            pdfium.FPDF_RenderPage_Close(self.page)
            pdfium.FPDFBitmap_Destroy(bitmap)

    def _is_late(self, _: Any) -> bool:
        return time.monotonic() > self.ends

    def has_ink(self, changed: Any, piece: Piece) -> bool:
        """Whether enough of the piece's box changed; `changed` tells it of each pixel, from the top of the page."""
        import numpy as np

        left, right = (round(x * self.scale) for x in (piece.left - 0.5, piece.right + 0.5))
        top, bottom = (round((self.points - y) * self.scale) for y in (piece.top + 0.5, piece.bottom - 0.5))
        x0, x1 = (min(max(x, 0), self.width) for x in (left, max(right, left + 1)))
        y0, y1 = (min(max(y, 0), self.height) for y in (top, max(bottom, top + 1)))
        area = (x1 - x0) * (y1 - y0)
        if area < _LEAST_ON_PAGE * max(right - left, 1) * max(bottom - top, 1):
            return False
        return int(np.count_nonzero(changed[y0:y1, x0:x1])) >= max(_LEAST_INK * area, 1)
