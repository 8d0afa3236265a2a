"""ASGI middleware that bounds a request: how long it is, its place among others, and who may read it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import ExitStack

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.problems import Refused, problem_response

# Gradio takes files from anybody, whatever its page shows.
_UPLOAD = "/gradio_api/upload"
LEAVE = "earmark.leave"
TOKEN_HEADER, SESSION_HEADER = "earmark-token", "earmark-session"
_BOUNDED = ("/v1/", "/mcp", "/gradio_api/")
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": f"content-type, {TOKEN_HEADER}, {SESSION_HEADER}",
    "Access-Control-Max-Age": "600",
}


class Bodies:
    """Refuses bodies that are longer than any honest one, also when they do not say so."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is short enough."""
        if scope["type"] != "http" or not scope["path"].startswith(_BOUNDED):
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith(_UPLOAD):
            await problem_response(Refused(403, "Nothing can be uploaded here."))(scope, receive, send)
            return
        said = Headers(scope=scope).get("content-length", "")
        if said.isdecimal() and int(said) > self._most:
            await problem_response(self._refusal())(scope, receive, send)
            return
        taken = 0

        async def counting() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most:
                # FastAPI lets this through while it reads a body; anything else it calls a bad request.
                raise HTTPException(413, str(self._refusal()))
            return message

        await self._app(scope, counting, send)

    def _refusal(self) -> Refused:
        return Refused(413, f"The request is longer than {self._most:,} bytes.")


class Places:
    """Keeps what a request holds, such as its place among others, until its response is over."""

    def __init__(self, app: ASGIApp, *, page: Callable[[Request], Awaitable[None]]) -> None:
        self._app = app
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let go of it also when the client went away in the middle."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with ExitStack() as stack:
            scope[LEAVE] = stack
            if scope["method"] == "POST" and scope["path"].startswith(_ASKED_BY_THE_PAGE):
                try:
                    await self._page(Request(scope))
                except Refused as refused:
                    await problem_response(refused)(scope, receive, send)
                    return
            await self._app(scope, receive, send)


_ASKED_BY_THE_PAGE = ("/gradio_api/queue/join", "/gradio_api/call/")


class Origins:
    """Cross-origin reading: for the exact origins of sites, and for `null`, which brings a token as well."""

    def __init__(self, app: ASGIApp, *, known: Callable[[str], bool]) -> None:
        self._app = app
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer preflights; let a browser hand a response to whom it is for."""
        origin = Headers(scope=scope).get("origin") if scope["type"] == "http" else None
        if origin is None or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        readable = origin == "null" or self._known(origin)
        cors = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if readable else {"Vary": "Origin"}
        if scope["method"] == "OPTIONS":
            preflight = Response(status_code=204 if readable else 403, headers=cors)
            preflight.headers.update(_PREFLIGHT if readable else {})
            await preflight(scope, receive, send)
            return

        async def readably(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(cors)
                headers["Access-Control-Expose-Headers"] = "retry-after, x-request-id"
            await send(message)

        await self._app(scope, receive, readably)
