"""How much may be asked: by network, session, site and everybody; how often, how many at once, at what cost.

Rates and costs are counted in `activity.db`, what runs at this moment in memory. Whoever asks on this machine
itself, and the owner, is not counted by network or session.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerDay, parse_many
from limits.strategies import MovingWindowRateLimiter

from rag.activity import Activity
from rag.errors import StorageError
from ui.callers import Caller
from ui.hits import ActivityStorage
from ui.problems import Refused

_SOON_S = 2
_LOG = logging.getLogger("earmark.api")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Rates as the limits library writes them; none when empty. `written` is what a model may answer."""

    network: str = ""
    session: str = ""
    site: str = ""
    everybody: str = ""
    written_network: str = ""
    written_session: str = ""
    at_once: int = 64
    at_once_network: int = 16
    at_once_session: int = 4
    at_once_site: int = 32


class Gate:
    """Lets callers in or raises `Refused` with how long to wait."""

    def __init__(self, activity: Activity, limits: Limits, *, now: Callable[[], float] = time.time) -> None:
        self._limits = limits
        self._now = now
        self._hits = ActivityStorage(activity, now=now)
        self._windows = MovingWindowRateLimiter(self._hits)
        self._rates = {
            name: parse_many(text)
            for name in ("network", "session", "site", "everybody", "written_network", "written_session")
            if (text := getattr(limits, name))
        }
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()

    @property
    def running(self) -> int:
        """How many questions are being answered."""
        return self._running["everybody"]

    def admit(self, caller: Caller) -> None:
        """Count a request; raises `Refused` (429) when there were too many.

        What one limit refuses, no other counts: a reader who is told to wait takes nothing from others.
        """
        if caller.owner:
            return
        try:
            self._count(caller)
        except StorageError as error:
            # A full disk stops no reader: quoting costs nothing, and what a model writes is counted apart.
            _LOG.warning("requests are not counted: %s", error)

    def _count(self, caller: Caller) -> None:
        taken: list[str] = []
        for who, identity in self._counted(caller):
            for rate in self._rates.get(who, []):
                if not self._windows.hit(rate, who, identity):
                    for key in taken:
                        self._hits.take_back(key)
                    raise Refused(429, _TOO_OFTEN[who], wait_s=self._wait(rate, who, identity))
                taken.append(rate.key_for(who, identity))

    @contextmanager
    def slot(self, caller: Caller) -> Iterator[None]:
        """A place among those answered at once; raises `Refused` (429, or 503 when all are taken)."""
        places = self._places(caller)
        with self._lock:
            for place, most, status in places:
                if self._running[place] >= most:
                    raise Refused(status, _TOO_MANY[status], wait_s=_SOON_S)
            self._running.update(place for place, _, _ in places)
        try:
            yield
        finally:
            with self._lock:
                self._running.subtract(place for place, _, _ in places)
                self._running += Counter()  # drops what is at nought

    def may_write(self, caller: Caller) -> bool:
        """Count an answer that a model writes; False when the budget for it is spent."""
        if caller.owner:
            return True
        taken: list[str] = []
        try:
            for rate, who, identity in self._budgets(caller):
                if not self._windows.hit(rate, who, identity):
                    for key in taken:
                        self._hits.take_back(key)
                    return False
                taken.append(rate.key_for(who, identity))
        except StorageError as error:
            _LOG.warning("what models write cannot be counted, so they are not asked: %s", error)
            return False
        return True

    def was_not_written(self, caller: Caller) -> None:
        """Uncount it: no model was asked."""
        for rate, who, identity in [] if caller.owner else self._budgets(caller):
            self._hits.take_back(rate.key_for(who, identity))

    def _counted(self, caller: Caller) -> list[tuple[str, str]]:
        """What a caller is counted by. Everybody comes last, so that who is refused costs nobody."""
        counted = []
        if caller.session and caller.network:
            counted.append(("session", caller.session))
        if caller.network:
            counted.append(("network", caller.network))
        if caller.site:
            counted.append(("site", caller.site.id))
        return [*counted, ("everybody", "")] if caller.network else counted

    def _places(self, caller: Caller) -> list[tuple[str, int, int]]:
        limits = self._limits
        places = [("everybody", limits.at_once, 503)]
        if caller.owner:
            return places
        if caller.network:
            places.append((f"network {caller.network}", limits.at_once_network, 429))
        if caller.network and caller.session:
            places.append((f"session {caller.session}", limits.at_once_session, 429))
        if caller.site:
            places.append((f"site {caller.site.id}", limits.at_once_site, 429))
        return places

    def _budgets(self, caller: Caller) -> list[tuple[RateLimitItem, str, str]]:
        budgets: list[tuple[RateLimitItem, str, str]] = []
        if caller.network:
            budgets += [(rate, "written", caller.network) for rate in self._rates.get("written_network", [])]
        if caller.network and caller.session:
            budgets += [
                (rate, "written in", caller.session) for rate in self._rates.get("written_session", [])
            ]
        if caller.site and caller.site.daily is not None:
            budgets.append((RateLimitItemPerDay(caller.site.daily), "written for", caller.site.id))
        return budgets

    def _wait(self, rate: RateLimitItem, who: str, identity: str) -> int:
        until = self._windows.get_window_stats(rate, who, identity).reset_time
        return max(1, math.ceil(until - self._now()))


_TOO_OFTEN = {
    "session": "You have asked a lot in a short time. Wait a little.",
    "network": "A lot has been asked from your network in a short time. Wait a little.",
    "site": "A lot has been asked on this site in a short time. Wait a little.",
    "everybody": "A lot is being asked at the moment. Wait a little.",
}
_TOO_MANY = {
    429: "Other questions of yours are being answered. Wait for them.",
    503: "As many questions are being answered as this server can. Ask again in a moment.",
}
