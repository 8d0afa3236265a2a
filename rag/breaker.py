"""Stop asking a service that keeps failing, and look now and then whether it is back. Pure."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Open after so many failures in a row; after a rest one caller may try, and the others when it worked.

    >>> now = [0.0]
    >>> breaker = Breaker(failures=2, rest_s=30, now=lambda: now[0])
    >>> breaker.failed(); breaker.failed(); breaker.lets_through()
    False
    >>> now[0] = 31.0; breaker.lets_through(), breaker.lets_through()
    (True, False)
    >>> breaker.worked(); breaker.lets_through()
    True
    """

    def __init__(
        self, *, failures: int = 5, rest_s: float = 30, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = failures
        self._rest_s = rest_s
        self._now = now
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_until = 0.0

    def lets_through(self) -> bool:
        """Whether to ask now. Whoever is let through after a rest tries for all."""
        with self._lock:
            if self._failures < self._most:
                return True
            if self._now() < self._closed_until:
                return False
            self._closed_until = self._now() + self._rest_s
            return True

    def failed(self) -> None:
        """A call failed for a reason that the next one may meet too."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._most:
                self._closed_until = self._now() + self._rest_s

    def worked(self) -> None:
        """A call worked."""
        with self._lock:
            self._failures = 0
