"""Read the words of an EPUB: a ZIP archive of pages in the order its package names.

On the standard library, lxml and our own page reader: the one kept library for EPUB is under the AGPL.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Collection, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree  # type: ignore[import-untyped]  # ships no types

from ingest import archives, webpage
from ingest.decode import decode
from ingest.frontmatter import day, web_address
from ingest.markdown import Block, fold
from ingest.pages import read_blocks
from ingest.reading import Metadata, Reading
from rag.errors import SourceEmpty, SourceMalformed
from rag.models import SourceKind, unique

CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"


def recognises(names: Collection[str]) -> bool:
    """Whether the files of a ZIP package are those of an EPUB.

    >>> recognises(["mimetype", "META-INF/container.xml", "OEBPS/content.opf"])
    True
    """
    return CONTAINER in names


def read(
    archive: zipfile.ZipFile, *, origin: str, progress: Callable[[int], None] = lambda characters: None
) -> Reading:
    """The book's pages in reading order, each paragraph under its heading."""
    package_at = _package_path(archive, origin)
    package = _tree(archives.entry(archive, package_at, origin=origin), origin)
    blocks: list[Block] = []
    notes: list[str] = []
    missing = 0
    for name in _spine(package, package_at):
        if name in _locked(archive, origin):
            raise SourceMalformed(origin, "this EPUB is locked (DRM); add a copy without it")
        if name not in archive.namelist():
            missing += 1
            continue
        data = archives.entry(archive, name, origin=origin)
        if not data.strip():
            continue
        text = decode(data, origin=origin)
        if webpage.nests_too_deep(text):
            raise SourceMalformed(
                origin, f"{name!r} is nested over {webpage.DEEPEST} deep; get the book again"
            )
        page = webpage.parse(text)
        blocks += page.blocks
        notes += page.notes
        progress(sum(len(block.text) for block in blocks))
    if not blocks:
        raise SourceEmpty(origin, "this EPUB holds no words; add one that does")
    if missing:
        notes.append(f"{missing} pages that the book names and does not hold")
    return read_blocks(blocks, _metadata(package), unique(notes))


def _tree(data: bytes, origin: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise SourceMalformed(origin, f"a damaged EPUB ({error}); get the file again") from error


def _package_path(archive: zipfile.ZipFile, origin: str) -> str:
    container = _tree(archives.entry(archive, CONTAINER, origin=origin), origin)
    for root in container.xpath("//*[local-name()='rootfile']/@full-path"):
        return str(root)
    raise SourceMalformed(origin, "a damaged EPUB: it does not say where its pages are")


def _spine(package: Any, package_at: str) -> Iterator[str]:
    """Paths of the pages in reading order, without the table of contents."""
    items = {
        item.get("id"): item
        for item in package.xpath("//*[local-name()='manifest']/*[local-name()='item']")
        if "nav" not in (item.get("properties") or "").split()
    }
    folder = posixpath.dirname(package_at)
    for reference in package.xpath("//*[local-name()='spine']/*[local-name()='itemref']/@idref"):
        if (item := items.get(reference)) is not None and item.get("href"):
            yield posixpath.normpath(posixpath.join(folder, unquote(urlsplit(item.get("href")).path)))


def _locked(archive: zipfile.ZipFile, origin: str) -> frozenset[str]:
    """Entries that are encrypted; in books for sale those are the pages, in free ones at most fonts."""
    if ENCRYPTION not in archive.namelist():
        return frozenset()
    tree = _tree(archives.entry(archive, ENCRYPTION, origin=origin), origin)
    return frozenset(unquote(str(name)) for name in tree.xpath("//*[local-name()='CipherReference']/@URI"))


def _metadata(package: Any) -> Metadata:
    def said(name: str) -> list[str]:
        nodes = package.xpath(f"//*[local-name()='metadata']/*[local-name()='{name}']")
        return [text for node in nodes if (text := fold("".join(node.itertext())))]

    identifiers = said("identifier")
    return Metadata(
        kind=SourceKind.DOCUMENT,
        title=next(iter(said("title")), None),
        people=tuple(said("creator")),
        published=next((found for text in said("date") if (found := day(text))), None),
        language=next(iter(said("language")), None),
        url=next((address for text in said("source") if (address := web_address(text))), None),
        identity=f"epub:{identifiers[0]}" if identifiers else None,
    )
