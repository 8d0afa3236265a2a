"""Tell documents that are not text (PDF, Word, EPUB) from their first bytes, and read them.

Each reader is imported when there is a document for it: their libraries take longer to load than a transcript
takes to be read.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable

from ingest import archives
from ingest.reading import Reading
from rag.errors import SourceBinary

# Told how many characters were read so far: who waits for a long document knows that it moves.
Progress = Callable[[int], None]

PDF = b"%PDF-"

# Other ways to pack a document into a ZIP archive, by a file or folder that only they hold.
KNOWN_PACKAGES = {
    "ppt/": "a PowerPoint file; save it as PDF and add that",
    "xl/": "an Excel file, a table; add a transcript, a page or a document",
    "content.xml": "an OpenDocument file; save it as DOCX or PDF and add that",
    "Index/Document.iwa": "a Pages file; export it as DOCX or PDF and add that",
    "AndroidManifest.xml": "an Android program",
}


def recognises(data: bytes) -> bool:
    """Whether bytes begin as a PDF or a ZIP package does.

    >>> recognises(b"%PDF-1.7"), recognises(b"PK is a monogram.")
    (True, False)
    """
    # Readers allow up to a kilobyte of other bytes before the mark: mail gateways put them there. Where the
    # end is marked as well, this is no page about PDFs.
    preceded = PDF in data[:1024] and b"%%EOF" in data[-2048:]
    return data.startswith((archives.ZIP, PDF)) or preceded


def read(data: bytes, *, origin: str, progress: Progress = lambda characters: None) -> Reading:
    """A PDF with its pages, a Word file or an EPUB with its headings."""
    if not data.startswith(archives.ZIP):
        from ingest import pdf

        return pdf.read(data, origin=origin, progress=progress)
    archive = archives.unzipped(data, origin=origin)
    names = archive.namelist()
    from ingest import epub, word

    if word.recognises(names):
        return word.read(data, origin=origin)
    if epub.recognises(names):
        return epub.read(archive, origin=origin, progress=progress)
    raise SourceBinary(origin, _what_it_is(archive))


def _what_it_is(archive: zipfile.ZipFile) -> str:
    names = archive.namelist()
    for mark, known in KNOWN_PACKAGES.items():
        if any(name == mark or (mark.endswith("/") and name.startswith(mark)) for name in names):
            return f"this is {known}"
    files = sum(not entry.is_dir() for entry in archive.infolist())
    return f"this is a ZIP archive of {files} files; unpack it and add the folder"
