"""Read podcast and newsletter feeds: what each item is, and where its transcript lies. It fetches nothing.

feedparser reads the core fields. It keeps only the last of repeated tags and drops the text of some, so the
podcast tags are read beside it by their local names: two namespace addresses are in use for them.
"""

from __future__ import annotations

import calendar
import html
import io
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser  # type: ignore[import-untyped]  # ships no types
from lxml import etree  # type: ignore[import-untyped]  # ships no types

from ingest.chapters import Chapter
from ingest.frontmatter import day, web_address
from ingest.items import Feed, Item, Transcript
from ingest.markdown import fold, unmarked
from ingest.transcripts.clock import seconds
from rag.errors import SourceEmpty, SourceMalformed
from rag.models import unique

# Enclosures that are recordings, whatever type the feed gives them.
RECORDING = re.compile(r"\.(?:mp3|m4a|m4b|aac|ogg|oga|opus|flac|wav|mp4|m4v|mov|webm)$", re.IGNORECASE)
ESCAPED_TAG = re.compile(
    r"\s*&lt;(?:p|div|h[1-6]|ul|ol|br|a|b|i|em|strong|span|img|figure|blockquote)\b.*?&gt;",
    re.IGNORECASE | re.DOTALL,
)


def parse_feed(data: bytes, *, origin: str) -> Feed:
    """The items of a feed. Addresses other than http(s) are left out; entities are not expanded."""
    if not data.strip():
        raise SourceEmpty(origin, "the feed is empty; check the address")
    root = _tree(data, origin)
    try:
        return _feed(data, root, origin)
    # What the parsers let through and then trip over, such as references to half a character.
    except (ValueError, LookupError, AssertionError) as error:
        raise SourceMalformed(origin, f"the feed cannot be read ({error}); tell its publisher") from error


def _feed(data: bytes, root: Any, origin: str) -> Feed:
    # A stream, not the bytes: feedparser opens bytes that look like a path or an address.
    parsed = feedparser.parse(io.BytesIO(data), resolve_relative_uris=False)
    channel = parsed.feed
    show, language = _title(channel), _text(channel, "language")
    elements = root.xpath("//*[local-name()='item' or local-name()='entry']")
    if len(elements) != len(parsed.entries):
        reason = f"{len(elements)} items, of which {len(parsed.entries)} can be read; the feed is broken"
        raise SourceMalformed(origin, reason)
    people = _people(root.xpath("/*/*[local-name()='channel']/*[local-name()='person']"))
    # Of Atom alone: there an entry without an author is by the feed's.
    authors = _authors(root) if etree.QName(root).localname == "feed" else ()
    base = web_address(origin) or ""
    items = tuple(
        _item(entry, element, show=show, language=language, people=people, authors=authors, base=base)
        for entry, element in zip(parsed.entries, elements, strict=True)
    )
    return Feed(title=show, link=web_address(_text(channel, "link")), language=language, items=items)


def _tree(data: bytes, origin: str) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise SourceMalformed(origin, f"the feed is no readable XML ({error}); check the address") from error
    if root is None or etree.QName(root).localname.lower() not in ("rss", "feed", "rdf"):
        raise SourceMalformed(origin, "this is no feed: expected RSS or Atom; check the address")
    return root


def _item(
    entry: Mapping[str, Any],
    element: Any,
    *,
    show: str | None,
    language: str | None,
    people: tuple[str, ...],
    authors: tuple[str, ...],
    base: str,
) -> Item:
    audio_url = _audio(entry, base)
    duration = _text(entry, "itunes_duration")
    return Item(
        guid=_text(entry, "id"),
        title=_title(entry),
        published=_published(entry),
        moment=_moment(entry),
        link=_joined(base, _link(entry)),
        audio_url=audio_url,
        seconds=seconds(duration) if duration else None,
        # An item's own people replace the show's; they do not add to them.
        people=_people(_children(element, "person"))
        or (people if audio_url else _authors(element) or authors),
        transcripts=tuple(sorted(_transcripts(element), key=lambda transcript: transcript.rank)),
        content=_content(entry),
        show=show,
        language=language,
        season=_count(element, "season"),
        number=_count(element, "episode"),
        chapters_url=_chapters_url(element),
        chapters=tuple(_chapters(element)),
    )


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return fold(value) or None if isinstance(value, str) else None


def _title(fields: Mapping[str, Any]) -> str | None:
    title = _text(fields, "title")
    return unmarked(title) or None if title else None


def _link(entry: Mapping[str, Any]) -> str | None:
    """The item's page. feedparser takes any guid for it, as RSS says; most that are no address are none."""
    link = _text(entry, "link")
    made_up = entry.get("guidislink") and link == _text(entry, "id") and not web_address(link)
    return None if made_up else link


def _published(entry: Mapping[str, Any]) -> date | None:
    """The day as the feed states it, in the publisher's own time zone."""
    stated = _text(entry, "published") or _text(entry, "updated")
    if not stated:
        return None
    try:
        # Midnight at a day's end is written by many; the day is as it is stated.
        return parsedate_to_datetime(stated.replace(" 24:", " 00:")).date()
    except (ValueError, TypeError):
        return day(stated)


def _moment(entry: Mapping[str, Any]) -> float | None:
    published = _published(entry)
    if published is None:  # what feedparser makes of other words, such as seconds since 1970, is any time
        return None
    # Asked in this way: feedparser itself would warn that it gives the one for the other.
    parsed = entry.get("published_parsed") or (
        entry["updated_parsed"] if "updated_parsed" in entry.keys() else None  # noqa: SIM118
    )
    if parsed:
        return float(calendar.timegm(parsed))
    return datetime(published.year, published.month, published.day, tzinfo=UTC).timestamp()


def _count(element: Any, name: str) -> int | None:
    """The number that either namespace gives."""
    values = ("".join(child.itertext()).strip() for child in _children(element, name))
    return next((int(value) for value in values if re.fullmatch(r"[0-9]{1,6}", value)), None)


def _joined(base: str, text: str | None) -> str | None:
    """An address of the web, also one that is given relative to the feed's own."""
    try:
        return web_address(urljoin(base, text)) if text else None
    except ValueError:
        return None


def _audio(entry: Mapping[str, Any], base: str) -> str | None:
    for enclosure in entry.get("enclosures") or ():
        url = _joined(base, enclosure.get("href"))
        kind = str(enclosure.get("type") or "audio").lower()
        if url and (kind.startswith(("audio", "video")) or RECORDING.search(urlsplit(url).path)):
            return url
    # Media RSS, where the enclosure is left out. Its films and pictures go with posts as well.
    for media in entry.get("media_content") or ():
        url = _joined(base, media.get("url"))
        if url and str(media.get("type") or "").lower().startswith("audio"):
            return url
    return None


def _authors(element: Any) -> tuple[str, ...]:
    """Who wrote a post. RSS has `address (name)`, Dublin Core and Atom have names; an address is no name."""
    said = [fold("".join(child.itertext())) for child in _children(element, "creator")]
    for author in _children(element, "author"):
        names = [fold("".join(child.itertext())) for child in _children(author, "name")]
        written = fold("".join(author.itertext()))
        said += names or re.findall(r"\(([^()@]+)\)", written) or [written]
    return unique([name for name in said if "@" not in name])


def _content(entry: Mapping[str, Any]) -> str | None:
    """The show notes or the post as HTML: the full content where there is one, else the description."""
    values = [content.get("value") for content in entry.get("content") or ()]
    for value in (*values, entry.get("summary")):
        if isinstance(value, str) and value.strip():
            return html.unescape(value) if _is_escaped_twice(value) else value
    return None


def _is_escaped_twice(content: str) -> bool:
    """Whether what should be tags is text from the first sign on, and nothing is a tag.

    >>> _is_escaped_twice("&lt;p&gt;Tea.&lt;/p&gt;"), _is_escaped_twice("<p>In HTML, &lt;p&gt; is a tag.</p>")
    (True, False)
    """
    return ESCAPED_TAG.match(content) is not None and not re.search(r"</?\w", content)


def _children(element: Any, name: str) -> Iterator[Any]:
    return (
        child
        for child in element
        if isinstance(child.tag, str) and etree.QName(child).localname.lower() == name
    )


def _people(elements: Any) -> tuple[str, ...]:
    return unique([unmarked("".join(element.itertext())) for element in elements])


def _chapters_url(element: Any) -> str | None:
    for child in _children(element, "chapters"):
        if url := _address(child.get("url")):
            return url
    return None


def _chapters(element: Any) -> Iterator[Chapter]:
    """Podlove's simple chapters, which stand in the feed itself."""
    for child in element.iter():
        if isinstance(child.tag, str) and etree.QName(child).localname == "chapter":
            start_s, title = seconds(child.get("start") or ""), unmarked(child.get("title") or "")
            if start_s is not None and title:
                yield Chapter(start_s=start_s, title=title)


def _address(text: str | None) -> str | None:
    """An http(s) address, or one relative to the feed."""
    url = (text or "").strip()
    try:
        return url if web_address(url) or (url and not urlsplit(url).scheme) else None
    except ValueError:  # half a bracket
        return None


def _transcripts(element: Any) -> Iterator[Transcript]:
    for child in _children(element, "transcript"):
        if url := _address(child.get("url")):
            yield Transcript(
                url=url,
                type=(child.get("type") or "").strip().lower() or None,
                language=(child.get("language") or "").strip() or None,
                has_times=child.get("rel") == "captions",
            )
