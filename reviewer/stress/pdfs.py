"""Real PDFs of a row, written by hand, so that a whisper can hide in every way that a page allows."""

from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import NamedTuple

from reviewer.stress.layout import HEIGHT, MARGIN, WIDTH, Line, encodable, lay_out
from reviewer.stress.operator import Row
from reviewer.stress.whispers import WAYS

_FONTS = (b"Times-Roman", b"Times-Bold")
_ZERO_WIDTH = {"\u200b": 1, "\u200d": 2}
_LOW = 30
"""Height in points at which a whisper stands: below the text, on the page."""


class Whisper(NamedTuple):
    """What is planted, in which of PDF_WAYS, on which page (counted modulo the pages)."""

    way: str
    text: str
    page: int = 0


class _Hidden(NamedTuple):
    """Operators for the page's content, and objects beside it: an annotation of the page, the document's metadata."""

    content: bytes = b""
    annotation: bytes = b""
    metadata: bytes = b""
    alt: bytes = b""


def make_whisper(way: str, rng: Random) -> Whisper:
    """Word an instruction by chance for a way of PDF_WAYS."""
    wording = way if way in ("zero_width", "base64") else rng.choice(("plain", "polite"))
    return Whisper(way, WAYS[wording](rng), rng.randrange(1000))


def write_pdf(path: Path, row: Row, whisper: Whisper | None = None) -> Path:
    """Write a paginated A4 PDF of the row, with the whisper hidden in it; the same row gives the same bytes."""
    pages = lay_out(row)
    hidden = PDF_WAYS[whisper.way](whisper.text) if whisper else _Hidden()
    place = whisper.page % len(pages) if whisper else 0
    contents = [b"\n".join(map(_draw, page)) for page in pages]
    contents[place] += b"\n" + hidden.content
    path.write_bytes(_document(contents, hidden, place))
    return path


def _draw(line: Line) -> bytes:
    return _text(line.text, b"/F%d %g Tf %d %g Td" % (line.is_bold, line.size, MARGIN, line.y))


def _text(text: str, before: bytes) -> bytes:
    return b"BT %s %s Tj ET" % (before, _string(text))


def _string(text: str) -> bytes:
    """A literal string in the fonts' encoding."""
    coded = encodable(text).replace("\n", " ").encode("cp1252", "replace")
    return b"(" + coded.replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)") + b")"


def _unicode(text: str) -> bytes:
    """A string outside a page's content, as UTF-16."""
    return b"<" + ("\ufeff" + text).encode("utf-16-be").hex().encode() + b">"


def _white(text: str) -> _Hidden:
    return _Hidden(_in_lines(text, b"1 g", 9))


def _tiny(text: str) -> _Hidden:
    return _Hidden(_text(text, b"/F0 0.4 Tf %d %d Td" % (MARGIN, _LOW)))


def _off_page(text: str) -> _Hidden:
    return _Hidden(_text(text, b"/F0 9 Tf %d %d Td" % (MARGIN, HEIGHT + 200)))


def _unpainted(text: str) -> _Hidden:
    """Text rendering mode 3: neither filled nor stroked (ISO 32000, 9.3.6)."""
    return _Hidden(_in_lines(text, b"3 Tr", 9) + b"\n0 Tr")


def _alt_text(text: str) -> _Hidden:
    """The alternative description of a figure: in the page's marked content and in the structure tree."""
    box = b"0.8 g %d %d 60 12 re f 0 g" % (MARGIN, _LOW)
    return _Hidden(b"/Figure << /MCID 0 /Alt %s >> BDC %s EMC" % (_unicode(text), box), alt=_unicode(text))


def _zero_width(text: str) -> _Hidden:
    """Zero-width characters between the letters, through a font that maps codes to them (ToUnicode)."""
    codes = bytes(_ZERO_WIDTH.get(char) or (ord(char) if " " <= char <= "~" else 63) for char in text)
    lines = [codes[at : at + 180] for at in range(0, len(codes), 180)]
    drawn = b" ".join(b"<%s> Tj T*" % line.hex().encode() for line in lines)
    return _Hidden(b"BT /F2 9 Tf 10 TL %d %d Td %s ET" % (MARGIN, _LOW + 20, drawn))


def _base64(text: str) -> _Hidden:
    return _Hidden(_in_lines(text, b"0 g", 9))


def _annotation(text: str) -> _Hidden:
    """A note whose hidden flag is set."""
    note = b"<< /Type /Annot /Subtype /Text /Rect [0 0 1 1] /F 2 /Contents %s >>" % _unicode(text)
    return _Hidden(annotation=note)


def _metadata(text: str) -> _Hidden:
    said = _unicode(text)
    return _Hidden(metadata=b"<< /Subject %s /Keywords %s >>" % (said, said))


def _behind(text: str) -> _Hidden:
    """Black text, then a figure's filled box over it."""
    box = b"0.8 g %d %d %d 34 re f 0 g" % (MARGIN - 4, _LOW - 6, WIDTH - 2 * MARGIN + 8)
    return _Hidden(_in_lines(text, b"0 g", 9) + b"\n" + box)


PDF_WAYS: Mapping[str, Callable[[str], _Hidden]] = {
    "white": _white,
    "tiny": _tiny,
    "off_page": _off_page,
    "unpainted": _unpainted,
    "alt_text": _alt_text,
    "zero_width": _zero_width,
    "base64": _base64,
    "annotation": _annotation,
    "metadata": _metadata,
    "behind_figure": _behind,
}
"""Ways to hide a whisper in a PDF."""


def _in_lines(text: str, style: bytes, size: int) -> bytes:
    """Lines of at most 100 letters from above the lower edge down, black again after them."""
    lines = [text[at : at + 100] for at in range(0, len(text), 100)]
    drawn = b" ".join(b"%s Tj T*" % _string(line) for line in lines)
    return b"BT /F0 %d Tf 10 TL %s %d %d Td %s ET 0 g" % (size, style, MARGIN, _LOW + 10, drawn)


def _document(contents: list[bytes], hidden: _Hidden, place: int) -> bytes:
    """Objects: 1 catalogue, 2 page tree, 3 to 5 fonts, 6 their map, 7 annotation, 8 metadata, 9 structure, 10 figure;
    then a page and its content by turns."""
    first = 11
    numbers = [first + 2 * page for page in range(len(contents))]
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    figure = b"<< /Type /StructElem /S /Figure /P 9 0 R /Pg %d 0 R /K 0 /Alt %s >>" % (numbers[place], hidden.alt)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R%s >>"
        % (b" /StructTreeRoot 9 0 R /MarkInfo << /Marked true >>" * bool(hidden.alt)),
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(contents)),
        *(b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>" % name for name in _FONTS),
        _zero_width_font(),
        _stream(_map()),
        hidden.annotation or b"null",
        hidden.metadata or b"<< >>",
        b"<< /Type /StructTreeRoot /K [10 0 R] >>" if hidden.alt else b"null",
        figure if hidden.alt else b"null",
    ]
    for page, content in enumerate(contents):
        objects += [_page(first + 2 * page + 1, bool(hidden.annotation) and page == place), _stream(content)]
    return _assemble(objects)


def _page(content: int, has_note: bool) -> bytes:
    fonts = b"/Resources << /Font << /F0 3 0 R /F1 4 0 R /F2 5 0 R >> >>"
    note = b" /Annots [7 0 R]" if has_note else b""
    box = b"/MediaBox [0 0 %d %d]" % (WIDTH, HEIGHT)
    return b"<< /Type /Page /Parent 2 0 R %s %s /Contents %d 0 R%s >>" % (box, fonts, content, note)


def _zero_width_font() -> bytes:
    widths = b" ".join(b"0" if code < 32 else b"450" for code in range(127))
    named = b"/Encoding /WinAnsiEncoding /ToUnicode 6 0 R"
    return b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /FirstChar 0 /LastChar 126 /Widths [%s] %s >>" % (
        widths, named,
    )  # fmt: skip


def _map() -> bytes:
    """A ToUnicode map: two codes to zero-width characters, the rest to themselves."""
    pairs = b"\n".join(b"<%02X> <%04X>" % (code, ord(char)) for char, code in _ZERO_WIDTH.items())
    return (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Z def /CMapType 2 def\n"
        b"1 begincodespacerange <00> <FF> endcodespacerange\n%d beginbfchar\n%s\nendbfchar\n"
        b"1 beginbfrange <20> <7E> <0020> endbfrange\n"
        b"endcmap CMapName currentdict /CMap defineresource pop end end"
    ) % (len(_ZERO_WIDTH), pairs)


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def _assemble(objects: list[bytes]) -> bytes:
    out, starts = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), list[int]()
    for number, content in enumerate(objects, start=1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    count, end = len(objects) + 1, len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    out += b"trailer << /Size %d /Root 1 0 R /Info 8 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, end)
    return bytes(out)
