"""A feed as JSON, for the way between the process that reads it and the one that asked. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from ingest import wire
from ingest.chapters import Chapter
from ingest.items import Feed, Item, Transcript


def feed_said(feed: Feed) -> bytes:
    """A feed as one JSON document."""
    return json.dumps(asdict(feed), default=_plain, ensure_ascii=True).encode("ascii")


def heard(data: bytes, *, origin: str) -> Feed:
    """The feed that was said; raises the error that was said instead.

    >>> feed = Feed(title="Tea", link=None, language="en", items=())
    >>> heard(feed_said(feed), origin="x") == feed
    True
    """
    said: dict[str, Any] = json.loads(data)
    if "error" in said:
        wire.heard(data, origin=origin)
    return Feed(**{**said, "items": tuple(_item(item) for item in said["items"])})


def _item(said: dict[str, Any]) -> Item:
    return Item(
        **{
            **said,
            "published": date.fromisoformat(said["published"]) if said["published"] else None,
            "people": tuple(said["people"]),
            "transcripts": tuple(Transcript(**transcript) for transcript in said["transcripts"]),
            "chapters": tuple(Chapter(**chapter) for chapter in said["chapters"]),
            "shared": frozenset(said["shared"]),
        }
    )


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no place in a feed")
