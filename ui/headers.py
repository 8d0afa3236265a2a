"""Security headers, by path: a strict policy where it can be, the loosest that Gradio works under at `/`."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

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
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob: https: http:; "
    "worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_DATA = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# An answer's own page: no script at all.
_PLAIN = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"
# The pages to read in: our own scripts and forms, and recordings from where their publishers have them.
_READING = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; media-src 'self' https: http:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
_READING_PATHS = ("/browse", "/s/")
# What readers asked, and a form for the owner's token: no script, no frame.
_OWNER = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_DATA_PATHS = ("/healthz", "/readyz", "/metrics", "/oembed", "/mcp", "/widget.js")
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# No history of a browser, no proxy and no other site learns what is behind the token.
_PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


def policy_for(path: str, *, ancestors: str = "'self'") -> str:
    """The content security policy of a path; `ancestors` are the origins that may frame it.

    >>> "unsafe" in policy_for("/embed"), "unsafe" in policy_for("/")
    (False, True)
    """
    if path == "/embed" or path.startswith("/embed/"):
        return f"{_STRICT}; frame-ancestors {ancestors}"
    if path.startswith("/a/"):
        return f"{_PLAIN}; frame-ancestors {ancestors}"
    if path.startswith(_READING_PATHS):
        return _READING
    if _is_owners(path):
        return _OWNER
    if path in _DATA_PATHS or path.startswith("/v1/"):
        return _DATA
    return _GRADIO


class SecurityHeaders:
    """ASGI middleware that adds them to every response, streams included."""

    def __init__(self, app: ASGIApp, *, ancestors: Callable[[str | None], str]) -> None:
        self._app = app
        self._ancestors = ancestors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the response back with its headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        ancestors = "'self'"
        if scope["path"] == "/embed" or scope["path"].startswith("/a/"):
            ancestors = self._ancestors(_site_in(scope))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                policy = policy_for(scope["path"], ancestors=ancestors)
                private = _PRIVATE if _is_owners(scope["path"]) else {}
                MutableHeaders(scope=message).update(
                    {**_ALWAYS, **private, "Content-Security-Policy": policy}
                )
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _is_owners(path: str) -> bool:
    return path == "/owner" or path.startswith("/owner/")


def _site_in(scope: Scope) -> str | None:
    """The site that a request for a frame names."""
    named = parse_qs(scope["query_string"].decode("latin-1")).get("site", [])
    return named[0] if named else None
