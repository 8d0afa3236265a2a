"""Small files that unfold, nest or loop without end, by name; all are made here."""

import gzip
import io
import zipfile
from collections.abc import Callable

from tests.ingest import papers

ZEROS = b"\0" * 300_000_000
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + "]>"
)
QUADRATIC = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "{"ha" * 50_000}">]>'
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
XHTML = '<html xmlns="http://www.w3.org/1999/xhtml"><body>{}</body></html>'
DRAW = b"BT /F1 12 Tf 72 720 Td (Tea is hot.) Tj ET\n"


def _overlapping() -> bytes:
    """A directory in which many names share one large file, as in the zip bombs of 2019."""
    single = io.BytesIO()
    with zipfile.ZipFile(single, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", b"\0" * 9_000_000)
        for number in range(300):
            entry = zipfile.ZipInfo(f"word/{number}.xml")
            entry.CRC, entry.header_offset, entry.file_size, entry.compress_size = 0, 0, 9_000_000, 9_000
            package.filelist.append(entry)
            package.NameToInfo[entry.filename] = entry
    return single.getvalue()


def _lying_zip() -> bytes:
    """A directory that says a file is small, and isn't."""
    data = papers.archive({"word/document.xml": ZEROS})
    return data.replace(len(ZEROS).to_bytes(4, "little"), (1000).to_bytes(4, "little"))


def _nested_pages(depth: int) -> bytes:
    """A page tree so deep that walking it by recursion never comes back."""
    nodes = tuple(
        f"<< /Type /Pages /Count 1 /Kids [{8 + n} 0 R] /Parent {6 + n} 0 R >>".encode() for n in range(depth)
    )
    data = papers.raw_pdf([papers.stream(DRAW)], more=nodes)
    return data.replace(b"/Kids [5 0 R]", b"/Kids [7 0 R]")


def _page_loop() -> bytes:
    return papers.raw_pdf([papers.stream(DRAW)]).replace(b"/Kids [5 0 R]", b"/Kids [2 0 R]")


def _nested_arrays(depth: int) -> bytes:
    return papers.raw_pdf([papers.stream(DRAW)], more=(b"[" * depth + b"]" * depth,), root="/Odd 7 0 R")


def _form_loop(names: int) -> bytes:
    """Forms that draw each other, twice each: 2 to the power of their number."""
    forms = tuple(
        papers.stream(
            b"/X Do /X Do" if n + 1 < names else DRAW,
            extra=(
                f"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /Font << /F1 3 0 R >> "
                f"/XObject << /X {8 + n if n + 1 < names else 7} 0 R >> >>"
            ),
        )
        for n in range(names)
    )
    return papers.raw_pdf([papers.stream(b"/X Do")], more=forms, resources="/XObject << /X 7 0 R >>")


def _outline_loop() -> bytes:
    return papers.pdf("Tea is hot.", outline=(("Tea", 1), ("Milk", 1))).replace(
        b"/Next 9 0 R", b"/Next 8 0 R"
    )


def _shared_content(pages: int) -> bytes:
    """Thousands of pages that all draw one large stream."""
    return papers.raw_pdf([papers.stream(DRAW * 20_000)] * pages, shared=True)


BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip of zeros": lambda: gzip.compress(ZEROS, 9),
    "gzip of gzip of zeros": lambda: gzip.compress(gzip.compress(ZEROS, 9)),
    "gzip of one endless line": lambda: gzip.compress(b"tea " * 20_000_000),
    "many gzip members": lambda: gzip.compress(b"\0" * 9_000_000) * 40,
    "zip of zeros": lambda: papers.archive({"word/document.xml": ZEROS}),
    "zip of many files": lambda: papers.archive(
        {f"word/{n}.xml": "" for n in range(5_000)} | {"word/document.xml": ""}
    ),
    "zip whose entries overlap": lambda: _overlapping(),
    "zip that lies about its sizes": lambda: _lying_zip(),
    "zip of zips": lambda: papers.archive(
        {f"{n}.zip": papers.archive({"a.txt": b"\0" * 9_000_000}) for n in range(20)}
    ),
    "word with a billion laughs": lambda: papers.archive(
        {"[Content_Types].xml": LAUGHS + "<x>&a11;</x>", "word/document.xml": LAUGHS + "<x>&a11;</x>"}
    ),
    "word nested a hundred thousand deep": lambda: papers.word(
        ("Normal", "Tea."), body="<w:p>" * 100_000 + "</w:p>" * 100_000
    ),
    "word of one huge paragraph": lambda: papers.word(
        ("Normal", "Tea."), body="<w:p><w:r><w:t>x</w:t></w:r></w:p>" * 800_000
    ),
    "epub with a billion laughs": lambda: papers.epub(
        "<p>Tea.</p>", **{"OEBPS__c0.xhtml": LAUGHS + XHTML.format("&a11;")}
    ),
    "epub package with a billion laughs": lambda: papers.epub(
        "<p>Tea.</p>", **{"OEBPS__book.opf": LAUGHS + "<x>&a11;</x>"}
    ),
    "epub nested deep": lambda: papers.epub("<div>" * 500_000 + "tea" + "</div>" * 500_000),
    "xml billion laughs": lambda: (LAUGHS + "<x>&a11;</x>").encode(),
    "xml quadratic": lambda: (QUADRATIC + f"<x>{'&a;' * 50_000}</x>").encode(),
    "xml external": lambda: (EXTERNAL + "<x>&a;</x>").encode(),
    "timed text with a billion laughs": lambda: (
        LAUGHS + '<tt xmlns="http://www.w3.org/ns/ttml">&a11;</tt>'
    ).encode(),
    "timed text quadratic": lambda: (
        QUADRATIC + f'<tt xmlns="http://www.w3.org/ns/ttml">{"&a;" * 50_000}</tt>'
    ).encode(),
    "timed text external": lambda: (
        EXTERNAL + '<tt xmlns="http://www.w3.org/ns/ttml"><p begin="1s">&a;</p></tt>'
    ).encode(),
    "timed text nested deep": lambda: b'<tt xmlns="http://www.w3.org/ns/ttml">' + b"<div>" * 300_000,
    "html nested deep": lambda: b"<div>" * 1_000_000 + b"tea",
    "html of unclosed formatting": lambda: b"<p>" + b"<b><i><a>" * 100_000 + b"tea",
    "html of one endless tag": lambda: b"<p " + b"a=1 " * 2_000_000,
    "markdown nested quotes": lambda: b"# Tea\n\n" + b"> " * 50_000 + b"tea",
    "markdown nested lists": lambda: (
        b"# Tea\n\n" + b"".join(b" " * (2 * n) + b"- tea\n" for n in range(1_500))
    ),
    "markdown of brackets": lambda: b"# Tea\n\n" + b"[" * 50_000,
    "markdown of stars": lambda: b"# Tea\n\n" + b"*a **a " * 30_000,
    "markdown of links": lambda: b"# Tea\n\n" + b"[a](<" * 50_000,
    "markdown of backticks": lambda: b"# Tea\n\n" + b"".join(b"`" * n + b"a" for n in range(1, 1_000)),
    "yaml laughs": lambda: (
        b"---\na: &a [x, x, x, x, x, x, x, x, x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (n + 1, n + 1, b", ".join([b"*%c" % n] * 9)) for n in range(97, 110))
        + b"---\nTea is hot.\n"
    ),
    "json nested deep": lambda: b'{"segments": ' + b"[" * 500_000 + b"]" * 500_000 + b"}",
    "json of one huge number": lambda: b'{"segments": [{"start": ' + b"9" * 1_000_000 + b', "text": "tea"}]}',
    "captions of arrows": lambda: b"WEBVTT\n\n" + b"-->" * 500_000,
    "captions of a million cues": lambda: b"WEBVTT\n\n" + b"0:01.000 --> 0:02.000\ntea\n\n" * 300_000,
    "captions of open tags": lambda: b"WEBVTT\n\n0:01.000 --> 0:02.000\n" + b"<v " * 300_000,
    "captions of one endless line": lambda: b"WEBVTT\n\n0:01.000 --> 0:02.000\n" + b"tea:" * 1_000_000,
    "labels without end": lambda: b"Ana: " * 300_000,
    "labels of spaces": lambda: b"Ana" + b" " * 200_000 + b"x\n" + b"Bo" + b"\t" * 200_000 + b"x",
    "labels of digits": lambda: b"Ana " + b"1:" * 300_000,
    "labels of words": lambda: b"[" + b"Ana Roe " * 100_000 + b"\n" + b"**" * 200_000,
    "templates that never close": lambda: b"# Tea\n\n" + b"{% {{ {: <!-- " * 100_000,
    "pdf of a huge stream": lambda: papers.raw_pdf([papers.stream(b" " * 300_000_000)]),
    "pdf of much drawing": lambda: papers.raw_pdf([papers.stream(DRAW * 300_000)]),
    "pdf of doubly packed zeros": lambda: papers.raw_pdf([papers.stream(papers.packed(ZEROS), twice=True)]),
    "pdf whose pages nest deep": lambda: _nested_pages(20_000),
    "pdf whose pages loop": lambda: _page_loop(),
    "pdf of nested arrays": lambda: _nested_arrays(200_000),
    "pdf whose forms double": lambda: _form_loop(40),
    "pdf whose outline loops": lambda: _outline_loop(),
    "pdf whose pages share one stream": lambda: _shared_content(1_000),
    "pdf of two thousand million pages": lambda: papers.pdf("Tea.").replace(
        b"/Count 1 ", b"/Count 2000000000 "
    ),
    "pdf with a huge cross-reference": lambda: papers.pdf("Tea.").replace(b"xref\n0 8", b"xref\n0 99999999"),
    "bytes of one kind": lambda: b"\xff" * 5_000_000,
    "spaces without end": lambda: b" " * 5_000_000 + b"tea",
    "lines without end": lambda: b"\n" * 5_000_000 + b"tea",
    "one word without end": lambda: b"a" * 5_000_000,
    "combining marks": lambda: "e\u0301".encode() * 1_000_000,
}
