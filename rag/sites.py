"""Sites: who may embed the archive, under which public identifier, for which readers and how much a day."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from rag.activity import Activity
from rag.errors import QuestionError
from rag.models import PUBLIC

_COLUMNS = "id, name, origins, daily, audience"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site that embeds the archive.

    `id` stands in its pages for all to see. `daily` is how many answers a day a model may write for it, as
    many as other limits allow when None; more are given, in the sources' own words.
    """

    id: str
    name: str
    origins: tuple[str, ...]
    daily: int | None = None
    audience: str = PUBLIC

    def json(self) -> dict[str, Any]:
        """As `earmark site list --json` writes it."""
        return {**asdict(self), "origins": list(self.origins)}


class Sites:
    """The sites of an archive."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity

    def add(
        self, name: str, *, origins: Sequence[str], daily: int | None = None, audience: str = PUBLIC
    ) -> Site:
        """A new site; raises `QuestionError` when the name is taken or an origin is none."""
        wanted = tuple(dict.fromkeys(map(origin_of, origins)))
        if not name.strip() or not wanted:
            raise QuestionError("a site needs a name and at least one --origin, as https://letters.example")
        site = Site(
            id=f"site_{secrets.token_hex(8)}",
            name=name.strip(),
            origins=wanted,
            daily=daily,
            audience=audience,
        )
        with self._activity.writing() as db:
            if db.execute("SELECT 1 FROM sites WHERE name = ?", (site.name,)).fetchone():
                raise QuestionError(f"there is a site {site.name!r} already; remove it first")
            db.execute(
                "INSERT INTO sites VALUES (?, ?, ?, ?, ?, ?)",
                (site.id, site.name, json.dumps(wanted), daily, audience, time.time()),
            )
        return site

    def remove(self, name: str) -> bool:
        """End a site by its name or identifier; false when there is none."""
        with self._activity.writing() as db:
            return db.execute("DELETE FROM sites WHERE name = ?1 OR id = ?1", (name,)).rowcount > 0

    def all(self) -> list[Site]:
        """Every site, by name."""
        if not self._activity.exists:
            return []
        with self._activity.reading() as db:
            return [_site(row) for row in db.execute(f"SELECT {_COLUMNS} FROM sites ORDER BY name")]

    def get(self, site_id: str) -> Site | None:
        """The site with this identifier."""
        if not self._activity.exists:
            return None
        with self._activity.reading() as db:
            row = db.execute(f"SELECT {_COLUMNS} FROM sites WHERE id = ?", (site_id,)).fetchone()
        return _site(row) if row else None

    def has_origin(self, origin: str) -> bool:
        """Whether any site may ask from there."""
        return any(origin in site.origins for site in self.all())


def origin_of(text: str) -> str:
    """An origin as browsers write it; raises `QuestionError` for anything else, also a path behind it.

    >>> origin_of("HTTPS://Letters.example:443/")
    'https://letters.example'
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname
    extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme not in _DEFAULT_PORTS or not host or extra or "*" in host:
        raise QuestionError(f"{text!r} is no origin; give scheme and host, as https://letters.example")
    try:
        host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError as error:
        raise QuestionError(f"{text!r} is no origin: {error}") from error
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (
        f":{port}" if port not in (None, _DEFAULT_PORTS[parts.scheme]) else ""
    )


def _site(row: sqlite3.Row | tuple[Any, ...]) -> Site:
    site_id, name, origins, daily, audience = row
    return Site(id=site_id, name=name, origins=tuple(json.loads(origins)), daily=daily, audience=audience)
