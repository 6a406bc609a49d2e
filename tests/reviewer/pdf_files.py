"""Real PDFs, written by hand: fast, and free to hide text in every way that a page allows."""

from pathlib import Path

_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def draw(path: Path, text: str, whisper: str = "", style: str = "0 g") -> Path:
    """A PDF with the text, page by page; `whisper` stands on the first, after the operators of `style`."""
    lines = text.splitlines()
    pages = [lines[start : start + 60] for start in range(0, len(lines), 60)]
    contents = [_page(page) for page in pages]
    contents[0] += f" BT /F 9 Tf {style} 50 20 Td ({escape(whisper)}) Tj ET".encode("latin-1")
    path.write_bytes(_document(contents))
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


def _page(lines: list[str]) -> bytes:
    rows = "".join(f"({escape(line)}) Tj T* " for line in lines)
    return f"BT /F 9 Tf 12 TL 50 780 Td {rows}ET".encode("latin-1")


def escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _document(contents: list[bytes]) -> bytes:
    """Objects 1 to 3 are catalogue, page tree and font; then a page and its content by turns."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(contents)))
    tree = f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode()
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", tree, _FONT]
    for number, content in enumerate(contents):
        box = "/MediaBox [0 0 595 842] /Resources << /Font << /F 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} /Contents {5 + 2 * number} 0 R >>".encode())
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    return with_table(objects)


def with_table(objects: list[bytes], trailer: str = "") -> bytes:
    out, starts = b"%PDF-1.4\n", list[int]()
    for number, content in enumerate(objects, start=1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer.encode(),
        len(out),
    )
    return out + head + table + tail
