"""Get what there is of an episode on the web: the best transcript in each language, and the chapters."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from ingest import episode, sameness
from ingest.apart import ReadsApart
from ingest.chapters import Chapter, read_chapters
from ingest.fetch import Fetched, Fetcher, Validators
from ingest.items import Feed, Item, Transcript
from ingest.reading import Metadata, Reading
from rag.errors import FetchFailed, SourceEmpty, SourceError, SourceMalformed, SourceNotFound
from rag.subscriptions import Part

# Of an item's transcripts, at most so many are fetched to find the best.
MOST_TRANSCRIPTS = 6
WEB_PAGE = re.compile(rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)


@dataclass(slots=True, kw_only=True)
class Web:
    """Fetching for one run. What was fetched to see whether it changed is not fetched again to be read."""

    fetcher: Fetcher
    _kept: dict[str, Fetched] = field(default_factory=dict)
    _unchanged: set[Part] = field(default_factory=set)

    def keep(self, url: str, fetched: Fetched) -> None:
        """Have this at hand for who asks for the whole address next."""
        self._kept[url] = fetched

    def whole(self, url: str) -> Fetched:
        """The address with its body."""
        return self._kept.pop(url, None) or self.fetcher.fetch(url)

    def has_changed(self, part: Part) -> bool:
        """Whether the address answers differently than it did; one that does not answer has not changed."""
        if part.url in self._kept or part in self._unchanged:
            return part.url in self._kept
        try:
            fetched = self.fetcher.fetch(
                part.url, validators=Validators(etag=part.etag, modified=part.modified)
            )
        except SourceError:
            return False
        if fetched.body is None:
            self._unchanged.add(part)
            return False
        self.keep(part.url, fetched)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """An item in one language: a translated transcript is a source of its own."""

    item: Item
    key: str
    names: tuple[str, ...]
    transcripts: tuple[Transcript, ...]
    language: str | None = None

    @property
    def metadata(self) -> Metadata:
        """What the feed says of it."""
        said = self.item.metadata
        if self.language is None:
            return said
        return replace(said, language=self.language, identity=f"{said.identity}#{self.language}")


@dataclass(slots=True)
class Gathered:
    """What there is of an edition on the web. `failures` are transcripts that could not be had or read."""

    origin: str
    main: bytes = b""
    transcript: Reading | None = None
    chapters: tuple[Chapter, ...] = ()
    beside: bytes = b""
    parts: list[Part] = field(default_factory=list)
    failures: list[SourceError] = field(default_factory=list)

    @property
    def for_now(self) -> bool:
        """Whether a failure may be over at the next look."""
        return any(
            isinstance(failure, FetchFailed | SourceNotFound | SourceEmpty) for failure in self.failures
        )

    @property
    def in_trouble(self) -> bool:
        """Whether somebody could not answer at all, so that nothing is known of what there is."""
        return any(isinstance(failure, FetchFailed) and failure.passing for failure in self.failures)


def editions(feed: Feed, found_at: str) -> Iterator[Edition]:
    """Each item, and beside it each translation of its transcript; addresses are made absolute."""
    for item in feed.items:
        item = replace(item, chapters_url=_absolute(found_at, item.chapters_url or "") or None)
        spoken = [sameness.language_of(transcript.language) for transcript in item.transcripts]
        own = sameness.language_of(item.language) or next(filter(None, spoken), None)
        by_language: dict[str | None, list[Transcript]] = {}
        for transcript, language in zip(item.transcripts, spoken, strict=True):
            by_language.setdefault(None if language == own else language, []).append(
                replace(transcript, url=_absolute(found_at, transcript.url))
            )
        # A feed that gives its language wrongly has no transcript in it: then the first one is the episode's.
        if None not in by_language and by_language:
            by_language = {None: by_language.pop(next(iter(by_language))), **by_language}
        yield Edition(item=item, key=item.key, names=item.names, transcripts=tuple(by_language.pop(None, ())))
        for language, transcripts in by_language.items():
            yield Edition(
                item=item,
                key=f"{item.key}#{language}",
                names=tuple(sameness.in_language(name, language or own or "") for name in item.names),
                transcripts=tuple(transcripts),
                language=language,
            )


def _absolute(base: str, address: str) -> str:
    """An address relative to another; one that cannot be is left for the fetcher to refuse by name."""
    try:
        return urljoin(base, address) if address else ""
    except ValueError:
        return address


def gather(edition: Edition, web: Web, reader: ReadsApart, *, otherwise: str) -> Gathered:
    """The best of the transcripts, and the chapters; `otherwise` is the origin of an item without either."""
    item = edition.item
    gathered = Gathered(item.link or otherwise)
    best = (-1, -1)
    for transcript in edition.transcripts[:MOST_TRANSCRIPTS]:
        try:
            fetched = web.whole(transcript.url)
            reading = _read(transcript, fetched.body or b"", reader)
        except SourceError as error:
            gathered.failures.append(error)
            continue
        if (good := episode.goodness(reading.parts)) > best:
            best, gathered.transcript, gathered.main = good, reading, fetched.body or b""
            gathered.origin, gathered.parts = transcript.url, [_part(transcript.url, fetched)]
        if best >= (1, 1):
            break
    if gathered.transcript is not None and item.chapters_url:
        try:
            fetched = web.whole(item.chapters_url)
            gathered.beside, gathered.chapters = fetched.body or b"", read_chapters(fetched.body or b"")
            gathered.parts.append(_part(item.chapters_url, fetched))
        except SourceError as error:
            gathered.failures.append(error)
    return gathered


def _read(transcript: Transcript, body: bytes, reader: ReadsApart) -> Reading:
    reading = reader.read(body, origin=transcript.url)
    promised = transcript.rank == 0  # a format with times
    if promised and episode.goodness(reading.parts) == (0, 0) and WEB_PAGE.match(body.removeprefix(BOM_UTF8)):
        # Many servers say "not found" with 200 and a page.
        reason = f"is a web page, not the {transcript.type} that the feed promises; tell its publisher"
        raise SourceMalformed(transcript.url, reason)
    return reading


def _part(url: str, fetched: Fetched) -> Part:
    return Part(url=url, etag=fetched.validators.etag, modified=fetched.validators.modified)
