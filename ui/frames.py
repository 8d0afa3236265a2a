"""Let the `/embed` page ask from inside a sandboxed frame, and no other page of an unknown origin.

Site builders put frames in a sandbox, where a page has the origin `null`, as has any file on a reader's disk.
So `/embed` is served with a short-lived token, and a question from `null` must carry it.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.problems import problem

TOKEN_HEADER = "earmark-token"
_LIFETIME_S = 12 * 3600
_CORS = {"Access-Control-Allow-Origin": "null", "Vary": "Origin"}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": f"content-type, {TOKEN_HEADER}",
    "Access-Control-Max-Age": "600",
}


class FrameTokens:
    """Makes tokens and knows its own until they expire. A restart forgets them: readers reload the page."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._key = secrets.token_bytes(32)
        self._now = now

    def make(self) -> str:
        """A token for one page load."""
        return self._signed(int(self._now()) + _LIFETIME_S)

    def accepts(self, token: str) -> bool:
        """Whether this process made it and it has not expired."""
        expiry, _, _ = token.partition(".")
        if not (expiry.isascii() and expiry.isdecimal() and len(expiry) < 16):
            return False
        return hmac.compare_digest(self._signed(int(expiry)), token) and int(expiry) > self._now()

    def _signed(self, expiry: int) -> str:
        return f"{expiry}.{hmac.digest(self._key, str(expiry).encode(), 'sha256').hex()}"


class SandboxedFrames:
    """ASGI middleware: answers questions from the origin `null` only when they carry a token."""

    def __init__(self, app: ASGIApp, *, tokens: FrameTokens) -> None:
        self._app = app
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let everything else through as it is."""
        if (
            scope["type"] != "http"
            or scope["path"] != "/v1/ask"
            or Headers(scope=scope).get("origin") != "null"
        ):
            await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is not None:
            await refused(scope, receive, send)
            return

        async def send_readable(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_CORS)
            await send(message)

        await self._app(scope, receive, send_readable)

    def _refusal(self, scope: Scope) -> Response | None:
        """The response to a preflight or to a question without a token; None when it may be asked."""
        if scope["method"] == "OPTIONS":
            return Response(status_code=204, headers={**_CORS, **_PREFLIGHT})
        if self._tokens.accepts(Headers(scope=scope).get(TOKEN_HEADER, "")):
            return None
        return JSONResponse(
            problem(403, "This page has been open for too long. Reload it to go on."),
            status_code=403,
            headers=_CORS,
            media_type="application/problem+json",
        )
