"""What a feed lists: its items, and where their transcripts lie. Pure; `feeds.py` reads them out of XML."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from ingest import sameness
from ingest.chapters import Chapter
from ingest.reading import Metadata
from rag.models import SourceKind, unique

# Timed formats that can name speakers come first, text that names nobody comes last.
PREFERENCE = (
    (
        "application/json",
        "text/vtt",
        "application/x-subrip",
        "application/srt",
        "text/srt",
        "application/ttml+xml",
    ),
    ("text/html",),
    ("text/plain", "text/markdown"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """Where a transcript of an item is, and in what format. `url` may be relative to the feed."""

    url: str
    type: str | None = None
    language: str | None = None
    has_times: bool = False

    @property
    def rank(self) -> int:
        """How good a transcript of this type is; 0 is best."""
        kind = (self.type or "").partition(";")[0].strip().lower()
        return next((rank for rank, kinds in enumerate(PREFERENCE) if kind in kinds), len(PREFERENCE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An episode or a post of a feed. `transcripts` are in order of preference.

    `key` tells it from the feed's other items. `moment` is when it was published, in seconds since 1970.
    `shared` holds addresses that other items have too, such as a link to the show's front page, and its guid
    where a publisher gives one to several.
    """

    guid: str | None
    title: str | None
    published: date | None
    moment: float | None
    link: str | None
    audio_url: str | None
    seconds: float | None
    people: tuple[str, ...]
    transcripts: tuple[Transcript, ...]
    content: str | None
    show: str | None
    language: str | None
    season: int | None = None
    number: int | None = None
    chapters_url: str | None = None
    chapters: tuple[Chapter, ...] = ()
    key: str = ""
    shared: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """What it goes by in any feed, the surest first: guid, recording, page."""
        guid = f"guid:{self._sure_guid}" if self._sure_guid else None
        audio, link = self._own(self.audio_url), self._own(self.link)
        return unique(
            [
                guid,
                f"audio:{sameness.recording(audio)}" if audio else None,
                f"page:{sameness.page(link)}" if link else None,
            ]
        )

    @property
    def is_spoken(self) -> bool:
        """Whether there is a recording, or the words of one."""
        return bool(self.audio_url or self.transcripts)

    @property
    def _identity(self) -> str | None:
        if self._sure_guid:
            return self._sure_guid
        if self.guid:
            return self._own(self.audio_url) or self._own(self.link)
        return self.link or self.audio_url

    @property
    def _sure_guid(self) -> str | None:
        if self.guid is None or f"guid:{self.guid}" in self.shared:
            return None
        return sameness.guid(self.guid, show=self.show)

    def _own(self, url: str | None) -> str | None:
        return None if url in self.shared else url

    @property
    def metadata(self) -> Metadata:
        """What the feed says of this item; what is heard is an episode, what is only written an issue."""
        return Metadata(
            kind=SourceKind.EPISODE if self.is_spoken else SourceKind.NEWSLETTER,
            title=self.title,
            show=self.show,
            people=self.people,
            published=self.published,
            url=self.link,
            audio_url=self.audio_url,
            language=self.language,
            seconds=self.seconds,
            season=self.season,
            number=self.number,
            identity=self._identity,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A show's feed, newest items first or as the publisher orders them."""

    title: str | None
    link: str | None
    language: str | None
    items: tuple[Item, ...]

    def __post_init__(self) -> None:
        """Give each item its key, and tell it which addresses are not its own."""
        addresses = Counter(url for item in self.items for url in {item.link, item.audio_url} if url)
        shared = frozenset(url for url, count in addresses.items() if count > 1) | {self.link or ""}
        shared |= _guids_of_several(self.items)
        seen: Counter[str] = Counter()
        items = []
        for item in self.items:
            key = item.guid or item.audio_url or item.link or _said(item)
            seen[key] += 1
            items.append(
                replace(
                    item,
                    key=key if seen[key] == 1 else f"{key} ({seen[key]})",
                    shared=shared & {f"guid:{item.guid}", item.link or "", item.audio_url or ""},
                )
            )
        object.__setattr__(self, "items", tuple(items))


def _guids_of_several(items: Sequence[Item]) -> frozenset[str]:
    """`guid:…` for guids that stand for more than one recording, or page where nothing is heard."""
    things = {(item.guid, item.audio_url or item.link or item.title) for item in items if item.guid}
    counts = Counter(guid for guid, _ in things if guid)
    return frozenset(f"guid:{guid}" for guid, count in counts.items() if count > 1)


def _said(item: Item) -> str:
    """A key of last resort."""
    if item.published or item.title:
        return f"{item.published} {item.title}"
    return hashlib.sha256((item.content or "").encode("utf-8", "replace")).hexdigest()[:16]
