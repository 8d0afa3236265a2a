"""Read OPML: a list of feeds, as podcast players and feed readers export it. Pure."""

from __future__ import annotations

import re

from lxml import etree  # type: ignore[import-untyped]  # ships no types

from ingest.frontmatter import web_address
from rag.errors import SourceEmpty, SourceMalformed
from rag.models import unique


def feeds_of(data: bytes, *, origin: str) -> tuple[str, ...]:
    """The feeds' addresses, each once, in order.

    >>> feeds_of(b'<opml><outline><outline xmlUrl="https://a.example/f"/></outline></opml>', origin="x")
    ('https://a.example/f',)
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise SourceMalformed(
            origin, f"the list of feeds is no readable XML ({error}); export it again"
        ) from (error)
    outlines = [] if root is None else root.iter("outline")
    addresses = [
        web_address(_on_the_web(value.strip()))
        for outline in outlines
        for name, value in outline.attrib.items()
        if name.lower() == "xmlurl"
    ]
    found = unique(addresses)
    if not found:
        raise SourceEmpty(origin, "no feed is listed in it; export it again")
    return found


def _on_the_web(address: str) -> str:
    """An address in the spelling that some readers give to feeds.

    >>> _on_the_web("feed://a.example/f"), _on_the_web("feed:https://a.example/f")
    ('http://a.example/f', 'https://a.example/f')
    """
    rest = re.sub(r"^(?:feed|itpc|pcast|podcast):", "", address, flags=re.IGNORECASE)
    return f"http:{rest}" if rest.startswith("//") and rest != address else rest
