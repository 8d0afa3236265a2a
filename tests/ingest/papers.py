"""Builders of PDF, Word and EPUB files, honest and hostile, written out so that tests see every byte."""

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping

from docx import Document

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)


def pdf(*pages: str, title: str = "", author: str = "", outline: tuple[tuple[str, int], ...] = ()) -> bytes:
    """A PDF with one line of text for each line of a page; `outline` gives titles with their pages from 1."""
    contents = [stream(_drawn(page)) for page in pages]
    return raw_pdf(contents, title=title, author=author, outline=outline)


def _drawn(page: str) -> bytes:
    lines = (line.translate({ord(c): f"\\{c}" for c in "()\\"}) for line in page.split("\n"))
    shown = "".join(f"({line}) Tj T*\n" for line in lines)
    return f"BT /F1 12 Tf 14 TL 72 720 Td\n{shown}ET".encode("cp1252")


def packed(content: bytes) -> bytes:
    return zlib.compress(content, 9)


def stream(content: bytes, *, extra: str = "", twice: bool = False) -> bytes:
    """A content stream; one that is `twice` packed holds what was packed once already."""
    filters = "[/FlateDecode /FlateDecode]" if twice else "/FlateDecode"
    inside = packed(content)
    head = f"<< /Filter {filters} /Length {len(inside)} {extra} >> stream\n"
    return head.encode() + inside + b"\nendstream"


def raw_pdf(
    contents: list[bytes],
    *,
    title: str = "",
    author: str = "",
    outline: tuple[tuple[str, int], ...] = (),
    more: tuple[bytes, ...] = (),
    root: str = "",
    resources: str = "",
    shared: bool = False,
) -> bytes:
    """A PDF around content streams; pages that are `shared` all draw the first one.

    `more` are further objects, `root` and `resources` more of the catalogue and of every page.
    """
    count = len(contents)
    first_page, first_content, first_item = 5, 5 + count, 5 + 2 * count
    kids = " ".join(f"{first_page + n} 0 R" for n in range(count))
    items = "" if not outline else f"/Outlines {first_item} 0 R"
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {items} {root} >>".encode(),
        f"<< /Type /Pages /Count {count} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({title}) /Author ({author}) >>".encode("cp1252"),
        *(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
            f"/Contents {first_content + (0 if shared else n)} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> {resources} >> >>".encode()
            for n in range(count)
        ),
        *contents,
    ]
    if outline:
        last = first_item + len(outline)
        objects.append(f"<< /First {first_item + 1} 0 R /Last {last} 0 R /Count {len(outline)} >>".encode())
        for n, (text, page) in enumerate(outline):
            following = f"/Next {first_item + n + 2} 0 R" if n + 1 < len(outline) else ""
            objects.append(
                f"<< /Title ({text}) /Parent {first_item} 0 R {following} "
                f"/Dest [{first_page + page - 1} 0 R /Fit] >>".encode()
            )
    objects += more
    return _numbered(objects)


def _numbered(objects: list[bytes]) -> bytes:
    out = io.BytesIO(b"%PDF-1.7\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(
        b"trailer << /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, table)
    )
    return out.getvalue()


def word(*paragraphs: tuple[str, str], title: str = "", author: str = "", body: str = "") -> bytes:
    """A Word file of (style, text); `body` is more WordprocessingML at its end."""
    document = Document()
    document.core_properties.title, document.core_properties.author = title, author
    for style, text in paragraphs:
        document.add_paragraph(text, style=style)
    out = io.BytesIO()
    document.save(out)
    if not body:
        return out.getvalue()
    return rezipped(
        out.getvalue(),
        "word/document.xml",
        lambda xml: xml.replace(b"<w:sectPr", body.encode() + b"<w:sectPr"),
    )


def rezipped(package: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """A package with one of its files changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry, change(data) if entry.filename == name else data)
    return out.getvalue()


def archive(files: Mapping[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(name, data)
    return out.getvalue()


def epub(*chapters: str, metadata: str = "<dc:title>Of Tea</dc:title>", **more: bytes | str) -> bytes:
    """An EPUB of XHTML bodies in order, with a table of contents that is no text."""
    names = [f"c{n}.xhtml" for n in range(len(chapters))]
    manifest = "".join(
        f'<item id="i{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in names
    )
    spine = "".join(f'<itemref idref="i{name}"/>' for name in ("nav.xhtml", *names))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">{metadata}</metadata><manifest>'
        f'<item id="inav.xhtml" href="nav.xhtml" properties="nav"/>{manifest}</manifest>'
        f"<spine>{spine}</spine></package>"
    )
    pages = {f"OEBPS/{name}": _xhtml(body) for name, body in zip(names, chapters, strict=True)}
    nav = {"OEBPS/nav.xhtml": _xhtml("<nav><ol><li>Contents</li></ol></nav>")}
    head = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": package,
    }
    return archive({**head, **nav, **pages, **{name.replace("__", "/"): data for name, data in more.items()}})


def _xhtml(body: str) -> str:
    return f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{body}</body></html>'
