"""How a reader who has gone stops the work that is done for them. Pure."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Stop:
    """Set once, from any thread; whoever works asks it, or is told by it.

    >>> stop, told = Stop(), []
    >>> stop.when_set(lambda: told.append("stopped"))
    >>> stop.set(); stop.set(); told, stop.is_set
    (['stopped'], True)
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_set = False
        self._calls: list[Callable[[], None]] = []

    @property
    def is_set(self) -> bool:
        """Whether the work is no longer wanted."""
        return self._is_set

    def set(self) -> None:
        """End the work; what was left to be told is told in this thread."""
        with self._lock:
            calls, self._calls, self._is_set = self._calls, [], True
        for call in calls:
            call()

    def when_set(self, call: Callable[[], None]) -> None:
        """Call this once it is set, at once if it is already."""
        with self._lock:
            if not self._is_set:
                self._calls.append(call)
                return
        call()
