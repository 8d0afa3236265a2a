"""Read the words of a Word file through python-docx: paragraphs, lists, tables, notes, headings."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from lxml import etree  # type: ignore[import-untyped]  # ships no types

from ingest.markdown import Block, fold
from ingest.pages import read_blocks
from ingest.reading import Metadata, Reading
from rag.errors import SourceMalformed
from rag.models import SourceKind

# What python-docx raises over packages that break the rules, beside its own errors.
BROKEN = (OpcError, KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile, etree.LxmlError)
HEADING = re.compile(r"heading (?P<level>[1-6])", re.IGNORECASE)
PARAGRAPH, TEXT, TAB, BREAK, RETURN = (qn(f"w:{name}") for name in ("p", "t", "tab", "br", "cr"))
# A text box is written twice, for new programs and for old ones.
TWICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
# A deleted run keeps its words, in an element of its own.
DELETED = qn("w:delText")
NOTES = {"footnote": RELATIONSHIP_TYPE.FOOTNOTES, "endnote": RELATIONSHIP_TYPE.ENDNOTES}


def recognises(names: Collection[str]) -> bool:
    """Whether the files of a ZIP package are those of a Word document.

    >>> recognises(["[Content_Types].xml", "word/document.xml"])
    True
    """
    return "word/document.xml" in names


def read(data: bytes, *, origin: str) -> Reading:
    """The document's paragraphs under their headings; one that is a transcript keeps its speakers and times.

    The XML is walked, not python-docx's paragraphs: those leave out insertions, form fields and boxes.
    """
    try:
        document = Document(io.BytesIO(data))
        blocks = list(_blocks(document, document.element.body))
        notes = [note for kind in NOTES for note in _notes(document, kind)]
        deleted = sum(1 for _ in document.element.body.iter(DELETED))
        metadata = _metadata(document)
        headers = sum(
            bool(fold(" ".join(paragraph.text for paragraph in part.paragraphs)))
            for section in document.sections
            for part in (section.header, section.footer)
        )
    except BROKEN as error:
        raise SourceMalformed(
            origin, f"a damaged Word file ({fold(str(error))[:120]}); save it anew"
        ) from error
    if notes:
        blocks += [Block("Notes", 2), *notes]
    left_out = Counter(
        {"deleted runs: struck out by their author": deleted, "page headers and footers": headers}
    )
    return read_blocks(
        blocks, metadata, tuple(f"{count} {what}" for what, count in left_out.items() if count)
    )


def _blocks(document: Any, root: Any) -> Iterator[Block]:
    names = {style.style_id: style.name or "" for style in document.styles}
    for paragraph in root.iter(PARAGRAPH):
        if any(parent.tag == TWICE for parent in paragraph.iterancestors()):
            continue
        written = _words(paragraph)
        text = fold(written)
        if not text:
            continue
        lines = tuple(line for raw in written.split("\n") if (line := fold(raw)))
        style = paragraph.pPr.pStyle if paragraph.pPr is not None else None
        name = names.get(style.val, "") if style is not None else ""
        match = HEADING.fullmatch(name)
        level = 1 if name == "Title" else int(match["level"]) if match else 0
        yield Block(text, level, lines if len(lines) > 1 else ())


def _words(paragraph: Any) -> str:
    """The paragraph's own words: those of a box anchored in it are paragraphs of their own."""
    words: list[str] = []
    for node in paragraph.iter(TEXT, TAB, BREAK, RETURN):
        if next(node.iterancestors(PARAGRAPH)) is paragraph:
            words.append(node.text or "" if node.tag == TEXT else "\t" if node.tag == TAB else "\n")
    return "".join(words)


def _notes(document: Any, kind: str) -> Iterator[Block]:
    """Footnotes or endnotes, which python-docx knows only as a part of the package."""
    for relation in document.part.rels.values():
        if relation.reltype != NOTES[kind] or relation.is_external:
            continue
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        root = etree.fromstring(relation.target_part.blob, parser)
        for note in root.iter(qn(f"w:{kind}")):
            # Separator lines are notes too, with a type; the text's own have none.
            if note.get(qn("w:type")) is None and (
                text := fold(" ".join("".join(p.itertext(TEXT)) for p in note.iter(PARAGRAPH)))
            ):
                yield Block(text)


def _metadata(document: Any) -> Metadata:
    said = document.core_properties
    author = fold(said.author or "")
    return Metadata(
        kind=SourceKind.DOCUMENT,
        title=fold(said.title or "") or None,
        # What python-docx's own template and several converters write where nobody wrote anything.
        people=tuple(
            name for name in re.split(r"\s*[;,]\s*", author) if name and name.lower() != "python-docx"
        ),
        language=fold(said.language or "") or None,
    )
