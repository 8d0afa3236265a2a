"""Whether a token is the owner's: compared in constant time, and tried only so often."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import threading
import time
from collections.abc import Sequence

from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ui.problems import Refused

# Wrong tokens of one network; an owner who mistypes has enough, and 100 a day find no token worth the name.
_RATES = parse_many("10/minute; 100/day")
_KNOWN = 10_000


class Guesses:
    """The owner's tokens, and the wrong ones that were tried. Safe to use from several threads.

    A token that was wrong is no new guess when it comes again: clients that send some key of their own with
    every request are ordinary readers.
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        self._windows = MovingWindowRateLimiter(MemoryStorage())
        self._salt = secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._wrong: dict[bytes, None] = {}

    def right(self, given: str, network: str | None) -> bool:
        """Whether it is the owner's; raises `Refused` (429) after too many from this network that were not.

        Args:
            given: what somebody says is the token.
            network: whom guesses are counted with; None for this machine itself.
        """
        place = network or "here"
        known = hashlib.blake2b(f"{place} {given}".encode(), key=self._salt, digest_size=16).digest()
        with self._lock:
            if known in self._wrong:
                return False
            for rate in _RATES:
                if not self._windows.test(rate, place):
                    until = self._windows.get_window_stats(rate, place).reset_time
                    raise Refused(429, _TOO_MANY, wait_s=max(1, math.ceil(until - time.time())))
            if self._matches(given):
                return True
            for rate in _RATES:
                self._windows.hit(rate, place)
            self._wrong[known] = None
            if len(self._wrong) > _KNOWN:
                del self._wrong[next(iter(self._wrong))]
        return False

    def _matches(self, given: str) -> bool:
        return any(hmac.compare_digest(given.encode(), token.encode()) for token in self._tokens)


_TOO_MANY = "Too many tokens that are not the owner's came from your network. Wait a little."
