"""Keep a feed of the web in step: what is new in it, what changed, what was deleted. Politely and resumably.

Each item is done by itself and noted when it is done, so a run that was stopped goes on where it stood. The
feed's own validators are kept only when all of it is done; until then it is asked for whole. An item whose
feed entry has not changed is asked about with the validators of what it was made of: the newest ones each
time, older ones only when something is known to have changed.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin, urlsplit

from ingest import episode, finding, sameness
from ingest.bring import Work, bring
from ingest.candidate import Candidate, Material
from ingest.chapters import Chapter, read_chapters
from ingest.feeds import Feed, Item, Transcript
from ingest.fetch import Fetched, Fetcher, Validators
from ingest.reading import Metadata, Reading
from ingest.window import deleted
from rag.errors import FetchFailed, SourceEmpty, SourceError, SourceNotFound
from rag.library import Known
from rag.subscriptions import Listed, Part, Subscription

# So many of the newest items are asked about each time, changed feed or not: transcripts get mended soon
# after they are published, and asking a server about a thousand files every night is rude.
RECENT = 50
# Of an item's transcripts, at most so many are fetched to find the best.
MOST_TRANSCRIPTS = 6
# A server that asks for more patience than this is asked again tomorrow.
LONGEST_WAIT_S = 24 * 3600.0


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


def follow(work: Work, web: Web, subscription: Subscription, *, asked_for: bool, keep: bool = True) -> None:
    """Look at a feed and bring the archive in step with it; what fails is in the report.

    Args:
        work: where to and how.
        web: fetches.
        subscription: the feed.
        asked_for: whether somebody names this feed now: then it is read whole, and what was removed by hand
            comes back.
        keep: whether to note what it lists, for later runs.
    """
    _Look(work, web, subscription, asked_for=asked_for, keep=keep).run()


class _Look:
    """One look at one feed."""

    def __init__(
        self, work: Work, web: Web, subscription: Subscription, *, asked_for: bool, keep: bool
    ) -> None:
        self.work = work
        self.web = web
        self.subscription = subscription
        self.asked_for = asked_for
        self.keep = keep
        self.before = work.subscriptions.listed(subscription.location) if keep else {}
        self.failures = 0
        self.unsure = False

    def run(self) -> None:
        """Fetch, go through the items, drop what was deleted."""
        try:
            fetched = self._fetched()
            if fetched is None:
                self._report_unchanged()
                return
            assert fetched.body is not None
            feed = self.work.reader.parse_feed(fetched.body, origin=self.subscription.origin)
        except SourceError as error:
            self._note_failure(error)
            return
        editions = list(_editions(feed, fetched.url))
        newest = _newest(editions)
        for number, edition in enumerate(editions, start=1):
            self._look_at(edition, recent=edition.key in newest, place=f"{number} of {len(editions)}")
        if self.keep:
            self._drop_deleted(editions)
            self._note_done(fetched)

    # -- the feed -------------------------------------------------------------------------------------------

    def _fetched(self) -> Fetched | None:
        """The feed; None when neither it nor the newest of its items has changed."""
        subscription = self.subscription
        if subscription.wait_until > time.time() and not self.asked_for:
            until = time.strftime("%Y-%m-%d %H:%M", time.localtime(subscription.wait_until))
            raise FetchFailed(subscription.origin, f"asked not to be asked before {until}; it is left alone")
        self.work.progress(subscription.origin, "fetching the feed")
        known = Validators(etag=subscription.etag, modified=subscription.modified)
        if self.asked_for or not self._all_done():
            known = Validators()
        if known == Validators():
            return self.web.whole(subscription.location)
        fetched = self.web.fetcher.fetch(subscription.location, validators=known)
        if fetched.body is not None:
            return fetched
        newest = sorted(self.before.values(), key=lambda item: -(item.moment or 0.0))[:RECENT]
        if not any(self._has_changed(item) for item in newest):
            return None
        return self.web.whole(subscription.location)

    def _all_done(self) -> bool:
        """Whether each item was brought in whole, by these readers; a removed one is done with."""
        return bool(self.before) and all(item.digest.endswith(self._suffix) for item in self.before.values())

    @property
    def _suffix(self) -> str:
        return _hash(self.work.cutting, repr(self.work.options))[:8]

    def _has_changed(self, item: Listed) -> bool:
        if not self._known(item):
            return False
        self.work.progress(item.key, "asking whether it changed")
        changed = [self.web.has_changed(part) for part in item.parts]
        return any(changed)

    def _known(self, item: Listed) -> Known | None:
        found = self.work.archive.library.known(source_id=item.source_id)
        return found[0] if found else None

    def _report_unchanged(self) -> None:
        for item in self.before.values():
            if known := self._known(item):
                self.work.report.unchanged.append(known)

    def _note_failure(self, error: SourceError) -> None:
        self.work.report.failed.append(error)
        wait_s = error.wait_s if isinstance(error, FetchFailed) else None
        if self.keep and wait_s is not None:
            until = time.time() + min(wait_s, LONGEST_WAIT_S)
            self.work.subscriptions.put(replace(self.subscription, wait_until=until))

    def _note_missed(self, item: Listed, *, missed: bool) -> None:
        if item.missed != missed:
            self.work.subscriptions.list(self.subscription.location, replace(item, missed=missed))

    def _note_done(self, fetched: Fetched) -> None:
        done = Validators() if self.failures or self.unsure else fetched.validators
        self.work.subscriptions.put(
            replace(self.subscription, etag=done.etag, modified=done.modified, wait_until=0.0)
        )

    # -- its items ------------------------------------------------------------------------------------------

    def _look_at(self, edition: Edition, *, recent: bool, place: str) -> None:
        listed = self.before.get(edition.key)
        digest = f"{_digest(edition)}{self._suffix}"
        if listed and not self.asked_for:
            known = self._known(listed)
            if known is None:
                title = edition.item.title or edition.key
                self.work.report.skipped.append(
                    f"{self.subscription.origin}: {title!r} was removed by hand; add the feed again to get it"
                )
                return
            if listed.digest == digest and not (recent and self._has_changed(listed)):
                self.work.report.unchanged.append(known)
                self._note_missed(listed, missed=False)
                return
        self.work.progress(edition.item.title or edition.key, f"fetching, {place}")
        gathered = self._gathered(edition)
        try:
            source_id = self._brought(edition, gathered, known_before=listed is not None)
        except SourceError as error:
            self.failures += 1
            self.work.report.failed.append(error)
            return
        if source_id and self.keep:
            self.failures += gathered.for_now
            self.work.subscriptions.list(
                self.subscription.location,
                Listed(
                    key=edition.key,
                    source_id=source_id,
                    digest="" if gathered.for_now else digest,
                    moment=edition.item.moment,
                    parts=tuple(gathered.parts),
                ),
            )

    def _brought(self, edition: Edition, gathered: Gathered, *, known_before: bool) -> str | None:
        """The id of the source; None when there is nothing to make one of."""
        item = edition.item
        said = [f"{failure.origin}: {failure.reason}" for failure in gathered.failures]
        if gathered.transcript is None and gathered.failures:
            waits = gathered.for_now and (known_before or not item.content or item.audio_url)
            if waits or not item.content or edition.language:
                raise gathered.failures[0]
        if gathered.transcript is None and not item.content:
            title = item.title or edition.key
            self.work.report.skipped.append(
                f"{self.subscription.origin}: {title!r} has neither a transcript nor text"
            )
            return None
        self.work.report.skipped.extend(said)
        return bring(
            self.work,
            Candidate(
                origin=gathered.origin,
                location=f"{self.subscription.location}#{edition.key}",
                material=lambda: self._material(edition, gathered),
                said=_said(edition),
                names=edition.names,
                moment=item.moment,
            ),
        )

    def _material(self, edition: Edition, gathered: Gathered) -> Material:
        transcript = gathered.transcript
        if transcript is None:
            return finding.written(gathered.origin, edition.item, self.work.reader)()

        def read() -> Reading:
            # A translation's show notes would be in another language than its words.
            content = "" if edition.language else edition.item.content or ""
            notes = self.work.reader.read_fragment(content, origin=gathered.origin)
            return episode.whole(edition.item, transcript, notes, gathered.chapters)

        beside = repr((edition.item.content, edition.item.chapters)).encode("utf-8", "replace")
        return Material(main=gathered.main, read=read, beside=beside + gathered.beside)

    def _gathered(self, edition: Edition) -> Gathered:
        """The best of the transcripts, and the chapters."""
        item = edition.item
        gathered = Gathered(item.link or f"{self.subscription.origin}#{edition.key}")
        best = (-1, -1)
        for transcript in edition.transcripts[:MOST_TRANSCRIPTS]:
            try:
                fetched = self.web.whole(transcript.url)
                reading = self.work.reader.read(fetched.body or b"", origin=transcript.url)
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
                fetched = self.web.whole(item.chapters_url)
                gathered.beside, gathered.chapters = fetched.body or b"", read_chapters(fetched.body or b"")
                gathered.parts.append(_part(item.chapters_url, fetched))
            except SourceError as error:
                gathered.failures.append(error)
        return gathered

    # -- what is gone ---------------------------------------------------------------------------------------

    def _drop_deleted(self, editions: Sequence[Edition]) -> None:
        work, location = self.work, self.subscription.location
        shown = {edition.key: edition.item.moment for edition in editions}
        moments = {key: item.moment for key, item in self.before.items()}
        missed = {key for key, item in self.before.items() if item.missed}
        gone = deleted(moments, shown, missed=missed)
        # So many that it may be a fault: the next look has to see the feed whole.
        self.unsure = gone != deleted(moments, shown, missed=moments)
        for key in self.before.keys() - shown.keys() - gone:
            self._note_missed(self.before[key], missed=True)
        for key in sorted(gone):
            work.subscriptions.unlist(location, [key])
            source_id = self.before[key].source_id
            known = self._known(self.before[key])
            # Another feed, or another item of this one, may still have it.
            if known and not work.subscriptions.is_listed(source_id):
                with work.archive.turn():
                    work.archive.remove(source_id)
                work.report.removed.append(known)


def _editions(feed: Feed, found_at: str) -> Iterator[Edition]:
    """Each item, and beside it each translation of its transcript."""
    for item in feed.items:
        item = replace(item, chapters_url=urljoin(found_at, item.chapters_url) if item.chapters_url else None)
        own = sameness.language_of(item.language)
        by_language: dict[str | None, list[Transcript]] = {}
        for transcript in item.transcripts:
            language = sameness.language_of(transcript.language)
            place = None if language in (None, own) or own is None else language
            by_language.setdefault(place, []).append(
                replace(transcript, url=urljoin(found_at, transcript.url))
            )
        # A feed that gives its language wrongly has no transcript in it: then the first one is the episode's.
        if None not in by_language and by_language:
            by_language = {None: by_language.pop(next(iter(by_language))), **by_language}
        yield Edition(item=item, key=item.key, names=item.names, transcripts=tuple(by_language.pop(None, ())))
        for language, transcripts in by_language.items():
            yield Edition(
                item=item,
                key=f"{item.key}#{language}",
                names=tuple(f"{name}#{language}" for name in item.names),
                transcripts=tuple(transcripts),
                language=language,
            )


def _said(edition: Edition) -> Metadata:
    said = edition.item.metadata
    if edition.language:
        return replace(said, language=edition.language, identity=f"{said.identity}#{edition.language}")
    return said


def _newest(editions: Sequence[Edition]) -> set[str]:
    ordered = sorted(editions, key=lambda edition: -(edition.item.moment or 0.0))
    return {edition.key for edition in ordered[:RECENT]}


def _part(url: str, fetched: Fetched) -> Part:
    return Part(url=url, etag=fetched.validators.etag, modified=fetched.validators.modified)


def _digest(edition: Edition) -> str:
    """What the feed says of an item, short: it changes when any of that does."""
    item = edition.item
    # Some hosts sign the recording's address anew each time it is asked for.
    audio = urlsplit(item.audio_url).path if item.audio_url else ""
    return _hash(repr(replace(item, audio_url=audio, shared=frozenset())), repr(edition.transcripts))[:24]


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
