"""Tell feeds and lists of feeds by their first bytes. Pure; `feeds.py` and `opml.py` read them.

Apart from those two, because every file that is added is looked at, and their parsers take time to load.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

FEED = re.compile(
    r"\s*(?><\?xml.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>\s*|<\?.*?\?>\s*)*+<(?:rss|feed|rdf:RDF)\b",
    re.DOTALL | re.I,
)
OPML = re.compile(rb"\s*(?><\?.*?\?>\s*|<!--.*?-->\s*)*+<opml\b", re.DOTALL | re.IGNORECASE)


def is_feed(text: str | bytes) -> bool:
    """Whether a text is RSS or Atom.

    >>> is_feed('<?xml version="1.0"?><rss version="2.0">'), is_feed("<p>About rss</p>")
    (True, False)
    """
    return FEED.match(text[:20_000] if isinstance(text, str) else _start(text).decode("latin-1")) is not None


def is_opml(data: bytes) -> bool:
    """Whether this is a list of feeds.

    >>> is_opml(b'<?xml version="1.0"?><opml version="2.0">'), is_opml(b"<p>opml</p>")
    (True, False)
    """
    return OPML.match(_start(data)) is not None


def _start(data: bytes) -> bytes:
    """The first bytes, as far as they are ASCII, of a text in any encoding that feeds come in."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data[:40_000].decode("utf-16", "replace").encode("ascii", "replace")
    # Latin-1 never fails, and the root element is ASCII in every other encoding.
    return data[:20_000].removeprefix(BOM_UTF8)
