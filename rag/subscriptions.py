"""What is kept in step: feeds and folders, what each listed, and the names one source is known by.

It holds no word of a source, so that a source that is removed is gone. Written only under the writer lock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from rag.library import Library


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A feed or a folder: where it is, what was said of it, and what its server said at the last look.

    `location` is an absolute path or an address, `origin` the same as it was given. `options` are the
    caller's, in a form of the caller's. Before `wait_until` (seconds since 1970) it asked not to be asked.
    """

    location: str
    origin: str
    options: str
    etag: str | None = None
    modified: str | None = None
    wait_until: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An address that a source was made of, and what its server said to tell this version by."""

    url: str
    etag: str | None = None
    modified: str | None = None


class Sight(IntEnum):
    """Where an item of a subscription was at the last look."""

    SHOWN = 0
    SUSPECTED = 1  # of being deleted: it is, if it is missing at the next look too
    SCROLLED = 2  # off the end of its feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An item of a subscription, as it was when it was last brought in.

    `digest` tells whether what is said of it has changed; an empty one means "look again". `moment` is when
    it was published, in seconds since 1970.
    """

    key: str
    source_id: str
    digest: str
    moment: float | None = None
    parts: tuple[Part, ...] = ()
    sight: Sight = Sight.SHOWN


class Subscriptions:
    """The tables of one library that say what is kept in step."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def all(self) -> list[Subscription]:
        """Every subscription, in order of place."""
        rows = self._library.rows(
            "SELECT location, origin, options, etag, modified, wait_until"
            " FROM subscriptions ORDER BY location"
        )
        return [
            Subscription(
                location=location,
                origin=origin,
                options=options,
                etag=etag,
                modified=modified,
                wait_until=wait_until,
            )
            for location, origin, options, etag, modified, wait_until in rows
        ]

    def get(self, location: str) -> Subscription | None:
        """The subscription to this place."""
        return next((found for found in self.all() if found.location == location), None)

    def put(self, subscription: Subscription) -> None:
        """Write a subscription, new or known; what it listed stays."""
        self._library.change(
            "INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (location) DO UPDATE SET"
            " origin = excluded.origin, options = excluded.options, etag = excluded.etag,"
            " modified = excluded.modified, wait_until = excluded.wait_until",
            (
                subscription.location,
                subscription.origin,
                subscription.options,
                subscription.etag,
                subscription.modified,
                subscription.wait_until,
            ),
        )

    def end(self, location: str) -> None:
        """Follow a place no longer; its sources stay."""
        self._library.change("DELETE FROM subscriptions WHERE location = ?", (location,))

    def listed(self, location: str) -> dict[str, Listed]:
        """What the subscription listed, by key."""
        rows = self._library.rows(
            "SELECT key, source_id, moment, digest, parts, missed FROM listed WHERE subscription = ?",
            (location,),
        )
        return {
            key: Listed(
                key=key,
                source_id=source_id,
                moment=moment,
                digest=digest,
                parts=tuple(Part(url=url, etag=etag, modified=at) for url, etag, at in json.loads(parts)),
                sight=Sight(missed),
            )
            for key, source_id, moment, digest, parts, missed in rows
        }

    def list(self, location: str, *items: Listed) -> None:
        """Note items of a subscription, new or known: all of them or none."""
        self._library.change(
            "INSERT OR REPLACE INTO listed VALUES (?, ?, ?, ?, ?, ?, ?)",
            *[
                (
                    location,
                    item.key,
                    item.source_id,
                    item.moment,
                    item.digest,
                    json.dumps([[part.url, part.etag, part.modified] for part in item.parts]),
                    int(item.sight),
                )
                for item in items
            ],
        )

    def unlist(self, location: str, keys: Iterable[str]) -> None:
        """Forget items of a subscription; their sources stay."""
        rows = [(location, key) for key in keys]
        self._library.change("DELETE FROM listed WHERE subscription = ? AND key = ?", *rows)

    def is_listed(self, source_id: str, *, but: tuple[str, str]) -> bool:
        """Whether a subscription lists this source, beside the item (place of a subscription, key) given."""
        query = "SELECT 1 FROM listed WHERE source_id = ? AND (subscription, key) != (?, ?) LIMIT 1"
        return bool(self._library.rows(query, (source_id, *but)))

    def keeps(self, source_id: str, *, location: str) -> bool:
        """Whether a subscription keeps a source in step from this place."""
        query = "SELECT subscription, key FROM listed WHERE source_id = ?"
        rows = self._library.rows(query, (source_id,))
        return any(location in (key, f"{subscription}#{key}") for subscription, key in rows)

    def rename(self, former: str, source_id: str) -> None:
        """Note that what one source was listed as is another now."""
        self._library.change("UPDATE listed SET source_id = ? WHERE source_id = ?", (source_id, former))

    def is_named(self, source_id: str) -> bool:
        """Whether a feed has said by what names this source goes."""
        query = "SELECT 1 FROM identities WHERE source_id = ? AND by_feed LIMIT 1"
        return bool(self._library.rows(query, (source_id,)))

    def known_as(self, names: Sequence[str], *, by_feed: bool = False) -> str | None:
        """The source in the library that goes by one of these names, the first name first.

        Args:
            names: guids, addresses of recordings and pages, each with its sort.
            by_feed: count only what a feed said.
        """
        for name in names:
            rows = self._library.rows(
                "SELECT source_id FROM identities JOIN sources ON id = source_id"
                " WHERE key = ? AND by_feed >= ?",
                (name, int(by_feed)),
            )
            if rows:
                return str(rows[0][0])
        return None

    def name(
        self, source_id: str, names: Iterable[str], *, by_feed: bool, instead_of: Sequence[str] = ()
    ) -> None:
        """Note what names a source goes by; a name that means another source in the library stays with it.

        Args:
            source_id: the source; it may be about to be written.
            names: see `known_as`.
            by_feed: whether a feed says so.
            instead_of: sources that this one takes the place of.
        """
        self._library.change(
            "INSERT INTO identities VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET source_id = ?2,"
            " by_feed = max(by_feed * (source_id = ?2), ?3)"
            " WHERE source_id = ?2 OR source_id NOT IN (SELECT id FROM sources)"
            " OR source_id IN (SELECT value FROM json_each(?4))",
            *[(name, source_id, int(by_feed), json.dumps(list(instead_of))) for name in names],
        )
