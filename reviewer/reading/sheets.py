"""Pages of a PDF through PDFium: pieces of text with their places, type and ink. Says nothing of reading order.

Marks that would put other words in place of the drawn ones (/ActualText) are taken off first and kept as `spoken`.
"""

import ctypes
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from reviewer.errors import ReviewerError

_MOST_OBJECTS = 30_000  # on a page; drawings of more points than that hold no more text that is read
_MOST_CHARACTERS = 40_000  # on a page; a dense one has 8,000
_DEPTH = 8
_FAR = 1e6  # points
_SPREAD = 0.53  # of the size of type a letter, with the gaps: most prose has 0.4 to 0.5
_CELL_GAP = 1.1
_SPOKEN = (b"ActualText", b"Alt", b"E")
_BOLD = re.compile(r"bold|black|heavy|medi\b|-medi|demi|CMBX|SFBX|\bBd", re.I)
Matrix = tuple[float, float, float, float, float, float]
_SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Piece(NamedTuple):
    """A run of text as drawn, in points from the left and the bottom of the page as it lies in the file.

    `baseline` is the height of the line it stands on; `turn` counts quarters of a turn; `is_drawing` marks labels of
    figures; `is_faint` ink that is white, pale or see-through; `is_blank` text that is drawn with no ink at all.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    baseline: float
    size: float
    is_bold: bool = False
    turn: int = 0
    is_drawing: bool = False
    is_faint: bool = False
    is_blank: bool = False
    is_seen: bool = True


class Sheet(NamedTuple):
    """A page: its size in points, its pieces in the order they are drawn, and what is said in place of the drawn."""

    width: float
    height: float
    pieces: tuple[Piece, ...]
    spoken: tuple[str, ...] = ()


class Drawn(NamedTuple):
    """An object of PDFium's on a page, its kind, its box, and how it lies; `depth` is how many forms it is within."""

    handle: Any
    kind: int
    box: tuple[float, float, float, float]
    matrix: Matrix
    depth: int
    form: int  # the number of the outermost form it is in, -1 for none


def load() -> Any:
    """PDFium's own functions: typed by ctypes, not by Python."""
    import pypdfium2.raw as raw

    return raw


def read_sheet(document: Any, number: int, ends: float = float("inf")) -> Sheet:
    """Read page `number`, from 0; no picture of it is drawn once time.monotonic() is past `ends`.

    A page that PDFium cannot parse raises ReviewerError.
    """
    from reviewer.reading.visibility import mark_seen

    pdfium = load()
    page = pdfium.FPDF_LoadPage(document, number)
    if not page:
        raise ReviewerError(f"page {number + 1} is damaged; give a PDF that opens in a viewer")
    try:
        pdfium.FPDFPage_SetRotation(page, 0)  # text is turned to the reader later, by the way most of it runs
        frame = _frame(pdfium, page)
        drawn = list(_walk(pdfium, page))
        spoken = tuple(text for one in drawn for text in _take_off_marks(pdfium, one))
        pieces, handles = _pieces(pdfium, page, frame, drawn)
        seen = mark_seen(pdfium, page, frame, drawn, handles, pieces, ends)
        return Sheet(frame[2] - frame[0], frame[3] - frame[1], seen, spoken)
    finally:
        pdfium.FPDF_ClosePage(page)


def _frame(pdfium: Any, page: Any) -> tuple[float, float, float, float]:
    """The part of the page that is shown: left, bottom, right, top."""
    box = pdfium.FS_RECTF()
    has_box = pdfium.FPDF_GetPageBoundingBox(page, box)
    if not (has_box and 1 < box.right - box.left < _FAR and 1 < abs(box.top - box.bottom) < _FAR):
        return (0.0, 0.0, 612.0, 792.0)
    return (box.left, min(box.bottom, box.top), box.right, max(box.bottom, box.top))


def _walk(pdfium: Any, page: Any) -> Iterator[Drawn]:
    """Objects of the page and of the forms in it, in the order they are drawn."""
    left = [_MOST_OBJECTS]

    def visit(count: Any, get: Any, parent: Any, matrix: Matrix, depth: int, form: int) -> Iterator[Drawn]:
        for index in range(count(parent)):
            left[0] -= 1
            if left[0] < 0:
                return
            handle = get(parent, index)
            kind = pdfium.FPDFPageObj_GetType(handle)
            yield Drawn(handle, kind, _box(pdfium, handle, matrix), matrix, depth, form)
            if kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _DEPTH:
                inner = _times(_matrix(pdfium, handle), matrix)
                within = form if form >= 0 else index
                yield from visit(
                    pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject, handle, inner, depth + 1, within
                )

    yield from visit(pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject, page, _SAME, 0, -1)


def _box(pdfium: Any, handle: Any, matrix: Matrix) -> tuple[float, float, float, float]:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium.FPDFPageObj_GetBounds(handle, left, bottom, right, top):
        return (0.0, 0.0, 0.0, 0.0)
    if matrix is _SAME:
        return (_finite(left.value), _finite(bottom.value), _finite(right.value), _finite(top.value))
    a, b, c, d, e, f = matrix
    corners = [(x, y) for x in (left.value, right.value) for y in (bottom.value, top.value)]
    xs = [a * x + c * y + e for x, y in corners]
    ys = [b * x + d * y + f for x, y in corners]
    return (_finite(min(xs)), _finite(min(ys)), _finite(max(xs)), _finite(max(ys)))


def _finite(value: float) -> float:
    """A place that numbers can be rounded from, whatever a damaged or hostile file says."""
    return min(max(value, -_FAR), _FAR) if value == value else 0.0


def _matrix(pdfium: Any, handle: Any) -> Matrix:
    made = pdfium.FS_MATRIX()
    return (made.a, made.b, made.c, made.d, made.e, made.f) if pdfium.FPDFPageObj_GetMatrix(handle, made) else _SAME


def _times(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def _take_off_marks(pdfium: Any, one: Drawn) -> Iterator[str]:
    """Take off marks that say other words than those drawn, and yield these words."""
    for index in reversed(range(pdfium.FPDFPageObj_CountMarks(one.handle))):
        mark = pdfium.FPDFPageObj_GetMark(one.handle, index)
        said = [text for name in _SPOKEN if (text := _said(pdfium, mark, name))]
        if said:
            pdfium.FPDFPageObj_RemoveMark(one.handle, mark)
            yield from said


def _said(pdfium: Any, mark: Any, name: bytes) -> str:
    """A text string of a mark, by its bytes: PDFium does not look for UTF-16 here."""
    length = ctypes.c_ulong()
    buffer = (ctypes.c_ubyte * 8192)()
    if not pdfium.FPDFPageObjMark_GetParamBlobValue(mark, name, buffer, ctypes.sizeof(buffer), length):
        return ""
    said = bytes(buffer)[: length.value]
    return said.decode("utf-16" if said[:2] in (b"\xfe\xff", b"\xff\xfe") else "utf-8", errors="replace")


def _decode(buffer: Any, size: int) -> str:
    return bytes(buffer)[: max(size - 2, 0)].decode("utf-16-le", errors="replace")


def _pieces(
    pdfium: Any, page: Any, frame: tuple[float, float, float, float], drawn: list[Drawn]
) -> tuple[list[Piece], list[Drawn]]:
    """Pieces of text, and the objects they were made of."""
    texts = pdfium.FPDFText_LoadPage(page)
    if not texts:
        return [], []
    try:
        if pdfium.FPDFText_CountChars(texts) > _MOST_CHARACTERS:
            raise ReviewerError(f"a page has more than {_MOST_CHARACTERS} characters; give the PDF of one paper")
        make = _Maker(pdfium, texts, frame)
        texts_drawn = (one for one in drawn if one.kind == pdfium.FPDF_PAGEOBJ_TEXT)
        kept = [(piece, one) for one in texts_drawn for piece in make.pieces(one) if piece.text.strip()]
        return _with_labels([piece for piece, _ in kept], [one for _, one in kept]), [one for _, one in kept]
    finally:
        pdfium.FPDFText_ClosePage(texts)


def _with_labels(pieces: list[Piece], handles: list[Drawn]) -> list[Piece]:
    """Mark text of forms as labels of a drawing, unless the form holds most of the page's text: then it is the page."""
    counts: dict[int, int] = {}
    for piece, one in zip(pieces, handles, strict=True):
        counts[one.form] = counts.get(one.form, 0) + len(piece.text)
    whole = sum(counts.values())
    drawings = {form for form, count in counts.items() if form >= 0 and count < 0.5 * whole}
    return [piece._replace(is_drawing=one.form in drawings) for piece, one in zip(pieces, handles, strict=True)]


class _Letter(NamedTuple):
    text: str
    left: float
    right: float


class _Maker:
    """Makes pieces of the text objects of one page; fonts are asked for their names once."""

    def __init__(self, pdfium: Any, texts: Any, frame: tuple[float, float, float, float]) -> None:
        self.pdfium, self.texts, self.frame = pdfium, texts, frame
        self.buffer = (ctypes.c_ushort * 4096)()
        self.bold: dict[int, bool] = {}
        self.ink = (ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint())

    def pieces(self, one: Drawn) -> list[Piece]:
        """A piece; or several where one object jumps over wide gaps, as the rows of tables do."""
        piece = self._piece(one)
        spread = (piece.right - piece.left) / max(piece.size * len(piece.text), 0.1)
        if piece.turn or spread < _SPREAD or " " not in piece.text.strip():
            return [piece]
        cells: list[list[_Letter]] = []
        for letter in self._letters(one, piece):
            if cells and letter.left - cells[-1][-1].right < _CELL_GAP * piece.size:
                cells[-1].append(letter)
            else:
                cells.append([letter])
        texts = ["".join(letter.text for letter in cell).strip() for cell in cells]
        if len(cells) < 2 or "".join(texts).replace(" ", "") != piece.text.replace(" ", ""):
            return [piece]
        return [
            piece._replace(text=text, left=cell[0].left, right=cell[-1].right)
            for text, cell in zip(texts, cells, strict=True)
        ]

    def _letters(self, one: Drawn, piece: Piece) -> Iterator[_Letter]:
        """The letters of an object with their places; a gap counts from the last that is no space."""
        pdfium, (x, y) = self.pdfium, self.frame[:2]
        place = (piece.left + x + 1, (piece.bottom + piece.top) / 2 + y, piece.size, piece.size)
        start = max(pdfium.FPDFText_GetCharIndexAtPos(self.texts, *place) - 2, 0)
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        address, space = ctypes.addressof(one.handle.contents), ""
        for index in range(start, start + len(piece.text) + 5):
            owner = pdfium.FPDFText_GetTextObject(self.texts, index)
            char = chr(pdfium.FPDFText_GetUnicode(self.texts, index))
            if not owner or ctypes.addressof(owner.contents) != address:
                continue
            if char.isspace() or not pdfium.FPDFText_GetCharBox(self.texts, index, left, right, bottom, top):
                space = " "
                continue
            yield _Letter(space + char, left.value - x, right.value - x)
            space = ""

    def _piece(self, one: Drawn) -> Piece:
        a, b, c, d, e, f = _times(_matrix(self.pdfium, one.handle), one.matrix)
        size = ctypes.c_float()
        self.pdfium.FPDFTextObj_GetFontSize(one.handle, size)
        left, bottom, right, top = one.box
        x, y = self.frame[:2]
        is_blank, is_faint = self._ink(one.handle)
        return Piece(
            self._text(one.handle), left - x, bottom - y, right - x, top - y,
            baseline=_finite(f - y if abs(a) >= abs(b) else e - x),
            size=_finite(abs(size.value) * math.hypot(c, d)),
            is_bold=self._is_bold(one.handle),
            turn=round(math.atan2(b, a) / (math.pi / 2)) % 4,
            is_faint=is_faint,
            is_blank=is_blank,
        )  # fmt: skip

    def _text(self, handle: Any) -> str:
        """The words of an object; PDFium marks a hyphen at the end of a line as U+0002 and a break as CR LF."""
        size = self.pdfium.FPDFTextObj_GetText(handle, self.texts, self.buffer, ctypes.sizeof(self.buffer))
        if size > ctypes.sizeof(self.buffer):
            self.buffer = (ctypes.c_ushort * size)()
            self.pdfium.FPDFTextObj_GetText(handle, self.texts, self.buffer, size)
        text = _decode(ctypes.string_at(self.buffer, min(size, ctypes.sizeof(self.buffer))), size)
        return re.sub(r"[\r\n\t]+", " ", text.replace("\x02", "-").replace("\ufffe", "-")).replace("\x00", "")

    def _is_bold(self, handle: Any) -> bool:
        font = self.pdfium.FPDFTextObj_GetFont(handle)
        key = ctypes.cast(font, ctypes.c_void_p).value or 0
        if key not in self.bold:
            name = ctypes.create_string_buffer(256)
            self.pdfium.FPDFFont_GetBaseFontName(font, name, 256)
            self.bold[key] = bool(_BOLD.search(name.value.decode("latin-1")))
        return self.bold[key]

    def _ink(self, handle: Any) -> tuple[bool, bool]:
        """Whether there is none, and whether it is white, pale or see-through; ink of a pattern is left to the eye."""
        mode = self.pdfium.FPDFTextObj_GetTextRenderMode(handle)
        if mode in (self.pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, self.pdfium.FPDF_TEXTRENDERMODE_CLIP):
            return True, True
        ask = (
            self.pdfium.FPDFPageObj_GetStrokeColor
            if mode in (self.pdfium.FPDF_TEXTRENDERMODE_STROKE, self.pdfium.FPDF_TEXTRENDERMODE_STROKE_CLIP)
            else self.pdfium.FPDFPageObj_GetFillColor
        )
        red, green, blue, alpha = self.ink
        if not ask(handle, red, green, blue, alpha):
            return False, False
        is_pale = min(red.value, green.value, blue.value) > 225
        return alpha.value < 8, alpha.value < 64 or is_pale
