"""Tokens by which `/embed` asks from inside a frame: short-lived, for one site, for whoever loaded the page.

Site builders put frames in a sandbox, where a page has the origin `null`, as has any file on a reader's disk.
So `/embed` is served with a token, and a question from there must carry it.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable

_LIFETIME_S = 2 * 3600


class FrameTokens:
    """Makes tokens and knows its own until they expire. A restart forgets them: readers reload the page."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._key = secrets.token_bytes(32)
        self._now = now

    def make(self, *, site: str = "", network: str = "") -> str:
        """A token for one page load: it serves no other site, and is of no use in another network."""
        return self._signed(int(self._now()) + _LIFETIME_S, site, network)

    def accepts(self, token: str, *, site: str = "", network: str = "") -> bool:
        """Whether this process made it for this site and network, and it has not expired."""
        expiry, _, _ = token.partition(".")
        if not (token.isascii() and expiry.isdecimal() and len(expiry) < 16):
            return False
        wanted = self._signed(int(expiry), site, network)
        return hmac.compare_digest(wanted, token) and int(expiry) > self._now()

    def _signed(self, expiry: int, site: str, network: str) -> str:
        said = f"{expiry}\n{site}\n{network}".encode()
        return f"{expiry}.{hmac.digest(self._key, said, 'sha256').hex()}"
