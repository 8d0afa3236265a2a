"""Keep a feed of the web in step: what is new in it, what changed, what was deleted. Politely and resumably.

Each item is done by itself and noted when it is done, so a run that was stopped goes on where it stood. The
feed's own validators are kept only when all of it is done; until then it is asked for whole. An item whose
feed entry has not changed is asked about with the validators of what it was made of: the newest ones each
time, older ones only when something is known to have changed.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace

from ingest import episode, finding, sameness
from ingest.bring import Work, bring, take_away
from ingest.candidate import Candidate, Material
from ingest.fetch import Fetched, Validators
from ingest.gather import Edition, Gathered, Web, editions, gather
from ingest.reading import Reading
from ingest.window import gone
from rag.errors import FetchFailed, SourceError, SourceNotFound
from rag.rows import Known
from rag.subscriptions import Listed, Sight, Subscription

# So many of the newest items are asked about each time, changed feed or not: transcripts get mended soon
# after they are published, and asking a server about a thousand files every night is rude.
RECENT = 50
# A server that asks for more patience than this is asked again tomorrow.
LONGEST_WAIT_S = 24 * 3600.0


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
        self.unsure = False  # whether something is under suspicion of being deleted

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
        shown = list(editions(feed, fetched.url))
        newest = _newest(shown)
        for number, edition in enumerate(shown, start=1):
            self._look_at(edition, recent=edition.key in newest, place=f"{number} of {len(shown)}")
        if self.keep:
            self._drop_deleted(shown)
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
        if not any(self._has_changed(item, cheaply=True) for item in newest):
            return None
        return self.web.whole(subscription.location)

    def _all_done(self) -> bool:
        """Whether each item was brought in whole, by these readers; a removed one is done with."""
        return bool(self.before) and all(item.digest.endswith(self._suffix) for item in self.before.values())

    @property
    def _suffix(self) -> str:
        return _hash(self.work.cutting, repr(self.work.options))[:8]

    def _has_changed(self, item: Listed, *, cheaply: bool = False) -> bool:
        """Whether what it was made of has; cheaply: nothing is asked for that could only be had whole."""
        if not self._known(item):
            return False
        self.work.progress(item.key, "asking whether it changed")
        parts = [part for part in item.parts if part.etag or part.modified or not cheaply]
        changed = [self.web.has_changed(part) for part in parts]
        return any(changed)

    def _known(self, item: Listed) -> Known | None:
        found = self.work.archive.library.known(source_id=item.source_id)
        return found[0] if found else None

    def _report_unchanged(self) -> None:
        for item in self.before.values():
            if item.sight is Sight.SHOWN and (known := self._known(item)):
                self.work.report.unchanged.append(known)

    def _note_failure(self, error: SourceError) -> None:
        self.work.report.failed.append(error)
        wait_s = error.wait_s if isinstance(error, FetchFailed) else None
        if self.keep and wait_s is not None:
            until = time.time() + min(wait_s, LONGEST_WAIT_S)
            self.work.subscriptions.put(replace(self.subscription, wait_until=until))

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
                if listed.sight is not Sight.SHOWN:
                    self.work.subscriptions.list(
                        self.subscription.location, replace(listed, sight=Sight.SHOWN)
                    )
                return
        self.work.progress(edition.item.title or edition.key, f"fetching, {place}")
        elsewhere = f"{self.subscription.origin}#{edition.key}"
        gathered = gather(edition, self.web, self.work.reader, otherwise=elsewhere)
        try:
            source_id = self._brought(edition, gathered, listed)
        except SourceError as error:
            self.failures += 1
            self.work.report.failed.append(error)
            return
        if source_id and self.keep:
            # What an older item has named in vain for long is not asked for each night, and the feed with it.
            for_now = gathered.in_trouble or (gathered.for_now and recent)
            self.failures += for_now
            self.work.subscriptions.list(
                self.subscription.location,
                Listed(
                    key=edition.key,
                    source_id=source_id,
                    digest="" if for_now else digest,
                    moment=edition.item.moment,
                    parts=tuple(gathered.parts),
                ),
            )

    def _brought(self, edition: Edition, gathered: Gathered, listed: Listed | None) -> str | None:
        """The id of the source; None when there is nothing to make one of."""
        item, report = edition.item, self.work.report
        if gathered.transcript is None and gathered.failures:
            if not item.content or edition.language or gathered.in_trouble or self._is_spoken(listed):
                raise gathered.failures[0]
            # Until there is a transcript, an episode is what is written about it.
            report.failed.append(gathered.failures[0])
        elif gathered.transcript is None and not item.content:
            title = item.title or edition.key
            report.skipped.append(f"{self.subscription.origin}: {title!r} has neither a transcript nor text")
            return None
        else:
            report.skipped.extend(f"{failure.origin}: {failure.reason}" for failure in gathered.failures)
        return bring(
            self.work,
            Candidate(
                origin=gathered.origin,
                location=f"{self.subscription.location}#{edition.key}",
                material=lambda: self._material(edition, gathered),
                said=edition.metadata,
                names=edition.names,
                moment=item.moment,
            ),
        )

    def _is_spoken(self, listed: Listed | None) -> bool:
        """Whether what the archive has of it is more than show notes."""
        if listed is None or not self._known(listed):
            return False
        passages = self.work.archive.library.passages_of(listed.source_id)
        return any(passage.heading != episode.NOTES for passage in passages)

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

    # -- what is gone ---------------------------------------------------------------------------------------

    def _drop_deleted(self, shown: Sequence[Edition]) -> None:
        found = gone(
            {key: item.moment for key, item in self.before.items()},
            {edition.key: edition.item.moment for edition in shown},
            suspected={key for key, item in self.before.items() if item.sight is Sight.SUSPECTED},
            scrolled={key for key, item in self.before.items() if item.sight is Sight.SCROLLED},
        )
        withdrawn = {key: self._is_withdrawn(key, shown) for key in found.doubtful}
        removed = found.deleted | {key for key, answer in withdrawn.items() if answer}
        scrolled = found.scrolled | {key for key, answer in withdrawn.items() if answer is False}
        # To clear a suspicion or a doubt, the next look has to see the feed whole.
        self.unsure = bool(found.suspected) or None in withdrawn.values()
        for key in sorted(removed):
            take_away(self.work, self.subscription.location, self.before[key])
        sights = dict.fromkeys(found.suspected, Sight.SUSPECTED) | dict.fromkeys(scrolled, Sight.SCROLLED)
        self.work.subscriptions.list(
            self.subscription.location,
            *[replace(self.before[key], sight=sight) for key, sight in sights.items()],
        )

    def _is_withdrawn(self, key: str, shown: Sequence[Edition]) -> bool | None:
        """Whether an item that the feed alone tells nothing about is gone from the web; None in doubt.

        Its page tells, if the page of an item that is still shown can be had. A publisher without pages says
        it by the feed alone.
        """
        known = self._known(self.before[key])
        url = self.work.archive.library.source(known.source_id).url if known else None
        others = [edition.item.link for edition in shown if edition.item.link not in (None, url)]
        if not url or not others:
            return True
        there = self._answers(url)
        if there is None and self._answers(others[-1] or ""):
            return None
        return not there

    def _answers(self, url: str) -> bool | None:
        """Whether a page is there; None when nobody says."""
        try:
            self.web.fetcher.fetch(url)
        except SourceNotFound:
            return False
        except FetchFailed as error:
            return None if error.passing else True
        except SourceError:
            return None
        return True


def _newest(editions: Sequence[Edition]) -> set[str]:
    ordered = sorted(editions, key=lambda edition: -(edition.item.moment or 0.0))
    return {edition.key for edition in ordered[:RECENT]}


def _digest(edition: Edition) -> str:
    """What the feed says of an item, short: it changes when any of that does."""
    item = edition.item
    # Some hosts sign the recording's address anew each time it is asked for.
    audio = sameness.recording(item.audio_url) if item.audio_url else ""
    return _hash(repr(replace(item, audio_url=audio, shared=frozenset())), repr(edition.transcripts))[:24]


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
