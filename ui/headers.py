"""Security headers, by path: a strict policy where it can be, the loosest that Gradio works under at `/`."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    # Recordings stay where their publishers have them; they are fetched when a reader plays one.
    "media-src https: http:; base-uri 'none'; form-action 'none'"
)
# Gradio's own components evaluate their templates and style themselves inline.
_GRADIO = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_DATA = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def policy_for(path: str) -> str:
    """The content security policy of a path.

    >>> "unsafe" in policy_for("/embed"), "unsafe" in policy_for("/")
    (False, True)
    """
    if path == "/embed" or path.startswith("/embed/"):
        return _STRICT
    if path in ("/healthz", "/widget.js") or path.startswith("/v1/"):
        return _DATA
    return _GRADIO


class SecurityHeaders:
    """ASGI middleware that adds them to every response, streams included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the response back with its headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update({**_ALWAYS, "Content-Security-Policy": policy_for(scope["path"])})
            await send(message)

        await self._app(scope, receive, send_with_headers)
